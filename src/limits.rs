//! Loads as they grow during a plan, and who stops being a candidate where.

use crate::desk::{AgentId, Counter, Desk, RotationId, Seat, Step};
use alloc::{vec, vec::Vec};
use core::{iter, mem};

pub(crate) struct Loads {
    /// All counted loads at this moment.
    loads: Vec<Option<u32>>,
    /// How many conversations are planned.
    conversations: usize,
    limits: Vec<Limit>,
    /// For each counter: its next limit, as its place in `limits` and 1; 0 where none is left.
    next: Vec<u32>,
    /// For each limit: the one that its counter reaches after it, written likewise.
    after: Vec<u32>,
}

/// A load with which an agent stops being a candidate for what a team is asked.
pub(crate) struct Limit {
    pub(crate) counter: Counter,
    pub(crate) limit: u32,
    pub(crate) rotation: RotationId,
    pub(crate) seat: Seat,
    /// What the seat leaves.
    pub(crate) slot: usize,
}

impl Loads {
    /// Returns the loads of the snapshot, before any limit is known. So many conversations are planned.
    pub(crate) fn new(desk: &Desk, conversations: usize) -> Self {
        Self {
            loads: desk.loads.clone(),
            conversations,
            limits: Vec::new(),
            after: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Returns whether a load may come to so much in this plan, and is below it.
    pub(crate) fn can_reach(&self, counter: Counter, limit: u32) -> bool {
        let room = self.of(counter).and_then(|load| limit.checked_sub(load));
        room.is_some_and(|room| room as usize <= self.conversations)
    }

    /// Returns a load; `None` where the host could not count.
    pub(crate) fn of(&self, counter: Counter) -> Option<u32> {
        self.loads[counter.place()]
    }

    /// Returns the whole load of an agent of the snapshot.
    pub(crate) fn whole(&self, agent: AgentId) -> Option<u32> {
        self.loads[agent.place()]
    }

    /// Returns whether there is no room for more in a limit that teams set.
    pub(crate) fn is_full(&self, step: Step) -> bool {
        self.of(step.counter).is_some_and(|load| load >= step.limit)
    }

    /// Fills a limit that teams set, since one around it is full.
    pub(crate) fn fill(&mut self, step: Step) {
        self.loads[step.counter.place()] = Some(step.limit);
    }

    /// Watches for limits, each of which can be reached.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are at most 4,000,000 members, each once for a channel"
    )]
    pub(crate) fn watch(&mut self, limits: Vec<Limit>) {
        let places = limits.iter().zip(0..).map(|(limit, place)| (u64::from(limit.limit) << 32) | place);
        let mut places: Vec<u64> = places.collect();
        places.sort_unstable();
        self.after = vec![0; limits.len()];
        self.next = vec![0; self.loads.len()];
        for place in places.into_iter().rev().map(|place| place as u32) {
            let next = &mut self.next[limits[place as usize].counter.place()];
            self.after[place as usize] = mem::replace(next, place + 1);
        }
        self.limits = limits;
    }

    /// Adds one to a load, and returns whether it has reached a limit.
    pub(crate) fn grow(&mut self, counter: Counter) -> bool {
        // A legacy rule passes nobody over for a channel that could not be counted.
        let Some(load) = &mut self.loads[counter.place()] else { return false };
        *load += 1;
        let next = self.next[counter.place()] as usize;
        next > 0 && self.limits[next - 1].limit <= *load
    }

    /// Yields the limits that a counter has just reached: those of one rotation next to each other.
    pub(crate) fn reached(&mut self, counter: Counter) -> impl Iterator<Item = &Limit> {
        let load = self.loads[counter.place()];
        let (limits, after, next) = (&self.limits, &self.after, &mut self.next[counter.place()]);
        iter::from_fn(move || {
            let place = next.checked_sub(1)? as usize;
            let limit = Some(&limits[place]).filter(|limit| load.is_some_and(|load| limit.limit <= load))?;
            *next = after[place];
            Some(limit)
        })
    }
}
