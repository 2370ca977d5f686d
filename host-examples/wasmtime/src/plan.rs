//! What people are told of a plan.

use serde::Deserialize;

/// What people are told of a plan, read from its text. The text has more: write that back, and not this.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Plan {
    /// One decision per conversation, in the order given.
    pub decisions: Vec<Decision>,
    /// The conversations that wait, grouped by team, reason, channel and needs.
    pub waiting: Vec<Waiting>,
    /// The agents whose load changes.
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
    /// Who had it, as the snapshot says, and keeps it where it waits.
    pub held_by: Option<String>,
    /// The team that served it, where it is not its own.
    pub by: Option<String>,
    /// Which of the cursor's `sets` shared in the pick.
    #[serde(default)]
    pub set: u32,
}

/// The conversations of one team that wait for one reason, with the same channel and needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Waiting {
    /// The team's id.
    pub team: String,
    /// Their channel.
    pub channel: Option<String>,
    /// The skills that they need.
    #[serde(default)]
    pub needs: Vec<Needed>,
    /// The code of the reason.
    pub why: String,
    /// How many conversations.
    pub conversations: u64,
    /// How many members the team has.
    pub members: u64,
    /// How many members fail which gate.
    pub passed_over: Vec<PassedOver>,
}

impl Waiting {
    /// Returns what tells the group from others of its team, for people: its channel, and the skills that it needs.
    pub fn kind(&self) -> impl Iterator<Item = String> {
        let needs = self.needs.iter().map(|Needed { skill, level }| match level {
            0 | 1 => skill.clone(),
            level => format!("{skill} {level}"),
        });
        self.channel.clone().into_iter().chain(needs)
    }
}

/// A level of a skill without which nobody gets a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Needed {
    /// The skill's id.
    pub skill: String,
    /// The least level.
    pub level: u64,
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
