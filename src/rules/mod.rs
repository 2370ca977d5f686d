//! How one candidate is picked: rotations, opened from their cursors and closed into the next.

mod least;
mod libredesk;
mod opening;
mod pool;
mod round_robin;
mod sets;
mod undo;
mod view;

use crate::desk::{AgentId, Desk, RotationId, Seat};
use crate::eligibility::{Limits, unfit};
use crate::ids::Numbering;
use crate::limits::{Limit, Loads};
use crate::plan::AssignReason;
use crate::snapshot::{MAX_INTEGER, Rule, SeatSet};
use alloc::vec::Vec;
use core::{iter, mem};
pub(crate) use opening::Scratch;
use opening::{Opening, open};
use pool::{Common, Key, Pool};
use sets::Sets;
pub(crate) use view::Asked;
use view::Views;

/// One rotation's turns during a plan.
pub(crate) struct Rotation {
    rule: Rule,
    /// Who sits where, in rotation order.
    seats: Vec<AgentId>,
    /// The same by agent, once somebody was looked for: high half the agent, low half the seat.
    by_agent: Vec<u64>,
    pool: Pool,
    views: Views,
    state: RuleState,
}

/// As many looks as it costs to find the seat of an agent,
const FIND: u64 = 2;
/// to note that somebody is needed elsewhere,
const ELSEWHERE: u64 = 20;
/// to put a seat apart and back. More than that, since the moves are kept to the end: so there is memory for them.
const APART: u64 = 200;

/// What a rule keeps beside the pool.
enum RuleState {
    Owed(Sets),
    /// How often somebody has gone to the end of the order.
    InOrder(i64),
    /// The load from which on the agent of each seat takes nothing more.
    // INVARIANT: one for each seat, since a legacy rotation has one team and only candidates have seats in it.
    Drawn(Vec<u32>),
}

/// Who is asked for a conversation before others, or after them.
#[derive(Clone, Copy)]
pub(crate) struct Wishes<'a> {
    /// Who takes it if they can, the first of them.
    pub(crate) preferred: &'a [AgentId],
    /// Whether nobody else may.
    pub(crate) held: bool,
    /// Who does not get it, ascending.
    pub(crate) excluded: &'a [AgentId],
    /// Who lost it, and is asked when nobody else is left.
    pub(crate) asked_last: Option<AgentId>,
}

impl Wishes<'_> {
    fn excludes(&self, agent: AgentId) -> bool {
        self.asked_last == Some(agent) || self.excluded.binary_search(&agent).is_ok()
    }

    /// Yields those who do not get it.
    fn excluded(&self) -> impl Iterator<Item = AgentId> {
        self.excluded.iter().chain(&self.asked_last).copied()
    }
}

/// What a pick asks where the plan serves the most.
pub(crate) struct Choice<'c> {
    /// Returns whether all others that are admitted can still be served if an agent takes the conversation, once the rotation has looked
    /// at so much for it; `None` where it is too much to find out.
    pub(crate) can_take: &'c mut dyn FnMut(AgentId, u64) -> Option<bool>,
    /// Whom the first team that has a candidate would pick, whoever is needed elsewhere.
    pub(crate) in_order: &'c mut Option<AgentId>,
}

/// What is left of what all rotations together may remember.
pub(crate) struct Budget {
    /// How many seats the sets of all cursors may still name.
    pub(crate) seats_left: usize,
    /// How many groups the views of all rotations remember.
    pub(crate) entries: usize,
}

/// Who takes a conversation.
pub(crate) struct Pick {
    pub(crate) agent: AgentId,
    pub(crate) why: AssignReason,
    /// Which of the rotation's sets shared.
    pub(crate) set: u32,
}

impl Rotation {
    /// Opens a rotation, or returns `None` where people assign.
    ///
    /// `loads` are those at the start of the plan; what will take seats out of the turns is added to `limits`.
    pub(crate) fn open(
        desk: &Desk,
        rotation: RotationId,
        loads: &Loads,
        scratch: &mut Scratch,
        watched: &mut Vec<Limit>,
    ) -> Option<Self> {
        let record = &desk.rotations[rotation.place()];
        let rule = record.rule?;
        let candidate = |team, member, channel| match unfit(desk, team, member, channel, loads) {
            None => true,
            // Who is full is drawn all the same, and so is who could not be counted.
            Some(gate) => rule.is_legacy() && gate.is_about_load(),
        };
        let Opening { seats, owed, weights, candidates } = open(desk, record, rule, scratch, candidate);
        let channels = record.channels.len();
        let places: Vec<_> = candidates.iter().map(|candidate| candidate.place()).collect();
        let mut drawn = Vec::new();
        for (candidate, there) in candidates.iter().zip(&places) {
            let (team, channel) =
                (record.teams[there.slot / channels], record.channels[there.slot % channels]);
            let (seat, slot) = (Seat::new(candidate.seat()), there.slot);
            let agent = seats[candidate.seat()];
            let limits = Limits::new(desk, team, agent, channel);
            let [whole, own] = limits.least();
            if rule.is_legacy() {
                drawn.push(whole.1);
                continue;
            }
            let mut watch = |(counter, limit)| {
                if loads.can_reach(counter, limit) {
                    watched.push(Limit { counter, limit, rotation, seat, slot });
                }
            };
            watch(whole);
            if own.0 != whole.0 {
                watch(own);
            }
            if let Some(step) = limits.steps.first() {
                watch((step.counter, step.limit));
            }
        }
        let state = match rule {
            Rule::RoundRobin => RuleState::Owed(Sets::default()),
            Rule::LeastLoaded | Rule::LeastRecent => RuleState::InOrder(0),
            Rule::Libredesk2025 | Rule::Libredesk2026 => RuleState::Drawn(drawn),
        };
        // Where all at work are candidates only an agent who lost a conversation may be behind: see `round_robin::pay`.
        let mixed = rule == Rule::RoundRobin && (desk.most || !record.interchangeable);
        let (mut at, mut alike) = (0, Numbering::default());
        let pooled = owed.iter().zip(&weights).enumerate().map(|(seat, (&owed, &weight))| {
            let from = at;
            at += candidates[from..].iter().take_while(|candidate| candidate.seat() == seat).count();
            let common = (from < at).then(|| Common {
                weight,
                behind: mixed && round_robin::behind(owed),
                // Where nothing is needed it is all one what somebody knows.
                profile: if record.skilled {
                    let own = desk.agents[seats[seat].place()].profile;
                    scratch.first_alike(desk, rotation, own, &mut alike)
                } else {
                    0
                },
                slots: &places[from..at],
            });
            (owed, common)
        });
        let load = |seat: Seat| match rule {
            Rule::LeastLoaded => {
                loads.whole(seats[seat.place()]).expect("whose load is unknown is no candidate")
            }
            _ => 0,
        };
        let pool = Pool::new(record.teams.len() * channels, channels, mixed, pooled, load);
        Some(Self { rule, pool, views: Views::new(record.views), state, seats, by_agent: Vec::new() })
    }

    /// Picks the agent who takes the next conversation of what is asked, and says why; `None` where nobody does.
    pub(crate) fn pick(
        &mut self,
        asked: Asked<'_>,
        wishes: Wishes<'_>,
        loads: &Loads,
        budget: &mut Budget,
        mut choice: Option<Choice<'_>>,
    ) -> Option<Pick> {
        self.pool.looks += FIND * (wishes.preferred.len() + wishes.excluded.len()) as u64;
        for &agent in wishes.preferred {
            if !wishes.excludes(agent)
                && choice.as_mut().is_none_or(|choice| self.can_take(asked, agent, choice))
                && let Some(pick) = self.prefer(asked, agent, budget)
            {
                return Some(pick);
            }
        }
        if wishes.held {
            return None;
        }
        let apart = self.put_apart(asked, wishes);
        let pick = self.pick_any(asked, loads, budget, choice);
        for (seat, was) in apart {
            let behind = self.pool.key(seat).is_some_and(|key| key.behind);
            self.pool.shift(seat, Some(Key { behind: behind && self.pool.mixed, ..was }));
        }
        pick
    }

    /// Puts the seats of those who do not get a conversation apart, and returns them and what they had in common with others.
    fn put_apart(&mut self, asked: Asked<'_>, wishes: Wishes<'_>) -> Vec<(Seat, Key)> {
        let mut apart = Vec::new();
        for agent in wishes.excluded() {
            let Some(seat) = self.seat_of(agent) else { continue };
            let Some(was) = self.pool.key(seat).filter(|key| !key.apart && asked.of(key).is_some()) else {
                continue;
            };
            let was = was.clone();
            self.pool.looks += APART;
            let behind = self.rule == Rule::RoundRobin && round_robin::behind(self.pool.standing(seat));
            self.pool.shift(seat, Some(Key { apart: true, behind, ..was.clone() }));
            apart.push((seat, was));
        }
        apart
    }

    /// Returns whether a preferred candidate is not needed elsewhere.
    fn can_take(&mut self, asked: Asked<'_>, agent: AgentId, choice: &mut Choice<'_>) -> bool {
        let Some(seat) = self.seat_of(agent) else { return false };
        let Some(_) = self.pool.key(seat).and_then(|key| asked.of(key)) else { return false };
        choice.in_order.get_or_insert(agent);
        if self.views.is_elsewhere(asked.ask.view, seat) {
            return false;
        }
        let can_take = (choice.can_take)(agent, self.pool.looks);
        if can_take == Some(false) {
            self.send_elsewhere(asked, seat);
        }
        can_take == Some(true)
    }

    /// Notes that the agent of a seat is needed elsewhere: that stays so to the end of the plan.
    fn send_elsewhere(&mut self, asked: Asked<'_>, seat: Seat) {
        self.pool.tell_apart(seat);
        self.pool.looks += ELSEWHERE;
        self.views.send_elsewhere(asked.ask.view, seat);
    }

    /// Tells everybody apart who is needed elsewhere, as far as it matters for the pick, and returns the group of which the first is picked;
    /// `None` where nobody can take it, or it is too much to find out.
    fn choose(
        &mut self,
        asked: Asked<'_>,
        loads: &Loads,
        budget: &mut Budget,
        choice: &mut Choice<'_>,
    ) -> Option<usize> {
        loop {
            let Self { rule, seats: agents, pool, views, .. } = self;
            let view = views.of(pool, asked, *rule, &mut budget.entries);
            let load = |seat: Seat| {
                loads.whole(agents[seat.place()]).expect("whose load is unknown is no candidate")
            };
            let first = match rule {
                Rule::LeastLoaded => pool.lightest(&view.weights, load),
                _ => pool.first(&view.candidates),
            };
            if choice.in_order.is_none() {
                let rival = match rule {
                    Rule::LeastLoaded => pool.lightest(&view.rival_weights, load),
                    _ => pool.first(&view.rivals),
                };
                let top =
                    |group: Option<usize>| group.and_then(|group| pool.top(group)).map(|(seat, _)| seat);
                *choice.in_order = top(rival).or(top(first)).map(|seat| agents[seat.place()]);
            }
            let (seat, owed) = pool.top(first?)?;
            let doubted = match rule {
                Rule::RoundRobin => round_robin::doubted(pool, view, owed),
                _ => Vec::new(),
            };
            let mut absent = None;
            for seat in iter::once(seat).chain(doubted) {
                if !(choice.can_take)(agents[seat.place()], pool.looks)? {
                    absent = Some(seat);
                    break;
                }
            }
            let Some(absent) = absent else { return first };
            self.send_elsewhere(asked, absent);
        }
    }

    /// Lets an agent take a conversation before others, if they are a candidate of any rank.
    fn prefer(&mut self, asked: Asked<'_>, agent: AgentId, budget: &mut Budget) -> Option<Pick> {
        let seat = self.seat_of(agent)?;
        let there = asked.of(self.pool.key(seat)?)?;
        let set = match &mut self.state {
            RuleState::Owed(sets) => {
                let whose = (asked.ask.view, asked.ask.channel);
                self.views.forget_set(asked.ask.view);
                round_robin::prefer(&mut self.pool, seat, there, whose, sets, &mut budget.seats_left)
            }
            RuleState::InOrder(taken) => {
                least::prefer(&mut self.pool, seat, taken);
                0
            }
            RuleState::Drawn(_) => unreachable!("to the legacy rules nobody is preferred"),
        };
        Some(Pick { agent, why: AssignReason::Preferred, set })
    }

    /// Picks whose turn it is among all who may be asked.
    #[inline(never)]
    pub(crate) fn pick_any(
        &mut self,
        asked: Asked<'_>,
        loads: &Loads,
        budget: &mut Budget,
        mut choice: Option<Choice<'_>>,
    ) -> Option<Pick> {
        let chosen = match &mut choice {
            None => None,
            Some(choice) => Some(self.choose(asked, loads, budget, choice)?),
        };
        let Self { rule, seats: agents, pool, views, state, .. } = self;
        let view = views.of(pool, asked, *rule, &mut budget.entries);
        if view.size == 0 {
            return None;
        }
        let load = |seat: Seat| loads.whole(agents[seat.place()]);
        let only = view.size == 1 && view.elsewhere == 0;
        let (seat, why, set) = match state {
            RuleState::Owed(sets) => {
                let number = asked.ask.view;
                let (seat, set) =
                    round_robin::pick(pool, view, chosen, number, sets, &mut budget.seats_left)?;
                (seat, AssignReason::Turn, set)
            }
            RuleState::InOrder(taken) if *rule == Rule::LeastLoaded => {
                let load = |seat| load(seat).expect("whose load is unknown is no candidate");
                (least::loaded(pool, view, load, taken)?, AssignReason::LeastLoaded, 0)
            }
            RuleState::InOrder(taken) => (least::recent(pool, view, taken)?, AssignReason::LeastRecent, 0),
            RuleState::Drawn(limits) => {
                let draws = if *rule == Rule::Libredesk2025 { 1 } else { view.size };
                let takes = |seat: Seat| load(seat).is_some_and(|load| load < limits[seat.place()]);
                let seat = libredesk::draw(pool, view, draws, takes)?;
                return Some(Pick { agent: agents[seat.place()], why: AssignReason::Turn, set: 0 });
            }
        };
        let agent = agents[seat.place()];
        let why = match choice {
            Some(choice) if *choice.in_order != Some(agent) => AssignReason::Matched,
            _ if only => AssignReason::OnlyCandidate,
            _ => why,
        };
        Some(Pick { agent, why, set })
    }

    /// Returns whether nobody can be drawn, under a legacy rule.
    pub(crate) fn is_empty(&self) -> bool {
        self.pool.is_empty()
    }

    /// Returns what is owed to an agent who has a turn: in thousandths of a conversation, rounded to the nearest, under a legacy rule in
    /// its points; `None` where the rule owes nothing.
    pub(crate) fn owed_to(&mut self, agent: AgentId) -> Option<i64> {
        if matches!(self.state, RuleState::InOrder(_)) {
            return None;
        }
        let most = MAX_INTEGER.cast_signed();
        let seat = self.seat_of(agent)?;
        let owed = self.pool.standing(seat).clamp(-most, most);
        // A thousand times 2^53 is no more than there is room for.
        let rounded = |owed: i64| (owed * 1_000 + round_robin::ONE / 2).div_euclid(round_robin::ONE);
        Some(if self.rule.is_legacy() { owed } else { rounded(owed) })
    }

    fn seat_of(&mut self, agent: AgentId) -> Option<Seat> {
        if self.by_agent.is_empty() {
            let seats = self.seats.iter().zip(0..);
            self.by_agent = seats.map(|(agent, seat)| ((agent.place() as u64) << 32) | seat).collect();
            self.by_agent.sort_unstable();
        }
        let at = self.by_agent.binary_search_by_key(&(agent.place() as u64), |key| key >> 32).ok()?;
        Some(low_half(self.by_agent[at]))
    }

    /// Takes a seat whose agent has reached a limit out of some slots, which ascend, with what is owed kept.
    pub(crate) fn leave(&mut self, seat: Seat, slots: &[usize]) {
        self.pool.leave(seat, slots);
    }

    /// Returns how many groups of seats were looked at since it was asked last.
    pub(crate) fn take_looks(&mut self) -> u64 {
        mem::take(&mut self.pool.looks)
    }

    /// Returns the rule by which it picks.
    pub(crate) const fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns who has a turn, in rotation order, and what is owed under a rule that owes.
    pub(crate) fn turns(&self) -> Vec<(AgentId, Option<i64>)> {
        let seats = (0..self.seats.len()).map(Seat::new);
        let turn = |seat: Seat, owed| (self.seats[seat.place()], owed);
        if !matches!(self.state, RuleState::InOrder(_)) {
            return seats.map(|seat| turn(seat, Some(self.pool.standing(seat)))).collect();
        }
        // How often somebody had gone to the end when they last did; who has taken nothing stands where they stood.
        let order = seats.map(|seat| (self.pool.standing(seat).unsigned_abs() << 32) | seat.place() as u64);
        let mut order: Vec<_> = order.collect();
        order.sort_unstable();
        order.into_iter().map(|key| turn(low_half(key), None)).collect()
    }

    /// Returns the sets of seats that shared in the picks.
    pub(crate) fn into_sets(self) -> Vec<SeatSet> {
        match self.state {
            RuleState::Owed(sets) => sets.into_written(),
            _ => Vec::new(),
        }
    }
}

/// Returns the seat in the low half of a key.
fn low_half(key: u64) -> Seat {
    Seat::new((key & 0xffff_ffff) as usize)
}
