//! Who shared in each pick of a plan, written down so that a lost claim can be undone exactly.
//!
//! Sets follow each other closely: somebody fills up, or comes to be behind. So each is written as its
//! difference from the last set of the same team where that is shorter.

use super::pool::Pool;
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
    /// Which groups shared.
    groups: Vec<bool>,
}

impl Sets {
    pub(super) fn new(lanes: usize) -> Self {
        Self { written: Vec::new(), last: vec![None; lanes], latest: None, full: false }
    }

    /// Returns the sets, as the cursor has them.
    pub(super) fn written(&self) -> &[SeatSet] {
        &self.written
    }

    /// Returns the number of the set of those who share in a pick of a lane.
    ///
    /// `room` is for how many seats may still be written down; where it is too small the number is that
    /// of no set.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer sets than conversations")]
    pub(super) fn shared(
        &mut self,
        pool: &mut Pool,
        lane: usize,
        ahead: bool,
        granted: &Granted,
        room: &mut usize,
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
        let mut groups = vec![false; pool.count_groups()];
        for &(group, _) in &granted.groups {
            groups[group] = true;
        }
        let size = granted.groups.iter().map(|&(group, _)| pool.group_size(group)).sum();
        let difference = base.map(|base| base.difference(pool, &groups));
        let set = match (base, difference) {
            (Some(base), Some(seats)) if seats.is_empty() => base.set,
            (base, difference) => {
                let short = base.zip(difference).filter(|(_, seats)| seats.len() < size);
                let set = match short {
                    Some((base, seats)) => SeatSet { from: Some(base.set as u32), seats },
                    None => SeatSet { from: None, seats: whole(pool, &groups) },
                };
                let Some(left) = room.checked_sub(set.seats.len()) else {
                    self.full = true;
                    return self.written.len() as u32;
                };
                *room = left;
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
    fn difference(&self, pool: &mut Pool, groups: &[bool]) -> Vec<u32> {
        let shared = |group: Option<usize>| group.is_some_and(|group| self.groups.get(group) == Some(&true));
        let moves = &pool.moves()[self.moves..];
        let gone = moves.iter().map(|&(seat, from)| (seat, shared(from)));
        let changed = groups.iter().enumerate().filter(|&(group, &shares)| shares != shared(Some(group)));
        let stayed =
            changed.flat_map(|(group, &shares)| pool.members(group).map(move |seat| (seat, !shares)));
        // Who has moved counts as of the group that they came from first. One number, from high to low: the seat,
        // how many stood before, and whether they shared. Numbers are sorted by the code that sorts ids.
        let number = |((seat, before), place): ((Seat, bool), u64)| {
            (seat.place() as u64) << 32 | place << 1 | u64::from(before)
        };
        let mut before: Vec<u64> = gone.chain(stayed).zip(0..1 << 31).map(number).collect();
        pool.looks += before.len() as u64;
        before.sort_unstable();
        before.dedup_by_key(|number| *number >> 32);
        let seats = before.into_iter().map(|number| (Seat::new((number >> 32) as usize), number & 1 == 1));
        let now = |seat| pool.group_of(seat).is_some_and(|group| groups[group]);
        seats.filter(|&(seat, before)| before != now(seat)).map(|(seat, _)| place(seat)).collect()
    }
}

fn whole(pool: &Pool, groups: &[bool]) -> Vec<u32> {
    let seats = (0..pool.seats()).map(Seat::new);
    seats.filter(|&seat| pool.group_of(seat).is_some_and(|group| groups[group])).map(place).collect()
}

fn place(seat: Seat) -> u32 {
    u32::try_from(seat.place()).expect("a seat is a number of 32 bits")
}
