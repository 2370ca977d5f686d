//! What is owed, and whose turn it therefore is.

use super::{at_work, config, follow, loads, owed, owing, picks, plan, weight_of_seat, working_teams};
use crate::model::{ONE, decode};
use crate::support::{one_team::one_team, owned, shared::rotation_of, strategy::snapshots};
use evenhand::{Assignment, Cursor, Rule, Snapshot, Turn};
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_conversation_is_shared_by_all_at_work_within_8_and_paid_by_whoever_takes_it(snapshot in snapshots()) {
        // From the rotations as they are opened, one conversation after the other as they are served.
        let opened = Snapshot { conversations: Vec::new(), ..snapshot.clone() };
        let (opened, plan) = (plan(&opened), plan(&snapshot));
        let mut all_owed: BTreeMap<&str, BTreeMap<&str, i64>> =
            owing(&opened, &snapshot).into_iter().map(|cursor| (&*cursor.rotation, owed(cursor))).collect();
        follow(&snapshot, &plan, |moment| {
            let served = moment.team.zip(moment.decision.outcome.agent());
            let by_share = served.filter(|(team, _)| team.assignment == Assignment::RoundRobin);
            let Some((rotation, agent)) = by_share.map(|(team, agent)| (rotation_of(team), agent)) else {
                prop_assert_eq!(moment.decision.set, 0);
                return Ok(());
            };
            let owed = all_owed.get_mut(rotation).expect("it was opened");
            let at_work = at_work(&snapshot, rotation, moment.loads);

            // Most is owed to the taker, their share of this one counted.
            let growth = shares(&snapshot, rotation, &at_work);
            prop_assert!(moment.candidates.contains(&agent));
            for candidate in &moment.candidates {
                prop_assert!(owed[candidate] + growth[*candidate] <= owed[agent] + growth[agent], "{agent}, not {candidate}");
            }

            let memory_ends = 8 * i64::try_from(ONE).expect("one conversation");
            let is_far_ahead = owed[agent] <= -memory_ends;
            let is_granted = |seat: &&str| {
                moment.candidates.contains(seat) || !is_far_ahead && owed[seat] < memory_ends
            };
            let mut granted = set_of(&plan.cursors, rotation, moment.decision.set);
            granted.sort_unstable();
            prop_assert_eq!(&granted, &at_work.iter().copied().filter(is_granted).collect::<Vec<_>>());
            for (seat, share) in shares(&snapshot, rotation, &granted) {
                *owed.get_mut(&*seat).expect("a seat") += share;
                *owed.get_mut(agent).expect("a seat") -= share;
            }
            Ok(())
        })?;
        for cursor in owing(&plan, &snapshot) {
            prop_assert_eq!(owed(cursor), all_owed[&*cursor.rotation].clone());
        }
    }

    #[test]
    fn nothing_is_owed_to_somebody_who_is_not_at_work(snapshot in snapshots()) {
        // Planned without a queue and lost claims, and with both: who was not at work at any moment and in no set that is
        // undone has the same owed in both.
        let opened = Snapshot { conversations: Vec::new(), lost_claims: Vec::new(), ..snapshot.clone() };
        let (before, after) = (plan(&opened), plan(&snapshot));
        for (opened, cursor) in owing(&before, &snapshot).into_iter().zip(owing(&after, &snapshot)) {
            let mut moved = at_work(&snapshot, &cursor.rotation, &loads(&snapshot));
            let brought = snapshot.cursors.iter().find(|brought| brought.rotation == cursor.rotation);
            for lost in &snapshot.lost_claims {
                moved.extend(lost.agent.as_deref());
                let set = usize::try_from(lost.set).expect("a place");
                let set = brought.and_then(|brought| Some((brought, decode(&brought.sets, set)?)));
                if let Some((brought, set)) = set {
                    moved.extend(set.into_iter().map(|at| &*brought.turns[at].agent));
                }
            }
            let (old, new) = (owed(opened), owed(cursor));
            for (agent, old) in old {
                prop_assert!(moved.contains(&agent) || old == new[agent], "{agent}");
            }
        }
    }

    #[test]
    fn equal_weights_share_every_cycle_equally(people in 1..60_usize, weight in 1..=1000_u32, cycles in 1..4_usize) {
        for assignment in [Assignment::RoundRobin, Assignment::LeastLoaded, Assignment::LeastRecent] {
            let desk = one_team(assignment, &vec![weight; people], people * cycles);
            let plan = plan(&desk);
            for cycle in picks(&plan).chunks(people) {
                let mut cycle = cycle.to_vec();
                cycle.sort_unstable();
                prop_assert_eq!(cycle, (0..people).collect::<Vec<_>>());
            }
            prop_assert!(settles(&plan.cursors[0]), "a full cycle settles everything");
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
            prop_assert!(settles(&plan.cursors[0]), "a full cycle settles everything");
        }
    }
}

#[test]
fn weights_5_3_2_give_a_b_c_a_a_b_a_c_b_a() {
    let desk = one_team(Assignment::RoundRobin, &[5, 3, 2], 20);
    let picks: String = picks(&plan(&desk)).into_iter().map(|pick| ["a", "b", "c"][pick]).collect();
    assert_eq!(picks, "abcaabacbaabcaabacba");
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

#[test]
fn what_is_owed_is_kept_within_round_robin_and_within_the_legacy_pair() {
    let owed_after = |from: Rule, to: Assignment| {
        let mut desk = one_team(to, &[1, 1, 1], 0);
        let turn = |(agent, owed): (&'static str, i64)| Turn { agent: agent.into(), owed: Some(owed) };
        let turns = [("2", 7), ("0", -3), ("1", -4)].map(turn).to_vec();
        desk.cursors = vec![Cursor { rotation: "t".into(), rule: from, turns, ..Cursor::default() }];
        let cursors = plan(&desk).cursors.iter().map(owned::cursor).collect::<Vec<_>>();
        let order: Vec<_> = cursors[0].turns.iter().map(|turn| turn.agent.clone().into_owned()).collect();
        assert_eq!(order, ["2", "0", "1"], "the order is kept in any case");
        cursors[0].turns.iter().map(|turn| turn.owed).collect::<Vec<_>>()
    };
    let unit = |rule: Rule| match rule {
        Rule::RoundRobin => Some("share"),
        Rule::LeastLoaded | Rule::LeastRecent => None,
        Rule::Libredesk2025 | Rule::Libredesk2026 => Some("weight"),
    };
    for &from in Rule::ALL {
        for to in [
            (Assignment::RoundRobin, Rule::RoundRobin),
            (Assignment::LeastLoaded, Rule::LeastLoaded),
            (Assignment::LeastRecent, Rule::LeastRecent),
            (Assignment::Libredesk2025, Rule::Libredesk2025),
            (Assignment::Libredesk2026, Rule::Libredesk2026),
        ] {
            let expected = match unit(to.1) {
                None => [None; 3],
                same if same == unit(from) => [7, -3, -4].map(Some),
                Some(_) => [Some(0); 3],
            };
            assert_eq!(owed_after(from, to.0), expected, "{from:?} to {to:?}");
        }
    }
}

/// Returns the agents of a set of a rotation's cursor.
fn set_of<'a>(cursors: &'a [Cursor<'_>], rotation: &str, set: u32) -> Vec<&'a str> {
    let cursor = cursors.iter().find(|cursor| cursor.rotation == rotation).expect("it was opened");
    let set = decode(&cursor.sets, usize::try_from(set).expect("a place")).expect("the set is there");
    set.into_iter().map(|at| &*cursor.turns[at].agent).collect()
}

/// Returns what each of a set is granted of one conversation.
fn shares(snapshot: &Snapshot<'_>, rotation: &str, set: &[&str]) -> BTreeMap<String, i64> {
    assert!(!working_teams(snapshot, rotation).is_empty());
    let weight = |agent: &&str| i128::from(weight_of_seat(snapshot, rotation, agent));
    let total: i128 = set.iter().map(weight).sum();
    let share = |agent: &&str| i64::try_from(ONE * weight(agent) / total).expect("at most one conversation");
    set.iter().map(|agent| ((*agent).to_owned(), share(agent))).collect()
}

/// Returns whether nothing is owed to anybody, or the rule owes nothing at all.
fn settles(cursor: &Cursor<'_>) -> bool {
    let expected = (cursor.rule == Rule::RoundRobin).then_some(0);
    cursor.turns.iter().all(|turn| turn.owed == expected)
}
