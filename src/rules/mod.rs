//! How one candidate is picked: a rotation per team, opened from its cursor and closed into the next.

mod least_loaded;
mod libredesk;
mod newcomers;
mod pool;
mod round_robin;
mod tournament;

use crate::desk::Desk;
use crate::eligibility::{failed_gate, limit};
use crate::plan::AssignReason;
use crate::snapshot::{Assignment, Cursor, MAX_INTEGER, Rule, Team, Turn};
use alloc::{borrow::Cow, vec::Vec};
use pool::{Grant, Pool};

/// One team's turns during a plan.
pub(crate) struct Rotation {
    rule: Rule,
    /// Who sits where, in rotation order.
    pub(crate) seats: Vec<Seat>,
    pool: Pool,
}

/// One member's place in a rotation.
pub(crate) struct Seat {
    /// The member, counted within the team.
    member: usize,
    /// The agent, where the snapshot lists them.
    pub(crate) agent: Option<usize>,
    /// The load from which on they take nothing more from this team.
    pub(crate) limit: Option<u32>,
}

impl Rotation {
    /// Opens the rotation of a team, or `None` where people assign.
    ///
    /// `loads` are the agents' loads at the start of the plan.
    pub(crate) fn open(desk: &Desk<'_>, team: usize, loads: &[Option<u32>]) -> Option<Self> {
        let team = &desk.teams[team];
        let members = &desk.members[team.members.clone()];
        let agents = &desk.snapshot.agents;
        let seed = desk.snapshot.seed;
        let rule = match team.record.assignment {
            Assignment::RoundRobin => Rule::RoundRobin,
            Assignment::LeastLoaded => Rule::LeastLoaded,
            Assignment::Libredesk2025 => Rule::Libredesk2025,
            Assignment::Libredesk2026 => Rule::Libredesk2026,
            Assignment::Manual => return None,
        };
        let grant = unit(rule);
        let kept = team.cursor.is_some_and(|cursor| unit(cursor.rule) == grant);
        let turns = team.turns.iter().map(|&(member, owed)| (member, if kept { owed } else { 0 })).collect();
        let turns = match grant {
            Grant::PartsOf(_) => round_robin::open(turns, team, members, seed),
            Grant::Weight => libredesk::open(turns, team, members, seed),
        };
        let seats = turns.iter().map(|&(member, _)| {
            let agent = members[member].agent;
            Seat { member, agent, limit: agent.and_then(|agent| limit(team.record, &agents[agent])) }
        });
        let places = turns.iter().map(|&(member, owed)| {
            let member = members[member];
            let drawn = grant == Grant::Weight || failed_gate(team.record, member, agents, loads).is_none();
            let load = match rule {
                Rule::LeastLoaded => member.agent.and_then(|agent| loads[agent]).unwrap_or(0),
                _ => 0,
            };
            (owed, drawn.then_some((member.weight, load)))
        });
        Some(Self { rule, seats: seats.collect(), pool: Pool::new(grant, rule == Rule::LeastLoaded, places) })
    }

    /// Returns whether nobody can be drawn.
    pub(crate) const fn is_empty(&self) -> bool {
        self.pool.size() == 0
    }

    /// Picks the agent who takes the next conversation, and says why; `None` where nobody does.
    pub(crate) fn pick(&mut self, loads: &[Option<u32>]) -> Option<(usize, AssignReason)> {
        let Self { rule, seats, pool } = self;
        let load = |place: usize| seats[place].agent.and_then(|agent| loads[agent]);
        let only = pool.size() == 1;
        let (place, why) = match rule {
            Rule::RoundRobin => (pool.pick(|_| 0)?, AssignReason::Turn),
            Rule::LeastLoaded => (pool.pick(|place| load(place).unwrap_or(0))?, AssignReason::LeastLoaded),
            Rule::Libredesk2025 | Rule::Libredesk2026 => {
                let draws = if *rule == Rule::Libredesk2025 { 1 } else { pool.size() };
                let takes = |place: usize| {
                    load(place).is_some_and(|load| seats[place].limit.is_none_or(|limit| load < limit))
                };
                let place = libredesk::draw(pool, draws, takes)?;
                return Some((seats[place].agent?, AssignReason::Turn));
            }
        };
        Some((seats[place].agent?, if only { AssignReason::OnlyCandidate } else { why }))
    }

    /// Takes a member whose agent has reached their limit out of the turns, with what is owed kept.
    ///
    /// The legacy rules go on drawing who is full.
    pub(crate) fn leave(&mut self, place: usize) {
        if unit(self.rule) != Grant::Weight {
            self.pool.leave(place);
        }
    }

    /// Returns the cursor from which the next plan goes on.
    pub(crate) fn cursor<'a>(&self, record: &'a Team<'_>) -> Cursor<'a> {
        // Only a cursor that no plan wrote, or millions of picks by load, come near the limits.
        let most = MAX_INTEGER.cast_signed();
        let turn = |(seat, place): (&Seat, usize)| Turn {
            agent: Cow::Borrowed(&*record.members[seat.member].agent),
            owed: self.pool.owed(place).clamp(-most, most),
        };
        let turns = self.seats.iter().zip(0..).map(turn).collect();
        Cursor { team: Cow::Borrowed(&*record.id), rule: self.rule, turns }
    }
}

/// Returns the unit of a rule's `owed`: cursors are read across rules of one unit.
const fn unit(rule: Rule) -> Grant {
    match rule {
        Rule::RoundRobin | Rule::LeastLoaded => Grant::PartsOf(round_robin::ONE),
        Rule::Libredesk2025 | Rule::Libredesk2026 => Grant::Weight,
    }
}
