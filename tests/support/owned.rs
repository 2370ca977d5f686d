//! What a host does between two calls: it stores cursors and decisions, which then no longer borrow from the snapshot.

use evenhand::{Cursor, Decision, LostClaim, Turn};

pub(crate) fn cursor(cursor: &Cursor<'_>) -> Cursor<'static> {
    Cursor {
        rotation: cursor.rotation.clone().into_owned().into(),
        rule: cursor.rule,
        turns: cursor
            .turns
            .iter()
            .map(|turn| Turn { agent: turn.agent.clone().into_owned().into(), owed: turn.owed })
            .collect(),
        sets: cursor.sets.clone(),
    }
}

/// Returns the decision as it is handed back when its claim was lost.
pub(crate) fn lost_claim(decision: &Decision<'_>) -> LostClaim<'static> {
    LostClaim {
        conversation: decision.conversation.to_owned().into(),
        team: decision.team.to_owned().into(),
        agent: decision.outcome.agent().map(|agent| agent.to_owned().into()),
        why: Some(decision.outcome.code().into()),
        held_by: decision.held_by.map(|agent| agent.to_owned().into()),
        by: decision.by.map(|team| team.to_owned().into()),
        set: decision.set,
    }
}
