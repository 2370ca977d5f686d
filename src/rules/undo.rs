//! Lost claims give their turns back: the seats that shared in the pick lose what they were granted,
//! and the one who was to take the conversation gets it all.
//!
//! The sets of a cursor are differences from each other, so they are a forest. One walk through it,
//! with a running sum for each weight, undoes every pick: what a seat loses is what the sum of its weight
//! has grown by while the seat was inside.

use super::round_robin::{ONE, product};
use crate::snapshot::{MAX_WEIGHT, SeatSet};
use alloc::{vec, vec::Vec};

/// A lost claim: the seat of the agent, and the place of the set that shared.
pub(super) type Claim = (usize, usize);

/// Undoes the picks of `claims` in `owed`, seat by seat.
///
/// `weights` are those of now, and `seat_of` is the seat of each of the cursor's turns, if it is still
/// there. A claim whose set is not among `sets` is undone among the seats `at_work`.
pub(super) fn undo(
    owed: &mut [i64],
    weights: &[u32],
    sets: &[SeatSet],
    seat_of: &[Option<usize>],
    claims: &[Claim],
    at_work: impl Iterator<Item = usize>,
) {
    let mut count = vec![0; sets.len() + 1];
    for &(_, set) in claims {
        count[set.min(sets.len())] += 1;
    }
    let mut walk = Walk::new(owed, weights);
    let mut paid = vec![0; sets.len() + 1];
    let mut children = vec![Vec::new(); sets.len()];
    let mut ahead: Vec<Step> = Vec::new();
    for (set, record) in sets.iter().enumerate().rev() {
        match record.from {
            Some(from) => children[from as usize].push(set),
            None => ahead.push(Step::Into(set)),
        }
    }
    while let Some(step) = ahead.pop() {
        let (Step::Into(set) | Step::Back(set)) = step;
        walk.change(sets[set].seats.iter().filter_map(|&place| seat_of[place as usize]));
        if let Step::Into(set) = step {
            paid[set] = walk.undo(count[set]);
            ahead.push(Step::Back(set));
            ahead.extend(children[set].drain(..).map(Step::Into));
        }
    }
    if count[sets.len()] > 0 {
        walk.change(at_work);
        paid[sets.len()] = walk.undo(count[sets.len()]);
    }
    walk.end();
    for &(seat, set) in claims {
        owed[seat] += paid[set.min(sets.len())];
    }
}

enum Step {
    Into(usize),
    /// Out of it again, into the one it differs from.
    Back(usize),
}

struct Walk<'o> {
    owed: &'o mut [i64],
    /// The different weights, ascending, and how many seats inside have each.
    weights: Vec<(u32, i64)>,
    /// The weights of all seats inside together.
    total: i64,
    /// What one seat of each weight has lost so far.
    lost: Vec<i64>,
    /// The place of each seat's weight in `weights`.
    weight_of: Vec<usize>,
    /// What its weight had lost when the seat joined; `None` for one that is not inside.
    joined: Vec<Option<i64>>,
}

impl<'o> Walk<'o> {
    fn new(owed: &'o mut [i64], weights: &[u32]) -> Self {
        let mut there = vec![false; MAX_WEIGHT as usize + 1];
        for &weight in weights {
            there[weight as usize] = true;
        }
        let different: Vec<u32> = (0..=MAX_WEIGHT).filter(|&weight| there[weight as usize]).collect();
        let place =
            |weight: &u32| different.binary_search(weight).expect("every weight is among the different ones");
        Self {
            weight_of: weights.iter().map(place).collect(),
            joined: vec![None; owed.len()],
            lost: vec![0; different.len()],
            weights: different.into_iter().map(|weight| (weight, 0)).collect(),
            total: 0,
            owed,
        }
    }

    /// Lets seats in that are outside, and out that are inside.
    fn change(&mut self, seats: impl Iterator<Item = usize>) {
        for seat in seats {
            let weight = self.weight_of[seat];
            let (of, seats) = &mut self.weights[weight];
            if let Some(before) = self.joined[seat].take() {
                self.owed[seat] -= self.lost[weight] - before;
                *seats -= 1;
                self.total -= i64::from(*of);
            } else {
                self.joined[seat] = Some(self.lost[weight]);
                *seats += 1;
                self.total += i64::from(*of);
            }
        }
    }

    /// Takes from everybody inside what so many picks have granted them, and returns what one pick granted to all.
    fn undo(&mut self, picks: i64) -> i64 {
        // A set that no claim names costs nothing, however many weights there are.
        if picks == 0 {
            return 0;
        }
        let mut sum = 0;
        for (&(weight, seats), lost) in self.weights.iter().zip(&mut self.lost) {
            if seats > 0 && weight > 0 {
                let share = product(ONE, i64::from(weight)) / self.total;
                *lost += product(share, picks);
                sum += product(share, seats);
            }
        }
        sum
    }

    /// Lets everybody out who is still inside.
    fn end(mut self) {
        let inside: Vec<_> = (0..self.joined.len()).filter(|&seat| self.joined[seat].is_some()).collect();
        self.change(inside.into_iter());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIRD: i64 = ONE / 3;
    const HALF: i64 = ONE / 2;

    fn set(from: Option<u32>, seats: &[u32]) -> SeatSet {
        SeatSet { from, seats: seats.to_vec() }
    }

    fn undone(sets: &[SeatSet], seat_of: &[Option<usize>], claims: &[Claim]) -> [i64; 3] {
        let mut owed = [0; 3];
        undo(&mut owed, &[1; 3], sets, seat_of, claims, [0, 2].into_iter());
        owed
    }

    const ALL: &[Option<usize>] = &[Some(0), Some(1), Some(2)];

    #[test]
    fn each_claim_is_undone_over_its_own_set() {
        let sets = [set(None, &[0, 1, 2]), set(Some(0), &[1]), set(Some(0), &[2]), set(Some(1), &[1])];
        assert_eq!(undone(&sets, ALL, &[(1, 0)]), [-THIRD, 2 * THIRD, -THIRD]);
        assert_eq!(undone(&sets, ALL, &[(2, 1)]), [-HALF, 0, HALF]);
        assert_eq!(undone(&sets, ALL, &[(0, 2)]), [HALF, -HALF, 0]);
        assert_eq!(undone(&sets, ALL, &[(0, 3)]), undone(&sets, ALL, &[(0, 0)]));
        let both = [-THIRD - HALF, 2 * THIRD, -THIRD + HALF];
        assert_eq!(undone(&sets, ALL, &[(2, 1), (1, 0)]), both);
    }

    #[test]
    fn a_set_that_is_not_there_is_undone_among_those_at_work() {
        assert_eq!(undone(&[], ALL, &[(0, 0)]), [HALF, 0, -HALF]);
        assert_eq!(undone(&[set(None, &[1])], ALL, &[(0, 7)]), [HALF, 0, -HALF]);
    }

    #[test]
    fn those_who_are_left_share_for_whom_is_gone() {
        let sets = [set(None, &[0, 1, 2])];
        assert_eq!(undone(&sets, &[Some(0), None, Some(1)], &[(1, 0)]), [-HALF, HALF, 0]);
        assert_eq!(undone(&sets, &[None, None, None], &[(1, 0)]), [0; 3]);
    }

    #[test]
    fn what_is_undone_sums_to_nothing() {
        let sets = [set(None, &[]), set(Some(0), &[1, 2]), set(Some(1), &[0, 1, 2]), set(None, &[2])];
        let owed = undone(&sets, ALL, &[(0, 1), (1, 2), (2, 0), (2, 2), (1, 3)]);
        assert_eq!((owed, owed.iter().sum()), ([-ONE, ONE + HALF, -HALF], 0));
    }
}
