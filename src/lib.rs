//! Evenhand decides which agent takes each waiting conversation of a support desk.
//!
//! It is one pure function: a [`Snapshot`] of the desk goes in, a [`Plan`] comes out. There is no
//! clock, no randomness, no I/O and no state between calls. A host calls it on its own timer,
//! writes the decisions to its own database, stores the cursors, and passes them to the next call.
//!
//! ```
//! use evenhand::{Agent, Conversation, Member, Outcome, Snapshot, Team, WaitReason, plan};
//!
//! let agent = |id, load| Agent {
//!     id,
//!     availability: "online".into(),
//!     load: Some(load),
//!     capacity: Some(3),
//!     ..Agent::default()
//! };
//! let member = |agent| Member { agent, ..Member::default() };
//! let conversation = |id| Conversation { id, team: "billing".into(), ..Conversation::default() };
//! let snapshot = Snapshot {
//!     agents: vec![agent("mia".into(), 2), agent("ben".into(), 2)],
//!     teams: vec![Team {
//!         id: "billing".into(),
//!         members: vec![member("mia".into()), member("ben".into())],
//!         ..Team::default()
//!     }],
//!     conversations: vec![conversation("c1".into()), conversation("c2".into()), conversation("c3".into())],
//!     ..Snapshot::default()
//! };
//! let plan = plan(&snapshot)?;
//! let agents: Vec<_> = plan.decisions.iter().map(|decision| decision.outcome.agent()).collect();
//! assert_eq!(agents, [Some("mia"), Some("ben"), None]);
//! assert_eq!(plan.decisions[2].outcome, Outcome::Waits(WaitReason::AllFull));
//! # Ok::<(), evenhand::Error>(())
//! ```
//!
//! Why a conversation goes where it goes says [`explain`], and whether a plan is sound [`check`]. The same on text are `plan_json`,
//! `explain_json` and `check_json`, with the feature `json` (on by default), and the program `evenhand-check`.
//!
//! # Features
//!
//! No feature changes an answer.
//!
//! - `json`: `plan_json`, `explain_json`, `check_json`, `Snapshot::from_json` and `Plan::from_json`.
//! - `serde`: `Serialize` and `Deserialize` on the records.
//! - `js`: the JavaScript door of the npm package, on `wasm32-unknown-unknown` only.
//! - `abi`, `component`: the doors of the core module and of the component, likewise.

#![no_std]

extern crate alloc;
#[cfg(all(any(feature = "abi", feature = "component"), target_arch = "wasm32"))]
extern crate std;

mod answer;
mod assign;
mod check;
mod desk;
mod doors;
mod eligibility;
mod error;
mod explain;
mod ids;
mod limits;
mod matching;
mod order;
mod plan;
mod rules;
mod snapshot;

pub use check::{Violation, ViolationCode, check};
#[cfg(feature = "json")]
pub use doors::json::{MAX_SNAPSHOT_BYTES, check_json, explain_json, plan_json};
#[cfg(feature = "json")]
pub use doors::write::MAX_PLAN_BYTES;
pub use error::{Error, ErrorKind};
pub use explain::{AskedTeam, ExplainedClass, ExplainedMember, Explanation, HeldBack, explain};
pub use plan::{
    AssignReason, Bottleneck, BottleneckAgent, BottleneckClass, Decision, Gate, LoadChange, Needed, Outcome,
    PassedOver, Plan, WaitReason, Waiting,
};
pub use snapshot::{
    Agent, Assignment, Channel, Conversation, Cursor, LostClaim, MAX_AGENTS, MAX_CONVERSATIONS, MAX_ID_BYTES,
    MAX_INTEGER, MAX_LEVEL, MAX_LOAD, MAX_MEMBERS, MAX_OVERFLOW, MAX_PRIORITY, MAX_SET_SEATS, MAX_SKILLS,
    MAX_TEAMS, MAX_TIER, MAX_WEIGHT, MAX_WISHES, Member, Need, Objective, Overflow, Rule, SeatSet, Skill,
    Snapshot, Team, Turn, WIRE_VERSION,
};

/// Returns the plan for a snapshot: who takes which conversation, who waits and why, and the
/// cursors from which the next plan goes on.
///
/// Ids are sorted by hash once. After that a conversation costs a look at each group of members alike:
/// those of one weight who are candidates in the same teams of a rotation. Most teams are one group.
/// `docs/limits.md` in the repository says what the other rules and shared rotations cost.
///
/// # Errors
///
/// Nothing is decided where an id is invalid or stands twice, a number is out of range, teams that share
/// a rotation rotate by different rules or by a legacy one, the wire version is another, or the snapshot is
/// too large for one call: too many records, draws or looks at groups. The checks run in one order: the
/// version, the sizes, then the lists from top to bottom; looks are counted while the plan is made.
pub fn plan<'a>(snapshot: &'a Snapshot<'_>) -> Result<Plan<'a>, Error> {
    let desk = desk::Desk::new(snapshot)?;
    let answer = assign::assign(&desk)?;
    Ok(answer::named(snapshot, &desk, answer))
}

/// Its examples are tests.
#[cfg(all(doctest, feature = "json"))]
#[doc = include_str!("../README.md")]
struct Readme;
