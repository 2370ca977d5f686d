/**
 * Decides which agent takes each waiting conversation of a support desk.
 *
 * @example
 * ```js
 * import { plan } from "evenhand";
 *
 * const { decisions, cursors } = plan({
 *   version: 1,
 *   agents: [{ id: "ann", availability: "online", load: 2, capacity: 5 }],
 *   teams: [{ id: "billing", assignment: "round_robin", members: [{ agent: "ann" }] }],
 *   conversations: [{ id: "c1", team: "billing" }],
 *   cursors: [], // those of the last plan, as they came
 * });
 * // decisions: [{ conversation: "c1", team: "billing", agent: "ann", why: "only_candidate" }]
 * ```
 *
 * @packageDocumentation
 */

/**
 * A desk at one moment: all that a plan is decided on.
 *
 * Ids are your own, 1 to 128 bytes of UTF-8. Numbers are integers. A field that is not listed here
 * is refused, so that a typing error cannot change a decision. A field that is `undefined` counts
 * as left out.
 */
export interface Snapshot {
  /** The wire version. */
  version: 1;
  /**
   * Shuffles members who are new to a rotation, so that they do not always join in the order given;
   * see {@link newSeed}. Left out: they join in the order of `members`.
   */
  seed?: Integer | undefined;
  /**
   * The moment of the snapshot, in milliseconds since 1970 (`Date.now()`). It may be left out where nothing waits for a
   * time: no need's `relax_after`, no `hold_for`, no `overflow` and no `ageing` meets a `since`.
   */
  now?: Integer | undefined;
  /** What the plan is to achieve. Left out: `"in_order"`. */
  objective?: Objective | undefined;
  /**
   * How many milliseconds of waiting weigh as much as one point of priority, at least 1. Left out: priority is strict.
   */
  ageing?: Integer | undefined;
  /** The agents of the desk. */
  agents: readonly Agent[];
  /** The teams, in the order in which their cursors come back. */
  teams: readonly Team[];
  /** The waiting conversations, in the order in which they are to be served. */
  conversations: readonly Conversation[];
  /** The cursors of the last plan, as they came. Left out: every rotation starts anew. */
  cursors?: readonly Cursor[] | undefined;
  /** The decisions of the last plan that could not be written, as they were; each gives its turn back. */
  lost_claims?: readonly LostClaim[] | undefined;
}

/** A whole number, at most 2^53 - 1; databases hand out large ones as `bigint`. */
export type Integer = number | bigint;

/** A person who answers conversations. Load and capacity are theirs, over all teams. */
export interface Agent {
  /** Unique among agents. */
  id: string;
  /** Your own word for the agent's status, compared with the team's `assignable`. */
  availability: string;
  /** Open conversations now, in every team. `null`: it could not be counted, and the agent is passed over. */
  load: Integer | null;
  /** The most open conversations the agent may hold; 0 takes nothing. Left out: no limit. */
  capacity?: Integer | undefined;
  /** The most conversations the agent gets in one plan. Left out: no limit. */
  max_new?: Integer | undefined;
  /** What the agent knows, each skill once. Left out: nothing. */
  skills?: readonly Skill[] | undefined;
  /** The agent's load by channel, each channel once. One that is not listed has load 0 and no limit of its own. */
  channels?: readonly Channel[] | undefined;
}

/** What an agent knows. */
export interface Skill {
  /** The skill's id. */
  skill: string;
  /** How well, 1 to 1,000. Left out: 1. */
  level?: Integer | undefined;
}

/** An agent's load in one channel: mail, chat, telephone. */
export interface Channel {
  /** The channel's id. */
  channel: string;
  /**
   * Open conversations now in this channel, a part of the agent's load. `null`: they could not be counted, and the agent
   * is passed over for this channel.
   */
  load: Integer | null;
  /** The most open conversations the agent may hold in this channel; 0 takes nothing. Left out: no limit. */
  capacity?: Integer | undefined;
}

/** A team and how its conversations are assigned. */
export interface Team {
  /** Unique among teams. */
  id: string;
  /** How the next agent is picked. */
  assignment: Assignment;
  /**
   * The rotation whose turns it takes; teams that name the same one share it, and whoever is in two of them has one
   * share. Left out: one of its own, named like the team.
   *
   * Teams that share a rotation have one assignment, which is none of the legacy ones. A manual team may share any: its
   * members keep their turns.
   */
  rotation?: string | undefined;
  /**
   * An agent whose load has reached it gets nothing more from this team. Left out: no limit.
   *
   * It is the whole load; for a conversation with a channel that the agent lists, the load of that channel.
   */
  max_load?: Integer | undefined;
  /** The availabilities that get new work. Left out: `["online"]`. */
  assignable?: readonly string[] | undefined;
  /** The availabilities that get new work where nobody assignable has room. Left out: none. */
  fallback?: readonly string[] | undefined;
  /** Teams that may serve what has waited for some time, tried in this order after this team. Left out: none. */
  overflow?: readonly Overflow[] | undefined;
  /** The members, each agent once. */
  members: readonly Member[];
}

/** A team that may serve the conversations of another. */
export interface Overflow {
  /** The team's id. One that `teams` does not list is passed over, and so is one of a legacy rule or of none. */
  team: string;
  /** How many milliseconds a conversation has to have waited. */
  after: Integer;
}

/** An agent's place in one team. */
export interface Member {
  /** The agent's id. One that `agents` does not list is passed over. */
  agent: string;
  /** The share of turns relative to the others, 0 to 1,000; 0 is never drawn. Left out: 1. */
  weight?: Integer | undefined;
  /** 0 to 9: a tier is asked only where none before it has a candidate. Left out: 0. */
  tier?: Integer | undefined;
}

/** A conversation that waits for an agent. */
export interface Conversation {
  /** Unique among conversations. */
  id: string;
  /** The team's id. The conversation waits where `teams` does not list it. */
  team: string;
  /** The channel it came by. Left out: none. */
  channel?: string | undefined;
  /** How urgent it is, -1,000 to 1,000; larger is served first. Left out: 0. */
  priority?: Integer | undefined;
  /** Since when it waits, in milliseconds since 1970. Left out: it has waited for no time. */
  since?: Integer | undefined;
  /** By when it is to be answered, likewise. Left out: any time. */
  due?: Integer | undefined;
  /** What whoever takes it has to know. Left out: nothing. */
  needs?: readonly Need[] | undefined;
  /** The agents who are to take it if they can, the first of them who is a candidate. Left out: nobody. */
  preferred?: readonly string[] | undefined;
  /**
   * For how many milliseconds of waiting only those in `preferred` get it, if any of them is qualified. Left out: for
   * none.
   */
  hold_for?: Integer | undefined;
  /** The agents who do not get it. Left out: nobody. */
  excluded?: readonly string[] | undefined;
  /** Whoever has it now, where it is to go to somebody else; if nobody can take it, they keep it. Left out: nobody has it. */
  held_by?: string | undefined;
}

/** A skill that whoever takes a conversation has to have. */
export interface Need {
  /** The skill's id. Several needs for one skill are steps. */
  skill: string;
  /** The least level, 1 to 1,000. Left out: 1. */
  level?: Integer | undefined;
  /** After how many milliseconds of waiting it lapses. Left out: never. */
  relax_after?: Integer | undefined;
}

/**
 * What a rotation remembers from one call to the next. Store it and hand it back;
 * there is no need to look inside.
 */
export interface Cursor {
  /** The rotation's id: the one that its teams name, or the id of the team. */
  rotation: string;
  /** The rule that wrote it, and so the unit of `owed`. */
  rule: Rule;
  /** The members in rotation order. */
  turns: readonly Turn[];
  /** Who shared in the picks of the last plan, under `round_robin`; what a lost claim is undone by. */
  sets?: readonly SeatSet[] | undefined;
}

/** One member's place in a cursor. */
export interface Turn {
  /** The agent's id. */
  agent: string;
  /** What the rotation owes the member, in the unit of the cursor's rule. Left out under a rule that owes nothing. */
  owed?: Integer | undefined;
}

/** The seats that were granted a share at a pick, as the difference from an earlier set. */
export interface SeatSet {
  /** The place of the earlier set. Left out: the empty set. */
  from?: Integer | undefined;
  /** The seats that are in one of the two and not in the other: places in the cursor's turns, ascending. */
  seats: readonly Integer[];
}

/**
 * A decision of the last plan that could not be written, because a person was faster, say: hand back the
 * {@link Decision} as it was. Its turn is given back, and its conversation is served after all others.
 *
 * Nothing is given back where no agent is named, the team is gone, manual or legacy by now, or the agent has left the
 * rotation; nor under `round_robin` where another rule wrote the cursor.
 */
export interface LostClaim {
  /** The conversation's id. */
  conversation: string;
  /** The team of the conversation. */
  team: string;
  /** The agent who was to take it. `null`: nobody was, and the conversation is only put last. */
  agent: string | null;
  /** Why the plan decided so; nothing depends on it. */
  why?: string | undefined;
  /** Who had the conversation; nothing depends on it. */
  held_by?: string | undefined;
  /** The team that served it. Left out: its own. */
  by?: string | undefined;
  /** Which of the cursor's `sets` shared in the pick. Left out: 0. */
  set?: Integer | undefined;
}

/**
 * How a team's conversations are assigned.
 *
 * - `round_robin`: by the share owed to each member.
 * - `least_loaded`: to the smallest load per weight.
 * - `least_recent`: to whoever has waited longest since they last got one.
 * - `manual`: people assign; every conversation waits.
 * - `libredesk_2025`, `libredesk_2026`: as Libredesk did and does, exactly, for comparison.
 */
export type Assignment =
  | "round_robin"
  | "least_loaded"
  | "least_recent"
  | "manual"
  | "libredesk_2025"
  | "libredesk_2026";

/**
 * What a plan is to achieve. `in_order`: each conversation in turn takes the best candidate left. `most`: no other plan serves
 * more of the queue, nor more of the first so many conversations in serving order.
 */
export type Objective = "in_order" | "most";

/** The rule that wrote a cursor: every {@link Assignment} that has a rotation. */
export type Rule = "round_robin" | "least_loaded" | "least_recent" | "libredesk_2025" | "libredesk_2026";

/** The answer to a {@link Snapshot}: who takes which conversation, who waits and why. */
export interface Plan {
  /** The wire version. */
  version: 1;
  /** One decision per conversation, in the order given. */
  decisions: Decision[];
  /** The conversations that wait, grouped by team, reason, channel and needs in force, by first appearance. */
  waiting: Waiting[];
  /** Under `most`, what holds back the conversations that wait, with its proof. Left out: nothing does, or `in_order`. */
  bottlenecks?: Bottleneck[];
  /** The cursors to store and to hand to the next call, in the order of their first teams. */
  cursors: PlannedCursor[];
  /** The agents whose load changes, in the order of the agents. */
  loads: LoadChange[];
}

/** What was decided for one conversation: somebody takes it, or it waits. */
export type Decision = Assigned | Waits;

/** A conversation that somebody takes. */
export interface Assigned {
  /** The conversation's id. */
  conversation: string;
  /** Its team's id. */
  team: string;
  /** The id of the agent who takes it. */
  agent: string;
  /** Why this agent. */
  why: AssignReason;
  /** Who had it, as the conversation says. Left out: nobody. */
  held_by?: string;
  /** The team that served it, where it is not its own. */
  by?: string;
  /** Which of the cursor's `sets` shared in the pick. Left out: 0, or the rule has none. */
  set?: number;
}

/** A conversation that waits. */
export interface Waits {
  /** The conversation's id. */
  conversation: string;
  /** Its team's id. */
  team: string;
  /** Nobody. */
  agent: null;
  /** Why it waits. */
  why: WaitReason;
  /** Who has it, as the conversation says, and keeps it. Left out: nobody. */
  held_by?: string;
}

/** The conversations of one team that wait for one reason, with the same channel and needs. */
export interface Waiting {
  /** The team's id. */
  team: string;
  /** Their channel. Left out: none. */
  channel?: string;
  /** The needs that are in force: the highest level of each skill, in order of first mention. Left out: none. */
  needs?: Needed[];
  /** Why they wait. */
  why: WaitReason;
  /** How many conversations. */
  conversations: number;
  /** How many members the team has, passed over or not; 0 for an unknown team. */
  members: number;
  /**
   * How many members fail which gate at the end of the plan, in the order of the gates. Empty for
   * `unknown_team` and `manual_team`.
   */
  passed_over: PassedOver[];
}

/** A level of a skill without which nobody gets a conversation. */
export interface Needed {
  /** The skill's id. */
  skill: string;
  /** The least level. */
  level: number;
}

/** How many members one gate holds back. */
export interface PassedOver {
  /** The first gate they fail. */
  why: Gate;
  /** How many members. */
  members: number;
}

/** A {@link Cursor} as a plan brings it. */
export interface PlannedCursor extends Cursor {
  turns: PlannedTurn[];
  sets?: PlannedSeatSet[];
}

/** A {@link Turn} as a plan brings it. */
export interface PlannedTurn extends Turn {
  owed?: number;
}

/** A {@link SeatSet} as a plan brings it. */
export interface PlannedSeatSet extends SeatSet {
  from?: number;
  seats: number[];
}

/**
 * Classes of conversations that can go to some agents alone, who have not enough room for all of them.
 *
 * The room of all agents together is `assigned`: so many of these conversations have an agent, and all their room is taken by
 * them. So `waiting` of them must wait, whatever else is decided.
 */
export interface Bottleneck {
  /** The classes of conversations: first those of which some wait, in the order of the first that waits, then the others. */
  classes: BottleneckClass[];
  /**
   * Everybody who may take a conversation of any of these classes, in the order of the agents. One more agent with the skills,
   * channels and teams of any of them and room for one serves one conversation more. Empty where nobody may take them.
   */
  agents: BottleneckAgent[];
  /** How many conversations of these classes have an agent in this plan. */
  assigned: number;
  /** How many of them wait. */
  waiting: number;
}

/** Conversations that the same agents may take. */
export interface BottleneckClass {
  /** The team's id. */
  team: string;
  /** Their channel. Left out: none. */
  channel?: string;
  /** The needs that are in force: the highest level of each skill, in order of first mention. Left out: none. */
  needs?: Needed[];
  /** The id of the first of them, as they came, which shows what else decides: exclusions, a hold, teams that help. */
  conversation: string;
}

/** Somebody who may take conversations of a bottleneck. */
export interface BottleneckAgent {
  /** The agent's id. */
  agent: string;
  /** The most conversations of its classes that the agent can take in this plan. */
  room: number;
}

/** An agent's load before and after the plan. */
export interface LoadChange {
  /** The agent's id. */
  agent: string;
  /** The load of the snapshot. */
  before: number;
  /** The load once every decision is written. */
  after: number;
}

/** Why a conversation goes where it goes, or waits: see {@link explain}. */
export interface Explanation {
  /** What the plan decides for it. */
  decision: Decision;
  /** Its place in the order in which the queue is served, from 1. */
  place: number;
  /** How many conversations the queue has. */
  queue: number;
  /** Whether an earlier claim of it was lost, so that it is served after those of which none was. Left out: no. */
  lost?: boolean;
  /** What its class is made of: the conversations that the same agents may take. */
  class: ExplainedClass;
  /** Under `most`, what holds it back, where it waits for an agent with room. Left out: nothing does, or `in_order`. */
  held_back?: HeldBack;
  /**
   * The members of all teams that are asked, at the moment of the decision: those with a position in the order of these,
   * then the other candidates, then whoever is passed over, both as the teams are asked and list them.
   */
  members: ExplainedMember[];
}

/** What holds back a conversation that waits. */
export interface HeldBack {
  /** As the plan has it. */
  bottleneck: Bottleneck;
  /** How many conversations of the bottleneck that wait come before it in serving order: they get what room there may be more. */
  ahead: number;
}

/** A class as an {@link Explanation} tells it. */
export interface ExplainedClass {
  /** The team's id. */
  team: string;
  /** The channel. Left out: none. */
  channel?: string;
  /**
   * The needs that are in force: the highest level of each skill, in order of first mention. Left out: none, and the
   * legacy rules know none.
   */
  needs?: Needed[];
  /** The agents who do not get it, as the snapshot lists agents, the holder included. Left out: nobody. */
  excluded?: string[];
  /** Whether it is held for those it prefers. Left out: no. */
  held?: boolean;
  /**
   * The teams that are asked, in this order: its own, then those of the `overflow` that are open by now. Empty for
   * `unknown_team` and `manual_team`.
   */
  asked: AskedTeam[];
  /** How many conversations of the queue are of this class. */
  conversations: number;
}

/** A team that is asked for a conversation. */
export interface AskedTeam {
  /** The team's id. */
  team: string;
  /** The rule by which it picks. */
  rule: Rule;
}

/** A member of a team that is asked, at the moment of the decision. */
export interface ExplainedMember {
  /** The team's id. */
  team: string;
  /** The agent's id. */
  agent: string;
  /** The member's weight. */
  weight: number;
  /** The member's tier. */
  tier: number;
  /** The agent's availability. Left out: the agent is unknown. */
  availability?: string;
  /** Whether the availability is among the team's fallback ones alone. Left out: no. */
  fallback?: boolean;
  /** Whether the conversation prefers the agent. Left out: no. */
  preferred?: boolean;
  /** Whether the lost claim was for the agent, who is asked when nobody else is left. Left out: no. */
  asked_last?: boolean;
  /** The agent's load before this conversation. `null`: it could not be counted, or the agent is unknown. */
  load: number | null;
  /** The agent's load in the conversation's channel, where they list that and it is known. */
  channel_load?: number;
  /** How many conversations the agent has got in this plan before. */
  taken: number;
  /** How many more of this class the agent has room for in this team in this plan. Left out: no limit that is known. */
  room?: number;
  /** The first gate that the member fails. Left out: the member is a candidate. */
  gate?: Gate;
  /**
   * What the rotation owes the agent: in thousandths of a conversation, rounded to the nearest; under a legacy rule in
   * points. Left out: the rule owes nothing, or the agent has no turn.
   */
  owed?: number;
  /**
   * Which of the next conversations would be the first that the agent gets from this team, from this one on, which is 1,
   * if only conversations like this one came. Left out: none of the next 10,000, or it is too much work to find out.
   */
  position?: number;
  /**
   * Under `most`, where a candidate is needed elsewhere: the next conversation to come of those of which one would have
   * nobody, if the agent took this one. Left out: the agent can take it, or `in_order`.
   */
  needed_for?: string;
}

/**
 * Why this agent and no other.
 *
 * - `turn`: it was their turn.
 * - `least_loaded`: they had the smallest load per weight.
 * - `least_recent`: they had waited longest since they last got one.
 * - `only_candidate`: nobody else could take it.
 * - `preferred`: the conversation prefers them.
 * - `matched`: whoever would have had it in order is needed elsewhere.
 */
export type AssignReason = "turn" | "least_loaded" | "least_recent" | "only_candidate" | "preferred" | "matched";

/**
 * Why a conversation waits: the gate nearest to success that some member reached.
 *
 * - `unknown_team`: the snapshot has no such team.
 * - `manual_team`: people assign there.
 * - `no_members`: no member is a known agent with a weight above 0.
 * - `nobody_qualified`: there are such members, all of them excluded or without a skill that is needed.
 * - `held`: it is held for a preferred agent who cannot take it now.
 * - `nobody_available`: there are qualified members, none of them assignable or fallback.
 * - `load_unknown`: some are available, the load of none of those is known.
 * - `all_full`: some are available with a known load, all at a limit.
 * - `turn_lost`: legacy rules only: they drew, and nobody drawn could take it.
 */
export type WaitReason =
  | "unknown_team"
  | "manual_team"
  | "no_members"
  | "nobody_qualified"
  | "held"
  | "nobody_available"
  | "load_unknown"
  | "all_full"
  | "turn_lost";

/**
 * The gates a member has to pass, in the order in which they are tried.
 *
 * - `unknown_agent`: the member is no agent of the snapshot.
 * - `zero_weight`: the member's weight is 0.
 * - `excluded`: the conversation excludes the agent, or is held by them.
 * - `lacks_skill`: the agent lacks a skill that is needed, or a level of it.
 * - `held_for_other`: the conversation is held for others.
 * - `unavailable`: the agent's availability is among neither the team's assignable nor its fallback ones.
 * - `load_unknown`: the agent's load, or that in the conversation's channel, could not be counted.
 * - `agent_full`: the agent's load has reached their capacity, or 2,147,483,647.
 * - `channel_full`: the agent's load in the conversation's channel has reached their capacity there.
 * - `team_full`: the agent's load has reached the team's `max_load`.
 * - `new_limit`: the agent has got as many in this plan as their `max_new`.
 */
export type Gate =
  | "unknown_agent"
  | "zero_weight"
  | "excluded"
  | "lacks_skill"
  | "held_for_other"
  | "unavailable"
  | "load_unknown"
  | "agent_full"
  | "channel_full"
  | "team_full"
  | "new_limit";

/** Something that is wrong with a plan: see {@link check}. */
export interface Violation {
  /** What kind of thing. */
  code: ViolationCode;
  /** Where: a JSON Pointer (RFC 6901) into the plan. */
  path: string;
  /** What was expected there, for people. */
  message: string;
}

/**
 * The kinds of violation. New kinds may be added; a code, once given, never changes.
 *
 * - `version`: the plan is of another wire version.
 * - `decisions`: there is not one decision for each conversation, in the order given. Nothing else is checked then.
 * - `team`: a decision names another team than the conversation.
 * - `held_by`: a decision names another holder than the conversation.
 * - `by`: a team served it that is not open to it.
 * - `not_assignable`: somebody takes what only people assign, or nobody at all.
 * - `unknown_agent`: the taker is no agent of the snapshot.
 * - `not_a_member`: the taker is no member of the team that serves it.
 * - `zero_weight`: the taker's weight is 0 there.
 * - `excluded`: the conversation excludes the taker, or is held by them.
 * - `lacks_skill`: the taker lacks a skill that is needed.
 * - `held_for_other`: the conversation is held for others.
 * - `unavailable`: the team gives no new work to the taker's availability.
 * - `load_unknown`: the taker's load is not known.
 * - `agent_full`: the taker had reached their capacity.
 * - `channel_full`: the taker had reached their capacity in the channel.
 * - `team_full`: the taker had reached the team's `max_load`.
 * - `new_limit`: the taker had got as many as their `max_new`.
 * - `room_left`: it waits, though somebody who may take it has room at the end.
 * - `out_of_order`: it waits, though somebody who may take it took a later one.
 * - `asked_last`: the agent who lost it takes it again, though somebody else could.
 * - `team_order`: a team served it, though one that is asked before it could.
 * - `preferred`: somebody takes it, though one whom it prefers, or prefers to them, could.
 * - `rank`: somebody takes it, though one could who is asked before them: assignable, or of an earlier tier.
 * - `rule`: by the team's rule it was somebody else's.
 * - `assign_reason`: the reason of an assignment is not the right one.
 * - `wait_reason`: the reason of a wait is not the right one.
 * - `set`: who shared in a pick is not what the cursor's sets say.
 * - `waiting`: the groups of what waits are not those of the decisions.
 * - `passed_over`: who is passed over for a group is counted wrong.
 * - `bottlenecks`: a bottleneck where there is none, or none where something waits, or out of order.
 * - `bottleneck_class`: a class of a bottleneck is not as its conversation says, in two bottlenecks, or out of order.
 * - `bottleneck_agent`: the agents of a bottleneck are not those who may take its classes.
 * - `bottleneck_room`: an agent can take more of its classes, or fewer.
 * - `bottleneck_count`: what is assigned of its classes, or waits, is counted wrong.
 * - `bottleneck_proof`: its agents have room for more than is assigned of its classes.
 * - `cursors`: there is not one cursor for each rotation, in order, or one of manual teams is changed.
 * - `turns`: the turns of a cursor are not those of the members, or out of order.
 * - `owed`: what is owed is not what it was with what the picks have moved.
 * - `sets`: the sets of a cursor are malformed, or not those of the picks.
 * - `loads`: the loads are not those of the decisions.
 */
export type ViolationCode =
  | "version"
  | "decisions"
  | "team"
  | "held_by"
  | "by"
  | "not_assignable"
  | "unknown_agent"
  | "not_a_member"
  | "zero_weight"
  | "excluded"
  | "lacks_skill"
  | "held_for_other"
  | "unavailable"
  | "load_unknown"
  | "agent_full"
  | "channel_full"
  | "team_full"
  | "new_limit"
  | "room_left"
  | "out_of_order"
  | "asked_last"
  | "team_order"
  | "preferred"
  | "rank"
  | "rule"
  | "assign_reason"
  | "wait_reason"
  | "set"
  | "waiting"
  | "passed_over"
  | "bottlenecks"
  | "bottleneck_class"
  | "bottleneck_agent"
  | "bottleneck_room"
  | "bottleneck_count"
  | "bottleneck_proof"
  | "cursors"
  | "turns"
  | "owed"
  | "sets"
  | "loads";

/**
 * Why a snapshot was refused.
 *
 * - `malformed_json`: the text is not JSON, or a string is not Unicode (it has a lone surrogate).
 * - `wrong_type`: a value of another type was expected; also `1.5` or `NaN` for an integer.
 * - `unknown_field`, `missing_field`, `duplicate_field`: `path` names the field itself; `/now` is missing where
 *   something waits for a time.
 * - `unknown_value`: an assignment or a rule that does not exist.
 * - `out_of_range`: an integer is too small or too large.
 * - `invalid_id`: an id is empty or longer than 128 bytes.
 * - `duplicate_id`: an id stands twice where it may stand once.
 * - `mixed_rotation`: teams of several assignments, or a legacy team and another, share a rotation; `path` names the later team.
 * - `unsupported_version`: the snapshot is of another wire version.
 * - `limit_exceeded`: the snapshot is larger than one call takes, or the text of the answer longer than 500,000,000 bytes; the
 *   message says which limit.
 * - `internal`: a defect of this package; or the call stack was nearly full; or there is no module to ask, because a page
 *   forbids WebAssembly, say. It says nothing about the snapshot, and the next call works. The error's `cause` has
 *   what happened.
 */
export type ErrorCode =
  | "malformed_json"
  | "wrong_type"
  | "unknown_field"
  | "missing_field"
  | "duplicate_field"
  | "unknown_value"
  | "out_of_range"
  | "invalid_id"
  | "duplicate_id"
  | "mixed_rotation"
  | "unsupported_version"
  | "limit_exceeded"
  | "internal";

/**
 * The one error that this package throws. Nothing was decided: keep the cursors you have.
 *
 * Only where the call stack has no room for it, the engine's own error (a `RangeError`, mostly) comes instead.
 */
export class EvenhandError extends Error {
  private constructor();
  readonly name: "EvenhandError";
  /** The stable code that programs compare. */
  readonly code: ErrorCode;
  /** Where the fault is: a JSON Pointer into the snapshot, empty for the snapshot as a whole. */
  readonly path: string;
}

/**
 * Returns the plan for a snapshot of plain objects.
 *
 * The same snapshot always gives the same plan. Nothing is remembered between calls: store the
 * plan's `cursors` and hand them to the next call.
 *
 * @throws {EvenhandError} when the snapshot is refused.
 */
export function plan(snapshot: Snapshot): Plan;

/**
 * Returns the plan for a snapshot in JSON, as JSON.
 *
 * The faster of the two where the snapshot is text already, as it comes out of a database. The
 * answer is the canonical text: the same bytes in every host and every language.
 *
 * @param snapshot - JSON as a string, or its UTF-8 (a `Buffer`, say).
 * @throws {EvenhandError} when the snapshot is refused.
 */
export function planJson(snapshot: string | Uint8Array): string;

/**
 * Explains what {@link plan} decides for a conversation, member by member; `null` where the queue has none of this id.
 *
 * It takes as long as the plan up to this conversation, and at most 10,000 picks more.
 *
 * @throws {EvenhandError} when the snapshot is refused.
 */
export function explain(snapshot: Snapshot, conversation: string): Explanation | null;

/**
 * The same for a snapshot in JSON, as JSON in canonical form.
 *
 * @param snapshot - JSON as a string, or its UTF-8 (a `Buffer`, say).
 * @throws {EvenhandError} when the snapshot is refused.
 */
export function explainJson(snapshot: string | Uint8Array, conversation: string): string | null;

/**
 * Returns what is wrong with a plan for a snapshot, whoever made it, in the order of the plan; nothing for a sound one.
 *
 * It is judged from the two alone, by other code than what makes plans. Every plan of this package is sound.
 *
 * @throws {EvenhandError} when the snapshot is refused, or what is no plan at all: then `path` begins with `/plan`.
 */
export function check(snapshot: Snapshot, plan: Plan): Violation[];

/**
 * The same for a snapshot and a plan in JSON, as JSON in canonical form: `[]` for a sound plan.
 *
 * @param snapshot - JSON as a string, or its UTF-8 (a `Buffer`, say).
 * @param plan - The same of the plan.
 * @throws {EvenhandError} as {@link check}.
 */
export function checkJson(snapshot: string | Uint8Array, plan: string | Uint8Array): string;

/** Returns a random integer for {@link Snapshot.seed}, from the host's cryptographic source. */
export function newSeed(): number;

/**
 * Lets the module's instance and its memory go; the next call makes a fresh one. An instance keeps the memory that its largest
 * snapshot took. The package does this by itself after a call that took more than 512 MiB.
 */
export function reset(): void;

/** Returns the version of this package. */
export function version(): string;
