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

// The promise: so much for any snapshot, and so much for each of its bytes.
const INSTRUCTIONS: u64 = 1_000_000;
const INSTRUCTIONS_PER_BYTE: u64 = 800;
const MEMORY: usize = 2 << 20;
const MEMORY_PER_BYTE: usize = 48;
/// And so much for each extra step, more where a team has many different weights.
const INSTRUCTIONS_PER_STEP: u64 = 1_500;
const INSTRUCTIONS_PER_STEP_AND_DOUBLING: u64 = 700;
/// No promise, since machines differ: a machine that is twenty times slower than ours keeps it.
const TIME: Duration = Duration::from_secs(5);
const INSTRUCTIONS_PER_SECOND: u64 = 100_000_000;

impl Limits {
    /// Returns what Evenhand promises not to exceed for this snapshot, and a deadline that leaves a slow machine time for it.
    pub fn of(snapshot: &[u8]) -> Self {
        // A text that cannot be read is refused, and takes no step.
        let steps = serde_json::from_slice(snapshot).map_or(0, |desk| instructions_for_steps(&desk));
        let bytes = snapshot.len();
        let instructions = (bytes as u64 * INSTRUCTIONS_PER_BYTE + INSTRUCTIONS).saturating_add(steps);
        Self {
            instructions,
            memory: bytes * MEMORY_PER_BYTE + MEMORY,
            deadline: TIME + Duration::from_secs(instructions / INSTRUCTIONS_PER_SECOND),
        }
    }
}

/// What of a snapshot has a say in how many steps it takes.
#[derive(Deserialize)]
struct Desk<'a> {
    #[serde(borrow)]
    teams: Vec<Team<'a>>,
    #[serde(borrow)]
    conversations: Vec<Conversation<'a>>,
}

#[derive(Deserialize)]
struct Team<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    assignment: Cow<'a, str>,
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    #[serde(default = "one")]
    weight: u32,
}

#[derive(Deserialize)]
struct Conversation<'a> {
    #[serde(borrow)]
    team: Cow<'a, str>,
}

const fn one() -> u32 {
    1
}

/// Returns what the work that does not grow with the text may take: where members are drawn in vain, where shares are
/// computed again, and where the same agents are in many teams.
fn instructions_for_steps(desk: &Desk<'_>) -> u64 {
    let mut waiting = BTreeMap::<&str, u64>::new();
    for conversation in &desk.conversations {
        *waiting.entry(&conversation.team).or_default() += 1;
    }
    let teams = desk.teams.len() as u64;
    let of_team = |team: &Team<'_>| {
        let waiting = waiting.get(&*team.id).copied().unwrap_or_default();
        let members = team.members.len() as u64;
        let weights = team.members.iter().map(|member| member.weight).collect::<BTreeSet<_>>().len() as u64;
        let become_full = if weights > 1 { weights * members.min(waiting) } else { 0 };
        let steps = match &*team.assignment {
            "libredesk_2026" => members.saturating_mul(waiting),
            "least_loaded" => become_full + if teams > 1 { waiting * members.min(teams) } else { 0 },
            "round_robin" => become_full,
            _ => 0,
        };
        let doublings = u64::from(weights.max(1).next_power_of_two().ilog2());
        steps.saturating_mul(INSTRUCTIONS_PER_STEP + INSTRUCTIONS_PER_STEP_AND_DOUBLING * doublings)
    };
    desk.teams.iter().map(of_team).fold(0, u64::saturating_add)
}
