//! The serving order: by priority and waiting, then by deadline, then as the conversations came.

use crate::desk::{AgentId, said_of};
use crate::snapshot::{Conversation, MAX_CONVERSATIONS, Snapshot};
use alloc::vec::Vec;

/// Returns the conversations in serving order, or `None` where that is as they came. `lost` are those that are served last, ascending.
pub(crate) fn order(
    snapshot: &Snapshot<'_>,
    plain: bool,
    lost: &[(usize, Option<AgentId>)],
) -> Option<Vec<usize>> {
    let by_urgency = if plain { None } else { by_urgency(snapshot) };
    if lost.is_empty() {
        return by_urgency;
    }
    let order = by_urgency.unwrap_or_else(|| (0..snapshot.conversations.len()).collect());
    let is_lost = |&conversation: &usize| said_of(lost, conversation).is_some();
    let (behind, mut serving): (Vec<_>, Vec<_>) = order.into_iter().partition(is_lost);
    serving.extend(behind);
    Some(serving)
}

/// Returns the conversations in the order of their urgency, or `None` where that is as they came.
fn by_urgency(snapshot: &Snapshot<'_>) -> Option<Vec<usize>> {
    let conversations = &snapshot.conversations;
    let strict = snapshot.ageing.is_none();
    if strict && conversations.iter().all(|one| one.priority == 0 && one.due.is_none()) {
        return None;
    }
    let urgency = |one: &Conversation<'_>| match snapshot.ageing {
        None => i64::from(one.priority),
        // At most 1,000 times 2^53, and 2^53 more.
        Some(ageing) => {
            i64::from(one.priority) * ageing.cast_signed() + waited(snapshot, one.since).cast_signed()
        }
    };
    // The larger comes first, and numbers without a sign are sorted.
    let urgencies =
        ranks(conversations.iter().map(|one| !(urgency(one).cast_unsigned() ^ (1 << 63))).collect());
    let dues = ranks(conversations.iter().map(|one| one.due.unwrap_or(u64::MAX)).collect());
    let keys = urgencies.zip(dues).zip(0_u64..);
    let mut keys: Vec<u64> =
        keys.map(|((urgency, due), place)| (urgency << BITS | due) << BITS | place).collect();
    keys.sort_unstable();
    Some(keys.into_iter().map(|key| (key & ((1 << BITS) - 1)) as usize).collect())
}

/// A place of a conversation takes so many bits, and three of them are a key.
const BITS: u32 = 21;
const _: () = assert!(MAX_CONVERSATIONS >> BITS == 0 && 3 * BITS <= u64::BITS);

/// Returns for each number how many different ones are smaller.
fn ranks(numbers: Vec<u64>) -> impl Iterator<Item = u64> {
    let mut different = numbers.clone();
    different.sort_unstable();
    different.dedup();
    numbers.into_iter().map(move |number| different.partition_point(|&other| other < number) as u64)
}

/// Returns how long a conversation has waited, in milliseconds: 0 where nobody knows, or since later than now.
pub(crate) fn waited(snapshot: &Snapshot<'_>, since: Option<u64>) -> u64 {
    snapshot.now.zip(since).map_or(0, |(now, since)| now.saturating_sub(since))
}
