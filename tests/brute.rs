//! `objective: "most"` against all there is to try: every set of conversations of small desks that can be served at all.
//!
//! It shares nothing with the model: who may take what and what fits is read from the snapshot once more, in other words.

use crate::model;
use crate::support::history::{self, Desk, Size};
use crate::support::shared::is_legacy;
use crate::support::{is_long, random::Random, seed, show};
use evenhand::{
    AssignReason, Assignment, Bottleneck, BottleneckAgent, BottleneckClass, Conversation, Decision, MAX_LOAD,
    Needed, Objective, Outcome, Plan, Snapshot,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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

/// What an agent gets: the place of the channel, where they list it, and the `max_load` of the team that serves it.
#[derive(Clone, Copy)]
struct Got {
    channel: Option<usize>,
    max_load: Option<u32>,
}

/// A small desk of which everything is tried.
struct Tried<'a> {
    snapshot: &'a Snapshot<'a>,
    /// The load of each agent once the legacy teams are served, and in each channel that they list.
    loads: Vec<(Option<u32>, Vec<Option<u32>>)>,
    /// Of each conversation: the agents who may take it, by which team.
    ways: Vec<Vec<(usize, usize)>>,
    /// Of each agent: which sets of conversations they can have, were there nobody else. A set is a number of as many bits.
    alone: Vec<Vec<bool>>,
    /// Which sets can be served together.
    together: Vec<bool>,
}

impl<'a> Tried<'a> {
    fn new(snapshot: &'a Snapshot<'a>, legacy: &Plan<'_>) -> Self {
        let loads = loads_after(snapshot, legacy);
        let may_take = |conversation: &Conversation<'_>| {
            let ways = ways(snapshot, conversation).into_iter();
            ways.filter(|&(agent, _)| is_known(snapshot, conversation, agent, &loads)).collect()
        };
        let ways: Vec<Vec<(usize, usize)>> = snapshot.conversations.iter().map(may_take).collect();
        let mut tried = Self { snapshot, loads, ways, alone: Vec::new(), together: Vec::new() };
        let sets = 1 << snapshot.conversations.len();
        tried.together = vec![false; sets];
        tried.together[0] = true;
        for agent in 0..snapshot.agents.len() {
            let mut alone = vec![false; sets];
            tried.fill(agent, 0, 0, &mut Vec::new(), &mut alone);
            let with_them = |set: usize| parts(set).any(|part| alone[part] && tried.together[set & !part]);
            tried.together = (0..sets).map(with_them).collect();
            tried.alone.push(alone);
        }
        tried
    }

    /// Notes every set that an agent can have, of these and some of the conversations from one on.
    fn fill(&self, agent: usize, from: usize, set: usize, got: &mut Vec<Got>, alone: &mut [bool]) {
        alone[set] = true;
        for at in from..self.ways.len() {
            for &(_, team) in self.ways[at].iter().filter(|(who, _)| *who == agent) {
                got.push(self.got(at, agent, team));
                if self.fits(agent, got) {
                    self.fill(agent, at + 1, set | 1 << at, got, alone);
                }
                got.pop();
            }
        }
    }

    fn got(&self, conversation: usize, agent: usize, team: usize) -> Got {
        Got {
            channel: listed(self.snapshot, &self.snapshot.conversations[conversation], agent),
            max_load: self.snapshot.teams[team].max_load,
        }
    }

    /// Returns whether an agent can have all of this.
    fn fits(&self, agent: usize, got: &[Got]) -> bool {
        let has_room = |limit: (Option<usize>, Option<u32>)| self.left(agent, limit, got) >= 0;
        let channels = (0..self.loads[agent].1.len()).map(Some).chain([None]);
        let of_teams = got.iter().filter_map(|got| Some((got.channel, Some(got.max_load?))));
        channels.map(|channel| (channel, None)).chain(of_teams).all(has_room)
    }

    /// Returns what a limit leaves beside all of this: one of teams, of a channel or the whole.
    fn left(&self, agent: usize, (channel, teams): (Option<usize>, Option<u32>), got: &[Got]) -> i64 {
        let of = &self.snapshot.agents[agent];
        let (whole, channels) = &self.loads[agent];
        let load = |load: Option<u32>| load.map_or(i64::from(MAX_LOAD), i64::from);
        let limit = |limit: Option<u32>| limit.map_or(i64::from(MAX_LOAD), i64::from);
        let (room, counted) = match (channel, teams) {
            (channel, Some(teams)) => (
                i64::from(teams) - load(channel.map_or(*whole, |at| channels[at])),
                got.iter()
                    .filter(|got| got.channel == channel && got.max_load.is_some_and(|most| most <= teams))
                    .count(),
            ),
            (Some(at), None) => (
                limit(of.channels[at].capacity) - load(channels[at]),
                got.iter().filter(|got| got.channel == Some(at)).count(),
            ),
            (None, None) => {
                let new = of.max_new.map_or(i64::MAX, |most| i64::from(most) + load(of.load));
                (limit(of.capacity).min(new) - load(*whole), got.len())
            }
        };
        room.max(0) - i64::try_from(counted).expect("few")
    }

    /// Returns whether the rest can be served beside what the agents have got.
    fn serves(&self, rest: &[usize], got: &mut [Vec<Got>]) -> bool {
        let Some((&at, rest)) = rest.split_first() else { return true };
        self.ways[at].iter().any(|&(agent, team)| {
            got[agent].push(self.got(at, agent, team));
            let served = self.fits(agent, &got[agent]) && self.serves(rest, got);
            got[agent].pop();
            served
        })
    }
}

/// Returns all parts of a set.
fn parts(set: usize) -> impl Iterator<Item = usize> {
    let mut next = Some(set);
    std::iter::from_fn(move || {
        let part = next?;
        next = (part > 0).then(|| (part - 1) & set);
        Some(part)
    })
}

fn team_of(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>) -> Option<usize> {
    snapshot.teams.iter().position(|team| team.id == conversation.team)
}

fn agent_of(snapshot: &Snapshot<'_>, id: &str) -> usize {
    snapshot.agents.iter().position(|agent| agent.id == id).expect("they are an agent")
}

fn listed(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>, agent: usize) -> Option<usize> {
    let mut channels = snapshot.agents[agent].channels.iter();
    channels.position(|listed| Some(&listed.channel) == conversation.channel.as_ref())
}

fn has_waited(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>, span: u64) -> bool {
    let waited = snapshot.now.unwrap_or(0).saturating_sub(conversation.since.unwrap_or(u64::MAX));
    waited >= span
}

/// Returns the teams that are asked, if the conversation is one that is matched.
fn asked(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>) -> Vec<usize> {
    let rotates = |team: &usize| {
        !matches!(
            snapshot.teams[*team].assignment,
            Assignment::Manual | Assignment::Libredesk2025 | Assignment::Libredesk2026
        )
    };
    let Some(own) = team_of(snapshot, conversation).filter(rotates) else { return Vec::new() };
    let mut first_entries: Vec<(usize, u64)> = vec![(own, 0)];
    for entry in &snapshot.teams[own].overflow {
        if let Some(team) = snapshot.teams.iter().position(|team| team.id == entry.team)
            && first_entries.iter().all(|(known, _)| *known != team)
        {
            first_entries.push((team, entry.after));
        }
    }
    first_entries.retain(|(team, after)| rotates(team) && has_waited(snapshot, conversation, *after));
    first_entries.into_iter().map(|(team, _)| team).collect()
}

/// Returns the needs in force, the highest level of each skill.
fn needs<'a>(snapshot: &Snapshot<'_>, conversation: &'a Conversation<'_>) -> Vec<Needed<'a>> {
    let mut needs: Vec<Needed<'_>> = Vec::new();
    for need in &conversation.needs {
        let has_lapsed = need.relax_after.is_some_and(|after| has_waited(snapshot, conversation, after));
        let same = needs.iter_mut().find(|other| other.skill == need.skill);
        match (has_lapsed, same) {
            (true, _) => {}
            (false, Some(same)) => same.level = same.level.max(need.level),
            (false, None) => needs.push(Needed { skill: &need.skill, level: need.level }),
        }
    }
    needs
}

/// Returns the agents, by which team, whose skills and times are such that they may take a conversation.
fn ways(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>) -> Vec<(usize, usize)> {
    let teams = asked(snapshot, conversation);
    let needs = needs(snapshot, conversation);
    let held_for = held_for(snapshot, conversation);
    let mut ways = Vec::new();
    for team in teams {
        for agent in qualified(snapshot, conversation, &needs, team) {
            let (of, at) = (&snapshot.teams[team], &snapshot.agents[agent].availability);
            let is_available = of.assignable.contains(at) || of.fallback.contains(at);
            if is_available && held_for.as_ref().is_none_or(|held_for| held_for.contains(&agent)) {
                ways.push((agent, team));
            }
        }
    }
    ways
}

fn qualified(
    snapshot: &Snapshot<'_>,
    conversation: &Conversation<'_>,
    needs: &[Needed<'_>],
    team: usize,
) -> Vec<usize> {
    let is_qualified = |agent: &usize| {
        let of = &snapshot.agents[*agent];
        let is_excluded =
            conversation.excluded.iter().chain(&conversation.held_by).any(|excluded| *excluded == of.id);
        let level_of =
            |skill: &str| of.skills.iter().find(|known| known.skill == skill).map(|known| known.level);
        !is_excluded && needs.iter().all(|need| level_of(need.skill).is_some_and(|level| level >= need.level))
    };
    let members = snapshot.teams[team].members.iter().filter(|member| member.weight > 0);
    let agents = members.filter_map(|member| snapshot.agents.iter().position(|one| one.id == member.agent));
    agents.filter(is_qualified).collect()
}

/// Returns for whom a conversation is held, where a hold is in force.
fn held_for(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>) -> Option<BTreeSet<usize>> {
    conversation.hold_for.filter(|&span| !has_waited(snapshot, conversation, span))?;
    let gone = conversation.excluded.iter().chain(&conversation.held_by);
    let gone: BTreeSet<_> = gone.collect();
    let preferred = conversation.preferred.iter().filter(|agent| !gone.contains(agent));
    let preferred: BTreeSet<usize> =
        preferred.filter_map(|id| snapshot.agents.iter().position(|agent| agent.id == *id)).collect();
    let needs = needs(snapshot, conversation);
    let teams = asked(snapshot, conversation).into_iter();
    let mut qualified = teams.flat_map(|team| qualified(snapshot, conversation, &needs, team));
    qualified.any(|agent| preferred.contains(&agent)).then_some(preferred)
}

/// Returns whether the loads of an agent that a conversation would add to are known.
fn is_known(
    snapshot: &Snapshot<'_>,
    conversation: &Conversation<'_>,
    agent: usize,
    loads: &[(Option<u32>, Vec<Option<u32>>)],
) -> bool {
    let (whole, channels) = &loads[agent];
    whole.is_some() && listed(snapshot, conversation, agent).is_none_or(|at| channels[at].is_some())
}

/// Returns the loads once these decisions are written, what is taken over from others aside.
fn loads_after(snapshot: &Snapshot<'_>, plan: &Plan<'_>) -> Vec<(Option<u32>, Vec<Option<u32>>)> {
    let of = |agent: &evenhand::Agent<'_>| {
        (agent.load, agent.channels.iter().map(|channel| channel.load).collect::<Vec<_>>())
    };
    let mut loads: Vec<_> = snapshot.agents.iter().map(of).collect();
    for decision in &plan.decisions {
        let Some(agent) = decision.outcome.agent().filter(|agent| decision.held_by != Some(agent)) else {
            continue;
        };
        let agent = agent_of(snapshot, agent);
        let conversation = snapshot.conversations.iter().find(|one| one.id == decision.conversation);
        let channel = listed(snapshot, conversation.expect("it was there"), agent);
        let (whole, channels) = &mut loads[agent];
        for load in [Some(whole), channel.map(|at| &mut channels[at])].into_iter().flatten() {
            *load = load.map(|load| load + 1);
        }
    }
    loads
}

fn serving_order(snapshot: &Snapshot<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..snapshot.conversations.len()).collect();
    order.sort_by_key(|&at| {
        let conversation = &snapshot.conversations[at];
        let waited = snapshot.now.unwrap_or(0).saturating_sub(conversation.since.unwrap_or(u64::MAX));
        let (ageing, waited) = snapshot.ageing.map_or((1, 0), |ageing| (ageing, waited));
        let urgency = i128::from(conversation.priority) * i128::from(ageing) + i128::from(waited);
        let is_lost = snapshot.lost_claims.iter().any(|lost| lost.conversation == conversation.id);
        (is_lost, Reverse(urgency), conversation.due.unwrap_or(u64::MAX), at)
    });
    order
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
    let expected = bottlenecks(&tried, &order, served, &mut saw);
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
        _ => assert!(!passed_over_preferred, "a preferred candidate who is passed over is told"),
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

/// Returns the bottlenecks, by trying everything.
fn bottlenecks<'a>(
    tried: &Tried<'a>,
    order: &[usize],
    served: usize,
    saw: &mut Vec<&'static str>,
) -> Vec<Bottleneck<'a>> {
    let snapshot = tried.snapshot;
    let key = |at: usize| {
        let conversation = &snapshot.conversations[at];
        let needs = needs(snapshot, conversation).into_iter();
        let gone: BTreeSet<_> = conversation
            .excluded
            .iter()
            .chain(&conversation.held_by)
            .filter(|id| snapshot.agents.iter().any(|agent| agent.id == **id))
            .collect();
        let needs: BTreeSet<_> = needs.map(|need| (need.skill, need.level)).collect();
        let channel = conversation.channel.as_ref();
        (asked(snapshot, conversation), channel, needs, gone, held_for(snapshot, conversation))
    };
    // The first conversation of each class, as given, stands for it.
    let class = |at: usize| (0..at).find(|&other| key(other) == key(at)).unwrap_or(at);
    let class_of: Vec<usize> = (0..snapshot.conversations.len()).map(class).collect();

    // What is full from the start: the narrowest such limit of a way.
    let full = |&at: &usize| -> BTreeSet<(usize, Option<usize>, Option<u32>)> {
        let max_load = |team: usize| snapshot.teams[team].max_load.unwrap_or(MAX_LOAD);
        // By the team that lets them take the most.
        let is_widest = |&&(agent, team): &&(usize, usize)| {
            tried.ways[at].iter().all(|way| way.0 != agent || max_load(way.1) <= max_load(team))
        };
        let narrowest = |&(agent, team): &(usize, usize)| {
            let of = &snapshot.agents[agent];
            let Got { channel, .. } = tried.got(at, agent, team);
            let around = channel.map_or(of.capacity, |at| of.channels[at].capacity).unwrap_or(MAX_LOAD);
            let teams: BTreeSet<u32> = snapshot.teams.iter().filter_map(|team| team.max_load).collect();
            let teams = teams.into_iter().filter(|&limit| max_load(team) <= limit && limit < around);
            let limits = teams.map(|limit| (channel, Some(limit))).chain([(channel, None), (None, None)]);
            let full = limits.into_iter().find(|&limit| tried.left(agent, limit, &[]) == 0);
            full.map(|(channel, teams)| (agent, channel, teams))
        };
        tried.ways[at].iter().filter(is_widest).filter_map(narrowest).collect()
    };

    let mut groups: Vec<(BTreeSet<usize>, BTreeSet<(usize, Option<usize>, Option<u32>)>)> = Vec::new();
    let (mut admitted, mut refused) = (0, BTreeSet::new());
    for &at in order {
        if served & 1 << at != 0 {
            admitted |= 1 << at;
            continue;
        }
        if !refused.insert(class_of[at]) {
            continue;
        }
        let without =
            |other: &usize| admitted & 1 << other != 0 && tried.together[admitted & !(1 << other) | 1 << at];
        let mut classes: BTreeSet<usize> =
            (0..class_of.len()).filter(without).map(|other| class_of[other]).collect();
        classes.insert(class_of[at]);
        let mut limits: BTreeSet<_> = classes.iter().flat_map(full).collect();
        let mut apart = Vec::new();
        for (other, of_other) in groups {
            let same_class = !other.is_disjoint(&classes);
            if same_class || !of_other.is_disjoint(&limits) {
                if !same_class {
                    saw.push("circuits that meet in a limit");
                }
                classes.extend(other);
                limits.extend(of_other);
            } else {
                apart.push((other, of_other));
            }
        }
        apart.push((classes, limits));
        groups = apart;
    }

    let mut found = Vec::new();
    for (classes, _) in groups {
        let all: Vec<usize> = (0..class_of.len()).filter(|&at| classes.contains(&class_of[at])).collect();
        let (assigned, waiting): (Vec<usize>, Vec<usize>) =
            all.iter().partition(|&&at| served & 1 << at != 0);
        let set = all.iter().fold(0, |set, &at| set | 1 << at);
        let most = |can: &[bool]| {
            let most = parts(set).filter(|&part| can[part]).map(usize::count_ones).max();
            most.expect("nothing at all can be served")
        };
        assert_eq!(most(&tried.together) as usize, assigned.len(), "so many of these can be served");
        let mut told: Vec<usize> = Vec::new();
        for &at in waiting.iter().chain(&all) {
            if !told.contains(&class_of[at]) {
                told.push(class_of[at]);
            }
        }
        let may_take = |agent: &usize| all.iter().any(|&at| tried.ways[at].iter().any(|way| way.0 == *agent));
        let agents: Vec<usize> = (0..snapshot.agents.len()).filter(may_take).collect();
        if !agents.is_empty() && classes.len() > 1 {
            saw.push("a bottleneck of several classes");
        }
        let is_elsewhere =
            |&agent: &usize| !agents.contains(&agent) && tried.left(agent, (None, None), &[]) > 0;
        if (0..snapshot.agents.len()).any(|agent| is_elsewhere(&agent)) {
            saw.push("waits beside room");
        }
        for &agent in &agents {
            let of = &snapshot.agents[agent];
            let room = most(&tried.alone[agent]);
            if i64::from(room) < tried.left(agent, (None, None), &[]) {
                let by_channel = all.iter().any(|&at| {
                    listed(snapshot, &snapshot.conversations[at], agent).is_some_and(|channel| {
                        tried.left(agent, (Some(channel), None), &[]) == i64::from(room)
                    })
                });
                saw.push(if by_channel { "a channel" } else { "a step of a team" });
            } else if of.max_new == Some(room) {
                saw.push("max_new");
            }
        }
        if agents.is_empty() {
            saw.push("a bottleneck without agents");
        }
        let class = |&at: &usize| {
            let conversation = &snapshot.conversations[at];
            BottleneckClass {
                team: &conversation.team,
                channel: conversation.channel.as_deref(),
                needs: needs(snapshot, conversation),
                conversation: &conversation.id,
            }
        };
        let agent = |&agent: &usize| BottleneckAgent {
            agent: &snapshot.agents[agent].id,
            room: most(&tried.alone[agent]),
        };
        let bottleneck = Bottleneck {
            classes: told.iter().map(class).collect(),
            agents: agents.iter().map(agent).collect(),
            assigned: u32::try_from(assigned.len()).expect("few"),
            waiting: u32::try_from(waiting.len()).expect("few"),
        };
        found.push((waiting[0], bottleneck));
    }
    found.sort_by_key(|(first, _)| *first);
    if found.len() > 1 {
        saw.push("several bottlenecks");
    }
    found.into_iter().map(|(_, bottleneck)| bottleneck).collect()
}
