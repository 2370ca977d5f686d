//! What a plan costs: from records, from text, and how it grows with the queue.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use evenhand::{Agent, Assignment, Conversation, Member, Snapshot, Team, plan, plan_json};
use std::{borrow::Cow, hint::black_box, time::Duration};

const MEMBERS: usize = 1_000;
const TEAMS: usize = 10;

/// Returns a desk where every agent is online and a member of every team; ids are as long as a UUID.
fn desk(conversations: usize, assignment: Assignment, capacity: Option<u32>) -> Snapshot<'static> {
    let id = |kind: &str, n: usize| Cow::Owned(format!("{kind}{n:08}-4a1b-4c3d-9e5f-0123456789ab"));
    let agents = (0..MEMBERS).map(|n| Agent {
        id: id("a", n),
        availability: "online".into(),
        load: Some(3),
        capacity,
    });
    let teams = (0..TEAMS).map(|n| Team {
        id: id("t", n),
        assignment,
        members: (0..MEMBERS).map(|n| Member { agent: id("a", n), weight: 1 }).collect(),
        ..Team::default()
    });
    let conversations = (0..conversations).map(|n| Conversation { id: id("c", n), team: id("t", n % TEAMS) });
    Snapshot {
        agents: agents.collect(),
        teams: teams.collect(),
        conversations: conversations.collect(),
        ..Snapshot::default()
    }
}

fn plans(criterion: &mut Criterion) {
    const CONVERSATIONS: usize = 100_000;
    let mut group = criterion.benchmark_group("100000 conversations");
    group.throughput(Throughput::Elements(CONVERSATIONS as u64));
    let desks = [
        ("round_robin", desk(CONVERSATIONS, Assignment::RoundRobin, None)),
        ("round_robin, all full", desk(CONVERSATIONS, Assignment::RoundRobin, Some(3))),
        ("least_loaded", desk(CONVERSATIONS, Assignment::LeastLoaded, None)),
        ("libredesk_2026", desk(CONVERSATIONS, Assignment::Libredesk2026, None)),
    ];
    for (name, snapshot) in &desks {
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
        let snapshot = desk(conversations, Assignment::RoundRobin, None);
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
