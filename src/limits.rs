//! Loads as they grow during a plan, and who stops being a candidate where.

use crate::desk::{AgentId, Desk, RotationId, Seat};
use alloc::{vec, vec::Vec};
use core::{iter, mem};

pub(crate) struct Loads {
    /// The agents' loads at this moment.
    loads: Vec<Option<u32>>,
    limits: Vec<Limit>,
    /// For each agent: their next limit, as its place in `limits` and 1; 0 where none is left.
    next: Vec<u32>,
    /// For each limit: the one that its agent reaches after it, written likewise.
    after: Vec<u32>,
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
        Self { loads, limits: Vec::new(), after: Vec::new(), next: Vec::new() }
    }

    /// Returns the agent's load; `None` where the host could not count, or knows no such agent.
    pub(crate) fn of(&self, agent: AgentId) -> Option<u32> {
        self.loads.get(agent.place()).copied().flatten()
    }

    /// Keeps of the limits those that `conversations` more can reach.
    #[expect(clippy::cast_possible_truncation, reason = "there are at most 2,000,000 members")]
    pub(crate) fn watch(&mut self, mut limits: Vec<Limit>, conversations: usize) {
        limits.retain(|limit| {
            let room = self.of(limit.agent).and_then(|load| limit.limit.checked_sub(load));
            room.is_some_and(|room| room as usize <= conversations)
        });
        let places = limits.iter().zip(0..).map(|(limit, place)| (u64::from(limit.limit) << 32) | place);
        let mut places: Vec<u64> = places.collect();
        places.sort_unstable();
        self.after = vec![0; limits.len()];
        self.next = vec![0; self.loads.len()];
        for place in places.into_iter().rev().map(|place| place as u32) {
            let next = &mut self.next[limits[place as usize].agent.place()];
            self.after[place as usize] = mem::replace(next, place + 1);
        }
        self.limits = limits;
    }

    /// Gives the agent one conversation more, and yields the limits that they have just reached: those
    /// of one rotation next to each other.
    pub(crate) fn grow(&mut self, agent: AgentId) -> impl Iterator<Item = &Limit> {
        let load = self.loads[agent.place()].as_mut().expect("nobody takes anything whose load is unknown");
        *load += 1;
        let load = *load;
        let (limits, after, next) = (&self.limits, &self.after, &mut self.next[agent.place()]);
        iter::from_fn(move || {
            let place = next.checked_sub(1)? as usize;
            let limit = Some(&limits[place]).filter(|limit| limit.limit <= load)?;
            *next = after[place];
            Some(limit)
        })
    }
}
