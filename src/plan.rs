//! What we answer: decisions, reasons and their codes, cursors.

#[cfg(feature = "serde")]
use crate::snapshot::present;
use crate::snapshot::{Cursor, LostClaim, WIRE_VERSION};
use alloc::{borrow::Cow, vec::Vec};

/// The answer to a [`Snapshot`](crate::Snapshot): who takes which conversation, who waits and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Plan<'a> {
    /// The wire version, [`WIRE_VERSION`].
    pub version: u32,
    /// One decision per conversation, in the order given.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Row<'a>>"))]
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub decisions: Vec<Decision<'a>>,
    /// The conversations that wait, grouped by team, reason, channel and needs in force, by first appearance.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub waiting: Vec<Waiting<'a>>,
    /// Under [`Objective::Most`](crate::Objective::Most), what holds back the conversations that wait, with its proof; else empty.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub bottlenecks: Vec<Bottleneck<'a>>,
    /// The cursors to store and to pass to the next call as they are, in the order of their first teams.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub cursors: Vec<Cursor<'a>>,
    /// The agents whose load changes, in the order of the agents.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub loads: Vec<LoadChange<'a>>,
}

impl Default for Plan<'_> {
    /// Returns the plan of an empty desk.
    fn default() -> Self {
        Self {
            version: WIRE_VERSION,
            decisions: Vec::new(),
            waiting: Vec::new(),
            bottlenecks: Vec::new(),
            cursors: Vec::new(),
            loads: Vec::new(),
        }
    }
}

/// What was decided for one conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(into = "Row<'a>"))]
pub struct Decision<'a> {
    /// The conversation's id.
    pub conversation: &'a str,
    /// Its team's id.
    pub team: &'a str,
    /// Who takes it, or why it waits.
    pub outcome: Outcome<'a>,
    /// Who had it, as the conversation says.
    pub held_by: Option<&'a str>,
    /// The team that served it, where it is not its own.
    pub by: Option<&'a str>,
    /// Which of the cursor's `sets` shared in the pick; 0 where the rule has none.
    pub set: u32,
}

/// Assigned or waiting; there is no third.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The agent takes it.
    Assigned {
        /// The agent's id.
        agent: &'a str,
        /// Why this agent.
        why: AssignReason,
    },
    /// Nobody takes it in this plan.
    Waits(WaitReason),
}

impl<'a> From<&Decision<'a>> for LostClaim<'a> {
    /// Returns the decision as the next snapshot hands it back when it could not be written.
    fn from(decision: &Decision<'a>) -> Self {
        Self {
            conversation: decision.conversation.into(),
            team: decision.team.into(),
            agent: decision.outcome.agent().map(Cow::Borrowed),
            why: Some(decision.outcome.code().into()),
            held_by: decision.held_by.map(Cow::Borrowed),
            by: decision.by.map(Cow::Borrowed),
            set: decision.set,
        }
    }
}

impl Default for Outcome<'_> {
    /// Returns the outcome of a decision that names no team.
    fn default() -> Self {
        Self::Waits(WaitReason::default())
    }
}

impl<'a> Outcome<'a> {
    /// Returns the agent who takes the conversation, or `None` where it waits.
    pub const fn agent(&self) -> Option<&'a str> {
        match self {
            Self::Assigned { agent, .. } => Some(agent),
            Self::Waits(_) => None,
        }
    }

    /// Returns the code of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Assigned { why, .. } => why.code(),
            Self::Waits(why) => why.code(),
        }
    }
}

/// What was decided for one conversation: somebody takes it, or it waits.
#[cfg(feature = "serde")]
#[derive(serde::Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Decision"))]
pub(crate) enum Row<'a> {
    /// A conversation that somebody takes.
    Assigned {
        /// The conversation's id.
        conversation: &'a str,
        /// Its team's id.
        team: &'a str,
        /// The id of the agent who takes it.
        agent: &'a str,
        /// Why this agent.
        why: AssignReason,
        /// Who had it, as the conversation says.
        #[serde(skip_serializing_if = "Option::is_none")]
        held_by: Option<&'a str>,
        /// The team that served it, where it is not its own.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
        /// Which of the cursor's `sets` shared in the pick.
        #[serde(skip_serializing_if = "crate::snapshot::is_zero")]
        #[cfg_attr(feature = "schema", schemars(default))]
        set: u32,
    },
    /// A conversation that waits.
    Waits {
        /// The conversation's id.
        conversation: &'a str,
        /// Its team's id.
        team: &'a str,
        /// Nobody.
        agent: (),
        /// Why it waits.
        why: WaitReason,
        /// Who has it, as the conversation says, and keeps it.
        #[serde(skip_serializing_if = "Option::is_none")]
        held_by: Option<&'a str>,
    },
}

#[cfg(feature = "serde")]
impl<'a> From<Decision<'a>> for Row<'a> {
    fn from(decision: Decision<'a>) -> Self {
        let Decision { conversation, team, outcome, held_by, by, set } = decision;
        match outcome {
            Outcome::Assigned { agent, why } => {
                Self::Assigned { conversation, team, agent, why, held_by, by, set }
            }
            Outcome::Waits(why) => Self::Waits { conversation, team, agent: (), why, held_by },
        }
    }
}

#[cfg(feature = "serde")]
impl<'de: 'a, 'a> serde::Deserialize<'de> for Decision<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { conversation, team, agent, why: Why(why), held_by, by, set } =
            Read::deserialize(deserializer)?;
        let outcome = match (agent, why) {
            (Some(agent), Outcome::Assigned { why, .. }) => Outcome::Assigned { agent, why },
            (None, Outcome::Waits(why)) => Outcome::Waits(why),
            (_, other) => return Err(serde::de::Error::unknown_variant(other.code(), WHY)),
        };
        Ok(Self { conversation, team, outcome, held_by, by, set })
    }
}

/// A decision as it is read: whether somebody takes it shows once it is all there.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a> {
    conversation: &'a str,
    team: &'a str,
    #[serde(borrow, deserialize_with = "serde::Deserialize::deserialize")]
    agent: Option<&'a str>,
    why: Why,
    #[serde(borrow, default, deserialize_with = "present")]
    held_by: Option<&'a str>,
    #[serde(borrow, default, deserialize_with = "present")]
    by: Option<&'a str>,
    #[serde(default)]
    set: u32,
}

/// Why a decision is as it is: an outcome whose agent, if there is one, stands elsewhere.
#[cfg(feature = "serde")]
struct Why(Outcome<'static>);

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Why {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = <&str>::deserialize(deserializer)?;
        let assigned = AssignReason::ALL.iter().map(|&why| Outcome::Assigned { agent: "", why });
        let mut all = assigned.chain(WaitReason::ALL.iter().map(|&why| Outcome::Waits(why)));
        let found = all.find(|outcome| outcome.code() == word).map(Self);
        found.ok_or_else(|| serde::de::Error::unknown_variant(word, WHY))
    }
}

/// The codes of all reasons.
#[cfg(feature = "serde")]
const WHY: &[&str] = &{
    let mut words = [""; AssignReason::ALL.len() + WaitReason::ALL.len()];
    let mut at = 0;
    while at < words.len() {
        let waits = at.checked_sub(AssignReason::ALL.len());
        words[at] = match waits {
            Some(waits) => WaitReason::ALL[waits].code(),
            None => AssignReason::ALL[at].code(),
        };
        at += 1;
    }
    words
};

/// The conversations of one team that wait for one reason, with the same channel and needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Waiting<'a> {
    /// The team's id.
    pub team: &'a str,
    /// Their channel.
    #[cfg_attr(
        feature = "serde",
        serde(borrow, default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub channel: Option<&'a str>,
    /// The needs that are in force: the highest level of each skill, in order of first mention.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub needs: Vec<Needed<'a>>,
    /// Why they wait.
    pub why: WaitReason,
    /// How many conversations.
    pub conversations: u32,
    /// How many members the team has, passed over or not; 0 for an unknown team.
    pub members: u32,
    /// How many members fail which gate at the end of the plan, in the order of the gates.
    /// Empty for `unknown_team` and `manual_team`.
    pub passed_over: Vec<PassedOver>,
}

/// A level of a skill without which nobody gets a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Needed<'a> {
    /// The skill's id.
    pub skill: &'a str,
    /// The least level.
    pub level: u32,
}

/// How many members one gate holds back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct PassedOver {
    /// The first gate they fail.
    pub why: Gate,
    /// How many members.
    pub members: u32,
}

/// Classes of conversations that can go to some agents alone, who have not enough room for all of them.
///
/// The room of all agents together is `assigned`: so many of these conversations have an agent, and all their room is
/// taken by them. So `waiting` of them must wait, whatever else is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Bottleneck<'a> {
    /// The classes of conversations: first those of which some wait, in the order of the first that waits, then the others.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub classes: Vec<BottleneckClass<'a>>,
    /// Everybody who may take a conversation of any of these classes, in the order of the agents. One more agent with the skills,
    /// channels and teams of any of them and room for one serves one conversation more. Empty where nobody may take them.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub agents: Vec<BottleneckAgent<'a>>,
    /// How many conversations of these classes have an agent in this plan.
    pub assigned: u32,
    /// How many of them wait.
    pub waiting: u32,
}

/// Conversations that the same agents may take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct BottleneckClass<'a> {
    /// The team's id.
    pub team: &'a str,
    /// Their channel.
    #[cfg_attr(
        feature = "serde",
        serde(borrow, default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub channel: Option<&'a str>,
    /// The needs that are in force: the highest level of each skill, in order of first mention.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub needs: Vec<Needed<'a>>,
    /// The id of the first of them, as they came, which shows what else decides: exclusions, a hold, teams that help.
    pub conversation: &'a str,
}

/// Somebody who may take conversations of a bottleneck.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct BottleneckAgent<'a> {
    /// The agent's id.
    pub agent: &'a str,
    /// The most conversations of its classes that the agent can take in this plan.
    pub room: u32,
}

/// An agent's load before and after the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct LoadChange<'a> {
    /// The agent's id.
    pub agent: &'a str,
    /// The load of the snapshot.
    pub before: u32,
    /// The load once every decision is written.
    pub after: u32,
}

/// Why this agent and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum AssignReason {
    /// It was their turn.
    Turn,
    /// They had the smallest load per weight.
    LeastLoaded,
    /// They had waited longest since they last got one.
    LeastRecent,
    /// Nobody else could take it, but perhaps an agent who lost it and is asked last.
    OnlyCandidate,
    /// The conversation prefers them.
    Preferred,
    /// Whose turn it was is needed elsewhere: with them fewer conversations would be served.
    Matched,
}

impl AssignReason {
    /// Every reason, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Turn,
        Self::LeastLoaded,
        Self::LeastRecent,
        Self::OnlyCandidate,
        Self::Preferred,
        Self::Matched,
    ];

    /// Returns the stable code that programs compare.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::LeastLoaded => "least_loaded",
            Self::LeastRecent => "least_recent",
            Self::OnlyCandidate => "only_candidate",
            Self::Preferred => "preferred",
            Self::Matched => "matched",
        }
    }
}

/// Why a conversation waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum WaitReason {
    /// The snapshot has no such team.
    #[default]
    UnknownTeam,
    /// People assign there.
    ManualTeam,
    /// No member is a known agent with a weight above 0.
    NoMembers,
    /// There are such members, all of them excluded or without a skill that is needed.
    NobodyQualified,
    /// It is held for a preferred agent who cannot take it now.
    Held,
    /// There are qualified members, none of them assignable or fallback.
    NobodyAvailable,
    /// Some are available, the load of none of those is known.
    LoadUnknown,
    /// Some are available with a known load, all at a limit.
    AllFull,
    /// Legacy rules only: they drew, and nobody drawn could take it.
    TurnLost,
}

impl WaitReason {
    /// Every reason, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::UnknownTeam,
        Self::ManualTeam,
        Self::NoMembers,
        Self::NobodyQualified,
        Self::Held,
        Self::NobodyAvailable,
        Self::LoadUnknown,
        Self::AllFull,
        Self::TurnLost,
    ];

    /// Returns the stable code that programs compare.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownTeam => "unknown_team",
            Self::ManualTeam => "manual_team",
            Self::NoMembers => "no_members",
            Self::NobodyQualified => "nobody_qualified",
            Self::Held => "held",
            Self::NobodyAvailable => "nobody_available",
            Self::LoadUnknown => "load_unknown",
            Self::AllFull => "all_full",
            Self::TurnLost => "turn_lost",
        }
    }
}

/// The gates a member has to pass to be a candidate, in the order in which they are tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Gate {
    /// The member is no agent of the snapshot.
    #[default]
    UnknownAgent,
    /// The member's weight is 0.
    ZeroWeight,
    /// The conversation excludes the agent, or is held by them.
    Excluded,
    /// The agent lacks a skill that is needed, or a level of it.
    LacksSkill,
    /// The conversation is held for others.
    HeldForOther,
    /// The agent's availability is among neither the team's assignable nor its fallback ones.
    Unavailable,
    /// The host could not count the agent's load.
    LoadUnknown,
    /// The agent's load has reached their capacity, or the largest there is.
    AgentFull,
    /// The agent's load in the conversation's channel has reached their capacity there.
    ChannelFull,
    /// The agent's load has reached the team's `max_load`.
    TeamFull,
    /// The agent has got as many in this plan as their `max_new`.
    NewLimit,
}

impl Gate {
    /// Every gate, in the order in which they are tried.
    pub const ALL: &[Self] = &[
        Self::UnknownAgent,
        Self::ZeroWeight,
        Self::Excluded,
        Self::LacksSkill,
        Self::HeldForOther,
        Self::Unavailable,
        Self::LoadUnknown,
        Self::AgentFull,
        Self::ChannelFull,
        Self::TeamFull,
        Self::NewLimit,
    ];

    /// Returns the stable code that programs compare.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownAgent => "unknown_agent",
            Self::ZeroWeight => "zero_weight",
            Self::Excluded => "excluded",
            Self::LacksSkill => "lacks_skill",
            Self::HeldForOther => "held_for_other",
            Self::Unavailable => "unavailable",
            Self::LoadUnknown => "load_unknown",
            Self::AgentFull => "agent_full",
            Self::ChannelFull => "channel_full",
            Self::TeamFull => "team_full",
            Self::NewLimit => "new_limit",
        }
    }

    /// Returns whether a smaller load would let the member pass.
    pub(crate) const fn is_a_limit(self) -> bool {
        self as usize > Self::LoadUnknown as usize
    }

    /// Returns whether a smaller load, or a known one, would let the member pass.
    pub(crate) const fn is_about_load(self) -> bool {
        self as usize >= Self::LoadUnknown as usize
    }
}
