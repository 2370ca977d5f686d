//! Limits, sizes, and records that a Rust caller built by hand.

extern crate alloc;

use crate::support::{owned, random::Random, sound};
use alloc::borrow::Cow;
use evenhand::{
    Agent, Assignment, Channel, Conversation, Cursor, Decision, LostClaim, MAX_AGENTS, MAX_CONVERSATIONS,
    MAX_INTEGER, MAX_MEMBERS, MAX_OVERFLOW, MAX_SKILLS, MAX_TEAMS, MAX_WISHES, Member, Need, Outcome,
    Overflow, Rule, SeatSet, Skill, Snapshot, Team, Turn,
};

/// Returns a desk of `n` agents who are all in the one team, online, idle and without limits.
fn crowd(n: usize, assignment: Assignment) -> Snapshot<'static> {
    let id = |n: usize| -> Cow<'static, str> { n.to_string().into() };
    Snapshot {
        agents: (0..n)
            .map(|n| Agent { id: id(n), availability: "online".into(), load: Some(0), ..Agent::default() })
            .collect(),
        teams: vec![Team {
            id: "t".into(),
            assignment,
            members: (0..n).map(|n| Member { agent: id(n), ..Member::default() }).collect(),
            ..Team::default()
        }],
        ..Snapshot::default()
    }
}

fn queue(n: usize) -> Vec<Conversation<'static>> {
    (0..n)
        .map(|n| Conversation { id: n.to_string().into(), team: "t".into(), ..Conversation::default() })
        .collect()
}

/// Plans through both doors, which must agree, and returns (code, path).
fn answer_of_both(snapshot: &Snapshot<'_>) -> (&'static str, String) {
    let text = serde_json::to_vec(snapshot).expect("records are writable");
    let by_text = evenhand::plan_json(&text).map(drop);
    assert_eq!(
        by_text,
        evenhand::plan(snapshot).map(drop),
        "text (left) and records (right) are refused alike"
    );
    by_text.map_or_else(|error| (error.kind().code(), error.path().to_owned()), |()| ("ok", String::new()))
}

#[test]
fn each_limit_holds_and_one_more_is_refused() {
    let refused = |path: &str| ("limit_exceeded", path.to_owned());
    let ok = || ("ok", String::new());

    let mut desk = crowd(MAX_AGENTS, Assignment::RoundRobin);
    desk.conversations = queue(10);
    assert_eq!(answer_of_both(&desk), ok());
    desk.agents.push(Agent { id: "more".into(), ..Agent::default() });
    assert_eq!(answer_of_both(&desk), refused("/agents"));

    let team = |n: usize| Team { id: n.to_string().into(), ..Team::default() };
    let mut desk = Snapshot { teams: (0..MAX_TEAMS).map(team).collect(), ..Snapshot::default() };
    assert_eq!(answer_of_both(&desk), ok());
    desk.teams.push(team(MAX_TEAMS));
    assert_eq!(answer_of_both(&desk), refused("/teams"));

    let mut desk = Snapshot { conversations: queue(MAX_CONVERSATIONS), ..Snapshot::default() };
    assert_eq!(answer_of_both(&desk), ok());
    desk.conversations.push(Conversation { id: "more".into(), team: "t".into(), ..Conversation::default() });
    assert_eq!(answer_of_both(&desk), refused("/conversations"));

    let mut desk = crowd(100_000, Assignment::RoundRobin);
    let members = desk.teams[0].members.clone();
    desk.teams = (0..MAX_MEMBERS / members.len()).map(team).collect();
    for team in &mut desk.teams {
        team.members.clone_from(&members);
    }
    assert_eq!(answer_of_both(&desk), ok());
    desk.teams.push(Team { id: "more".into(), members: members[..1].to_vec(), ..Team::default() });
    assert_eq!(answer_of_both(&desk).0, "limit_exceeded");
}

#[test]
fn each_limit_of_who_may_take_what_holds_and_one_more_is_refused() {
    let refused = |path: &str| ("limit_exceeded", path.to_owned());
    let ok = || ("ok", String::new());
    let id = |n: usize| -> Cow<'static, str> { n.to_string().into() };

    let mut desk = crowd(2, Assignment::RoundRobin);
    desk.agents[0].skills = (1..MAX_SKILLS).map(|n| Skill { skill: id(n), level: 1 }).collect();
    desk.agents[1].channels = vec![Channel { channel: "mail".into(), ..Channel::default() }];
    assert_eq!(answer_of_both(&desk), ok());
    desk.agents[1].skills = vec![Skill { skill: "more".into(), level: 1 }];
    assert_eq!(answer_of_both(&desk), refused("/agents"));

    let open = |n: usize| Overflow { team: id(n), after: 0 };
    let mut desk = crowd(1, Assignment::RoundRobin);
    desk.teams[0].overflow = (0..MAX_OVERFLOW).map(open).collect();
    assert_eq!(answer_of_both(&desk), ok());
    desk.teams[0].overflow.push(open(MAX_OVERFLOW));
    assert_eq!(answer_of_both(&desk), refused("/teams"));

    let mut desk = crowd(1, Assignment::RoundRobin);
    desk.conversations = queue(3);
    desk.conversations[0].needs =
        (0..MAX_WISHES / 2).map(|n| Need { skill: id(n), ..Need::default() }).collect();
    desk.conversations[1].preferred = (0..MAX_WISHES / 4).map(id).collect();
    desk.conversations[2].excluded = (0..MAX_WISHES / 4).map(id).collect();
    assert_eq!(answer_of_both(&desk), ok());
    desk.conversations[1].excluded.push("more".into());
    assert_eq!(answer_of_both(&desk), refused("/conversations"));

    // 2,000,000 teams that are asked: 500 for each of 4,000 wishes, its own among them.
    let in_channels = |desk: &mut Snapshot<'_>| {
        desk.conversations.iter_mut().for_each(|one| one.channel = Some(one.id.clone()));
    };
    let mut desk = crowd(0, Assignment::RoundRobin);
    desk.teams[0].overflow = (0..499).map(open).collect();
    desk.teams.extend((0..499).map(|n| Team { id: id(n), ..Team::default() }));
    desk.conversations = queue(4_000);
    in_channels(&mut desk);
    assert_eq!(answer_of_both(&desk), ok());
    desk.conversations = queue(4_001);
    in_channels(&mut desk);
    assert_eq!(answer_of_both(&desk), refused("/conversations"));

    // 4,000,000 members, each once for a channel: 1,999 and the team by 2,000 channels.
    let mut desk = crowd(1_999, Assignment::RoundRobin);
    desk.teams[0].assignable.clear();
    desk.conversations = queue(2_000);
    in_channels(&mut desk);
    assert_eq!(answer_of_both(&desk), ok());
    desk.conversations = queue(2_001);
    in_channels(&mut desk);
    assert_eq!(answer_of_both(&desk), refused("/conversations"));
}

/// None of these ends where something is looked for in a list from its start.
#[test]
fn many_of_one_kind_cost_no_more_than_their_number() {
    const MANY: usize = 300_000;
    let id = |n: usize| -> Cow<'static, str> { n.to_string().into() };
    let mut desk = crowd(2, Assignment::RoundRobin);
    desk.conversations = queue(MANY);
    for conversation in &mut desk.conversations {
        conversation.channel = Some(conversation.id.clone());
    }
    let channel = |n: usize| Channel { channel: id(n), load: Some(0), ..Channel::default() };
    desk.agents[0].channels = (0..MANY).map(channel).collect();
    assert_eq!(answer_of_both(&desk).0, "ok", "as many channels as conversations");

    let mut desk = crowd(MANY / 2, Assignment::RoundRobin);
    desk.conversations = queue(1);
    desk.conversations[0].preferred = desk.agents.iter().map(|agent| agent.id.clone()).collect();
    desk.conversations[0].excluded = desk.conversations[0].preferred.clone();
    assert_eq!(answer_of_both(&desk).0, "ok", "everybody is preferred, and excluded");
    desk.conversations[0].excluded.pop();
    let plan = sound::plan(&desk);
    assert_eq!(plan.decisions[0].outcome.agent(), desk.agents.last().map(|agent| &*agent.id));
}

#[test]
fn libredesk_2026_is_refused_where_its_draws_would_not_end() {
    for (members, conversations, code) in [(10_000, 10_000, "ok"), (10_000, 10_001, "limit_exceeded")] {
        for assignment in [Assignment::Libredesk2026, Assignment::Libredesk2025, Assignment::RoundRobin] {
            let mut desk = crowd(members, assignment);
            // Nobody is there, so that what is allowed costs nothing here.
            desk.teams[0].assignable.clear();
            desk.conversations = queue(conversations);
            let expected = if assignment == Assignment::Libredesk2026 { code } else { "ok" };
            let path = if expected == "ok" { "" } else { "/conversations" };
            assert_eq!(answer_of_both(&desk), (expected, path.to_owned()));
        }
    }
}

#[test]
fn a_million_conversations() {
    for assignment in [Assignment::RoundRobin, Assignment::LeastLoaded, Assignment::Libredesk2025] {
        let mut desk = crowd(1_000, assignment);
        for (n, member) in desk.teams[0].members.iter_mut().enumerate() {
            member.weight = if assignment == Assignment::Libredesk2025 {
                1
            } else {
                u32::try_from(n % 7 + 1).expect("small")
            };
        }
        desk.conversations = queue(1_000_000);
        let text = serde_json::to_vec(&desk).expect("records are writable");
        let plan = sound::plan(&desk);
        assert_eq!(plan.decisions.len(), 1_000_000);
        assert!(plan.waiting.is_empty());
        assert_eq!(plan.loads.iter().map(|load| load.after).sum::<u32>(), 1_000_000);
        assert!(evenhand::plan_json(&text).is_ok());
    }
}

#[test]
fn the_largest_weights_and_loads_are_exact() {
    let mut desk = crowd(3, Assignment::LeastLoaded);
    desk.conversations = queue(6);
    let most = 2_147_483_647;
    for (agent, (load, weight)) in
        [(most - 1, 1_000), (most - 2, 1_000), (most - 2, 999)].into_iter().enumerate()
    {
        desk.agents[agent].load = Some(load);
        desk.teams[0].members[agent].weight = weight;
    }
    let got = |desk: &Snapshot<'_>| {
        let plan = sound::plan(desk);
        let agent = |decision: &Decision<'_>| decision.outcome.agent().unwrap_or("nobody").to_owned();
        (plan.decisions.iter().map(agent).collect::<Vec<_>>(), plan.decisions[5].outcome.code())
    };
    // 1 is one lighter than 0; then they are level, and 1 has just had one; 2 is heavier than both by their weights.
    assert_eq!(got(&desk), (["1", "0", "1", "2", "2", "nobody"].map(String::from).to_vec(), "all_full"));
    // A capacity of as much is the same limit, and none.
    desk.agents.iter_mut().for_each(|agent| agent.capacity = Some(most));
    assert_eq!(got(&desk), (["1", "0", "1", "2", "2", "nobody"].map(String::from).to_vec(), "all_full"));
}

#[test]
fn forged_cursors_stay_readable_for_many_ticks() {
    let most = i64::try_from(MAX_INTEGER).expect("2^53 - 1");
    let mut random = Random::new(1);
    let all = [
        Assignment::RoundRobin,
        Assignment::LeastLoaded,
        Assignment::LeastRecent,
        Assignment::Libredesk2025,
        Assignment::Libredesk2026,
    ];
    for &rule in Rule::ALL {
        for assignment in all {
            for pattern in 0..4 {
                let mut desk = crowd(8, assignment);
                desk.conversations = queue(9);
                desk.teams[0].members.iter_mut().for_each(|member| {
                    member.weight = if random.chance(30) { 1 } else { random.pick(&[999, 1000]) }
                });
                let owed = |n: i64| match pattern {
                    0 => most,
                    1 => -most,
                    2 => most * (n % 2 * 2 - 1),
                    _ => {
                        if n == 0 {
                            -most
                        } else {
                            most
                        }
                    }
                };
                let turns =
                    (0..8).map(|n| Turn { agent: n.to_string().into(), owed: Some(owed(n)) }).collect();
                desk.cursors = vec![Cursor { rotation: "t".into(), rule, turns, ..Cursor::default() }];
                for _ in 0..200 {
                    let plan = sound::plan(&desk);
                    assert!(
                        plan.decisions
                            .iter()
                            .all(|decision| matches!(decision.outcome, Outcome::Assigned { .. }))
                    );
                    assert_eq!(plan.cursors[0].turns.len(), 8);
                    let cursors = plan.cursors.iter().map(owned::cursor).collect();
                    desk.lost_claims =
                        plan.decisions[..random.below(4)].iter().map(owned::lost_claim).collect();
                    desk.cursors = cursors;
                }
            }
        }
    }
}

#[test]
fn records_are_checked_like_text() {
    let most = MAX_INTEGER;
    let agent = || Agent { id: "a".into(), ..Agent::default() };
    let team = |weight| Team {
        id: "t".into(),
        members: vec![Member { agent: "a".into(), weight, ..Member::default() }],
        ..Team::default()
    };
    let sharing = |id: &'static str, assignment| Team {
        id: id.into(),
        assignment,
        rotation: Some("r".into()),
        ..Team::default()
    };
    let none = Snapshot::default;
    for (snapshot, code, path) in [
        (Snapshot { version: 2, ..none() }, "unsupported_version", "/version"),
        (Snapshot { version: 0, ..none() }, "unsupported_version", "/version"),
        (Snapshot { seed: Some(most + 1), ..none() }, "out_of_range", "/seed"),
        (Snapshot { agents: vec![agent(), agent()], ..none() }, "duplicate_id", "/agents/1/id"),
        (Snapshot { agents: vec![Agent::default()], ..none() }, "invalid_id", "/agents/0/id"),
        (
            Snapshot { agents: vec![Agent { load: Some(1 << 31), ..agent() }], ..none() },
            "out_of_range",
            "/agents/0/load",
        ),
        (
            Snapshot { agents: vec![Agent { capacity: Some(1 << 31), ..agent() }], ..none() },
            "out_of_range",
            "/agents/0/capacity",
        ),
        (Snapshot { teams: vec![team(1001)], ..none() }, "out_of_range", "/teams/0/members/0/weight"),
        (Snapshot { teams: vec![team(u32::MAX)], ..none() }, "out_of_range", "/teams/0/members/0/weight"),
        (Snapshot { teams: vec![team(1), team(1)], ..none() }, "duplicate_id", "/teams/1/id"),
        (Snapshot { teams: vec![Team::default()], ..none() }, "invalid_id", "/teams/0/id"),
        (
            Snapshot { teams: vec![Team { rotation: Some("".into()), ..team(1) }], ..none() },
            "invalid_id",
            "/teams/0/rotation",
        ),
        (
            Snapshot {
                teams: vec![sharing("a", Assignment::LeastRecent), sharing("b", Assignment::LeastLoaded)],
                ..none()
            },
            "mixed_rotation",
            "/teams/1/rotation",
        ),
        (
            Snapshot { teams: vec![Team { max_load: Some(u32::MAX), ..team(1) }], ..none() },
            "out_of_range",
            "/teams/0/max_load",
        ),
        (
            Snapshot {
                conversations: vec![Conversation {
                    id: "c".into(),
                    team: "x".repeat(129).into(),
                    ..Conversation::default()
                }],
                ..none()
            },
            "invalid_id",
            "/conversations/0/team",
        ),
    ] {
        assert_eq!(answer_of_both(&snapshot), (code, path.to_owned()), "{snapshot:?}");
    }
}

#[test]
fn what_a_host_hands_back_is_checked_like_text() {
    let turn = |owed| Turn { agent: "a".into(), owed: Some(owed) };
    let cursor = |turns| Cursor { rotation: "t".into(), turns, ..Cursor::default() };
    let sets = |sets| Cursor { sets, ..cursor(vec![turn(0)]) };
    let set = |from, seats| SeatSet { from, seats };
    let lost = || LostClaim { conversation: "c".into(), team: "t".into(), ..LostClaim::default() };
    let too_far = i64::try_from(MAX_INTEGER).expect("2^53 - 1") + 1;
    let none = Snapshot::default;
    for (snapshot, code, path) in [
        (
            Snapshot { cursors: vec![cursor(vec![]), cursor(vec![])], ..none() },
            "duplicate_id",
            "/cursors/1/rotation",
        ),
        (
            Snapshot { cursors: vec![cursor(vec![turn(0), turn(0)])], ..none() },
            "duplicate_id",
            "/cursors/0/turns/1/agent",
        ),
        (
            Snapshot { cursors: vec![cursor(vec![turn(too_far)])], ..none() },
            "out_of_range",
            "/cursors/0/turns/0/owed",
        ),
        (
            Snapshot { cursors: vec![cursor(vec![turn(-too_far)])], ..none() },
            "out_of_range",
            "/cursors/0/turns/0/owed",
        ),
        (
            Snapshot { cursors: vec![cursor(vec![turn(i64::MIN)])], ..none() },
            "out_of_range",
            "/cursors/0/turns/0/owed",
        ),
        (
            Snapshot { cursors: vec![sets(vec![set(None, vec![0, 0])])], ..none() },
            "out_of_range",
            "/cursors/0/sets/0/seats/1",
        ),
        (
            Snapshot { cursors: vec![sets(vec![set(None, vec![u32::MAX])])], ..none() },
            "out_of_range",
            "/cursors/0/sets/0/seats/0",
        ),
        (
            Snapshot { cursors: vec![sets(vec![set(None, vec![]), set(Some(u32::MAX), vec![0])])], ..none() },
            "out_of_range",
            "/cursors/0/sets/1/from",
        ),
        (
            Snapshot { lost_claims: vec![lost(), lost()], ..none() },
            "duplicate_id",
            "/lost_claims/1/conversation",
        ),
        (
            Snapshot { lost_claims: vec![LostClaim { conversation: "".into(), ..lost() }], ..none() },
            "invalid_id",
            "/lost_claims/0/conversation",
        ),
        (
            Snapshot { lost_claims: vec![LostClaim { agent: Some("".into()), ..lost() }], ..none() },
            "invalid_id",
            "/lost_claims/0/agent",
        ),
    ] {
        assert_eq!(answer_of_both(&snapshot), (code, path.to_owned()), "{snapshot:?}");
    }
}
