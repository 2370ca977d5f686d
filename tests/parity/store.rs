//! The original's database, with the faults that were injected into it.

use super::trace::{Conversation, Engine, Tick};
use std::collections::{BTreeMap, BTreeSet};

/// How a try ended.
pub(crate) mod code {
    pub(crate) const ASSIGNED: u8 = 0;
    pub(crate) const FULL: u8 = 1;
    pub(crate) const NOT_COUNTED: u8 = 2;
    pub(crate) const NOT_WRITTEN: u8 = 3;
    pub(crate) const WRITTEN_WITH_ERROR: u8 = 4;
    pub(crate) const ALREADY_ASSIGNED: u8 = 5;
}

/// The store as one tick sees it.
pub(crate) struct Store<'t> {
    engine: Engine,
    tick: &'t Tick,
    /// Open conversations per user, moving with each write.
    counts: BTreeMap<u32, u32>,
    count_calls: u32,
    writes: BTreeMap<u32, u32>,
    /// Conversations that have a user, or have left the team they were listed with.
    gone: BTreeSet<u32>,
}

impl<'t> Store<'t> {
    pub(crate) fn new(engine: Engine, tick: &'t Tick) -> Self {
        let counts = tick.counts.iter().copied().collect();
        Self { engine, tick, counts, count_calls: 0, writes: BTreeMap::new(), gone: BTreeSet::new() }
    }

    /// Returns what a user holds now, whether or not a count call would say so.
    pub(crate) fn held(&self, user: u32) -> u32 {
        self.counts.get(&user).copied().unwrap_or(0)
    }

    /// Returns whether every count call for this user fails.
    pub(crate) fn uncountable(&self, user: u32) -> bool {
        self.tick.fault.count_user.contains(&user)
    }

    /// Makes one count call and returns whether it succeeded.
    pub(crate) fn count(&mut self, user: u32) -> bool {
        self.count_calls += 1;
        !self.uncountable(user) && !self.tick.fault.count_call.contains(&self.count_calls)
    }

    /// Makes one write call and returns its code.
    pub(crate) fn write(&mut self, conversation: Conversation, user: u32) -> u8 {
        let calls = self.writes.entry(conversation.id).or_default();
        *calls += 1;
        let first = *calls == 1;
        let fault = self.tick.fault.update.iter().find(|fault| fault.0 == conversation.id);
        match fault {
            Some(&(_, 1, failing)) if *calls <= failing => return code::NOT_WRITTEN,
            Some(&(_, 3, other)) if first => self.assign(conversation, other),
            Some(&(_, 4, _)) if first => {
                self.gone.insert(conversation.id);
            }
            _ => {}
        }
        if self.engine == Engine::Now && self.gone.contains(&conversation.id) {
            return code::ALREADY_ASSIGNED;
        }
        self.assign(conversation, user);
        match fault {
            Some((_, 2, _)) if first => code::WRITTEN_WITH_ERROR,
            _ => code::ASSIGNED,
        }
    }

    fn assign(&mut self, conversation: Conversation, user: u32) {
        self.gone.insert(conversation.id);
        if conversation.open {
            *self.counts.entry(user).or_default() += 1;
        }
    }
}
