//! What the host tells us: the snapshot, wire version 1.
//!
//! Plain public records. Ids are opaque strings of 1 to 128 bytes, borrowed wherever the input
//! allows. Lists keep their order, and order is part of the meaning.

use alloc::{borrow::Cow, vec, vec::Vec};

/// The wire version that this build reads and writes.
pub const WIRE_VERSION: u32 = 1;
/// The most agents in one call.
pub const MAX_AGENTS: usize = 200_000;
/// The most teams in one call.
pub const MAX_TEAMS: usize = 20_000;
/// The most members, all teams together, in one call.
pub const MAX_MEMBERS: usize = 2_000_000;
/// The most conversations in one call.
pub const MAX_CONVERSATIONS: usize = 2_000_000;
/// The longest id, in bytes of UTF-8.
pub const MAX_ID_BYTES: usize = 128;
/// The largest weight of a member.
pub const MAX_WEIGHT: u32 = 1_000;
/// The highest level of a skill, and the highest that a need asks for.
pub const MAX_LEVEL: u32 = 1_000;
/// The last tier of members.
pub const MAX_TIER: u32 = 9;
/// The largest priority, up and down.
pub const MAX_PRIORITY: i32 = 1_000;
/// The most skills and channels of all agents together in one call.
pub const MAX_SKILLS: usize = 2_000_000;
/// The most entries in the `overflow` of all teams in one call.
pub const MAX_OVERFLOW: usize = 200_000;
/// The most entries in the `needs`, `preferred` and `excluded` of all conversations in one call.
pub const MAX_WISHES: usize = 4_000_000;
/// The largest load, capacity and `max_load`. An agent whose load has reached it is full.
pub const MAX_LOAD: u32 = 2_147_483_647;
/// The most seats that the sets of all cursors of one call name.
pub const MAX_SET_SEATS: usize = 8_000_000;
/// The largest integer on the wire, 2^53 - 1: the largest that every JSON reader keeps exact.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// A desk at one moment: all that a plan is decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Snapshot<'a> {
    /// The wire version, [`WIRE_VERSION`].
    pub version: u32,
    /// Shuffles members who are new to a rotation, 0 to [`MAX_INTEGER`]. `None`: they join in the order given.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub seed: Option<u64>,
    /// The moment of the snapshot, in milliseconds since 1970. It may be left out where nothing waits for a
    /// time: no need's `relax_after`, no `hold_for`, no `overflow` and no `ageing` meets a `since`.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub now: Option<u64>,
    /// What the plan is to achieve; each conversation in turn takes the best candidate left where the wire leaves it out.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Objective::is_default"))]
    pub objective: Objective,
    /// How many milliseconds of waiting weigh as much as one point of priority, at least 1. `None`: priority is strict.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub ageing: Option<u64>,
    /// The agents of the desk.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub agents: Vec<Agent<'a>>,
    /// The teams, in the order in which their cursors come back.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub teams: Vec<Team<'a>>,
    /// The waiting conversations, in the order in which they are to be served.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub conversations: Vec<Conversation<'a>>,
    /// The cursors of the last plan, as they came.
    #[cfg_attr(feature = "serde", serde(borrow, default))]
    pub cursors: Vec<Cursor<'a>>,
    /// The decisions of the last plan that the host could not write, as they were; each gives its turn back.
    #[cfg_attr(feature = "serde", serde(borrow, default))]
    pub lost_claims: Vec<LostClaim<'a>>,
}

impl Default for Snapshot<'_> {
    /// Returns an empty desk of the present wire version.
    fn default() -> Self {
        Self {
            version: WIRE_VERSION,
            seed: None,
            now: None,
            objective: Objective::InOrder,
            ageing: None,
            agents: Vec::new(),
            teams: Vec::new(),
            conversations: Vec::new(),
            cursors: Vec::new(),
            lost_claims: Vec::new(),
        }
    }
}

/// A person who answers conversations. Load and capacity are theirs, over all teams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Agent<'a> {
    /// The agent's id, unique among agents.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub id: Cow<'a, str>,
    /// The host's own word for the agent's status, compared with [`Team::assignable`].
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub availability: Cow<'a, str>,
    /// Open conversations now, in every team. `None`: the host could not count, and the agent is passed over.
    // `deserialize_with`, because serde would otherwise read a missing field as null.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "serde::Deserialize::deserialize"))]
    pub load: Option<u32>,
    /// The most open conversations the agent may hold. `None`: no limit; 0: takes nothing.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub capacity: Option<u32>,
    /// The most conversations the agent gets in one plan. `None`: no limit.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub max_new: Option<u32>,
    /// What the agent knows, each skill once.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub skills: Vec<Skill<'a>>,
    /// The agent's load by channel, each channel once. One that is not listed has load 0 and no limit of its own.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub channels: Vec<Channel<'a>>,
}

/// What an agent knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Skill<'a> {
    /// The skill's id.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub skill: Cow<'a, str>,
    /// How well, 1 to [`MAX_LEVEL`].
    #[cfg_attr(feature = "serde", serde(default = "one"))]
    pub level: u32,
}

impl Default for Skill<'_> {
    /// Returns a skill without a name, of level 1.
    fn default() -> Self {
        Self { skill: Cow::Borrowed(""), level: 1 }
    }
}

/// An agent's load in one channel: mail, chat, telephone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Channel<'a> {
    /// The channel's id.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub channel: Cow<'a, str>,
    /// Open conversations now in this channel, a part of the agent's load. `None`: the host could not count, and
    /// the agent is passed over for this channel.
    // `deserialize_with`, because serde would otherwise read a missing field as null.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "serde::Deserialize::deserialize"))]
    pub load: Option<u32>,
    /// The most open conversations the agent may hold in this channel. `None`: no limit; 0: takes nothing.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub capacity: Option<u32>,
}

/// A team and how its conversations are assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Team<'a> {
    /// The team's id, unique among teams.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub id: Cow<'a, str>,
    /// How the next agent is picked.
    pub assignment: Assignment,
    /// The rotation whose turns it takes; teams that name the same one share it, and whoever is in
    /// two of them has one share. `None`: one of its own, named like the team.
    ///
    /// Teams that share a rotation have one assignment, which is none of the legacy ones. A manual
    /// team may share any: its members keep their turns.
    #[cfg_attr(
        feature = "serde",
        serde(default, borrow, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub rotation: Option<Cow<'a, str>>,
    /// An agent whose load has reached it gets nothing more from this team. `None`: no limit.
    ///
    /// It is the whole load; for a conversation with a channel that the agent lists, the load of that channel.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub max_load: Option<u32>,
    /// The availabilities that get new work; `["online"]` where the wire leaves it out.
    #[cfg_attr(feature = "serde", serde(borrow, default = "online"))]
    pub assignable: Vec<Cow<'a, str>>,
    /// The availabilities that get new work where nobody assignable has room.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub fallback: Vec<Cow<'a, str>>,
    /// Teams that may serve what has waited for some time, tried in this order after this team.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub overflow: Vec<Overflow<'a>>,
    /// The members, each agent once.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub members: Vec<Member<'a>>,
}

impl Default for Team<'_> {
    /// Returns a `round_robin` team without a name, a limit or members, for `online` agents.
    fn default() -> Self {
        Self {
            id: Cow::Borrowed(""),
            assignment: Assignment::RoundRobin,
            rotation: None,
            max_load: None,
            assignable: online(),
            fallback: Vec::new(),
            overflow: Vec::new(),
            members: Vec::new(),
        }
    }
}

/// A team that may serve the conversations of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Overflow<'a> {
    /// The team's id. One that the snapshot does not have is passed over, and so is one of a legacy rule or of none.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub team: Cow<'a, str>,
    /// How many milliseconds a conversation has to have waited.
    pub after: u64,
}

/// An agent's place in one team.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Member<'a> {
    /// The agent's id. One that the snapshot does not list is passed over.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub agent: Cow<'a, str>,
    /// The member's share of turns relative to the others, 0 to [`MAX_WEIGHT`]; 0 is never drawn.
    #[cfg_attr(feature = "serde", serde(default = "one"))]
    pub weight: u32,
    /// 0 to [`MAX_TIER`]: a tier is asked only where none before it has a candidate.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_zero"))]
    pub tier: u32,
}

impl Default for Member<'_> {
    /// Returns a member without a name, of weight 1.
    fn default() -> Self {
        Self { agent: Cow::Borrowed(""), weight: 1, tier: 0 }
    }
}

/// A conversation that waits for an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Conversation<'a> {
    /// The conversation's id, unique among conversations.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub id: Cow<'a, str>,
    /// The id of its team. It waits where the snapshot has no such team.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub team: Cow<'a, str>,
    /// The channel it came by.
    #[cfg_attr(
        feature = "serde",
        serde(default, borrow, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub channel: Option<Cow<'a, str>>,
    /// How urgent it is, -[`MAX_PRIORITY`] to [`MAX_PRIORITY`]; larger is served first.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_ordinary"))]
    pub priority: i32,
    /// Since when it waits, in milliseconds since 1970. `None`: it has waited for no time.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub since: Option<u64>,
    /// By when it is to be answered, likewise. `None`: any time.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub due: Option<u64>,
    /// What whoever takes it has to know.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub needs: Vec<Need<'a>>,
    /// The agents who are to take it if they can, the first of them who is a candidate.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub preferred: Vec<Cow<'a, str>>,
    /// For how many milliseconds of waiting only those in `preferred` get it, if any of them is qualified.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub hold_for: Option<u64>,
    /// The agents who do not get it.
    #[cfg_attr(feature = "serde", serde(borrow, default, skip_serializing_if = "Vec::is_empty"))]
    pub excluded: Vec<Cow<'a, str>>,
    /// Whoever has it now, where it is to go to somebody else.
    #[cfg_attr(
        feature = "serde",
        serde(default, borrow, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub held_by: Option<Cow<'a, str>>,
}

/// A skill that whoever takes a conversation has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Need<'a> {
    /// The skill's id. Several needs for one skill are steps.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub skill: Cow<'a, str>,
    /// The least level, 1 to [`MAX_LEVEL`].
    #[cfg_attr(feature = "serde", serde(default = "one"))]
    pub level: u32,
    /// After how many milliseconds of waiting it lapses. `None`: never.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub relax_after: Option<u64>,
}

impl Default for Need<'_> {
    /// Returns a need of level 1 for a skill without a name.
    fn default() -> Self {
        Self { skill: Cow::Borrowed(""), level: 1, relax_after: None }
    }
}

/// What a rotation remembers from one call to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Cursor<'a> {
    /// The rotation's id, unique among cursors.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub rotation: Cow<'a, str>,
    /// The rule that wrote it, and so the unit of `owed`.
    pub rule: Rule,
    /// The members in rotation order.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub turns: Vec<Turn<'a>>,
    /// Who shared in the picks of the last plan, under `round_robin`; what a lost claim is undone by.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub sets: Vec<SeatSet>,
}

/// One member's place in a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Turn<'a> {
    /// The agent's id, once per cursor.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub agent: Cow<'a, str>,
    /// What the rotation owes the member, in the unit of the cursor's rule, within ±[`MAX_INTEGER`].
    /// `None` under a rule that owes nothing.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub owed: Option<i64>,
}

/// The seats that were granted a share at a pick, as the difference from an earlier set. Opaque to hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct SeatSet {
    /// The place among the cursor's sets of the earlier one. `None`: the empty set.
    #[cfg_attr(
        feature = "serde",
        serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub from: Option<u32>,
    /// The seats that are in one of the two and not in the other: places in the cursor's turns, ascending.
    pub seats: Vec<u32>,
}

/// A decision of the last plan that the host could not write, as the plan had it.
///
/// Its turn is given back, and its conversation is served after all others. Nothing is given back where
/// no agent is named, the team is gone, manual or legacy by now, or the agent has left the rotation; nor
/// under `round_robin` where another rule wrote the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct LostClaim<'a> {
    /// The conversation's id, once among lost claims.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub conversation: Cow<'a, str>,
    /// The team of the conversation.
    #[cfg_attr(feature = "serde", serde(borrow))]
    pub team: Cow<'a, str>,
    /// The agent who was to take it. `None`: nobody was, and the conversation is only put last.
    // `deserialize_with`, because serde would otherwise read a missing field as null.
    #[cfg_attr(feature = "serde", serde(borrow, deserialize_with = "serde::Deserialize::deserialize"))]
    pub agent: Option<Cow<'a, str>>,
    /// Why the plan decided so; nothing depends on it.
    #[cfg_attr(
        feature = "serde",
        serde(default, borrow, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub why: Option<Cow<'a, str>>,
    /// Who had the conversation; nothing depends on it.
    #[cfg_attr(
        feature = "serde",
        serde(default, borrow, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub held_by: Option<Cow<'a, str>>,
    /// The team that served it. `None`: its own.
    #[cfg_attr(
        feature = "serde",
        serde(default, borrow, deserialize_with = "present", skip_serializing_if = "Option::is_none")
    )]
    pub by: Option<Cow<'a, str>>,
    /// The place among the sets of the rotation's cursor of those who shared in the pick.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_zero"))]
    pub set: u32,
}

/// What a plan is to achieve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Objective {
    /// Each conversation in turn takes the best candidate left.
    #[default]
    InOrder,
    /// No other plan serves more of the queue, nor more of the first so many conversations in serving order.
    Most,
}

impl Objective {
    /// Every objective, in the order of the documentation.
    pub const ALL: &[Self] = &[Self::InOrder, Self::Most];

    #[cfg(feature = "serde")]
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    const fn is_default(&self) -> bool {
        matches!(self, Self::InOrder)
    }
}

/// How a team's conversations are assigned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Assignment {
    /// The share owed.
    #[default]
    RoundRobin,
    /// The smallest load per weight.
    LeastLoaded,
    /// Whoever has waited longest since they last got one.
    LeastRecent,
    /// People assign; every conversation waits.
    Manual,
    /// Libredesk before April 2026, exactly.
    #[cfg_attr(feature = "serde", serde(rename = "libredesk_2025"))]
    Libredesk2025,
    /// Libredesk of August 2026, exactly.
    #[cfg_attr(feature = "serde", serde(rename = "libredesk_2026"))]
    Libredesk2026,
}

impl Assignment {
    /// Every assignment, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::RoundRobin,
        Self::LeastLoaded,
        Self::LeastRecent,
        Self::Manual,
        Self::Libredesk2025,
        Self::Libredesk2026,
    ];
}

/// The rule that wrote a cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Rule {
    /// `owed` in units of 1/5354228880 conversation.
    #[default]
    RoundRobin,
    /// Nothing is owed; only the order counts.
    LeastLoaded,
    /// Likewise.
    LeastRecent,
    /// `owed` in raw weight points.
    #[cfg_attr(feature = "serde", serde(rename = "libredesk_2025"))]
    Libredesk2025,
    /// The same unit as [`Rule::Libredesk2025`].
    #[cfg_attr(feature = "serde", serde(rename = "libredesk_2026"))]
    Libredesk2026,
}

impl Rule {
    /// Every rule, in the order of the documentation.
    pub const ALL: &[Self] =
        &[Self::RoundRobin, Self::LeastLoaded, Self::LeastRecent, Self::Libredesk2025, Self::Libredesk2026];
}

impl Rule {
    /// Returns whether it is one of the two that Libredesk had.
    pub(crate) const fn is_legacy(self) -> bool {
        matches!(self, Self::Libredesk2025 | Self::Libredesk2026)
    }
}

fn online() -> Vec<Cow<'static, str>> {
    vec![Cow::Borrowed("online")]
}

#[cfg(feature = "serde")]
const fn one() -> u32 {
    1
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) const fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_ordinary(priority: &i32) -> bool {
    *priority == 0
}

/// Reads a field that is either left out or holds a value: null is neither.
#[cfg(feature = "serde")]
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
