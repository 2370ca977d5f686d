//! `least_loaded`: the smallest load per weight after taking one more, then the larger weight, then
//! rotation order. `least_recent`: rotation order alone.
//!
//! Under both, whoever takes a conversation goes to the end of the order, and nothing is owed: a seat
//! stands the lower the later it last took one.

use super::pool::Pool;
use crate::desk::Seat;
use core::cmp::Ordering;

/// Returns the first in a lane, who goes to the end of the order.
pub(super) fn pick(
    pool: &mut Pool,
    lane: usize,
    load: impl Fn(Seat) -> u32,
    taken: &mut i64,
) -> Option<Seat> {
    let first = pool.lightest(lane, load)?;
    *taken += 1;
    pool.stand(first, -*taken);
    Some(first.seat)
}

/// Compares two members, each a load and a weight; the less of them comes first.
pub(super) fn compare(a: (u32, u32), b: (u32, u32)) -> Ordering {
    // (load + 1) / weight, without a fraction.
    let scaled = |load: u32, weight: u32| (u64::from(load) + 1) * u64::from(weight);
    scaled(a.0, b.1).cmp(&scaled(b.0, a.1)).then(b.1.cmp(&a.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_load_per_weight_comes_first_and_the_larger_weight_among_equals() {
        assert_eq!(compare((0, 1), (1, 1)), Ordering::Less);
        assert_eq!(compare((3, 2), (2, 1)), Ordering::Less);
        assert_eq!(compare((1, 1), (3, 2)), Ordering::Greater);
        assert_eq!(compare((5, 3), (3, 2)), Ordering::Less);
        assert_eq!(compare((7, 4), (7, 4)), Ordering::Equal);
        assert_eq!(compare((u32::MAX, 1), (u32::MAX, 1000)), Ordering::Greater);
    }
}
