//! Whose turn it is: how the rotations open, and what the cursors may say at the end.

use super::facts::{Class, END, Facts, Member, NEVER, Rotation, is_legacy};
use super::lists::{ascending, pair, parts, second_of, sorted};
use super::{Report, ViolationCode};
use crate::plan::Gate;
use crate::snapshot::{Assignment, Cursor, MAX_INTEGER, MAX_SET_SEATS, Rule, SeatSet, Turn};
use alloc::{vec, vec::Vec};

/// One conversation in the unit of `owed`.
const ONE: i128 = 5_354_228_880;

pub(super) struct Turns {
    /// Who sits where at the start, and what is owed; empty where people assign.
    opened: Vec<Opened>,
}

#[derive(Default)]
struct Opened {
    seats: Vec<usize>,
    /// Pairs of a person and their seat, ascending.
    by_person: Vec<u64>,
    /// When somebody took something, by seat.
    taken: Vec<Vec<usize>>,
    owed: Vec<i128>,
    /// The largest weight of each seat in a team that is not manual.
    weights: Vec<u32>,
}

impl Turns {
    pub(super) fn open(facts: &Facts<'_>) -> Self {
        // For one rotation at a time: the seat of a person, `END` before it has a number, `NEVER` for somebody who has none.
        let mut seat_of = vec![NEVER; facts.people_count];
        let rotations = facts.rotations.iter();
        let mut opened: Vec<_> = rotations.map(|record| Opened::new(facts, record, &mut seat_of)).collect();
        for &place in &facts.order {
            if let Some(taker) = &facts.takers[place] {
                let opened = &mut opened[facts.rotation_of[taker.team]];
                if let Some(seat) = opened.seat(taker.agent) {
                    opened.taken[seat].push(facts.time[place]);
                }
            }
        }
        Self { opened }
    }

    /// Returns where somebody stands in the order of a rotation at some time, in which whoever takes something goes to the end.
    pub(super) fn stands(&self, rotation: usize, person: usize, time: usize) -> usize {
        let opened = &self.opened[rotation];
        let Some(seat) = opened.seat(person) else { return END };
        let taken = &opened.taken[seat];
        let before = taken.partition_point(|&at| at < time);
        before.checked_sub(1).map_or(seat, |last| opened.seats.len() + taken[last])
    }

    /// Checks the cursors of the plan, one for each rotation.
    pub(super) fn check(&self, facts: &Facts<'_>, report: &mut Report) {
        let expected = facts.rotations.iter().enumerate();
        let expected =
            expected.filter(|(_, rotation)| rotation.assignment.is_some() || rotation.cursor.is_some());
        let cursors = &facts.plan.cursors;
        let mut picks: Vec<Vec<usize>> = vec![Vec::new(); facts.rotations.len()];
        for &place in &facts.order {
            if let Some(taker) = &facts.takers[place] {
                picks[facts.rotation_of[taker.team]].push(place);
            }
        }
        let named: usize = cursors.iter().flat_map(|cursor| &cursor.sets).map(|set| set.seats.len()).sum();
        let mut count = 0;
        for (at, (rotation, record)) in expected.enumerate() {
            let Some(cursor) = cursors.get(at) else {
                return report.add(
                    ViolationCode::Cursors,
                    "/cursors",
                    &[],
                    "expected a cursor of",
                    record.id,
                );
            };
            count += 1;
            if cursor.rotation != record.id {
                let text = "expected the next rotation";
                return report.add(ViolationCode::Cursors, "/cursors/#/rotation", &[at], text, record.id);
            }
            match record.assignment {
                Some(assignment) if cursor.rule != rule(assignment) => {
                    let text = "expected the rule of the teams that share it";
                    report.add(ViolationCode::Cursors, "/cursors/#/rule", &[at], text, "");
                }
                Some(_) => {
                    self.check_cursor(facts, rotation, (at, cursor), (&picks[rotation], named), report);
                }
                None if record.cursor == Some(cursor) => {}
                None => {
                    let text = "expected the cursor of manual teams as it was given";
                    report.add(ViolationCode::Cursors, "/cursors/#", &[at], text, "");
                }
            }
        }
        if cursors.len() > count {
            report.add(ViolationCode::Cursors, "/cursors/#", &[count], "expected no more cursors", "");
        }
    }

    fn check_cursor(
        &self,
        facts: &Facts<'_>,
        rotation: usize,
        (at, cursor): (usize, &Cursor<'_>),
        (picks, named): (&[usize], usize),
        report: &mut Report,
    ) {
        let assignment = facts.rotations[rotation].assignment;
        let opened = &self.opened[rotation];
        let mut order = opened.seats.clone();
        let keeps_order = !matches!(cursor.rule, Rule::LeastLoaded | Rule::LeastRecent);
        if !keeps_order {
            let stands = order.iter().map(|&person| pair(self.stands(rotation, person, END), person));
            order = ascending(stands).into_iter().map(|key| parts(key)[1]).collect();
        }
        if order.len() != cursor.turns.len() {
            let text = "expected one turn for each member";
            return report.add(ViolationCode::Turns, "/cursors/#/turns", &[at], text, "");
        }
        for (place, (turn, &person)) in cursor.turns.iter().zip(&order).enumerate() {
            if facts.people.find(&turn.agent) != Some(person) {
                let text = "expected the members in rotation order";
                return report.add(ViolationCode::Turns, "/cursors/#/turns/#/agent", &[at, place], text, "");
            }
            if turn.owed.is_some() != keeps_order {
                let text = "expected a number where the rule owes, and none where it does not";
                return report.add(ViolationCode::Owed, "/cursors/#/turns/#/owed", &[at, place], text, "");
            }
        }
        let sum =
            |turns: &[Turn<'_>]| turns.iter().map(|turn| i128::from(turn.owed.unwrap_or(0))).sum::<i128>();
        if assignment != Some(Assignment::RoundRobin) {
            if !cursor.sets.is_empty() {
                report.add(
                    ViolationCode::Sets,
                    "/cursors/#/sets",
                    &[at],
                    "expected none under this rule",
                    "",
                );
            }
            // Each draw is paid by whoever is drawn.
            let most = |turn: &Turn<'_>| turn.owed.is_some_and(|owed| owed.unsigned_abs() == MAX_INTEGER);
            if keeps_order && sum(&cursor.turns) != opened.owed.iter().sum() && !cursor.turns.iter().any(most)
            {
                report.add(
                    ViolationCode::Owed,
                    "/cursors/#/turns",
                    &[at],
                    "expected the same sum as before",
                    "",
                );
            }
            return;
        }
        if let Some((set, field)) = malformed(&cursor.sets, cursor.turns.len()) {
            let text = "expected ascending places among the turns, and from an earlier set";
            return report.add(ViolationCode::Sets, field, &[at, set], text, "");
        }
        let sets: Vec<_> = cursor
            .sets
            .iter()
            .map(|set| {
                (set.from.map(|from| from as usize), set.seats.iter().map(|&seat| seat as usize).collect())
            })
            .collect();
        let (mut shares, mut next, mut is_full) = (Vec::new(), 0, false);
        for &decision in picks {
            let set = facts.plan.decisions[decision].set as usize;
            let taker = facts.takers[decision].and_then(|taker| opened.seat(taker.agent));
            // Where no set has room any more, the number is that of none.
            let fits = set == sets.len() && named + cursor.turns.len() > MAX_SET_SEATS;
            is_full |= fits;
            if !fits && (set > next || set >= sets.len()) {
                let text = "expected the sets in order of first use";
                return report.add(ViolationCode::Set, "/decisions/#/set", &[decision], text, "");
            }
            next = next.max(set + 1);
            // Who is no member has no share: that is told elsewhere.
            let Some(taker) = taker else { return };
            shares.push(Share { set, taker, decision });
        }
        if next < sets.len() {
            let text = "expected no set that no pick names";
            return report.add(ViolationCode::Sets, "/cursors/#/sets/#", &[at, next], text, "");
        }
        let (owed, weights) = (opened.owed.clone(), opened.weights.clone());
        let mut end = Opened { owed, weights, ..Opened::default() };
        if !is_full {
            let strangers = end.share(&sets, shares, 1);
            for decision in &strangers {
                let text = "expected the taker among those who shared";
                report.add(ViolationCode::Set, "/decisions/#/set", &[*decision], text, "");
            }
            if strangers.is_empty() {
                let most = i128::from(MAX_INTEGER);
                let mut turns = cursor.turns.iter().zip(&end.owed);
                let wrong = |(turn, owed): (&Turn<'_>, &i128)| {
                    turn.owed.map(i128::from) != Some((*owed).clamp(-most, most))
                };
                if let Some(place) = turns.position(wrong) {
                    let text = "expected what was owed and what the picks have moved";
                    report.add(ViolationCode::Owed, "/cursors/#/turns/#/owed", &[at, place], text, "");
                }
            }
        } else if sum(&cursor.turns) != 0 {
            report.add(ViolationCode::Owed, "/cursors/#/turns", &[at], "expected a sum of 0", "");
        }
    }
}

/// A conversation that was shared by a set, and paid by its taker.
struct Share {
    set: usize,
    taker: usize,
    decision: usize,
}

/// A set as the seats in which it differs from an earlier one.
type Set = (Option<usize>, Vec<usize>);

impl Opened {
    fn new(facts: &Facts<'_>, record: &Rotation<'_>, seat_of: &mut [usize]) -> Self {
        let Some(assignment) = record.assignment else { return Self::default() };
        let legacy = is_legacy(assignment);
        let works = |team: usize| facts.assignment(team) != Assignment::Manual;
        let mut joined = Vec::new();
        for &team in &record.teams {
            for member in &facts.members[team] {
                // The legacy rules forget who is not in the pool.
                let has_seat = !legacy
                    || (works(team)
                        && facts.unable(&Class::default(), member).is_none_or(Gate::is_about_load));
                if has_seat && seat_of[member.person] == NEVER {
                    seat_of[member.person] = END;
                    joined.push(member.person);
                }
            }
        }
        let is_kept = |cursor: &Cursor<'_>| match cursor.rule {
            Rule::RoundRobin => assignment == Assignment::RoundRobin,
            rule => rule.is_legacy() && legacy,
        };
        let kept = record.cursor.is_some_and(is_kept);
        let (mut seats, mut owed) = (Vec::new(), Vec::new());
        for turn in record.cursor.map_or(&[][..], |cursor| &cursor.turns) {
            if let Some(person) = facts.people.find(&turn.agent).filter(|&person| seat_of[person] == END) {
                seat_of[person] = seats.len();
                seats.push(person);
                owed.push(if kept { i128::from(turn.owed.unwrap_or(0)) } else { 0 });
            }
        }
        if assignment == Assignment::RoundRobin {
            level(&mut owed);
        }
        let first = seats.len();
        seats.extend(joined.into_iter().filter(|&person| seat_of[person] == END));
        if let Some(seed) = facts.snapshot.seed {
            shuffle(&mut seats[first..], seed ^ fnv_1a(record.id.as_bytes()));
        }
        owed.resize(seats.len(), 0);
        if matches!(assignment, Assignment::LeastLoaded | Assignment::LeastRecent) {
            // Whoever lost something comes first.
            let mut front = Vec::new();
            for &(person, _) in &record.lost {
                if seat_of[person] != NEVER {
                    seat_of[person] = NEVER;
                    front.push(person);
                }
            }
            front.extend(seats.into_iter().filter(|&person| seat_of[person] != NEVER));
            seats = front;
        }
        for (seat, &person) in seats.iter().enumerate() {
            seat_of[person] = seat;
        }
        let mut opened = Self {
            weights: vec![0; seats.len()],
            taken: vec![Vec::new(); seats.len()],
            by_person: ascending(seats.iter().enumerate().map(|(seat, &person)| pair(person, seat))),
            owed,
            seats,
        };
        for &person in &opened.seats {
            seat_of[person] = NEVER;
        }
        let mut at_work = vec![false; opened.seats.len()];
        for &team in record.teams.iter().filter(|&&team| works(team)) {
            for member in &facts.members[team] {
                if let Some(seat) = opened.seat(member.person) {
                    opened.weights[seat] = member.weight.max(opened.weights[seat]);
                    let is_free = |member: &Member| facts.gate(&Class::default(), team, member, 0).is_none();
                    at_work[seat] |= !record.lost.is_empty() && is_free(member);
                }
            }
        }
        if let Some(cursor) = record.cursor.filter(|_| kept && !legacy && !record.lost.is_empty()) {
            let there = |&seat: &u32| {
                let turn = cursor.turns.get(seat as usize)?;
                opened.seat(facts.people.find(&turn.agent)?)
            };
            let mut sets: Vec<_> = cursor
                .sets
                .iter()
                .map(|set| (set.from.map(|from| from as usize), set.seats.iter().filter_map(there).collect()))
                .collect();
            // What has no set was shared by those at work.
            sets.push((None, (0..at_work.len()).filter(|&seat| at_work[seat]).collect()));
            let claims = record.lost.iter().filter_map(|&(person, set)| {
                Some(Share { set: set.min(cursor.sets.len()), taker: opened.seat(person)?, decision: 0 })
            });
            let claims = claims.collect();
            opened.share(&sets, claims, -1);
        }
        opened
    }

    fn seat(&self, person: usize) -> Option<usize> {
        second_of(&self.by_person, person)
    }

    /// Grants everybody in the sets their share of each conversation and lets the takers pay, or the other way round with
    /// a sign of -1. Returns the decisions whose takers are in none of their seats.
    ///
    /// One walk through the sets, into each from the one that it differs from and back: a seat gets what somebody of its
    /// weight is granted while it is inside.
    fn share(&mut self, sets: &[Set], shares: Vec<Share>, sign: i128) -> Vec<usize> {
        let mut of: Vec<Vec<Share>> = sets.iter().map(|_| Vec::new()).collect();
        for share in shares {
            of[share.set].push(share);
        }
        let mut children: Vec<Vec<usize>> = sets.iter().map(|_| Vec::new()).collect();
        // What is to be entered, and what is to be left.
        let mut ahead = Vec::new();
        for (set, (from, _)) in sets.iter().enumerate().rev() {
            match from.filter(|&from| from < set) {
                Some(from) => children[from].push(set),
                None => ahead.push((set, true)),
            }
        }
        // How many seats of each weight are inside, and what one of them has been granted so far.
        let mut different = sorted(self.weights.iter().copied());
        different.dedup();
        let mut inside = vec![(0_i128, 0_i128); different.len()];
        let at = |seat: usize| different.partition_point(|&weight| weight < self.weights[seat]);
        let mut joined: Vec<Option<i128>> = vec![None; self.owed.len()];
        let mut outside = Vec::new();
        while let Some((set, enters)) = ahead.pop() {
            for &seat in &sets[set].1 {
                let (count, granted) = &mut inside[at(seat)];
                if let Some(before) = joined[seat].take() {
                    self.owed[seat] += sign * (*granted - before);
                    *count -= 1;
                } else {
                    joined[seat] = Some(*granted);
                    *count += 1;
                }
            }
            if !enters {
                continue;
            }
            if !of[set].is_empty() {
                let total: i128 = different
                    .iter()
                    .zip(&inside)
                    .map(|(&weight, (count, _))| i128::from(weight) * count)
                    .sum();
                let picks = of[set].len() as i128;
                let mut paid = 0;
                for (&weight, (count, granted)) in different.iter().zip(&mut inside).filter(|_| total > 0) {
                    let share = ONE * i128::from(weight) / total;
                    *granted += share * picks;
                    paid += share * *count;
                }
                for share in &of[set] {
                    self.owed[share.taker] -= sign * paid;
                    if joined[share.taker].is_none() {
                        outside.push(share.decision);
                    }
                }
            }
            ahead.push((set, false));
            ahead.extend(children[set].drain(..).map(|child| (child, true)));
        }
        outside
    }
}

/// Returns the first set that no plan writes, and which of its fields is wrong.
fn malformed(sets: &[SeatSet], turns: usize) -> Option<(usize, &'static str)> {
    sets.iter().enumerate().find_map(|(place, set)| {
        if set.from.is_some_and(|from| from as usize >= place) {
            return Some((place, "/cursors/#/sets/#/from"));
        }
        let ascends = set.seats.is_sorted_by(|a, b| a < b);
        let is_there = set.seats.last().is_none_or(|&seat| (seat as usize) < turns);
        (!ascends || !is_there).then_some((place, "/cursors/#/sets/#/seats"))
    })
}

const fn rule(assignment: Assignment) -> Rule {
    match assignment {
        Assignment::RoundRobin | Assignment::Manual => Rule::RoundRobin,
        Assignment::LeastLoaded => Rule::LeastLoaded,
        Assignment::LeastRecent => Rule::LeastRecent,
        Assignment::Libredesk2025 => Rule::Libredesk2025,
        Assignment::Libredesk2026 => Rule::Libredesk2026,
    }
}

/// Takes the mean from all, so that the sum is 0.
fn level(owed: &mut [i128]) {
    let count = owed.len().max(1) as i128;
    let sum: i128 = owed.iter().sum();
    let (each, mut rest) = (sum.div_euclid(count), sum.rem_euclid(count));
    for owed in owed {
        *owed -= each + i128::from(rest > 0);
        rest -= i128::from(rest > 0);
    }
}

/// Shuffles newcomers as the design says: Fisher and Yates on the numbers of `SplitMix64`.
fn shuffle(newcomers: &mut [usize], mut state: u64) {
    for last in (1..newcomers.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let below = (u128::from(z) * (last as u128 + 1)) >> 64;
        newcomers.swap(last, usize::try_from(below).unwrap_or(last));
    }
}

fn fnv_1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
