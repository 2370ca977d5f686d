package evenhand

// Plan is the answer to a [Snapshot]: who takes which conversation, who waits and why.
type Plan struct {
	// Version is the wire version.
	Version int `json:"version"`
	// Decisions has one entry per conversation, in the order given.
	Decisions []Decision `json:"decisions"`
	// Waiting groups the conversations that wait by team and reason, by first appearance.
	Waiting []Waiting `json:"waiting"`
	// Cursors are those of the rotations, in the order of their first teams, to be stored and passed to the next call as they are.
	Cursors []Cursor `json:"cursors"`
	// Loads are those of the agents who got something, in the order of the agents.
	Loads []LoadChange `json:"loads"`
}

// Decision is what was decided for one conversation.
type Decision struct {
	// Conversation is the conversation's id.
	Conversation string `json:"conversation"`
	// Team is its team's id.
	Team string `json:"team"`
	// Agent takes the conversation; nil where it waits.
	Agent *string `json:"agent"`
	// Why this agent, or why it waits.
	Why Why `json:"why"`
	// Set is the place in Cursor.Sets of those who shared in the pick; 0 too where the rule has no sets.
	Set int `json:"set,omitempty"`
}

// Waiting are the conversations of one team that wait for one reason.
type Waiting struct {
	// Team is the team's id.
	Team string `json:"team"`
	// Why they wait.
	Why Why `json:"why"`
	// Conversations says how many.
	Conversations int `json:"conversations"`
	// Members says how many members the team has, passed over or not; 0 for an unknown team.
	Members int `json:"members"`
	// PassedOver says how many members fail which gate at the end of the plan, in the order of the gates. It is empty for
	// WhyUnknownTeam and WhyManualTeam.
	PassedOver []PassedOver `json:"passed_over"`
}

// PassedOver is how many members one gate holds back.
type PassedOver struct {
	// Why is the first gate they fail.
	Why Why `json:"why"`
	// Members says how many.
	Members int `json:"members"`
}

// LoadChange is an agent's load before and after the plan.
type LoadChange struct {
	// Agent is the agent's id.
	Agent string `json:"agent"`
	// Before is the load of the snapshot.
	Before int `json:"before"`
	// After is the load once every decision is written.
	After int `json:"after"`
}

// Why is the code of a reason. New codes may come; one that is there never changes.
type Why string

// Why an agent takes a conversation.
const (
	// WhyTurn: it was their turn.
	WhyTurn Why = "turn"
	// WhyLeastLoaded: they had the smallest load per weight.
	WhyLeastLoaded Why = "least_loaded"
	// WhyLeastRecent: they had waited longest since they last got one.
	WhyLeastRecent Why = "least_recent"
	// WhyOnlyCandidate: nobody else could take it.
	WhyOnlyCandidate Why = "only_candidate"
)

// Why a conversation waits. WhyLoadUnknown, below, is one of these too: some are assignable, the load of none of those is known.
const (
	// WhyUnknownTeam: the snapshot has no such team.
	WhyUnknownTeam Why = "unknown_team"
	// WhyManualTeam: people assign there.
	WhyManualTeam Why = "manual_team"
	// WhyNoMembers: no member is a known agent with a weight above 0.
	WhyNoMembers Why = "no_members"
	// WhyNobodyAvailable: there are such members, none of them assignable.
	WhyNobodyAvailable Why = "nobody_available"
	// WhyAllFull: some are assignable with a known load, all at a limit.
	WhyAllFull Why = "all_full"
	// WhyTurnLost: legacy rules only; they drew, and nobody drawn could take it.
	WhyTurnLost Why = "turn_lost"
)

// Why a member is passed over: the gates, in the order in which they are tried.
const (
	// WhyUnknownAgent: the member is no agent of the snapshot.
	WhyUnknownAgent Why = "unknown_agent"
	// WhyZeroWeight: the member's weight is 0.
	WhyZeroWeight Why = "zero_weight"
	// WhyUnavailable: the agent's availability is not among the team's assignable ones.
	WhyUnavailable Why = "unavailable"
	// WhyLoadUnknown: the host could not count the agent's load.
	WhyLoadUnknown Why = "load_unknown"
	// WhyAgentFull: the agent's load has reached their capacity, or 2^31 - 1.
	WhyAgentFull Why = "agent_full"
	// WhyTeamFull: the agent's load has reached the team's MaxLoad.
	WhyTeamFull Why = "team_full"
)
