package libredesk_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"time"

	"evenhand/libredesk"
	"evenhand/libredesk/internal/standin"
)

func readTeam(t standin.Team) libredesk.Team {
	return libredesk.Team{ID: t.ID, AssignmentType: t.ConversationAssignmentType, MaxAutoAssigned: t.MaxAutoAssignedConversations}
}

func readMember(m standin.TeamMember) libredesk.Member {
	return libredesk.Member{ID: m.ID, Availability: m.AvailabilityStatus}
}

func readConversation(c standin.Conversation) libredesk.Conversation {
	return libredesk.Conversation{UUID: c.UUID, TeamID: c.AssignedTeamID.Int}
}

func readUser(u standin.User) libredesk.Member {
	return libredesk.Member{ID: u.ID, Availability: u.AvailabilityStatus}
}

// sampleDesk is a desk in memory: a team of two, one of whom is away, and three conversations.
func sampleDesk() *standin.Desk {
	desk := standin.NewDesk()
	desk.SetTeam(standin.Team{ID: 1, ConversationAssignmentType: "Round robin", MaxAutoAssignedConversations: 2}, 7, 8)
	desk.SetStatus("online", 7)
	desk.SetStatus("away_manual", 8)
	for _, uuid := range []string{"c1", "c2", "c3"} {
		desk.Arrive(uuid, 1)
	}
	return desk
}

func Example() {
	desk := sampleDesk()
	teamManager := &standin.TeamManager{Desk: desk}
	conversationManager := standin.NewConversationManager(desk)
	systemUser := standin.User{ID: 1}
	lo := slog.New(slog.NewTextHandler(os.Stderr, nil))
	autoAssignInterval := time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	written := make(chan struct{}, 2)
	desk.After = func(c standin.Call) {
		if c.Method == "ClaimUnassignedConversation" {
			written <- struct{}{}
		}
	}

	autoassigner, err := libredesk.New(
		libredesk.Teams(teamManager, readTeam, readMember),
		libredesk.Claiming(conversationManager, readConversation, standin.ErrConversationAlreadyAssigned),
		systemUser, lo,
	)
	if err != nil {
		log.Fatal(err)
	}
	go autoassigner.Run(ctx, autoAssignInterval)
	<-written
	<-written
	autoassigner.Close()
	for _, uuid := range []string{"c1", "c2", "c3"} {
		fmt.Println(uuid, desk.Assignee(uuid))
	}
	// Output:
	// c1 7
	// c2 7
	// c3 0
}

func ExampleUpdating() {
	desk := sampleDesk()
	teamManager := &standin.UserTeamManager{Desk: desk}
	conversationManager := &standin.UpdatingManager{Desk: desk}
	systemUser := standin.User{ID: 1}
	lo := slog.New(slog.NewTextHandler(io.Discard, nil))

	autoassigner, err := libredesk.New(
		libredesk.Teams(teamManager, readTeam, readUser),
		libredesk.Updating(conversationManager, readConversation),
		systemUser, lo,
	)
	if err != nil {
		log.Fatal(err)
	}
	autoassigner.Close()
	// Output:
}

func ExampleNewShadow() {
	desk := sampleDesk()
	teamManager := &standin.TeamManager{Desk: desk}
	conversationManager := standin.NewConversationManager(desk)
	systemUser := standin.User{ID: 1}
	lo := slog.New(slog.NewTextHandler(os.Stderr, nil))
	autoassigner := libredeskAutoassigner{}

	shadow, err := libredesk.NewShadow(
		libredesk.Teams(teamManager, readTeam, readMember),
		libredesk.Claiming(conversationManager, readConversation, standin.ErrConversationAlreadyAssigned),
		lo,
	)
	if err != nil {
		log.Fatal(err)
	}
	engine, err := autoassigner.New(teamManager, shadow, systemUser, lo)
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		if err := engine.Tick(); err != nil {
			log.Fatal(err)
		}
	}
	shadow.Close()
	for line := range strings.Lines(shadow.Report().String()) {
		fmt.Println(strings.TrimRight(line, " \n"))
	}
	// Output:
	// 2 ticks watched, 0 failed in the shadow, 0 writes unclear
	// 2 conversations to the same agent, 0 to another, 0 assigned by Libredesk alone
	// another policy: 0 given by Libredesk to people who get no new work here
	//
	//                                    Libredesk  Evenhand
	//                          assigned          2         2
	//                         of team 1          2         2
	//      farthest from the share owed        0.0       0.0
	//          longest run to one agent          0         0
	//    waited while somebody was free          0         0
	//   given to somebody who could not          0         0
	//
	//          Libredesk              Evenhand
	//   agent   received  owed    by  received  owed    by
	//       7          2   2.0  +0.0         2   2.0  +0.0
}

// libredeskAutoassigner has the New of Libredesk's own package.
type libredeskAutoassigner struct{}

func (libredeskAutoassigner) New(
	teams standin.TeamStore, conversations standin.ClaimingStore, systemUser standin.User, _ libredesk.Logger,
) (*standin.Autoassigner, error) {
	return standin.NewClaiming(teams, conversations, systemUser), nil
}
