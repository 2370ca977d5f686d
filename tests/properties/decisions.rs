//! Who takes which conversation, and who waits.

use super::{config, follow, is_ours, may_take, picks, plan, team_of, weight_of};
use crate::support::{
    one_team::one_team,
    owned,
    shared::{is_legacy, rotation_of},
    strategy::{any_snapshots, snapshots},
};
use evenhand::{
    Agent, AssignReason, Assignment, Conversation, Cursor, LoadChange, LostClaim, Member, Outcome, Rule,
    Snapshot, Team, Turn, WaitReason, Waiting,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_conversation_is_decided_once_and_in_order(snapshot in any_snapshots()) {
        let plan = plan(&snapshot);
        let decided: Vec<_> = plan.decisions.iter().map(|d| (d.conversation, d.team)).collect();
        let given: Vec<_> = snapshot.conversations.iter().map(|c| (&*c.id, &*c.team)).collect();
        prop_assert_eq!(decided, given);
    }

    #[test]
    fn nobody_goes_above_a_limit_by_our_doing(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        follow(&snapshot, &plan, |moment| {
            if let Some(agent) = moment.decision.outcome.agent() {
                prop_assert!(moment.free.contains(&agent), "{agent} may not take it");
            }
            Ok(())
        })?;
    }

    #[test]
    fn nobody_waits_while_somebody_may_take_it(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        follow(&snapshot, &plan, |moment| {
            let outcome = moment.decision.outcome;
            let Some(team) = moment.team else {
                prop_assert_eq!(outcome, Outcome::Waits(WaitReason::UnknownTeam));
                return Ok(());
            };
            match team.assignment {
                Assignment::Manual => prop_assert_eq!(outcome, Outcome::Waits(WaitReason::ManualTeam)),
                Assignment::RoundRobin | Assignment::LeastLoaded | Assignment::LeastRecent => {
                    prop_assert_eq!(outcome.agent().is_none(), moment.free.is_empty());
                    if let Outcome::Assigned { why, .. } = outcome {
                        let expected = match team.assignment {
                            _ if moment.candidates.len() == 1 => AssignReason::OnlyCandidate,
                            Assignment::LeastLoaded => AssignReason::LeastLoaded,
                            Assignment::LeastRecent => AssignReason::LeastRecent,
                            _ => AssignReason::Turn,
                        };
                        prop_assert_eq!(why, expected);
                    }
                }
                // The past, kept exact: somebody may be free, but only if there was a draw.
                Assignment::Libredesk2025 | Assignment::Libredesk2026 => {
                    if outcome.agent().is_none() && !moment.free.is_empty() {
                        prop_assert_eq!(outcome, Outcome::Waits(WaitReason::TurnLost));
                    }
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_agent_of_a_lost_claim_gets_it_again_only_where_nobody_else_can(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        follow(&snapshot, &plan, |moment| {
            if let (Some(agent), Some(team)) = (moment.decision.outcome.agent(), moment.team)
                && is_ours(team.assignment)
            {
                prop_assert!(moment.candidates.contains(&agent), "{agent}, who lost it, though others are free");
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_conversations_of_lost_claims_stand_behind_all_others(snapshot in snapshots()) {
        let is_lost = |waits: &Conversation<'_>| {
            snapshot.lost_claims.iter().any(|lost| lost.conversation == waits.id)
        };
        // A host that puts them there itself gets the same plan.
        let mut moved = snapshot.clone();
        moved.conversations.sort_by_key(is_lost);
        let (given, moved) = (plan(&snapshot), plan(&moved));
        for decision in &given.decisions {
            prop_assert!(moved.decisions.contains(decision));
        }
        prop_assert_eq!(&given.cursors, &moved.cursors);
        prop_assert_eq!(&given.loads, &moved.loads);
        // None of them is served while another one of the team waits.
        for team in snapshot.teams.iter().filter(|team| is_ours(team.assignment)) {
            let of_team = || given.decisions.iter().zip(&snapshot.conversations).filter(|(_, c)| c.team == team.id);
            let waits = of_team().any(|(decision, c)| decision.outcome.agent().is_none() && !is_lost(c));
            prop_assert!(!waits || of_team().all(|(decision, c)| decision.outcome.agent().is_none() || !is_lost(c)));
        }
    }

    #[test]
    fn a_queue_longer_than_the_room_leaves_the_lost_ones(
        (room, queue, lost) in (1..8_usize, 1..8_usize).prop_flat_map(|(room, more)| {
            let queue = room + more;
            (Just(room), Just(queue), prop::sample::subsequence((0..queue).collect::<Vec<_>>(), 1..=queue))
        }),
        assignment in prop::sample::select(vec![Assignment::RoundRobin, Assignment::LeastLoaded, Assignment::LeastRecent]),
        by_agent in any::<bool>(),
    ) {
        let mut desk = one_team(assignment, &vec![1; room], queue);
        for agent in &mut desk.agents {
            agent.capacity = Some(1);
        }
        let claim = |&n: &usize| LostClaim {
            conversation: format!("c{n}").into(),
            team: "t".into(),
            agent: by_agent.then_some("0".into()),
            ..LostClaim::default()
        };
        desk.lost_claims = lost.iter().map(claim).collect();
        let mut order: Vec<usize> = (0..queue).collect();
        order.sort_by_key(|n| lost.contains(n));
        let mut expected = order[..room].to_vec();
        expected.sort_unstable();
        let plan = plan(&desk);
        let served: Vec<usize> = (0..queue).filter(|&n| plan.decisions[n].outcome.agent().is_some()).collect();
        prop_assert_eq!(served, expected);
    }

    #[test]
    fn least_loaded_takes_the_smallest_load_per_weight(snapshot in snapshots()) {
        let plan = plan(&snapshot);
        follow(&snapshot, &plan, |moment| {
            if let (Some(team), Some(agent)) = (moment.team, moment.decision.outcome.agent())
                && team.assignment == Assignment::LeastLoaded
            {
                let after = |id: &str| u64::from(moment.loads[id].expect("known")) + 1;
                let weight = |id: &str| u64::from(weight_of(team, id));
                for &other in &moment.candidates {
                    let (ours, theirs) = (after(agent) * weight(other), after(other) * weight(agent));
                    prop_assert!(ours <= theirs, "{agent}, not {other}");
                    prop_assert!(ours < theirs || weight(agent) >= weight(other), "{agent}, not {other}");
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn least_recent_goes_round(snapshot in snapshots()) {
        let opened = Snapshot { conversations: Vec::new(), ..snapshot.clone() };
        let order = |cursor: &Cursor<'_>| cursor.turns.iter().map(|turn| turn.agent.to_string()).collect();
        let mut orders: BTreeMap<String, Vec<String>> =
            plan(&opened).cursors.iter().map(|cursor| (cursor.rotation.to_string(), order(cursor))).collect();
        let plan = plan(&snapshot);
        follow(&snapshot, &plan, |moment| {
            if let (Some(team), Some(agent)) = (moment.team, moment.decision.outcome.agent())
                && matches!(team.assignment, Assignment::LeastRecent | Assignment::LeastLoaded)
            {
                let order = orders.get_mut(rotation_of(team)).expect("it was opened");
                if team.assignment == Assignment::LeastRecent {
                    let first = order.iter().find(|agent| moment.candidates.contains(&agent.as_str()));
                    prop_assert_eq!(first.map(String::as_str), Some(agent));
                }
                order.retain(|other| other != agent);
                order.push(agent.to_owned());
            }
            Ok(())
        })?;
        for cursor in &plan.cursors {
            if matches!(cursor.rule, Rule::LeastRecent | Rule::LeastLoaded) {
                prop_assert_eq!(&order(cursor), &orders[&*cursor.rotation]);
            }
        }
    }

    #[test]
    fn loads_are_those_of_the_decisions(snapshot in any_snapshots()) {
        let plan = plan(&snapshot);
        let mut given: BTreeMap<&str, u32> = BTreeMap::new();
        let mut handed_over: BTreeMap<&str, u32> = BTreeMap::new();
        for decision in &plan.decisions {
            // Under a legacy rule somebody may draw what they have.
            if let Some(agent) = decision.outcome.agent().filter(|&agent| decision.held_by != Some(agent)) {
                *given.entry(agent).or_default() += 1;
                if let Some(holder) = decision.held_by {
                    *handed_over.entry(holder).or_default() += 1;
                }
            }
        }
        let expected: Vec<_> = snapshot
            .agents
            .iter()
            .filter_map(|agent| {
                let before = agent.load?;
                let of = |counts: &BTreeMap<&str, u32>| counts.get(&*agent.id).copied().unwrap_or(0);
                let after = (before + of(&given)).saturating_sub(of(&handed_over));
                (before != after).then(|| LoadChange { agent: &agent.id, before, after })
            })
            .collect();
        prop_assert_eq!(plan.loads, expected);
    }

    #[test]
    fn waiting_counts_what_waits(snapshot in any_snapshots()) {
        let plan = plan(&snapshot);
        // By channel, too; the groups of one channel that need different things are together here.
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        for (decision, conversation) in plan.decisions.iter().zip(&snapshot.conversations) {
            if let Outcome::Waits(why) = decision.outcome {
                let legacy = team_of(&snapshot, decision.team).is_some_and(|team| is_legacy(team.assignment));
                let channel = conversation.channel.as_deref().filter(|_| !legacy);
                count(&mut expected, (decision.team, why, channel, 1));
            }
        }
        for group in &plan.waiting {
            count(&mut found, (group.team, group.why, group.channel, group.conversations));
        }
        prop_assert_eq!(found, expected);
        let key = |group: &Waiting<'_>| format!("{:?}", (group.team, group.why, group.channel, &group.needs));
        let keys: BTreeSet<String> = plan.waiting.iter().map(key).collect();
        prop_assert_eq!(keys.len(), plan.waiting.len());
        for group in &plan.waiting {
            let held_back: u32 = group.passed_over.iter().map(|gate| gate.members).sum();
            prop_assert!(held_back <= group.members);
            prop_assert!(group.passed_over.iter().all(|gate| gate.members > 0));
            // In the teams of our own rules everybody is held back by something.
            if team_of(&snapshot, group.team).is_some_and(|team| is_ours(team.assignment)) {
                prop_assert_eq!(held_back, group.members);
            }
        }
    }

    #[test]
    fn a_load_of_2_to_the_31_less_one_is_full(snapshot in snapshots(), spare in 0..3_u32) {
        // Whoever has no limit may take what is left of it, and no more.
        let mut desk = snapshot;
        for agent in &mut desk.agents {
            agent.load = agent.load.map(|load| evenhand::MAX_LOAD - load.min(spare));
        }
        let plan = plan(&desk);
        follow(&desk, &plan, |moment| {
            if let Some(agent) = moment.decision.outcome.agent() {
                prop_assert!(moment.loads[agent] < Some(evenhand::MAX_LOAD));
            }
            Ok(())
        })?;
        for change in &plan.loads {
            prop_assert!(change.after <= evenhand::MAX_LOAD);
        }
    }
}

/// Conversations that wait: team, reason, channel, and how many.
type Group<'a> = (&'a str, WaitReason, Option<&'a str>, u32);

fn count<'a>(groups: &mut Vec<Group<'a>>, (team, why, channel, more): Group<'a>) {
    match groups.iter_mut().find(|group| (group.0, group.1, group.2) == (team, why, channel)) {
        Some(group) => group.3 += more,
        None => groups.push((team, why, channel, more)),
    }
}

#[test]
fn least_loaded_settles_ties_by_weight_then_rotation() {
    // Agents 1 and 2 are at (1 + 1) / 2, agents 0, 3 and 4 at (0 + 1) / 1: level all round.
    let mut desk = one_team(Assignment::LeastLoaded, &[1, 2, 2, 1, 1], 5);
    for heavy in [1, 2] {
        desk.agents[heavy].load = Some(1);
    }
    let first = plan(&desk);
    assert_eq!(picks(&first), [1, 2, 0, 3, 4]);
    // Whoever took one stands at the end.
    assert_eq!(order_of(&first.cursors[0]), ["1", "2", "0", "3", "4"]);

    // What a cursor says is owed is nothing to `least_loaded`.
    let turn = |(agent, owed): (&'static str, i64)| Turn { agent: agent.into(), owed: Some(owed) };
    let turns = [("4", 1), ("3", 2), ("2", -5), ("1", 1), ("0", 1)].map(turn).to_vec();
    desk.cursors = vec![Cursor { rotation: "t".into(), rule: Rule::LeastLoaded, turns, ..Cursor::default() }];
    let second = plan(&desk);
    assert_eq!(picks(&second), [2, 1, 4, 3, 0]);
    assert!(second.cursors[0].turns.iter().all(|turn| turn.owed.is_none()));
}

#[test]
fn least_recent_asks_whoever_has_been_waiting_longest() {
    let mut desk = one_team(Assignment::LeastRecent, &[1, 5, 1, 0], 5);
    let first = plan(&desk);
    assert_eq!(picks(&first), [0, 1, 2, 0, 1]);
    assert_eq!(order_of(&first.cursors[0]), ["3", "2", "0", "1"]);

    // Away for a while, agent 2 keeps their place.
    desk.cursors = first.cursors.iter().map(owned::cursor).collect();
    desk.agents[2].availability = "away".into();
    let away = plan(&desk);
    assert_eq!(picks(&away), [0, 1, 0, 1, 0]);
    desk.cursors = away.cursors.iter().map(owned::cursor).collect();
    desk.agents[2].availability = "online".into();
    assert_eq!(picks(&plan(&desk)), [2, 1, 0, 2, 1]);
}

fn order_of<'a>(cursor: &'a Cursor<'_>) -> Vec<&'a str> {
    cursor.turns.iter().map(|turn| &*turn.agent).collect()
}

#[test]
fn a_member_is_passed_over_by_the_first_gate_they_fail() {
    // Each but the last fails every gate from their own to the end.
    let agent = |(id, availability, load, capacity): (&'static str, &'static str, _, _)| Agent {
        id: id.into(),
        availability: availability.into(),
        load,
        capacity,
        ..Agent::default()
    };
    let member =
        |(agent, weight): (&'static str, u32)| Member { agent: agent.into(), weight, ..Member::default() };
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
        assert_eq!(may_take(&desk, &desk.teams[0], &super::loads(&desk)), [""; 0]);
    }
}
