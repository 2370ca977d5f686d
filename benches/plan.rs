//! What a plan costs: from records, from text, and how it grows with the queue.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evenhand::{Agent, Assignment, Conversation, Member, Snapshot, Team, plan, plan_json};
use std::{borrow::Cow, hint::black_box, time::Duration};

const MEMBERS: usize = 1_000;
const TEAMS: usize = 10;

/// Returns a desk where every agent is online and a member of every team; ids are as long as a UUID.
fn desk(conversations: usize, assignment: Assignment) -> Snapshot<'static> {
    let id = |kind: &str, n: usize| Cow::Owned(format!("{kind}{n:08}-4a1b-4c3d-9e5f-0123456789ab"));
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
        let snapshot = desk(conversations, Assignment::RoundRobin);
        group.throughput(Throughput::Elements(conversations as u64));
        group.bench_with_input(BenchmarkId::from_parameter(conversations), &snapshot, |bench, snapshot| {
            bench.iter_with_large_drop(|| plan(black_box(snapshot)));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    targets = plans, growth
}
criterion_main!(benches);
