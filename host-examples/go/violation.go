package evenhand

// Violation is something that is wrong with a plan: see [Planner.Check].
type Violation struct {
	// Code is the kind of fault.
	Code ViolationCode `json:"code"`
	// Path is its place: a JSON Pointer (RFC 6901) into the plan.
	Path string `json:"path"`
	// Message is what was expected there, for people.
	Message string `json:"message"`
}

// ViolationCode is a kind of violation. New ones may come; one that is there never changes.
type ViolationCode string

// What may be wrong with a plan.
const (
	// ViolationVersion: the plan is of another wire version.
	ViolationVersion ViolationCode = "version"
	// ViolationDecisions: there is not one decision for each conversation, in the order given. Nothing else is checked then.
	ViolationDecisions ViolationCode = "decisions"
	// ViolationTeam: a decision names another team than the conversation.
	ViolationTeam ViolationCode = "team"
	// ViolationHeldBy: a decision names another holder than the conversation.
	ViolationHeldBy ViolationCode = "held_by"
	// ViolationBy: a team served it that is not open to it.
	ViolationBy ViolationCode = "by"
	// ViolationNotAssignable: somebody takes what only people assign, or nobody at all.
	ViolationNotAssignable ViolationCode = "not_assignable"
	// ViolationUnknownAgent: the taker is no agent of the snapshot.
	ViolationUnknownAgent ViolationCode = "unknown_agent"
	// ViolationNotAMember: the taker is no member of the team that serves it.
	ViolationNotAMember ViolationCode = "not_a_member"
	// ViolationZeroWeight: the taker's weight is 0 there.
	ViolationZeroWeight ViolationCode = "zero_weight"
	// ViolationExcluded: the conversation excludes the taker, or is held by them.
	ViolationExcluded ViolationCode = "excluded"
	// ViolationLacksSkill: the taker lacks a skill that is needed.
	ViolationLacksSkill ViolationCode = "lacks_skill"
	// ViolationHeldForOther: the conversation is held for others.
	ViolationHeldForOther ViolationCode = "held_for_other"
	// ViolationUnavailable: the team gives no new work to the taker's availability.
	ViolationUnavailable ViolationCode = "unavailable"
	// ViolationLoadUnknown: the taker's load is not known.
	ViolationLoadUnknown ViolationCode = "load_unknown"
	// ViolationAgentFull: the taker had reached their capacity.
	ViolationAgentFull ViolationCode = "agent_full"
	// ViolationChannelFull: the taker had reached their capacity in the channel.
	ViolationChannelFull ViolationCode = "channel_full"
	// ViolationTeamFull: the taker had reached the team's `max_load`.
	ViolationTeamFull ViolationCode = "team_full"
	// ViolationNewLimit: the taker had got as many as their `max_new`.
	ViolationNewLimit ViolationCode = "new_limit"
	// ViolationRoomLeft: it waits, though somebody who may take it has room at the end.
	ViolationRoomLeft ViolationCode = "room_left"
	// ViolationOutOfOrder: it waits, though somebody who may take it took a later one.
	ViolationOutOfOrder ViolationCode = "out_of_order"
	// ViolationAskedLast: the agent who lost it takes it again, though somebody else could.
	ViolationAskedLast ViolationCode = "asked_last"
	// ViolationTeamOrder: a team served it, though one that is asked before it could.
	ViolationTeamOrder ViolationCode = "team_order"
	// ViolationPreferred: somebody takes it, though one whom it prefers, or prefers to them, could.
	ViolationPreferred ViolationCode = "preferred"
	// ViolationRank: somebody takes it, though one could who is asked before them: assignable, or of an earlier tier.
	ViolationRank ViolationCode = "rank"
	// ViolationRule: by the team's rule it was somebody else's.
	ViolationRule ViolationCode = "rule"
	// ViolationAssignReason: the reason of an assignment is not the right one.
	ViolationAssignReason ViolationCode = "assign_reason"
	// ViolationWaitReason: the reason of a wait is not the right one.
	ViolationWaitReason ViolationCode = "wait_reason"
	// ViolationSet: who shared in a pick is not what the cursor's sets say.
	ViolationSet ViolationCode = "set"
	// ViolationWaiting: the groups of what waits are not those of the decisions.
	ViolationWaiting ViolationCode = "waiting"
	// ViolationPassedOver: who is passed over for a group is counted wrong.
	ViolationPassedOver ViolationCode = "passed_over"
	// ViolationBottlenecks: a bottleneck where there is none, or none where something waits, or out of order.
	ViolationBottlenecks ViolationCode = "bottlenecks"
	// ViolationBottleneckClass: a class of a bottleneck is not as its conversation says, in two bottlenecks, or out of order.
	ViolationBottleneckClass ViolationCode = "bottleneck_class"
	// ViolationBottleneckAgent: the agents of a bottleneck are not those who may take its classes.
	ViolationBottleneckAgent ViolationCode = "bottleneck_agent"
	// ViolationBottleneckRoom: an agent can take more of its classes, or fewer.
	ViolationBottleneckRoom ViolationCode = "bottleneck_room"
	// ViolationBottleneckCount: what is assigned of its classes, or waits, is counted wrong.
	ViolationBottleneckCount ViolationCode = "bottleneck_count"
	// ViolationBottleneckProof: its agents have room for more than is assigned of its classes.
	ViolationBottleneckProof ViolationCode = "bottleneck_proof"
	// ViolationCursors: there is not one cursor for each rotation, in order, or one of manual teams is changed.
	ViolationCursors ViolationCode = "cursors"
	// ViolationTurns: the turns of a cursor are not those of the members, or out of order.
	ViolationTurns ViolationCode = "turns"
	// ViolationOwed: what is owed is not what it was with what the picks have moved.
	ViolationOwed ViolationCode = "owed"
	// ViolationSets: the sets of a cursor are malformed, or not those of the picks.
	ViolationSets ViolationCode = "sets"
	// ViolationLoads: the loads are not those of the decisions.
	ViolationLoads ViolationCode = "loads"
)
