//! Loads as they grow during a plan, and who stops being a candidate where.

use crate::desk::{AgentId, Desk, RotationId, Seat};
use alloc::{vec, vec::Vec};
use core::iter;

pub(crate) struct Loads {
    /// The agents' loads at this moment.
    loads: Vec<Option<u32>>,
    // INVARIANT: ordered by agent and limit.
    limits: Vec<Limit>,
    /// Each agent's next limit in `limits`.
    next: Vec<usize>,
}

/// A load with which an agent stops being a candidate for the conversations of a team.
pub(crate) struct Limit {
    pub(crate) agent: AgentId,
    pub(crate) limit: u32,
    pub(crate) rotation: RotationId,
    pub(crate) seat: Seat,
    /// The team's place among those of the rotation.
    pub(crate) lane: usize,
}

impl Loads {
    /// Returns the loads of the snapshot, before any limit is known.
    pub(crate) fn new(desk: &Desk) -> Self {
        let loads = desk.agents.iter().map(|agent| agent.load).collect();
        Self { loads, limits: Vec::new(), next: Vec::new() }
    }

    /// Returns the agent's load; `None` where the host could not count, or knows no such agent.
    pub(crate) fn of(&self, agent: AgentId) -> Option<u32> {
        self.loads.get(agent.place()).copied().flatten()
    }

    /// Keeps of the limits those that `conversations` more can reach.
    pub(crate) fn watch(&mut self, mut limits: Vec<Limit>, conversations: usize) {
        limits.retain(|limit| {
            let room = self.of(limit.agent).and_then(|load| limit.limit.checked_sub(load));
            room.is_some_and(|room| room as usize <= conversations)
        });
        self.limits = limits;
        self.limits.sort_unstable_by_key(|limit| (limit.agent, limit.limit));
        self.next = vec![self.limits.len(); self.loads.len()];
        for (at, limit) in self.limits.iter().enumerate().rev() {
            self.next[limit.agent.place()] = at;
        }
    }

    /// Gives the agent one conversation more, and yields the limits that they have just reached.
    pub(crate) fn grow(&mut self, agent: AgentId) -> impl Iterator<Item = &Limit> {
        let load = self.loads[agent.place()].as_mut().expect("nobody takes anything whose load is unknown");
        *load += 1;
        let load = *load;
        let (limits, next) = (&self.limits, &mut self.next[agent.place()]);
        iter::from_fn(move || {
            let limit = limits.get(*next).filter(|limit| limit.agent == agent && limit.limit <= load)?;
            *next += 1;
            Some(limit)
        })
    }
}
