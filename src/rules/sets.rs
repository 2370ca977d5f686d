//! Who shared in each pick of a plan, written down so that a lost claim can be undone exactly.
//!
//! Sets follow each other closely: somebody fills up, or comes to be behind. So each is written as its
//! difference from the last set of the same team where that is shorter.

use super::pool::{DIFFERENCE, Pool};
use crate::desk::Seat;
use crate::snapshot::SeatSet;
use alloc::{vec, vec::Vec};
use core::iter;

#[derive(Default)]
pub(super) struct Sets {
    written: Vec<SeatSet>,
    /// The last set of each view.
    last: Vec<Option<Seen>>,
    /// The last preferred taker who shared with nobody, by view, and the set that they are.
    alone: Vec<Option<(Seat, usize)>>,
    /// Whose set was written last.
    latest: Option<Latest>,
    /// There was no room for a set: those who shared are not written down any more.
    full: bool,
}

#[derive(Clone, Copy)]
enum Latest {
    Of(usize),
    Alone(Seat, usize),
}

/// A set that was written, and the state of the pool for which it holds.
#[derive(Clone)]
struct Seen {
    set: usize,
    state: State,
    groups: Groups,
}

/// Why those share in a pick who do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shared {
    /// They are at work and not behind, or candidates.
    AtWork,
    /// They are candidates, and the taker was far ahead.
    Candidates,
    /// They are at work and not behind, and somebody was preferred.
    Preferred,
}

/// While all of it is the same so are the groups that share in the picks of a view.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// The rank that was served.
    pub(super) rank: u8,
    pub(super) why: Shared,
    /// How many moves the pool had seen.
    pub(super) moves: usize,
    /// How many are needed elsewhere.
    pub(super) elsewhere: usize,
}

/// Which groups share, one bit each: every lane keeps its own.
#[derive(Clone)]
struct Groups(Vec<u64>);

impl Groups {
    fn of(pool: &Pool, granted: &[(usize, i64)]) -> Self {
        let mut words = vec![0; pool.count_groups().div_ceil(64)];
        for &(group, _) in granted {
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
            let mut different = word(self, at) ^ word(other, at);
            iter::from_fn(move || {
                let bit = different.trailing_zeros() as usize;
                // The same without this bit, the lowest; `None` where there is none.
                different &= different.checked_sub(1)?;
                Some(at * 64 + bit)
            })
        })
    }
}

impl Sets {
    /// Returns the sets, as the cursor has them.
    pub(super) fn into_written(self) -> Vec<SeatSet> {
        self.written
    }

    /// Returns the number of the set of groups that share in a pick.
    ///
    /// `seats_left` is for how many seats may still be written down; where it is too small the number is that
    /// of no set.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer sets than conversations")]
    pub(super) fn shared(
        &mut self,
        pool: &mut Pool,
        view: usize,
        state: State,
        granted: &[(usize, i64)],
        seats_left: &mut usize,
    ) -> u32 {
        let last = self.last.get(view).and_then(Option::as_ref);
        if let Some(seen) = last.filter(|seen| seen.state == state) {
            return seen.set as u32;
        }
        if self.full {
            return self.written.len() as u32;
        }
        pool.looks += pool.count_groups() as u64;
        let groups = Groups::of(pool, granted);
        let size = granted.iter().map(|&(group, _)| pool.group_size(group)).sum();
        let (base, difference) = match (last, self.latest) {
            (Some(last), _) => (Some(last.set), last.difference(pool, &groups)),
            (None, Some(Latest::Of(other))) => {
                let other = self.last[other].as_ref().expect("its set was the last");
                (Some(other.set), other.difference(pool, &groups))
            }
            (None, Some(Latest::Alone(seat, set))) => (Some(set), but(whole(pool, granted), seat)),
            (None, None) => (None, Vec::new()),
        };
        let set = match base {
            Some(base) if difference.is_empty() => Some(base),
            Some(base) if difference.len() < size => {
                self.write(SeatSet { from: Some(base as u32), seats: difference }, seats_left)
            }
            _ => self.write(SeatSet { from: None, seats: whole(pool, granted) }, seats_left),
        };
        let Some(set) = set else { return self.written.len() as u32 };
        if set + 1 == self.written.len() {
            self.latest = Some(Latest::Of(view));
        }
        put(&mut self.last, view, Seen { set, state, groups });
        set as u32
    }

    /// Returns the number of the set of a preferred taker who shares with nobody.
    #[expect(clippy::cast_possible_truncation, reason = "a seat is a number of 32 bits")]
    pub(super) fn alone(&mut self, view: usize, seat: Seat, seats_left: &mut usize) -> u32 {
        if let Some(&(_, set)) =
            self.alone.get(view).and_then(Option::as_ref).filter(|(last, _)| *last == seat)
        {
            return set as u32;
        }
        if self.full {
            return self.written.len() as u32;
        }
        let one = SeatSet { from: None, seats: vec![seat.place() as u32] };
        let Some(set) = self.write(one, seats_left) else { return self.written.len() as u32 };
        self.latest = Some(Latest::Alone(seat, set));
        put(&mut self.alone, view, (seat, set));
        set as u32
    }

    /// Writes a set down, and returns its number; `None` where there is no room for it.
    fn write(&mut self, set: SeatSet, seats_left: &mut usize) -> Option<usize> {
        let Some(left) = seats_left.checked_sub(set.seats.len()) else {
            self.full = true;
            return None;
        };
        *seats_left = left;
        self.written.push(set);
        Some(self.written.len() - 1)
    }
}

impl Seen {
    /// Returns the seats that have come to share since, or have ceased to, ascending.
    fn difference(&self, pool: &mut Pool, groups: &Groups) -> Vec<u32> {
        // Whether a seat shared before, once for each reason to look: the first counts, since who has moved counts as
        // of the group that they came from first. High half the seat, low half the order and, as its lowest bit, whether.
        let mut before: Vec<u64> = Vec::with_capacity(64);
        let mut add = |seat: Seat, shared: bool| {
            before.push((seat.place() as u64) << 32 | (before.len() as u64) << 1 | u64::from(shared));
        };
        for &(seat, from) in &pool.moves()[self.state.moves..] {
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
fn whole(pool: &mut Pool, granted: &[(usize, i64)]) -> Vec<u32> {
    let mut seats: Vec<u64> = Vec::new();
    for &(group, _) in granted {
        seats.extend(pool.seats_of(group).map(|seat| seat.place() as u64));
    }
    pool.looks += DIFFERENCE * seats.len() as u64;
    seats.sort_unstable();
    seats.dedup();
    numbers(seats.into_iter())
}

/// Puts something at a place of a list that is as long as it has to be.
fn put<T>(list: &mut Vec<Option<T>>, place: usize, what: T) {
    if list.len() <= place {
        list.resize_with(place + 1, || None);
    }
    list[place] = Some(what);
}

/// Returns the difference between some seats, ascending, and one seat.
fn but(mut seats: Vec<u32>, seat: Seat) -> Vec<u32> {
    let seat = numbers(iter::once(seat.place() as u64))[0];
    match seats.binary_search(&seat) {
        Ok(at) => _ = seats.remove(at),
        Err(at) => seats.insert(at, seat),
    }
    seats
}

fn numbers(seats: impl Iterator<Item = u64>) -> Vec<u32> {
    seats.map(|seat| u32::try_from(seat).expect("a seat is a number of 32 bits")).collect()
}
