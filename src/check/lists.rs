//! What is told apart and put in order here, with few types: each type of map and of sort is thousands of bytes of a module.

use alloc::{collections::BTreeMap, vec::Vec};
use core::cmp::Ordering;

/// Numbers of ids: the same id has one number.
#[derive(Default)]
pub(super) struct Ids<'a>(BTreeMap<&'a str, u32>);

impl<'a> Ids<'a> {
    /// Returns the places of ids, of one that stands there twice the first.
    pub(super) fn new(ids: &mut dyn Iterator<Item = &'a str>) -> Self {
        let mut places = Self::default();
        for (place, id) in ids.enumerate() {
            places.number(id, place);
        }
        places
    }

    /// Returns how many different ones there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline(never)]
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.0.get(id).map(|&number| number as usize)
    }

    /// Returns the number of an id, which is `next` for one that has none.
    #[inline(never)]
    pub(super) fn number(&mut self, id: &'a str, next: usize) -> usize {
        *self.0.entry(id).or_insert(number(next)) as usize
    }
}

/// Numbers of lists of numbers, likewise.
#[derive(Default)]
pub(super) struct Numbering(BTreeMap<Vec<u32>, u32>);

impl Numbering {
    #[inline(never)]
    pub(super) fn number(&mut self, list: Vec<u32>, next: usize) -> usize {
        if let Some(&found) = self.0.get(&list) {
            return found as usize;
        }
        self.0.insert(list, number(next));
        next
    }
}

/// Returns a place or a count as a number of the wire.
pub(super) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// Returns two places as one number, which orders by the first, then by the second.
pub(super) const fn pair(a: usize, b: usize) -> u64 {
    (a as u64) << 32 | b as u64
}

/// Returns the two places of which a number consists.
pub(super) const fn parts(pair: u64) -> [usize; 2] {
    [(pair >> 32) as usize, (pair & 0xffff_ffff) as usize]
}

/// Returns pairs in ascending order.
pub(super) fn ascending(pairs: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_unstable();
    pairs
}

/// Returns the second place of the first of some pairs, which ascend, whose first place is this.
pub(super) fn second_of(pairs: &[u64], first: usize) -> Option<usize> {
    let at = pairs.partition_point(|&key| key < pair(first, 0));
    let [found, second] = parts(*pairs.get(at)?);
    (found == first).then_some(second)
}

/// Returns items in ascending order.
pub(super) fn sorted<T: Copy + Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let items: Vec<_> = items.into_iter().collect();
    let mut order: Vec<_> = (0..items.len() as u64).collect();
    let mut compare = |&a: &u64, &b: &u64| items[parts(a)[1]].cmp(&items[parts(b)[1]]);
    // `dyn`, so that one sort serves all types, and ids that have one hash, too.
    order.sort_unstable_by(&mut compare as &mut dyn FnMut(&u64, &u64) -> Ordering);
    order.into_iter().map(|at| items[parts(at)[1]]).collect()
}
