//! Who comes first among members of different weights, while what is owed to each grows by its own share.
//!
//! A kinetic tournament: a tree of matches, each of which knows its winner and until when that one
//! stays ahead. As time goes on only the matches that are over are played again, so that a pick
//! costs O(log² weights) in the long run and not one look at every weight.

use super::least_loaded;
use alloc::{vec, vec::Vec};
use core::cmp::Ordering;

const NEVER: u64 = u64::MAX;

/// Who stands for one weight.
#[derive(Clone, Copy)]
pub(super) struct Contender {
    /// Load and weight under a rule that goes by them; 0 and 1 for everybody under one that does not.
    pub(super) load: u32,
    pub(super) weight: u32,
    /// What is owed to them at time 0.
    pub(super) owed: i64,
    /// By how much that grows from one time to the next.
    pub(super) share: i64,
    /// Their place in the rotation.
    pub(super) place: u32,
}

impl Contender {
    /// Returns whether `self` comes before `other` at `now`, and the first time at which that is over.
    fn meets(&self, other: &Self, now: u64) -> (bool, u64) {
        match least_loaded::compare((self.load, self.weight), (other.load, other.weight)) {
            Ordering::Less => (true, NEVER),
            Ordering::Greater => (false, NEVER),
            Ordering::Equal => {
                let ahead = self.owed_at(now) - other.owed_at(now);
                if ahead > 0 || (ahead == 0 && self.place < other.place) {
                    (true, self.overtaken(other, ahead, now))
                } else {
                    (false, other.overtaken(self, -ahead, now))
                }
            }
        }
    }

    /// Returns when `other`, who is `behind` now, comes first.
    fn overtaken(&self, other: &Self, behind: i64, now: u64) -> u64 {
        let gain = other.share - self.share;
        if gain <= 0 {
            return NEVER;
        }
        let draws_level = behind / gain;
        let waits = behind % gain != 0 || self.place < other.place;
        now + draws_level.cast_unsigned() + u64::from(waits)
    }

    fn owed_at(&self, now: u64) -> i64 {
        self.owed + self.share * now.cast_signed()
    }
}

pub(super) struct Tournament {
    contenders: Vec<Option<Contender>>,
    // INVARIANT: a binary tree from 1 on, the contenders its leaves; 0 is not used.
    matches: Vec<Match>,
}

#[derive(Clone, Copy)]
struct Match {
    winner: Option<usize>,
    /// The first time at which it has to be played again.
    until: u64,
}

impl Tournament {
    /// Opens a tournament with room for so many contenders, none of whom has come yet.
    pub(super) fn new(room: usize) -> Self {
        let room = room.max(1).next_power_of_two();
        let over = Match { winner: None, until: NEVER };
        Self { contenders: vec![None; room], matches: vec![over; 2 * room] }
    }

    /// Lets everybody come anew: one match each, where `enter` for each plays a whole branch.
    pub(super) fn restart(&mut self, contenders: impl Iterator<Item = Option<Contender>>, now: u64) {
        let room = self.contenders.len();
        for (at, contender) in contenders.enumerate() {
            self.contenders[at] = contender;
            self.matches[room + at].winner = contender.map(|_| at);
        }
        for node in (1..room).rev() {
            self.play(node, now);
        }
    }

    /// Lets a contender come, change or go.
    pub(super) fn enter(&mut self, at: usize, contender: Option<Contender>, now: u64) {
        self.contenders[at] = contender;
        let mut node = self.contenders.len() + at;
        self.matches[node].winner = contender.map(|_| at);
        while node > 1 {
            node /= 2;
            self.play(node, now);
        }
    }

    /// Returns who comes first at `now`, which is no earlier than at the last call.
    pub(super) fn first(&mut self, now: u64) -> Option<usize> {
        self.settle(1, now);
        self.matches[1].winner
    }

    /// Plays the matches below a node that are over.
    fn settle(&mut self, node: usize, now: u64) {
        if self.matches[node].until <= now {
            self.settle(2 * node, now);
            self.settle(2 * node + 1, now);
            self.play(node, now);
        }
    }

    fn play(&mut self, node: usize, now: u64) {
        let [left, right] = [self.matches[2 * node], self.matches[2 * node + 1]];
        let contender = |side: Match| side.winner.and_then(|at| self.contenders[at]);
        let (winner, ahead_until) = match (contender(left), contender(right)) {
            (Some(first), Some(second)) => {
                let (stays, until) = first.meets(&second, now);
                (if stays { left.winner } else { right.winner }, until)
            }
            _ => (left.winner.or(right.winner), NEVER),
        };
        self.matches[node] = Match { winner, until: ahead_until.min(left.until).min(right.until) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_the_first_of_a_look_at_everybody() {
        let shares = [1, 7, 3, 3, 12, 5, 40, 2, 9, 40, 1];
        let mut owed: Vec<i64> = (0..11).map(|n| (n * 37) % 23 - 11).collect();
        let mut tournament = Tournament::new(11);
        let contender = |place: u32, owed| {
            let share = shares[place as usize];
            Contender { load: 0, weight: 1, owed, share, place }
        };
        for (place, &owed) in (0..).zip(&owed) {
            tournament.enter(place as usize, Some(contender(place, owed)), 0);
        }
        for now in 1..2_000 {
            let due = |at: usize, owed: &[i64]| owed[at] + shares[at] * now;
            let first =
                (0..11).max_by_key(|&place| (due(place as usize, &owed), 11 - place)).unwrap_or_default();
            let at = first as usize;
            assert_eq!(tournament.first(now.cast_unsigned()), Some(at), "at {now}");
            owed[at] -= shares.iter().sum::<i64>();
            tournament.enter(at, Some(contender(first, owed[at])), now.cast_unsigned());
        }
    }

    #[test]
    fn load_per_weight_goes_before_what_is_owed() {
        let mut tournament = Tournament::new(3);
        let contenders = [(1, 1, 99), (3, 2, 0), (5, 3, -99)];
        for (at, (load, weight, owed)) in contenders.into_iter().enumerate() {
            tournament.enter(at, Some(Contender { load, weight, owed, share: 1, place: 0 }), 0);
        }
        // 2/1, 4/2 and 6/3 are the same: the larger weight comes first.
        assert_eq!(tournament.first(0), Some(2));
        tournament.enter(2, None, 0);
        assert_eq!(tournament.first(0), Some(1));
    }

    #[test]
    fn nobody_is_first_among_none() {
        assert_eq!(Tournament::new(0).first(0), None);
        assert_eq!(Tournament::new(5).first(9), None);
    }
}
