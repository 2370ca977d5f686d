//! The promises of the design, each read from the plan alone, on random snapshots.
//!
//! New cases are drawn in every run; one that failed is kept in `properties.proptest-regressions` beside this file, is
//! committed, and comes first in every later run.

#[path = "support/one_team.rs"]
mod one_team;
#[path = "support/owned.rs"]
mod owned;
#[path = "support/strategy.rs"]
mod strategy;

use evenhand::{
    Agent, AssignReason, Assignment, Conversation, Cursor, LoadChange, LostClaim, MAX_INTEGER, Member,
    Outcome, Plan, Rule, Snapshot, Team, WaitReason,
};
use one_team::one_team;
use proptest::{prelude::*, sample::Index, test_runner::FileFailurePersistence};
use std::collections::BTreeMap;
use strategy::snapshots;

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

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_same_snapshot_gives_the_same_plan(snapshot in snapshots()) {
        let copy = snapshot.clone();
        prop_assert_eq!(plan(&snapshot), plan(&snapshot));
        prop_assert_eq!(plan(&snapshot), plan(&copy));
    }

    #[test]
    fn every_conversation_is_decided_once_and_in_order(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        let decided: Vec<_> = plan.decisions.iter().map(|d| (d.conversation, d.team)).collect();
        let given: Vec<_> = snapshot.conversations.iter().map(|c| (&*c.id, &*c.team)).collect();
        prop_assert_eq!(decided, given);
    }

    #[test]
    fn nobody_goes_above_a_limit_by_our_doing(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        follow(&snapshot, &plan, |team, loads, outcome| {
            if let (Some(team), Some(agent)) = (team, outcome.agent()) {
                prop_assert!(may_take(&snapshot, team, loads).contains(&agent), "{agent} may not take it");
            }
            Ok(())
        })?;
    }

    #[test]
    fn nobody_waits_while_somebody_may_take_it(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        follow(&snapshot, &plan, |team, loads, outcome| {
            let Some(team) = team else {
                prop_assert_eq!(outcome, Outcome::Waits(WaitReason::UnknownTeam));
                return Ok(());
            };
            let candidates = may_take(&snapshot, team, loads);
            match team.assignment {
                Assignment::Manual => prop_assert_eq!(outcome, Outcome::Waits(WaitReason::ManualTeam)),
                Assignment::RoundRobin | Assignment::LeastLoaded => {
                    prop_assert_eq!(outcome.agent().is_none(), candidates.is_empty());
                    if let Outcome::Assigned { why, .. } = outcome {
                        prop_assert_eq!(why == AssignReason::OnlyCandidate, candidates.len() == 1);
                    }
                }
                // The past, kept exact: somebody may be free, but only if there was a draw.
                Assignment::Libredesk2025 | Assignment::Libredesk2026 => {
                    if outcome.agent().is_none() && !candidates.is_empty() {
                        prop_assert_eq!(outcome, Outcome::Waits(WaitReason::TurnLost));
                    }
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn least_loaded_takes_the_smallest_load_per_weight(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        follow(&snapshot, &plan, |team, loads, outcome| {
            if let (Some(team), Some(agent)) = (team, outcome.agent())
                && team.assignment == Assignment::LeastLoaded
            {
                let after = |id: &str| u64::from(loads[id].expect("known")) + 1;
                let weight = |id: &str| u64::from(weight_of(team, id));
                for other in may_take(&snapshot, team, loads) {
                    prop_assert!(after(agent) * weight(other) <= after(other) * weight(agent), "{agent}, not {other}");
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn loads_are_those_of_the_decisions(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        let mut given: BTreeMap<&str, u32> = BTreeMap::new();
        for decision in &plan.decisions {
            if let Some(agent) = decision.outcome.agent() {
                *given.entry(agent).or_default() += 1;
            }
        }
        let expected: Vec<_> = snapshot
            .agents
            .iter()
            .filter_map(|agent| {
                let (got, before) = (given.get(&*agent.id)?, agent.load?);
                Some(LoadChange { agent: &agent.id, before, after: before + got })
            })
            .collect();
        prop_assert_eq!(plan.loads, expected);
    }

    #[test]
    fn waiting_counts_what_waits(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        let mut groups: Vec<(&str, WaitReason, u32)> = Vec::new();
        for decision in &plan.decisions {
            if let Outcome::Waits(why) = decision.outcome {
                match groups.iter_mut().find(|group| (group.0, group.1) == (decision.team, why)) {
                    Some(group) => group.2 += 1,
                    None => groups.push((decision.team, why, 1)),
                }
            }
        }
        let waiting: Vec<_> = plan.waiting.iter().map(|group| (group.team, group.why, group.conversations)).collect();
        prop_assert_eq!(waiting, groups);
        for group in &plan.waiting {
            let held_back: u32 = group.passed_over.iter().map(|gate| gate.members).sum();
            prop_assert!(held_back <= group.members);
            prop_assert!(group.passed_over.iter().all(|gate| gate.members > 0));
            // In the teams of our own rules everybody is held back by something.
            let team = snapshot.teams.iter().find(|team| team.id == group.team);
            if team.is_some_and(|team| shares(team.assignment)) {
                prop_assert_eq!(held_back, group.members);
            }
        }
    }

    #[test]
    fn what_is_owed_sums_to_nothing(snapshot in snapshots()) {
        for cursor in plan(&snapshot).cursors {
            let team = team_of(&snapshot, &cursor);
            if shares(team.assignment) {
                prop_assert_eq!(cursor.turns.iter().map(|turn| turn.owed).sum::<i64>(), 0, "{}", cursor.team);
            }
        }
    }

    #[test]
    fn a_rotation_holds_the_current_members(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        let opened: Vec<_> = plan.cursors.iter().map(|cursor| &cursor.team).collect();
        let kept: Vec<_> = snapshot
            .teams
            .iter()
            .filter(|team| team.assignment != Assignment::Manual || cursor_for(&snapshot, team).is_some())
            .map(|team| &team.id)
            .collect();
        prop_assert_eq!(opened, kept);
        for cursor in &plan.cursors {
            let team = team_of(&snapshot, cursor);
            if team.assignment == Assignment::Manual {
                prop_assert_eq!(Some(cursor), cursor_for(&snapshot, team));
                continue;
            }
            let mut held: Vec<_> = cursor.turns.iter().map(|turn| &*turn.agent).collect();
            let mut members: Vec<_> = team
                .members
                .iter()
                .filter(|member| shares(team.assignment) || is_in_pool(&snapshot, team, member))
                .map(|member| &*member.agent)
                .collect();
            held.sort_unstable();
            members.sort_unstable();
            prop_assert_eq!(held, members);
        }
    }

    #[test]
    fn splitting_the_queue_changes_nothing(snapshot in snapshots(), cut in any::<Index>()) {
        let whole = plan(&snapshot);
        let cut = cut.index(snapshot.conversations.len() + 1);
        let (first, second) = snapshot.conversations.split_at(cut);
        let parts = [first, second];
        prop_assert_eq!(in_parts(&snapshot, &parts), parts_of(&whole));
    }

    #[test]
    fn one_conversation_at_a_time_changes_nothing(snapshot in snapshots()) {
        let whole = plan(&snapshot);
        let parts: Vec<_> = snapshot.conversations.chunks(1).collect();
        if !parts.is_empty() {
            prop_assert_eq!(in_parts(&snapshot, &parts), parts_of(&whole));
        }
    }

    #[test]
    fn the_order_of_agents_changes_no_decision(
        (snapshot, agents) in snapshots().prop_flat_map(|s| (Just(s.clone()), Just(s.agents).prop_shuffle())),
    ) {
        let permuted = Snapshot { agents, ..snapshot.clone() };
        let (before, after) = (plan(&snapshot), plan(&permuted));
        prop_assert_eq!(&before.decisions, &after.decisions);
        prop_assert_eq!(&before.waiting, &after.waiting);
        prop_assert_eq!(&before.cursors, &after.cursors);
        let in_order = permuted.agents.iter().filter_map(|a| before.loads.iter().find(|l| l.agent == a.id).copied());
        prop_assert_eq!(in_order.collect::<Vec<_>>(), after.loads);
    }

    #[test]
    fn the_order_of_teams_changes_no_decision(
        (snapshot, teams) in snapshots().prop_flat_map(|s| (Just(s.clone()), Just(s.teams).prop_shuffle())),
    ) {
        let permuted = Snapshot { teams, ..snapshot.clone() };
        let (before, after) = (plan(&snapshot), plan(&permuted));
        prop_assert_eq!(&before.decisions, &after.decisions);
        prop_assert_eq!(&before.waiting, &after.waiting);
        prop_assert_eq!(&before.loads, &after.loads);
        let in_order = permuted.teams.iter().filter_map(|t| before.cursors.iter().find(|c| c.team == t.id).cloned());
        prop_assert_eq!(in_order.collect::<Vec<_>>(), after.cursors);
    }

    #[test]
    fn the_order_of_cursors_and_lost_claims_changes_nothing(
        (snapshot, cursors, lost_claims) in snapshots().prop_flat_map(|s| {
            (Just(s.clone()), Just(s.cursors).prop_shuffle(), Just(s.lost_claims).prop_shuffle())
        }),
    ) {
        let permuted = Snapshot { cursors, lost_claims, ..snapshot.clone() };
        prop_assert_eq!(plan(&snapshot), plan(&permuted));
    }

    #[test]
    fn a_member_who_is_away_changes_no_assignment(snapshot in snapshots(), weight in 0..=1000_u32) {
        // Lost claims are given back at the expense of all members, so a new one moves those shares; and a newcomer more
        // moves the shuffle of the others. Neither is there, so nothing may move.
        let before = Snapshot { seed: None, lost_claims: Vec::new(), ..snapshot };
        let mut after = before.clone();
        let absent = Agent { id: "absent".into(), availability: "on leave".into(), load: Some(0), capacity: None };
        after.agents.push(absent);
        for team in &mut after.teams {
            team.members.push(Member { agent: "absent".into(), weight });
        }
        let assigned = |snapshot| {
            let decisions = plan(snapshot).decisions.into_iter();
            decisions.map(|decision| decision.outcome.agent().map(|_| decision.outcome)).collect::<Vec<_>>()
        };
        prop_assert_eq!(assigned(&before), assigned(&after));
    }

    #[test]
    fn every_cursor_is_readable_by_the_next_call(snapshot in snapshots()) {
        let cursors = plan(&snapshot).cursors;
        for cursor in &cursors {
            prop_assert!(cursor.turns.iter().all(|turn| turn.owed.unsigned_abs() <= MAX_INTEGER));
        }
        let next = Snapshot { cursors, conversations: Vec::new(), lost_claims: Vec::new(), ..snapshot.clone() };
        prop_assert_eq!(&plan(&next).cursors, &next.cursors);
    }

    #[test]
    fn a_day_in_manual_forgets_nothing(snapshot in snapshots(), team in any::<Index>()) {
        prop_assume!(!snapshot.teams.is_empty());
        let team = team.index(snapshot.teams.len());
        let mut manual = snapshot.clone();
        manual.teams[team].assignment = Assignment::Manual;
        let brought = cursor_for(&manual, &manual.teams[team]);
        let day = plan(&manual);
        prop_assert_eq!(day.cursors.iter().find(|cursor| cursor.team == manual.teams[team].id), brought);
    }

    #[test]
    fn equal_weights_share_every_cycle_equally(people in 1..60_usize, weight in 1..=1000_u32, cycles in 1..4_usize) {
        for assignment in [Assignment::RoundRobin, Assignment::LeastLoaded] {
            let desk = one_team(assignment, &vec![weight; people], people * cycles);
            let plan = plan(&desk);
            for cycle in picks(&plan).chunks(people) {
                let mut cycle = cycle.to_vec();
                cycle.sort_unstable();
                prop_assert_eq!(cycle, (0..people).collect::<Vec<_>>());
            }
            prop_assert!(plan.cursors[0].turns.iter().all(|turn| turn.owed == 0), "a full cycle settles everything");
        }
    }

    #[test]
    fn weights_up_to_24_together_share_every_cycle_exactly(
        weights in prop::collection::vec(1..=12_u32, 1..=8).prop_filter("W is at most 24", |w| w.iter().sum::<u32>() <= 24),
        cycles in 1..4_u32,
    ) {
        let total: u32 = weights.iter().sum();
        for assignment in [Assignment::RoundRobin, Assignment::LeastLoaded] {
            let desk = one_team(assignment, &weights, (total * cycles) as usize);
            let plan = plan(&desk);
            for cycle in picks(&plan).chunks(total as usize) {
                let got: Vec<_> = (0..weights.len())
                    .map(|who| u32::try_from(cycle.iter().filter(|&&pick| pick == who).count()).expect("few"))
                    .collect();
                prop_assert_eq!(&got, &weights);
            }
            prop_assert!(plan.cursors[0].turns.iter().all(|turn| turn.owed == 0), "a full cycle settles everything");
        }
    }

    #[test]
    fn lost_claims_give_their_turns_back(
        weights in prop::collection::vec(1..=1000_u32, 1..=12),
        decided in 0..30_usize,
        lost in 1..6_usize,
        assignment in prop::sample::select(vec![
            Assignment::RoundRobin,
            Assignment::LeastLoaded,
            Assignment::Libredesk2025,
            Assignment::Libredesk2026,
        ]),
    ) {
        let mut desk = one_team(assignment, &weights, decided);
        let stored: Vec<_> = plan(&desk).cursors.iter().map(owned::cursor).collect();
        desk.cursors.clone_from(&stored);
        desk.conversations = one_team(assignment, &weights, lost).conversations;
        let spent: Vec<_> = plan(&desk).cursors.iter().map(owned::cursor).collect();
        desk.lost_claims = picks(&plan(&desk))
            .into_iter()
            .map(|agent| LostClaim { team: "t".into(), agent: agent.to_string().into() })
            .collect();

        desk.cursors.clone_from(&spent);
        desk.conversations.clear();
        prop_assert_eq!(&plan(&desk).cursors, if shares(assignment) { &stored } else { &spent });
    }

    #[test]
    fn nothing_is_owed_to_somebody_who_is_passed_over(snapshot in snapshots()) {
        // Planned with and without a queue: who was no candidate at any moment has the same owed in both.
        let opened = Snapshot { conversations: Vec::new(), ..snapshot.clone() };
        let (before, after) = (plan(&opened), plan(&snapshot));
        for (old, new) in before.cursors.iter().zip(&after.cursors) {
            let team = team_of(&snapshot, old);
            if !shares(team.assignment) {
                continue;
            }
            let loads = snapshot.agents.iter().map(|agent| (&*agent.id, agent.load)).collect();
            let candidates = may_take(&snapshot, team, &loads);
            for (old, new) in old.turns.iter().zip(&new.turns) {
                prop_assert_eq!(&old.agent, &new.agent);
                if !candidates.contains(&&*old.agent) {
                    prop_assert_eq!(old.owed, new.owed);
                }
            }
        }
    }
}

#[cfg(feature = "json")]
proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_same_text_gives_the_same_bytes(snapshot in snapshots()) {
        let text = serde_json::to_vec(&snapshot).expect("records are writable");
        let answer = evenhand::plan_json(&text).expect("the snapshot is valid");
        prop_assert_eq!(&answer, &evenhand::plan_json(&text.clone()).expect("the snapshot is valid"));
        prop_assert_eq!(answer, serde_json::to_string(&plan(&snapshot)).expect("records are writable"));
        // Written by another hand: spaces, and every field in another order.
        let value: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        let pretty = serde_json::to_vec_pretty(&value).expect("values are writable");
        prop_assert_eq!(evenhand::plan_json(&pretty), evenhand::plan_json(&text));
    }
}

#[test]
fn weights_5_3_2_give_a_b_c_a_a_b_a_c_b_a() {
    let desk = one_team(Assignment::RoundRobin, &[5, 3, 2], 20);
    let picks: String = picks(&plan(&desk)).into_iter().map(|pick| ["a", "b", "c"][pick]).collect();
    assert_eq!(picks, "abcaabacbaabcaabacba");
}

#[test]
fn least_loaded_settles_ties_by_weight_then_owed_then_rotation() {
    // Agents 1 and 2 are at (1 + 1) / 2, agents 0, 3 and 4 at (0 + 1) / 1: level all round.
    let mut desk = one_team(Assignment::LeastLoaded, &[1, 2, 2, 1, 1], 5);
    for heavy in [1, 2] {
        desk.agents[heavy].load = Some(1);
    }
    assert_eq!(picks(&plan(&desk)), [1, 2, 0, 3, 4]);

    let turn = |(agent, owed): (&'static str, i64)| evenhand::Turn { agent: agent.into(), owed };
    let turns = [("4", 1), ("3", 2), ("2", -5), ("1", 1), ("0", 1)].map(turn).to_vec();
    desk.cursors = vec![Cursor { team: "t".into(), rule: Rule::LeastLoaded, turns }];
    assert_eq!(picks(&plan(&desk)), [1, 2, 3, 4, 0]);
}

#[test]
fn a_member_is_passed_over_by_the_first_gate_they_fail() {
    // Each but the last fails every gate from their own to the end.
    let agent = |(id, availability, load, capacity): (&'static str, &'static str, _, _)| Agent {
        id: id.into(),
        availability: availability.into(),
        load,
        capacity,
    };
    let member = |(agent, weight): (&'static str, u32)| Member { agent: agent.into(), weight };
    let desk = Snapshot {
        agents: [
            ("weightless", "away", None, Some(0)),
            ("away", "away", None, Some(0)),
            ("uncounted", "online", None, Some(0)),
            ("full", "online", Some(5), Some(5)),
            ("busy", "online", Some(5), Some(6)),
        ]
        .map(agent)
        .to_vec(),
        teams: vec![Team {
            id: "t".into(),
            max_load: Some(5),
            members: [
                ("unknown", 0),
                ("weightless", 0),
                ("away", 1),
                ("uncounted", 1),
                ("full", 1),
                ("busy", 1),
            ]
            .map(member)
            .to_vec(),
            ..Team::default()
        }],
        conversations: one_team(Assignment::RoundRobin, &[], 1).conversations,
        ..Snapshot::default()
    };
    for members in 0..=6 {
        let mut desk = desk.clone();
        desk.teams[0].members.truncate(members);
        let plan = plan(&desk);
        let gates: Vec<_> =
            plan.waiting[0].passed_over.iter().map(|gate| (gate.why.code(), gate.members)).collect();
        let each = [
            ("unknown_agent", 1),
            ("zero_weight", 1),
            ("unavailable", 1),
            ("load_unknown", 1),
            ("agent_full", 1),
            ("team_full", 1),
        ];
        assert_eq!(gates, each[..members]);
        let whys = [
            "no_members",
            "no_members",
            "no_members",
            "nobody_available",
            "load_unknown",
            "all_full",
            "all_full",
        ];
        assert_eq!(plan.waiting[0].why.code(), whys[members]);
    }
}

#[test]
fn after_a_day_in_manual_the_rotation_goes_on_where_it_was() {
    let mut desk = one_team(Assignment::RoundRobin, &[5, 3, 2], 4);
    desk.cursors = plan(&desk).cursors.iter().map(owned::cursor).collect();
    let undisturbed = {
        let plan = plan(&desk);
        (picks(&plan), plan.cursors.iter().map(owned::cursor).collect::<Vec<_>>())
    };
    let stored = desk.cursors.clone();

    desk.teams[0].assignment = Assignment::Manual;
    for members in [3, 1, 0] {
        // Even the list of members may be gone for a while: a manual team's cursor is not opened.
        let mut day = desk.clone();
        day.teams[0].members.truncate(members);
        assert_eq!(plan(&day).cursors, stored);
    }
    desk.teams[0].assignment = Assignment::RoundRobin;
    let plan = plan(&desk);
    assert_eq!(picks(&plan), undisturbed.0);
    assert_eq!(plan.cursors, undisturbed.1);
}

/// Returns who took each conversation of a desk made by [`one_team`].
fn picks(plan: &Plan<'_>) -> Vec<usize> {
    let agents = plan.decisions.iter().map(|decision| decision.outcome.agent().expect("nobody is limited"));
    agents.map(|agent| agent.parse().expect("ids are numbers")).collect()
}

/// Decisions as (agent, code), cursors, and loads after the plan: what must not depend on how the queue was cut.
type Parts = (Vec<(Option<String>, &'static str)>, Vec<Cursor<'static>>, BTreeMap<String, u32>);

fn parts_of(plan: &Plan<'_>) -> Parts {
    (
        plan.decisions.iter().map(|d| (d.outcome.agent().map(str::to_owned), d.outcome.code())).collect(),
        plan.cursors.iter().map(owned::cursor).collect(),
        plan.loads.iter().map(|load| (load.agent.to_owned(), load.after)).collect(),
    )
}

/// Plans the queue part by part; cursors and loads are carried over, lost claims are given back once.
fn in_parts(snapshot: &Snapshot<'static>, parts: &[&[Conversation<'static>]]) -> Parts {
    let mut desk = snapshot.clone();
    let mut all = Parts::default();
    for part in parts {
        desk.conversations = part.to_vec();
        let (decisions, cursors, loads) = parts_of(&plan(&desk));
        for agent in &mut desk.agents {
            agent.load = loads.get(&*agent.id).copied().or(agent.load);
        }
        desk.cursors.clone_from(&cursors);
        desk.lost_claims.clear();
        all.0.extend(decisions);
        all.1 = cursors;
        all.2.extend(loads);
    }
    all
}

/// Walks the decisions in order; `look` sees the team and everybody's load at the moment of each.
fn follow<'a>(
    snapshot: &'a Snapshot<'_>,
    plan: &Plan<'a>,
    mut look: impl FnMut(
        Option<&Team<'_>>,
        &BTreeMap<&str, Option<u32>>,
        Outcome<'a>,
    ) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut loads: BTreeMap<&str, Option<u32>> =
        snapshot.agents.iter().map(|agent| (&*agent.id, agent.load)).collect();
    for decision in &plan.decisions {
        look(snapshot.teams.iter().find(|team| team.id == decision.team), &loads, decision.outcome)?;
        if let Some(agent) = decision.outcome.agent() {
            let load = loads.get_mut(agent).expect("an agent of the snapshot");
            *load = Some(load.expect("a known load") + 1);
        }
    }
    Ok(())
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

fn is_in_pool(snapshot: &Snapshot<'_>, team: &Team<'_>, member: &Member<'_>) -> bool {
    let agent = snapshot.agents.iter().find(|agent| agent.id == member.agent);
    member.weight > 0 && agent.is_some_and(|agent| team.assignable.contains(&agent.availability))
}

const fn shares(assignment: Assignment) -> bool {
    matches!(assignment, Assignment::RoundRobin | Assignment::LeastLoaded)
}

fn team_of<'a, 'b>(snapshot: &'a Snapshot<'b>, cursor: &Cursor<'_>) -> &'a Team<'b> {
    snapshot.teams.iter().find(|team| team.id == cursor.team).expect("a cursor of a team of the snapshot")
}

fn cursor_for<'a, 'b>(snapshot: &'a Snapshot<'b>, team: &Team<'_>) -> Option<&'a Cursor<'b>> {
    snapshot.cursors.iter().find(|cursor| cursor.team == team.id)
}

#[test]
fn rules_of_one_pair_read_each_others_cursors_and_the_other_pair_starts_level() {
    use Assignment::{LeastLoaded, Libredesk2025, Libredesk2026, RoundRobin};
    let owed_after = |from: Rule, to: Assignment| {
        let mut desk = one_team(to, &[1, 1, 1], 0);
        let turn = |(agent, owed): (&'static str, i64)| evenhand::Turn { agent: agent.into(), owed };
        let turns = [("2", 7), ("0", -3), ("1", -4)].map(turn).to_vec();
        desk.cursors = vec![Cursor { team: "t".into(), rule: from, turns }];
        let cursors = plan(&desk).cursors.iter().map(owned::cursor).collect::<Vec<_>>();
        let order: Vec<_> = cursors[0].turns.iter().map(|turn| turn.agent.clone().into_owned()).collect();
        assert_eq!(order, ["2", "0", "1"], "the order is kept in any case");
        cursors[0].turns.iter().map(|turn| turn.owed).collect::<Vec<_>>()
    };
    for from in [Rule::RoundRobin, Rule::LeastLoaded] {
        for to in [RoundRobin, LeastLoaded] {
            assert_eq!(owed_after(from, to), [7, -3, -4]);
        }
        for to in [Libredesk2025, Libredesk2026] {
            assert_eq!(owed_after(from, to), [0, 0, 0]);
        }
    }
    for from in [Rule::Libredesk2025, Rule::Libredesk2026] {
        for to in [RoundRobin, LeastLoaded] {
            assert_eq!(owed_after(from, to), [0, 0, 0]);
        }
        for to in [Libredesk2025, Libredesk2026] {
            assert_eq!(owed_after(from, to), [7, -3, -4]);
        }
    }
}
