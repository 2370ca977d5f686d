//! What people are told of a plan.

use serde::Deserialize;

/// What people are told of a plan, read from its text. The text has more: write that back, and not this.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Plan {
    /// One decision per conversation, in the order given.
    pub decisions: Vec<Decision>,
    /// The conversations that wait, grouped by team and reason.
    pub waiting: Vec<Waiting>,
    /// The agents who got something.
    pub loads: Vec<LoadChange>,
}

/// What was decided for one conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Decision {
    /// The conversation's id.
    pub conversation: String,
    /// Its team's id.
    pub team: String,
    /// The id of the agent who takes it, or `None` where it waits.
    pub agent: Option<String>,
    /// The code of the reason.
    pub why: String,
}

/// The conversations of one team that wait for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Waiting {
    /// The team's id.
    pub team: String,
    /// The code of the reason.
    pub why: String,
    /// How many conversations.
    pub conversations: u64,
    /// How many members fail which gate.
    pub passed_over: Vec<PassedOver>,
}

/// How many members one gate holds back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PassedOver {
    /// The code of the first gate they fail.
    pub why: String,
    /// How many members.
    pub members: u64,
}

/// An agent's load before and after the plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LoadChange {
    /// The agent's id.
    pub agent: String,
    /// The load of the snapshot.
    pub before: u64,
    /// The load once every decision is written.
    pub after: u64,
}
