//! Whether a plan is sound for a snapshot, whoever made it.
//!
//! Judged from the records alone: this module imports `snapshot`, `plan` and `error` and nothing else of the crate, so
//! that a mistake of the engine is not made here a second time. It follows the decisions in serving order and asks of each whether
//! it may be so; how the engine finds them it does not know.
//!
//! What it does not replay is what `round_robin` and the legacy rules owe from pick to pick: of `round_robin` the sums are
//! checked to the unit, by the sets that the plan names; of the legacy rules that a round of draws moves nothing in sum.

mod bottlenecks;
mod facts;
mod lists;
mod picks;
mod totals;
mod turns;

use crate::error::Error;
use crate::plan::{Gate, Plan};
use crate::snapshot::{Snapshot, WIRE_VERSION};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use facts::Facts;
use lists::{pair, parts};

/// Something that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Violation {
    /// What kind of thing.
    pub code: ViolationCode,
    /// Where: a JSON Pointer (RFC 6901) into the plan.
    pub path: String,
    /// What was expected there, for people.
    pub message: String,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal)*) => {
        /// The kinds of violation. New kinds may be added; a code, once given, never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[non_exhaustive]
        pub enum ViolationCode {
            $($(#[$doc])* #[cfg_attr(feature = "serde", serde(rename = $code))] $name,)*
        }

        impl ViolationCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the stable code that programs compare.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

codes! {
    /// The plan is of another wire version.
    Version "version"
    /// There is not one decision for each conversation, in the order given. Nothing else is checked then.
    Decisions "decisions"
    /// A decision names another team than the conversation.
    Team "team"
    /// A decision names another holder than the conversation.
    HeldBy "held_by"
    /// A team served it that is not open to it.
    By "by"
    /// Somebody takes what only people assign, or nobody at all.
    NotAssignable "not_assignable"
    /// The taker is no agent of the snapshot.
    UnknownAgent "unknown_agent"
    /// The taker is no member of the team that serves it.
    NotAMember "not_a_member"
    /// The taker's weight is 0 there.
    ZeroWeight "zero_weight"
    /// The conversation excludes the taker, or is held by them.
    Excluded "excluded"
    /// The taker lacks a skill that is needed.
    LacksSkill "lacks_skill"
    /// The conversation is held for others.
    HeldForOther "held_for_other"
    /// The team gives no new work to the taker's availability.
    Unavailable "unavailable"
    /// The taker's load is not known.
    LoadUnknown "load_unknown"
    /// The taker had reached their capacity.
    AgentFull "agent_full"
    /// The taker had reached their capacity in the channel.
    ChannelFull "channel_full"
    /// The taker had reached the team's `max_load`.
    TeamFull "team_full"
    /// The taker had got as many as their `max_new`.
    NewLimit "new_limit"
    /// It waits, though somebody who may take it has room at the end.
    RoomLeft "room_left"
    /// It waits, though somebody who may take it took a later one.
    OutOfOrder "out_of_order"
    /// The agent who lost it takes it again, though somebody else could.
    AskedLast "asked_last"
    /// A team served it, though one that is asked before it could.
    TeamOrder "team_order"
    /// Somebody takes it, though one whom it prefers, or prefers to them, could.
    Preferred "preferred"
    /// Somebody takes it, though one could who is asked before them: assignable, or of an earlier tier.
    Rank "rank"
    /// By the team's rule it was somebody else's.
    Rule "rule"
    /// The reason of an assignment is not the right one.
    AssignReason "assign_reason"
    /// The reason of a wait is not the right one.
    WaitReason "wait_reason"
    /// Who shared in a pick is not what the cursor's sets say.
    Set "set"
    /// The groups of what waits are not those of the decisions.
    Waiting "waiting"
    /// Who is passed over for a group is counted wrong.
    PassedOver "passed_over"
    /// A bottleneck where there is none, or none where something waits, or out of order.
    Bottlenecks "bottlenecks"
    /// A class of a bottleneck is not as its conversation says, in two bottlenecks, or out of order.
    BottleneckClass "bottleneck_class"
    /// The agents of a bottleneck are not those who may take its classes.
    BottleneckAgent "bottleneck_agent"
    /// An agent can take more of its classes, or fewer.
    BottleneckRoom "bottleneck_room"
    /// What is assigned of its classes, or waits, is counted wrong.
    BottleneckCount "bottleneck_count"
    /// Its agents have room for more than is assigned of its classes.
    BottleneckProof "bottleneck_proof"
    /// There is not one cursor for each rotation, in order, or one of manual teams is changed.
    Cursors "cursors"
    /// The turns of a cursor are not those of the members, or out of order.
    Turns "turns"
    /// What is owed is not what it was with what the picks have moved.
    Owed "owed"
    /// The sets of a cursor are malformed, or not those of the picks.
    Sets "sets"
    /// The loads are not those of the decisions.
    Loads "loads"
}

impl From<Gate> for ViolationCode {
    /// Returns the code of a taker who fails the gate: the same word.
    fn from(gate: Gate) -> Self {
        match gate {
            Gate::UnknownAgent => Self::UnknownAgent,
            Gate::ZeroWeight => Self::ZeroWeight,
            Gate::Excluded => Self::Excluded,
            Gate::LacksSkill => Self::LacksSkill,
            Gate::HeldForOther => Self::HeldForOther,
            Gate::Unavailable => Self::Unavailable,
            Gate::LoadUnknown => Self::LoadUnknown,
            Gate::AgentFull => Self::AgentFull,
            Gate::ChannelFull => Self::ChannelFull,
            Gate::TeamFull => Self::TeamFull,
            Gate::NewLimit => Self::NewLimit,
        }
    }
}

/// Returns what is wrong with a plan for a snapshot, in the order of the plan; nothing for a sound one.
///
/// The snapshot is taken to be one that [`plan`](crate::plan()) accepts: what is wrong with it is not found here. Every
/// plan of this library is sound, whichever objective the snapshot names.
///
/// # Errors
///
/// `LimitExceeded`, where conversations have so many different wishes that checking them takes too much work.
///
/// # Examples
///
/// ```
/// use evenhand::{Conversation, Outcome, Snapshot, WaitReason, check, plan};
///
/// let conversation = Conversation { id: "c1".into(), team: "t".into(), ..Conversation::default() };
/// let snapshot = Snapshot { conversations: vec![conversation], ..Snapshot::default() };
/// let mut plan = plan(&snapshot)?;
/// assert_eq!(check(&snapshot, &plan)?, []);
/// plan.decisions[0].outcome = Outcome::Waits(WaitReason::AllFull);
/// let found = check(&snapshot, &plan)?;
/// assert_eq!((found[0].code.code(), &*found[0].path), ("wait_reason", "/decisions/0/why"));
/// # Ok::<(), evenhand::Error>(())
/// ```
pub fn check(snapshot: &Snapshot<'_>, plan: &Plan<'_>) -> Result<Vec<Violation>, Error> {
    let mut report = Report::default();
    if plan.version != WIRE_VERSION {
        report.add(ViolationCode::Version, "/version", &[], "expected the version of the snapshot", "");
    }
    if !are_decided(snapshot, plan, &mut report) {
        return Ok(report.end());
    }
    let facts = Facts::new(snapshot, plan)?;
    let turns = turns::Turns::open(&facts);
    picks::check(&facts, &turns, &mut report)?;
    totals::waiting(&facts, &mut report)?;
    bottlenecks::check(&facts, &mut report)?;
    turns.check(&facts, &mut report);
    totals::loads(&facts, &mut report);
    Ok(report.end())
}

/// Returns whether there is one decision for each conversation, in the order given.
fn are_decided(snapshot: &Snapshot<'_>, plan: &Plan<'_>, report: &mut Report) -> bool {
    let mut given = snapshot.conversations.iter();
    for (place, decision) in plan.decisions.iter().enumerate() {
        let expected = given.next();
        if expected.is_none_or(|conversation| conversation.id != decision.conversation) {
            let id = expected.map_or("", |conversation| &conversation.id);
            let path = "/decisions/#/conversation";
            report.add(ViolationCode::Decisions, path, &[place], "expected the next conversation", id);
            return false;
        }
    }
    if let Some(missing) = given.next() {
        report.add(ViolationCode::Decisions, "/decisions", &[], "expected a decision for", &missing.id);
        return false;
    }
    true
}

/// The violations that were found, each with the decision that it is about.
#[derive(Default)]
struct Report {
    found: Vec<Option<Violation>>,
    /// What puts them in order: the decision, behind all those that are about none, and the place as found.
    order: Vec<u64>,
}

impl Report {
    /// Notes a violation. Each `#` of the path stands for the next of the places; `about` is an id that the text ends with.
    // One function makes all of them, and formats nothing: a module is small that way.
    #[cold]
    #[inline(never)]
    fn add(&mut self, code: ViolationCode, path: &str, places: &[usize], text: &str, about: &str) {
        let decision = if path.starts_with("/decisions/") { places[0] } else { usize::MAX };
        let mut places = places.iter();
        let mut filled = String::new();
        for part in path.split_inclusive('#') {
            filled.push_str(part.trim_end_matches('#'));
            if part.ends_with('#') {
                filled.push_str(&places.next().expect("a place for each `#`").to_string());
            }
        }
        let mut message = text.to_string();
        if !about.is_empty() {
            for part in [" `", about, "`"] {
                message.push_str(part);
            }
        }
        self.order.push(pair(decision, self.found.len()));
        self.found.push(Some(Violation { code, path: filled, message }));
    }

    fn end(mut self) -> Vec<Violation> {
        self.order.sort_unstable();
        self.order.iter().filter_map(|&key| self.found[parts(key)[1]].take()).collect()
    }
}
