//! Seats that take turns: at each pick every one of them is granted a share, and one pays for all.
//!
//! Seats of one weight are granted the same, so they are a group with one running sum and a heap of what
//! each is owed beside it. Who comes first among the tops of the heaps is found by a plain scan. Who leaves is
//! struck off at once, and swept from the heap when they come to its top.

use super::least_loaded;
use crate::desk::Seat;
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
    seats: Vec<Owed>,
    groups: Vec<Group>,
    /// How many may be picked.
    size: usize,
    /// What all of them together are granted at a pick.
    sum: i64,
    /// Whether somebody left since the shares were last computed.
    stale: bool,
}

struct Owed {
    // INVARIANT: what is owed is `owed` plus, for whom may be picked, all that their group was granted.
    owed: i64,
    /// The place in `groups` of those who may be picked.
    group: Option<usize>,
}

struct Group {
    weight: u32,
    size: i64,
    /// What one seat is granted at a pick.
    share: i64,
    /// What one seat was granted so far.
    granted: i64,
    heap: BinaryHeap<Entry>,
}

/// A seat that may be picked.
pub(super) struct Candidate {
    /// Above 0.
    pub(super) weight: u32,
    /// 0 for everybody where loads do not count.
    pub(super) load: u32,
}

/// The heap's order: the smallest load, then the most owed, then the earliest seat.
///
/// One number, from high to low: the load upside down, what is owed (moved up, to have no sign)
/// and the seat upside down. A heap compares at every step, and one comparison is cheaper than three.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u128);

impl Entry {
    fn new(load: u32, owed: i64, seat: Seat) -> Self {
        let owed = owed.cast_unsigned() ^ (1 << 63);
        Self((u128::from(!load) << 96) | (u128::from(owed) << 32) | u128::from(!(seat.place() as u32)))
    }

    const fn load(self) -> u32 {
        !((self.0 >> 96) as u32)
    }

    #[expect(clippy::cast_possible_truncation, reason = "takes the bits of one part")]
    const fn owed(self) -> i64 {
        ((self.0 >> 32) as u64 ^ (1 << 63)).cast_signed()
    }

    #[expect(clippy::cast_possible_truncation, reason = "takes the bits of one part")]
    fn seat(self) -> Seat {
        Seat::new(!(self.0 as u32) as usize)
    }
}

impl Pool {
    /// Opens a pool over `seats` in rotation order: what each is owed, and who may be picked.
    pub(super) fn new(
        grant: Grant,
        by_load: bool,
        seats: impl Iterator<Item = (i64, Option<Candidate>)>,
    ) -> Self {
        let mut pool =
            Self { grant, by_load, seats: Vec::new(), groups: Vec::new(), size: 0, sum: 0, stale: true };
        let mut group_of = BTreeMap::new();
        let mut heaps: Vec<Vec<Entry>> = Vec::new();
        for ((owed, candidate), seat) in seats.zip(0..) {
            let group = candidate.map(|Candidate { weight, load }| {
                let group = *group_of.entry(weight).or_insert_with(|| {
                    pool.groups.push(Group {
                        weight,
                        size: 0,
                        share: 0,
                        granted: 0,
                        heap: BinaryHeap::new(),
                    });
                    heaps.push(Vec::new());
                    heaps.len() - 1
                });
                heaps[group].push(Entry::new(load, owed, Seat::new(seat)));
                pool.groups[group].size += 1;
                pool.size += 1;
                group
            });
            pool.seats.push(Owed { owed, group });
        }
        for (group, heap) in pool.groups.iter_mut().zip(heaps) {
            group.heap = heap.into();
        }
        pool
    }

    /// Returns how many may be picked.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Strikes a seat off: nothing more is granted to it, and nothing lost.
    pub(super) fn leave(&mut self, seat: Seat) {
        let seat = &mut self.seats[seat.place()];
        if let Some(group) = seat.group.take() {
            let group = &mut self.groups[group];
            seat.owed += group.granted;
            group.size -= 1;
            self.size -= 1;
            self.stale = true;
        }
    }

    /// Returns what is owed to a seat.
    pub(super) fn owed(&self, seat: Seat) -> i64 {
        let Owed { owed, group } = self.seats[seat.place()];
        owed + group.map_or(0, |group| self.groups[group].granted)
    }

    /// Grants everybody who may be picked their share, and lets whoever comes first pay for all:
    /// by load per weight where loads count, then by what is owed, the earliest in rotation order
    /// among equals.
    ///
    /// `load` returns the present load of the agent of a seat, which may have grown since the
    /// last pick but not shrunk. Returns `None` where nobody may be picked.
    pub(super) fn pick(&mut self, load: impl Fn(Seat) -> u32) -> Option<Seat> {
        if self.stale {
            self.share_out();
        }
        let mut first: Option<(usize, u32, Entry)> = None;
        for at in 0..self.groups.len() {
            let Some(top) = self.top(at, &load) else { continue };
            let group = &mut self.groups[at];
            group.granted += group.share;
            // What is owed now, whatever the group's sum is.
            let top = Entry::new(top.load(), top.owed() + group.granted, top.seat());
            let weight = if self.by_load { group.weight } else { 1 };
            let ahead = first.is_none_or(|(_, other, best)| {
                let order = least_loaded::compare((top.load(), weight), (best.load(), other));
                order.then(best.cmp(&top)).is_lt()
            });
            if ahead {
                first = Some((at, weight, top));
            }
        }
        let (group, _, top) = first?;
        let group = &mut self.groups[group];
        let owed = top.owed() - group.granted - self.sum;
        *group.heap.peek_mut().expect("it has a top") = Entry::new(top.load(), owed, top.seat());
        self.seats[top.seat().place()].owed = owed;
        Some(top.seat())
    }

    /// Returns the first of a group, once everybody who left is swept and the load is brought up to date.
    fn top(&mut self, group: usize, load: impl Fn(Seat) -> u32) -> Option<Entry> {
        loop {
            let mut top = self.groups[group].heap.peek_mut()?;
            let seat = top.seat();
            if self.seats[seat.place()].group.is_none() {
                PeekMut::pop(top);
                continue;
            }
            // An entry that is behind stands too high and never too low, since loads only grow
            // and nobody comes back: it has to be looked at only once it is the first.
            let load = if self.by_load { load(seat) } else { 0 };
            if top.load() == load {
                return Some(*top);
            }
            *top = Entry::new(load, top.owed(), seat);
        }
    }

    /// Computes the shares of those who are left.
    fn share_out(&mut self) {
        self.stale = false;
        let total: i64 = self.groups.iter().map(|group| i64::from(group.weight) * group.size).sum();
        for group in &mut self.groups {
            group.share = match self.grant {
                _ if group.size == 0 => 0,
                Grant::PartsOf(one) => one * i64::from(group.weight) / total,
                Grant::Weight => i64::from(group.weight),
            };
        }
        self.sum = self.groups.iter().map(|group| group.share * group.size).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(grant: Grant, by_load: bool, seats: &[(u32, u32)]) -> Pool {
        let seat = |&(weight, load): &(u32, u32)| (0, Some(Candidate { weight, load }));
        Pool::new(grant, by_load, seats.iter().map(seat))
    }

    fn owed<const N: usize>(pool: &Pool) -> [i64; N] {
        core::array::from_fn(|seat| pool.owed(Seat::new(seat)))
    }

    #[test]
    fn an_entry_keeps_its_parts_and_orders_by_load_then_owed_then_seat() {
        let most = (1 << 54) - 1;
        let entry = Entry::new(7, -most, Seat::new(9));
        assert_eq!((entry.load(), entry.owed(), entry.seat()), (7, -most, Seat::new(9)));
        let best_first = [(0, 5, 1), (0, 5, 2), (0, 0, 0), (0, -5, 0), (1, most, 0), (u32::MAX, 0, 0)];
        let entries = best_first.map(|(load, owed, seat)| Entry::new(load, owed, Seat::new(seat)));
        assert!(entries.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn who_leaves_keeps_what_is_owed_and_is_granted_nothing_more() {
        let mut pool = pool(Grant::PartsOf(12), false, &[(1, 0); 3]);
        assert_eq!(pool.pick(|_| 0), Some(Seat::new(0)));
        pool.leave(Seat::new(1));
        pool.leave(Seat::new(1));
        assert_eq!((pool.size(), owed(&pool)), (2, [-8, 4, 4]));
        assert_eq!(pool.pick(|_| 0), Some(Seat::new(2)));
        assert_eq!(owed(&pool), [-2, 4, -2]);
    }

    #[test]
    fn a_load_that_grew_is_noticed_at_the_top() {
        let mut pool = pool(Grant::PartsOf(2), true, &[(1, 3), (1, 4)]);
        assert_eq!(pool.pick(|seat| [5, 4][seat.place()]), Some(Seat::new(1)));
    }

    #[test]
    fn the_first_of_many_weights_is_the_first_of_a_look_at_everybody() {
        let weights: [u32; 11] = [1, 7, 3, 3, 12, 5, 40, 2, 9, 40, 1];
        let mut pool = pool(Grant::PartsOf(1_230), false, &weights.map(|weight| (weight, 0)));
        let mut owed = [0; 11];
        for _ in 0..2_000 {
            for (owed, weight) in owed.iter_mut().zip(weights) {
                *owed += 10 * i64::from(weight);
            }
            let first = (0..11).max_by_key(|&seat| (owed[seat], 11 - seat)).expect("there are eleven");
            owed[first] -= 1_230;
            assert_eq!(pool.pick(|_| 0), Some(Seat::new(first)));
        }
    }
}
