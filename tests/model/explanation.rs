//! What the model knows of one conversation, read from its state at the moment of the decision.

use super::{
    Class, Decided, Load, ONE, Rotation, class_of, decide_and_take, gate, is_legacy, is_manual, loads_of,
    needs_in_force, number, open, plan, position, rotation_ids, rotation_in, serving_order,
};
use evenhand::{
    AskedTeam, Assignment, Conversation, ExplainedClass, ExplainedMember, Explanation, MAX_INTEGER, MAX_LOAD,
    Member, Outcome, Rule, Snapshot, Team, WaitReason,
};
use std::collections::BTreeMap;

/// So many conversations positions are looked for among.
const FOLLOWED: u32 = 10_000;

/// Returns the explanation of a conversation of a valid snapshot under `in_order`.
pub(crate) fn explain<'a>(snapshot: &'a Snapshot<'_>, at: usize) -> Explanation<'a> {
    let conversation = &snapshot.conversations[at];
    let own = own_team(snapshot, conversation);
    let class = own.map_or_else(Class::default, |own| class_of(snapshot, conversation, own));
    let order = serving_order(snapshot);
    let place = order.iter().position(|&other| other == at).expect("each is served");
    // Those that follow are like it, but no claim of them was lost.
    let like = Conversation { id: "like it".into(), ..conversation.clone() };

    let mut loads = loads_of(snapshot);
    let mut rotations: Vec<_> = rotation_ids(snapshot).into_iter().map(|id| open(snapshot, id)).collect();
    for &before in &order[..place] {
        decide_and_take(snapshot, &snapshot.conversations[before], &mut rotations, &mut loads);
    }
    let mut members = Vec::new();
    for &team in &class.open {
        let rotation = rotation_in(&mut rotations, &snapshot.teams[team]);
        for of in &snapshot.teams[team].members {
            members.push(member(snapshot, conversation, &class, team, of, rotation, &loads));
        }
    }

    let mut positions = BTreeMap::new();
    let candidates = members.iter().filter(|member| member.gate.is_none()).count();
    for next in 1..=FOLLOWED {
        let conversation = if next == 1 { conversation } else { &like };
        let Decided { decision, .. } = decide_and_take(snapshot, conversation, &mut rotations, &mut loads);
        // Sets change no pick, and to keep them all takes long.
        for rotation in &mut rotations {
            (rotation.sets, rotation.decoded, rotation.log) = Default::default();
        }
        match decision.outcome {
            Outcome::Waits(WaitReason::TurnLost) => {}
            Outcome::Waits(_) => break,
            Outcome::Assigned { agent, .. } => {
                positions
                    .entry((decision.by.unwrap_or(decision.team).to_owned(), agent.to_owned()))
                    .or_insert(next);
            }
        }
        if positions.len() == candidates {
            break;
        }
    }
    for member in &mut members {
        member.position = positions.get(&(member.team.to_owned(), member.agent.to_owned())).copied();
    }
    // A stable sort.
    members.sort_by_key(|member| (member.gate.is_some(), member.position.unwrap_or(u32::MAX)));

    Explanation {
        decision: plan(snapshot).decisions[at],
        place: number(place) + 1,
        queue: number(order.len()),
        lost: snapshot.lost_claims.iter().any(|lost| lost.conversation == conversation.id),
        class: told(snapshot, conversation, &class),
        members,
        held_back: None,
    }
}

/// Returns the place of the team of a conversation, if there is one that assigns.
fn own_team(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>) -> Option<usize> {
    snapshot
        .teams
        .iter()
        .position(|team| team.id == conversation.team)
        .filter(|&own| !is_manual(&snapshot.teams[own]))
}

fn told<'a>(
    snapshot: &'a Snapshot<'_>,
    conversation: &'a Conversation<'_>,
    class: &Class<'_>,
) -> ExplainedClass<'a> {
    let of = |other: &Conversation<'_>| {
        let own = own_team(snapshot, other);
        let legacy = own.is_some_and(|own| is_legacy(&snapshot.teams[own]));
        let needs = if legacy { vec![] } else { needs_in_force(snapshot, other) };
        let needs: BTreeMap<_, _> = needs.iter().map(|need| (need.skill.to_owned(), need.level)).collect();
        let class = own.map(|own| class_of(snapshot, other, own));
        let class = class.map(|class| (class.open, class.excluded, class.held_for));
        (other.team.to_string(), other.channel.as_ref().map(ToString::to_string), needs, class)
    };
    let legacy = class.open.iter().any(|&team| is_legacy(&snapshot.teams[team]));
    ExplainedClass {
        team: &conversation.team,
        channel: conversation.channel.as_deref(),
        needs: if legacy { vec![] } else { needs_in_force(snapshot, conversation) },
        excluded: class.excluded.iter().map(|&agent| &*snapshot.agents[agent].id).collect(),
        held: class.held_for.is_some(),
        asked: class.open.iter().map(|&team| asked(&snapshot.teams[team])).collect(),
        conversations: number(
            snapshot.conversations.iter().filter(|other| of(other) == of(conversation)).count(),
        ),
    }
}

fn asked<'a>(team: &'a Team<'_>) -> AskedTeam<'a> {
    let rule = match team.assignment {
        Assignment::LeastLoaded => Rule::LeastLoaded,
        Assignment::LeastRecent => Rule::LeastRecent,
        Assignment::Libredesk2025 => Rule::Libredesk2025,
        Assignment::Libredesk2026 => Rule::Libredesk2026,
        Assignment::RoundRobin | Assignment::Manual => Rule::RoundRobin,
    };
    AskedTeam { team: &team.id, rule }
}

fn member<'a>(
    snapshot: &'a Snapshot<'_>,
    conversation: &Conversation<'_>,
    class: &Class<'_>,
    team: usize,
    member: &'a Member<'_>,
    rotation: &Rotation<'_>,
    loads: &[Load],
) -> ExplainedMember<'a> {
    let team = &snapshot.teams[team];
    let legacy = is_legacy(team);
    let known = position(snapshot, &member.agent);
    let agent = known.map(|known| (&snapshot.agents[known], &loads[known]));
    let lost = snapshot.lost_claims.iter().find(|lost| lost.conversation == conversation.id);
    let availability = agent.map(|(agent, _)| &*agent.availability);
    let among = |words: &[std::borrow::Cow<'_, str>]| {
        availability.is_some_and(|word| words.iter().any(|other| other == word))
    };
    let channel = agent.and_then(|(agent, load)| {
        let of_class =
            |channel: &evenhand::Channel<'_>| Some(&*channel.channel) == conversation.channel.as_deref();
        let at = agent.channels.iter().position(of_class)?;
        Some((load.channels[at], agent.channels[at].capacity))
    });
    let seat = rotation.seats.iter().find(|seat| seat.agent == member.agent);
    let most = i128::from(MAX_INTEGER);
    let owed = seat.map(|seat| seat.owed.clamp(-most, most)).and_then(|owed| match team.assignment {
        Assignment::RoundRobin => Some((2_000 * owed + ONE).div_euclid(2 * ONE)),
        _ => legacy.then_some(owed),
    });
    ExplainedMember {
        team: &team.id,
        agent: &member.agent,
        weight: member.weight,
        tier: member.tier,
        availability,
        fallback: !legacy && among(&team.fallback) && !among(&team.assignable),
        preferred: !legacy && known.is_some() && conversation.preferred.contains(&member.agent),
        asked_last: !legacy && lost.is_some_and(|lost| lost.agent.as_ref() == Some(&member.agent)),
        load: agent.and_then(|(_, load)| load.whole),
        channel_load: channel.and_then(|(load, _)| load),
        taken: agent.filter(|(_, load)| load.whole.is_some()).map_or(0, |(_, load)| load.got),
        room: agent.and_then(|(agent, load)| {
            let measured = channel.filter(|_| !legacy).map_or(load.whole, |(load, _)| load);
            let new = agent.max_new.filter(|_| !legacy).map(|most| most.saturating_sub(load.got));
            // Nobody holds more than the largest load there is.
            let new = new.zip(load.whole).map(|(new, whole)| new.min(MAX_LOAD - whole));
            let limits = [
                (load.whole, agent.capacity),
                (measured, channel.filter(|_| !legacy).and_then(|(_, capacity)| capacity)),
                (measured, team.max_load),
            ];
            let room = |(load, limit): (Option<u32>, Option<u32>)| {
                let room = limit.unwrap_or(MAX_LOAD).saturating_sub(load?);
                (limit.is_some_and(|limit| limit < MAX_LOAD) || room == 0).then_some(room)
            };
            limits.into_iter().filter_map(room).chain(new).min()
        }),
        gate: gate(snapshot, class, team, known, member.weight, loads),
        owed: owed.map(|owed| i64::try_from(owed).expect("it is clamped")),
        position: None,
        needed_for: None,
    }
}
