package libredesk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"evenhand"
	"evenhand/libredesk/internal/standin"
)

func teamOf(t standin.Team) Team {
	return Team{ID: t.ID, Name: t.Name, AssignmentType: t.ConversationAssignmentType, MaxAutoAssigned: t.MaxAutoAssignedConversations}
}

func memberOf(m standin.TeamMember) Member {
	return Member{ID: m.ID, Availability: m.AvailabilityStatus}
}

func userOf(u standin.User) Member {
	return Member{ID: u.ID, Availability: u.AvailabilityStatus, Name: u.FirstName}
}

func conversationOf(c standin.Conversation) Conversation {
	return Conversation{UUID: c.UUID, TeamID: c.AssignedTeamID.Int}
}

// planning is the planner of all tests but those of closing, and checks what it plans; to compile the module takes a while.
var planning *evenhand.Planner

func TestMain(m *testing.M) {
	var err error
	if planning, err = evenhand.New(context.Background(), evenhand.WithCheck()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	err = errors.Join(planning.Close(context.Background()), goleak.Find())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// journal is a logger that keeps its errors.
type journal struct {
	mu     sync.Mutex
	errors []string
}

func (j *journal) Debug(string, ...any) {}

func (j *journal) Error(message string, fields ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.errors = append(j.errors, strings.TrimSpace(message+" "+fmt.Sprintln(fields...)))
}

func (j *journal) all() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string{}, j.errors...)
}
