package evenhand

import (
	"encoding/json"
	"slices"
)

// WireVersion is the version of [Snapshot] and [Plan] that this package writes and reads.
const WireVersion = 1

// Snapshot is a desk at one moment: all that a plan is decided on.
//
// The zero value is an empty desk. Lists keep their order, and order is part of the meaning; a nil list is an empty one. Numbers are
// left at nil where the wire has no value for them, since 0 says something else: use Ptr(10) for a limit of ten.
type Snapshot struct {
	// Version is the wire version; 0 stands for WireVersion.
	Version int `json:"version"`
	// Seed shuffles members who are new to a rotation, 0 to 2^53 - 1. Nil: they join in the order given.
	Seed *uint64 `json:"seed,omitempty"`
	// Now is the moment of the snapshot, in milliseconds since 1970: time.Now().UnixMilli(). It may be nil where nothing waits for a
	// time: no Need.RelaxAfter, no HoldFor, no Overflow and no Ageing meets a Since.
	Now *int64 `json:"now,omitempty"`
	// Objective is what the plan is to achieve; empty: ObjectiveInOrder.
	Objective Objective `json:"objective,omitempty"`
	// Ageing is how many milliseconds of waiting weigh as much as one point of priority, at least 1. Nil: priority is strict.
	Ageing *int64 `json:"ageing,omitempty"`
	// Agents are those of the desk.
	Agents []Agent `json:"agents"`
	// Teams are in the order in which the cursors of their rotations come back.
	Teams []Team `json:"teams"`
	// Conversations are those that wait, in the order in which they are to be served.
	Conversations []Conversation `json:"conversations"`
	// Cursors are those of the last plan, as they came.
	Cursors []Cursor `json:"cursors,omitempty"`
	// LostClaims are the decisions of the last plan that the host could not write. Each gives its turn back, and its conversation is
	// served after all others.
	LostClaims []LostClaim `json:"lost_claims,omitempty"`
}

// Agent is a person who answers conversations. Load and capacity are theirs, over all teams.
type Agent struct {
	// ID is unique among agents; ids are opaque, 1 to 128 bytes of UTF-8.
	ID string `json:"id"`
	// Availability is the host's own word for the agent's status, compared with Team.Assignable.
	Availability string `json:"availability"`
	// Load counts the open conversations now, in every team. Nil: the host could not count, and the agent is passed over.
	Load *int `json:"load"`
	// Capacity is the most open conversations the agent may hold. Nil: no limit; 0: takes nothing.
	Capacity *int `json:"capacity,omitempty"`
	// MaxNew is the most conversations the agent gets in one plan. Nil: no limit.
	MaxNew *int `json:"max_new,omitempty"`
	// Skills are what the agent knows, each skill once.
	Skills []Skill `json:"skills,omitempty"`
	// Channels are the agent's load by channel, each channel once. One that is not listed has load 0 and no limit of its own.
	Channels []Channel `json:"channels,omitempty"`
}

// Skill is what an agent knows.
type Skill struct {
	// Skill is the skill's id.
	Skill string `json:"skill"`
	// Level says how well, 1 to 1000; 0 stands for 1.
	Level int `json:"level,omitempty"`
}

// Channel is an agent's load in one channel: mail, chat, telephone.
type Channel struct {
	// Channel is the channel's id.
	Channel string `json:"channel"`
	// Load counts the open conversations now in this channel, a part of the agent's load. Nil: the host could not count, and the agent
	// is passed over for this channel.
	Load *int `json:"load"`
	// Capacity is the most open conversations the agent may hold in this channel. Nil: no limit; 0: takes nothing.
	Capacity *int `json:"capacity,omitempty"`
}

// Team is a team and how its conversations are assigned.
type Team struct {
	// ID is unique among teams.
	ID string `json:"id"`
	// Assignment says how the next agent is picked.
	Assignment Assignment `json:"assignment"`
	// Rotation is that of the team; teams that name the same one share it, and an agent in two of them has one share. Empty: one of
	// its own, with the team's id. Teams that share one have the same assignment, manual ones aside, and none of the two legacy ones.
	Rotation string `json:"rotation,omitempty"`
	// MaxLoad: an agent whose load has reached it gets nothing more from this team. Nil: no limit; 0: nobody gets anything. It is the
	// whole load; for a conversation with a channel that the agent lists, the load of that channel.
	MaxLoad *int `json:"max_load,omitempty"`
	// Assignable are the availabilities that get new work. Nil: only "online"; empty: none.
	Assignable []string `json:"assignable,omitzero"`
	// Fallback are the availabilities that get new work where nobody assignable has room.
	Fallback []string `json:"fallback,omitempty"`
	// Overflow are the teams that may serve what has waited for some time, tried in this order after this team.
	Overflow []Overflow `json:"overflow,omitempty"`
	// Members are those of the team, each agent once.
	Members []Member `json:"members"`
}

// Overflow is a team that may serve the conversations of another.
type Overflow struct {
	// Team is the team's id. One that the snapshot does not list is passed over, and so is one of a legacy rule or of none.
	Team string `json:"team"`
	// After is how many milliseconds a conversation has to have waited.
	After int64 `json:"after"`
}

// Member is an agent's place in one team.
type Member struct {
	// Agent is the agent's id. One that the snapshot does not list is passed over.
	Agent string `json:"agent"`
	// Weight is the share of turns relative to the other members, 0 to 1000. Nil: 1; 0: never drawn.
	Weight *int `json:"weight,omitempty"`
	// Tier is 0 to 9: a tier is asked only where none before it has a candidate.
	Tier int `json:"tier,omitempty"`
}

// Conversation is one that waits for an agent.
type Conversation struct {
	// ID is unique among conversations.
	ID string `json:"id"`
	// Team is the id of its team. It waits where the snapshot has no such team.
	Team string `json:"team"`
	// Channel is the one it came by; empty: none.
	Channel string `json:"channel,omitempty"`
	// Priority says how urgent it is, -1000 to 1000; larger is served first.
	Priority int `json:"priority,omitempty"`
	// Since is when it began to wait, in milliseconds since 1970. Nil: it has waited for no time.
	Since *int64 `json:"since,omitempty"`
	// Due is when it is to be answered by, likewise. Nil: any time.
	Due *int64 `json:"due,omitempty"`
	// Needs are what whoever takes it has to know.
	Needs []Need `json:"needs,omitempty"`
	// Preferred are the agents who are to take it if they can, the first of them who is a candidate.
	Preferred []string `json:"preferred,omitempty"`
	// HoldFor is for how many milliseconds of waiting only those in Preferred get it, if any of them is qualified; 0: for none.
	HoldFor int64 `json:"hold_for,omitempty"`
	// Excluded are the agents who do not get it.
	Excluded []string `json:"excluded,omitempty"`
	// HeldBy is whoever has it now, where it is to go to somebody else; empty: nobody.
	HeldBy string `json:"held_by,omitempty"`
}

// Need is a skill that whoever takes a conversation has to have.
type Need struct {
	// Skill is the skill's id. Several needs for one skill are steps.
	Skill string `json:"skill"`
	// Level is the least level, 1 to 1000; 0 stands for 1.
	Level int `json:"level,omitempty"`
	// RelaxAfter is after how many milliseconds of waiting it lapses. Nil: never.
	RelaxAfter *int64 `json:"relax_after,omitempty"`
}

// Cursor is what one rotation remembers from one call to the next. A host stores it and passes it on as it is.
type Cursor struct {
	// Rotation is the rotation's id, the team's own where the team names none; unique among cursors.
	Rotation string `json:"rotation"`
	// Rule wrote the cursor, and fixes the unit of Turn.Owed.
	Rule Rule `json:"rule"`
	// Turns are the members in rotation order.
	Turns []Turn `json:"turns"`
	// Sets are those who shared in the picks of the last plan; with them a lost claim is undone exactly. Only RuleRoundRobin has any.
	Sets []SeatSet `json:"sets,omitempty"`
}

// Turn is one member's place in a cursor.
type Turn struct {
	// Agent is the agent's id, once per cursor.
	Agent string `json:"agent"`
	// Owed is what the rotation owes the member, in the unit of the cursor's rule; nil under a rule that owes nothing.
	Owed *int64 `json:"owed,omitempty"`
}

// SeatSet is a set of places in Cursor.Turns. It is nothing to a host but a part of the cursor.
type SeatSet struct {
	// From is the place in Cursor.Sets of the earlier set that this one is told from. Nil: the empty set.
	From *int `json:"from,omitempty"`
	// Seats are in one of the two and not in the other, ascending.
	Seats []int `json:"seats"`
}

// LostClaim is a [Decision] of the last plan that the host could not write, converted as it is: LostClaim(decision).
//
// Its turn is given back, and its conversation is served after all others. No turn is given back where the team is gone, manual or legacy
// by now, or the agent has left the rotation; nor under round_robin where another rule wrote the cursor.
//
// One without an agent gives no turn back either; it only has its conversation served after all others. A host sees to it in this way that
// a conversation that it cannot write time and again keeps nobody else waiting.
type LostClaim struct {
	// Conversation is the conversation's id, unique among lost claims.
	Conversation string `json:"conversation"`
	// Team is the team of the conversation.
	Team string `json:"team"`
	// Agent is who was to take it. For this conversation they are asked again only once nobody else can take it.
	Agent *string `json:"agent"`
	// Why is that of the decision, and is ignored.
	Why Why `json:"why,omitempty"`
	// HeldBy is that of the decision, and is ignored.
	HeldBy string `json:"held_by,omitempty"`
	// By is that of the decision: the team that served the conversation; empty: its own.
	By string `json:"by,omitempty"`
	// Set is that of the decision. Without it the turn is given back less exactly.
	Set int `json:"set,omitempty"`
}

// Assignment says how a team's conversations are assigned.
type Assignment string

// The assignments of a team.
const (
	// AssignmentRoundRobin picks whoever is owed the most.
	AssignmentRoundRobin Assignment = "round_robin"
	// AssignmentLeastLoaded picks the smallest load per weight, then the larger weight, then whoever has waited longest.
	AssignmentLeastLoaded Assignment = "least_loaded"
	// AssignmentLeastRecent picks whoever has waited longest since they last got one: what most products call round robin.
	AssignmentLeastRecent Assignment = "least_recent"
	// AssignmentManual leaves it to people; every conversation waits.
	AssignmentManual Assignment = "manual"
	// AssignmentLibredesk2025 is Libredesk before April 2026, exactly.
	AssignmentLibredesk2025 Assignment = "libredesk_2025"
	// AssignmentLibredesk2026 is Libredesk of August 2026, exactly.
	AssignmentLibredesk2026 Assignment = "libredesk_2026"
)

// Objective is what a plan is to achieve.
type Objective string

// The objectives.
const (
	// ObjectiveInOrder gives each conversation in turn the best candidate left.
	ObjectiveInOrder Objective = "in_order"
	// ObjectiveMost is the plan beside which no other serves more of the queue, nor more of the first so many conversations in
	// serving order.
	ObjectiveMost Objective = "most"
)

// Rule is the rule that wrote a cursor.
type Rule string

// The rules of a cursor.
const (
	// RuleRoundRobin owes in units of 1/5354228880 conversation.
	RuleRoundRobin Rule = "round_robin"
	// RuleLeastLoaded owes nothing; only the order counts.
	RuleLeastLoaded Rule = "least_loaded"
	// RuleLeastRecent owes nothing either.
	RuleLeastRecent Rule = "least_recent"
	// RuleLibredesk2025 owes in raw weight points.
	RuleLibredesk2025 Rule = "libredesk_2025"
	// RuleLibredesk2026 owes in the unit of RuleLibredesk2025.
	RuleLibredesk2026 Rule = "libredesk_2026"
)

// MarshalJSON returns the snapshot on the wire: with its version, and with an empty list where a list is nil.
func (s Snapshot) MarshalJSON() ([]byte, error) {
	type plain Snapshot
	wire := plain(s)
	if wire.Version == 0 {
		wire.Version = WireVersion
	}
	wire.Agents = present(wire.Agents)
	wire.Conversations = present(wire.Conversations)
	wire.Teams = each(present(wire.Teams), func(t *Team) { t.Members = present(t.Members) })
	wire.Cursors = each(wire.Cursors, func(c *Cursor) {
		c.Turns = present(c.Turns)
		c.Sets = each(c.Sets, func(set *SeatSet) { set.Seats = present(set.Seats) })
	})
	return json.Marshal(wire)
}

// Ptr returns a pointer to a value, for the fields that may be nil. From Go 1.26 on the language has that itself: new(10).
func Ptr[T any](value T) *T { return &value }

// present returns the list itself, or an empty one for nil, which would be null on the wire.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// each returns a copy of the list, every record changed: the caller's own stays as it is.
func each[T any](list []T, change func(*T)) []T {
	list = slices.Clone(list)
	for i := range list {
		change(&list[i])
	}
	return list
}
