//! Random snapshots for proptest: small, shrinkable, with every odd row that is not refused.

extern crate alloc;

use alloc::borrow::Cow;
use evenhand::{
    Agent, Assignment, Conversation, Cursor, LostClaim, MAX_INTEGER, Member, Rule, Snapshot, Team, Turn,
};
use proptest::{collection::vec, option, prelude::*, sample::select, sample::subsequence};

/// Ids 0 to this are agents, members, names in cursors; which of them are agents is up to the snapshot.
const PEOPLE: usize = 12;
const TEAMS: usize = 4;
/// Far from where `owed` is cut off on the wire, so that sums stay exact.
const OWED: i64 = 1 << 48;

/// Returns any snapshot that is not refused.
pub(crate) fn snapshots() -> impl Strategy<Value = Snapshot<'static>> {
    (
        option::of(0..=MAX_INTEGER),
        subsequence((0..PEOPLE).collect::<Vec<_>>(), 0..=PEOPLE).prop_shuffle().prop_flat_map(agents),
        subsequence((0..TEAMS).collect::<Vec<_>>(), 0..=TEAMS).prop_shuffle().prop_flat_map(teams),
        vec(0..=TEAMS, 0..40),
        subsequence((0..=TEAMS).collect::<Vec<_>>(), 0..=TEAMS).prop_shuffle().prop_flat_map(cursors),
        vec((0..=TEAMS, 0..PEOPLE), 0..6),
    )
        .prop_map(|(seed, agents, teams, conversations, cursors, lost_claims)| Snapshot {
            seed,
            agents,
            teams,
            conversations: conversations
                .into_iter()
                .enumerate()
                .map(|(at, team)| Conversation { id: format!("c{at}").into(), team: team_id(team) })
                .collect(),
            cursors,
            lost_claims: lost_claims
                .into_iter()
                .map(|(team, agent)| LostClaim { team: team_id(team), agent: agent_id(agent) })
                .collect(),
            ..Snapshot::default()
        })
}

fn agents(ids: Vec<usize>) -> impl Strategy<Value = Vec<Agent<'static>>> {
    let agent = |id| {
        let availability = prop_oneof![4 => Just("online"), 1 => Just("away"), 1 => Just("")];
        let load = prop_oneof![8 => (0..6_u32).prop_map(Some), 1 => Just(None)];
        (availability, load, option::weighted(0.4, 0..9_u32)).prop_map(
            move |(availability, load, capacity)| Agent {
                id: agent_id(id),
                availability: Cow::Borrowed(availability),
                load,
                capacity,
            },
        )
    };
    ids.into_iter().map(agent).collect::<Vec<_>>()
}

fn teams(ids: Vec<usize>) -> impl Strategy<Value = Vec<Team<'static>>> {
    ids.into_iter().map(team).collect::<Vec<_>>()
}

fn team(id: usize) -> impl Strategy<Value = Team<'static>> {
    let assignment = select(vec![
        Assignment::RoundRobin,
        Assignment::LeastLoaded,
        Assignment::Manual,
        Assignment::Libredesk2025,
        Assignment::Libredesk2026,
    ]);
    let assignable = prop_oneof![8 => Just(vec!["online"]), 1 => Just(vec![]), 2 => Just(vec!["away", "online"]), 1 => Just(vec![""])];
    let members = subsequence((0..PEOPLE).collect::<Vec<_>>(), 0..=PEOPLE).prop_shuffle();
    let weights = prop_oneof![
        4 => vec(Just(1), PEOPLE),
        2 => vec(0..=5_u32, PEOPLE),
        1 => vec(0..=1000_u32, PEOPLE),
    ];
    (assignment, option::weighted(0.3, 0..8_u32), assignable, members, weights).prop_map(
        move |(assignment, max_load, assignable, members, weights)| Team {
            id: team_id(id),
            assignment,
            max_load,
            assignable: assignable.into_iter().map(Cow::Borrowed).collect(),
            members: members
                .into_iter()
                .zip(weights)
                .map(|(agent, weight)| Member { agent: agent_id(agent), weight })
                .collect(),
        },
    )
}

fn cursors(ids: Vec<usize>) -> impl Strategy<Value = Vec<Cursor<'static>>> {
    ids.into_iter().map(cursor).collect::<Vec<_>>()
}

fn cursor(id: usize) -> impl Strategy<Value = Cursor<'static>> {
    let rule = select(vec![Rule::RoundRobin, Rule::LeastLoaded, Rule::Libredesk2025, Rule::Libredesk2026]);
    let people = subsequence((0..=PEOPLE).collect::<Vec<_>>(), 0..=PEOPLE).prop_shuffle();
    let owed = prop_oneof![
        vec(-9..=9_i64, PEOPLE),
        vec(-5_354_228_880..=5_354_228_880_i64, PEOPLE),
        vec(-OWED..=OWED, PEOPLE),
    ];
    (rule, people, owed).prop_map(move |(rule, people, owed)| Cursor {
        team: team_id(id),
        rule,
        turns: people
            .into_iter()
            .zip(owed)
            .map(|(agent, owed)| Turn { agent: agent_id(agent), owed })
            .collect(),
    })
}

fn agent_id(n: usize) -> Cow<'static, str> {
    format!("a{n}").into()
}

fn team_id(n: usize) -> Cow<'static, str> {
    format!("t{n}").into()
}
