//! How one candidate is picked: a rotation per team, opened from its cursor and closed into the next.

mod least_loaded;
mod libredesk;
mod newcomers;
mod pool;
mod round_robin;

use crate::desk::{AgentId, Desk, Rotation as Record, RotationId, Seat};
use crate::eligibility::{failed_gate, limit};
use crate::limits::{Limit, Loads};
use crate::plan::AssignReason;
use crate::snapshot::Rule;
use alloc::vec::Vec;
use pool::{Candidate, Grant, Pool};

/// One rotation's turns during a plan.
pub(crate) struct Rotation {
    rule: Rule,
    /// Who sits where, in rotation order.
    seats: Vec<AgentId>,
    /// The load from which on the agent of each seat takes nothing more.
    limits: Vec<u32>,
    pool: Pool,
}

impl Rotation {
    /// Opens a rotation, or returns `None` where people assign.
    ///
    /// `loads` are those at the start of the plan; `places` is room for a number per person.
    pub(crate) fn open(desk: &Desk, rotation: &Record, loads: &Loads, places: &mut [usize]) -> Option<Self> {
        let rule = desk.teams[rotation.team.place()].rule?;
        let members = desk.members(rotation.team);
        for (place, member) in members.iter().enumerate() {
            places[member.agent.place()] = place;
        }
        let member_of = |agent: AgentId| {
            let place = places[agent.place()];
            members.get(place).is_some_and(|member| member.agent == agent).then_some(place)
        };
        let grant = unit(rule);
        let kept = rotation.written_by.is_some_and(|rule| unit(rule) == grant);
        let turns = rotation.turns.iter();
        let turns = turns.filter_map(|&(agent, owed)| Some((member_of(agent)?, if kept { owed } else { 0 })));
        let turns = match grant {
            Grant::PartsOf(_) => {
                let lost: Vec<_> = rotation.lost.iter().filter_map(|&agent| member_of(agent)).collect();
                round_robin::open(turns.collect(), &lost, members, rotation.shuffle)
            }
            Grant::Weight => libredesk::open(turns.collect(), members, rotation.shuffle),
        };
        let seats = turns.iter().map(|&(place, _)| members[place].agent).collect();
        let limits = turns.iter().map(|&(place, _)| {
            let agent = members[place].agent;
            if agent.place() < desk.agents.len() { limit(desk, rotation.team, agent) } else { 0 }
        });
        let candidates = turns.iter().map(|&(place, owed)| {
            let member = members[place];
            let drawn = grant == Grant::Weight || failed_gate(desk, rotation.team, member, loads).is_none();
            let load = match rule {
                Rule::LeastLoaded => loads.of(member.agent).unwrap_or(0),
                _ => 0,
            };
            (owed, drawn.then_some(Candidate { weight: member.weight, load }))
        });
        let limits = limits.collect();
        Some(Self { rule, seats, limits, pool: Pool::new(grant, rule == Rule::LeastLoaded, candidates) })
    }

    /// Returns whether nobody can be drawn.
    pub(crate) const fn is_empty(&self) -> bool {
        self.pool.size() == 0
    }

    /// Picks the agent who takes the next conversation, and says why; `None` where nobody does.
    pub(crate) fn pick(&mut self, loads: &Loads) -> Option<(AgentId, AssignReason)> {
        let Self { rule, seats, limits, pool } = self;
        let load = |seat: Seat| loads.of(seats[seat.place()]);
        let known = |seat: Seat| load(seat).expect("whose load is unknown is no candidate");
        let only = pool.size() == 1;
        let (seat, why) = match rule {
            Rule::RoundRobin => (pool.pick(|_| 0)?, AssignReason::Turn),
            Rule::LeastLoaded => (pool.pick(known)?, AssignReason::LeastLoaded),
            Rule::Libredesk2025 | Rule::Libredesk2026 => {
                let draws = if *rule == Rule::Libredesk2025 { 1 } else { pool.size() };
                let takes = |seat: Seat| load(seat).is_some_and(|load| load < limits[seat.place()]);
                let seat = libredesk::draw(pool, draws, takes)?;
                return Some((seats[seat.place()], AssignReason::Turn));
            }
        };
        Some((seats[seat.place()], if only { AssignReason::OnlyCandidate } else { why }))
    }

    /// Takes a seat whose agent has reached their limit out of the turns, with what is owed kept.
    pub(crate) fn leave(&mut self, seat: Seat) {
        self.pool.leave(seat);
    }

    /// Yields the limits that take seats out of the turns; the legacy rules go on drawing who is full.
    pub(crate) fn limits(&self, rotation: RotationId) -> impl Iterator<Item = Limit> {
        let seats = self.seats.iter().zip(&self.limits).enumerate();
        let seats = seats.filter(|_| unit(self.rule) != Grant::Weight);
        seats.map(move |(place, (&agent, &limit))| Limit { agent, limit, rotation, seat: Seat::new(place) })
    }

    /// Returns the rule by which it picks.
    pub(crate) const fn rule(&self) -> Rule {
        self.rule
    }

    /// Yields who has a turn, in rotation order, and what is owed.
    pub(crate) fn turns(&self) -> impl Iterator<Item = (AgentId, i64)> {
        self.seats.iter().enumerate().map(|(place, &agent)| (agent, self.pool.owed(Seat::new(place))))
    }
}

/// Returns the unit of a rule's `owed`: cursors are read across rules of one unit.
const fn unit(rule: Rule) -> Grant {
    match rule {
        Rule::RoundRobin | Rule::LeastLoaded => Grant::PartsOf(round_robin::ONE),
        Rule::Libredesk2025 | Rule::Libredesk2026 => Grant::Weight,
    }
}
