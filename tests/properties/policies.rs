//! The fields that say who may take what: which of them cannot matter, what more room does, and each gate alone.

use super::{config, plan};
use crate::support::shared::is_legacy;
use crate::support::{one_team::one_team, strategy::any_snapshots, wishes::leave_out};
use evenhand::{
    Agent, Assignment, Channel, Conversation, Cursor, Decision, Gate, MAX_TIER, Member, Need, Overflow, Plan,
    Rule, Skill, Snapshot, Turn, WaitReason,
};
use proptest::{prelude::*, sample::Index};
use std::collections::BTreeSet;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_nobody_asks_for_changes_nothing(snapshot in any_snapshots(), level in 1..=1_000_u32) {
        let mut more = snapshot.clone();
        for agent in &mut more.agents {
            agent.skills.push(Skill { skill: "latin".into(), level });
            agent.channels.push(Channel { channel: "telegraph".into(), load: None, capacity: Some(0) });
        }
        for team in &mut more.teams {
            team.fallback.push("on the moon".into());
            team.overflow.push(Overflow { team: "nobody's".into(), after: 0 });
        }
        // Whoever waits for a time has to say what time it is, now that every team has an overflow.
        let snapshot = Snapshot { now: Some(snapshot.now.unwrap_or(0)), ..snapshot };
        more.now = snapshot.now;
        prop_assert_eq!(plan(&snapshot), plan(&more));
    }

    #[test]
    fn a_stranger_changes_nothing(snapshot in any_snapshots(), first in any::<bool>()) {
        let mut more = snapshot.clone();
        for conversation in &mut more.conversations {
            for list in [&mut conversation.preferred, &mut conversation.excluded] {
                let at = if first { 0 } else { list.len() };
                list.insert(at, "stranger".into());
            }
        }
        prop_assert_eq!(plan(&snapshot), plan(&more));
        // A decision says who holds its conversation, known or not; nothing else is other.
        let free = |conversation: &&mut Conversation<'_>| conversation.held_by.is_none();
        more.conversations.iter_mut().filter(free).for_each(|waits| waits.held_by = Some("stranger".into()));
        let mut held = plan(&more);
        for decision in held.decisions.iter_mut().filter(|decision| decision.held_by == Some("stranger")) {
            decision.held_by = None;
        }
        prop_assert_eq!(plan(&snapshot), held);
    }

    #[test]
    fn a_need_or_a_hold_that_has_lapsed_changes_nothing(snapshot in any_snapshots()) {
        let mut more = snapshot.clone();
        for conversation in &mut more.conversations {
            let latin = Need { skill: "latin".into(), level: 1, relax_after: Some(0) };
            conversation.needs.push(latin);
            conversation.hold_for = conversation.hold_for.or(Some(0));
        }
        let snapshot = Snapshot { now: Some(snapshot.now.unwrap_or(0)), ..snapshot };
        more.now = snapshot.now;
        prop_assert_eq!(plan(&snapshot), plan(&more));
    }

    #[test]
    fn only_the_order_of_tiers_matters(snapshot in any_snapshots()) {
        let mut apart = snapshot.clone();
        let members = |snapshot: &Snapshot<'_>| -> BTreeSet<u32> {
            snapshot.teams.iter().flat_map(|team| &team.members).map(|member| member.tier).collect()
        };
        let tiers: Vec<u32> = members(&snapshot).into_iter().collect();
        for member in apart.teams.iter_mut().flat_map(|team| &mut team.members) {
            let place = tiers.iter().position(|tier| *tier == member.tier).expect("a tier of the desk");
            member.tier = u32::try_from(place).expect("few tiers");
        }
        prop_assert_eq!(plan(&snapshot), plan(&apart));
    }

    #[test]
    fn a_backup_who_is_not_reached_changes_nothing(snapshot in any_snapshots()) {
        // A newcomer more moves the shuffle of the others, and a lost claim without its set is undone among all at work.
        let mut before = Snapshot { seed: None, lost_claims: Vec::new(), ..snapshot };
        leave_out(&mut before, "fallback");
        for team in &mut before.teams {
            team.members.iter_mut().for_each(|member| member.tier = member.tier.min(MAX_TIER - 1));
        }
        let mut after = before.clone();
        after.agents.push(Agent { id: "backup".into(), availability: "online".into(), load: Some(0), ..Agent::default() });
        for team in after.teams.iter_mut().filter(|team| !is_legacy(team.assignment)) {
            team.members.push(Member { agent: "backup".into(), weight: 1, tier: MAX_TIER });
        }
        let (before, after) = (plan(&before), plan(&after));
        // Reached is who is asked where a team has nobody else; before, another team helped perhaps.
        let is_helped = before.decisions.iter().any(|decision| decision.by.is_some());
        let takes = |decision: &Decision<'_>| decision.outcome.agent() == Some("backup");
        if !is_helped && !after.decisions.iter().any(takes) {
            let decisions = |plan: &Plan<'_>| -> Vec<Option<String>> {
                plan.decisions.iter().map(|decision| decision.outcome.agent().map(str::to_owned)).collect()
            };
            prop_assert_eq!(decisions(&before), decisions(&after));
            for (before, after) in before.cursors.iter().zip(&after.cursors) {
                let kept = after.turns.iter().filter(|turn| turn.agent != "backup");
                prop_assert_eq!(before.turns.iter().collect::<Vec<_>>(), kept.collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn more_room_never_makes_a_team_assign_fewer(snapshot in any_snapshots(), whom in any::<Index>(), more in 1..5_u32) {
        // Where some may take what others may not, the turns decide who is left for what: below.
        let mut desk = snapshot;
        for field in ["needs", "channel", "excluded", "held_by", "hold_for"] {
            leave_out(&mut desk, field);
        }
        prop_assume!(!desk.teams.is_empty() && !desk.agents.is_empty());
        desk.teams.truncate(1);
        prop_assume!(!is_legacy(desk.teams[0].assignment));
        let mut roomy = desk.clone();
        let at = whom.index(desk.agents.len());
        let agent = &mut roomy.agents[at];
        agent.capacity = agent.capacity.map(|capacity| capacity + more);
        agent.max_new = agent.max_new.map(|most| most + more);
        let assigned = |desk: &Snapshot<'_>| {
            plan(desk).decisions.iter().filter(|decision| decision.outcome.agent().is_some()).count()
        };
        prop_assert!(assigned(&desk) <= assigned(&roomy));
        roomy.teams[0].max_load = None;
        prop_assert!(assigned(&desk) <= assigned(&roomy));
    }
}

#[test]
fn room_more_may_assign_fewer_where_the_one_who_knows_is_taken_before() {
    // Ada, Pia, Xaver and Yao, who have room for one each, but for Ada at first.
    let one = 5_354_228_880;
    let mut desk = one_team(Assignment::RoundRobin, &[1_000, 1, 1, 8], 3);
    for (agent, skills) in desk.agents.iter_mut().zip([&[][..], &[], &["mail", "latin"], &["mail"]]) {
        agent.capacity = Some(1);
        agent.skills = skills.iter().map(|&skill| Skill { skill: skill.into(), level: 1 }).collect();
    }
    for (waits, skill) in desk.conversations[1..].iter_mut().zip(["mail", "latin"]) {
        waits.needs = vec![Need { skill: skill.into(), ..Need::default() }];
    }
    let turns = [("0", 23 * one / 10), ("1", 2 * one), ("2", 9 * one / 10), ("3", 0)];
    let turn = |(agent, owed): (&'static str, i64)| Turn { agent: agent.into(), owed: Some(owed) };
    let turns = turns.map(turn).to_vec();
    desk.cursors = vec![Cursor { rotation: "t".into(), rule: Rule::RoundRobin, turns, sets: Vec::new() }];
    let takers = |desk: &Snapshot<'_>| -> Vec<Option<String>> {
        plan(desk).decisions.iter().map(|decision| decision.outcome.agent().map(str::to_owned)).collect()
    };
    let some = |taker: &str| Some(taker.to_owned());
    // With Ada there, who has most of the weight, less is owed to Yao of the first, and the mail is Xaver's.
    assert_eq!(takers(&desk), [some("0"), some("2"), None]);
    desk.agents[0].capacity = Some(0);
    assert_eq!(takers(&desk), [some("1"), some("3"), some("2")]);
}

/// Returns a desk of one member who may take its one conversation, or who fails one gate and no other.
fn failing(gate: Option<Gate>) -> Snapshot<'static> {
    let mut desk = one_team(Assignment::RoundRobin, &[1], 1);
    desk.now = Some(1_000);
    let Snapshot { agents, teams, conversations, .. } = &mut desk;
    let (agent, team, waits) = (&mut agents[0], &mut teams[0], &mut conversations[0]);
    agent.load = Some(3);
    agent.skills = vec![Skill { skill: "german".into(), level: 2 }];
    agent.channels = vec![Channel { channel: "chat".into(), load: Some(2), capacity: Some(3) }];
    (agent.capacity, agent.max_new, team.max_load) = (Some(4), Some(1), Some(3));
    waits.channel = Some("chat".into());
    waits.since = Some(0);
    waits.needs = vec![Need { skill: "german".into(), level: 2, relax_after: None }];
    match gate {
        None => {}
        Some(Gate::UnknownAgent) => agents.clear(),
        Some(Gate::ZeroWeight) => team.members[0].weight = 0,
        Some(Gate::Excluded) => waits.excluded = vec!["0".into()],
        Some(Gate::LacksSkill) => waits.needs[0].level = 3,
        Some(Gate::HeldForOther) => {
            agents.push(Agent {
                id: "1".into(),
                availability: "away".into(),
                load: Some(0),
                ..agents[0].clone()
            });
            team.members.push(Member { agent: "1".into(), ..Member::default() });
            waits.preferred = vec!["1".into()];
            waits.hold_for = Some(2_000);
        }
        Some(Gate::Unavailable) => agent.availability = "away".into(),
        Some(Gate::LoadUnknown) => agent.channels[0].load = None,
        Some(Gate::AgentFull) => agent.capacity = Some(3),
        Some(Gate::ChannelFull) => agent.channels[0].capacity = Some(2),
        Some(Gate::TeamFull) => team.max_load = Some(2),
        Some(Gate::NewLimit) => agent.max_new = Some(0),
        Some(_) => unreachable!("a gate without a desk that fails it alone"),
    }
    desk
}

#[test]
fn each_gate_alone_holds_a_member_back() {
    assert_eq!(plan(&failing(None)).waiting, []);
    for &gate in Gate::ALL {
        let desk = failing(Some(gate));
        let plan = plan(&desk);
        assert_eq!(plan.waiting.len(), 1, "{} lets them pass", gate.code());
        let group = &plan.waiting[0];
        assert!(group.passed_over.contains(&evenhand::PassedOver { why: gate, members: 1 }), "{group:?}");
        let expected = match gate {
            Gate::UnknownAgent | Gate::ZeroWeight => WaitReason::NoMembers,
            Gate::Excluded | Gate::LacksSkill => WaitReason::NobodyQualified,
            Gate::HeldForOther => WaitReason::Held,
            Gate::Unavailable => WaitReason::NobodyAvailable,
            Gate::LoadUnknown => WaitReason::LoadUnknown,
            _ => WaitReason::AllFull,
        };
        assert_eq!(group.why, expected, "{}", gate.code());
    }
}
