//! `libredesk_2025` and `libredesk_2026`: what Libredesk's own auto-assigner does, exactly.
//!
//! Smooth weighted round robin in raw weight points over everybody who is assignable, full or not.
//! Who is drawn pays, even where they cannot take the conversation; who is not in the pool is
//! forgotten.

use super::pool::Pool;
use crate::desk::Seat;

/// Draws up to `draws` times, and returns the first drawn who `takes` it. Each draw spends its turn.
pub(super) fn draw(pool: &mut Pool, lane: usize, draws: usize, takes: impl Fn(Seat) -> bool) -> Option<Seat> {
    (0..draws).filter_map(|_| next(pool, lane)).find(|&seat| takes(seat))
}

fn next(pool: &mut Pool, lane: usize) -> Option<Seat> {
    for group in 0..pool.count_groups() {
        let weight = i64::from(pool.group_key(group).weight);
        pool.grant(group, weight);
    }
    let first = pool.first(lane, |_| 0)?;
    pool.stand(first, first.standing - pool.weight());
    Some(first.seat)
}
