//! Evenhand decides which agent takes each waiting conversation of a support desk.
#![no_std]

extern crate alloc;

mod assign;
mod desk;
mod eligibility;
mod error;
mod faces;
mod ids;
mod plan;
mod rules;
mod snapshot;

pub use error::{Error, ErrorKind};
#[cfg(feature = "json")]
pub use faces::json::plan_json;
pub use plan::{AssignReason, Decision, Gate, LoadChange, Outcome, PassedOver, Plan, WaitReason, Waiting};
pub use snapshot::{
    Agent, Assignment, Conversation, Cursor, LostClaim, MAX_AGENTS, MAX_CONVERSATIONS, MAX_ID_BYTES,
    MAX_INTEGER, MAX_LOAD, MAX_MEMBERS, MAX_TEAMS, MAX_WEIGHT, Member, Rule, Snapshot, Team, Turn,
    WIRE_VERSION,
};

/// Returns the plan for a snapshot.
///
/// # Errors
pub fn plan<'a>(snapshot: &'a Snapshot<'_>) -> Result<Plan<'a>, Error> {
    Ok(assign::assign(&desk::Desk::new(snapshot)?))
}
