//! What a lost claim gives back.

use super::{config, is_ours, owed, owing, picks, plan, team_of, working_teams};
use crate::support::{one_team::one_team, owned, shared::rotation_of, strategy::any_snapshots};
use evenhand::{Assignment, Conversation, Cursor, LostClaim, Rule, Snapshot};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_plan_of_which_nothing_came_through_leaves_what_was_owed_before(snapshot in any_snapshots(), stays in any::<bool>()) {
        let opened = Snapshot { conversations: Vec::new(), ..snapshot.clone() };
        let before = plan(&opened);
        let spent = plan(&snapshot);
        let mut undone = lost(&snapshot, &spent, spent.decisions.iter().map(owned::lost_claim).collect());
        // Everybody may have left work since: the sets say who had been granted a share.
        for agent in &mut undone.agents {
            if !stays {
                agent.load = None;
            }
        }
        let undone_plan = plan(&undone);
        for (before, after) in owing(&before, &snapshot).into_iter().zip(owing(&undone_plan, &snapshot)) {
            prop_assert_eq!(owed(before), owed(after));
        }
    }

    #[test]
    fn the_order_in_which_lost_claims_come_changes_nothing_that_is_owed(
        (snapshot, lost_claims) in any_snapshots().prop_flat_map(|s| (Just(s.clone()), Just(s.lost_claims).prop_shuffle())),
    ) {
        let opened = Snapshot { conversations: Vec::new(), ..snapshot };
        let shuffled = Snapshot { lost_claims, ..opened.clone() };
        let (given, shuffled) = (plan(&opened), plan(&shuffled));
        for (given, shuffled) in owing(&given, &opened).into_iter().zip(owing(&shuffled, &opened)) {
            prop_assert_eq!(given, shuffled);
        }
    }

    #[test]
    fn a_lost_claim_that_gives_nothing_back_changes_nothing(snapshot in any_snapshots()) {
        // Its conversation is gone, and: nobody was to take it, or the agent has no seat, or the team is gone, manual or
        // legacy by now, or `round_robin` finds the cursor of another rule.
        let gives_nothing = |lost: &LostClaim<'_>| {
            let Some(team) = team_of(&snapshot, lost.by.as_ref().unwrap_or(&lost.team)).filter(|team| is_ours(team.assignment)) else { return true };
            let rotation = rotation_of(team);
            let has_seat = |agent: &str| {
                let mut teams = snapshot.teams.iter().filter(|team| rotation_of(team) == rotation);
                teams.any(|team| team.members.iter().any(|member| member.agent == agent))
            };
            let cursor = snapshot.cursors.iter().find(|cursor| cursor.rotation == rotation);
            let same_rule = team.assignment != Assignment::RoundRobin
                || cursor.is_some_and(|cursor| cursor.rule == Rule::RoundRobin);
            !lost.agent.as_deref().is_some_and(has_seat) || !same_rule
        };
        let mut with = snapshot.clone();
        for lost in &mut with.lost_claims {
            lost.conversation = format!("gone {}", lost.conversation).into();
        }
        let mut without = with.clone();
        without.lost_claims.retain(|lost| !gives_nothing(lost));
        prop_assert_eq!(plan(&with), plan(&without));
    }

    #[test]
    fn under_least_the_agents_of_lost_claims_are_asked_first(
        weights in prop::collection::vec(1..=3_u32, 2..=9),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
        assignment in prop::sample::select(vec![Assignment::LeastLoaded, Assignment::LeastRecent]),
    ) {
        let mut desk = one_team(assignment, &weights, 0);
        let agents: Vec<usize> = lost.iter().map(|at| at.index(weights.len())).collect();
        desk.lost_claims = agents
            .iter()
            .enumerate()
            .map(|(n, agent)| LostClaim {
                conversation: format!("lost {n}").into(),
                team: "t".into(),
                agent: Some(agent.to_string().into()),
                ..LostClaim::default()
            })
            .collect();
        let mut expected: Vec<String> = Vec::new();
        for agent in agents.into_iter().chain(0..weights.len()) {
            if !expected.contains(&agent.to_string()) {
                expected.push(agent.to_string());
            }
        }
        let plan = plan(&desk);
        let order: Vec<_> = plan.cursors[0].turns.iter().map(|turn| turn.agent.to_string()).collect();
        prop_assert_eq!(order, expected);
    }
}

/// Returns the desk to which these decisions of its plan are handed back.
fn lost(
    snapshot: &Snapshot<'static>,
    plan: &evenhand::Plan<'_>,
    lost_claims: Vec<LostClaim<'static>>,
) -> Snapshot<'static> {
    Snapshot {
        conversations: Vec::new(),
        cursors: plan.cursors.iter().map(owned::cursor).collect(),
        lost_claims,
        ..snapshot.clone()
    }
}

/// A desk of three of whom the last is away, after four conversations of which the first two are lost.
fn after_four() -> Snapshot<'static> {
    let mut desk = one_team(Assignment::RoundRobin, &[1, 1, 1], 4);
    desk.agents[2].availability = "away".into();
    let plan = plan(&desk);
    assert_eq!(picks(&plan), [0, 1, 0, 1]);
    let claims = plan.decisions[..2].iter().map(owned::lost_claim).collect();
    lost(&desk, &plan, claims)
}

/// Returns what is owed to 0, 1, ... in sixths of a conversation.
fn sixths(cursor: &Cursor<'_>) -> Vec<i64> {
    let sixth = 5_354_228_880 / 6;
    assert!(owed(cursor).values().all(|owed| owed % sixth == 0));
    owed(cursor).values().map(|owed| owed / sixth).collect()
}

#[test]
fn a_lost_turn_is_paid_by_those_who_shared_it_and_by_nobody_else() {
    // Agent 0 took one that nobody else could: their set is another one.
    let mut desk = after_four();
    assert_eq!(sixths(&plan(&desk).cursors[0]), [0, 0, 0], "both had one and lost it");
    desk.lost_claims.pop();
    assert_eq!(sixths(&plan(&desk).cursors[0]), [3, -3, 0], "agent 2 was away, and pays nothing");

    // The same, though agent 2 is back and agent 1 has left work.
    desk.agents[2].availability = "online".into();
    desk.agents[1].availability = "away".into();
    assert_eq!(sixths(&plan(&desk).cursors[0]), [3, -3, 0]);

    // Without the set, those who are at work now pay.
    desk.lost_claims[0].set = 7;
    assert_eq!(sixths(&plan(&desk).cursors[0]), [3, 0, -3]);

    // Who is gone cannot pay: the rest of the set share the whole conversation.
    desk.lost_claims[0].set = 0;
    desk.teams[0].members.remove(1);
    assert_eq!(sixths(&plan(&desk).cursors[0]), [0, 0], "alone with it, they pay themselves");
}

#[test]
fn a_set_is_shared_by_the_weights_of_now() {
    let mut desk = after_four();
    desk.lost_claims.pop();
    desk.teams[0].members[1].weight = 5;
    assert_eq!(sixths(&plan(&desk).cursors[0]), [5, -5, 0]);
}

#[test]
fn manual_in_the_next_tick_gives_nothing_back() {
    let mut desk = after_four();
    let stored = desk.cursors.clone();
    desk.teams[0].assignment = Assignment::Manual;
    assert_eq!(plan(&desk).cursors, stored);
}

#[test]
fn a_conversation_that_cannot_be_written_goes_from_one_to_the_other() {
    let mut desk = one_team(Assignment::RoundRobin, &[1, 1, 1], 1);
    let mut agents = Vec::new();
    for _ in 0..12 {
        let plan = plan(&desk);
        agents.extend(picks(&plan));
        let claims = plan.decisions.iter().map(owned::lost_claim).collect();
        let conversations = desk.conversations.clone();
        desk = Snapshot { conversations, ..lost(&desk, &plan, claims) };
    }
    assert!(agents.windows(2).all(|two| two[0] != two[1]), "{agents:?}");

    // Where there is nobody else, the same one again.
    desk.teams[0].members.truncate(1);
    desk.lost_claims[0].agent = Some("0".into());
    let plan = plan(&desk);
    assert_eq!(picks(&plan), [0]);
    assert_eq!(plan.decisions[0].outcome.code(), "only_candidate");
}

#[test]
fn a_claim_without_an_agent_only_puts_its_conversation_last() {
    let desk = one_team(Assignment::RoundRobin, &[1, 1], 3);
    let free = plan(&desk);
    assert_eq!(picks(&free), [0, 1, 0]);
    let claim = LostClaim { conversation: "c0".into(), team: "t".into(), ..LostClaim::default() };
    let desk = Snapshot { lost_claims: vec![claim], ..desk.clone() };
    let last = plan(&desk);
    assert_eq!(picks(&last), [0, 0, 1]);
    assert_eq!(owed(&last.cursors[0]), owed(&free.cursors[0]));
    let given: Vec<&str> = desk.conversations.iter().map(|c: &Conversation<'_>| &*c.id).collect();
    let decided: Vec<&str> = last.decisions.iter().map(|decision| decision.conversation).collect();
    assert_eq!(decided, given);
    assert_eq!(working_teams(&desk, "t").len(), 1);
}
