package libredesk

import (
	"errors"
	"fmt"

	"evenhand"
)

// errTooLate says that a claim came too late: the conversation has an agent by now, or is in another team.
var errTooLate = errors.New("libredesk: conversation already assigned")

// Team is what the engine has to know of a team.
type Team struct {
	ID int
	// Name is for reports; it may be empty.
	Name string
	// AssignmentType is Libredesk's own word, "Round robin" or "Manual".
	AssignmentType string
	// MaxAutoAssigned is how many open conversations an agent may hold and still get one from this team; 0 is no limit.
	MaxAutoAssigned int
}

// Member is what the engine has to know of a member of a team.
type Member struct {
	// ID is the agent's.
	ID int
	// Availability is Libredesk's own word, "online" and the like.
	Availability string
	// Name is for reports; it may be empty.
	Name string
}

// Conversation is what the engine has to know of a conversation that has a team and no agent.
type Conversation struct {
	UUID   string
	TeamID int
}

// TeamStore lists teams and their members. Libredesk's team manager is one, of whatever types its models are.
type TeamStore[T, M any] interface {
	GetAll() ([]T, error)
	GetMembers(teamID int) ([]M, error)
}

// ConversationStore lists the conversations that wait and counts what an agent holds. Libredesk's conversation manager is one.
type ConversationStore[C any] interface {
	GetUnassignedConversations() ([]C, error)
	ActiveUserConversationsCount(userID int) (int, error)
}

// ClaimingStore is the conversation manager since v2.4.0 of June 2026: it assigns what still has no agent.
type ClaimingStore[C, U any] interface {
	ConversationStore[C]
	ClaimUnassignedConversation(uuid string, userID, expectedTeamID int, actor U) error
}

// UpdatingStore is the conversation manager before v2.4.0: it assigns whatever it is told to.
type UpdatingStore[C, U any] interface {
	ConversationStore[C]
	UpdateConversationUserAssignee(uuid string, userID int, actor U) error
}

// BulkCounter counts for many agents in one call. A conversation manager that has this method is asked once per tick instead of once
// per agent. Agents who are missing from the answer hold none.
type BulkCounter interface {
	ActiveUserConversationsCounts(userIDs []int) (map[int]int, error)
}

// The following are optional: a conversation manager or a team manager that has such a method is asked once per tick, where something waits.

// Prioritizer says how urgent conversations are, -1000 to 1000: larger is served first. What is missing from the answer is at 0. Where it
// fails all are at 0.
type Prioritizer interface {
	ConversationPriorities(uuids []string) (map[string]int, error)
}

// Preferrer says who is to get a conversation if they can, the first of them who has room. Where it fails nobody is preferred.
type Preferrer interface {
	PreferredAgents(uuids []string) (map[string][]int, error)
}

// Needer says what whoever gets a conversation has to know, and a [Skiller] what agents know. Where either fails the tick ends: a conversation
// that waits is better than one with somebody who cannot answer it.
type Needer interface {
	ConversationNeeds(uuids []string) (map[string][]evenhand.Need, error)
}

// Skiller says what agents know. Whoever is missing from the answer has no skill.
type Skiller interface {
	AgentSkills(userIDs []int) (map[int][]evenhand.Skill, error)
}

// Teams makes a team manager of Libredesk readable: team and member pick out the fields.
func Teams[T, M any](store TeamStore[T, M], team func(T) Team, member func(M) Member) TeamStore[Team, Member] {
	return teams[T, M]{store, team, member}
}

type teams[T, M any] struct {
	store  TeamStore[T, M]
	team   func(T) Team
	member func(M) Member
}

func (t teams[T, M]) manager() any { return t.store }

func (t teams[T, M]) GetAll() ([]Team, error) {
	rows, err := t.store.GetAll()
	return mapped(rows, t.team), err
}

func (t teams[T, M]) GetMembers(teamID int) ([]Member, error) {
	rows, err := t.store.GetMembers(teamID)
	return mapped(rows, t.member), err
}

// Conversations is a conversation manager of Libredesk, of either version, with the way to read its rows. Claiming and Updating make one.
type Conversations[C, U any] struct {
	store        ConversationStore[C]
	conversation func(C) Conversation
	// Of the two writes the one that this Libredesk has.
	claim           func(uuid string, userID, expectedTeamID int, actor U) error
	update          func(uuid string, userID int, actor U) error
	alreadyAssigned error
}

// Claiming takes a conversation manager since v2.4.0. conversation picks out the fields, alreadyAssigned is the error of a claim
// that came too late, conversation.ErrConversationAlreadyAssigned there.
func Claiming[C, U any](store ClaimingStore[C, U], conversation func(C) Conversation, alreadyAssigned error) *Conversations[C, U] {
	return &Conversations[C, U]{
		store: store, conversation: conversation, claim: store.ClaimUnassignedConversation, alreadyAssigned: alreadyAssigned,
	}
}

// Updating takes a conversation manager before v2.4.0. conversation picks out the fields. Such a manager overwrites what a person
// has assigned since the tick began; only a newer Libredesk can help that.
func Updating[C, U any](store UpdatingStore[C, U], conversation func(C) Conversation) *Conversations[C, U] {
	return &Conversations[C, U]{store: store, conversation: conversation, update: store.UpdateConversationUserAssignee}
}

// list returns the conversations that wait.
func (c *Conversations[C, U]) list() ([]Conversation, error) {
	rows, err := c.store.GetUnassignedConversations()
	return mapped(rows, c.conversation), err
}

// count returns what these agents hold, by one call where the store can. Agents who could not be counted are missing.
func (c *Conversations[C, U]) count(stop func() error, agents []int, failed func(agent int, err error)) (map[int]int, error) {
	counts := make(map[int]int, len(agents))
	if bulk, ok := c.store.(BulkCounter); ok {
		if len(agents) == 0 {
			return counts, nil
		}
		found, err := bulk.ActiveUserConversationsCounts(agents)
		if err != nil {
			return nil, fmt.Errorf("counting active conversations: %w", err)
		}
		for _, agent := range agents {
			counts[agent] = found[agent]
		}
		return counts, nil
	}
	for _, agent := range agents {
		if err := stop(); err != nil {
			return nil, err
		}
		count, err := c.store.ActiveUserConversationsCount(agent)
		if err != nil {
			failed(agent, err)
			continue
		}
		counts[agent] = count
	}
	return counts, nil
}

// assign writes one decision. The error is errTooLate where the claim came too late.
func (c *Conversations[C, U]) assign(conversation Conversation, agent int, actor U) error {
	if c.claim == nil {
		return c.update(conversation.UUID, agent, actor)
	}
	err := c.claim(conversation.UUID, agent, conversation.TeamID, actor)
	if c.late(err) {
		return errTooLate
	}
	return err
}

// late returns whether a write failed because it came too late.
func (c *Conversations[C, U]) late(err error) bool {
	return err != nil && errors.Is(err, c.alreadyAssigned)
}

func mapped[A, B any](rows []A, convert func(A) B) []B {
	result := make([]B, len(rows))
	for i, row := range rows {
		result[i] = convert(row)
	}
	return result
}
