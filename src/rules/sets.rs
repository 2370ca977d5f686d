//! Who shared in each pick of a plan, written down so that a lost claim can be undone exactly.
//!
//! Sets follow each other closely: somebody fills up, or comes to be behind. So each is written as its
//! difference from the last set of the same team where that is shorter.

use super::pool::{DIFFERENCE, Pool};
use super::round_robin::Granted;
use crate::desk::Seat;
use crate::snapshot::SeatSet;
use alloc::{vec, vec::Vec};

pub(super) struct Sets {
    written: Vec<SeatSet>,
    /// The last set of each lane.
    last: Vec<Option<Seen>>,
    /// The lane of the set that was written last.
    latest: Option<usize>,
    /// There was no room for a set: those who shared are not written down any more.
    full: bool,
}

/// A set that was written, and the state of the pool for which it holds.
#[derive(Clone)]
struct Seen {
    set: usize,
    ahead: bool,
    /// How many moves the pool had seen.
    moves: usize,
    groups: Groups,
}

/// Which groups share, one bit each: every lane keeps its own.
#[derive(Clone)]
struct Groups(Vec<u64>);

impl Groups {
    fn of(pool: &Pool, granted: &Granted) -> Self {
        let mut words = vec![0; pool.count_groups().div_ceil(64)];
        for &(group, _) in &granted.groups {
            words[group / 64] |= 1 << (group % 64);
        }
        Self(words)
    }

    fn has(&self, group: usize) -> bool {
        self.0.get(group / 64).is_some_and(|word| word >> (group % 64) & 1 == 1)
    }

    /// Yields the groups that are in one of the two and not in the other.
    fn difference(&self, other: &Self) -> impl Iterator<Item = usize> {
        let word = |of: &Self, at: usize| of.0.get(at).copied().unwrap_or(0);
        (0..self.0.len().max(other.0.len())).flat_map(move |at| {
            let different = word(self, at) ^ word(other, at);
            (0..64).filter(move |bit| different >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }
}

impl Sets {
    pub(super) fn new(lanes: usize) -> Self {
        Self { written: Vec::new(), last: vec![None; lanes], latest: None, full: false }
    }

    /// Returns the sets, as the cursor has them.
    pub(super) fn into_written(self) -> Vec<SeatSet> {
        self.written
    }

    /// Returns the number of the set of those who share in a pick of a lane.
    ///
    /// `seats_left` is for how many seats may still be written down; where it is too small the number is that
    /// of no set.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer sets than conversations")]
    pub(super) fn shared(
        &mut self,
        pool: &mut Pool,
        lane: usize,
        ahead: bool,
        granted: &Granted,
        seats_left: &mut usize,
    ) -> u32 {
        let moves = pool.moves().len();
        if let Some(seen) = &self.last[lane]
            && seen.moves == moves
            && seen.ahead == ahead
        {
            return seen.set as u32;
        }
        if self.full {
            return self.written.len() as u32;
        }
        let base = self.last[lane].as_ref().or_else(|| self.last[self.latest?].as_ref());
        pool.looks += pool.count_groups() as u64;
        let groups = Groups::of(pool, granted);
        let size = granted.groups.iter().map(|&(group, _)| pool.group_size(group)).sum();
        let difference = base.map(|base| base.difference(pool, &groups));
        let set = match (base, difference) {
            (Some(base), Some(seats)) if seats.is_empty() => base.set,
            (base, difference) => {
                let short = base.zip(difference).filter(|(_, seats)| seats.len() < size);
                let set = match short {
                    Some((base, seats)) => SeatSet { from: Some(base.set as u32), seats },
                    None => SeatSet { from: None, seats: whole(pool, granted) },
                };
                let Some(left) = seats_left.checked_sub(set.seats.len()) else {
                    self.full = true;
                    return self.written.len() as u32;
                };
                *seats_left = left;
                self.written.push(set);
                self.latest = Some(lane);
                self.written.len() - 1
            }
        };
        self.last[lane] = Some(Seen { set, ahead, moves, groups });
        set as u32
    }
}

impl Seen {
    /// Returns the seats that have come to share since, or have ceased to, ascending.
    fn difference(&self, pool: &mut Pool, groups: &Groups) -> Vec<u32> {
        // Whether a seat shared before, once for each reason to look: the first counts, since who has moved counts as
        // of the group that they came from first. High half the seat, low half the order and, as its lowest bit, whether.
        let mut before: Vec<u64> = Vec::new();
        let mut add = |seat: Seat, shared: bool| {
            before.push((seat.place() as u64) << 32 | (before.len() as u64) << 1 | u64::from(shared));
        };
        for &(seat, from) in &pool.moves()[self.moves..] {
            add(seat, from.is_some_and(|group| self.groups.has(group)));
        }
        for group in groups.difference(&self.groups) {
            pool.seats_of(group).for_each(|seat| add(seat, self.groups.has(group)));
        }
        pool.looks += DIFFERENCE * before.len() as u64;
        before.sort_unstable();
        before.dedup_by_key(|key| *key >> 32);
        let shares = |seat| pool.group_of(seat).is_some_and(|group| groups.has(group));
        before.retain(|&key| (key & 1 == 1) != shares(Seat::new((key >> 32) as usize)));
        numbers(before.into_iter().map(|key| key >> 32))
    }
}

/// Returns the seats of the groups that share, ascending.
fn whole(pool: &mut Pool, granted: &Granted) -> Vec<u32> {
    let mut seats: Vec<u64> = Vec::new();
    for &(group, _) in &granted.groups {
        seats.extend(pool.seats_of(group).map(|seat| seat.place() as u64));
    }
    seats.sort_unstable();
    seats.dedup();
    numbers(seats.into_iter())
}

fn numbers(seats: impl Iterator<Item = u64>) -> Vec<u32> {
    seats.map(|seat| u32::try_from(seat).expect("a seat is a number of 32 bits")).collect()
}
