//! Members who take turns: at each pick every one of them is granted a share, and one pays for all.
//!
//! Members of one weight are granted the same, so they share one running sum (`granted`) and a
//! heap of what each is owed beside it. A pick touches each weight once and one heap's top, which
//! is O(weights + log members); who leaves is struck off at once and swept from the heap when
//! they come to its top.

use alloc::collections::{BTreeMap, BinaryHeap, binary_heap::PeekMut};
use alloc::vec::Vec;
use core::cmp::Reverse;

/// How much each weight is granted at a pick.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    /// Equal parts of one conversation, cut into this many.
    PartsOf(i64),
    /// The weight itself.
    Weight,
}

pub(super) struct Pool {
    grant: Grant,
    /// In rotation order.
    places: Vec<Place>,
    weights: Vec<Weight>,
    /// How many may be picked.
    size: usize,
    /// What all of them together are granted at a pick.
    sum: i64,
    /// Whether somebody left since the shares were last computed.
    stale: bool,
}

struct Place {
    // INVARIANT: what is owed is `owed` plus, for whom may be picked, `granted` of their weight.
    owed: i64,
    /// The place in `weights` of those who may be picked.
    weight: Option<usize>,
}

struct Weight {
    weight: u32,
    members: i64,
    /// What one member is granted at a pick.
    share: i64,
    /// What one member was granted by all picks so far.
    granted: i64,
    heap: BinaryHeap<Entry>,
}

/// Who comes first of one weight.
pub(super) struct Lead {
    at: usize,
    pub(super) weight: u32,
    pub(super) load: u32,
    /// What is owed to them after the grant.
    pub(super) owed: i64,
    /// Their place in the rotation; the earlier is the larger.
    pub(super) place: Reverse<u32>,
}

/// The heap's order: the smallest load, then the most owed, then the earliest place.
///
/// One number, from high to low: the load upside down, what is owed (moved up, to have no sign)
/// and the place upside down. A heap compares at every step, and one comparison is cheaper than three.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u128);

impl Entry {
    fn new(load: u32, owed: i64, place: u32) -> Self {
        let owed = owed.cast_unsigned() ^ (1 << 63);
        Self((u128::from(!load) << 96) | (u128::from(owed) << 32) | u128::from(!place))
    }

    const fn load(self) -> u32 {
        !((self.0 >> 96) as u32)
    }

    #[expect(clippy::cast_possible_truncation, reason = "takes the bits of one part")]
    const fn owed(self) -> i64 {
        ((self.0 >> 32) as u64 ^ (1 << 63)).cast_signed()
    }

    #[expect(clippy::cast_possible_truncation, reason = "takes the bits of one part")]
    const fn place(self) -> u32 {
        !(self.0 as u32)
    }
}

impl Pool {
    /// Opens a pool over `places` in rotation order: what each is owed and, for those who may be
    /// picked, their weight (above 0) and load.
    pub(super) fn new(grant: Grant, places: impl Iterator<Item = (i64, Option<(u32, u32)>)>) -> Self {
        let mut pool = Self { grant, places: Vec::new(), weights: Vec::new(), size: 0, sum: 0, stale: true };
        let mut at = BTreeMap::new();
        let mut heaps: Vec<Vec<Entry>> = Vec::new();
        for ((owed, candidate), place) in places.zip(0..) {
            let weight = candidate.map(|(weight, load)| {
                let at = *at.entry(weight).or_insert_with(|| {
                    pool.weights.push(Weight {
                        weight,
                        members: 0,
                        share: 0,
                        granted: 0,
                        heap: BinaryHeap::new(),
                    });
                    heaps.push(Vec::new());
                    heaps.len() - 1
                });
                heaps[at].push(Entry::new(load, owed, place));
                pool.weights[at].members += 1;
                pool.size += 1;
                at
            });
            pool.places.push(Place { owed, weight });
        }
        for (weight, heap) in pool.weights.iter_mut().zip(heaps) {
            weight.heap = heap.into();
        }
        pool
    }

    /// Returns how many may be picked.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Strikes the member at `place` off: nothing more is granted to them, and nothing lost.
    pub(super) fn leave(&mut self, place: usize) {
        let place = &mut self.places[place];
        if let Some(at) = place.weight.take() {
            let weight = &mut self.weights[at];
            place.owed += weight.granted;
            weight.members -= 1;
            self.size -= 1;
            self.stale = true;
        }
    }

    /// Returns what is owed to the member at `place`.
    pub(super) fn owed(&self, place: usize) -> i64 {
        let Place { owed, weight } = self.places[place];
        owed + weight.map_or(0, |at| self.weights[at].granted)
    }

    /// Grants everybody who may be picked their share.
    pub(super) fn grant(&mut self) {
        if self.stale {
            self.stale = false;
            let total: i64 =
                self.weights.iter().map(|weight| i64::from(weight.weight) * weight.members).sum();
            for weight in self.weights.iter_mut().filter(|weight| weight.members > 0) {
                weight.share = match self.grant {
                    Grant::PartsOf(one) => one * i64::from(weight.weight) / total,
                    Grant::Weight => i64::from(weight.weight),
                };
            }
            self.sum = self.weights.iter().map(|weight| weight.share * weight.members).sum();
        }
        for weight in &mut self.weights {
            weight.granted += weight.share;
        }
    }

    /// Returns who comes first of each weight, in the order of the heap.
    ///
    /// `load` returns the present load of the member at a place, which may have grown since the
    /// last call but not shrunk, or always 0 where loads do not count.
    pub(super) fn leads(&mut self, load: impl Fn(usize) -> u32) -> impl Iterator<Item = Lead> {
        (0..self.weights.len()).filter_map(move |at| {
            self.refresh(at, &load);
            let Weight { weight, granted, heap, .. } = &self.weights[at];
            heap.peek().map(|top| Lead {
                at,
                weight: *weight,
                load: top.load(),
                owed: top.owed() + granted,
                place: Reverse(top.place()),
            })
        })
    }

    /// Lets a lead pay what all were granted, and returns their place.
    pub(super) fn charge(&mut self, lead: &Lead) -> usize {
        let place = lead.place.0 as usize;
        if let Some(mut top) = self.weights[lead.at].heap.peek_mut() {
            let owed = top.owed() - self.sum;
            *top = Entry::new(top.load(), owed, lead.place.0);
            self.places[place].owed = owed;
        }
        place
    }

    /// Takes those who left off the top of a weight's heap and brings the load there up to date.
    ///
    /// Loads only grow, so an entry that is behind stands too high and never too low, and has to
    /// be looked at only once it is the top.
    fn refresh(&mut self, at: usize, load: impl Fn(usize) -> u32) {
        while let Some(mut top) = self.weights[at].heap.peek_mut() {
            let place = top.place() as usize;
            if self.places[place].weight.is_none() {
                PeekMut::pop(top);
            } else if top.load() == load(place) {
                break;
            } else {
                *top = Entry::new(load(place), top.owed(), top.place());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_keeps_its_parts_and_orders_by_load_then_owed_then_place() {
        let most = (1 << 54) - 1;
        let entry = Entry::new(7, -most, 9);
        assert_eq!((entry.load(), entry.owed(), entry.place()), (7, -most, 9));
        let best_first = [(0, 5, 1), (0, 5, 2), (0, 0, 0), (0, -5, 0), (1, most, 0), (u32::MAX, 0, 0)];
        let entries = best_first.map(|(load, owed, place)| Entry::new(load, owed, place));
        assert!(entries.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn who_leaves_keeps_what_is_owed_and_is_granted_nothing_more() {
        let mut pool = Pool::new(Grant::PartsOf(12), [(0, Some((1, 0))); 3].into_iter());
        pool.grant();
        pool.leave(1);
        pool.leave(1);
        assert_eq!((pool.size(), pool.owed(1)), (2, 4));
        pool.grant();
        assert_eq!([0, 1, 2].map(|place| pool.owed(place)), [10, 4, 10]);
        let lead = pool.leads(|_| 0).next().expect("two are left");
        assert_eq!((pool.charge(&lead), pool.owed(0)), (0, -2));
    }

    #[test]
    fn a_load_that_grew_is_noticed_at_the_top() {
        let mut pool = Pool::new(Grant::Weight, [(0, Some((1, 3))), (0, Some((1, 4)))].into_iter());
        let lead = pool.leads(|place| [5, 4][place]).next().expect("both are left");
        assert_eq!((lead.place.0, lead.load), (1, 4));
    }
}
