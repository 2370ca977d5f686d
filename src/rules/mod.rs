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
pub(crate) use opening::Scratch;
use opening::{Opening, open};
use pool::Pool;
use round_robin::Ledger;

/// One rotation's turns during a plan.
pub(crate) struct Rotation {
    rule: Rule,
    /// Who sits where, in rotation order.
    seats: Vec<AgentId>,
    /// The same by agent, once somebody was looked for.
    by_agent: Vec<(AgentId, Seat)>,
    pool: Pool,
    turns: Turns,
}

/// What a rule keeps beside the pool.
enum Turns {
    Owed(Ledger),
    /// How often somebody has gone to the end of the order.
    InOrder(i64),
    /// The load from which on the agent of each seat takes nothing more.
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
                agent: seats[candidate.seat],
                limit: limit(seats[candidate.seat], candidate.lane),
                rotation,
                seat: Seat::new(candidate.seat),
                lane: candidate.lane,
            }));
        }
        let turns = match rule {
            Rule::RoundRobin => Turns::Owed(Ledger::new(record.teams.len())),
            Rule::LeastLoaded | Rule::LeastRecent => Turns::InOrder(0),
            Rule::Libredesk2025 | Rule::Libredesk2026 => {
                Turns::Drawn(candidates.iter().map(|drawn| limit(seats[drawn.seat], drawn.lane)).collect())
            }
        };
        let lanes: Vec<_> = candidates.iter().map(|candidate| (candidate.lane, candidate.weight)).collect();
        let mut at = 0;
        let pooled = owed.iter().zip(&weights).enumerate().map(|(seat, (&owed, &weight))| {
            let from = at;
            at += candidates[from..].iter().take_while(|candidate| candidate.seat == seat).count();
            let behind = rule == Rule::RoundRobin && round_robin::behind(owed);
            (owed, (from < at).then(|| (weight, behind, &lanes[from..at])))
        });
        let load = |seat: Seat| match rule {
            Rule::LeastLoaded => {
                loads.of(seats[seat.place()]).expect("whose load is unknown is no candidate")
            }
            _ => 0,
        };
        let pool = Pool::new(record.teams.len(), pooled, load);
        Some(Self { rule, pool, turns, seats, by_agent: Vec::new() })
    }

    /// Returns whether nobody can be drawn for a team, which is the one at place `lane` of the rotation's.
    pub(crate) fn is_empty(&self, lane: usize) -> bool {
        self.pool.size(lane) == 0
    }

    /// Picks the agent who takes the next conversation of a team, and says why; `None` where nobody does.
    ///
    /// The agent `not` is asked when nobody else is left. `room` is for the seats that sets may still name.
    pub(crate) fn pick(
        &mut self,
        lane: usize,
        not: Option<AgentId>,
        loads: &Loads,
        room: &mut usize,
    ) -> Option<Pick> {
        let not = not.filter(|_| !self.rule.is_legacy() && self.pool.size(lane) > 1);
        let withheld = not.and_then(|agent| self.seat_of(agent)).and_then(|seat| {
            let key = self.pool.key(seat).filter(|key| key.in_lane(lane))?;
            let (lanes, key) = (key.lanes.clone(), key.without(lane));
            self.pool.shift(seat, Some(key));
            Some((seat, lanes))
        });
        let pick = self.pick_any(lane, loads, room);
        if let Some((seat, lanes)) = withheld {
            let mut key = self.pool.key(seat).expect("who is withheld stays in the pool").clone();
            key.lanes = lanes;
            self.pool.shift(seat, Some(key));
        }
        pick
    }

    fn pick_any(&mut self, lane: usize, loads: &Loads, room: &mut usize) -> Option<Pick> {
        let Self { rule, seats, pool, turns, .. } = self;
        let load = |seat: Seat| loads.of(seats[seat.place()]);
        let only = pool.size(lane) == 1;
        let (seat, why, set) = match turns {
            Turns::Owed(ledger) => {
                let (seat, set) = ledger.pick(pool, lane, room)?;
                (seat, AssignReason::Turn, set)
            }
            Turns::InOrder(taken) if *rule == Rule::LeastLoaded => {
                let load = |seat| load(seat).expect("whose load is unknown is no candidate");
                (least::pick(pool, lane, load, taken)?, AssignReason::LeastLoaded, 0)
            }
            Turns::InOrder(taken) => (least::pick(pool, lane, |_| 0, taken)?, AssignReason::LeastRecent, 0),
            Turns::Drawn(limits) => {
                let draws = if *rule == Rule::Libredesk2025 { 1 } else { pool.size(lane) };
                let takes = |seat: Seat| load(seat).is_some_and(|load| load < limits[seat.place()]);
                let seat = libredesk::draw(pool, lane, draws, takes)?;
                return Some(Pick { agent: seats[seat.place()], why: AssignReason::Turn, set: 0 });
            }
        };
        let why = if only { AssignReason::OnlyCandidate } else { why };
        Some(Pick { agent: seats[seat.place()], why, set })
    }

    fn seat_of(&mut self, agent: AgentId) -> Option<Seat> {
        if self.by_agent.is_empty() {
            let seats = self.seats.iter().enumerate();
            self.by_agent = seats.map(|(seat, &agent)| (agent, Seat::new(seat))).collect();
            self.by_agent.sort_unstable();
        }
        let at = self.by_agent.binary_search_by_key(&agent, |&(agent, _)| agent).ok()?;
        Some(self.by_agent[at].1)
    }

    /// Takes a seat whose agent has reached a limit out of the turns of a team, with what is owed kept.
    pub(crate) fn leave(&mut self, seat: Seat, lane: usize) {
        self.pool.leave(seat, lane);
    }

    /// Returns how many groups of seats were looked at.
    pub(crate) const fn looks(&self) -> u64 {
        self.pool.looks
    }

    /// Returns the rule by which it picks.
    pub(crate) const fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns who has a turn, in rotation order, and what is owed under a rule that owes.
    pub(crate) fn turns(&self) -> Vec<(AgentId, Option<i64>)> {
        let standing = |seat: usize| self.pool.standing(Seat::new(seat));
        let mut turns: Vec<_> =
            self.seats.iter().enumerate().map(|(seat, &agent)| (agent, standing(seat))).collect();
        let owes = !matches!(self.turns, Turns::InOrder(_));
        if !owes {
            // Stable: who has taken nothing stands where they stood.
            turns.sort_by_key(|&(_, standing)| -standing);
        }
        turns.into_iter().map(|(agent, standing)| (agent, owes.then_some(standing))).collect()
    }

    /// Returns the sets of seats that shared in the picks.
    pub(crate) fn sets(&self) -> &[SeatSet] {
        match &self.turns {
            Turns::Owed(ledger) => ledger.sets.written(),
            _ => &[],
        }
    }
}
