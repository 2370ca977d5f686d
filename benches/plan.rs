//! What a plan costs: from records, from text, and how it grows with the queue.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evenhand::{
    Agent, Assignment, Channel, Conversation, Member, Need, Skill, Snapshot, Team, plan, plan_json,
};
use std::{borrow::Cow, hint::black_box, time::Duration};

const MEMBERS: usize = 1_000;
const TEAMS: usize = 10;

/// Returns an id that is as long as a UUID.
fn id(kind: &str, n: usize) -> Cow<'static, str> {
    Cow::Owned(format!("{kind}{n:08}-4a1b-4c3d-9e5f-0123456789ab"))
}

/// Returns a desk where every agent is online and a member of every team.
fn desk(conversations: usize, assignment: Assignment) -> Snapshot<'static> {
    let agents = (0..MEMBERS).map(|n| Agent {
        id: id("a", n),
        availability: "online".into(),
        load: Some(3),
        ..Agent::default()
    });
    let teams = (0..TEAMS).map(|n| Team {
        id: id("t", n),
        assignment,
        members: (0..MEMBERS).map(|n| Member { agent: id("a", n), ..Member::default() }).collect(),
        ..Team::default()
    });
    let conversations = (0..conversations).map(|n| Conversation {
        id: id("c", n),
        team: id("t", n % TEAMS),
        ..Conversation::default()
    });
    Snapshot {
        agents: agents.collect(),
        teams: teams.collect(),
        conversations: conversations.collect(),
        ..Snapshot::default()
    }
}

/// The same with everybody full.
fn full(mut desk: Snapshot<'static>) -> Snapshot<'static> {
    desk.agents.iter_mut().for_each(|agent| agent.capacity = Some(3));
    desk
}

/// The same with so many different weights, each as often as the others.
fn weighted(mut desk: Snapshot<'static>, weights: u32) -> Snapshot<'static> {
    for team in &mut desk.teams {
        team.members
            .iter_mut()
            .zip((1..=weights).cycle())
            .for_each(|(member, weight)| member.weight = weight);
    }
    desk
}

/// The same where all teams share a rotation, and each agent is in three of them.
fn shared(mut desk: Snapshot<'static>) -> Snapshot<'static> {
    for (n, team) in desk.teams.iter_mut().enumerate() {
        team.rotation = Some("all".into());
        let mut at = 0..MEMBERS;
        team.members.retain(|_| at.next().is_some_and(|at| (at + n) % TEAMS < 3));
    }
    desk
}

/// The same with 400 classes: each agent is in one or two of the teams, knows some of 30 skills and answers in some of 5
/// channels; a conversation needs none to three skills and comes by one channel.
fn in_classes(mut desk: Snapshot<'static>) -> Snapshot<'static> {
    let skill = |n: usize| Skill { skill: id("s", n % 30), level: 1 };
    let channel = |n: usize| id("k", n % 5);
    for (n, agent) in desk.agents.iter_mut().enumerate() {
        // Of every six skills in a row one or two, so that each need is known to a fifth or so of the agents.
        agent.skills = (0..30).filter(|at| (at * 7 + n * 11 + n / 30) % 6 < 2).map(skill).collect();
        let listed = |at| Channel { channel: channel(n + at), load: Some(0), capacity: Some(10_000) };
        agent.channels = (0..=n % 3).map(listed).collect();
    }
    for (t, team) in desk.teams.iter_mut().enumerate() {
        let mut at = 0..MEMBERS;
        team.members.retain(|_| {
            at.next().is_some_and(|n| n % TEAMS == t || (n % 3 == 0 && (n / TEAMS) % TEAMS == t))
        });
    }
    for (n, conversation) in desk.conversations.iter_mut().enumerate() {
        // 10 teams, and 40 kinds in each: 5 channels, and 8 lists of needs.
        let kind = n / TEAMS % 40;
        conversation.channel = Some(channel(kind));
        let needs = (0..kind / 5 % 4).map(|at| skill(kind / 5 + at * 11));
        conversation.needs =
            needs.map(|Skill { skill, level }| Need { skill, level, ..Need::default() }).collect();
    }
    desk
}

/// The same where all are in one team, and no two of them know the same of ten skills.
fn all_different(mut desk: Snapshot<'static>) -> Snapshot<'static> {
    for (n, agent) in desk.agents.iter_mut().enumerate() {
        let known = (0..10).filter(|bit| n >> bit & 1 == 1);
        agent.skills = known.map(|bit| Skill { skill: id("s", bit), level: 1 }).collect();
    }
    for (n, conversation) in desk.conversations.iter_mut().enumerate() {
        conversation.team = id("t", 0);
        conversation.needs = vec![Need { skill: id("s", n % 10), ..Need::default() }];
    }
    desk
}

fn plans(criterion: &mut Criterion) {
    const CONVERSATIONS: usize = 100_000;
    let mut group = criterion.benchmark_group("100000 conversations");
    // A plan with 1,000 weights takes a second or so.
    group.sample_size(20).throughput(Throughput::Elements(CONVERSATIONS as u64));
    let desks = [
        ("round_robin", desk(CONVERSATIONS, Assignment::RoundRobin)),
        ("round_robin, all full", full(desk(CONVERSATIONS, Assignment::RoundRobin))),
        ("round_robin, 16 weights", weighted(desk(CONVERSATIONS, Assignment::RoundRobin), 16)),
        ("round_robin, 1000 weights", weighted(desk(CONVERSATIONS, Assignment::RoundRobin), 1_000)),
        ("round_robin, a shared rotation", shared(desk(CONVERSATIONS, Assignment::RoundRobin))),
        ("least_loaded", desk(CONVERSATIONS, Assignment::LeastLoaded)),
        ("least_recent", desk(CONVERSATIONS, Assignment::LeastRecent)),
        ("round_robin, 400 classes", in_classes(desk(CONVERSATIONS, Assignment::RoundRobin))),
        ("round_robin, 1000 lists of skills", all_different(desk(CONVERSATIONS, Assignment::RoundRobin))),
        ("libredesk_2026", desk(CONVERSATIONS, Assignment::Libredesk2026)),
    ];
    for (name, snapshot) in &desks {
        plan(snapshot).expect("it is within every limit");
        group.bench_function(*name, |bench| bench.iter_with_large_drop(|| plan(black_box(snapshot))));
    }
    let text = serde_json::to_vec(&desks[0].1).expect("records are JSON");
    group.bench_function("round_robin, text to text", |bench| {
        bench.iter_with_large_drop(|| plan_json(black_box(&text)));
    });
    group.finish();
}

fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("growth");
    group.sample_size(20);
    for conversations in [10_000, 31_623, 100_000, 316_228, 1_000_000] {
        let plain = desk(conversations, Assignment::RoundRobin);
        let desks = [("plain", plain.clone()), ("400 classes", in_classes(plain))];
        group.throughput(Throughput::Elements(conversations as u64));
        for (name, snapshot) in desks {
            let id = BenchmarkId::new(name, conversations);
            group.bench_with_input(id, &snapshot, |bench, snapshot| {
                bench.iter_with_large_drop(|| plan(black_box(snapshot)));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    targets = plans, growth
}
criterion_main!(benches);
