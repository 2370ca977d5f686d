//! `objective: "most"` against all there is to try: every set of conversations of small desks that can be served at all.
//!
//! It shares nothing with the model: who may take what and what fits is read from the snapshot once more, in other words.

mod proof;
mod tried;

use crate::model;
use crate::support::history::{self, Desk, Size};
use crate::support::shared::is_legacy;
use crate::support::{is_long, random::Random, seed, show};
use evenhand::{AssignReason, Decision, Objective, Outcome, Plan, Snapshot};
use std::collections::BTreeMap;
use tried::{Got, Tried, agent_of, asked, parts, serving_order, team_of};

const AGENTS: usize = 4;
const CONVERSATIONS: usize = 7;

#[test]
fn the_model_serves_the_most() {
    hold(model::plan);
}

#[test]
fn the_engine_serves_the_most() {
    hold(|snapshot| evenhand::plan(snapshot).expect("it is valid"));
}

/// Holds so many plans of small desks to all that could have been.
fn hold(plan: for<'a> fn(&'a Snapshot<'_>) -> Plan<'a>) {
    let (first, histories) = (seed(), if is_long() { 100_000 } else { 5_000 });
    let size = Size { agents: AGENTS, teams: 3, arrivals: 3 * CONVERSATIONS };
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in (first..).take(histories) {
        let mut desk = Desk::wishing(seed, size, history::plain);
        let mut random = Random::new(seed);
        let busy = random.chance(75);
        for _ in 0..6 {
            let mut snapshot = desk.tick();
            snapshot.objective = Objective::Most;
            snapshot.agents.truncate(AGENTS);
            snapshot.conversations.truncate(CONVERSATIONS);
            if busy {
                history::make_busy(&mut snapshot, &mut random);
            }
            let look = || {
                let plan = plan(&snapshot);
                let saw = look_at(&snapshot, &plan);
                (plan, saw)
            };
            let (plan, saw) = std::panic::catch_unwind(look).unwrap_or_else(|fault| {
                let text = serde_json::to_string(&snapshot).expect("records are writable");
                eprintln!("history {seed}: {text}");
                std::panic::resume_unwind(fault)
            });
            for what in saw.into_iter().chain(["desks"]) {
                *seen.entry(what).or_default() += 1;
            }
            desk.write(&plan);
        }
    }
    for (what, times) in &seen {
        show(&format!("{times:>9} {what}"));
    }
    let wanted = [
        "more than in order",
        "matched",
        "waits beside room",
        "several bottlenecks",
        "a bottleneck of several classes",
        "circuits that meet in a limit",
        "a bottleneck without agents",
        "a step of a team",
        "a channel",
        "max_new",
        "not the first team",
        "not the first preferred",
        "legacy first",
        "the one who lost it",
    ];
    let missing: Vec<_> = wanted.iter().filter(|what| !seen.contains_key(*what)).collect();
    assert!(missing.is_empty(), "the desks no longer bring about {missing:?}");
}

/// Looks at a plan from all sides, and returns what there was to see.
fn look_at(snapshot: &Snapshot<'_>, plan: &Plan<'_>) -> Vec<&'static str> {
    let mut saw = Vec::new();
    let in_order = Snapshot { objective: Objective::InOrder, ..snapshot.clone() };
    let mut legacy = in_order.clone();
    legacy.conversations.retain(|conversation| {
        team_of(snapshot, conversation).is_some_and(|team| is_legacy(snapshot.teams[team].assignment))
    });
    let legacy = evenhand::plan(&legacy).expect("it is valid");
    for decision in &legacy.decisions {
        assert!(plan.decisions.contains(decision), "legacy teams are planned first");
    }
    let tried = Tried::new(snapshot, &legacy);
    let order: Vec<usize> = serving_order(snapshot)
        .into_iter()
        .filter(|&at| !asked(snapshot, &snapshot.conversations[at]).is_empty())
        .collect();
    if legacy.decisions.iter().any(|decision| decision.outcome.agent().is_some()) && !order.is_empty() {
        saw.push("legacy first");
    }

    // All limits, whatever the order of the decisions.
    let mut got: Vec<Vec<Got>> = vec![Vec::new(); snapshot.agents.len()];
    let mut served = 0;
    for &at in &order {
        let decision = &plan.decisions[at];
        assert_eq!(decision.conversation, snapshot.conversations[at].id);
        if let Some(agent) = decision.outcome.agent() {
            let way = (agent_of(snapshot, agent), serving_team(snapshot, decision));
            assert!(tried.ways[at].contains(&way), "{agent} may take {}", decision.conversation);
            got[way.0].push(tried.got(at, way.0, way.1));
            served |= 1 << at;
        }
    }
    assert!((0..got.len()).all(|agent| tried.fits(agent, &got[agent])), "no limit is exceeded");

    // Nothing serves more, of all or of the first so many.
    let mut prefix = 0;
    for &at in &order {
        prefix |= 1 << at;
        let most = parts(prefix).filter(|&part| tried.together[part]).map(usize::count_ones).max();
        assert_eq!(Some((served & prefix).count_ones()), most, "the most of the first so many");
    }
    let planned = evenhand::plan(&in_order).expect("it is valid");
    let of_order = order.iter().filter(|&&at| planned.decisions[at].outcome.agent().is_some()).count();
    let served_in_all = served.count_ones() as usize;
    assert!(served_in_all >= of_order || !legacy.decisions.is_empty(), "in order no more are served");
    if served_in_all > of_order {
        saw.push("more than in order");
    }

    let mut decided = vec![Vec::new(); snapshot.agents.len()];
    let mut rest: Vec<usize> = order.iter().copied().filter(|at| served & 1 << at != 0).collect();
    while !rest.is_empty() {
        let at = rest.remove(0);
        look_at_pick(&tried, at, &plan.decisions[at], &rest, &mut decided, &mut saw);
    }
    let expected = proof::bottlenecks(&tried, &order, served, &mut saw);
    assert_eq!(plan.bottlenecks, expected);
    saw
}

fn serving_team(snapshot: &Snapshot<'_>, decision: &Decision<'_>) -> usize {
    let by = decision.by.unwrap_or(decision.team);
    snapshot.teams.iter().position(|team| team.id == by).expect("the team is there")
}

/// Holds a decision to who could have taken the conversation, so that the rest is served too.
fn look_at_pick(
    tried: &Tried<'_>,
    at: usize,
    decision: &Decision<'_>,
    rest: &[usize],
    decided: &mut [Vec<Got>],
    saw: &mut Vec<&'static str>,
) {
    let snapshot = tried.snapshot;
    let conversation = &snapshot.conversations[at];
    let Outcome::Assigned { agent, why } = decision.outcome else { unreachable!("it is served") };
    let (agent, by) = (agent_of(snapshot, agent), serving_team(snapshot, decision));
    let mut can_take = |agent: usize, team: usize, rest: &[usize]| {
        decided[agent].push(tried.got(at, agent, team));
        let can = tried.fits(agent, &decided[agent]) && tried.serves(rest, decided);
        decided[agent].pop();
        can
    };
    let lost = snapshot.lost_claims.iter().find(|lost| lost.conversation == conversation.id);
    let loser = lost.and_then(|lost| lost.agent.as_ref());
    let rank = |agent: usize, team: usize| {
        let team = &snapshot.teams[team];
        let member = team.members.iter().find(|member| member.agent == snapshot.agents[agent].id);
        let is_fallback = !team.assignable.contains(&snapshot.agents[agent].availability);
        (is_fallback, member.expect("a candidate is a member").tier)
    };
    let mut offers = Vec::new();
    for withheld in [loser, None] {
        for team in asked(snapshot, conversation) {
            let of_team = tried.ways[at].iter().filter(|way| way.1 == team).map(|way| way.0);
            let of_team = of_team.filter(|&agent| Some(&snapshot.agents[agent].id) != withheld);
            offers.push((team, of_team.collect::<Vec<_>>()));
        }
    }
    let able = |(team, agents): &(usize, Vec<usize>)| {
        let able: Vec<usize> = agents.iter().copied().filter(|&agent| can_take(agent, *team, rest)).collect();
        (*team, able)
    };
    let offered: Vec<(usize, Vec<usize>)> = offers.iter().map(able).collect();
    let served_by = offered.iter().position(|(_, able)| !able.is_empty());
    let served_by = served_by.expect("whoever is admitted is served");
    let (team, able) = &offered[served_by];
    assert_eq!(by, *team, "the first team in which somebody can take it");
    let preferred = conversation
        .preferred
        .iter()
        .find_map(|preferred| able.iter().copied().find(|&agent| snapshot.agents[agent].id == *preferred));
    if let Some(preferred) = preferred {
        assert_eq!((agent, why), (preferred, AssignReason::Preferred));
    } else {
        let best = able.iter().map(|&agent| rank(agent, by)).min();
        assert!(able.contains(&agent) && Some(rank(agent, by)) == best, "the best rank of those who can");
        assert_ne!(why, AssignReason::Preferred);
    }
    let has_room = |agent: usize, team: usize| {
        let mut all = decided[agent].clone();
        all.push(tried.got(at, agent, team));
        tried.fits(agent, &all)
    };
    let is_candidate =
        |(team, agents): &(usize, Vec<usize>)| agents.iter().any(|&agent| has_room(agent, *team));
    let candidates: Vec<usize> =
        offers[served_by].1.iter().copied().filter(|&agent| has_room(agent, by)).collect();
    let is_preferred = |agent: &str| conversation.preferred.iter().any(|preferred| preferred == agent);
    let passed_over_preferred =
        candidates.iter().any(|&other| other != agent && is_preferred(&snapshot.agents[other].id));
    match why {
        AssignReason::OnlyCandidate => {
            let beside = candidates.iter().filter(|&&other| rank(other, by) <= rank(agent, by));
            assert_eq!(beside.count(), 1, "the only candidate");
        }
        AssignReason::Matched => {
            saw.push("matched");
            // Somebody else could have, had nobody else been served.
            let mut others =
                offers.iter().flat_map(|(team, agents)| agents.iter().map(move |&one| (one, *team)));
            assert!(
                others.any(|(other, team)| other != agent && has_room(other, team)),
                "someone else had room"
            );
        }
        AssignReason::Preferred => {}
        // Where a team before has a candidate, who takes it may be whom it would have picked.
        _ => assert!(
            !passed_over_preferred || offers[..served_by].iter().any(is_candidate),
            "a preferred candidate who is passed over is told"
        ),
    }
    if offers[..served_by].iter().any(is_candidate) {
        saw.push("not the first team");
    }
    if passed_over_preferred {
        saw.push("not the first preferred");
    }
    if Some(&snapshot.agents[agent].id) == loser {
        saw.push("the one who lost it");
    }
    decided[agent].push(tried.got(at, agent, by));
}
