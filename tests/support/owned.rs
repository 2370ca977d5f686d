//! What a host does between two calls: it stores a cursor, which then no longer borrows from the snapshot.

use evenhand::{Cursor, Turn};

pub(crate) fn cursor(cursor: &Cursor<'_>) -> Cursor<'static> {
    Cursor {
        team: cursor.team.clone().into_owned().into(),
        rule: cursor.rule,
        turns: cursor
            .turns
            .iter()
            .map(|turn| Turn { agent: turn.agent.clone().into_owned().into(), owed: turn.owed })
            .collect(),
    }
}
