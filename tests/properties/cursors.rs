//! Cursors: who is in them, that the next call reads them, and that no cursor does harm.

use super::{config, owed, owing, plan, working_teams};
use crate::support::{one_team::one_team, owned, shared::rotation_of, strategy::any_snapshots};
use evenhand::{
    Assignment, Cursor, ErrorKind, LostClaim, MAX_ID_BYTES, MAX_INTEGER, MAX_LOAD, Rule, SeatSet, Snapshot,
    Turn,
};
use proptest::{prelude::*, sample::Index};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_plan_can_be_asked_again_without_moving_anything(snapshot in any_snapshots()) {
        let cursors = plan(&snapshot).cursors;
        let next = Snapshot { cursors, conversations: Vec::new(), lost_claims: Vec::new(), ..snapshot.clone() };
        for (cursor, brought) in plan(&next).cursors.iter().zip(&next.cursors) {
            prop_assert_eq!(&cursor.turns, &brought.turns);
            let works = !working_teams(&snapshot, &cursor.rotation).is_empty();
            prop_assert!(!works || cursor.sets.is_empty(), "nothing was picked");
        }
    }

    #[test]
    fn whatever_a_plan_answers_can_be_asked_again(snapshot in any_snapshots(), edge in 0..3_u64) {
        let mut desk = at_the_edges(snapshot, edge);
        for _ in 0..3 {
            let plan = plan(&desk);
            for turn in plan.cursors.iter().flat_map(|cursor| &cursor.turns) {
                prop_assert!(turn.owed.is_none_or(|owed| owed.unsigned_abs() <= MAX_INTEGER));
            }
            let mut next = desk.clone();
            next.cursors = plan.cursors.iter().map(owned::cursor).collect();
            next.lost_claims = plan.decisions.iter().map(owned::lost_claim).collect();
            for change in &plan.loads {
                let agent = next.agents.iter_mut().find(|agent| agent.id == change.agent);
                agent.expect("an agent of the snapshot").load = Some(change.after);
            }
            let text = serde_json::to_vec(&next).expect("records are writable");
            prop_assert!(evenhand::plan_json(&text).is_ok());
            desk = next;
        }
    }

    #[test]
    fn a_day_in_manual_forgets_nothing(snapshot in any_snapshots(), team in any::<Index>()) {
        prop_assume!(!snapshot.teams.is_empty());
        let rotation = rotation_of(&snapshot.teams[team.index(snapshot.teams.len())]).to_owned();
        let mut manual = snapshot.clone();
        for team in &mut manual.teams {
            if rotation_of(team) == rotation {
                team.assignment = Assignment::Manual;
            }
        }
        let day = plan(&manual);
        prop_assert_eq!(day.cursors.iter().find(|cursor| cursor.rotation == rotation), brought(&manual, &rotation));
    }

    #[test]
    fn a_manual_team_freezes_its_seats_beside_others(snapshot in any_snapshots(), team in any::<Index>()) {
        // One team of a rotation is manual for a day: who works in no other keeps what is owed to them.
        prop_assume!(!snapshot.teams.is_empty());
        let team = team.index(snapshot.teams.len());
        let rotation = rotation_of(&snapshot.teams[team]).to_owned();
        let mut morning = Snapshot { lost_claims: Vec::new(), ..snapshot };
        morning.teams[team].assignment = Assignment::Manual;
        // Opened once, so that everybody has a seat and what is owed sums to nothing.
        let opened = Snapshot { conversations: Vec::new(), ..morning.clone() };
        let opened = plan(&opened);
        let Some(before) = owing(&opened, &morning).into_iter().find(|cursor| cursor.rotation == rotation).map(owned::cursor)
        else {
            return Ok(());
        };
        morning.cursors = vec![before.clone()];
        let day = plan(&morning);
        let after = owing(&day, &morning).into_iter().find(|cursor| cursor.rotation == rotation).map(owed);
        let after = after.expect("as before");
        for (agent, owed) in owed(&before) {
            let works = working_teams(&morning, &rotation);
            let works = works.iter().any(|team| team.members.iter().any(|member| member.agent == agent));
            prop_assert!(works || after[agent] == owed, "{agent}");
        }
    }

    #[test]
    fn sets_that_cannot_be_are_refused_and_others_do_no_harm(
        snapshot in any_snapshots(),
        forged in prop::collection::vec((any::<Index>(), sets()), 1..3),
        numbers in prop::collection::vec(prop_oneof![0..5_u32, any::<u32>()], 6),
    ) {
        prop_assume!(!snapshot.cursors.is_empty());
        let mut desk = snapshot;
        for (cursor, sets) in forged {
            let cursor = cursor.index(desk.cursors.len());
            desk.cursors[cursor].sets = sets;
        }
        for (lost, number) in desk.lost_claims.iter_mut().zip(numbers) {
            lost.set = number;
        }
        match evenhand::plan(&desk) {
            Ok(plan) => {
                prop_assert!(desk.cursors.iter().all(can_be));
                for cursor in owing(&plan, &desk) {
                    prop_assert_eq!(owed(cursor).values().sum::<i64>(), 0);
                }
            }
            Err(error) => {
                prop_assert!(!desk.cursors.iter().all(can_be), "{error}");
                prop_assert_eq!(error.kind(), ErrorKind::OutOfRange);
                prop_assert!(error.path().starts_with("/cursors/") && error.path().contains("/sets/"), "{error}");
            }
        }
    }

    #[test]
    fn the_cursors_of_another_plan_do_no_harm(snapshot in any_snapshots(), other in any_snapshots()) {
        let plan_of_another = plan(&other);
        let mut desk = snapshot;
        desk.cursors = plan_of_another.cursors.iter().map(owned::cursor).collect();
        desk.lost_claims = plan_of_another.decisions.iter().map(owned::lost_claim).collect();
        let plan = plan(&desk);
        for cursor in owing(&plan, &desk) {
            prop_assert_eq!(owed(cursor).values().sum::<i64>(), 0);
        }
    }
}

/// Returns sets that mostly can be.
fn sets() -> impl Strategy<Value = Vec<SeatSet>> {
    let place = || prop_oneof![30 => 0..12_u32, 1 => any::<u32>()];
    let places = move || {
        let ascending =
            prop::collection::btree_set(place(), 0..5).prop_map(|places| places.into_iter().collect());
        prop_oneof![9 => ascending, 1 => prop::collection::vec(place(), 0..5)]
    };
    let from = prop_oneof![4 => Just(None), 4 => (0..2_u32).prop_map(Some), 1 => any::<u32>().prop_map(Some)];
    let set = (from, places()).prop_map(|(from, seats)| SeatSet { from, seats });
    prop::collection::vec(set, 0..4)
}

/// Returns whether the sets of a cursor speak of its turns, ascending, each from an earlier one.
fn can_be(cursor: &Cursor<'_>) -> bool {
    let is_turn = |place: &u32| usize::try_from(*place).is_ok_and(|place| place < cursor.turns.len());
    let places = |places: &[u32]| places.iter().all(is_turn) && places.is_sorted_by(|one, next| one < next);
    cursor.sets.iter().zip(0_u32..).all(|(set, n)| set.from.is_none_or(|from| from < n) && places(&set.seats))
}

/// Returns the desk at the edges of the wire: long ids, the largest loads, numbers and weights.
fn at_the_edges(mut snapshot: Snapshot<'static>, edge: u64) -> Snapshot<'static> {
    fn stretch(id: &mut std::borrow::Cow<'static, str>) {
        let long = format!("{id:-<MAX_ID_BYTES$}");
        *id = long.into();
    }
    let load = MAX_LOAD - u32::try_from(edge).expect("small");
    let owed = i64::try_from(MAX_INTEGER - edge).expect("2^53 - 1 at most");
    snapshot.seed = snapshot.seed.map(|_| MAX_INTEGER - edge);
    for agent in &mut snapshot.agents {
        stretch(&mut agent.id);
        agent.load = agent.load.map(|held| if held % 2 == 0 { held } else { load });
        agent.capacity = agent.capacity.map(|_| MAX_LOAD - u32::try_from(edge / 2).expect("small"));
    }
    for team in &mut snapshot.teams {
        stretch(&mut team.id);
        team.rotation.iter_mut().for_each(stretch);
        for member in &mut team.members {
            stretch(&mut member.agent);
            member.weight = if member.weight > 1 { evenhand::MAX_WEIGHT } else { member.weight };
        }
    }
    for conversation in &mut snapshot.conversations {
        stretch(&mut conversation.id);
        stretch(&mut conversation.team);
    }
    for cursor in &mut snapshot.cursors {
        stretch(&mut cursor.rotation);
        for turn in &mut cursor.turns {
            stretch(&mut turn.agent);
            turn.owed = turn.owed.map(|old| if old < 0 { -owed } else { owed });
        }
    }
    for lost in &mut snapshot.lost_claims {
        stretch(&mut lost.conversation);
        stretch(&mut lost.team);
        lost.agent.iter_mut().for_each(stretch);
    }
    snapshot
}

#[test]
fn as_many_sets_as_there_are_picks_are_undone_at_once() {
    // Each set is the one before it without or with one seat, and each is that of a lost claim. Whoever follows every
    // line of sets to its start for every claim follows some billions of them.
    const SETS: u32 = 40_000;
    let mut desk = one_team(Assignment::RoundRobin, &[1; 3], 0);
    let turn = |agent: &'static str| Turn { agent: agent.into(), owed: Some(0) };
    let set = |n: u32| match n {
        0 => SeatSet { from: None, seats: vec![0, 1, 2] },
        n => SeatSet { from: Some(n - 1), seats: vec![2] },
    };
    desk.cursors = vec![Cursor {
        rotation: "t".into(),
        rule: Rule::RoundRobin,
        turns: ["0", "1", "2"].map(turn).to_vec(),
        sets: (0..SETS).map(set).collect(),
    }];
    let claim = |set: u32| LostClaim {
        conversation: set.to_string().into(),
        team: "t".into(),
        agent: Some("0".into()),
        why: None,
        set,
        ..LostClaim::default()
    };
    desk.lost_claims = (0..SETS).map(claim).collect();
    let plan = plan(&desk);
    let (one, half) = (5_354_228_880 / 3, 5_354_228_880 / 2);
    let times = i64::from(SETS / 2);
    assert_eq!(owed(&plan.cursors[0])["2"], -one * times);
    assert_eq!(owed(&plan.cursors[0])["1"], -(one + half) * times);
    assert_eq!(owed(&plan.cursors[0])["0"], (2 * one + half) * times);
}

fn brought<'a, 'b>(snapshot: &'a Snapshot<'b>, rotation: &str) -> Option<&'a Cursor<'b>> {
    snapshot.cursors.iter().find(|cursor| cursor.rotation == rotation)
}
