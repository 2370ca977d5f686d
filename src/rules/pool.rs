//! Who may be picked, and who comes first: the seats of a rotation in groups.
//!
//! Seats of one weight that know the same and may be asked in the same teams are a group: what one of
//! them is granted all of them are, so a group keeps one running sum and a heap of how each stands beside
//! it. Who comes first among the tops of the heaps is found by a plain scan over groups.
//!
//! A slot is one of the rotation's teams together with a channel: whoever is full in a channel may be
//! asked in others. In a plan seats only leave slots, but for those that are put apart for one pick.

use super::least;
use super::round_robin::MEMORY;
use crate::desk::Seat;
use crate::ids::Numbering;
use alloc::collections::{BinaryHeap, VecDeque};
use alloc::{vec, vec::Vec};
use core::{cmp::Ordering, mem};

/// As many looks at groups as it costs to bring the entry of a seat up to date.
const UPDATE: u64 = 8;
/// to change a key, for each of its slots,
const SLOT: u64 = 2;
/// to sort a seat in among those by which two sets may differ,
pub(super) const DIFFERENCE: u64 = 5;
/// So many groups of a slot are moved on at the cost of one.
const MOVED: u64 = 64;
/// As many as it costs to pay for a draw, which may be in vain.
pub(super) const DRAW: u64 = 4;

#[derive(Default)]
pub(super) struct Pool {
    /// In rotation order.
    seats: Vec<Standing>,
    groups: Vec<Group>,
    /// What a pick looks at of each group.
    fronts: Vec<Front>,
    /// The numbers of groups that have nobody left, for those to come.
    free: Vec<usize>,
    with_key: Numbering,
    /// The groups whose seats may be asked in each slot.
    // INVARIANT: ascending.
    slots: Vec<Vec<(usize, InSlot)>>,
    /// How many channels there are: slots are teams times channels.
    channels: usize,
    /// Whether somebody at work may be no candidate, so that the memory of the rotation matters.
    pub(super) mixed: bool,
    /// Every seat that has changed its group, and the group it came from, in order.
    moves: Vec<(Seat, Option<usize>)>,
    /// How many groups were looked at, and slots of keys.
    pub(super) looks: u64,
}

/// What a seat has in common with others when the pool opens.
pub(super) struct Common<'k> {
    pub(super) weight: u32,
    pub(super) behind: bool,
    pub(super) profile: usize,
    pub(super) slots: &'k [InSlot],
}

/// What the seats of a group have in common.
#[derive(Clone, Default)]
pub(super) struct Key {
    /// The largest weight in any team of the rotation.
    pub(super) weight: u32,
    /// Whether as much is owed to them as a rotation remembers.
    pub(super) behind: bool,
    /// Whether they are not to be asked for the present conversation.
    pub(super) apart: bool,
    /// What they know.
    pub(super) profile: usize,
    /// Where they may be asked, ascending by slot.
    pub(super) slots: Vec<InSlot>,
    /// The only seat of the group, where it has to be told apart from all others, since it is needed elsewhere for something.
    pub(super) alone: Option<Seat>,
}

/// How a seat may be asked in a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct InSlot {
    pub(super) slot: usize,
    pub(super) rank: u8,
    /// The weight in the team.
    pub(super) weight: u32,
}

struct Standing {
    // INVARIANT: how a seat stands is `base` plus, in a group, all that the group was granted.
    base: i64,
    group: Option<usize>,
}

#[derive(Default)]
struct Group {
    key: Key,
    /// The best rank in any team, by channel; none where it may be asked in no team for that.
    ranks: Vec<Option<u8>>,
    size: usize,
    /// Whether there may be entries that do not count.
    littered: bool,
    // INVARIANT: an entry counts if its seat is in this group and has this base; others are swept at the top.
    heap: BinaryHeap<Entry>,
    /// Entries, the best first. Whoever took a conversation nearly always stands behind all others then, so that
    /// a pick costs one step and not the depth of a heap.
    tail: VecDeque<Entry>,
}

impl Group {
    fn peek(&self) -> Option<Entry> {
        let front = self.tail.front();
        if self.heap.is_empty() { front } else { self.heap.peek().max(front) }.copied()
    }

    fn pop(&mut self) {
        if !self.heap.is_empty() && self.heap.peek() > self.tail.front() {
            self.heap.pop();
        } else {
            self.tail.pop_front();
        }
    }

    fn push(&mut self, entry: Entry) {
        if self.tail.back().is_none_or(|last| entry <= *last) {
            self.tail.push_back(entry);
        } else {
            self.heap.push(entry);
        }
    }
}

impl Key {
    /// Returns how its seats may be asked in a slot.
    pub(super) fn in_slot(&self, slot: usize) -> Option<InSlot> {
        let at = self.slots.binary_search_by_key(&slot, |there| there.slot).ok()?;
        Some(self.slots[at])
    }

    /// Returns it as a list, which no other has.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer profiles and slots than 2^32")]
    fn list(&self) -> Vec<u32> {
        let Self { weight, behind, apart, profile, slots, alone } = self;
        let flags = (slots.len() as u32) << 2 | u32::from(*behind) << 1 | u32::from(*apart);
        let head = [*weight, flags, *profile as u32];
        let place = |there: &InSlot| [there.slot as u32, u32::from(there.rank), there.weight];
        let alone = alone.map(|seat| seat.place() as u32);
        head.into_iter().chain(slots.iter().flat_map(place)).chain(alone).collect()
    }

    /// Returns it without some slots, which ascend.
    fn without(&self, slots: &[usize]) -> Self {
        let left = self.slots.iter().filter(|there| slots.binary_search(&there.slot).is_err());
        Self { slots: left.copied().collect(), ..*self }
    }
}

/// The first of a group, and what all of them were granted. A group without seats has none.
#[derive(Clone, Copy)]
struct Front {
    seat: Seat,
    load: u32,
    /// How the first stands.
    standing: i64,
    /// What one seat was granted so far.
    granted: i64,
    /// What the first stands at once the seats are behind and have to be told apart; a number that nobody reaches where
    /// they are already, or need not be.
    behind: i64,
}

impl Front {
    // What is granted in one plan is far below what overflows.
    const fn grant(&mut self, share: i64) {
        self.granted = self.granted.wrapping_add(share);
        self.standing = self.standing.wrapping_add(share);
    }

    const fn is_behind(&self) -> bool {
        self.standing >= self.behind
    }
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
    /// Opens a pool over `seats` in rotation order: how each stands, and where it may be asked, what
    /// it has in common with others.
    ///
    /// `load` is the load of a seat's agent, 0 for everybody where loads do not count.
    pub(super) fn new<'k>(
        slots: usize,
        channels: usize,
        mixed: bool,
        seats: impl Iterator<Item = (i64, Option<Common<'k>>)>,
        load: impl Fn(Seat) -> u32,
    ) -> Self {
        // A list grows to four at the least, and there may be 20,000 pools of one seat.
        let count = seats.size_hint().0;
        let mut pool = Self {
            seats: Vec::with_capacity(count),
            groups: Vec::with_capacity(count.min(2)),
            fronts: Vec::with_capacity(count.min(2)),
            slots: vec![Vec::new(); slots],
            channels,
            mixed,
            ..Self::default()
        };
        let mut last = None;
        for (place, (standing, common)) in seats.enumerate() {
            let seat = Seat::new(place);
            let group = common.map(|Common { weight, behind, profile, slots }| {
                // Neighbours are alike mostly.
                let same = last.filter(|&last| {
                    let key = pool.group_key(last);
                    key.weight == weight
                        && key.behind == behind
                        && key.profile == profile
                        && key.slots == slots
                });
                let key = || Key { weight, behind, profile, slots: slots.to_vec(), ..Key::default() };
                same.unwrap_or_else(|| pool.group(&key()))
            });
            pool.seats.push(Standing { base: standing, group });
            if let Some(group) = group {
                pool.count(group, true);
                pool.groups[group].push(Entry::new(load(seat), standing, seat));
                last = Some(group);
            }
        }
        for group in 0..pool.groups.len() {
            pool.look_up(group);
        }
        pool
    }

    /// Yields the groups whose seats may be asked in a slot, and how.
    pub(super) fn in_slot(&self, slot: usize) -> impl Iterator<Item = (usize, InSlot)> {
        self.slots[slot].iter().copied()
    }

    /// Returns whether nobody may be asked for anything.
    pub(super) fn is_empty(&self) -> bool {
        self.groups().next().is_none()
    }

    /// Yields the groups whose seats are at work for a channel, and their best rank.
    pub(super) fn at_work(&self, channel: usize) -> impl Iterator<Item = (usize, u8)> {
        let ranked = move |group: usize| Some((group, self.groups[group].ranks[channel]?));
        self.groups().filter_map(ranked)
    }

    /// Returns how a seat stands.
    pub(super) fn standing(&self, seat: Seat) -> i64 {
        let Standing { base, group } = self.seats[seat.place()];
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

    /// Yields the groups with somebody in them.
    fn groups(&self) -> impl Iterator<Item = usize> {
        (0..self.groups.len()).filter(|&group| self.groups[group].size > 0)
    }

    /// Returns how many seats a group has.
    pub(super) fn group_size(&self, group: usize) -> usize {
        self.groups[group].size
    }

    /// Returns the same, to multiply with.
    pub(super) fn seats_in(&self, group: usize) -> i64 {
        self.group_size(group).cast_signed() as i64
    }

    /// Returns what the seats of a group have in common.
    pub(super) fn group_key(&self, group: usize) -> &Key {
        &self.groups[group].key
    }

    /// Yields the seats of a group, in no order, perhaps some of them twice.
    pub(super) fn seats_of(&mut self, group: usize) -> impl Iterator<Item = Seat> {
        let Self { seats, groups, looks, .. } = self;
        let Group { heap, tail, .. } = &groups[group];
        *looks += (heap.len() + tail.len()) as u64;
        let listed = heap.iter().chain(tail).map(|entry| entry.seat());
        listed.filter(move |seat| seats[seat.place()].group == Some(group))
    }

    /// Returns how many groups there have been at once: no number of a group is larger.
    pub(super) const fn count_groups(&self) -> usize {
        self.groups.len()
    }

    /// Grants every seat of groups so much, and returns those whose seats have to be told apart, since the first is
    /// behind by now.
    pub(super) fn grant(&mut self, shares: &[(usize, i64)]) -> Vec<usize> {
        self.looks += shares.len() as u64;
        let mut reached = Vec::new();
        for &(group, share) in shares {
            let front = &mut self.fronts[group];
            front.grant(share);
            if front.is_behind() {
                reached.push(group);
            }
        }
        reached
    }

    /// Returns the same of groups that were granted something.
    pub(super) fn reached(&mut self, shares: &[(usize, i64)]) -> Vec<usize> {
        self.looks += shares.len() as u64;
        let fronts = &self.fronts;
        let reached = |&&(group, _): &&(usize, i64)| fronts[group].is_behind();
        shares.iter().filter(reached).map(|&(group, _)| group).collect()
    }

    /// Returns the first of a group, and how they stand.
    pub(super) fn top(&self, group: usize) -> Option<(Seat, i64)> {
        let Front { seat, standing, .. } = self.fronts[group];
        (self.groups[group].size > 0).then_some((seat, standing))
    }

    /// Grants groups so much each, and returns the group whose first comes first then: by standing, the earliest in
    /// rotation order among equals.
    pub(super) fn grant_all(&mut self, shares: &[(usize, i64)]) -> Option<usize> {
        self.scan(shares, |front, share| {
            front.grant(share);
            front.standing
        })
    }

    /// Returns the group whose first comes first by standing and bonus, the earliest in rotation order among equals.
    pub(super) fn first(&mut self, bonuses: &[(usize, i64)]) -> Option<usize> {
        self.scan(bonuses, |front, bonus| front.standing.wrapping_add(bonus))
    }

    /// Returns the group whose first has the largest value, the earliest in rotation order among equals.
    fn scan(&mut self, parts: &[(usize, i64)], value: impl Fn(&mut Front, i64) -> i64) -> Option<usize> {
        let Self { fronts, looks, .. } = self;
        *looks += parts.len() as u64;
        let mut best: Option<(i64, Seat, usize)> = None;
        for &(group, part) in parts {
            let front = &mut fronts[group];
            let value = value(front, part);
            let ahead = |(best, first, _)| value > best || (value == best && front.seat < first);
            if best.is_none_or(ahead) {
                best = Some((value, front.seat, group));
            }
        }
        best.map(|(.., group)| group)
    }

    /// Returns the group whose first comes first by load per weight, then by standing, then in rotation order. Each has a weight.
    ///
    /// `load` returns the present load of a seat's agent, which may have grown since the entry was
    /// made but not shrunk: an entry that is behind stands too high and never too low, so it has to be
    /// looked at only where it would come first.
    // Apart from who calls it, so that the scan keeps the registers.
    #[inline(never)]
    pub(super) fn lightest(&mut self, weights: &[(usize, u32)], load: impl Fn(Seat) -> u32) -> Option<usize> {
        let mut first: Option<Front> = None;
        let mut best = None;
        // What the first has: any load per weight is less than none.
        let mut least = (u32::MAX, 0);
        self.looks += weights.len() as u64;
        for &(group, weight) in weights {
            loop {
                let front = &self.fronts[group];
                match least::compare((front.load, weight), least) {
                    Ordering::Greater => break,
                    Ordering::Equal => {
                        let ahead =
                            |first: &Front| (front.standing, first.seat) > (first.standing, front.seat);
                        if !first.as_ref().is_none_or(ahead) {
                            break;
                        }
                    }
                    Ordering::Less => {}
                }
                let now = load(front.seat);
                if now == front.load {
                    least = (now, weight);
                    (first, best) = (Some(*front), Some(group));
                    break;
                }
                self.update(group, now);
            }
        }
        best
    }

    /// Notes the load that the first of a group has by now.
    // Apart from the scan, likewise.
    #[inline(never)]
    fn update(&mut self, group: usize, load: u32) {
        self.looks += UPDATE;
        let Front { seat, standing, granted, .. } = self.fronts[group];
        self.put(group, Entry::new(load, standing - granted, seat));
    }

    /// Lets the first of a group stand anew, and returns who that was.
    pub(super) fn stand(&mut self, group: usize, standing: i64) -> Seat {
        self.pay(group, self.fronts[group].standing - standing)
    }

    /// Lets the first of a group pay: they stand lower by so much. Returns who that was.
    pub(super) fn pay(&mut self, group: usize, what: i64) -> Seat {
        let Front { seat, load, .. } = self.fronts[group];
        let base = &mut self.seats[seat.place()].base;
        *base -= what;
        let entry = Entry::new(load, *base, seat);
        self.put(group, entry);
        seat
    }

    /// Lets any seat of a group stand lower by so much.
    pub(super) fn lower(&mut self, seat: Seat, what: i64) {
        let Standing { base, group } = &mut self.seats[seat.place()];
        *base -= what;
        let (base, group) = (*base, group.expect("only who is in a group takes anything"));
        self.groups[group].littered = true;
        // As in `shift`: where loads count this one is too small.
        self.groups[group].push(Entry::new(0, base, seat));
        self.sweep(group);
        self.look_up(group);
    }

    /// Takes a seat out of some slots, which ascend; out of its group where those were its last. What it stands at is kept.
    pub(super) fn leave(&mut self, seat: Seat, slots: &[usize]) {
        if let Some(key) = self.key(seat) {
            let left = key.without(slots);
            self.shift(seat, Some(left).filter(|left| !left.slots.is_empty()));
        }
    }

    /// Gives a seat a group of its own.
    pub(super) fn tell_apart(&mut self, seat: Seat) {
        let key = self.key(seat).expect("who may be picked is in a group");
        if key.alone.is_none() {
            let key = Key { alone: Some(seat), ..key.clone() };
            self.shift(seat, Some(key));
        }
    }

    /// Moves a seat to the group of a key, or out of all; how it stands stays.
    pub(super) fn shift(&mut self, seat: Seat, key: Option<Key>) {
        let slots = |key: &Key| SLOT * key.slots.len() as u64;
        self.looks += key.as_ref().map_or(0, slots) + self.key(seat).map_or(0, slots);
        let standing = self.standing(seat);
        let to = key.map(|key| self.group(&key));
        let base = standing - to.map_or(0, |group| self.fronts[group].granted);
        let from = mem::replace(&mut self.seats[seat.place()], Standing { base, group: to }).group;
        self.moves.push((seat, from));
        if let Some(to) = to {
            self.count(to, true);
            // Where loads count this one is too small, and brought up to date once it is the first.
            self.groups[to].push(Entry::new(0, base, seat));
            self.look_up(to);
        }
        if let Some(from) = from {
            self.groups[from].littered = true;
            self.count(from, false);
            if self.groups[from].size > 0 && self.fronts[from].seat == seat {
                self.look_up(from);
            }
        }
    }

    /// Puts an entry in the place of the top of a group.
    fn put(&mut self, group: usize, entry: Entry) {
        let of = &mut self.groups[group];
        of.pop();
        of.push(entry);
        self.look_up(group);
    }

    /// Looks up the first of a group, which has somebody in it.
    #[expect(
        clippy::inline_always,
        reason = "a pick looks up one group, and the call alone costs a tenth of it"
    )]
    #[inline(always)]
    fn look_up(&mut self, group: usize) {
        if self.groups[group].littered {
            self.sweep(group);
        }
        let top = self.groups[group].peek().expect("a group has somebody in it, and an entry of each");
        let front = &mut self.fronts[group];
        (front.seat, front.load) = (top.seat(), top.load());
        front.standing = top.standing().wrapping_add(front.granted);
    }

    /// Takes entries that do not count from the top of a group.
    fn sweep(&mut self, group: usize) {
        let of = &mut self.groups[group];
        while let Some(entry) = of.peek() {
            let place = &self.seats[entry.seat().place()];
            if place.group == Some(group) && place.base == entry.standing() {
                break;
            }
            of.pop();
        }
    }

    /// Returns the group of a key.
    fn group(&mut self, key: &Key) -> usize {
        let list = key.list();
        if let Some(group) = self.with_key.find(&list) {
            return group;
        }
        self.looks += self.channels as u64;
        let mut ranks = vec![None; self.channels];
        for there in &key.slots {
            let best: &mut Option<u8> = &mut ranks[there.slot % self.channels];
            *best = Some(best.map_or(there.rank, |best| best.min(there.rank)));
        }
        let new = Group { key: key.clone(), ranks, ..Group::default() };
        // Looked up once a seat has joined it.
        let behind = if self.mixed && !key.behind { MEMORY } else { i64::MAX };
        let front = Front { seat: Seat::new(0), load: 0, standing: 0, granted: 0, behind };
        let group = self.free.pop().unwrap_or(self.groups.len());
        if group < self.groups.len() {
            (self.groups[group], self.fronts[group]) = (new, front);
        } else {
            self.groups.push(new);
            self.fronts.push(front);
        }
        for &there in &key.slots {
            let groups = &mut self.slots[there.slot];
            self.looks += groups.len() as u64 / MOVED;
            groups.insert(groups.partition_point(|&(other, _)| other < group), (group, there));
        }
        self.with_key.insert(list, group);
        group
    }

    /// Counts a seat that joins a group, or leaves it. A group that its last seat leaves is no more.
    fn count(&mut self, group: usize, joins: bool) {
        let size = &mut self.groups[group].size;
        *size = size.strict_add_signed(if joins { 1 } else { -1 });
        if *size > 0 {
            return;
        }
        let Group { key, .. } = mem::take(&mut self.groups[group]);
        self.with_key.remove(&key.list());
        for InSlot { slot, .. } in key.slots {
            let groups = &mut self.slots[slot];
            self.looks += groups.len() as u64 / MOVED;
            groups.remove(groups.partition_point(|&(other, _)| other < group));
        }
        self.free.push(group);
    }
}
