//! A host that calls again and again: it writes what a plan decides and hands back what it could not write.

use super::{owned, sound};
use evenhand::{Conversation, Decision, Snapshot};

/// A desk as a host keeps it between two calls. Its conversations are the queue.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) snapshot: Snapshot<'static>,
}

/// What became of a conversation in a tick.
pub(crate) struct Row {
    pub(crate) conversation: String,
    pub(crate) agent: Option<String>,
    pub(crate) why: &'static str,
    pub(crate) is_written: bool,
}

impl Host {
    pub(crate) fn arrive(&mut self, id: &str, team: &str) {
        let (id, team) = (id.to_owned().into(), team.to_owned().into());
        self.snapshot.conversations.push(Conversation { id, team, ..Conversation::default() });
    }

    /// Plans the queue, and writes those decisions that `writes` lets through: one load more, one conversation less.
    /// The others stay in the queue, and are the lost claims of the next tick.
    pub(crate) fn tick(&mut self, mut writes: impl FnMut(&Decision<'_>) -> bool) -> Vec<Row> {
        let plan = sound::plan(&self.snapshot);
        let (mut rows, mut lost_claims) = (Vec::new(), Vec::new());
        for decision in &plan.decisions {
            let agent = decision.outcome.agent();
            let is_written = agent.is_some() && writes(decision);
            if agent.is_some() && !is_written {
                lost_claims.push(owned::lost_claim(decision));
            }
            rows.push(Row {
                conversation: decision.conversation.to_owned(),
                agent: agent.map(str::to_owned),
                why: decision.outcome.code(),
                is_written,
            });
        }
        let cursors = plan.cursors.iter().map(owned::cursor).collect();
        self.snapshot.cursors = cursors;
        self.snapshot.lost_claims = lost_claims;
        for row in rows.iter().filter(|row| row.is_written) {
            self.snapshot.conversations.retain(|waits| waits.id != row.conversation);
            let taker =
                self.snapshot.agents.iter_mut().find(|known| Some(&*known.id) == row.agent.as_deref());
            let taker = taker.expect("an agent of the snapshot");
            taker.load = taker.load.map(|load| load + 1);
        }
        rows
    }
}
