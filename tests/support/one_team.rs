//! A desk of one team, for tests that count picks.

use evenhand::{Agent, Assignment, Conversation, Member, Snapshot, Team};

/// Returns a desk of one team without limits: agent 0, 1, ... with these weights, all online and idle.
pub(crate) fn one_team(assignment: Assignment, weights: &[u32], conversations: usize) -> Snapshot<'static> {
    let agent = |n: usize| Agent {
        id: n.to_string().into(),
        availability: "online".into(),
        load: Some(0),
        capacity: None,
        ..Agent::default()
    };
    let member =
        |(n, &weight): (usize, &u32)| Member { agent: n.to_string().into(), weight, ..Member::default() };
    let conversation =
        |n: usize| Conversation { id: format!("c{n}").into(), team: "t".into(), ..Conversation::default() };
    Snapshot {
        agents: (0..weights.len()).map(agent).collect(),
        teams: vec![Team {
            id: "t".into(),
            assignment,
            members: weights.iter().enumerate().map(member).collect(),
            ..Team::default()
        }],
        conversations: (0..conversations).map(conversation).collect(),
        ..Snapshot::default()
    }
}
