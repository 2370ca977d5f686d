//! The promises of the design, each read from the plan alone, on random snapshots.
//!
//! New cases are drawn in every run; one that failed is kept in a `.proptest-regressions` beside its file, is committed,
//! and comes first in every later run.

mod answers;
mod cursors;
mod decisions;
mod explanations;
mod lost_claims;
mod most;
mod policies;
mod sameness;
mod turns;

use crate::support::{
    is_long,
    shared::{is_legacy, rotation_of},
    sound::plan,
};
use evenhand::{Agent, Assignment, Cursor, Decision, MAX_LOAD, Plan, Rule, Snapshot, Team};
use proptest::prelude::{ProptestConfig, TestCaseError};
use proptest::test_runner::FileFailurePersistence;
use std::collections::BTreeMap;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if is_long() { 15_000 } else { 1_500 },
        // What a property says nothing about, such as a desk without teams, does not count; there are many in a long run.
        max_global_rejects: 100_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..ProptestConfig::default()
    }
}

/// Returns who took each conversation of a desk made by [`one_team`](crate::support::one_team::one_team).
fn picks(plan: &Plan<'_>) -> Vec<usize> {
    let agents = plan.decisions.iter().map(|decision| decision.outcome.agent().expect("nobody is limited"));
    agents.map(|agent| agent.parse().expect("ids are numbers")).collect()
}

/// Everybody's load at some moment of a plan.
type Loads<'a> = BTreeMap<&'a str, Option<u32>>;

fn loads<'a>(snapshot: &'a Snapshot<'_>) -> Loads<'a> {
    snapshot.agents.iter().map(|agent| (&*agent.id, agent.load)).collect()
}

/// Returns the agents who pass every gate of the team at these loads.
fn may_take<'a>(snapshot: &'a Snapshot<'_>, team: &Team<'_>, loads: &Loads<'_>) -> Vec<&'a str> {
    let room = |agent: &&Agent<'_>| {
        let limits = [Some(MAX_LOAD), agent.capacity, team.max_load];
        loads[&*agent.id].is_some_and(|load| limits.into_iter().flatten().all(|limit| load < limit))
    };
    snapshot
        .agents
        .iter()
        .filter(|agent| weight_of(team, &agent.id) > 0 && team.assignable.contains(&agent.availability))
        .filter(room)
        .map(|agent| &*agent.id)
        .collect()
}

/// Returns the agents who pass every gate in some team of the rotation at these loads.
fn at_work<'a>(snapshot: &'a Snapshot<'_>, rotation: &str, loads: &Loads<'_>) -> Vec<&'a str> {
    let mut agents: Vec<&str> = working_teams(snapshot, rotation)
        .into_iter()
        .flat_map(|team| may_take(snapshot, team, loads))
        .collect();
    agents.sort_unstable();
    agents.dedup();
    agents
}

/// Returns the teams of a rotation, those that are manual aside.
fn working_teams<'a, 'b>(snapshot: &'a Snapshot<'b>, rotation: &str) -> Vec<&'a Team<'b>> {
    let works = |team: &&Team<'_>| team.assignment != Assignment::Manual && rotation_of(team) == rotation;
    snapshot.teams.iter().filter(works).collect()
}

fn weight_of(team: &Team<'_>, agent: &str) -> u32 {
    team.members.iter().find(|member| member.agent == agent).map_or(0, |member| member.weight)
}

/// Returns the weight of a seat: the largest in the teams of the rotation that are not manual.
fn weight_of_seat(snapshot: &Snapshot<'_>, rotation: &str, agent: &str) -> u32 {
    let weights = working_teams(snapshot, rotation).into_iter().map(|team| weight_of(team, agent));
    weights.max().unwrap_or(0)
}

const fn is_ours(assignment: Assignment) -> bool {
    !is_legacy(assignment) && !matches!(assignment, Assignment::Manual)
}

/// Returns what is owed by a cursor that `round_robin` wrote.
fn owed<'a>(cursor: &'a Cursor<'_>) -> BTreeMap<&'a str, i64> {
    assert_eq!(cursor.rule, Rule::RoundRobin);
    let owed = |turn: &evenhand::Turn<'_>| turn.owed.expect("`round_robin` says what is owed");
    cursor.turns.iter().map(|turn| (&*turn.agent, owed(turn))).collect()
}

/// Returns the cursors that `round_robin` wrote.
fn owing<'a, 'b>(plan: &'a Plan<'b>, snapshot: &Snapshot<'_>) -> Vec<&'a Cursor<'b>> {
    let is_opened = |cursor: &&Cursor<'_>| {
        let works = working_teams(snapshot, &cursor.rotation);
        works.first().is_some_and(|team| team.assignment == Assignment::RoundRobin)
    };
    plan.cursors.iter().filter(is_opened).collect()
}

fn team_of<'a, 'b>(snapshot: &'a Snapshot<'b>, id: &str) -> Option<&'a Team<'b>> {
    snapshot.teams.iter().find(|team| team.id == id)
}

/// Returns the agent of the lost claim of a conversation.
fn loser<'a>(snapshot: &'a Snapshot<'_>, conversation: &str) -> Option<&'a str> {
    let lost = snapshot.lost_claims.iter().find(|lost| lost.conversation == conversation);
    lost.and_then(|lost| lost.agent.as_deref())
}

/// A decision and the desk at the moment at which it was taken.
struct Moment<'a, 'b> {
    decision: Decision<'b>,
    team: Option<&'a Team<'b>>,
    loads: &'a Loads<'b>,
    /// Who passed every gate and was asked: the agent of the conversation's lost claim is not, unless nobody else is free.
    candidates: Vec<&'a str>,
}

/// Walks the decisions as the conversations were served, those of lost claims last.
fn follow<'a>(
    snapshot: &'a Snapshot<'a>,
    plan: &Plan<'a>,
    mut look: impl FnMut(&Moment<'_, 'a>) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut loads = loads(snapshot);
    let mut served = plan.decisions.clone();
    served.sort_by_key(|decision| {
        snapshot.lost_claims.iter().any(|lost| lost.conversation == decision.conversation)
    });
    for decision in served {
        let team = team_of(snapshot, decision.team);
        let mut candidates = team.map_or(Vec::new(), |team| may_take(snapshot, team, &loads));
        if candidates.len() > 1 {
            candidates.retain(|&agent| Some(agent) != loser(snapshot, decision.conversation));
        }
        look(&Moment { decision, team, loads: &loads, candidates })?;
        if let Some(agent) = decision.outcome.agent() {
            let load = loads.get_mut(agent).expect("an agent of the snapshot");
            *load = Some(load.expect("a known load") + 1);
        }
    }
    Ok(())
}
