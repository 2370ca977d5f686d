//! `libredesk_2025` and `libredesk_2026`: what Libredesk's own auto-assigner does, exactly.
//!
//! Smooth weighted round robin in raw weight points over everybody who is assignable, full or not.
//! Who is drawn pays, even where they cannot take the conversation; who is not in the pool is
//! forgotten.

use super::newcomers::join;
use super::pool::Pool;
use crate::desk::{Member, Seat};
use alloc::vec::Vec;

/// Opens the rotation over the pool from the turns of the cursor: whose turn follows whose, and
/// their credits.
pub(super) fn open(
    mut turns: Vec<(usize, i64)>,
    members: &[Member],
    shuffle: Option<u64>,
) -> Vec<(usize, i64)> {
    let in_pool = |member: usize| members[member].assignable && members[member].weight > 0;
    turns.retain(|&(member, _)| in_pool(member));
    join(&mut turns, members.len(), (0..members.len()).filter(|&member| in_pool(member)), shuffle);
    turns
}

/// Draws up to `draws` times, and returns the first drawn who `takes` it. Each draw spends its turn.
pub(super) fn draw(pool: &mut Pool, draws: usize, takes: impl Fn(Seat) -> bool) -> Option<Seat> {
    (0..draws).filter_map(|_| pool.pick(|_| 0)).find(|&seat| takes(seat))
}
