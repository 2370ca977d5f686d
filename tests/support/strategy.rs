//! Random snapshots for proptest: small, shrinkable, with every odd row that is not refused.

extern crate alloc;

use super::{
    shared,
    wishes::{FIELDS, SPANS, leave_out},
};
use alloc::borrow::Cow;
use evenhand::{
    Agent, Assignment, Channel, Conversation, Cursor, LostClaim, MAX_INTEGER, Member, Need, Overflow, Rule,
    SeatSet, Skill, Snapshot, Team, Turn,
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

/// The time of a snapshot that says it.
const NOW: u64 = 10_000;

/// Returns any snapshot that is not refused and in which nothing is asked for but a team.
pub(crate) fn snapshots() -> impl Strategy<Value = Snapshot<'static>> {
    snapshots_of(PEOPLE, TEAMS)
}

/// Returns any snapshot that is not refused; half of them are those of [`snapshots`].
pub(crate) fn any_snapshots() -> impl Strategy<Value = Snapshot<'static>> {
    prop_oneof![snapshots(), wishing()]
}

fn snapshots_of(people: usize, teams: usize) -> impl Strategy<Value = Snapshot<'static>> {
    (
        option::of(0..=MAX_INTEGER),
        subsequence((0..people).collect::<Vec<_>>(), 0..=people).prop_shuffle().prop_flat_map(agents),
        subsequence((0..teams).collect::<Vec<_>>(), 0..=teams).prop_shuffle().prop_flat_map(self::teams),
        vec(0..=teams, 0..CONVERSATIONS),
        subsequence((0..=TEAMS).collect::<Vec<_>>(), 0..=TEAMS).prop_shuffle().prop_flat_map(cursors),
        lost_claims(),
    )
        .prop_map(|(seed, agents, teams, conversations, cursors, mut lost_claims)| {
            let conversations: Vec<Conversation<'_>> = conversations
                .into_iter()
                .enumerate()
                .map(|(at, team)| Conversation {
                    id: conversation_id(at),
                    team: team_id(team),
                    ..Conversation::default()
                })
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

/// How many people and teams meet on a desk that uses every field.
const FEW: (usize, usize) = (6, 3);

/// What agents offer, teams do and conversations ask for; each place is said once for all that may be there.
#[derive(Clone, Debug)]
struct Wishes {
    now: Option<u64>,
    ageing: Option<u64>,
    agents: Vec<Agent<'static>>,
    teams: Vec<Team<'static>>,
    tiers: Vec<u32>,
    conversations: Vec<Conversation<'static>>,
    /// Which of them a conversation is like: several ask for the same.
    like: Vec<Index>,
    by: Vec<Option<usize>>,
    unused: Vec<&'static str>,
}

/// Returns any snapshot that uses some of the fields which can be left out.
fn wishing() -> impl Strategy<Value = Snapshot<'static>> {
    let (people, teams) = FEW;
    let wishes =
        (
            (option::of(Just(NOW)), option::of(select(vec![1, 100, 1_000, MAX_INTEGER]))),
            vec(offer(), people),
            vec(help(), teams),
            vec(prop_oneof![3 => Just(0), 2 => 0..3_u32, 1 => Just(9)], people),
            vec(wish(), 1..6),
            vec(any::<Index>(), CONVERSATIONS),
            vec(option::weighted(0.3, 0..=teams), CONVERSATIONS),
            subsequence(FIELDS.to_vec(), 0..=FIELDS.len()),
        )
            .prop_map(|((now, ageing), agents, teams, tiers, conversations, like, by, unused)| {
                Wishes { now, ageing, agents, teams, tiers, conversations, like, by, unused }
            });
    (snapshots_of(people, teams), wishes).prop_map(|(mut snapshot, wishes)| {
        snapshot.ageing = wishes.ageing;
        for (agent, offer) in snapshot.agents.iter_mut().zip(&wishes.agents) {
            let Agent { max_new, skills, channels, .. } = offer.clone();
            *agent = Agent { max_new, skills, channels, ..agent.clone() };
        }
        for (team, help) in snapshot.teams.iter_mut().zip(&wishes.teams) {
            team.fallback.clone_from(&help.fallback);
            team.overflow.clone_from(&help.overflow);
            for (member, tier) in team.members.iter_mut().zip(&wishes.tiers) {
                member.tier = *tier;
            }
        }
        for (conversation, like) in snapshot.conversations.iter_mut().zip(&wishes.like) {
            let like = like.get(&wishes.conversations).clone();
            let (id, team) = (conversation.id.clone(), conversation.team.clone());
            *conversation = Conversation { id, team, ..like };
        }
        for (lost, by) in snapshot.lost_claims.iter_mut().zip(&wishes.by) {
            lost.by = by.map(team_id);
        }
        for field in &wishes.unused {
            leave_out(&mut snapshot, field);
        }
        snapshot.now = if shared::needs_now(&snapshot) { Some(NOW) } else { wishes.now };
        snapshot
    })
}

/// Returns what an agent offers.
fn offer() -> impl Strategy<Value = Agent<'static>> {
    let skills = (subsequence((0..3).collect::<Vec<usize>>(), 0..=3), vec(1..4_u32, 3));
    let channel = (prop_oneof![8 => (0..5_u32).prop_map(Some), 1 => Just(None)], option::of(0..6_u32));
    let channels = (subsequence((0..3).collect::<Vec<usize>>(), 0..=3), vec(channel, 3));
    (option::weighted(0.3, 0..4_u32), skills, channels).prop_map(|(max_new, skills, channels)| Agent {
        max_new,
        skills: skills
            .0
            .into_iter()
            .zip(skills.1)
            .map(|(skill, level)| Skill { skill: skill_id(skill), level })
            .collect(),
        channels: channels
            .0
            .into_iter()
            .zip(channels.1)
            .map(|(channel, (load, capacity))| Channel { channel: channel_id(channel), load, capacity })
            .collect(),
        ..Agent::default()
    })
}

/// Returns whom a team asks after all others, and who helps it.
fn help() -> impl Strategy<Value = Team<'static>> {
    let fallback = prop_oneof![2 => Just(vec![]), 2 => Just(vec!["away"]), 1 => Just(vec!["online", ""])];
    let overflow = vec((0..=FEW.1, select(SPANS.to_vec())), 0..4);
    (fallback, overflow).prop_map(|(fallback, overflow)| Team {
        fallback: fallback.into_iter().map(Cow::Borrowed).collect(),
        overflow: overflow.into_iter().map(|(team, after)| Overflow { team: team_id(team), after }).collect(),
        ..Team::default()
    })
}

/// Returns what a conversation asks for.
fn wish() -> impl Strategy<Value = Conversation<'static>> {
    let span = || select(SPANS.to_vec());
    // One number beyond those who may be there.
    let agent = || (0..=FEW.0).prop_map(agent_id);
    let agents = move || prop_oneof![2 => Just(Vec::new()), 1 => vec(agent(), 1..4)];
    let need = (0..4_usize, 1..4_u32, option::of(span())).prop_map(|(skill, level, relax_after)| Need {
        skill: skill_id(skill),
        level,
        relax_after,
    });
    let since = prop_oneof![
        1 => Just(None),
        1 => select(vec![0, NOW + 1]).prop_map(Some),
        6 => span().prop_map(|span| Some(NOW - span)),
    ];
    (
        option::of((0..3_usize).prop_map(channel_id)),
        select(vec![0, 0, 0, 1, -1, 1_000, -1_000]),
        since,
        option::of(span()),
        prop_oneof![3 => Just(Vec::new()), 2 => vec(need, 1..4)],
        agents(),
        option::of(span()),
        agents(),
        option::weighted(0.2, agent()),
    )
        .prop_map(|(channel, priority, since, due, needs, preferred, hold_for, excluded, held_by)| {
            Conversation {
                channel,
                priority,
                since,
                due,
                needs,
                preferred,
                hold_for,
                excluded,
                held_by,
                ..Conversation::default()
            }
        })
}

fn skill_id(n: usize) -> Cow<'static, str> {
    format!("s{n}").into()
}

fn channel_id(n: usize) -> Cow<'static, str> {
    format!("h{n}").into()
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
                ..LostClaim::default()
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
                ..Agent::default()
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
                .map(|(agent, weight)| Member { agent: agent_id(agent), weight, ..Member::default() })
                .collect(),
            ..Team::default()
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
