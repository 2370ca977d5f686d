//! `least_loaded`: the smallest load per weight. The shares are owed and paid as in `round_robin`,
//! and settle what the loads leave open.

use super::pool::{Lead, Pool};
use core::cmp::Ordering;

/// Picks whoever has the smallest load per weight after taking one more; then the larger weight,
/// the most owed, and the earliest in rotation order.
///
/// `load` returns the present load of the member at a place.
pub(super) fn pick(pool: &mut Pool, load: impl Fn(usize) -> u32) -> Option<usize> {
    pool.grant();
    // Of one weight the heap has the order already: two leads never have the same weight.
    let first = pool.leads(load).min_by(|a, b| load_per_weight(a, b).then(b.weight.cmp(&a.weight)))?;
    Some(pool.charge(&first))
}

/// Compares (load + 1) / weight exactly, without a fraction.
fn load_per_weight(a: &Lead, b: &Lead) -> Ordering {
    let scaled = |load: u32, weight: u32| (u64::from(load) + 1) * u64::from(weight);
    scaled(a.load, b.weight).cmp(&scaled(b.load, a.weight))
}
