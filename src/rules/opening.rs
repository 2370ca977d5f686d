//! How a rotation opens: who sits where, and what is owed, from the cursor of the last plan.

use super::pool::InSlot;
use super::undo::undo;
use crate::desk::{AgentId, ChannelId, Desk, Member, NeedsId, Rotation, RotationId, TeamId};
use crate::ids::{Numbering, half, pair, parts};
use crate::snapshot::{MAX_MEMBERS, MAX_WEIGHT, Rule};
use alloc::{vec, vec::Vec};

/// The turns of a rotation at the start of a plan, in rotation order.
pub(super) struct Opening {
    pub(super) seats: Vec<AgentId>,
    pub(super) owed: Vec<i64>,
    /// The largest weight of each seat in any team that rotates; 0 where it has none.
    pub(super) weights: Vec<u32>,
    /// Who may be asked where, ordered by seat and slot.
    pub(super) candidates: Vec<Candidate>,
}

/// A seat that may be asked for the conversations of a team and channel, where it is qualified for them.
///
/// One number, from high to low: the seat, the slot, the rank and the weight. Numbers are sorted by the code that sorts ids.
#[derive(Clone, Copy)]
pub(super) struct Candidate(u64);

const WEIGHT_BITS: u32 = 10;
const RANK_BITS: u32 = 5;
const SLOT_BITS: u32 = 26;
const _: () =
    assert!(MAX_WEIGHT >> WEIGHT_BITS == 0 && MAX_MEMBERS >> (64 - WEIGHT_BITS - RANK_BITS - SLOT_BITS) == 0);

impl Candidate {
    fn new(seat: usize, slot: usize, rank: u8, weight: u32) -> Self {
        let place = ((seat as u64) << SLOT_BITS) | slot as u64;
        Self((((place << RANK_BITS) | u64::from(rank)) << WEIGHT_BITS) | u64::from(weight))
    }

    pub(super) const fn seat(self) -> usize {
        (self.0 >> (SLOT_BITS + RANK_BITS + WEIGHT_BITS)) as usize
    }

    #[expect(clippy::cast_possible_truncation, reason = "takes the bits of one part")]
    pub(super) const fn place(self) -> InSlot {
        InSlot {
            slot: (self.0 >> (RANK_BITS + WEIGHT_BITS)) as usize & ((1 << SLOT_BITS) - 1),
            rank: (self.0 >> WEIGHT_BITS) as u8 & ((1 << RANK_BITS) - 1),
            weight: self.0 as u32 & ((1 << WEIGHT_BITS) - 1),
        }
    }
}

/// What is shared by all rotations while they open.
pub(crate) struct Scratch {
    /// Room for a number per person, of which a rotation uses those of its members.
    seat_of: Vec<u32>,
    /// What is needed where: pairs of a rotation and a list of needs, ascending, each once.
    needed: Vec<u64>,
    /// How many looks it took to find out who knows the same.
    pub(crate) looks: u64,
}

/// The most looks to find out who knows the same: beyond, everybody who does not is told apart.
const ALIKE: u64 = 10_000_000;

const NOBODY: u32 = u32::MAX;

impl Scratch {
    pub(crate) fn new(desk: &Desk) -> Self {
        let asking = desk.classes.iter().filter(|class| class.needs != NeedsId::new(0));
        let needed = asking.flat_map(|class| {
            desk.asks(class).iter().map(|ask| pair(half(ask.rotation.place()), half(class.needs.place())))
        });
        let mut needed: Vec<u64> = needed.collect();
        needed.sort_unstable();
        needed.dedup();
        Self { seat_of: vec![NOBODY; desk.people_count()], needed, looks: 0 }
    }

    /// Returns for a profile the first one that was asked for and knows the same of what is needed in a rotation: they need not be told
    /// apart there. `alike` are the profiles so far, by which needs they meet.
    pub(super) fn first_alike(
        &mut self,
        desk: &Desk,
        rotation: RotationId,
        profile: usize,
        alike: &mut Numbering,
    ) -> usize {
        let before = |rotation| self.needed.partition_point(|&needed| needed < pair(half(rotation), 0));
        let needed = before(rotation.place())..before(rotation.place() + 1);
        // Where most of it is needed there is little to find.
        if self.looks > ALIKE || needed.len() > desk.needs.len() / 2 {
            return profile;
        }
        let mut met = Vec::new();
        for (at, &needed) in self.needed[needed].iter().enumerate() {
            let needs = NeedsId::new(parts(needed)[1] as usize);
            let most = desk.needs[needs.place()].len().min(desk.profiles[profile].len());
            self.looks += 1 + most as u64;
            if at % 32 == 0 {
                met.push(0);
            }
            met[at / 32] |= u32::from(desk.qualifies(profile, needs)) << (at % 32);
        }
        alike.number(met, profile)
    }

    fn seat_of(&self, agent: AgentId) -> Option<usize> {
        let seat = self.seat_of[agent.place()];
        (seat != NOBODY).then_some(seat as usize)
    }

    fn set(&mut self, agent: AgentId, seat: Option<usize>) {
        let seat = seat.map(|seat| u32::try_from(seat).expect("a rotation has at most 2,000,000 seats"));
        self.seat_of[agent.place()] = seat.unwrap_or(NOBODY);
    }
}

/// Opens a rotation whose teams rotate by `rule`. `candidate` returns whether a member may take
/// conversations of a team and channel at the start of the plan, where they are qualified.
pub(super) fn open(
    desk: &Desk,
    rotation: &Rotation,
    rule: Rule,
    scratch: &mut Scratch,
    candidate: impl Fn(TeamId, Member, Option<ChannelId>) -> bool,
) -> Opening {
    // The legacy rules forget who is not in the pool.
    let rotates = |team: TeamId| desk.teams[team.place()].rule.is_some();
    let has_seat = |team, member| !rule.is_legacy() || (rotates(team) && candidate(team, member, None));
    let mut joined = Vec::new();
    for &team in &rotation.teams {
        for &member in desk.members(team) {
            if scratch.seat_of(member.agent).is_none() && has_seat(team, member) {
                scratch.set(member.agent, Some(joined.len()));
                joined.push(member.agent);
            }
        }
    }

    let kept = rotation.written_by.is_some_and(|written_by| match rule {
        Rule::RoundRobin => written_by == Rule::RoundRobin,
        Rule::LeastLoaded | Rule::LeastRecent => false,
        Rule::Libredesk2025 | Rule::Libredesk2026 => written_by.is_legacy(),
    });
    let mut has_turn = vec![false; joined.len()];
    let mut seats = Vec::with_capacity(joined.len());
    let mut owed = Vec::with_capacity(joined.len());
    let seat_of_turn: Vec<_> = rotation
        .turns
        .iter()
        .map(|&(agent, what)| {
            let agent = agent?;
            has_turn[scratch.seat_of(agent)?] = true;
            seats.push(agent);
            owed.push(if kept { what } else { 0 });
            Some(seats.len() - 1)
        })
        .collect();
    if rule == Rule::RoundRobin {
        level(&mut owed);
    }
    let first = seats.len();
    seats.extend(joined.iter().zip(has_turn).filter(|&(_, has_turn)| !has_turn).map(|(&agent, _)| agent));
    shuffle(&mut seats[first..], rotation.shuffle);
    owed.resize(seats.len(), 0);
    if matches!(rule, Rule::LeastLoaded | Rule::LeastRecent) {
        put_first(&mut seats, rotation, scratch);
    }
    for (seat, &agent) in seats.iter().enumerate() {
        scratch.set(agent, Some(seat));
    }

    let mut weights = vec![0; seats.len()];
    let mut candidates = Vec::with_capacity(seats.len());
    for (lane, &team) in rotation.teams.iter().enumerate() {
        if !rotates(team) {
            continue;
        }
        for &member in desk.members(team) {
            let Some(seat) = scratch.seat_of(member.agent) else { continue };
            let weight = member.weight;
            weights[seat] = weight.max(weights[seat]);
            for (channel, &of) in rotation.channels.iter().enumerate() {
                if candidate(team, member, of) {
                    let rank = member.rank.expect("who is not available is no candidate");
                    candidates.push(Candidate::new(seat, rotation.slot(lane, channel), rank, weight).0);
                }
            }
        }
    }
    candidates.sort_unstable();
    let candidates: Vec<_> = candidates.into_iter().map(Candidate).collect();

    if rule == Rule::RoundRobin && kept && !rotation.lost.is_empty() {
        let lost = rotation.lost.iter();
        let claims: Vec<_> = lost.filter_map(|lost| Some((scratch.seat_of(lost.agent)?, lost.set))).collect();
        let mut at_work = vec![false; seats.len()];
        for &team in rotation.teams.iter().filter(|&&team| rotates(team)) {
            for &member in desk.members(team).iter().filter(|&&member| candidate(team, member, None)) {
                let seat = scratch.seat_of(member.agent).expect("every member of a team has a seat");
                at_work[seat] = true;
            }
        }
        let at_work = at_work.iter().enumerate().filter(|&(_, &at_work)| at_work).map(|(seat, _)| seat);
        undo(&mut owed, &weights, &rotation.sets, &seat_of_turn, &claims, at_work);
    }
    for &agent in &seats {
        scratch.set(agent, None);
    }
    Opening { seats, owed, weights, candidates }
}

/// Takes what is owed in sum from all alike, so that the sum is 0 again after somebody is gone.
fn level(owed: &mut [i64]) {
    let sum: i128 = owed.iter().map(|&owed| i128::from(owed)).sum();
    let count = owed.len().max(1) as i128;
    let each = i64::try_from(sum.div_euclid(count)).expect("a mean is between the smallest and the largest");
    let rest = sum.rem_euclid(count);
    for (owed, place) in owed.iter_mut().zip(0..) {
        *owed -= each + i64::from(place < rest);
    }
}

/// Puts the agents of lost claims first, in the order of the claims.
fn put_first(seats: &mut Vec<AgentId>, rotation: &Rotation, scratch: &mut Scratch) {
    let mut first = Vec::new();
    for lost in &rotation.lost {
        // Whoever is taken out here has no seat until all are numbered.
        if scratch.seat_of(lost.agent).is_some() {
            scratch.set(lost.agent, None);
            first.push(lost.agent);
        }
    }
    if !first.is_empty() {
        seats.retain(|&agent| scratch.seat_of(agent).is_some());
        seats.splice(0..0, first);
    }
}

/// Shuffles by Fisher and Yates on the numbers of `SplitMix64` (Steele, Lea and Flood 2014).
///
/// Each rotation draws numbers of its own, so the order of the teams changes nothing.
fn shuffle(newcomers: &mut [AgentId], state: Option<u64>) {
    let Some(mut state) = state else { return };
    for last in (1..newcomers.len()).rev() {
        newcomers.swap(last, below(last + 1, &mut state));
    }
}

/// Returns a number from 0 to `bound` - 1, the upper half of the product of `bound` and the next draw.
#[expect(clippy::cast_possible_truncation, reason = "the upper half is below `bound`")]
fn below(bound: usize, state: &mut u64) -> usize {
    ((u128::from(split_mix_64(state)) * bound as u128) >> 64) as usize
}

fn split_mix_64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levelled(owed: &[i64]) -> Vec<i64> {
        let mut owed = owed.to_vec();
        level(&mut owed);
        owed
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
    fn the_generator_is_the_published_one() {
        // The first outputs of SplitMix64 from 1234567.
        let mut state = 1_234_567;
        let drawn = [(); 3].map(|()| split_mix_64(&mut state));
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
