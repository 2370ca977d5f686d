//! What `objective: "most"` promises beside `in_order`, and what more people, skills and another order change.

use super::{config, plan};
use crate::support::shared::is_legacy;
use crate::support::{history::make_busy, random::Random, strategy::any_snapshots, wishes::leave_out};
use evenhand::{Agent, Assignment, Channel, Member, Objective, Plan, Skill, Snapshot};
use proptest::{option, prelude::*, sample::Index};
use std::collections::BTreeSet;

/// Returns any snapshot that serves the most and has no legacy team; half of them are busy.
fn desks() -> impl Strategy<Value = Snapshot<'static>> {
    (any_snapshots(), option::of(any::<u64>())).prop_map(|(mut desk, busy)| {
        desk.objective = Objective::Most;
        for team in desk.teams.iter_mut().filter(|team| is_legacy(team.assignment)) {
            team.assignment = Assignment::RoundRobin;
        }
        if let Some(seed) = busy {
            make_busy(&mut desk, &mut Random::new(seed));
        }
        desk
    })
}

fn served(plan: &Plan<'_>) -> BTreeSet<String> {
    let served = plan.decisions.iter().filter(|decision| decision.outcome.agent().is_some());
    served.map(|decision| decision.conversation.to_owned()).collect()
}

/// Returns the ids of the conversations in serving order.
fn serving_order(desk: &Snapshot<'_>) -> Vec<String> {
    let waited = |since: Option<u64>| desk.now.unwrap_or(0).saturating_sub(since.unwrap_or(u64::MAX));
    let mut order: Vec<_> = desk.conversations.iter().collect();
    order.sort_by_key(|conversation| {
        let is_lost = desk.lost_claims.iter().any(|lost| lost.conversation == conversation.id);
        let (ageing, waited) = desk.ageing.map_or((1, 0), |ageing| (ageing, waited(conversation.since)));
        let urgency = i128::from(conversation.priority) * i128::from(ageing) + i128::from(waited);
        (is_lost, -urgency, conversation.due.unwrap_or(u64::MAX))
    });
    order.into_iter().map(|conversation| conversation.id.to_string()).collect()
}

/// Returns the desk with one agent more who is listed wherever another one is, and has room for one conversation.
fn with_one_like(desk: &Snapshot<'static>, like: &str) -> Snapshot<'static> {
    let mut desk = desk.clone();
    let agent = desk.agents.iter().find(|agent| agent.id == like).expect("they are an agent").clone();
    let channel = |channel: &Channel<'static>| Channel {
        channel: channel.channel.clone(),
        load: channel.load.map(|_| 0),
        capacity: None,
    };
    desk.agents.push(Agent {
        id: "one more".into(),
        load: agent.load.map(|_| 0),
        capacity: None,
        max_new: Some(1),
        channels: agent.channels.iter().map(channel).collect(),
        ..agent
    });
    for team in &mut desk.teams {
        let own = team.members.iter().find(|member| member.agent == like).cloned();
        team.members.extend(own.map(|own| Member { agent: "one more".into(), ..own }));
    }
    for conversation in &mut desk.conversations {
        if conversation.preferred.iter().any(|agent| agent == like) {
            conversation.preferred.push("one more".into());
        }
        if conversation.excluded.iter().chain(&conversation.held_by).any(|agent| agent == like) {
            conversation.excluded.push("one more".into());
        }
    }
    desk
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn at_least_as_many_are_served_of_the_first_so_many_as_in_order(desk in desks()) {
        let most = plan(&desk);
        let in_order = Snapshot { objective: Objective::InOrder, ..desk.clone() };
        let (most, in_order) = (served(&most), served(&plan(&in_order)));
        let mut ahead = 0;
        for conversation in serving_order(&desk) {
            ahead += i32::from(most.contains(&conversation)) - i32::from(in_order.contains(&conversation));
            prop_assert!(ahead >= 0, "{} is the first of too few", conversation);
        }
        if in_order.len() == desk.conversations.len() {
            prop_assert_eq!(most, in_order);
        }
    }

    #[test]
    fn one_more_like_somebody_of_a_bottleneck_serves_one_more_and_like_somebody_else_none(desk in desks()) {
        let mut desk = desk;
        for team in &mut desk.teams {
            team.max_load = team.max_load.map(|limit| limit.max(1));
        }
        let before = plan(&desk);
        for agent in &desk.agents {
            let mut of = before.bottlenecks.iter().flat_map(|bottleneck| &bottleneck.agents);
            let is_in_one = of.any(|other| other.agent == agent.id);
            let with_one = with_one_like(&desk, &agent.id);
            let after = served(&plan(&with_one));
            prop_assert_eq!(after.len(), served(&before).len() + usize::from(is_in_one), "like {}", agent.id);
            prop_assert!(after.is_superset(&served(&before)));
        }
    }

    #[test]
    fn more_skills_never_serve_fewer(desk in desks(), whom in any::<Index>(), skill in 0..4_usize, level in 1..4_u32) {
        let mut desk = desk;
        // What is held for somebody who learns what it needs waits for them.
        leave_out(&mut desk, "hold_for");
        prop_assume!(!desk.agents.is_empty());
        let mut skilled = desk.clone();
        let at = whom.index(skilled.agents.len());
        let skills = &mut skilled.agents[at].skills;
        let id = format!("s{skill}");
        match skills.iter_mut().find(|known| known.skill == id) {
            Some(known) => known.level += level,
            None => skills.push(Skill { skill: id.into(), level }),
        }
        prop_assert!(served(&plan(&skilled)).len() >= served(&plan(&desk)).len());
    }

    #[test]
    fn the_order_of_the_agents_changes_nothing_of_what_is_served(desk in desks(), by in any::<Index>(), turned in any::<bool>()) {
        let mut other = desk.clone();
        if !other.agents.is_empty() {
            let by = by.index(other.agents.len());
            other.agents.rotate_left(by);
        }
        if turned {
            other.agents.reverse();
        }
        prop_assert_eq!(served(&plan(&desk)), served(&plan(&other)));
        let rooms = |plan: &Plan<'_>| -> Vec<(u32, u32)> {
            plan.bottlenecks.iter().map(|bottleneck| (bottleneck.assigned, bottleneck.waiting)).collect()
        };
        prop_assert_eq!(rooms(&plan(&desk)), rooms(&plan(&other)));
    }
}
