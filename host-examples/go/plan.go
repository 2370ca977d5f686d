package evenhand

// Plan is the answer to a [Snapshot]: who takes which conversation, who waits and why.
type Plan struct {
	// Version is the wire version.
	Version int `json:"version"`
	// Decisions has one entry per conversation, in the order given.
	Decisions []Decision `json:"decisions"`
	// Waiting groups the conversations that wait by team, reason, channel and needs in force, by first appearance.
	Waiting []Waiting `json:"waiting"`
	// Bottlenecks, under ObjectiveMost, are what holds back the conversations that wait, with its proof.
	Bottlenecks []Bottleneck `json:"bottlenecks,omitempty"`
	// Cursors are those of the rotations, in the order of their first teams, to be stored and passed to the next call as they are.
	Cursors []Cursor `json:"cursors"`
	// Loads are those of the agents whose load changes, in the order of the agents.
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
	// HeldBy is who had the conversation, as the snapshot says, and keeps it where it waits; empty: nobody.
	HeldBy string `json:"held_by,omitempty"`
	// By is the team that served it, where it is not its own.
	By string `json:"by,omitempty"`
	// Set is the place in Cursor.Sets of those who shared in the pick; 0 too where the rule has no sets.
	Set int `json:"set,omitempty"`
}

// Waiting are the conversations of one team that wait for one reason, with the same channel and needs.
type Waiting struct {
	// Team is the team's id.
	Team string `json:"team"`
	// Channel is theirs; empty: none.
	Channel string `json:"channel,omitempty"`
	// Needs are those in force: the highest level of each skill, in order of first mention.
	Needs []Needed `json:"needs,omitempty"`
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

// Needed is a level of a skill without which nobody gets a conversation.
type Needed struct {
	// Skill is the skill's id.
	Skill string `json:"skill"`
	// Level is the least level.
	Level int `json:"level"`
}

// Bottleneck is classes of conversations that can go to some agents alone, who have not enough room for all of them.
//
// The room of all agents together is Assigned: so many of these conversations have an agent, and all their room is taken by
// them. So Waiting of them must wait, whatever else is decided.
type Bottleneck struct {
	// Classes are first those of which some wait, in the order of the first that waits, then the others.
	Classes []BottleneckClass `json:"classes"`
	// Agents is everybody who may take a conversation of any of these classes, in the order of the agents. One more agent with
	// the skills, channels and teams of any of them and room for one serves one conversation more. Empty: nobody may take them.
	Agents []BottleneckAgent `json:"agents"`
	// Assigned says how many conversations of these classes have an agent in this plan.
	Assigned int `json:"assigned"`
	// Waiting says how many of them wait.
	Waiting int `json:"waiting"`
}

// BottleneckClass is conversations that the same agents may take.
type BottleneckClass struct {
	// Team is the team's id.
	Team string `json:"team"`
	// Channel is theirs; empty: none.
	Channel string `json:"channel,omitempty"`
	// Needs are those in force: the highest level of each skill, in order of first mention.
	Needs []Needed `json:"needs,omitempty"`
	// Conversation is the id of the first of them, as they came, which shows what else decides: exclusions, a hold, teams that help.
	Conversation string `json:"conversation"`
}

// BottleneckAgent is somebody who may take conversations of a bottleneck.
type BottleneckAgent struct {
	// Agent is the agent's id.
	Agent string `json:"agent"`
	// Room is the most conversations of its classes that the agent can take in this plan.
	Room int `json:"room"`
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
	// WhyPreferred: the conversation prefers them.
	WhyPreferred Why = "preferred"
	// WhyMatched: whose turn it was is needed elsewhere; with them fewer conversations would be served.
	WhyMatched Why = "matched"
)

// Why a conversation waits. WhyLoadUnknown, below, is one of these too: some are available, the load of none of those is known.
const (
	// WhyUnknownTeam: the snapshot has no such team.
	WhyUnknownTeam Why = "unknown_team"
	// WhyManualTeam: people assign there.
	WhyManualTeam Why = "manual_team"
	// WhyNoMembers: no member is a known agent with a weight above 0.
	WhyNoMembers Why = "no_members"
	// WhyNobodyQualified: there are such members, all of them excluded or without a skill that is needed.
	WhyNobodyQualified Why = "nobody_qualified"
	// WhyHeld: it is held for a preferred agent who cannot take it now.
	WhyHeld Why = "held"
	// WhyNobodyAvailable: there are qualified members, none of them assignable or fallback.
	WhyNobodyAvailable Why = "nobody_available"
	// WhyAllFull: some are available with a known load, all at a limit.
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
	// WhyExcluded: the conversation excludes the agent, or is held by them.
	WhyExcluded Why = "excluded"
	// WhyLacksSkill: the agent lacks a skill that is needed, or a level of it.
	WhyLacksSkill Why = "lacks_skill"
	// WhyHeldForOther: the conversation is held for others.
	WhyHeldForOther Why = "held_for_other"
	// WhyUnavailable: the agent's availability is among neither the team's assignable nor its fallback ones.
	WhyUnavailable Why = "unavailable"
	// WhyLoadUnknown: the host could not count the agent's load.
	WhyLoadUnknown Why = "load_unknown"
	// WhyAgentFull: the agent's load has reached their capacity, or 2^31 - 1.
	WhyAgentFull Why = "agent_full"
	// WhyChannelFull: the agent's load in the conversation's channel has reached their capacity there.
	WhyChannelFull Why = "channel_full"
	// WhyTeamFull: the agent's load has reached the team's MaxLoad.
	WhyTeamFull Why = "team_full"
	// WhyNewLimit: the agent has got as many in this plan as their MaxNew.
	WhyNewLimit Why = "new_limit"
)
