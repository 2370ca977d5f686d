//! What holds back those that wait, by trying in whose place each of them could be.

use super::tried::{Got, Tried, asked, held_for, listed, needs, parts};
use evenhand::{Bottleneck, BottleneckAgent, BottleneckClass, MAX_LOAD};
use std::collections::BTreeSet;

/// A limit of an agent: in a channel that they list or not, of teams with at most this `max_load` or of all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Limit {
    agent: usize,
    channel: Option<usize>,
    teams: Option<u32>,
}

/// Classes, each by its first conversation, that give way to each other, and the limits of theirs that are full from the start.
#[derive(Clone)]
struct Circuit {
    classes: BTreeSet<usize>,
    limits: BTreeSet<Limit>,
}

/// Returns the bottlenecks of a plan that serves this set, by trying everything.
pub(super) fn bottlenecks<'a>(
    tried: &Tried<'a>,
    order: &[usize],
    served: usize,
    saw: &mut Vec<&'static str>,
) -> Vec<Bottleneck<'a>> {
    let class_of = classes(tried);
    let mut apart: Vec<Circuit> = Vec::new();
    let (mut admitted, mut refused) = (0, BTreeSet::new());
    for &at in order {
        if served & 1 << at != 0 {
            admitted |= 1 << at;
        } else if refused.insert(class_of[at]) {
            let gives_way = |other: &usize| {
                admitted & 1 << other != 0 && tried.together[admitted & !(1 << other) | 1 << at]
            };
            let classes = (0..class_of.len()).filter(gives_way).chain([at]).map(|other| class_of[other]);
            let classes: BTreeSet<usize> = classes.collect();
            let limits = classes.iter().flat_map(|&class| full_from_the_start(tried, class)).collect();
            let mut circuit = Circuit { classes, limits };
            for other in std::mem::take(&mut apart) {
                let same_class = !other.classes.is_disjoint(&circuit.classes);
                if !same_class && other.limits.is_disjoint(&circuit.limits) {
                    apart.push(other);
                    continue;
                }
                if !same_class {
                    saw.push("circuits that meet in a limit");
                }
                circuit.classes.extend(other.classes);
                circuit.limits.extend(other.limits);
            }
            apart.push(circuit);
        }
    }
    let of = |Circuit { classes, .. }: Circuit| -> Vec<usize> {
        (0..class_of.len()).filter(|&at| classes.contains(&class_of[at])).collect()
    };
    let mut found: Vec<(Option<usize>, Bottleneck<'a>)> = Vec::new();
    for all in apart.into_iter().map(of) {
        let first = all.iter().copied().find(|at| served & 1 << at == 0);
        found.push((first, told(tried, &class_of, &all, served, saw)));
    }
    found.sort_by_key(|(first, _)| *first);
    if found.len() > 1 {
        saw.push("several bottlenecks");
    }
    found.into_iter().map(|(_, bottleneck)| bottleneck).collect()
}

/// Returns for each conversation the first of those, as given, that the same agents may take for the same reasons.
fn classes(tried: &Tried<'_>) -> Vec<usize> {
    let snapshot = tried.snapshot;
    let key = |at: usize| {
        let conversation = &snapshot.conversations[at];
        let gone = conversation.excluded.iter().chain(&conversation.held_by);
        let gone: BTreeSet<_> =
            gone.filter(|id| snapshot.agents.iter().any(|agent| agent.id == **id)).collect();
        let needs = needs(snapshot, conversation).into_iter();
        let needs: BTreeSet<_> = needs.map(|need| (need.skill, need.level)).collect();
        let channel = conversation.channel.as_ref();
        (asked(snapshot, conversation), channel, needs, gone, held_for(snapshot, conversation))
    };
    let first = |at: usize| (0..at).find(|&other| key(other) == key(at)).unwrap_or(at);
    (0..snapshot.conversations.len()).map(first).collect()
}

/// Returns the narrowest limit that is full from the start, of each agent who may take a conversation, by the team that lets
/// them take the most.
fn full_from_the_start(tried: &Tried<'_>, at: usize) -> BTreeSet<Limit> {
    let snapshot = tried.snapshot;
    let max_load = |team: usize| snapshot.teams[team].max_load.unwrap_or(MAX_LOAD);
    let is_widest = |&&(agent, team): &&(usize, usize)| {
        tried.ways[at].iter().all(|way| way.0 != agent || max_load(way.1) <= max_load(team))
    };
    let narrowest = |&(agent, team): &(usize, usize)| {
        let of = &snapshot.agents[agent];
        let Got { channel, .. } = tried.got(at, agent, team);
        let around = channel.map_or(of.capacity, |at| of.channels[at].capacity).unwrap_or(MAX_LOAD);
        let teams: BTreeSet<u32> = snapshot.teams.iter().filter_map(|team| team.max_load).collect();
        let teams = teams.into_iter().filter(|&limit| max_load(team) <= limit && limit < around);
        let mut limits = teams.map(|limit| (channel, Some(limit))).chain([(channel, None), (None, None)]);
        let full = limits.find(|&limit| tried.left(agent, limit, &[]) == 0);
        full.map(|(channel, teams)| Limit { agent, channel, teams })
    };
    tried.ways[at].iter().filter(is_widest).filter_map(narrowest).collect()
}

/// Returns what is to be told of a bottleneck of these conversations.
fn told<'a>(
    tried: &Tried<'a>,
    class_of: &[usize],
    all: &[usize],
    served: usize,
    saw: &mut Vec<&'static str>,
) -> Bottleneck<'a> {
    let snapshot = tried.snapshot;
    let (assigned, waiting): (Vec<usize>, Vec<usize>) = all.iter().partition(|&&at| served & 1 << at != 0);
    let set = all.iter().fold(0, |set, &at| set | 1 << at);
    let most = |can: &[bool]| {
        let most = parts(set).filter(|&part| can[part]).map(usize::count_ones).max();
        most.expect("nothing at all can be served")
    };
    assert_eq!(most(&tried.together) as usize, assigned.len(), "so many of these can be served");
    let mut classes: Vec<usize> = Vec::new();
    for &at in waiting.iter().chain(all) {
        if !classes.contains(&class_of[at]) {
            classes.push(class_of[at]);
        }
    }
    let may_take = |agent: &usize| all.iter().any(|&at| tried.ways[at].iter().any(|way| way.0 == *agent));
    let (agents, others): (Vec<usize>, Vec<usize>) = (0..snapshot.agents.len()).partition(may_take);

    if agents.is_empty() {
        saw.push("a bottleneck without agents");
    } else if classes.len() > 1 {
        saw.push("a bottleneck of several classes");
    }
    let whole = |agent: usize| tried.left(agent, (None, None), &[]);
    if others.iter().any(|&agent| whole(agent) > 0) {
        saw.push("waits beside room");
    }
    for &agent in &agents {
        let room = i64::from(most(&tried.alone[agent]));
        let channels = all.iter().filter_map(|&at| listed(snapshot, &snapshot.conversations[at], agent));
        let by_channel = channels.into_iter().any(|at| tried.left(agent, (Some(at), None), &[]) == room);
        if room < whole(agent) {
            saw.push(if by_channel { "a channel" } else { "a step of a team" });
        } else if snapshot.agents[agent].max_new.map(i64::from) == Some(room) {
            saw.push("max_new");
        }
    }

    let class = |&at: &usize| {
        let conversation = &snapshot.conversations[at];
        BottleneckClass {
            team: &conversation.team,
            channel: conversation.channel.as_deref(),
            needs: needs(snapshot, conversation),
            conversation: &conversation.id,
        }
    };
    let agent = |&agent: &usize| BottleneckAgent {
        agent: &snapshot.agents[agent].id,
        room: most(&tried.alone[agent]),
    };
    Bottleneck {
        classes: classes.iter().map(class).collect(),
        agents: agents.iter().map(agent).collect(),
        assigned: u32::try_from(assigned.len()).expect("few"),
        waiting: u32::try_from(waiting.len()).expect("few"),
    }
}
