//! `libredesk_2025` and `libredesk_2026`: what Libredesk's own auto-assigner does, exactly.
//!
//! Smooth weighted round robin in raw weight points over everybody who is assignable, full or not.
//! Who is drawn pays, even where they cannot take the conversation; who is not in the pool is
//! forgotten.

use super::pool::{DRAW, Pool};
use super::view::View;
use crate::desk::Seat;

/// Draws up to `draws` times, and returns the first drawn who `takes` it. Each draw spends its turn.
pub(super) fn draw(pool: &mut Pool, view: &View, draws: usize, takes: impl Fn(Seat) -> bool) -> Option<Seat> {
    let total: i64 = view.candidates.iter().map(|&(group, weight)| weight * pool.seats_in(group)).sum();
    let mut next = || {
        let first = pool.grant_all(&view.candidates)?;
        pool.looks += DRAW;
        Some(pool.pay(first, total))
    };
    (0..draws).filter_map(|_| next()).find(|&seat| takes(seat))
}
