//! What a call may use: what Evenhand promises not to exceed. `docs/limits.md` of Evenhand says it in words.

use crate::work::Desk;
pub use crate::work::Work;
use serde::Serialize;
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
pub const MOST_LOOKS: u64 = 2_200_000_000;
/// The most instructions to explain a conversation, beside what its plan takes.
pub const INSTRUCTIONS_TO_EXPLAIN: u64 = 4_000_000_000;
/// The most bytes of memory to explain a conversation, beside what its plan takes.
pub const MEMORY_TO_EXPLAIN: u64 = 5_000_000;
/// And for each member of the teams that are asked.
pub const MEMORY_PER_EXPLAINED_MEMBER: u64 = 250;
/// The most bytes of the explanation for each of them, beside their ids and their availability.
pub const ANSWER_PER_EXPLAINED_MEMBER: u64 = 300;
/// The most bytes of memory for any snapshot; beside that come those for its bytes, its answer and its looks.
pub const MEMORY: u64 = 2 << 20;
/// For each byte of the snapshot.
pub const MEMORY_PER_BYTE: u64 = 26;
/// For each look in a rotation that teams share or whose conversations ask for more than a team: for what is remembered of the groups
/// that were looked at, up to so many.
pub const MEMORY_PER_GROUP: u64 = 16;
/// The most of them.
pub const MOST_GROUPS: u64 = 4_200_000;
/// And one byte for so many of these looks.
pub const LOOKS_PER_BYTE: u64 = 2;
/// For each member and each channel by which conversations come for their rotation, where there are several.
pub const MEMORY_PER_MEMBER_AND_CHANNEL: u64 = 200;
/// Where the plan is to serve the most, for each pair of a wish and an agent who may be asked for it, up to so many.
pub const MEMORY_PER_PAIR: u64 = 100;
/// The most of them.
pub const MOST_PAIRS: u64 = 4_000_000;
/// And for each limit that teams set for an agent and a channel of theirs, or for what comes by none.
pub const MEMORY_PER_STEP: u64 = 100;
/// The most of them, and those of one channel more.
pub const MOST_STEPS: u64 = 4_020_000;
/// All that a module may have. No snapshot is so long that it needs more.
pub const MOST_MEMORY: u64 = 1 << 31;
/// The most bytes of a snapshot; a longer one is refused.
pub const LONGEST_SNAPSHOT: usize = 150_000_000;
/// The most bytes of an answer; a snapshot with a longer one is refused.
pub const LONGEST_ANSWER: u64 = 500_000_000;
/// The most bytes of the answer for each conversation, beside the longest id of an agent.
pub const ANSWER_PER_CONVERSATION: u64 = 160;
/// Beside that, for each different wish of conversations: a group of its own among what waits.
pub const ANSWER_PER_WISH: u64 = 500;
/// Where the plan is to serve the most, for each pair of a wish and an agent who may be asked for it, beside the longest id of an agent: a
/// bottleneck names them.
pub const ANSWER_PER_PAIR: u64 = 30;
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
        Self::with(snapshot.len() as u64, Work::of(snapshot))
    }

    /// Returns the same for a snapshot of so many bytes with so much work.
    pub fn with(bytes: u64, work: Work) -> Self {
        let Work { looks, answer, memory } = work;
        let instructions = INSTRUCTIONS
            + INSTRUCTIONS_PER_BYTE * bytes
            + INSTRUCTIONS_PER_BYTE_OF_ANSWER * answer
            + INSTRUCTIONS_PER_LOOK * looks;
        let memory = (MEMORY + MEMORY_PER_BYTE * bytes + answer + memory).min(MOST_MEMORY);
        Self {
            instructions,
            memory: usize::try_from(memory).unwrap_or(usize::MAX),
            deadline: TIME + Duration::from_secs(instructions / INSTRUCTIONS_PER_SECOND),
        }
    }

    /// Returns the same for the explanation of a conversation of this snapshot, whichever it is.
    pub fn to_explain(snapshot: &[u8]) -> Self {
        let (bytes, desk) = (snapshot.len() as u64, Desk::read(snapshot));
        let work = Work::on(bytes, desk.as_ref());
        let plan = Self::with(bytes, work);
        let (members, names) = desk.as_ref().map(Desk::named).unwrap_or_default();
        let answer = (ANSWER_PER_EXPLAINED_MEMBER * members).saturating_add(names);
        // And what holds it back, as the plan has it.
        let answer = answer.saturating_add(work.answer).min(LONGEST_ANSWER);
        // A pick may be followed that takes as many looks as all those of the plan.
        let instructions =
            2 * plan.instructions + INSTRUCTIONS_TO_EXPLAIN + INSTRUCTIONS_PER_BYTE_OF_ANSWER * answer;
        let memory = plan.memory as u64 + MEMORY_TO_EXPLAIN + MEMORY_PER_EXPLAINED_MEMBER * members + answer;
        Self {
            instructions,
            memory: usize::try_from(memory.min(MOST_MEMORY)).unwrap_or(usize::MAX),
            deadline: TIME + Duration::from_secs(instructions / INSTRUCTIONS_PER_SECOND),
        }
    }
}
