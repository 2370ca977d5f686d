//! Who takes which conversation, and who waits.

use super::{config, may_take, picks, plan, shares, weight_of};
use crate::support::{one_team::one_team, strategy::snapshots};
use evenhand::{
    Agent, AssignReason, Assignment, Cursor, LoadChange, Member, Outcome, Plan, Rule, Snapshot, Team,
    WaitReason,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(config())]

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
