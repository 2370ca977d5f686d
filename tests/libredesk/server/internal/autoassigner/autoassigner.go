// Package autoassigner is the engine that the drop-in takes the place of: turn by turn, and whoever is full is passed over.
package autoassigner

import (
	"context"
	"time"

	"github.com/abhinavxd/libredesk/internal/conversation/models"
	tmodels "github.com/abhinavxd/libredesk/internal/team/models"
	umodels "github.com/abhinavxd/libredesk/internal/user/models"
	"github.com/zerodha/logf"
)

type teamStore interface {
	GetAll() ([]tmodels.Team, error)
	GetMembers(teamID int) ([]member, error)
}

// Engine assigns.
type Engine struct {
	teams  teamStore
	store  conversationStore
	system umodels.User
	lo     *logf.Logger
	turns  map[int]int
}

// New returns an engine.
func New(teams teamStore, store conversationStore, systemUser umodels.User, lo *logf.Logger) (*Engine, error) {
	return &Engine{teams, store, systemUser, lo, map[int]int{}}, nil
}

// Run ticks until the context ends.
func (e *Engine) Run(ctx context.Context, interval time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
			if err := e.Tick(ctx); err != nil {
				e.lo.Error("error assigning", "error", err)
			}
		}
	}
}

// Close does nothing.
func (e *Engine) Close() {}

// Tick assigns once.
func (e *Engine) Tick(context.Context) error {
	teams, err := e.teams.GetAll()
	if err != nil {
		return err
	}
	pools := map[int][]int{}
	limits := map[int]int{}
	for _, team := range teams {
		members, err := e.teams.GetMembers(team.ID)
		if err != nil {
			return err
		}
		limits[team.ID] = team.MaxAutoAssignedConversations
		for _, m := range members {
			if team.ConversationAssignmentType == "Round robin" && m.AvailabilityStatus != "away_manual" && m.AvailabilityStatus != "away_and_reassigning" {
				pools[team.ID] = append(pools[team.ID], m.ID)
			}
		}
	}
	waiting, err := e.store.GetUnassignedConversations()
	if err != nil {
		return err
	}
	for _, c := range waiting {
		e.assign(c, pools[c.AssignedTeamID.Int], limits[c.AssignedTeamID.Int])
	}
	return nil
}

func (e *Engine) assign(c models.Conversation, pool []int, limit int) {
	for range pool {
		team := c.AssignedTeamID.Int
		agent := pool[e.turns[team]%len(pool)]
		e.turns[team]++
		count, err := e.store.ActiveUserConversationsCount(agent)
		if err != nil || limit != 0 && count >= limit {
			continue
		}
		if err := e.write(c, agent); err != nil {
			e.lo.Error("error assigning", "error", err)
		}
		return
	}
}
