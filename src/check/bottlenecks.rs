//! The proof of what holds back what waits under `most`: some classes can go to some agents alone, whose room is all taken by them.
//!
//! Nothing is searched for here. That the classes of a bottleneck are taken by all the room that there is for them shows at once, and what
//! cannot be served beside them must wait.

use super::facts::{Class, Facts, Kind};
use super::lists::{Ids, Numbering, number, sorted};
use super::totals::is_needed;
use super::{Report, ViolationCode};
use crate::error::Error;
use crate::plan::{Bottleneck, Outcome};
use crate::snapshot::MAX_LOAD;
use alloc::{vec, vec::Vec};

/// What is known of a class: how many of it wait and how many are assigned, and the first of those that wait.
#[derive(Clone, Copy, Default)]
struct Count {
    waiting: u32,
    assigned: u32,
    first: Option<usize>,
    /// Whether it is in a bottleneck.
    seen: bool,
}

/// Checks the bottlenecks.
pub(super) fn check(facts: &Facts<'_>, report: &mut Report) -> Result<(), Error> {
    let found = &facts.plan.bottlenecks;
    if !facts.most {
        if !found.is_empty() {
            report.add(ViolationCode::Bottlenecks, "/bottlenecks", &[], "expected none in order", "");
        }
        return Ok(());
    }
    let mut counts = vec![Count::default(); facts.classes.len()];
    for (place, decision) in facts.plan.decisions.iter().enumerate() {
        let count = &mut counts[facts.class_of[place]];
        if let Outcome::Assigned { .. } = decision.outcome {
            count.assigned += 1;
        } else {
            count.waiting += 1;
            count.first.get_or_insert(place);
        }
    }
    let of_conversation = Ids::new(&mut facts.snapshot.conversations.iter().map(|one| &*one.id));
    let mut last = None;
    for (at, bottleneck) in found.iter().enumerate() {
        let mut classes = Vec::new();
        for (place, class) in bottleneck.classes.iter().enumerate() {
            let first = of_conversation.find(class.conversation);
            let known = first.map(|first| facts.class_of[first]).filter(|&number| {
                let of = &facts.classes[number];
                let conversation = &facts.snapshot.conversations[of.first];
                let same = class.conversation == conversation.id && class.team == conversation.team;
                let same = same && class.channel == of.channel && of.kind == Kind::Ours;
                same && is_needed(facts, conversation, of, &class.needs) && !counts[number].seen
            });
            let Some(number) = known else {
                let text = "expected a class of our own rules, in no other bottleneck, as its first conversation says";
                report.add(
                    ViolationCode::BottleneckClass,
                    "/bottlenecks/#/classes/#",
                    &[at, place],
                    text,
                    class.conversation,
                );
                return Ok(());
            };
            counts[number].seen = true;
            classes.push(number);
        }
        // Those that wait by their first that does, then the others by their first.
        let key = |&class: &usize| {
            let first = counts[class].first;
            (first.is_none(), first.unwrap_or(facts.classes[class].first))
        };
        if let Some(place) = classes.windows(2).position(|two| key(&two[0]) > key(&two[1])) {
            let text = "expected the classes in order of what waits first, then of their first";
            report.add(
                ViolationCode::BottleneckClass,
                "/bottlenecks/#/classes/#",
                &[at, place + 1],
                text,
                "",
            );
        }
        let first = classes.iter().filter_map(|&class| counts[class].first).min();
        if first.is_none() || first < last {
            let text = "expected bottlenecks of what waits, in order of what waits first";
            report.add(ViolationCode::Bottlenecks, "/bottlenecks/#", &[at], text, "");
        }
        last = first;
        proved(facts, &classes, &counts, (at, bottleneck), report)?;
    }
    let open =
        |(class, count): (&Class<'_>, &Count)| class.kind == Kind::Ours && !count.seen && count.waiting > 0;
    if let Some(class) = facts.classes.iter().zip(&counts).position(open) {
        let first = &facts.snapshot.conversations[facts.classes[class].first];
        report.add(
            ViolationCode::Bottlenecks,
            "/bottlenecks",
            &[],
            "expected one of what waits like",
            &first.id,
        );
    }
    Ok(())
}

/// Checks that nobody else may take the classes, and that all the room for them is taken by them.
fn proved(
    facts: &Facts<'_>,
    classes: &[usize],
    counts: &[Count],
    (at, bottleneck): (usize, &Bottleneck<'_>),
    report: &mut Report,
) -> Result<(), Error> {
    // For each agent who may take any of it, and what is measured then: the highest limit of a team.
    let (mut limits, mut numbers) = (Vec::new(), Numbering::default());
    for class in classes.iter().map(|&class| &facts.classes[class]) {
        for &team in &class.asked {
            facts.look(facts.members[team].len().saturating_mul(2 + class.needs.len()))?;
            let limit = facts.snapshot.teams[team].max_load.unwrap_or(MAX_LOAD);
            for member in facts.members[team].iter().filter(|member| facts.unable(class, member).is_none()) {
                let channel = facts.channel(member.person, class.channel).map_or(0, |channel| channel + 1);
                let at = numbers.number(vec![number(member.person), number(channel)], limits.len());
                if at == limits.len() {
                    limits.push((member.person, channel, limit));
                }
                limits[at].2 = limit.max(limits[at].2);
            }
        }
    }
    let mut rooms: Vec<(usize, u32)> = Vec::new();
    for (agent, channel, limit) in sorted(limits) {
        if rooms.last().is_none_or(|&(last, _)| last != agent) {
            rooms.push((agent, 0));
        }
        if let Some((_, room)) = rooms.last_mut() {
            *room = room.saturating_add(room_in(facts, agent, channel.checked_sub(1), limit));
        }
    }
    for (agent, room) in &mut rooms {
        *room = whole_room(facts, *agent).min(*room);
    }
    let mut found = bottleneck.agents.iter().enumerate();
    for &(agent, room) in &rooms {
        let id = &facts.snapshot.agents[agent].id;
        match found.next() {
            Some((_, said)) if said.agent == id && said.room == room => {}
            Some((place, said)) if said.agent == id => {
                let text = "expected the most of these classes that the limits leave to";
                report.add(
                    ViolationCode::BottleneckRoom,
                    "/bottlenecks/#/agents/#/room",
                    &[at, place],
                    text,
                    id,
                );
            }
            _ => {
                let text = "expected everybody who may take these classes, and next";
                report.add(ViolationCode::BottleneckAgent, "/bottlenecks/#/agents", &[at], text, id);
                return Ok(());
            }
        }
    }
    if let Some((place, said)) = found.next() {
        let text = "expected nobody who may not take these classes, found";
        report.add(ViolationCode::BottleneckAgent, "/bottlenecks/#/agents/#", &[at, place], text, said.agent);
    }
    let sum =
        |of: fn(&Count) -> u32| classes.iter().map(|&class| of(&counts[class])).fold(0, u32::saturating_add);
    let assigned = sum(|count| count.assigned);
    if bottleneck.assigned != assigned {
        let text = "expected as many as have an agent";
        report.add(ViolationCode::BottleneckCount, "/bottlenecks/#/assigned", &[at], text, "");
    }
    if bottleneck.waiting != sum(|count| count.waiting) {
        let text = "expected as many as wait";
        report.add(ViolationCode::BottleneckCount, "/bottlenecks/#/waiting", &[at], text, "");
    }
    if rooms.iter().map(|&(_, room)| u64::from(room)).sum::<u64>() != u64::from(assigned) {
        let text = "expected as much room as is taken";
        report.add(ViolationCode::BottleneckProof, "/bottlenecks/#", &[at], text, "");
    }
    Ok(())
}

/// Returns how many conversations an agent can get in all, after what legacy rules have decided.
fn whole_room(facts: &Facts<'_>, agent: usize) -> u32 {
    let (record, past) = (&facts.snapshot.agents[agent], facts.accounts[agent].whole.past);
    let load = record.load.unwrap_or(0);
    let capacity = record.capacity.unwrap_or(MAX_LOAD).min(MAX_LOAD);
    let most = record.max_new.map_or(capacity, |new| load.saturating_add(new).min(capacity));
    most.saturating_sub(load.saturating_add(past))
}

/// Returns how many by a channel, or by none that the agent lists, from teams of this limit.
fn room_in(facts: &Facts<'_>, agent: usize, channel: Option<usize>, limit: u32) -> u32 {
    let (record, account) = (&facts.snapshot.agents[agent], &facts.accounts[agent]);
    let (load, past, most) = match channel {
        None => (record.load, account.whole.past, limit),
        Some(at) => {
            let own = &record.channels[at];
            (own.load, account.channels[at].past, own.capacity.unwrap_or(MAX_LOAD).min(MAX_LOAD).min(limit))
        }
    };
    most.saturating_sub(load.unwrap_or(0).saturating_add(past))
}
