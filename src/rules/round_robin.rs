//! `round_robin`: the share owed.
//!
//! Everybody at work is owed their share of each conversation, the candidate to whom most is owed
//! takes it and pays the shares of all: the fair-share rule of the carpool problem (Fagin and Williams
//! 1983; Ajtai et al. 1998). Where the pool stands still it is smooth weighted round robin.
//!
//! Who is at work but no candidate, since the conversation comes for another team of the rotation or they
//! lost it before, is owed up to [`MEMORY`]: what people can make good in a while is where the memory of a rotation ends.

use super::pool::{InSlot, Key, Pool};
use super::sets::{Sets, Shared, State};
use super::view::{Granted, View};
use crate::desk::Seat;
use crate::ids::parts;
use alloc::vec::Vec;

/// One conversation in the unit of `owed`: the least common multiple of 1 to 24, so that equal
/// shares among up to 24 are exact.
pub(super) const ONE: i64 = 5_354_228_880;

/// How much a rotation remembers: 8 conversations.
pub(super) const MEMORY: i64 = 8 * ONE;

/// Returns whether so much is owed to somebody that the rotation remembers no more.
pub(super) const fn behind(owed: i64) -> bool {
    owed >= MEMORY
}

/// Returns the candidate of a view to whom most is owed, who pays, and the set that shared.
///
/// `chosen` is the group of the candidate, where it is known, and `seats_left` for how many seats the sets may still name.
pub(super) fn pick(
    pool: &mut Pool,
    view: &mut View,
    chosen: Option<usize>,
    number: usize,
    sets: &mut Sets,
    seats_left: &mut usize,
) -> Option<(Seat, u32)> {
    if view.all {
        let set = view.set.unwrap_or_else(|| {
            let state = state(pool, view, Shared::AtWork);
            sets.shared(pool, number, state, &view.candidates, seats_left)
        });
        view.set = Some(set);
        let first = pool.grant_all(&view.candidates)?;
        let seat = pool.pay(first, view.granted.sum);
        if pool.mixed {
            let reached = pool.reached(&view.candidates);
            remember_all(pool, seat, reached);
        }
        return Some((seat, set));
    }
    let first = chosen.or_else(|| pool.first(&view.candidates))?;
    // Who is far ahead takes it from those who might have, and from nobody else.
    let ahead = pool.top(first)?.1 <= -MEMORY;
    let candidates;
    let granted = if ahead {
        candidates = Granted::among(pool, &view.candidates);
        &candidates
    } else {
        &view.granted
    };
    let set = view.set.filter(|_| !ahead).unwrap_or_else(|| {
        let why = if ahead { Shared::Candidates } else { Shared::AtWork };
        sets.shared(pool, number, state(pool, view, why), &granted.groups, seats_left)
    });
    view.set = (!ahead).then_some(set);
    let reached = pool.grant(&granted.groups);
    let seat = pool.pay(first, granted.sum);
    remember_all(pool, seat, reached);
    Some((seat, set))
}

/// Returns the candidates on whom it depends who shares in a pick, beside the first, to whom so much is owed.
pub(super) fn doubted(pool: &mut Pool, view: &View, owed: i64) -> Vec<Seat> {
    let all = view.candidates.iter().map(|&(group, _)| group);
    let groups: Vec<_> = if owed <= -MEMORY { all.collect() } else { view.behind.clone() };
    let mut seats = Vec::new();
    for group in groups {
        seats.extend(pool.seats_of(group).map(|seat| seat.place() as u64));
    }
    seats.sort_unstable();
    seats.dedup();
    seats.into_iter().map(|seat| Seat::new(parts(seat)[1] as usize)).collect()
}

/// Lets a preferred candidate take a conversation, who pays, and returns the set that shared.
pub(super) fn prefer(
    pool: &mut Pool,
    seat: Seat,
    there: InSlot,
    (number, channel): (usize, usize),
    sets: &mut Sets,
    seats_left: &mut usize,
) -> u32 {
    // What they are granted alone is what they pay.
    if pool.standing(seat) <= -MEMORY {
        return sets.alone(number, seat, seats_left);
    }
    if pool.key(seat).is_some_and(|key| key.behind) {
        remember(pool, seat, false);
    }
    let granted = Granted::for_preferred(pool, channel, there.rank);
    let state = State { rank: there.rank, why: Shared::Preferred, moves: pool.moves().len(), elsewhere: 0 };
    let set = sets.shared(pool, number, state, &granted.groups, seats_left);
    let reached = pool.grant(&granted.groups);
    pool.lower(seat, granted.sum);
    remember_all(pool, seat, reached);
    if behind(pool.standing(seat)) {
        remember(pool, seat, true);
    }
    set
}

fn state(pool: &Pool, view: &View, why: Shared) -> State {
    State { rank: view.rank, why, moves: pool.moves().len(), elsewhere: view.absent }
}

/// Returns the product of a weight, [`ONE`] or a share with a weight or with how many seats or conversations there are.
///
/// It is far below what overflows, and a product that is checked is some eighty instructions of WebAssembly.
pub(super) const fn product(a: i64, b: i64) -> i64 {
    a.wrapping_mul(b)
}

/// Notes who is behind by now, of the groups whose first was once something was granted, and whether the taker no longer is.
fn remember_all(pool: &mut Pool, taker: Seat, reached: Vec<usize>) {
    for group in reached {
        while let Some((seat, _)) = pool.top(group).filter(|&(_, owed)| behind(owed)) {
            remember(pool, seat, true);
        }
    }
    if pool.key(taker).is_some_and(|key| key.behind) && !behind(pool.standing(taker)) {
        remember(pool, taker, false);
    }
}

fn remember(pool: &mut Pool, seat: Seat, behind: bool) {
    let key = pool.key(seat).expect("who is granted or pays may be picked").clone();
    pool.shift(seat, Some(Key { behind, ..key }));
}
