//! What changes no plan.

use super::{config, plan};
use crate::support::{owned, shared::rotation_of, strategy::any_snapshots, wishes::leave_out};
use evenhand::{Agent, Assignment, Conversation, Cursor, Member, Plan, Snapshot, Team};
use proptest::{prelude::*, sample::Index};
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_same_snapshot_gives_the_same_plan(snapshot in any_snapshots()) {
        let copy = snapshot.clone();
        prop_assert_eq!(plan(&snapshot), plan(&snapshot));
        prop_assert_eq!(plan(&snapshot), plan(&copy));
    }

    #[test]
    fn splitting_the_queue_changes_nothing(snapshot in any_snapshots(), cut in any::<Index>()) {
        let snapshot = that_may_be_cut(snapshot);
        let whole = plan(&snapshot);
        let cut = cut.index(snapshot.conversations.len() + 1);
        let (first, second) = snapshot.conversations.split_at(cut);
        let parts = [first, second];
        prop_assert_eq!(in_parts(&snapshot, &parts), parts_of(&whole));
    }

    #[test]
    fn one_conversation_at_a_time_changes_nothing(snapshot in any_snapshots()) {
        let snapshot = that_may_be_cut(snapshot);
        let whole = plan(&snapshot);
        let parts: Vec<_> = snapshot.conversations.chunks(1).collect();
        if !parts.is_empty() {
            prop_assert_eq!(in_parts(&snapshot, &parts), parts_of(&whole));
        }
    }

    #[test]
    fn the_order_of_agents_changes_no_decision(
        (snapshot, agents) in any_snapshots().prop_flat_map(|s| (Just(s.clone()), Just(s.agents).prop_shuffle())),
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
        (snapshot, teams) in any_snapshots().prop_flat_map(|s| (Just(s.clone()), Just(s.teams).prop_shuffle())),
    ) {
        let permuted = Snapshot { teams: in_order_of_each_rotation(&snapshot.teams, teams), ..snapshot.clone() };
        let (before, after) = (plan(&snapshot), plan(&permuted));
        prop_assert_eq!(&before.decisions, &after.decisions);
        prop_assert_eq!(&before.waiting, &after.waiting);
        prop_assert_eq!(&before.loads, &after.loads);
        let mut rotations: Vec<&str> = Vec::new();
        for team in &permuted.teams {
            if !rotations.contains(&rotation_of(team)) {
                rotations.push(rotation_of(team));
            }
        }
        let in_order = rotations.iter().filter_map(|r| before.cursors.iter().find(|c| c.rotation == *r).cloned());
        prop_assert_eq!(in_order.collect::<Vec<_>>(), after.cursors);
    }

    #[test]
    fn the_order_of_cursors_changes_nothing(
        (snapshot, cursors) in any_snapshots().prop_flat_map(|s| (Just(s.clone()), Just(s.cursors).prop_shuffle())),
    ) {
        let permuted = Snapshot { cursors, ..snapshot.clone() };
        prop_assert_eq!(plan(&snapshot), plan(&permuted));
    }

    #[test]
    fn the_order_of_lost_claims_changes_nothing_but_who_stands_first_under_least(
        (snapshot, lost_claims) in any_snapshots().prop_flat_map(|s| {
            (Just(s.clone()), Just(s.lost_claims).prop_shuffle())
        }),
    ) {
        let mut snapshot = snapshot;
        for team in &mut snapshot.teams {
            if matches!(team.assignment, Assignment::LeastLoaded | Assignment::LeastRecent) {
                team.assignment = Assignment::RoundRobin;
            }
        }
        let permuted = Snapshot { lost_claims, ..snapshot.clone() };
        prop_assert_eq!(plan(&snapshot), plan(&permuted));
    }

    #[test]
    fn a_rotation_may_be_called_anything(snapshot in any_snapshots()) {
        // Without a seed: each name has a shuffle of its own.
        let plain = Snapshot { seed: None, ..snapshot };
        let mut named = plain.clone();
        let name = |id: &str| format!("rotation of {id}");
        for team in &mut named.teams {
            team.rotation = Some(name(rotation_of(team)).into());
        }
        for cursor in &mut named.cursors {
            cursor.rotation = name(&cursor.rotation).into();
        }
        let (before, after) = (plan(&plain), plan(&named));
        prop_assert_eq!(&before.decisions, &after.decisions);
        prop_assert_eq!(before.cursors.len(), after.cursors.len());
        for (before, after) in before.cursors.iter().zip(&after.cursors) {
            prop_assert_eq!(name(&before.rotation), &*after.rotation);
            prop_assert_eq!(&before.turns, &after.turns);
            prop_assert_eq!(&before.sets, &after.sets);
        }
    }

    #[test]
    fn a_member_who_is_away_changes_no_assignment(snapshot in any_snapshots(), weight in 0..=1000_u32) {
        // A newcomer more moves the shuffle of the others; without a seed nothing may move.
        let before = Snapshot { seed: None, ..snapshot };
        let mut after = before.clone();
        let absent = Agent { id: "absent".into(), availability: "on leave".into(), load: Some(0), capacity: None, ..Agent::default() };
        after.agents.push(absent);
        for team in &mut after.teams {
            team.members.push(Member { agent: "absent".into(), weight, ..Member::default() });
        }
        let assigned = |snapshot| {
            let decisions = plan(snapshot).decisions.into_iter();
            decisions.map(|decision| decision.outcome.agent().map(|_| decision.outcome)).collect::<Vec<_>>()
        };
        prop_assert_eq!(assigned(&before), assigned(&after));
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_same_text_gives_the_same_bytes(snapshot in any_snapshots()) {
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

/// Decisions as (agent, code), cursors without `sets`, and loads after the plan: what must not depend on how the queue
/// was cut.
type Parts = (Vec<(Option<String>, &'static str)>, Vec<Cursor<'static>>, BTreeMap<String, u32>);

fn parts_of(plan: &Plan<'_>) -> Parts {
    (
        plan.decisions.iter().map(|d| (d.outcome.agent().map(str::to_owned), d.outcome.code())).collect(),
        plan.cursors.iter().map(|cursor| Cursor { sets: Vec::new(), ..owned::cursor(cursor) }).collect(),
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
        for (conversation, (taker, _)) in part.iter().zip(&decisions) {
            let taker = desk.agents.iter_mut().find(|agent| Some(&*agent.id) == taker.as_deref());
            for channel in taker.into_iter().flat_map(|agent| &mut agent.channels) {
                if Some(&channel.channel) == conversation.channel.as_ref() {
                    channel.load = channel.load.map(|load| load + 1);
                }
            }
        }
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

/// Leaves out what the cut of a queue matters to: an order of its own, what is counted over the plan, the room of whoever
/// hands something over, and the conversations of lost claims, which are served last.
fn that_may_be_cut(mut snapshot: Snapshot<'static>) -> Snapshot<'static> {
    for field in ["priority", "due", "ageing", "max_new", "held_by"] {
        leave_out(&mut snapshot, field);
    }
    let lost = &snapshot.lost_claims;
    snapshot.conversations.retain(|waits| lost.iter().all(|lost| lost.conversation != waits.id));
    snapshot
}

/// Returns the permuted teams, those of one rotation in the order in which they were: newcomers join in it.
fn in_order_of_each_rotation(given: &[Team<'static>], permuted: Vec<Team<'static>>) -> Vec<Team<'static>> {
    let mut left = given.to_vec();
    let next = |team: Team<'static>| {
        let next = left.iter().position(|other| rotation_of(other) == rotation_of(&team));
        left.remove(next.expect("as many of each rotation"))
    };
    permuted.into_iter().map(next).collect()
}
