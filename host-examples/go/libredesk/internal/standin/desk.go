// Package standin stands in for Libredesk in tests: its models as far as they matter, its managers of both versions on a desk in memory,
// and its autoassigner, written anew as naively as possible.
package standin

import (
	"errors"
	"slices"
	"sync"
)

// ErrConversationAlreadyAssigned is the sentinel of the conversation manager since v2.4.0.
var ErrConversationAlreadyAssigned = errors.New("conversation already assigned")

// The words of Libredesk.
const (
	RoundRobin         = "Round robin"
	Manual             = "Manual"
	Online             = "online"
	Away               = "away"
	AwayManual         = "away_manual"
	AwayAndReassigning = "away_and_reassigning"
	Offline            = "offline"
)

// NullInt is a nullable number, as in the models there.
type NullInt struct {
	Int   int
	Valid bool
}

// User is a user. Before team members had a model of their own, the member store returned users.
type User struct {
	ID                 int
	FirstName          string
	AvailabilityStatus string
}

// Team is a team.
type Team struct {
	ID                           int
	Name                         string
	ConversationAssignmentType   string
	MaxAutoAssignedConversations int
}

// TeamMember is a member of a team.
type TeamMember struct {
	ID                 int
	AvailabilityStatus string
	TeamID             int
}

// Conversation is a conversation.
type Conversation struct {
	UUID           string
	Subject        string
	AssignedUserID NullInt
	AssignedTeamID NullInt
}

// Call is a call of a manager.
type Call struct {
	Method string
	// UUID, User and Team are those that the call names; 0 or empty otherwise.
	UUID       string
	User, Team int
}

// Desk is a help desk in memory.
type Desk struct {
	// Before, if there is one, is asked before each call, outside the lock. Its error is that of the call.
	Before func(Call) error
	// After, if there is one, is told of each call that succeeded.
	After func(Call)

	mu      sync.Mutex
	calls   map[string]int
	teams   []Team
	members map[int][]int
	status  map[int]string
	names   map[int]string
	rows    map[string]*row
	waiting []*row
	counts  map[int]int
}

type row struct {
	Conversation
	closed bool
}

// NewDesk returns an empty desk.
func NewDesk() *Desk {
	return &Desk{
		calls: map[string]int{}, members: map[int][]int{}, status: map[int]string{}, names: map[int]string{}, rows: map[string]*row{}, counts: map[int]int{},
	}
}

// SetTeam adds a team or replaces it.
func (d *Desk) SetTeam(team Team, members ...int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.members[team.ID] = members
	for i := range d.teams {
		if d.teams[i].ID == team.ID {
			d.teams[i] = team
			return
		}
	}
	d.teams = append(d.teams, team)
}

// SetStatus sets the availability of users.
func (d *Desk) SetStatus(status string, users ...int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, user := range users {
		d.status[user] = status
	}
}

// SetName names a user.
func (d *Desk) SetName(user int, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names[user] = name
}

// Arrive adds a conversation for a team.
func (d *Desk) Arrive(uuid string, team int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := &row{Conversation: Conversation{UUID: uuid, AssignedTeamID: NullInt{team, true}}}
	d.rows[uuid] = r
	d.waiting = append(d.waiting, r)
}

// Assign assigns a conversation by hand.
func (d *Desk) Assign(uuid string, user int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.assign(d.rows[uuid], user)
}

// Resolve closes a conversation.
func (d *Desk) Resolve(uuid string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := d.rows[uuid]
	if !r.closed && r.AssignedUserID.Valid {
		d.counts[r.AssignedUserID.Int]--
	}
	r.closed = true
}

// Assignee returns who has a conversation, 0 for nobody.
func (d *Desk) Assignee(uuid string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rows[uuid].AssignedUserID.Int
}

// Count returns how many open conversations a user has, without a call.
func (d *Desk) Count(user int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts[user]
}

// Status returns a user's availability, without a call.
func (d *Desk) Status(user int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status[user]
}

// Calls returns how often each method was called, and begins anew.
func (d *Desk) Calls() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	calls := d.calls
	d.calls = map[string]int{}
	return calls
}

// call runs one call of a manager.
func (d *Desk) call(c Call, do func() error) error {
	if d.Before != nil {
		if err := d.Before(c); err != nil {
			return err
		}
	}
	err := d.locked(c, do)
	if err == nil && d.After != nil {
		d.After(c)
	}
	return err
}

func (d *Desk) locked(c Call, do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls[c.Method]++
	return do()
}

func (d *Desk) assign(r *row, user int) {
	if !r.closed {
		if r.AssignedUserID.Valid {
			d.counts[r.AssignedUserID.Int]--
		}
		d.counts[user]++
	}
	r.AssignedUserID = NullInt{user, true}
}

// unassigned lists what waits, and forgets what does not any more.
func (d *Desk) unassigned() []Conversation {
	d.waiting = slices.DeleteFunc(d.waiting, func(r *row) bool { return r.AssignedUserID.Valid })
	list := make([]Conversation, len(d.waiting))
	for i, r := range d.waiting {
		list[i] = r.Conversation
	}
	return list
}
