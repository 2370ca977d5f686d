//! A small desk of which everything is tried, read from the snapshot alone.

use evenhand::{Agent, Assignment, Conversation, MAX_LOAD, Needed, Plan, Snapshot};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// What an agent gets: the place of the channel, where they list it, and the `max_load` of the team that serves it.
#[derive(Clone, Copy)]
pub(super) struct Got {
    pub(super) channel: Option<usize>,
    max_load: Option<u32>,
}

/// A small desk of which everything is tried.
pub(super) struct Tried<'a> {
    pub(super) snapshot: &'a Snapshot<'a>,
    /// The load of each agent once the legacy teams are served, and in each channel that they list.
    loads: Vec<(Option<u32>, Vec<Option<u32>>)>,
    /// Of each conversation: the agents who may take it, by which team.
    pub(super) ways: Vec<Vec<(usize, usize)>>,
    /// Of each agent: which sets of conversations they can have, were there nobody else. A set is a number of as many bits.
    pub(super) alone: Vec<Vec<bool>>,
    /// Which sets can be served together.
    pub(super) together: Vec<bool>,
}

impl<'a> Tried<'a> {
    pub(super) fn new(snapshot: &'a Snapshot<'a>, legacy: &Plan<'_>) -> Self {
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

    pub(super) fn got(&self, conversation: usize, agent: usize, team: usize) -> Got {
        Got {
            channel: listed(self.snapshot, &self.snapshot.conversations[conversation], agent),
            max_load: self.snapshot.teams[team].max_load,
        }
    }

    /// Returns whether an agent can have all of this.
    pub(super) fn fits(&self, agent: usize, got: &[Got]) -> bool {
        let has_room = |limit: (Option<usize>, Option<u32>)| self.left(agent, limit, got) >= 0;
        let channels = (0..self.loads[agent].1.len()).map(Some).chain([None]);
        let of_teams = got.iter().filter_map(|got| Some((got.channel, Some(got.max_load?))));
        channels.map(|channel| (channel, None)).chain(of_teams).all(has_room)
    }

    /// Returns what a limit leaves beside all of this: one of teams, of a channel or the whole.
    pub(super) fn left(
        &self,
        agent: usize,
        (channel, teams): (Option<usize>, Option<u32>),
        got: &[Got],
    ) -> i64 {
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
    pub(super) fn serves(&self, rest: &[usize], got: &mut [Vec<Got>]) -> bool {
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
pub(super) fn parts(set: usize) -> impl Iterator<Item = usize> {
    let mut next = Some(set);
    std::iter::from_fn(move || {
        let part = next?;
        next = (part > 0).then(|| (part - 1) & set);
        Some(part)
    })
}

pub(super) fn team_of(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>) -> Option<usize> {
    snapshot.teams.iter().position(|team| team.id == conversation.team)
}

pub(super) fn agent_of(snapshot: &Snapshot<'_>, id: &str) -> usize {
    snapshot.agents.iter().position(|agent| agent.id == id).expect("they are an agent")
}

pub(super) fn listed(
    snapshot: &Snapshot<'_>,
    conversation: &Conversation<'_>,
    agent: usize,
) -> Option<usize> {
    let mut channels = snapshot.agents[agent].channels.iter();
    channels.position(|listed| Some(&listed.channel) == conversation.channel.as_ref())
}

fn has_waited(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>, span: u64) -> bool {
    let waited = snapshot.now.unwrap_or(0).saturating_sub(conversation.since.unwrap_or(u64::MAX));
    waited >= span
}

/// Returns the teams that are asked, if the conversation is one that is matched.
pub(super) fn asked(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>) -> Vec<usize> {
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
pub(super) fn needs<'a>(snapshot: &Snapshot<'_>, conversation: &'a Conversation<'_>) -> Vec<Needed<'a>> {
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
pub(super) fn held_for(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>) -> Option<BTreeSet<usize>> {
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
    let of = |agent: &Agent<'_>| {
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

pub(super) fn serving_order(snapshot: &Snapshot<'_>) -> Vec<usize> {
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
