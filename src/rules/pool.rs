//! Who may be picked, and who comes first: the seats of a rotation in groups.
//!
//! Seats of one weight that are candidates in the same teams are a group: what one of them is granted
//! all of them are, so a group keeps one running sum and a heap of how each stands beside it. Who comes
//! first among the tops of the heaps is found by a plain scan over the groups of a team.
//!
//! A team's place among those of the rotation is called its lane here.

use super::least;
use crate::desk::Seat;
use alloc::collections::{BTreeMap, BinaryHeap, binary_heap::PeekMut};
use alloc::{vec, vec::Vec};
use core::cmp::Ordering;

#[derive(Default)]
pub(super) struct Pool {
    /// In rotation order.
    seats: Vec<Place>,
    groups: Vec<Group>,
    /// What a pick looks at of each group.
    fronts: Vec<Front>,
    with_key: BTreeMap<Key, usize>,
    lanes: Vec<Lane>,
    /// The weights of all seats in groups together.
    weight: i64,
    /// Every seat that has changed its group, and the group it came from, in order.
    moves: Vec<(Seat, Option<usize>)>,
    /// How many groups were looked at.
    pub(super) looks: u64,
}

/// What the seats of a group have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// The largest weight in any team of the rotation.
    pub(super) weight: u32,
    /// Whether as much is owed to them as a rotation remembers.
    pub(super) behind: bool,
    /// The lanes in which they are candidates, ascending, and their weight there.
    pub(super) lanes: Vec<(usize, u32)>,
}

struct Place {
    // INVARIANT: how a seat stands is `base` plus, in a group, all that the group was granted.
    base: i64,
    group: Option<usize>,
}

struct Group {
    key: Key,
    size: i64,
    // INVARIANT: an entry counts if its seat is in this group and has this base; others are swept at the top.
    heap: BinaryHeap<Entry>,
}

impl Key {
    /// Returns whether its seats are candidates in a lane.
    pub(super) fn in_lane(&self, lane: usize) -> bool {
        self.lanes.binary_search_by_key(&lane, |&(lane, _)| lane).is_ok()
    }

    /// Returns it without a lane.
    pub(super) fn without(&self, lane: usize) -> Self {
        let lanes = self.lanes.iter().filter(|&&(other, _)| other != lane).copied();
        Self { lanes: lanes.collect(), ..*self }
    }
}

#[derive(Clone, Copy)]
struct Front {
    /// The top of the heap; `None` where the group is empty.
    top: Option<Entry>,
    /// What one seat was granted so far.
    granted: i64,
}

#[derive(Clone, Default)]
struct Lane {
    /// The groups whose seats are candidates, and their weight here.
    groups: Vec<(usize, u32)>,
    /// How many candidates there are.
    size: usize,
}

/// Who comes first in a lane.
#[derive(Clone, Copy)]
pub(super) struct First {
    pub(super) seat: Seat,
    pub(super) group: usize,
    /// How they stand, before anything is granted.
    pub(super) standing: i64,
    load: u32,
}

/// The heap's order: the smallest load, then the best standing, then the earliest seat.
///
/// One number, from high to low: the load upside down, the standing (moved up, to have no sign)
/// and the seat upside down. A heap compares at every step, and one comparison is cheaper than three.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry(u128);

impl Entry {
    #[expect(clippy::cast_possible_truncation, reason = "a seat is a number of 32 bits")]
    fn new(load: u32, standing: i64, seat: Seat) -> Self {
        let standing = standing.cast_unsigned() ^ (1 << 63);
        Self((u128::from(!load) << 96) | (u128::from(standing) << 32) | u128::from(!(seat.place() as u32)))
    }

    const fn load(self) -> u32 {
        !((self.0 >> 96) as u32)
    }

    #[expect(clippy::cast_possible_truncation, reason = "takes the bits of one part")]
    const fn standing(self) -> i64 {
        ((self.0 >> 32) as u64 ^ (1 << 63)).cast_signed()
    }

    #[expect(clippy::cast_possible_truncation, reason = "takes the bits of one part")]
    fn seat(self) -> Seat {
        Seat::new(!(self.0 as u32) as usize)
    }
}

impl Pool {
    /// Opens a pool over `seats` in rotation order: how each stands, and where it may be picked, what
    /// it has in common with others.
    ///
    /// `load` is the load of a seat's agent, 0 for everybody where loads do not count.
    pub(super) fn new<'k>(
        lanes: usize,
        seats: impl Iterator<Item = (i64, Option<(u32, bool, &'k [(usize, u32)])>)>,
        load: impl Fn(Seat) -> u32,
    ) -> Self {
        let mut pool = Self { lanes: vec![Lane::default(); lanes], ..Self::default() };
        let mut heaps: Vec<Vec<Entry>> = Vec::new();
        let mut key = Key { weight: 0, behind: false, lanes: Vec::new() };
        for (place, (standing, common)) in seats.enumerate() {
            let seat = Seat::new(place);
            let group = common.map(|(weight, behind, lanes)| {
                (key.weight, key.behind) = (weight, behind);
                key.lanes.clear();
                key.lanes.extend_from_slice(lanes);
                pool.group(&key)
            });
            pool.seats.push(Place { base: standing, group });
            if let Some(group) = group {
                pool.count(group, 1);
                heaps.resize_with(pool.groups.len(), Vec::new);
                heaps[group].push(Entry::new(load(seat), standing, seat));
            }
        }
        for (group, heap) in heaps.into_iter().enumerate() {
            pool.groups[group].heap = heap.into();
            pool.fronts[group].top = pool.groups[group].heap.peek().copied();
        }
        pool
    }

    /// Returns how many candidates a lane has.
    pub(super) fn size(&self, lane: usize) -> usize {
        self.lanes[lane].size
    }

    /// Returns the weights of all seats that may be picked in any lane together.
    pub(super) const fn weight(&self) -> i64 {
        self.weight
    }

    /// Returns how a seat stands.
    pub(super) fn standing(&self, seat: Seat) -> i64 {
        let Place { base, group } = self.seats[seat.place()];
        base + group.map_or(0, |group| self.fronts[group].granted)
    }

    /// Returns what a seat has in common with its group, or `None` where it may not be picked.
    pub(super) fn key(&self, seat: Seat) -> Option<&Key> {
        Some(&self.groups[self.seats[seat.place()].group?].key)
    }

    /// Returns the group of a seat.
    pub(super) fn group_of(&self, seat: Seat) -> Option<usize> {
        self.seats[seat.place()].group
    }

    /// Returns the moves so far: whose, and from which group.
    pub(super) fn moves(&self) -> &[(Seat, Option<usize>)] {
        &self.moves
    }

    /// Returns how many seats there are.
    pub(super) const fn seats(&self) -> usize {
        self.seats.len()
    }

    /// Yields all groups with somebody in them: their number, what their seats have in common, and how many there are.
    pub(super) fn groups(&self) -> impl Iterator<Item = (usize, &Key, i64)> {
        self.groups
            .iter()
            .enumerate()
            .filter(|(_, group)| group.size > 0)
            .map(|(at, group)| (at, &group.key, group.size))
    }

    /// Returns how many seats a group has.
    pub(super) fn group_size(&self, group: usize) -> usize {
        usize::try_from(self.groups[group].size).expect("no more seats leave a group than have joined it")
    }

    /// Returns what the seats of a group have in common.
    pub(super) fn group_key(&self, group: usize) -> &Key {
        &self.groups[group].key
    }

    /// Yields the weight of each group of a lane, by its place there.
    pub(super) fn weights(&self, lane: usize) -> impl Iterator<Item = i64> {
        self.lanes[lane].groups.iter().map(|&(group, _)| i64::from(self.groups[group].key.weight))
    }

    /// Yields the seats of a group, in no order.
    pub(super) fn members(&self, group: usize) -> impl Iterator<Item = Seat> {
        let seats = self.groups[group].heap.iter().map(|entry| entry.seat());
        seats.filter(move |seat| self.seats[seat.place()].group == Some(group))
    }

    /// Returns how many groups there have been.
    pub(super) const fn count_groups(&self) -> usize {
        self.groups.len()
    }

    /// Grants every seat of a group so much.
    pub(super) fn grant(&mut self, group: usize, share: i64) {
        self.fronts[group].granted += share;
    }

    /// Returns the first of a group, and how they stand.
    pub(super) fn top(&self, group: usize) -> Option<(Seat, i64)> {
        let Front { top, granted } = self.fronts[group];
        top.map(|top| (top.seat(), top.standing() + granted))
    }

    /// Returns who comes first in a lane: by standing and `bonus`, the earliest in rotation order among equals.
    ///
    /// `bonus` takes a group's place in the lane.
    pub(super) fn first(&mut self, lane: usize, bonus: impl Fn(usize) -> i64) -> Option<First> {
        self.looks += self.lanes[lane].groups.len() as u64;
        let mut first: Option<(i64, First)> = None;
        for (place, &(group, _)) in self.lanes[lane].groups.iter().enumerate() {
            let Front { top: Some(top), granted } = self.fronts[group] else { continue };
            let standing = top.standing() + granted;
            let value = standing + bonus(place);
            let ahead =
                |(best, first): &(i64, First)| value > *best || (value == *best && top.seat() < first.seat);
            if first.as_ref().is_none_or(ahead) {
                first = Some((value, First { seat: top.seat(), group, standing, load: 0 }));
            }
        }
        first.map(|(_, first)| first)
    }

    /// Returns who comes first in a lane by load per weight, then by standing.
    ///
    /// `load` returns the present load of a seat's agent, which may have grown since the entry was
    /// made but not shrunk: an entry that is behind stands too high and never too low, so it has to be
    /// looked at only where it would come first.
    pub(super) fn lightest(&mut self, lane: usize, load: impl Fn(Seat) -> u32) -> Option<First> {
        self.looks += self.lanes[lane].groups.len() as u64;
        let mut first: Option<(u32, First)> = None;
        for place in 0..self.lanes[lane].groups.len() {
            let (group, weight) = self.lanes[lane].groups[place];
            while let Front { top: Some(top), granted } = self.fronts[group] {
                let standing = top.standing() + granted;
                let ahead = |(best, first): &(u32, First)| {
                    let by_load = least::compare((top.load(), weight), (first.load, *best));
                    by_load.then(first.standing.cmp(&standing)) == Ordering::Less
                };
                if !first.as_ref().is_none_or(ahead) {
                    break;
                }
                let seat = top.seat();
                let now = load(seat);
                if now == top.load() {
                    first = Some((weight, First { seat, group, standing, load: now }));
                    break;
                }
                self.looks += 1;
                self.put(group, Entry::new(now, top.standing(), seat));
            }
        }
        first.map(|(_, first)| first)
    }

    /// Lets the first of a group stand anew.
    pub(super) fn stand(&mut self, first: First, standing: i64) {
        let base = standing - self.fronts[first.group].granted;
        self.seats[first.seat.place()].base = base;
        self.put(first.group, Entry::new(first.load, base, first.seat));
    }

    /// Takes a seat out of a lane; out of its group where that was its last. What it stands at is kept.
    pub(super) fn leave(&mut self, seat: Seat, lane: usize) {
        if let Some(key) = self.key(seat)
            && key.in_lane(lane)
        {
            let left = (key.lanes.len() > 1).then(|| key.without(lane));
            self.shift(seat, left);
        }
    }

    /// Moves a seat to the group of a key, or out of all; how it stands stays.
    pub(super) fn shift(&mut self, seat: Seat, key: Option<Key>) {
        let standing = self.standing(seat);
        let to = key.map(|key| self.group(&key));
        let base = standing - to.map_or(0, |group| self.fronts[group].granted);
        let from = core::mem::replace(&mut self.seats[seat.place()], Place { base, group: to }).group;
        self.moves.push((seat, from));
        // Where loads count the entry has one that is too small, and is brought up to date at the top.
        if let Some(from) = from {
            self.count(from, -1);
            if self.fronts[from].top.is_some_and(|top| top.seat() == seat) {
                self.sweep(from);
            }
        }
        if let Some(to) = to {
            self.count(to, 1);
            self.groups[to].heap.push(Entry::new(0, base, seat));
            self.sweep(to);
        }
    }

    /// Puts an entry in the place of the top of a group.
    fn put(&mut self, group: usize, entry: Entry) {
        *self.groups[group].heap.peek_mut().expect("a group with a first has a top") = entry;
        self.sweep(group);
    }

    /// Takes entries that do not count from the top of a group's heap.
    fn sweep(&mut self, group: usize) {
        let heap = &mut self.groups[group].heap;
        let top = loop {
            let Some(top) = heap.peek_mut() else { break None };
            let place = &self.seats[top.seat().place()];
            if place.group == Some(group) && place.base == top.standing() {
                break Some(*top);
            }
            PeekMut::pop(top);
        };
        self.fronts[group].top = top;
    }

    /// Returns the group of a key.
    fn group(&mut self, key: &Key) -> usize {
        if let Some(&group) = self.with_key.get(key) {
            return group;
        }
        let group = self.groups.len();
        for &(lane, weight) in &key.lanes {
            self.lanes[lane].groups.push((group, weight));
        }
        self.with_key.insert(key.clone(), group);
        self.groups.push(Group { key: key.clone(), size: 0, heap: BinaryHeap::new() });
        self.fronts.push(Front { top: None, granted: 0 });
        group
    }

    /// Counts a seat that joins a group, or leaves it.
    fn count(&mut self, group: usize, by: i64) {
        let Group { key, size, .. } = &mut self.groups[group];
        *size += by;
        self.weight += by * i64::from(key.weight);
        for &(lane, _) in &key.lanes {
            let size = &mut self.lanes[lane].size;
            *size = size.strict_add_signed(by as isize);
        }
    }
}
