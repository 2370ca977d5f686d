//! `libredesk_2025` and `libredesk_2026`: what Libredesk's own auto-assigner does, exactly.
//!
//! Smooth weighted round robin in raw weight points over everybody who is assignable, full or not.
//! Who is drawn pays, even where they cannot take the conversation; who is not in the pool is
//! forgotten.

use super::pool::{DRAW, Pool};
use crate::desk::Seat;
use alloc::vec::Vec;

/// Draws up to `draws` times, and returns the first drawn who `takes` it. Each draw spends its turn.
pub(super) fn draw(pool: &mut Pool, lane: usize, draws: usize, takes: impl Fn(Seat) -> bool) -> Option<Seat> {
    let weights: Vec<_> = pool.weights(lane).collect();
    let mut next = || {
        let first = pool.grant_all(lane, &weights)?;
        pool.looks += DRAW;
        pool.pay(first, pool.total_weight());
        Some(first.seat)
    };
    (0..draws).filter_map(|_| next()).find(|&seat| takes(seat))
}
