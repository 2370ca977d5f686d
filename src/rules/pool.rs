//! Members who take turns: at each pick every one of them is granted a share, and one pays for all.
//!
//! Members of one weight are granted the same, so they share one running sum and a heap of what
//! each is owed beside it; a tournament finds the first among the tops of the heaps. Who leaves is
//! struck off at once, and swept from the heap when they come to its top.

use super::tournament::{Contender, Tournament};
use alloc::collections::{BTreeMap, BinaryHeap, binary_heap::PeekMut};
use alloc::vec::Vec;

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
    /// Whether the smallest load per weight comes first, and not whoever is owed the most.
    by_load: bool,
    /// In rotation order.
    places: Vec<Place>,
    weights: Vec<Weight>,
    tournament: Tournament,
    /// How many may be picked.
    size: usize,
    /// What all of them together are granted at a pick.
    sum: i64,
    /// How many picks there were since the shares were last computed.
    picks: u64,
    /// Whether somebody left since then.
    stale: bool,
}

struct Place {
    // INVARIANT: what is owed is `owed` plus, for whom may be picked, all that their weight was granted.
    owed: i64,
    /// The place in `weights` of those who may be picked.
    weight: Option<usize>,
}

struct Weight {
    weight: u32,
    members: i64,
    /// What one member is granted at a pick.
    share: i64,
    /// What one member was granted before the shares were last computed.
    granted: i64,
    heap: BinaryHeap<Entry>,
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

impl Weight {
    fn granted(&self, picks: u64) -> i64 {
        self.granted + self.share * picks.cast_signed()
    }

    /// Returns who stands for this weight: the top of its heap.
    fn contender(&self, by_load: bool) -> Option<Contender> {
        let top = self.heap.peek()?;
        Some(Contender {
            load: top.load(),
            weight: if by_load { self.weight } else { 1 },
            owed: top.owed() + self.granted,
            share: self.share,
            place: top.place(),
        })
    }
}

impl Pool {
    /// Opens a pool over `places` in rotation order: what each is owed and, for those who may be
    /// picked, their weight (above 0) and load (0 for everybody where loads do not count).
    pub(super) fn new(
        grant: Grant,
        by_load: bool,
        places: impl Iterator<Item = (i64, Option<(u32, u32)>)>,
    ) -> Self {
        let mut pool = Self {
            grant,
            by_load,
            places: Vec::new(),
            weights: Vec::new(),
            tournament: Tournament::new(0),
            size: 0,
            sum: 0,
            picks: 0,
            stale: true,
        };
        let mut at = BTreeMap::new();
        let mut heaps: Vec<Vec<Entry>> = Vec::new();
        for ((owed, candidate), place) in places.zip(0..) {
            let weight = candidate.map(|(weight, load)| {
                let at = *at.entry(weight).or_insert_with(|| {
                    let heap = BinaryHeap::new();
                    pool.weights.push(Weight { weight, members: 0, share: 0, granted: 0, heap });
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
        pool.tournament = Tournament::new(pool.weights.len());
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
            place.owed += weight.granted(self.picks);
            weight.members -= 1;
            self.size -= 1;
            self.stale = true;
        }
    }

    /// Returns what is owed to the member at `place`.
    pub(super) fn owed(&self, place: usize) -> i64 {
        let Place { owed, weight } = self.places[place];
        owed + weight.map_or(0, |at| self.weights[at].granted(self.picks))
    }

    /// Grants everybody who may be picked their share, and lets whoever comes first pay for all:
    /// by load per weight where loads count, then by what is owed, the earliest in rotation order
    /// among equals.
    ///
    /// `load` returns the present load of the member at a place, which may have grown since the
    /// last pick but not shrunk. Returns `None` where nobody may be picked.
    pub(super) fn pick(&mut self, load: impl Fn(usize) -> u32) -> Option<usize> {
        if self.stale {
            self.share_out();
        }
        self.picks += 1;
        loop {
            let at = self.tournament.first(self.picks)?;
            let mut top = self.weights[at].heap.peek_mut()?;
            let place = top.place() as usize;
            // An entry that is behind stands too high and never too low, since loads only grow
            // and nobody comes back: it has to be looked at only once it is the first.
            let left = self.places[place].weight.is_none();
            let load = if self.by_load { load(place) } else { 0 };
            let pays = !left && top.load() == load;
            if left {
                PeekMut::pop(top);
            } else {
                let owed = if pays { top.owed() - self.sum } else { top.owed() };
                *top = Entry::new(load, owed, top.place());
                self.places[place].owed = owed;
                drop(top);
            }
            self.enter(at);
            if pays {
                return Some(place);
            }
        }
    }

    /// Computes the shares of those who are left.
    fn share_out(&mut self) {
        self.stale = false;
        let total: i64 = self.weights.iter().map(|weight| i64::from(weight.weight) * weight.members).sum();
        for weight in &mut self.weights {
            weight.granted = weight.granted(self.picks);
            weight.share = match self.grant {
                _ if weight.members == 0 => 0,
                Grant::PartsOf(one) => one * i64::from(weight.weight) / total,
                Grant::Weight => i64::from(weight.weight),
            };
        }
        self.sum = self.weights.iter().map(|weight| weight.share * weight.members).sum();
        self.picks = 0;
        let contenders = self.weights.iter().map(|weight| weight.contender(self.by_load));
        self.tournament.restart(contenders, self.picks);
    }

    /// Sends the top of a weight's heap into the tournament.
    fn enter(&mut self, at: usize) {
        self.tournament.enter(at, self.weights[at].contender(self.by_load), self.picks);
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
        let mut pool = Pool::new(Grant::PartsOf(12), false, [(0, Some((1, 0))); 3].into_iter());
        assert_eq!(pool.pick(|_| 0), Some(0));
        pool.leave(1);
        pool.leave(1);
        assert_eq!((pool.size(), [0, 1, 2].map(|place| pool.owed(place))), (2, [-8, 4, 4]));
        assert_eq!(pool.pick(|_| 0), Some(2));
        assert_eq!([0, 1, 2].map(|place| pool.owed(place)), [-2, 4, -2]);
    }

    #[test]
    fn a_load_that_grew_is_noticed_at_the_top() {
        let mut pool = Pool::new(Grant::PartsOf(2), true, [(0, Some((1, 3))), (0, Some((1, 4)))].into_iter());
        assert_eq!(pool.pick(|place| [5, 4][place]), Some(1));
    }
}
