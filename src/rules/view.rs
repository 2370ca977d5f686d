//! What a class sees of a pool when a team is asked: who are its candidates, and who shares in a pick.
//!
//! It holds until somebody moves from one group to another, and is then made anew once it is asked for.

use super::pool::{InSlot, Key, Pool};
use super::round_robin::{ONE, product};
use crate::desk::{Ask, Seat};
use crate::snapshot::Rule;
use alloc::vec::Vec;

/// The most groups that are remembered in the views of a call: there may be millions of classes.
const MOST_ENTRIES: usize = 4_000_000;

/// What is asked of a rotation.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) ask: &'a Ask,
    /// Which profiles know what is needed, one bit each; `None` for all.
    pub(crate) qualified: Option<&'a [u64]>,
}

impl Asked<'_> {
    /// Returns how seats of a key may be asked, if they know what is needed.
    pub(super) fn of(&self, key: &Key) -> Option<InSlot> {
        key.in_slot(self.ask.slot).filter(|_| self.qualifies(key.profile))
    }

    fn qualifies(&self, profile: usize) -> bool {
        self.qualified.is_none_or(|bits| bits[profile / 64] >> (profile % 64) & 1 == 1)
    }
}

#[derive(Clone, Default)]
pub(super) struct View {
    /// How many moves the pool had seen; from the next one on it is another. `None`: it is not made yet.
    moves: Option<usize>,
    /// The best rank of those who may be asked.
    pub(super) rank: u8,
    /// The groups of that rank, and what counts for each beside how its first stands: under `round_robin` what each
    /// of its seats would be granted if all at work shared, under the legacy rules its weight, else nothing.
    pub(super) candidates: Vec<(usize, i64)>,
    /// The weight of each candidate in the team, under `least_loaded`.
    pub(super) weights: Vec<(usize, u32)>,
    /// How many seats are candidates.
    pub(super) size: usize,
    /// How many are known to be needed elsewhere.
    pub(super) absent: usize,
    /// How many more would be, of the rank or a better one, were they not needed elsewhere.
    pub(super) elsewhere: usize,
    /// Where there are such: the candidates and they, of the best rank of all, as above.
    pub(super) rivals: Vec<(usize, i64)>,
    pub(super) rival_weights: Vec<(usize, u32)>,
    /// The candidates to whom as much is owed as a rotation remembers, under `round_robin`.
    pub(super) behind: Vec<usize>,
    /// Who shares in a pick of `round_robin`.
    pub(super) granted: Granted,
    /// The set that they are, once there was a pick.
    pub(super) set: Option<u32>,
    /// Whether the candidates are all at work: what ranks each is what it is granted.
    pub(super) all: bool,
}

/// The groups that share in a pick, and what each of their seats is granted.
#[derive(Clone, Default)]
pub(super) struct Granted {
    pub(super) groups: Vec<(usize, i64)>,
    /// All of it, which one pays.
    pub(super) sum: i64,
}

impl View {
    /// Brings it up to date. `entries` is how many groups all views remember.
    fn refresh(
        &mut self,
        pool: &mut Pool,
        asked: Asked<'_>,
        rule: Rule,
        (absent, at_work): (&[Seat], &mut AtWork),
        entries: &mut usize,
    ) {
        *entries -= self.entries();
        self.moves = Some(pool.moves().len());
        self.absent = absent.len();
        self.set = None;
        self.candidates.clear();
        self.weights.clear();
        let mut rank = u8::MAX;
        self.size = 0;
        let mut looks = 0;
        let mut elsewhere = Vec::new();
        for (group, there) in pool.in_slot(asked.ask.slot) {
            looks += 1;
            let key = pool.group_key(group);
            if there.rank > rank || key.apart || !asked.qualifies(key.profile) {
                continue;
            }
            if key.alone.is_some_and(|seat| absent.binary_search(&seat).is_ok()) {
                looks += 1;
                elsewhere.push((group, there));
                continue;
            }
            if there.rank < rank {
                rank = there.rank;
                self.size = 0;
                self.candidates.clear();
                self.weights.clear();
            }
            self.size += pool.group_size(group);
            match rule {
                Rule::LeastLoaded => self.weights.push((group, there.weight)),
                Rule::LeastRecent => self.candidates.push((group, 0)),
                _ => self.candidates.push((group, i64::from(key.weight))),
            }
        }
        pool.looks += looks;
        self.rank = rank;
        if rule == Rule::RoundRobin && self.size > 0 {
            let at_work = at_work.of(pool, asked.ask.channel, rank);
            self.share(pool, at_work);
            self.behind.clear();
            let candidates = self.candidates.iter().map(|&(group, _)| group);
            self.behind.extend(candidates.filter(|&group| pool.group_key(group).behind));
        }
        self.rival(pool, rule, elsewhere, |pool, rank| at_work.of(pool, asked.ask.channel, rank).total);
        *entries += self.entries();
    }

    /// Notes who would be candidates, were nobody needed elsewhere.
    ///
    /// `total` returns the sum of the weights of all at work of a rank or a better one.
    fn rival(
        &mut self,
        pool: &mut Pool,
        rule: Rule,
        mut elsewhere: Vec<(usize, InSlot)>,
        total: impl FnOnce(&mut Pool, u8) -> i64,
    ) {
        self.rivals.clear();
        self.rival_weights.clear();
        elsewhere.retain(|(_, there)| there.rank <= self.rank);
        self.elsewhere = elsewhere.iter().map(|&(group, _)| pool.group_size(group)).sum();
        let Some(best) = elsewhere.iter().map(|(_, there)| there.rank).min() else { return };
        elsewhere.retain(|(_, there)| there.rank == best);
        let weight = |&(group, _): &(usize, InSlot)| (group, i64::from(pool.group_key(group).weight));
        match rule {
            Rule::LeastLoaded => {
                self.rival_weights.extend(elsewhere.iter().map(|&(group, there)| (group, there.weight)));
                self.rival_weights.extend(self.weights.iter().filter(|_| best == self.rank));
                return;
            }
            Rule::LeastRecent => self.rivals.extend(elsewhere.iter().map(|&(group, _)| (group, 0))),
            _ => {
                self.rivals.extend(elsewhere.iter().map(weight));
                let total = total(pool, best);
                by_share(&mut self.rivals, total);
            }
        }
        self.rivals.extend(self.candidates.iter().filter(|_| best == self.rank));
    }

    /// Notes who shares in a pick at a rank, and what ranks the candidates, of whom the weights stand there.
    fn share(&mut self, pool: &mut Pool, at_work: &AtWork) {
        let Self { candidates, granted, .. } = self;
        self.all = candidates.len() == at_work.groups.len();
        by_share(candidates, at_work.total);
        if self.all {
            granted.sum = candidates.iter().map(|&(group, share)| product(share, pool.seats_in(group))).sum();
            granted.groups.clear();
            return;
        }
        // Both ascend.
        let mut asked = candidates.iter().peekable();
        pool.looks += at_work.groups.len() as u64;
        granted.groups.clear();
        granted.groups.extend(at_work.groups.iter().copied().filter(|&(group, _)| {
            let candidate = asked.next_if(|candidate| candidate.0 == group).is_some();
            candidate || !pool.group_key(group).behind
        }));
        granted.cut(pool);
    }

    /// Returns for how many groups it has memory.
    fn entries(&self) -> usize {
        let rivals = self.rivals.capacity() + self.rival_weights.capacity() + self.behind.capacity();
        self.candidates.capacity() + self.weights.capacity() + self.granted.groups.capacity() + rivals
    }
}

/// Puts in the place of each weight the share that it has of one conversation.
fn by_share(weights: &mut [(usize, i64)], total: i64) {
    let mut last = (0, 0);
    for (_, part) in weights {
        if last.0 != *part {
            last = (*part, product(ONE, *part) / total);
        }
        *part = last.1;
    }
}

impl Granted {
    /// Cuts one conversation by weight among the seats of the groups, whose weights stand there.
    fn cut(&mut self, pool: &Pool) {
        let seats = |group: usize| pool.seats_in(group);
        let total: i64 = self.groups.iter().map(|&(group, weight)| product(weight, seats(group))).sum();
        by_share(&mut self.groups, total);
        self.sum = self.groups.iter().map(|&(group, part)| product(part, seats(group))).sum();
    }

    /// Cuts one conversation among the candidates alone.
    pub(super) fn among(pool: &mut Pool, candidates: &[(usize, i64)]) -> Self {
        pool.looks += candidates.len() as u64;
        let weight = |&(group, _): &(usize, i64)| (group, i64::from(pool.group_key(group).weight));
        let mut granted = Self { groups: candidates.iter().map(weight).collect(), sum: 0 };
        granted.cut(pool);
        granted
    }

    /// Cuts one conversation among those at work of a rank or a better one to whom less is owed than a rotation remembers.
    pub(super) fn for_preferred(pool: &mut Pool, channel: usize, rank: u8) -> Self {
        let mut at_work = AtWork::default();
        at_work.note(pool, channel, rank);
        let mut granted = Self { groups: at_work.groups, sum: 0 };
        granted.groups.retain(|&(group, _)| !pool.group_key(group).behind);
        granted.cut(pool);
        granted
    }
}

/// Who is at work for a channel, of a rank or a better one: the same for all classes.
#[derive(Default)]
struct AtWork {
    /// For which channel, which rank, and after how many moves.
    of: Option<(usize, u8, usize)>,
    /// Their groups with their weights, ascending.
    groups: Vec<(usize, i64)>,
    /// The sum of the weights of all seats.
    total: i64,
}

impl AtWork {
    /// Brings it up to date.
    fn of(&mut self, pool: &mut Pool, channel: usize, rank: u8) -> &Self {
        if self.of != Some((channel, rank, pool.moves().len())) {
            self.note(pool, channel, rank);
        }
        self
    }

    fn note(&mut self, pool: &mut Pool, channel: usize, rank: u8) {
        self.of = Some((channel, rank, pool.moves().len()));
        self.groups.clear();
        let among = pool.at_work(channel).filter(|&(_, best)| best <= rank);
        self.groups.extend(among.map(|(group, _)| (group, i64::from(pool.group_key(group).weight))));
        pool.looks += pool.count_groups() as u64;
        self.total = self.groups.iter().map(|&(group, weight)| product(weight, pool.seats_in(group))).sum();
    }
}

/// So many channels are told apart at once.
const CHANNELS: usize = 8;

/// The views of a rotation, one for each class and team.
#[derive(Default)]
pub(super) struct Views {
    views: Vec<View>,
    /// Those that remember something.
    made: Vec<usize>,
    /// Those at work, by channel; channels beyond the first few share a place.
    at_work: [AtWork; CHANNELS],
    /// By view, once there is somebody: who is needed elsewhere, ascending.
    elsewhere: Vec<Vec<Seat>>,
}

impl Views {
    pub(super) fn new(count: usize) -> Self {
        Self { views: alloc::vec![View::default(); count], ..Self::default() }
    }

    /// Forgets which set those are who share in a pick, since it is not the last one of the view any more.
    pub(super) fn forget_set(&mut self, view: usize) {
        self.views[view].set = None;
    }

    /// Returns whether somebody is needed elsewhere.
    pub(super) fn is_elsewhere(&self, view: usize, seat: Seat) -> bool {
        self.elsewhere.get(view).is_some_and(|seats| seats.binary_search(&seat).is_ok())
    }

    /// Notes that somebody is needed elsewhere, who has a group of their own.
    pub(super) fn send_elsewhere(&mut self, view: usize, seat: Seat) {
        if self.elsewhere.is_empty() {
            self.elsewhere.resize(self.views.len(), Vec::new());
        }
        let seats = &mut self.elsewhere[view];
        if let Err(at) = seats.binary_search(&seat) {
            seats.insert(at, seat);
        }
        // What it saw is gone.
        self.views[view].moves = self.views[view].moves.map(|_| usize::MAX);
    }

    /// Returns the view of what is asked, up to date.
    pub(super) fn of(
        &mut self,
        pool: &mut Pool,
        asked: Asked<'_>,
        rule: Rule,
        entries: &mut usize,
    ) -> &mut View {
        let number = asked.ask.view;
        if self.views[number].moves != Some(pool.moves().len()) {
            if *entries > MOST_ENTRIES {
                for view in self.made.drain(..) {
                    *entries -= self.views[view].entries();
                    self.views[view] = View::default();
                }
            }
            if self.views[number].moves.is_none() {
                self.made.push(number);
            }
            let absent = self.elsewhere.get(number).map_or(&[][..], Vec::as_slice);
            let at_work = &mut self.at_work[asked.ask.channel % CHANNELS];
            self.views[number].refresh(pool, asked, rule, (absent, at_work), entries);
        }
        &mut self.views[number]
    }
}
