//! `round_robin`: the share owed.
//!
//! Everybody at work is owed their share of each conversation, the candidate to whom most is owed
//! takes it and pays the shares of all: the fair-share rule of the carpool problem (Fagin and Williams
//! 1983; Ajtai et al. 1998). Where the pool stands still it is smooth weighted round robin.
//!
//! Who is at work but no candidate, since the conversation comes for another team of the rotation or they
//! lost it before, is owed up to [`MEMORY`]: what people can make good in a while is where the memory of a rotation ends.

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
    ranks: Vec<Ranks>,
    shares: Shares,
    pub(super) sets: Sets,
}

/// What ranks the candidates of a lane, by the place of their group there.
#[derive(Clone, Default)]
struct Ranks {
    /// How many moves the pool had seen; from the next one on they are others.
    moves: Option<usize>,
    /// What each would be granted if all shared.
    ranks: Vec<i64>,
    /// Where all are candidates: what all of them are granted, and the set that they are. What ranks them is
    /// what each is granted then.
    all: Option<(i64, u32)>,
}

/// Who shares in the picks that are alike.
#[derive(Default)]
struct Shares {
    /// As in [`Ranks`].
    moves: Option<usize>,
    /// The lane of these picks; `None` where nobody is behind, so that all lanes share alike.
    lane: Option<usize>,
    granted: Granted,
}

/// The groups that share in a pick, and what each of their seats is granted.
#[derive(Default)]
pub(super) struct Granted {
    pub(super) groups: Vec<(usize, i64)>,
    /// All of it, which one pays.
    sum: i64,
}

impl Ledger {
    pub(super) fn new(lanes: usize) -> Self {
        Self { ranks: vec![Ranks::default(); lanes], shares: Shares::default(), sets: Sets::new(lanes) }
    }

    /// Returns the candidate of a lane to whom most is owed, who pays, and the set that shared.
    ///
    /// `seats_left` is for how many seats the sets may still name.
    pub(super) fn pick(
        &mut self,
        pool: &mut Pool,
        lane: usize,
        seats_left: &mut usize,
    ) -> Option<(Seat, u32)> {
        if pool.size(lane) == 0 {
            return None;
        }
        let Self { ranks, shares, sets } = self;
        let ranks = &mut ranks[lane];
        let moves = Some(pool.moves().len());
        if ranks.moves != moves {
            let total = pool.total_weight();
            ranks.ranks.clear();
            ranks.ranks.extend(pool.weights(lane).map(|weight| product(ONE, weight) / total));
            (ranks.moves, ranks.all) = (moves, None);
            pool.looks += ranks.ranks.len() as u64;
        }
        if let Some((sum, set)) = ranks.all {
            let first = pool.grant_all(lane, &ranks.ranks)?;
            pool.pay(first, sum);
            return Some((first.seat, set));
        }
        if shares.moves != moves || shares.lane.is_some_and(|other| other != lane) {
            *shares = Shares::of(pool, lane);
        }
        if pool.lane_groups(lane) == pool.live_groups() {
            let set = sets.shared(pool, lane, false, &shares.granted, seats_left);
            let first = pool.grant_all(lane, &ranks.ranks)?;
            pay(pool, first, &shares.granted);
            // In a rotation of several teams somebody may come to be behind by the next pick.
            ranks.all = (pool.lanes() == 1).then_some((shares.granted.sum, set));
            return Some((first.seat, set));
        }
        let first = pool.first(lane, ranks.ranks.iter().copied())?;
        // Who is far ahead takes it from those who might have, and from nobody else.
        let ahead = first.standing <= -MEMORY;
        let candidates;
        let granted = if ahead {
            candidates = Granted::to(pool, |key| key.in_lane(lane));
            &candidates
        } else {
            &shares.granted
        };
        let set = sets.shared(pool, lane, ahead, granted, seats_left);
        pool.looks += granted.groups.len() as u64;
        for &(group, share) in &granted.groups {
            pool.grant(group, share);
        }
        pay(pool, first, granted);
        Some((first.seat, set))
    }
}

impl Shares {
    fn of(pool: &mut Pool, lane: usize) -> Self {
        let granted = Granted::to(pool, |key| !key.behind || key.in_lane(lane));
        let somebody_behind = pool.groups().any(|group| pool.group_key(group).behind);
        Self { moves: Some(pool.moves().len()), lane: somebody_behind.then_some(lane), granted }
    }
}

impl Granted {
    /// Cuts one conversation by weight among the seats whose group shares.
    fn to(pool: &mut Pool, shares: impl Fn(&Key) -> bool) -> Self {
        pool.looks += pool.count_groups() as u64;
        let weight = |group: usize| i64::from(pool.group_key(group).weight);
        let size = |group: usize| pool.group_size(group).cast_signed() as i64;
        let among = pool.groups().filter(|&group| shares(pool.group_key(group)));
        let mut groups: Vec<_> = among.map(|group| (group, weight(group))).collect();
        let total: i64 = groups.iter().map(|&(group, weight)| product(weight, size(group))).sum();
        let mut sum = 0;
        for (group, share) in &mut groups {
            *share = product(ONE, *share) / total;
            sum += product(*share, size(*group));
        }
        Self { groups, sum }
    }
}

/// Returns the product of a weight, [`ONE`] or a share with a weight or with how many seats or conversations there are.
///
/// It is far below what overflows, and a product that is checked is some eighty instructions of WebAssembly.
pub(super) const fn product(a: i64, b: i64) -> i64 {
    a.wrapping_mul(b)
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
