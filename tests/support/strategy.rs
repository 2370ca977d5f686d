//! Random snapshots for proptest: small, shrinkable, with every odd row that is not refused.

extern crate alloc;

use super::shared;
use alloc::borrow::Cow;
use evenhand::{
    Agent, Assignment, Conversation, Cursor, LostClaim, MAX_INTEGER, Member, Rule, SeatSet, Snapshot, Team,
    Turn,
};
use proptest::sample::{Index, select, subsequence};
use proptest::{collection::vec, option, prelude::*};

/// Ids 0 to this are agents, members, names in cursors; which of them are agents is up to the snapshot.
const PEOPLE: usize = 12;
const TEAMS: usize = 4;
/// Far from where `owed` is cut off on the wire, so that sums stay exact.
const OWED: i64 = 1 << 48;

/// Conversations 0 to this may be lost claims; how many of them wait is up to the snapshot.
const CONVERSATIONS: usize = 40;

/// Returns any snapshot that is not refused.
pub(crate) fn snapshots() -> impl Strategy<Value = Snapshot<'static>> {
    (
        option::of(0..=MAX_INTEGER),
        subsequence((0..PEOPLE).collect::<Vec<_>>(), 0..=PEOPLE).prop_shuffle().prop_flat_map(agents),
        subsequence((0..TEAMS).collect::<Vec<_>>(), 0..=TEAMS).prop_shuffle().prop_flat_map(teams),
        vec(0..=TEAMS, 0..CONVERSATIONS),
        subsequence((0..=TEAMS).collect::<Vec<_>>(), 0..=TEAMS).prop_shuffle().prop_flat_map(cursors),
        lost_claims(),
    )
        .prop_map(|(seed, agents, teams, conversations, cursors, mut lost_claims)| {
            let conversations: Vec<Conversation<'_>> = conversations
                .into_iter()
                .enumerate()
                .map(|(at, team)| Conversation { id: conversation_id(at), team: team_id(team) })
                .collect();
            for lost in &mut lost_claims {
                // Most claims are of the team that the conversation still has.
                let waits = conversations.iter().find(|waits| waits.id == lost.conversation);
                if let (Some(waits), true) = (waits, lost.why.is_some()) {
                    lost.team.clone_from(&waits.team);
                }
            }
            Snapshot { seed, agents, teams, conversations, cursors, lost_claims, ..Snapshot::default() }
        })
}

fn lost_claims() -> impl Strategy<Value = Vec<LostClaim<'static>>> {
    let lost = |conversation| {
        let agent = option::weighted(0.9, 0..PEOPLE);
        let set = prop_oneof![9 => 0..4_u32, 1 => any::<u32>()];
        (0..=TEAMS, agent, option::weighted(0.8, Just("turn")), set).prop_map(
            move |(team, agent, why, set)| LostClaim {
                conversation: conversation_id(conversation),
                team: team_id(team),
                agent: agent.map(agent_id),
                why: why.map(Cow::Borrowed),
                set,
            },
        )
    };
    let conversations = subsequence((0..CONVERSATIONS).collect::<Vec<_>>(), 0..6).prop_shuffle();
    conversations.prop_flat_map(move |ids| ids.into_iter().map(lost).collect::<Vec<_>>())
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
    ids.into_iter().map(team).collect::<Vec<_>>().prop_map(|mut teams| {
        shared::agree(&mut teams);
        teams
    })
}

fn team(id: usize) -> impl Strategy<Value = Team<'static>> {
    let assignment = prop_oneof![1 => Just(Assignment::RoundRobin), 3 => select(Assignment::ALL)];
    // The name of a team that may be there, or one of its own.
    let rotation = option::weighted(0.5, select(vec!["t0", "t1", "r"]));
    let assignable = prop_oneof![8 => Just(vec!["online"]), 1 => Just(vec![]), 2 => Just(vec!["away", "online"]), 1 => Just(vec![""])];
    let members = subsequence((0..PEOPLE).collect::<Vec<_>>(), 0..=PEOPLE).prop_shuffle();
    let weights = prop_oneof![
        4 => vec(Just(1), PEOPLE),
        2 => vec(0..=5_u32, PEOPLE),
        1 => vec(0..=1000_u32, PEOPLE),
    ];
    (assignment, rotation, option::weighted(0.3, 0..8_u32), assignable, members, weights).prop_map(
        move |(assignment, rotation, max_load, assignable, members, weights)| Team {
            id: team_id(id),
            assignment,
            rotation: rotation.map(Cow::Borrowed),
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
    let rule = prop_oneof![1 => Just(Rule::RoundRobin), 1 => select(Rule::ALL)];
    let people = subsequence((0..=PEOPLE).collect::<Vec<_>>(), 0..=PEOPLE).prop_shuffle();
    let owed = prop_oneof![
        vec(-9..=9_i64, PEOPLE),
        vec(-5_354_228_880..=5_354_228_880_i64, PEOPLE),
        vec(-64_250_746_560..=64_250_746_560_i64, PEOPLE),
        vec(-OWED..=OWED, PEOPLE),
    ];
    let sets = vec((option::of(any::<Index>()), vec(any::<bool>(), PEOPLE)), 0..4);
    (rule, people, owed, sets).prop_map(move |(rule, people, owed, sets)| {
        let places = |picked: Vec<bool>| -> Vec<u32> {
            (0..).zip(picked).take(people.len()).filter(|(_, picked)| *picked).map(|(at, _)| at).collect()
        };
        let sets = sets
            .into_iter()
            .enumerate()
            .map(|(n, (from, seats))| SeatSet {
                from: from
                    .filter(|_| n > 0)
                    .map(|from| u32::try_from(from.index(n)).expect("one of a few sets")),
                seats: places(seats),
            })
            .collect();
        Cursor {
            // One number beyond the teams there are: the rotation that some of them share.
            rotation: if id == TEAMS { Cow::Borrowed("r") } else { team_id(id) },
            rule,
            turns: people
                .iter()
                .zip(owed)
                .map(|(agent, owed)| Turn { agent: agent_id(*agent), owed: Some(owed) })
                .collect(),
            sets,
        }
    })
}

fn agent_id(n: usize) -> Cow<'static, str> {
    format!("a{n}").into()
}

fn conversation_id(n: usize) -> Cow<'static, str> {
    format!("c{n}").into()
}

fn team_id(n: usize) -> Cow<'static, str> {
    format!("t{n}").into()
}
