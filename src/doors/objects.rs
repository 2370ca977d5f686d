//! Plain objects, as `pkg/src/objects.js` hands them over: what costs time in the millions goes as columns.
//!
//! The queue comes apart from the text of the rest, so that no text is made of it and none read; decisions go as
//! numbers, of which the caller makes objects with the strings that it has. Only what is sound goes this way: of what
//! is refused nobody is told why, and it is asked again as text.

use super::write;
use crate::answer::all_but_decisions;
use crate::assign::{self, Decision};
use crate::desk::Desk;
use crate::plan::{AssignReason, WaitReason};
use crate::snapshot::{Conversation, Snapshot};
use alloc::{borrow::Cow, string::String, vec::Vec};

/// Stands for nobody where an agent does.
const NOBODY: u32 = u32::MAX;

/// Returns the codes of all reasons, by the numbers that stand for them.
pub(super) fn reasons() -> impl Iterator<Item = &'static str> {
    let assigned = AssignReason::ALL.iter().map(|why| why.code());
    assigned.chain(WaitReason::ALL.iter().map(|why| why.code()))
}

/// Returns the plan for a snapshot, or `None` for whatever is refused.
///
/// It comes as JSON, or as JSON without its conversations, and so many `apart` behind it: of each its id and its team, each
/// behind a NUL. Four numbers come first for each conversation (32 bits, little-endian): the place of the agent or [`NOBODY`],
/// the reason, the place of the team that served it from 1 or 0, and the set. Behind them is the rest of the plan as JSON.
pub(super) fn plan(text: &[u8], apart: usize) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(text).ok()?;
    let mut parts = text.split('\0');
    let mut snapshot = Snapshot::from_json(parts.next()?.as_bytes()).ok()?;
    snapshot.conversations.reserve_exact(apart);
    while let Some(id) = parts.next() {
        let (id, team) = (Cow::Borrowed(id), Cow::Borrowed(parts.next()?));
        snapshot.conversations.push(Conversation { id, team, ..Conversation::default() });
    }
    // A NUL in an id would be taken for the end of it.
    if apart > 0 && snapshot.conversations.len() != apart {
        return None;
    }
    let desk = Desk::new(&snapshot).ok()?;
    let answer = assign::assign(&desk).ok()?;
    let mut out = Vec::with_capacity(16 * answer.decisions.len());
    for &decision in &answer.decisions {
        for number in numbers(decision) {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
    let mut rest = String::new();
    write::plan(&mut rest, &all_but_decisions(&snapshot, &desk, answer), false).ok()?;
    out.extend_from_slice(rest.as_bytes());
    Some(out)
}

#[expect(clippy::cast_possible_truncation, reason = "there are fewer agents, teams and reasons")]
fn numbers(decision: Decision) -> [u32; 4] {
    match decision {
        Decision::Assigned { agent, why, by, set } => {
            [agent.place() as u32, why as u32, by.map_or(0, |team| team.place() as u32 + 1), set]
        }
        Decision::Waits(why) => [NOBODY, AssignReason::ALL.len() as u32 + why as u32, 0, 0],
    }
}
