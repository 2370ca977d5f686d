//! How one candidate is picked: rotations, opened from their cursors and closed into the next.

mod least;
mod libredesk;
mod opening;
mod pool;
mod round_robin;
mod sets;
mod undo;

use crate::desk::{AgentId, Desk, RotationId, Seat, TeamId};
use crate::eligibility::{failed_gate, limit};
use crate::limits::{Limit, Loads};
use crate::plan::AssignReason;
use crate::snapshot::{Rule, SeatSet};
use alloc::vec::Vec;
use core::mem;
pub(crate) use opening::Scratch;
use opening::{Opening, open};
use pool::{Key, Pool};
use round_robin::Ledger;

/// One rotation's turns during a plan.
pub(crate) struct Rotation {
    rule: Rule,
    /// Who sits where, in rotation order.
    seats: Vec<AgentId>,
    /// The same by agent, once somebody was looked for: high half the agent, low half the seat.
    by_agent: Vec<u64>,
    pool: Pool,
    state: RuleState,
}

/// What a rule keeps beside the pool.
enum RuleState {
    Owed(Ledger),
    /// How often somebody has gone to the end of the order.
    InOrder(i64),
    /// The load from which on the agent of each seat takes nothing more.
    // INVARIANT: one for each seat, since a legacy rotation has one team and only candidates have seats in it.
    Drawn(Vec<u32>),
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
        limits: &mut Vec<Limit>,
    ) -> Option<Self> {
        let record = &desk.rotations[rotation.place()];
        let rule = record.rule?;
        let candidate = |team: TeamId, member| match failed_gate(desk, team, member, loads) {
            None => true,
            // Who is full is drawn all the same, and so is who could not be counted.
            Some(gate) => rule.is_legacy() && gate.is_about_load(),
        };
        let Opening { seats, owed, weights, candidates } = open(desk, record, rule, scratch, candidate);
        let limit = |agent, lane: usize| limit(desk, record.teams[lane], agent);
        if !rule.is_legacy() {
            limits.extend(candidates.iter().map(|candidate| Limit {
                agent: seats[candidate.seat()],
                limit: limit(seats[candidate.seat()], candidate.lane()),
                rotation,
                seat: Seat::new(candidate.seat()),
                lane: candidate.lane(),
            }));
        }
        let state = match rule {
            Rule::RoundRobin => RuleState::Owed(Ledger::new(record.teams.len())),
            Rule::LeastLoaded | Rule::LeastRecent => RuleState::InOrder(0),
            Rule::Libredesk2025 | Rule::Libredesk2026 => RuleState::Drawn(
                candidates.iter().map(|drawn| limit(seats[drawn.seat()], drawn.lane())).collect(),
            ),
        };
        let lanes: Vec<_> =
            candidates.iter().map(|candidate| (candidate.lane(), candidate.weight())).collect();
        // In a rotation of one team only an agent who lost a conversation may be behind: see `round_robin::pay`.
        let several = rule == Rule::RoundRobin && record.teams.len() > 1;
        let mut at = 0;
        let pooled = owed.iter().zip(&weights).enumerate().map(|(seat, (&owed, &weight))| {
            let from = at;
            at += candidates[from..].iter().take_while(|candidate| candidate.seat() == seat).count();
            let behind = several && round_robin::behind(owed);
            (owed, (from < at).then(|| (weight, behind, &lanes[from..at])))
        });
        let load = |seat: Seat| match rule {
            Rule::LeastLoaded => {
                loads.of(seats[seat.place()]).expect("whose load is unknown is no candidate")
            }
            _ => 0,
        };
        let pool = Pool::new(record.teams.len(), pooled, load);
        Some(Self { rule, pool, state, seats, by_agent: Vec::new() })
    }

    /// Returns whether nobody can be drawn for a team, which is the one at place `lane` of the rotation's.
    pub(crate) fn is_empty(&self, lane: usize) -> bool {
        self.pool.size(lane) == 0
    }

    /// Picks the agent who takes the next conversation of a team, and says why; `None` where nobody does.
    ///
    /// The agent `asked_last` is asked when nobody else is left. `seats_left` is for the seats that sets may still name.
    pub(crate) fn pick(
        &mut self,
        lane: usize,
        asked_last: Option<AgentId>,
        loads: &Loads,
        seats_left: &mut usize,
    ) -> Option<Pick> {
        let asked_last = asked_last.filter(|_| !self.rule.is_legacy() && self.pool.size(lane) > 1);
        let withheld = asked_last.and_then(|agent| self.seat_of(agent)).and_then(|seat| {
            let key = self.pool.key(seat).filter(|key| key.in_lane(lane))?;
            let (was, mut key) = (key.clone(), key.without(&[lane]));
            key.behind = self.rule == Rule::RoundRobin && round_robin::behind(self.pool.standing(seat));
            self.pool.shift(seat, Some(key));
            Some((seat, was))
        });
        let pick = self.pick_any(lane, loads, seats_left);
        if let Some((seat, was)) = withheld {
            let behind = self.pool.key(seat).is_some_and(|key| key.behind);
            self.pool.shift(seat, Some(Key { behind: behind && self.pool.lanes() > 1, ..was }));
        }
        pick
    }

    fn pick_any(&mut self, lane: usize, loads: &Loads, seats_left: &mut usize) -> Option<Pick> {
        let Self { rule, seats: agents, pool, state, .. } = self;
        let load = |seat: Seat| loads.of(agents[seat.place()]);
        let only = pool.size(lane) == 1;
        let (seat, why, shared) = match state {
            RuleState::Owed(ledger) => {
                let (seat, shared) = ledger.pick(pool, lane, seats_left)?;
                (seat, AssignReason::Turn, shared)
            }
            RuleState::InOrder(taken) if *rule == Rule::LeastLoaded => {
                let load = |seat| load(seat).expect("whose load is unknown is no candidate");
                (least::loaded(pool, lane, load, taken)?, AssignReason::LeastLoaded, 0)
            }
            RuleState::InOrder(taken) => (least::recent(pool, lane, taken)?, AssignReason::LeastRecent, 0),
            RuleState::Drawn(limits) => {
                let draws = if *rule == Rule::Libredesk2025 { 1 } else { pool.size(lane) };
                let takes = |seat: Seat| load(seat).is_some_and(|load| load < limits[seat.place()]);
                let seat = libredesk::draw(pool, lane, draws, takes)?;
                return Some(Pick { agent: agents[seat.place()], why: AssignReason::Turn, set: 0 });
            }
        };
        let why = if only { AssignReason::OnlyCandidate } else { why };
        Some(Pick { agent: agents[seat.place()], why, set: shared })
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

    /// Takes a seat whose agent has reached a limit out of the turns of some teams, whose lanes ascend, with what is owed kept.
    pub(crate) fn leave(&mut self, seat: Seat, lanes: &[usize]) {
        self.pool.leave(seat, lanes);
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
            RuleState::Owed(ledger) => ledger.sets.into_written(),
            _ => Vec::new(),
        }
    }
}

/// Returns the seat in the low half of a key.
fn low_half(key: u64) -> Seat {
    Seat::new((key & 0xffff_ffff) as usize)
}
