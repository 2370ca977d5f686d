//! What a call may use: what Evenhand promises not to exceed. `docs/limits.md` of Evenhand says it in words.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What one call may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Instructions, as wasmtime counts its fuel.
    pub instructions: u64,
    /// Bytes of linear memory.
    pub memory: usize,
    /// Time, noticed within some 10 milliseconds.
    #[serde(rename = "microseconds", serialize_with = "crate::planner::microseconds")]
    pub deadline: Duration,
}

/// The most instructions for any snapshot; beside that come those for its bytes, its answer and its looks.
pub const INSTRUCTIONS: u64 = 1_000_000;
/// For each byte of the snapshot.
pub const INSTRUCTIONS_PER_BYTE: u64 = 300;
/// For each byte of the answer.
pub const INSTRUCTIONS_PER_BYTE_OF_ANSWER: u64 = 50;
/// For each look at a group of members.
pub const INSTRUCTIONS_PER_LOOK: u64 = 150;
/// A snapshot that takes more looks is refused.
pub const MOST_LOOKS: u64 = 1_200_000_000;
/// The most instructions to explain a conversation, beside what its plan takes.
pub const INSTRUCTIONS_TO_EXPLAIN: u64 = 2_000_000_000;
/// The most bytes of memory for each member of the teams that are asked, to explain a conversation.
pub const MEMORY_PER_EXPLAINED_MEMBER: u64 = 250;
/// The most bytes of the explanation for each of them, beside their ids and their availability.
pub const ANSWER_PER_EXPLAINED_MEMBER: u64 = 300;
/// The most bytes of memory for any snapshot; beside that come those for its bytes and its answer.
pub const MEMORY: u64 = 2 << 20;
/// For each byte of the snapshot.
pub const MEMORY_PER_BYTE: u64 = 26;
/// All that a module may have. No snapshot is so long that it needs more.
pub const MOST_MEMORY: u64 = 1 << 31;
/// The most bytes of a snapshot; a longer one is refused.
pub const LONGEST_SNAPSHOT: usize = 150_000_000;
/// The most bytes of an answer; a snapshot with a longer one is refused.
pub const LONGEST_ANSWER: u64 = 500_000_000;
/// The most bytes of the answer for each conversation, beside the longest id of an agent.
pub const ANSWER_PER_CONVERSATION: u64 = 160;
/// The most bytes of the answer for each byte of the snapshot.
pub const ANSWER_PER_BYTE: u64 = 4;
/// The most seats that the sets of a plan name.
pub const MOST_SEATS: u64 = 8_000_000;
/// The most bytes of the answer for each of them.
pub const ANSWER_PER_SEAT: u64 = 8;
/// And the most bytes of memory before.
pub const MEMORY_PER_SEAT: u64 = 4;
/// No promise, since machines differ: a machine that is twenty times slower than ours keeps it.
const TIME: Duration = Duration::from_secs(5);
const INSTRUCTIONS_PER_SECOND: u64 = 100_000_000;

impl Limits {
    /// Returns what Evenhand promises not to exceed for this snapshot, and a deadline that leaves a slow machine time for it.
    pub fn of(snapshot: &[u8]) -> Self {
        let bytes = snapshot.len() as u64;
        // A text that cannot be read is refused: nothing is looked at, and the answer says no more than the text.
        let work = serde_json::from_slice(snapshot).map(|desk| Work::of(&desk)).unwrap_or_default();
        let answer = (ANSWER_PER_BYTE * bytes).saturating_add(work.answer).min(LONGEST_ANSWER);
        let instructions = INSTRUCTIONS
            + INSTRUCTIONS_PER_BYTE * bytes
            + INSTRUCTIONS_PER_BYTE_OF_ANSWER * answer
            + INSTRUCTIONS_PER_LOOK * work.looks.min(MOST_LOOKS);
        let memory = (MEMORY + MEMORY_PER_BYTE * bytes + answer).min(MOST_MEMORY);
        Self {
            instructions,
            memory: usize::try_from(memory).unwrap_or(usize::MAX),
            deadline: TIME + Duration::from_secs(instructions / INSTRUCTIONS_PER_SECOND),
        }
    }

    /// Returns the same for the explanation of a conversation of this snapshot, whichever it is.
    pub fn to_explain(snapshot: &[u8]) -> Self {
        let plan = Self::of(snapshot);
        let (members, names) = serde_json::from_slice(snapshot).map(|desk| named(&desk)).unwrap_or_default();
        let answer = (ANSWER_PER_EXPLAINED_MEMBER * members).saturating_add(names).min(LONGEST_ANSWER);
        // A pick may be followed that takes as many looks as all those of the plan.
        let instructions =
            2 * plan.instructions + INSTRUCTIONS_TO_EXPLAIN + INSTRUCTIONS_PER_BYTE_OF_ANSWER * answer;
        let memory = plan.memory as u64 + MEMORY_PER_EXPLAINED_MEMBER * members + answer;
        Self {
            instructions,
            memory: usize::try_from(memory.min(MOST_MEMORY)).unwrap_or(usize::MAX),
            deadline: TIME + Duration::from_secs(instructions / INSTRUCTIONS_PER_SECOND),
        }
    }
}

/// Returns how many members all teams have, and how long the names are that an explanation may repeat for them.
fn named(desk: &Desk<'_>) -> (u64, u64) {
    let longest = desk.agents.iter().map(|agent| written(&agent.id) + written(&agent.availability)).max();
    let team = |team: &Team<'_>| {
        let members = team.members.iter().map(|member| written(&member.agent) + longest.unwrap_or(0));
        (team.members.len() as u64, members.sum::<u64>() + team.members.len() as u64 * written(&team.id))
    };
    let teams = desk.teams.iter().map(team);
    teams.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1.saturating_add(of.1)))
}

/// Returns how long a text is in JSON.
fn written(text: &str) -> u64 {
    serde_json::to_string(text).map_or(0, |text| text.len() as u64)
}

/// What of a snapshot has a say in how much work it takes.
#[derive(Deserialize)]
struct Desk<'a> {
    #[serde(borrow)]
    agents: Vec<Agent<'a>>,
    #[serde(borrow)]
    teams: Vec<Team<'a>>,
    #[serde(borrow)]
    conversations: Vec<OfTeam<'a>>,
    #[serde(borrow, default)]
    lost_claims: Vec<OfTeam<'a>>,
}

#[derive(Deserialize)]
struct Agent<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    availability: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Team<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    assignment: Cow<'a, str>,
    #[serde(borrow, default)]
    rotation: Option<Cow<'a, str>>,
    #[serde(borrow)]
    members: Vec<Member<'a>>,
}

#[derive(Deserialize)]
struct Member<'a> {
    #[serde(borrow)]
    agent: Cow<'a, str>,
    #[serde(default = "one")]
    weight: u64,
}

/// A conversation, or a lost claim.
#[derive(Deserialize)]
struct OfTeam<'a> {
    #[serde(borrow)]
    team: Cow<'a, str>,
}

const fn one() -> u64 {
    1
}

/// What does not go by the length of the text alone.
#[derive(Default)]
struct Work {
    looks: u64,
    /// Bytes of the answer, beside those for each byte of the snapshot.
    answer: u64,
}

impl Work {
    fn of(desk: &Desk<'_>) -> Self {
        let (conversations, lost) = (counted(&desk.conversations), counted(&desk.lost_claims));
        let mut rotations = BTreeMap::<&str, Rotation<'_>>::new();
        for team in &desk.teams {
            if team.assignment != "manual" {
                let rotation = rotations.entry(team.rotation.as_ref().unwrap_or(&team.id)).or_default();
                rotation.teams += 1;
                rotation.rule = &team.assignment;
                rotation.conversations += conversations.get(&*team.id).unwrap_or(&0);
                rotation.lost += lost.get(&*team.id).unwrap_or(&0);
                rotation.members += team.members.len() as u64;
                rotation.seats.extend(team.members.iter().map(|member| &*member.agent));
                rotation.weights.extend(team.members.iter().map(|member| member.weight));
            }
        }
        let waiting = rotations.values().map(|rotation| rotation.conversations).sum();
        let looks = rotations.values().map(|rotation| rotation.looks(waiting)).sum();
        // Each decision may name the longest agent, and escape what was escaped in their id.
        let longest = desk.agents.iter().map(|agent| written(&agent.id)).max().unwrap_or(0);
        let decisions = desk.conversations.len() as u64 * (ANSWER_PER_CONVERSATION + longest);
        let shared = rotations.values().filter(|rotation| rotation.teams > 1);
        let seats = shared.map(|rotation| rotation.conversations * rotation.seats.len() as u64).sum::<u64>();
        Self { looks, answer: decisions + (ANSWER_PER_SEAT + MEMORY_PER_SEAT) * seats.min(MOST_SEATS) }
    }
}

fn counted<'a>(records: &'a [OfTeam<'_>]) -> BTreeMap<&'a str, u64> {
    let mut counts = BTreeMap::new();
    for record in records {
        *counts.entry(&*record.team).or_default() += 1;
    }
    counts
}

/// The teams that take turns together, which are one team mostly.
#[derive(Default)]
struct Rotation<'a> {
    rule: &'a str,
    teams: u64,
    conversations: u64,
    lost: u64,
    members: u64,
    seats: BTreeSet<&'a str>,
    weights: BTreeSet<u64>,
}

impl Rotation<'_> {
    /// Returns the most looks that it takes, on a desk on which so many conversations wait for teams that rotate.
    fn looks(&self, waiting: u64) -> u64 {
        let Self { conversations, teams, members, .. } = *self;
        let (seats, weights) = (self.seats.len() as u64, self.weights.len() as u64);
        let picks = match self.rule {
            "libredesk_2026" => conversations * seats * (weights + 4),
            _ if teams > 1 => 10 * (conversations * (seats + teams) + members * teams),
            _ => 20 * conversations * weights,
        };
        // An agent who got something from another team is put in their new place in this one.
        let updates = if self.rule == "least_loaded" { 8 * waiting.min(conversations * seats) } else { 0 };
        picks + updates + self.lost * weights
    }
}
