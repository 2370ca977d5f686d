//! Who takes which conversation, and who waits.

use super::{config, may_take, picks, plan};
use crate::support::{
    one_team::one_team,
    owned,
    strategy::{any_snapshots, snapshots},
};
use evenhand::{Agent, Assignment, Conversation, Cursor, LostClaim, Member, Rule, Snapshot, Team, Turn};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_plan_is_sound(any in any_snapshots(), simple in snapshots()) {
        // `plan` checks whatever it plans: every conversation is decided once and in order, nobody gets what they may not take, nobody waits
        // while somebody could take it, and all that is counted is counted right.
        plan(&any);
        plan(&simple);
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
    fn a_load_of_2_to_the_31_less_one_is_full(snapshot in snapshots(), spare in 0..3_u32) {
        // Whoever has no limit may take what is left of it, and no more.
        let mut desk = snapshot;
        for agent in &mut desk.agents {
            agent.load = agent.load.map(|load| evenhand::MAX_LOAD - load.min(spare));
        }
        let plan = plan(&desk);
        for change in &plan.loads {
            prop_assert!(change.after <= evenhand::MAX_LOAD);
        }
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
