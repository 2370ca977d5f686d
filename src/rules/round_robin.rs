//! `round_robin`: the share owed.
//!
//! Everybody who may take a conversation is owed their share of it, whoever is owed the most takes
//! it and pays the shares of all: the fair-share rule of the carpool problem (Fagin and Williams
//! 1983; Ajtai et al. 1998). Where the pool stands still it is smooth weighted round robin.

use super::newcomers::join;
use crate::desk::Member;
use alloc::{vec, vec::Vec};

/// One conversation in the unit of `owed`: the least common multiple of 1 to 24, so that equal
/// shares among up to 24 are exact.
pub(super) const ONE: i64 = 5_354_228_880;

/// Opens the rotation from the turns of the cursor: whose turn follows whose, and what each is owed.
pub(super) fn open(
    mut turns: Vec<(usize, i64)>,
    lost: &[usize],
    members: &[Member],
    shuffle: Option<u64>,
) -> Vec<(usize, i64)> {
    level(&mut turns);
    join(&mut turns, members.len(), 0..members.len(), shuffle);
    give_back(&mut turns, lost, members);
    turns
}

/// Takes what is owed in sum from all alike, so that the sum is 0 again after somebody is gone.
fn level(turns: &mut [(usize, i64)]) {
    let sum: i128 = turns.iter().map(|&(_, owed)| i128::from(owed)).sum();
    let count = turns.len().max(1) as i128;
    let each = i64::try_from(sum.div_euclid(count)).expect("a mean is between the smallest and the largest");
    let rest = sum.rem_euclid(count);
    for ((_, owed), place) in turns.iter_mut().zip(0..) {
        *owed -= each + i64::from(place < rest);
    }
}

/// Undoes the picks whose decision was lost, as if all members had been candidates for each.
fn give_back(turns: &mut [(usize, i64)], lost: &[usize], members: &[Member]) {
    let mut claims = vec![0; members.len()];
    for &member in lost.iter().filter(|&&member| members[member].weight > 0) {
        claims[member] += 1;
    }
    let count: i64 = claims.iter().sum();
    if count > 0 {
        let total: i64 = members.iter().map(|member| i64::from(member.weight)).sum();
        let share = |member: usize| ONE * i64::from(members[member].weight) / total;
        let sum: i64 = (0..members.len()).map(share).sum();
        for (member, owed) in turns {
            *owed += claims[*member] * sum - count * share(*member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pool::{Candidate, Grant, Pool};
    use super::*;
    use crate::desk::Seat;

    fn levelled(owed: &[i64]) -> Vec<i64> {
        let mut turns: Vec<_> = owed.iter().copied().enumerate().collect();
        level(&mut turns);
        turns.into_iter().map(|(_, owed)| owed).collect()
    }

    #[test]
    fn levelling_rounds_down_and_takes_the_rest_from_the_first() {
        assert_eq!(levelled(&[5, 0, 0]), [3, -2, -1]);
        assert_eq!(levelled(&[-5, 0, 0]), [-4, 2, 2]);
        assert_eq!(levelled(&[7]), [0]);
        assert!(levelled(&[]).is_empty());
    }

    #[test]
    fn levelling_survives_the_largest_numbers_of_the_wire() {
        let most = (1 << 53) - 1;
        assert_eq!(levelled(&[most, most]), [0, 0]);
        assert_eq!(levelled(&[most, -most, -most]).iter().sum::<i64>(), 0);
    }

    #[test]
    fn what_all_are_granted_is_what_one_pays() {
        let seats = [5, 3, 2].map(|weight| (0, Some(Candidate { weight, load: 0 })));
        let mut pool = Pool::new(Grant::PartsOf(ONE), false, seats.into_iter());
        let picks: Vec<_> = (0..10).filter_map(|_| pool.pick(|_| 0)).map(Seat::place).collect();
        assert_eq!(picks, [0, 1, 2, 0, 0, 1, 0, 2, 1, 0]);
        assert_eq!([0, 1, 2].map(|seat| pool.owed(Seat::new(seat))), [0; 3]);
    }
}
