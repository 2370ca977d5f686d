//! What the records say, looked up once: who is who, whom a conversation is offered to, and what every agent took when.

use super::lists::{Ids, Numbering, ascending, number, pair, second_of, sorted};
use crate::error::{Error, ErrorKind};
use crate::plan::{Gate, Outcome, Plan};
use crate::snapshot::{Agent, Assignment, Conversation, Cursor, MAX_LOAD, Need, Objective, Snapshot};
use alloc::{vec, vec::Vec};
use core::{cell::Cell, cmp::Reverse, mem};

/// The time at which somebody leaves who never does, and one that is after all decisions but before it.
pub(super) const NEVER: usize = usize::MAX;
pub(super) const END: usize = NEVER - 1;

/// The most looks at members and at teams to overflow to.
const MAX_LOOKS: u64 = 1_000_000_000;

/// How much later those are asked whose availability is only a fallback: after every tier.
const FALLBACK: usize = 10;

pub(super) struct Facts<'a> {
    pub(super) snapshot: &'a Snapshot<'a>,
    pub(super) plan: &'a Plan<'a>,
    /// Whether the objective is `most`.
    pub(super) most: bool,
    /// Who is meant: agents at their places, from the number of agents on those whom only members name.
    pub(super) people: Ids<'a>,
    /// How many numbers of people there are.
    pub(super) people_count: usize,
    teams: Ids<'a>,
    /// The members of each team.
    pub(super) members: Vec<Vec<Member>>,
    /// Pairs of a person and their place among the members, by team, ascending.
    places: Vec<Vec<u64>>,
    /// What each agent knows, by id.
    skills: Vec<Vec<(&'a str, u32)>>,
    /// The places of each agent's channels, by id.
    channels: Vec<Vec<(&'a str, usize)>>,
    pub(super) rotations: Vec<Rotation<'a>>,
    pub(super) rotation_of: Vec<usize>,
    pub(super) classes: Vec<Class<'a>>,
    /// The class of each conversation.
    pub(super) class_of: Vec<usize>,
    /// The conversations in serving order, and the place of each in it: its time.
    pub(super) order: Vec<usize>,
    pub(super) time: Vec<usize>,
    /// The first lost claim of each conversation that has one.
    lost: Ids<'a>,
    /// Who takes each conversation.
    pub(super) takers: Vec<Option<Taker>>,
    /// What each agent takes.
    pub(super) accounts: Vec<Account>,
    looks: Cell<u64>,
}

/// A member of a team, as far as it matters here.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) person: usize,
    pub(super) weight: u32,
    /// The lower it is the earlier they are asked; `None` where the team gives them no new work.
    pub(super) rank: Option<u32>,
}

pub(super) struct Rotation<'a> {
    pub(super) id: &'a str,
    pub(super) teams: Vec<usize>,
    /// How those of its teams assign that are not manual, if there are any.
    pub(super) assignment: Option<Assignment>,
    pub(super) cursor: Option<&'a Cursor<'a>>,
    /// The lost claims that it served: whose, and the number of the set.
    pub(super) lost: Vec<(usize, usize)>,
}

/// How the team of a class assigns.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Unknown,
    Manual,
    Legacy,
    Ours,
}

/// Conversations that the same agents may take.
#[derive(Default)]
pub(super) struct Class<'a> {
    pub(super) kind: Kind,
    /// The teams that are asked, its own first.
    pub(super) asked: Vec<usize>,
    pub(super) channel: Option<&'a str>,
    /// The level of each skill that is needed, by id.
    pub(super) needs: Vec<(&'a str, u32)>,
    pub(super) excluded: Vec<usize>,
    pub(super) held_for: Option<Vec<usize>>,
    /// The first of them as given.
    pub(super) first: usize,
    /// What people are told of them when they wait, as numbers.
    pub(super) told: Vec<u32>,
}

/// Who takes a conversation.
#[derive(Clone, Copy)]
pub(super) struct Taker {
    pub(super) agent: usize,
    /// The team that serves it.
    pub(super) team: usize,
    /// Whether the agent did not have it already: a legacy rule may draw the holder.
    pub(super) is_new: bool,
}

/// What an agent takes: all of it, and by each channel that they list.
#[derive(Default)]
pub(super) struct Account {
    pub(super) whole: Branch,
    pub(super) channels: Vec<Branch>,
}

#[derive(Default)]
pub(super) struct Branch {
    /// When they took something.
    pub(super) times: Vec<usize>,
    /// How many of it was of legacy teams, under `most`, where that comes first.
    pub(super) past: u32,
    /// The rest, under `most`: of what is measured here, the `max_load` of the team that served it, and when.
    taken: Vec<(u32, usize)>,
    /// For each different limit of these, ascending.
    steps: Vec<Step>,
}

struct Step {
    limit: u32,
    /// How many of these are of a team of this limit or a lower one.
    count: u32,
    /// When this limit or a higher one was used up.
    leave: usize,
}

impl<'a> Facts<'a> {
    pub(super) fn new(snapshot: &'a Snapshot<'a>, plan: &'a Plan<'a>) -> Result<Self, Error> {
        let agents = snapshot.agents.len();
        let mut people = Ids::new(&mut snapshot.agents.iter().map(|agent| &*agent.id));
        let mut people_count = agents;
        let (mut members, mut places) = (Vec::new(), Vec::new());
        for record in &snapshot.teams {
            let legacy = is_legacy(record.assignment);
            let fallback = if legacy { &[][..] } else { &*record.fallback };
            // Assignable, where a word is both.
            let mut words = Ids::default();
            for word in &record.assignable {
                words.number(word, 0);
            }
            for word in fallback {
                words.number(word, FALLBACK);
            }
            let mut all = Vec::new();
            for member in &record.members {
                let person = people.number(&member.agent, people_count);
                people_count += usize::from(person == people_count);
                let tier = if legacy { 0 } else { member.tier };
                let word = snapshot.agents.get(person).and_then(|agent| words.find(&agent.availability));
                let rank = word.map(|later| tier.saturating_add(number(later)));
                all.push(Member { person, weight: member.weight, rank });
            }
            places.push(ascending(all.iter().enumerate().map(|(place, member)| pair(member.person, place))));
            members.push(all);
        }
        let skills = snapshot.agents.iter();
        let skills = skills.map(|agent| sorted(agent.skills.iter().map(|own| (&*own.skill, own.level))));
        let channels = snapshot.agents.iter().map(|agent| agent.channels.iter().zip(0..));
        let channels = channels.map(|all| sorted(all.map(|(own, place)| (&*own.channel, place))));
        let mut facts = Self {
            snapshot,
            plan,
            most: snapshot.objective == Objective::Most,
            skills: skills.collect(),
            channels: channels.collect(),
            people,
            people_count,
            teams: Ids::new(&mut snapshot.teams.iter().map(|team| &*team.id)),
            members,
            places,
            rotations: Vec::new(),
            rotation_of: Vec::new(),
            classes: Vec::new(),
            class_of: Vec::new(),
            order: Vec::new(),
            time: Vec::new(),
            lost: Ids::new(&mut snapshot.lost_claims.iter().map(|claim| &*claim.conversation)),
            takers: Vec::new(),
            accounts: Vec::new(),
            looks: Cell::new(0),
        };
        (facts.rotations, facts.rotation_of) = facts.rotations();
        (facts.classes, facts.class_of) = facts.classes()?;
        facts.order = facts.serving_order();
        facts.time = vec![0; facts.order.len()];
        for (time, &place) in facts.order.iter().enumerate() {
            facts.time[place] = time;
        }
        facts.takers = (0..plan.decisions.len()).map(|place| facts.taker(place)).collect();
        facts.accounts = facts.accounts()?;
        Ok(facts)
    }

    /// Counts looks.
    pub(super) fn look(&self, at: usize) -> Result<(), Error> {
        self.looks.set(self.looks.get().saturating_add(at as u64));
        if self.looks.get() <= MAX_LOOKS {
            return Ok(());
        }
        let detail = "expected conversations of fewer different wishes: checking these takes too many looks at members";
        Err(Error::new(ErrorKind::LimitExceeded, &"/conversations", &detail))
    }

    /// Returns an agent of the snapshot.
    pub(super) fn agent(&self, id: &str) -> Option<usize> {
        self.people.find(id).filter(|&person| person < self.snapshot.agents.len())
    }

    pub(super) fn team(&self, id: &str) -> Option<usize> {
        self.teams.find(id)
    }

    pub(super) fn member(&self, team: usize, person: usize) -> Option<&Member> {
        second_of(&self.places[team], person).map(|place| &self.members[team][place])
    }

    pub(super) fn assignment(&self, team: usize) -> Assignment {
        self.snapshot.teams[team].assignment
    }

    /// Returns how long a conversation has waited.
    pub(super) fn waited(&self, conversation: &Conversation<'_>) -> u64 {
        self.snapshot.now.zip(conversation.since).map_or(0, |(now, since)| now.saturating_sub(since))
    }

    /// Returns whether an earlier claim of a conversation was lost.
    fn is_lost(&self, conversation: &Conversation<'_>) -> bool {
        self.lost.find(&conversation.id).is_some()
    }

    /// Returns the agent who lost a conversation.
    pub(super) fn loser(&self, conversation: &Conversation<'_>) -> Option<usize> {
        let claim = self.lost.find(&conversation.id)?;
        self.agent(self.snapshot.lost_claims[claim].agent.as_ref()?)
    }

    /// Returns the rotations by their first teams, and that of each team.
    fn rotations(&self) -> (Vec<Rotation<'a>>, Vec<usize>) {
        let (mut rotations, mut of): (Vec<Rotation<'_>>, _) = (Vec::new(), Vec::new());
        let mut named = Ids::default();
        for (team, record) in self.snapshot.teams.iter().enumerate() {
            let id = record.rotation.as_deref().unwrap_or(&record.id);
            let at = named.number(id, rotations.len());
            if at == rotations.len() {
                let (teams, lost) = (Vec::new(), Vec::new());
                rotations.push(Rotation { id, teams, assignment: None, cursor: None, lost });
            }
            rotations[at].teams.push(team);
            let own = Some(record.assignment).filter(|&own| own != Assignment::Manual);
            rotations[at].assignment = rotations[at].assignment.or(own);
            of.push(at);
        }
        for cursor in &self.snapshot.cursors {
            if let Some(at) = named.find(&cursor.rotation) {
                rotations[at].cursor.get_or_insert(cursor);
            }
        }
        for claim in &self.snapshot.lost_claims {
            let team = self.team(claim.by.as_ref().unwrap_or(&claim.team));
            let person = claim.agent.as_ref().and_then(|agent| self.people.find(agent));
            if let (Some(team), Some(person)) = (team, person)
                && self.assignment(team) != Assignment::Manual
            {
                rotations[of[team]].lost.push((person, claim.set as usize));
            }
        }
        (rotations, of)
    }

    /// Returns the classes by their first conversations, and that of each conversation.
    fn classes(&self) -> Result<(Vec<Class<'a>>, Vec<usize>), Error> {
        let overflow = self.overflow();
        let (mut classes, mut of) = (Vec::new(), Vec::new());
        let (mut words, mut by_key) = (Ids::default(), Numbering::default());
        for (first, conversation) in self.snapshot.conversations.iter().enumerate() {
            let mut word = |id| number(words.number(id, words.len()));
            let own = self.team(&conversation.team);
            let kind = own.map_or(Kind::Unknown, |team| kind(self.assignment(team)));
            let mut class = Class { kind, asked: own.into_iter().collect(), first, ..Class::default() };
            let teams = self.snapshot.teams.len();
            class
                .told
                .push(own.map_or_else(|| number(teams).saturating_add(word(&conversation.team)), number));
            if kind != Kind::Legacy {
                class.channel = conversation.channel.as_deref();
                class.told.push(class.channel.map_or(0, |channel| word(channel).saturating_add(1)));
                class.needs = self.needs(conversation);
                for &(skill, level) in &class.needs {
                    class.told.extend([word(skill), level]);
                }
            }
            let mut key = vec![number(class.told.len())];
            key.extend(&class.told);
            if kind == Kind::Ours {
                self.wishes(conversation, &overflow[class.asked[0]], &mut class)?;
                let mut add = |list: &[usize]| {
                    key.push(number(list.len()));
                    key.extend(list.iter().map(|&one| number(one)));
                };
                add(&class.asked);
                add(&class.excluded);
                class.held_for.iter().for_each(|held_for| add(held_for));
            }
            let at = by_key.number(key, classes.len());
            if at == classes.len() {
                classes.push(class);
            }
            of.push(at);
        }
        Ok((classes, of))
    }

    /// Adds what the conversations of our own rules ask for.
    fn wishes(
        &self,
        conversation: &'a Conversation<'a>,
        overflow: &[(usize, u64)],
        class: &mut Class<'a>,
    ) -> Result<(), Error> {
        let waited = self.waited(conversation);
        self.look(overflow.len())?;
        class.asked.extend(overflow.iter().filter(|(_, after)| *after <= waited).map(|&(team, _)| team));
        class.excluded = self.agents(conversation.excluded.iter().chain(&conversation.held_by));
        if conversation.hold_for.is_some_and(|hold_for| waited < hold_for) {
            let mut held_for = self.agents(&conversation.preferred);
            held_for.retain(|agent| class.excluded.binary_search(agent).is_err());
            self.look(held_for.len().saturating_mul(class.asked.len()))?;
            let is_member = |agent, &team: &usize| self.member(team, agent).is_some_and(|one| one.weight > 0);
            let qualifies = |&agent: &usize| {
                self.knows(agent, &class.needs) && class.asked.iter().any(|team| is_member(agent, team))
            };
            class.held_for = held_for.iter().any(qualifies).then_some(held_for);
        }
        Ok(())
    }

    /// Returns the agents of the snapshot among some ids, ascending.
    fn agents<'i>(&self, ids: impl IntoIterator<Item = &'i alloc::borrow::Cow<'i, str>>) -> Vec<usize> {
        let mut agents = sorted(ids.into_iter().filter_map(|id| self.agent(id)));
        agents.dedup();
        agents
    }

    /// Returns the needs of a conversation that are in force, by id: the highest level of each skill.
    pub(super) fn needs(&self, conversation: &'a Conversation<'a>) -> Vec<(&'a str, u32)> {
        let mut needs = sorted(self.in_force(conversation).map(|need| (&*need.skill, Reverse(need.level))));
        needs.dedup_by_key(|&mut (skill, _)| skill);
        needs.into_iter().map(|(skill, Reverse(level))| (skill, level)).collect()
    }

    /// Yields the needs of a conversation that are in force, as it mentions them.
    pub(super) fn in_force<'c>(
        &self,
        conversation: &'c Conversation<'_>,
    ) -> impl Iterator<Item = &'c Need<'c>> {
        let waited = self.waited(conversation);
        conversation.needs.iter().filter(move |need| need.relax_after.is_none_or(|after| waited < after))
    }

    /// Returns the teams that each team overflows to, of one named twice the first entry alone.
    fn overflow(&self) -> Vec<Vec<(usize, u64)>> {
        let ours = |team: usize| kind(self.assignment(team)) == Kind::Ours;
        // The last team that named each.
        let mut seen = vec![NEVER; self.snapshot.teams.len()];
        let mut all = Vec::new();
        for (team, record) in self.snapshot.teams.iter().enumerate() {
            seen[team] = team;
            let mut entries = Vec::new();
            for entry in &record.overflow {
                if let Some(other) = self.team(&entry.team)
                    && ours(other)
                    && mem::replace(&mut seen[other], team) != team
                {
                    entries.push((other, entry.after));
                }
            }
            all.push(entries);
        }
        all
    }

    fn serving_order(&self) -> Vec<usize> {
        let ageing = self.snapshot.ageing;
        let keys = sorted(self.snapshot.conversations.iter().enumerate().map(|(place, conversation)| {
            // Under `most` what legacy rules decide comes before all others.
            let last = !self.most || self.classes[self.class_of[place]].kind != Kind::Legacy;
            let priority = i128::from(conversation.priority);
            let urgency = match ageing {
                None => priority,
                Some(ageing) => priority * i128::from(ageing) + i128::from(self.waited(conversation)),
            };
            let due = conversation.due.unwrap_or(u64::MAX);
            (last, self.is_lost(conversation), Reverse(urgency), due, place)
        }));
        keys.into_iter().map(|(.., place)| place).collect()
    }

    fn taker(&self, place: usize) -> Option<Taker> {
        let decision = &self.plan.decisions[place];
        let Outcome::Assigned { agent, .. } = decision.outcome else { return None };
        let agent = self.agent(agent)?;
        let conversation = &self.snapshot.conversations[place];
        let team = self.team(decision.by.unwrap_or(&conversation.team))?;
        let is_new = conversation.held_by.as_ref().and_then(|holder| self.agent(holder)) != Some(agent);
        Some(Taker { agent, team, is_new })
    }

    fn accounts(&self) -> Result<Vec<Account>, Error> {
        let new = |agent: &Agent<'_>| {
            let channels = agent.channels.iter().map(|_| Branch::default()).collect();
            Account { whole: Branch::default(), channels }
        };
        let mut accounts: Vec<Account> = self.snapshot.agents.iter().map(new).collect();
        for (time, &place) in self.order.iter().enumerate() {
            let Some(Taker { agent, team, is_new: true }) = self.takers[place] else { continue };
            let conversation = &self.snapshot.conversations[place];
            let channel = self.channel(agent, conversation.channel.as_deref());
            let past = is_legacy(self.assignment(team));
            let limit = self.snapshot.teams[team].max_load.unwrap_or(MAX_LOAD);
            let Account { whole, channels } = &mut accounts[agent];
            let add = |branch: &mut Branch, measures: bool| {
                branch.times.push(time);
                branch.past += u32::from(past && self.most);
                if measures && self.most && !past {
                    branch.taken.push((limit, time));
                }
            };
            add(whole, channel.is_none());
            if let Some(channel) = channel {
                add(&mut channels[channel], true);
            }
        }
        for (account, agent) in accounts.iter_mut().zip(&self.snapshot.agents) {
            let channels = account.channels.iter_mut().zip(agent.channels.iter().map(|own| own.load));
            for (branch, load) in channels.chain([(&mut account.whole, agent.load)]) {
                let limits = branch.limits();
                self.look(limits.len().saturating_mul(branch.taken.len()))?;
                branch.open(&limits, load.unwrap_or(0));
            }
        }
        Ok(accounts)
    }

    /// Returns the place of a channel among those that an agent lists.
    pub(super) fn channel(&self, agent: usize, channel: Option<&str>) -> Option<usize> {
        let own = &self.channels[agent];
        own.binary_search_by_key(&channel?, |&(id, _)| id).ok().map(|at| own[at].1)
    }

    fn knows(&self, agent: usize, needs: &[(&str, u32)]) -> bool {
        let own = &self.skills[agent];
        let level = |skill| own.binary_search_by_key(&skill, |&(id, _)| id).map_or(0, |at| own[at].1);
        needs.iter().all(|&(skill, least)| level(skill) >= least.max(1))
    }

    /// Returns the gate that a member of a team fails for a class at any time, whatever they have taken.
    pub(super) fn unable(&self, class: &Class<'_>, member: &Member) -> Option<Gate> {
        let Some(agent) = self.snapshot.agents.get(member.person) else { return Some(Gate::UnknownAgent) };
        let person = &member.person;
        if member.weight == 0 {
            return Some(Gate::ZeroWeight);
        }
        if class.excluded.binary_search(person).is_ok() {
            return Some(Gate::Excluded);
        }
        if !self.knows(*person, &class.needs) {
            return Some(Gate::LacksSkill);
        }
        if class.held_for.as_ref().is_some_and(|held_for| held_for.binary_search(person).is_err()) {
            return Some(Gate::HeldForOther);
        }
        if member.rank.is_none() {
            return Some(Gate::Unavailable);
        }
        let channel = self.channel(*person, class.channel);
        let known = agent.load.is_some() && channel.is_none_or(|at| agent.channels[at].load.is_some());
        (!known).then_some(Gate::LoadUnknown)
    }

    /// Returns from when on an agent may not take a class from a team, by each of the limits.
    pub(super) fn limits(&self, class: &Class<'_>, team: usize, agent: usize) -> [(Gate, usize); 4] {
        let (record, account) = (&self.snapshot.agents[agent], &self.accounts[agent]);
        let max_load = self.snapshot.teams[team].max_load.unwrap_or(MAX_LOAD);
        let load = record.load.unwrap_or(0);
        let legacy = is_legacy(self.assignment(team));
        let most = self.most && !legacy;
        let whole = &account.whole;
        let full = whole.reaches(record.capacity, load);
        let channel = self.channel(agent, class.channel).filter(|_| !legacy);
        let (channel_full, team_full) = match channel {
            None => (NEVER, whole.leave(max_load, load, most)),
            Some(at) => {
                let (own, branch) = (&record.channels[at], &account.channels[at]);
                let load = own.load.unwrap_or(0);
                (branch.reaches(own.capacity, load), branch.leave(max_load, load, most))
            }
        };
        let new = record.max_new.filter(|_| !legacy).map_or(NEVER, |most| when(&whole.times, most, 0));
        [
            (Gate::AgentFull, full),
            (Gate::ChannelFull, channel_full),
            (Gate::TeamFull, team_full),
            (Gate::NewLimit, new),
        ]
    }

    /// Returns when an agent ceases to be a candidate for a class in a team.
    pub(super) fn leave(&self, class: &Class<'_>, team: usize, agent: usize) -> usize {
        self.limits(class, team, agent).into_iter().map(|(_, leave)| leave).fold(NEVER, usize::min)
    }

    /// Returns the first gate that a member of a team fails for a class at some time.
    pub(super) fn gate(&self, class: &Class<'_>, team: usize, member: &Member, time: usize) -> Option<Gate> {
        self.unable(class, member).or_else(|| {
            let mut limits = self.limits(class, team, member.person).into_iter();
            limits.find(|&(_, leave)| leave <= time).map(|(gate, _)| gate)
        })
    }
}

impl Branch {
    /// Returns the different limits of the teams that served something, ascending.
    fn limits(&self) -> Vec<u32> {
        let mut limits = sorted(self.taken.iter().map(|&(limit, _)| limit));
        limits.dedup();
        limits
    }

    /// Notes when these limits are used up, on top of a load.
    fn open(&mut self, limits: &[u32], load: u32) {
        let base = load.saturating_add(self.past);
        for &limit in limits {
            let below = self.taken.iter().filter(|&&(of, _)| of <= limit).map(|&(_, time)| time);
            let below: Vec<_> = below.collect();
            self.steps.push(Step { limit, count: number(below.len()), leave: when(&below, limit, base) });
        }
        let mut leave = NEVER;
        for step in self.steps.iter_mut().rev() {
            leave = leave.min(step.leave);
            step.leave = leave;
        }
    }

    /// Returns when a capacity is reached on top of a load; `None` is the largest there is.
    fn reaches(&self, capacity: Option<u32>, load: u32) -> usize {
        when(&self.times, capacity.unwrap_or(MAX_LOAD).min(MAX_LOAD), load)
    }

    /// Returns when the limit of a team is reached on top of a load: under `most` by what comes from teams of this limit or
    /// a lower one, or any higher limit by what counts for it.
    fn leave(&self, limit: u32, load: u32, most: bool) -> usize {
        if !most || limit <= load.saturating_add(self.past) {
            return when(&self.times, limit, load);
        }
        let at = self.steps.partition_point(|step| step.limit < limit);
        let higher = self.steps.get(at).map_or(NEVER, |step| step.leave);
        // A limit of no team that served something is reached with the next lower one, if that is overrun.
        let lower = at.checked_sub(1).map(|at| &self.steps[at]);
        let base = load.saturating_add(self.past);
        let reached = lower.filter(|step| base.saturating_add(step.count) >= limit);
        higher.min(reached.map_or(NEVER, |step| step.leave))
    }
}

/// Returns from when on a limit is reached on top of a load, by what is taken at these times.
fn when(times: &[usize], limit: u32, load: u32) -> usize {
    match limit.saturating_sub(load) as usize {
        0 => 0,
        room => times.get(room - 1).map_or(NEVER, |time| time + 1),
    }
}

pub(super) const fn is_legacy(assignment: Assignment) -> bool {
    matches!(assignment, Assignment::Libredesk2025 | Assignment::Libredesk2026)
}

fn kind(assignment: Assignment) -> Kind {
    match assignment {
        Assignment::Manual => Kind::Manual,
        _ if is_legacy(assignment) => Kind::Legacy,
        _ => Kind::Ours,
    }
}
