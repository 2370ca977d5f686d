//! The serving order: by priority and waiting, then by deadline, then as the conversations came.

use crate::snapshot::Snapshot;
use alloc::vec::Vec;
use core::cmp::Reverse;

/// Returns the conversations in serving order, or `None` where that is as they came.
pub(crate) fn order(snapshot: &Snapshot<'_>) -> Option<Vec<usize>> {
    let conversations = &snapshot.conversations;
    let strict = snapshot.ageing.is_none();
    if strict && conversations.iter().all(|one| one.priority == 0 && one.due.is_none()) {
        return None;
    }
    let key = |&place: &usize| {
        let one = &conversations[place];
        let urgency = match snapshot.ageing {
            None => i64::from(one.priority),
            // At most 1,000 times 2^53, and 2^53 more.
            Some(ageing) => {
                i64::from(one.priority) * ageing.cast_signed() + waited(snapshot, one.since).cast_signed()
            }
        };
        (Reverse(urgency), one.due.unwrap_or(u64::MAX), place)
    };
    let mut order: Vec<usize> = (0..conversations.len()).collect();
    order.sort_unstable_by_key(key);
    Some(order)
}

/// Returns how long a conversation has waited, in milliseconds: 0 where nobody knows, or since later than now.
pub(crate) fn waited(snapshot: &Snapshot<'_>, since: Option<u64>) -> u64 {
    snapshot.now.zip(since).map_or(0, |(now, since)| now.saturating_sub(since))
}
