//! What a rotation remembers, and whose turn it therefore is.

use super::{config, may_take, picks, plan, shares};
use crate::support::{one_team::one_team, owned, strategy::snapshots};
use evenhand::{Assignment, Cursor, LostClaim, MAX_INTEGER, Member, Rule, Snapshot, Team};
use proptest::{prelude::*, sample::Index};

proptest! {
    #![proptest_config(config())]

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

fn is_in_pool(snapshot: &Snapshot<'_>, team: &Team<'_>, member: &Member<'_>) -> bool {
    let agent = snapshot.agents.iter().find(|agent| agent.id == member.agent);
    member.weight > 0 && agent.is_some_and(|agent| team.assignable.contains(&agent.availability))
}

fn team_of<'a, 'b>(snapshot: &'a Snapshot<'b>, cursor: &Cursor<'_>) -> &'a Team<'b> {
    snapshot.teams.iter().find(|team| team.id == cursor.team).expect("a cursor of a team of the snapshot")
}

fn cursor_for<'a, 'b>(snapshot: &'a Snapshot<'b>, team: &Team<'_>) -> Option<&'a Cursor<'b>> {
    snapshot.cursors.iter().find(|cursor| cursor.team == team.id)
}
