//! The promises of the design, each read from the plan alone, on random snapshots.
//!
//! New cases are drawn in every run; one that failed is kept in a `.proptest-regressions` beside its file, is committed,
//! and comes first in every later run.

mod decisions;
mod sameness;
mod turns;

use evenhand::{Agent, Assignment, Plan, Snapshot, Team};
use proptest::{prelude::ProptestConfig, test_runner::FileFailurePersistence};
use std::collections::BTreeMap;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 1_500,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..ProptestConfig::default()
    }
}

fn plan<'a>(snapshot: &'a Snapshot<'_>) -> Plan<'a> {
    evenhand::plan(snapshot).expect("the snapshot is valid")
}

/// Returns who took each conversation of a desk made by [`one_team`](crate::support::one_team::one_team).
fn picks(plan: &Plan<'_>) -> Vec<usize> {
    let agents = plan.decisions.iter().map(|decision| decision.outcome.agent().expect("nobody is limited"));
    agents.map(|agent| agent.parse().expect("ids are numbers")).collect()
}

/// Returns the agents who may take a conversation of the team at these loads.
fn may_take<'a>(
    snapshot: &'a Snapshot<'_>,
    team: &Team<'_>,
    loads: &BTreeMap<&str, Option<u32>>,
) -> Vec<&'a str> {
    let room = |agent: &&Agent<'_>| {
        loads[&*agent.id].is_some_and(|load| {
            load < agent.capacity.unwrap_or(u32::MAX) && load < team.max_load.unwrap_or(u32::MAX)
        })
    };
    snapshot
        .agents
        .iter()
        .filter(|agent| weight_of(team, &agent.id) > 0 && team.assignable.contains(&agent.availability))
        .filter(room)
        .map(|agent| &*agent.id)
        .collect()
}

fn weight_of(team: &Team<'_>, agent: &str) -> u32 {
    team.members.iter().find(|member| member.agent == agent).map_or(0, |member| member.weight)
}

const fn shares(assignment: Assignment) -> bool {
    matches!(assignment, Assignment::RoundRobin | Assignment::LeastLoaded)
}
