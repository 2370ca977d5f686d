//! `least_loaded`: the smallest load per weight after taking one more, then the larger weight, then
//! rotation order. `least_recent`: rotation order alone.
//!
//! Under both, whoever takes a conversation goes to the end of the order, and nothing is owed: a seat
//! stands the lower the later it last took one.

use super::pool::Pool;
use super::view::View;
use crate::desk::Seat;
use core::cmp::Ordering;

/// Returns the candidate with the smallest load per weight, who goes to the end of the order.
pub(super) fn loaded(
    pool: &mut Pool,
    view: &View,
    load: impl Fn(Seat) -> u32,
    taken: &mut i64,
) -> Option<Seat> {
    let first = pool.lightest(&view.weights, load)?;
    Some(to_the_end(pool, first, taken))
}

/// Returns the first candidate by rotation order, who goes to its end.
pub(super) fn recent(pool: &mut Pool, view: &View, taken: &mut i64) -> Option<Seat> {
    let first = pool.first(&view.candidates)?;
    Some(to_the_end(pool, first, taken))
}

/// Lets a preferred candidate take one: they go to the end of the order.
pub(super) fn prefer(pool: &mut Pool, seat: Seat, taken: &mut i64) {
    *taken += 1;
    pool.lower(seat, pool.standing(seat) + *taken);
}

fn to_the_end(pool: &mut Pool, group: usize, taken: &mut i64) -> Seat {
    *taken += 1;
    pool.stand(group, -*taken)
}

/// Compares two members, each a load and a weight; the less of them comes first.
pub(super) fn compare(a: (u32, u32), b: (u32, u32)) -> Ordering {
    // (load + 1) / weight, without a fraction: no product is above 2^32 * 1,000.
    let scaled = |load: u32, weight: u32| (u64::from(load) + 1).wrapping_mul(u64::from(weight));
    let (a_scaled, b_scaled) = (scaled(a.0, b.1), scaled(b.0, a.1));
    if a_scaled == b_scaled { b.1.cmp(&a.1) } else { a_scaled.cmp(&b_scaled) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Agent, Assignment, Conversation, Member, Snapshot, Team};
    use alloc::vec::Vec;

    /// Returns who gets the conversations of the teams that `queue` names, all of one rotation: each team a list of
    /// agents and their weights.
    fn agents(
        assignment: Assignment,
        teams: &[&[(&'static str, u32)]],
        queue: &[&'static str],
    ) -> Vec<&'static str> {
        let known = ["a", "b", "c"];
        let agent = |id: &'static str| Agent {
            id: id.into(),
            availability: "online".into(),
            load: Some(0),
            ..Agent::default()
        };
        let members = |team: &[(&'static str, u32)]| {
            team.iter()
                .map(|&(agent, weight)| Member { agent: agent.into(), weight, ..Member::default() })
                .collect()
        };
        let team = |(id, team): (&&'static str, &&[_])| Team {
            id: (*id).into(),
            rotation: Some("all".into()),
            assignment,
            members: members(team),
            ..Team::default()
        };
        let conversation = |(id, &team): (&'static str, &&'static str)| Conversation {
            id: id.into(),
            team: team.into(),
            ..Conversation::default()
        };
        let snapshot = Snapshot {
            agents: known.map(agent).to_vec(),
            teams: ["t", "u"].iter().zip(teams).map(team).collect(),
            conversations: ["1", "2", "3", "4"].into_iter().zip(queue).map(conversation).collect(),
            ..Snapshot::default()
        };
        let plan = crate::plan(&snapshot).expect("the snapshot is valid");
        let taken = plan.decisions.iter().map(|decision| decision.outcome.agent().expect("nobody is full"));
        taken
            .map(|agent| known[known.iter().position(|&known| known == agent).expect("it is known")])
            .collect()
    }

    #[test]
    fn weights_change_nothing_where_only_the_order_counts() {
        let team: &[_] = &[("a", 1), ("b", 9)];
        assert_eq!(agents(Assignment::LeastRecent, &[team], &["t"; 4]), ["a", "b", "a", "b"]);
    }

    #[test]
    fn equals_take_turns_in_rotation_order_whatever_other_teams_they_are_in() {
        // a and c are of one group, b stands between them and is of another.
        let teams: &[&[_]] = &[&[("a", 1), ("b", 1), ("c", 1)], &[("a", 1), ("c", 1)]];
        for rule in [Assignment::LeastLoaded, Assignment::LeastRecent] {
            assert_eq!(agents(rule, teams, &["t"; 4]), ["a", "b", "c", "a"], "{rule:?}");
        }
    }

    #[test]
    fn the_smaller_load_per_weight_comes_first_and_the_larger_weight_among_equals() {
        assert_eq!(compare((0, 1), (1, 1)), Ordering::Less);
        assert_eq!(compare((3, 2), (2, 1)), Ordering::Less);
        assert_eq!(compare((1, 1), (3, 2)), Ordering::Greater);
        assert_eq!(compare((5, 3), (3, 2)), Ordering::Less);
        assert_eq!(compare((7, 4), (7, 4)), Ordering::Equal);
        assert_eq!(compare((u32::MAX, 1), (u32::MAX, 1000)), Ordering::Greater);
    }
}
