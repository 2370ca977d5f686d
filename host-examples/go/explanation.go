package evenhand

// Explanation says why a conversation goes where it goes, or waits.
type Explanation struct {
	// Decision is what the plan decides for it.
	Decision Decision `json:"decision"`
	// Place is its place in the order in which the queue is served, from 1.
	Place int `json:"place"`
	// Queue says how many conversations the queue has.
	Queue int `json:"queue"`
	// Lost says that an earlier claim of it was lost, so that it is served after those of which none was.
	Lost bool `json:"lost,omitempty"`
	// Class is what its class is made of: the conversations that the same agents may take.
	Class ExplainedClass `json:"class"`
	// HeldBack, under ObjectiveMost, is what holds it back, where it waits for an agent with room.
	HeldBack *HeldBack `json:"held_back,omitempty"`
	// Members are those of all teams that are asked, at the moment of the decision: those with a position in the order of these, then the
	// other candidates, then whoever is passed over, both as the teams are asked and list them.
	Members []ExplainedMember `json:"members"`
}

// HeldBack is what holds back a conversation that waits.
type HeldBack struct {
	// Bottleneck is as the plan has it.
	Bottleneck Bottleneck `json:"bottleneck"`
	// Ahead says how many conversations of the bottleneck that wait come before it in serving order: they get what room there may be more.
	Ahead int `json:"ahead"`
}

// ExplainedClass is what the class of a conversation is made of.
type ExplainedClass struct {
	// Team is the team's id.
	Team string `json:"team"`
	// Channel is the channel; empty: none.
	Channel string `json:"channel,omitempty"`
	// Needs are those in force: the highest level of each skill, in order of first mention. The legacy rules know none.
	Needs []Needed `json:"needs,omitempty"`
	// Excluded are the agents who do not get it, as the snapshot lists agents, the holder included.
	Excluded []string `json:"excluded,omitempty"`
	// Held says that it is held for those it prefers.
	Held bool `json:"held,omitempty"`
	// Asked are the teams that are asked, in this order: its own, then those of the overflow that are open by now. It is empty for
	// WhyUnknownTeam and WhyManualTeam.
	Asked []AskedTeam `json:"asked"`
	// Conversations says how many of the queue are of this class.
	Conversations int `json:"conversations"`
}

// AskedTeam is a team that is asked for a conversation.
type AskedTeam struct {
	// Team is the team's id.
	Team string `json:"team"`
	// Rule is the rule by which it picks.
	Rule Rule `json:"rule"`
}

// ExplainedMember is a member of a team that is asked, at the moment of the decision.
type ExplainedMember struct {
	// Team is the team's id.
	Team string `json:"team"`
	// Agent is the agent's id.
	Agent string `json:"agent"`
	// Weight is the member's weight.
	Weight int `json:"weight"`
	// Tier is the member's tier.
	Tier int `json:"tier"`
	// Availability is the agent's; empty for an unknown agent.
	Availability string `json:"availability,omitempty"`
	// Fallback says that the availability is among the team's fallback ones alone.
	Fallback bool `json:"fallback,omitempty"`
	// Preferred says that the conversation prefers the agent.
	Preferred bool `json:"preferred,omitempty"`
	// AskedLast says that the lost claim was for the agent, who is asked when nobody else is left.
	AskedLast bool `json:"asked_last,omitempty"`
	// Load is the agent's before this conversation; nil: the host could not count it, or the agent is unknown.
	Load *int `json:"load"`
	// ChannelLoad is the agent's load in the conversation's channel; nil where they do not list it or it is not known.
	ChannelLoad *int `json:"channel_load,omitempty"`
	// Taken says how many conversations the agent has got in this plan before.
	Taken int `json:"taken"`
	// Room says how many more of this class the agent has room for in this team in this plan; nil: no limit that is known.
	Room *int `json:"room,omitempty"`
	// Gate is the first gate that the member fails; empty for a candidate.
	Gate Why `json:"gate,omitempty"`
	// Owed is what the rotation owes the agent: in thousandths of a conversation, rounded to the nearest; under a legacy rule in points. It is
	// nil where the rule owes nothing or the agent has no turn.
	Owed *int64 `json:"owed,omitempty"`
	// Position says which of the next conversations would be the first that the agent gets from this team, from this one on, which is 1, if
	// only conversations like this one came; 0 where that is none of the next 10,000, or too much work to find out.
	Position int `json:"position,omitempty"`
	// NeededFor, under ObjectiveMost and where a candidate is needed elsewhere, is the next conversation to come of those of which one
	// would have nobody, if the agent took this one.
	NeededFor string `json:"needed_for,omitempty"`
}
