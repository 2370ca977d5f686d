package standin

import (
	"errors"
	"slices"
)

// TeamStore is what the autoassigner asks of the team manager.
type TeamStore interface {
	GetAll() ([]Team, error)
	GetMembers(teamID int) ([]TeamMember, error)
}

// ConversationStore is what every version of the autoassigner asks of the conversation manager.
type ConversationStore interface {
	GetUnassignedConversations() ([]Conversation, error)
	ActiveUserConversationsCount(userID int) (int, error)
}

// UpdatingStore is what the autoassigner writes to before v2.4.0.
type UpdatingStore interface {
	ConversationStore
	UpdateConversationUserAssignee(uuid string, userID int, user User) error
}

// ClaimingStore is what the autoassigner writes to since v2.4.0.
type ClaimingStore interface {
	ConversationStore
	ClaimUnassignedConversation(uuid string, userID, expectedTeamID int, user User) error
}

// Autoassigner is the old engine: credits in a pool for each team, one count for each try.
type Autoassigner struct {
	// Tries is told of every user drawn.
	Tries func(uuid string, user int)

	teams TeamStore
	store ConversationStore
	write func(c Conversation, user int) error
	tries func(pool int) int
	Pools map[int]*Pool
}

// Pool is the rotation of one team.
type Pool struct {
	Cap      int
	Users    []int
	Currents []int
}

// NewUpdating returns the autoassigner before April 2026: one try for a conversation.
func NewUpdating(teams TeamStore, store UpdatingStore, system User) *Autoassigner {
	return &Autoassigner{
		teams: teams, store: store, Pools: map[int]*Pool{},
		tries: func(pool int) int { return min(pool, 1) },
		write: func(c Conversation, user int) error {
			return store.UpdateConversationUserAssignee(c.UUID, user, system)
		},
	}
}

// NewClaiming returns the autoassigner since v2.4.0: as many tries as the pool has users.
func NewClaiming(teams TeamStore, store ClaimingStore, system User) *Autoassigner {
	return &Autoassigner{
		teams: teams, store: store, Pools: map[int]*Pool{},
		tries: func(pool int) int { return pool },
		write: func(c Conversation, user int) error {
			return store.ClaimUnassignedConversation(c.UUID, user, c.AssignedTeamID.Int, system)
		},
	}
}

// served returns whether users of a status get work, as it was for the most part of the autoassigner's life.
func served(status string) bool { return status != AwayManual && status != AwayAndReassigning }

// Tick reloads the pools and assigns, whatever became of the reload.
func (a *Autoassigner) Tick() error { return errors.Join(a.reload(), a.assign()) }

func (a *Autoassigner) reload() error {
	teams, err := a.teams.GetAll()
	if err != nil {
		return err
	}
	for _, team := range teams {
		if team.ConversationAssignmentType != RoundRobin {
			continue
		}
		members, err := a.teams.GetMembers(team.ID)
		if err != nil {
			continue
		}
		a.reloadPool(team, members)
	}
	return nil
}

func (a *Autoassigner) reloadPool(team Team, members []TeamMember) {
	if a.Pools[team.ID] == nil {
		a.Pools[team.ID] = &Pool{}
	}
	pool := a.Pools[team.ID]
	pool.Cap = team.MaxAutoAssignedConversations
	stay := map[int]bool{}
	for _, member := range members {
		if served(member.AvailabilityStatus) {
			stay[member.ID] = true
			if !slices.Contains(pool.Users, member.ID) {
				pool.Users = append(pool.Users, member.ID)
				pool.Currents = append(pool.Currents, 0)
			}
		}
	}
	for i := len(pool.Users) - 1; i >= 0; i-- {
		if !stay[pool.Users[i]] {
			pool.Users = slices.Delete(pool.Users, i, i+1)
			pool.Currents = slices.Delete(pool.Currents, i, i+1)
		}
	}
}

func (a *Autoassigner) assign() error {
	list, err := a.store.GetUnassignedConversations()
	if err != nil {
		return err
	}
	for _, c := range list {
		if pool := a.Pools[c.AssignedTeamID.Int]; pool != nil {
			for range a.tries(len(pool.Users)) {
				if a.try(pool, c) {
					break
				}
			}
		}
	}
	return nil
}

// try draws one user and returns whether the conversation is done with.
func (a *Autoassigner) try(pool *Pool, c Conversation) bool {
	user := pool.draw()
	if a.Tries != nil {
		a.Tries(c.UUID, user)
	}
	count, err := a.store.ActiveUserConversationsCount(user)
	if err != nil || pool.Cap != 0 && count >= pool.Cap {
		return false
	}
	err = a.write(c, user)
	return err == nil || errors.Is(err, ErrConversationAlreadyAssigned)
}

// draw is one step of a smooth weighted round robin in which everybody weighs 1.
func (p *Pool) draw() int {
	best := 0
	for i := range p.Currents {
		p.Currents[i]++
		if p.Currents[i] > p.Currents[best] {
			best = i
		}
	}
	p.Currents[best] -= len(p.Users)
	return p.Users[best]
}
