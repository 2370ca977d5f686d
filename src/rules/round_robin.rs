//! `round_robin`: the share owed.
//!
//! Everybody at work is owed their share of each conversation, the candidate to whom most is owed
//! takes it and pays the shares of all: the fair-share rule of the carpool problem (Fagin and Williams
//! 1983; Ajtai et al. 1998). Where the pool stands still it is smooth weighted round robin.
//!
//! Who is at work but no candidate, since the conversation comes for another team of the rotation, is
//! owed up to [`MEMORY`]: what people can make good in a while is where the memory of a rotation ends.

use super::pool::{First, Key, Pool};
use super::sets::Sets;
use crate::desk::Seat;
use alloc::{vec, vec::Vec};

/// One conversation in the unit of `owed`: the least common multiple of 1 to 24, so that equal
/// shares among up to 24 are exact.
pub(super) const ONE: i64 = 5_354_228_880;

/// How much a rotation remembers: 8 conversations.
const MEMORY: i64 = 8 * ONE;

/// Returns whether so much is owed to somebody that the rotation remembers no more.
pub(super) const fn behind(owed: i64) -> bool {
    owed >= MEMORY
}

/// What a rotation of this rule keeps beside its pool.
pub(super) struct Ledger {
    /// By lane: the shares of the picks that are alike.
    shares: Vec<Shares>,
    pub(super) sets: Sets,
}

#[derive(Clone, Default)]
struct Shares {
    /// How many moves the pool had seen; from the next one on the shares are others.
    moves: Option<usize>,
    /// What ranks the candidates, by the place of their group in the lane.
    rank: Vec<i64>,
    /// Whether the candidates are all that share, so that what ranks them is what they are granted.
    alone: bool,
    granted: Granted,
}

/// The groups that share in a pick, and what each of their seats is granted.
#[derive(Clone, Default)]
pub(super) struct Granted {
    pub(super) groups: Vec<(usize, i64)>,
    /// All of it, which one pays.
    sum: i64,
}

impl Ledger {
    pub(super) fn new(lanes: usize) -> Self {
        Self { shares: vec![Shares::default(); lanes], sets: Sets::new(lanes) }
    }

    /// Returns the candidate of a lane to whom most is owed, who pays, and the set that shared.
    ///
    /// `room` is for how many seats the sets may still name.
    pub(super) fn pick(&mut self, pool: &mut Pool, lane: usize, room: &mut usize) -> Option<(Seat, u32)> {
        if pool.size(lane) == 0 {
            return None;
        }
        let shares = &mut self.shares[lane];
        if shares.moves != Some(pool.moves().len()) {
            *shares = Shares::of(pool, lane);
        }
        if shares.alone {
            let set = self.sets.shared(pool, lane, false, &shares.granted, room);
            let first = pool.grant_all(lane, &shares.rank)?;
            pay(pool, first, &shares.granted);
            return Some((first.seat, set));
        }
        let first = pool.first(lane, shares.rank.iter().copied())?;
        // Who is far ahead takes it from those who might have, and from nobody else.
        let ahead = first.standing <= -MEMORY;
        let candidates;
        let granted = if ahead {
            candidates = Granted::to(pool, |key| key.in_lane(lane));
            &candidates
        } else {
            &shares.granted
        };
        let set = self.sets.shared(pool, lane, ahead, granted, room);
        for &(group, share) in &granted.groups {
            pool.grant(group, share);
        }
        pay(pool, first, granted);
        Some((first.seat, set))
    }
}

impl Shares {
    fn of(pool: &mut Pool, lane: usize) -> Self {
        let total = pool.weight();
        let rank = pool.weights(lane).map(|weight| ONE * weight / total).collect();
        let granted = Granted::to(pool, |key| !key.behind || key.in_lane(lane));
        let alone = pool.groups().all(|group| pool.group_key(group).in_lane(lane));
        Self { moves: Some(pool.moves().len()), rank, alone, granted }
    }
}

impl Granted {
    /// Cuts one conversation by weight among the seats whose group shares.
    fn to(pool: &mut Pool, shares: impl Fn(&Key) -> bool) -> Self {
        pool.looks += pool.count_groups() as u64;
        let weight = |group: usize| i64::from(pool.group_key(group).weight);
        let among: Vec<_> = pool
            .groups()
            .filter(|&group| shares(pool.group_key(group)))
            .map(|group| (group, pool.group_size(group).cast_signed() as i64))
            .collect();
        let total: i64 = among.iter().map(|&(group, size)| weight(group) * size).sum();
        let share = |group| ONE * weight(group) / total;
        let sum = among.iter().map(|&(group, size)| share(group) * size).sum();
        Self { groups: among.into_iter().map(|(group, _)| (group, share(group))).collect(), sum }
    }
}

/// Lets the first pay what was granted, and notes who is behind by now and who no longer.
fn pay(pool: &mut Pool, first: First, granted: &Granted) {
    pool.pay(first, granted.sum);
    // Where there is one team, only who is withheld can be no candidate, and is looked at then.
    if pool.lanes() == 1 {
        return;
    }
    pool.looks += granted.groups.len() as u64;
    let reached =
        granted.groups.iter().map(|&(group, _)| group).filter(|&group| is_first_behind(pool, group));
    for group in reached.collect::<Vec<_>>() {
        while is_first_behind(pool, group) {
            let seat = pool.top(group).expect("a group that is behind has a first").0;
            remember(pool, seat, true);
        }
    }
    if pool.key(first.seat).is_some_and(|key| key.behind) && !behind(pool.standing(first.seat)) {
        remember(pool, first.seat, false);
    }
}

/// Returns whether the first of a group that was not behind is by now.
fn is_first_behind(pool: &Pool, group: usize) -> bool {
    pool.top(group).is_some_and(|(_, owed)| behind(owed)) && !pool.group_key(group).behind
}

fn remember(pool: &mut Pool, seat: Seat, behind: bool) {
    let key = pool.key(seat).expect("who is granted or pays may be picked").clone();
    pool.shift(seat, Some(Key { behind, ..key }));
}
