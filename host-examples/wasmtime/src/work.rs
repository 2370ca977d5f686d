//! How much work a snapshot is, at most: what goes by more than its length. `docs/limits.md` of Evenhand has it as a table.

use crate::limits::{
    ANSWER_PER_BYTE, ANSWER_PER_CONVERSATION, ANSWER_PER_PAIR, ANSWER_PER_SEAT, ANSWER_PER_WISH,
    LONGEST_ANSWER, LOOKS_PER_BYTE, MEMORY_PER_GROUP, MEMORY_PER_MEMBER_AND_CHANNEL, MEMORY_PER_PAIR,
    MEMORY_PER_SEAT, MEMORY_PER_STEP, MOST_GROUPS, MOST_LOOKS, MOST_PAIRS, MOST_SEATS, MOST_STEPS,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::iter;

/// Returns how long a text is in JSON.
fn written(text: &str) -> u64 {
    serde_json::to_string(text).map_or(0, |text| text.len() as u64)
}

/// What of a snapshot has a say in how much work it takes.
#[derive(Deserialize)]
pub(crate) struct Desk<'a> {
    #[serde(borrow, default)]
    objective: Option<Cow<'a, str>>,
    #[serde(borrow)]
    agents: Vec<Agent<'a>>,
    #[serde(borrow)]
    teams: Vec<Team<'a>>,
    #[serde(borrow)]
    conversations: Vec<Conversation<'a>>,
    #[serde(borrow, default)]
    lost_claims: Vec<LostClaim<'a>>,
}

impl<'a> Desk<'a> {
    /// Reads it of a snapshot; `None` for a text that is none.
    pub(crate) fn read(snapshot: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(snapshot).ok()
    }

    /// Returns how many members all teams have, and how long the names are that an explanation may repeat for them.
    pub(crate) fn named(&self) -> (u64, u64) {
        let longest = self.agents.iter().map(|agent| written(&agent.id) + written(&agent.availability)).max();
        let team = |team: &Team<'_>| {
            let members = team.members.iter().map(|member| written(&member.agent) + longest.unwrap_or(0));
            (team.members.len() as u64, members.sum::<u64>() + team.members.len() as u64 * written(&team.id))
        };
        let teams = self.teams.iter().map(team);
        teams.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1.saturating_add(of.1)))
    }
}

#[derive(Deserialize)]
struct Agent<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    availability: Cow<'a, str>,
    #[serde(default)]
    skills: Vec<IgnoredAny>,
    #[serde(default)]
    channels: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Team<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    assignment: Cow<'a, str>,
    #[serde(borrow, default)]
    rotation: Option<Cow<'a, str>>,
    #[serde(default)]
    max_load: Option<u64>,
    #[serde(default)]
    fallback: Vec<IgnoredAny>,
    #[serde(borrow, default)]
    overflow: Vec<Overflow<'a>>,
    #[serde(borrow)]
    members: Vec<Member<'a>>,
}

#[derive(Deserialize)]
struct Overflow<'a> {
    #[serde(borrow)]
    team: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Member<'a> {
    #[serde(borrow)]
    agent: Cow<'a, str>,
    #[serde(default = "one")]
    weight: u64,
    #[serde(default)]
    tier: u64,
}

#[derive(Deserialize)]
struct Conversation<'a> {
    #[serde(borrow)]
    team: Cow<'a, str>,
    // As their text has them: what is read again is rare.
    #[serde(borrow, default)]
    channel: Option<&'a RawValue>,
    #[serde(borrow, default)]
    needs: Option<&'a RawValue>,
    #[serde(borrow, default)]
    preferred: Option<&'a RawValue>,
    #[serde(borrow, default)]
    hold_for: Option<&'a RawValue>,
    #[serde(borrow, default)]
    excluded: Option<&'a RawValue>,
    #[serde(borrow, default)]
    held_by: Option<&'a RawValue>,
}

impl<'a> Conversation<'a> {
    /// Returns what it asks for.
    fn wish(&self) -> [Option<&'a str>; 6] {
        let Self { channel, needs, preferred, hold_for, excluded, held_by, .. } = *self;
        [channel, needs, preferred, hold_for, excluded, held_by].map(|part| part.map(RawValue::get))
    }
}

#[derive(Deserialize)]
struct LostClaim<'a> {
    #[serde(borrow)]
    team: Cow<'a, str>,
    #[serde(borrow, default)]
    by: Option<Cow<'a, str>>,
}

const fn one() -> u64 {
    1
}

/// Returns how many elements a list has; 0 for what is none.
fn len(list: Option<&RawValue>) -> u64 {
    let list = list.map(|list| serde_json::from_str::<Vec<IgnoredAny>>(list.get()));
    list.and_then(Result::ok).map_or(0, |list| list.len() as u64)
}

/// What goes by more than the length of a snapshot.
#[derive(Debug, Clone, Copy, Default)]
pub struct Work {
    /// The most looks.
    pub looks: u64,
    /// The most bytes of the answer.
    pub answer: u64,
    /// The most bytes of memory, beside those for the snapshot and the answer.
    pub memory: u64,
}

impl Work {
    /// Returns how much there is of it for a snapshot, at most.
    pub fn of(snapshot: &[u8]) -> Self {
        Self::on(snapshot.len() as u64, Desk::read(snapshot).as_ref())
    }

    /// Returns the same for a desk that was read of so many bytes.
    pub(crate) fn on(bytes: u64, desk: Option<&Desk<'_>>) -> Self {
        // A text that cannot be read is refused: nothing is looked at, and the answer says no more than the text.
        let work = desk.map(Self::beside).unwrap_or_default();
        let answer = (ANSWER_PER_BYTE * bytes).saturating_add(work.answer).min(LONGEST_ANSWER);
        Self { answer, ..work }
    }

    /// Returns it but for what the answer repeats of the snapshot.
    fn beside(desk: &Desk<'_>) -> Self {
        let by_id: BTreeMap<&str, usize> =
            desk.teams.iter().enumerate().map(|(place, team)| (&*team.id, place)).collect();
        let mut queues: Vec<_> = desk.teams.iter().map(Queue::new).collect();
        let (mut lists_of_needs, mut channels) = (BTreeSet::new(), BTreeSet::new());
        for conversation in &desk.conversations {
            lists_of_needs.extend(conversation.needs.map(RawValue::get));
            channels.insert(conversation.channel.map(RawValue::get));
            if let Some(&team) = by_id.get(&*conversation.team) {
                queues[team].add(conversation);
            }
        }
        for claim in &desk.lost_claims {
            let teams = [Some(&claim.team), claim.by.as_ref()].into_iter().flatten();
            for &team in teams.filter_map(|team| by_id.get(&**team)) {
                queues[team].lost += 1;
            }
        }
        for queue in &mut queues {
            (queue.all_wishes, queue.shared_wishes) = (queue.classes(1), queue.classes(2));
        }
        let mut rotations = BTreeMap::<&str, Rotation<'_>>::new();
        for (team, queue) in desk.teams.iter().zip(&queues).filter(|(team, _)| team.rotates()) {
            let rotation = rotations.entry(team.rotation()).or_default();
            rotation.join(team);
            rotation.offer(queue);
        }
        for (queue, overflow) in
            queues.iter().flat_map(|queue| queue.overflow.iter().map(move |to| (queue, to)))
        {
            let open = by_id.get(&*overflow.team).map(|&team| desk.teams[team].rotation());
            if let Some(rotation) = open.and_then(|rotation| rotations.get_mut(rotation)) {
                rotation.offer(queue);
            }
        }
        let waiting = rotations.values().map(|rotation| rotation.conversations).sum();
        let matched = desk.matched(&queues, &by_id);
        let (mut work, mut looks) = (Self::default(), 0);
        if let Some(matched) = &matched {
            looks += matched.looks();
            work.memory += MEMORY_PER_PAIR * matched.pairs.min(MOST_PAIRS)
                + MEMORY_PER_STEP * matched.steps.min(MOST_STEPS);
        }
        for rotation in rotations.values_mut() {
            rotation.channels = rotation.channels.min(channels.len() as u64);
            let more = rotation.looks(waiting, matched.is_some());
            looks += more;
            if rotation.teams > 1 || rotation.asks_for_more || matched.is_some() {
                work.memory += MEMORY_PER_GROUP * at_most(more, MOST_GROUPS)
                    + at_most(more, MOST_LOOKS) / LOOKS_PER_BYTE;
            }
            if rotation.channels > 1 {
                work.memory += MEMORY_PER_MEMBER_AND_CHANNEL * rotation.members * rotation.channels;
            }
        }
        // Each class that waits looks at its team, and each list of needs at what every agent knows.
        let asks_for_more = |queue: &&Queue<'_>| queue.asks_for_more || matched.is_some();
        for queue in queues.iter().filter(asks_for_more) {
            let Queue { members, most_needs, held, .. } = *queue;
            let classes = u128::from(queue.all_wishes);
            looks += held + classes * (CLASS + u128::from(2 * members) * u128::from(1 + most_needs));
        }
        let known: usize = desk.agents.iter().map(|agent| 1 + agent.skills.len()).sum();
        looks += (lists_of_needs.len() * known) as u128;
        // And each list of needs at every member, to find out who knows the same of it.
        let members = queues.iter().map(|queue| u128::from(queue.members)).sum::<u128>();
        let most_needs = queues.iter().map(|queue| queue.most_needs).max().unwrap_or(0);
        looks += (lists_of_needs.len() as u128 * members * u128::from(1 + most_needs)).min(ALIKE);
        work.looks = at_most(looks, MOST_LOOKS);

        // Each decision may name the longest agent, and escape what was escaped in their id.
        let longest = desk.agents.iter().map(|agent| written(&agent.id)).max().unwrap_or(0);
        let overflow = desk.teams.iter().flat_map(|team| &team.overflow);
        let by = overflow.map(|to| written(&to.team) + 6).max().unwrap_or(0);
        let decisions = desk.conversations.len() as u64 * (ANSWER_PER_CONVERSATION + longest + by);
        let wishes = queues.iter().filter(asks_for_more).map(|queue| queue.all_wishes).sum::<u64>();
        let sharing = rotations
            .values()
            .filter(|rotation| rotation.teams > 1 || rotation.asks_for_more || matched.is_some());
        let seats = sharing.map(|rotation| rotation.conversations * rotation.seats.len() as u64).sum::<u64>();
        work.answer = decisions + ANSWER_PER_WISH * wishes + ANSWER_PER_SEAT * seats.min(MOST_SEATS);
        let pairs = matched.as_ref().map_or(0, |matched| matched.pairs.min(MOST_PAIRS));
        work.answer += pairs * (ANSWER_PER_PAIR + longest);
        work.memory += MEMORY_PER_SEAT * seats.min(MOST_SEATS);
        work
    }
}

impl<'a> Desk<'a> {
    /// Returns what a plan that is to serve the most looks at beside its picks; `None` for another.
    fn matched(&'a self, queues: &[Queue<'_>], by_id: &BTreeMap<&str, usize>) -> Option<Matched> {
        self.objective.as_ref().filter(|objective| *objective == "most")?;
        let conversations = self.conversations.len() as u64;
        let mut matched = Matched { conversations, ..Matched::default() };
        let (mut limits, mut limits_of) = (BTreeSet::new(), BTreeMap::<&str, u64>::new());
        let mut wishes_of = BTreeMap::<&str, u64>::new();
        for (team, queue) in self.teams.iter().zip(queues).filter(|(team, _)| team.matches()) {
            if let Some(limit) = team.max_load {
                limits.insert(limit);
                team.members.iter().for_each(|one| *limits_of.entry(&*one.agent).or_default() += 1);
            }
            let wishes = queue.all_wishes;
            let open = team.overflow.iter().filter_map(|to| by_id.get(&*to.team));
            let open = open.map(|&to| &self.teams[to]).filter(|to| to.matches());
            let mut asked = 0;
            for one in iter::once(team).chain(open).flat_map(|team| &team.members) {
                asked += 1;
                *wishes_of.entry(&*one.agent).or_default() += wishes;
            }
            matched.wishes += wishes;
            matched.pairs += wishes * asked;
            matched.members += u128::from(wishes * asked) * u128::from(2 + queue.most_needs);
            matched.tries += (1 + u128::from(!self.lost_claims.is_empty()))
                * u128::from(
                    queue.conversations * (2 + asked) + queue.preferred * (1 + team.overflow.len() as u64),
                );
            matched.most_asked = matched.most_asked.max(asked);
        }
        for agent in &self.agents {
            let limits_of = limits_of.get(&*agent.id).copied().unwrap_or(0);
            matched.steps += limits_of * (1 + agent.channels.len() as u64);
        }
        let wishes_of = || wishes_of.values().map(|&wishes| u128::from(wishes));
        matched.most_wishes = wishes_of().max().unwrap_or(0);
        matched.squares = wishes_of().map(|wishes| wishes * wishes).sum();
        matched.depth = ((2 + limits.len() as u128) / AROUND).max(1);
        Some(matched)
    }
}

/// What a plan that is to serve the most looks at beside its picks.
#[derive(Default)]
struct Matched {
    wishes: u64,
    /// Pairs of a wish and an agent who may be asked for it.
    pairs: u64,
    /// As many looks as it takes to see who may take what.
    members: u128,
    conversations: u64,
    /// How often it is searched whether somebody can take a conversation.
    tries: u128,
    /// The most agents who may be asked for one wish, and the most wishes for which one agent may be.
    most_asked: u64,
    most_wishes: u128,
    /// The squares of how many wishes each agent may be asked for.
    squares: u128,
    /// How many limits teams set.
    steps: u64,
    /// As many looks as it takes to look at the limits of an agent that are around each other.
    depth: u128,
}

impl Matched {
    fn looks(&self) -> u128 {
        let [wishes, pairs, conversations, most_asked] =
            [self.wishes, self.pairs, self.conversations, self.most_asked].map(u128::from);
        // Each search looks at each pair once, and for each at what else is meant for the agent.
        let search = self.depth * (pairs + self.squares);
        let admitted = 4 * wishes * search
            + 4 * self.depth * conversations * (most_asked + wishes * (2 + self.most_wishes));
        let depths = 4 * self.depth * conversations;
        BOTTLENECK * wishes
            + PAIR * pairs
            + self.members
            + admitted
            + (self.tries + pairs) * (3 + search)
            + STEP * u128::from(self.steps)
            + depths
    }
}

impl Team<'_> {
    /// Returns whether it takes part where the plan is to serve the most.
    fn matches(&self) -> bool {
        self.rotates() && !self.assignment.starts_with("libredesk")
    }

    fn rotates(&self) -> bool {
        self.assignment != "manual"
    }

    fn rotation(&self) -> &str {
        self.rotation.as_ref().unwrap_or(&self.id)
    }
}

/// The conversations of a team.
struct Queue<'a> {
    members: u64,
    overflow: &'a [Overflow<'a>],
    conversations: u64,
    lost: u64,
    /// Whether some of them ask for more than a team.
    asks_for_more: bool,
    /// How many conversations have each wish, and how many times change what it says.
    wishes: BTreeMap<[Option<&'a str>; 6], (u64, u64)>,
    /// How many there are, and how many of them several conversations have.
    all_wishes: u64,
    shared_wishes: u64,
    channels: BTreeSet<Option<&'a str>>,
    most_needs: u64,
    /// How many are excluded, holders included, and how many preferred.
    excluded: u64,
    preferred: u64,
    /// How often it is looked whether a preferred agent may take what is held for them.
    held: u128,
}

impl<'a> Queue<'a> {
    fn new(team: &'a Team<'_>) -> Self {
        let Team { overflow, members, .. } = team;
        Self {
            members: members.len() as u64,
            overflow,
            asks_for_more: !overflow.is_empty(),
            conversations: 0,
            lost: 0,
            wishes: BTreeMap::new(),
            all_wishes: 0,
            shared_wishes: 0,
            channels: BTreeSet::new(),
            most_needs: 0,
            excluded: 0,
            preferred: 0,
            held: 0,
        }
    }

    fn add(&mut self, conversation: &Conversation<'a>) {
        let Conversation { channel, needs, preferred, hold_for, excluded, held_by, .. } = conversation;
        let wish = conversation.wish();
        self.conversations += 1;
        self.asks_for_more |= wish.iter().any(Option::is_some);
        self.channels.insert(channel.map(RawValue::get));
        let (needs, preferred) = (len(*needs), len(*preferred));
        let times = self.overflow.len() as u64 + needs + u64::from(hold_for.is_some());
        self.wishes.entry(wish).or_insert((0, times)).0 += 1;
        self.most_needs = self.most_needs.max(needs);
        self.excluded += len(*excluded) + u64::from(held_by.is_some());
        self.preferred += preferred;
        if hold_for.is_some() {
            self.held += u128::from(preferred) * u128::from(needs + self.overflow.len() as u64);
        }
    }

    /// Returns how many different wishes there may be at any time, of those that so many conversations have.
    fn classes(&self, least: u64) -> u64 {
        let wishes = self.wishes.values().filter(|&&(conversations, _)| conversations >= least);
        wishes.map(|&(conversations, times)| conversations.min(times + 1)).sum()
    }
}

/// The teams that take turns together, which are one team mostly.
#[derive(Default)]
struct Rotation<'a> {
    rule: &'a str,
    teams: u64,
    members: u64,
    /// In how many of its teams everybody is.
    seats: BTreeMap<&'a str, u64>,
    /// The different weights, tiers, and whether there is a fallback.
    kinds: BTreeSet<(u64, u64, bool)>,
    /// What is offered to it, by its own teams and others.
    conversations: u64,
    lost: u64,
    excluded: u64,
    preferred: u64,
    /// Those by which conversations come for it, some of them counted again for each team.
    channels: u64,
    /// All wishes, once for each team that is asked.
    asks: u64,
    /// The wishes that several conversations have, once for each team that is asked.
    wishes: u64,
    asks_for_more: bool,
}

impl<'a> Rotation<'a> {
    fn join(&mut self, team: &'a Team<'_>) {
        self.rule = &team.assignment;
        self.teams += 1;
        self.members += team.members.len() as u64;
        for member in &team.members {
            *self.seats.entry(&*member.agent).or_default() += 1;
            self.kinds.insert((member.weight, member.tier, false));
            if !team.fallback.is_empty() {
                self.kinds.insert((member.weight, member.tier, true));
            }
        }
    }

    fn offer(&mut self, queue: &Queue<'_>) {
        self.conversations += queue.conversations;
        self.lost += queue.lost;
        self.excluded += queue.excluded;
        self.preferred += queue.preferred;
        self.channels += queue.channels.len() as u64;
        self.asks += queue.all_wishes;
        self.wishes += queue.shared_wishes;
        self.asks_for_more |= queue.asks_for_more;
    }

    /// Returns the most looks that it takes, on a desk on which so many conversations wait for teams that rotate, and whose plan may be
    /// to serve the most.
    fn looks(&self, waiting: u64, most: bool) -> u128 {
        let [waiting, conversations, teams, members] =
            [waiting, self.conversations, self.teams, self.members].map(u128::from);
        let (seats, kinds) = (self.seats.len() as u128, self.kinds.len() as u128);
        let picks = match self.rule {
            "libredesk_2025" => 20 * conversations * kinds,
            "libredesk_2026" => conversations * seats * (kinds + 4),
            _ if most => {
                // Whoever is needed elsewhere is told apart once, and for each wish it is asked anew once they are.
                let again = u128::from(self.asks) * seats;
                2 * self.looks_at_wishes(waiting, conversations + again, seats) + ELSEWHERE * again
            }
            _ if self.asks_for_more => self.looks_at_wishes(waiting, conversations, 0),
            _ if teams > 1 => 10 * (conversations * (seats + teams) + members * teams),
            _ => 20 * conversations * kinds,
        };
        // An agent who got something from another team is put in their new place in this one.
        let updates = if self.rule == "least_loaded" { 8 * waiting.min(conversations * seats) } else { 0 };
        picks + updates + u128::from(self.lost) * (kinds + APART)
    }

    /// Returns the same where conversations ask for more than a team, and it is asked so many times, with so many moves beside those of
    /// every desk.
    fn looks_at_wishes(&self, waiting: u128, conversations: u128, moves: u128) -> u128 {
        let [lost, excluded, preferred, members, wishes] =
            [self.lost, self.excluded, self.preferred, self.members, self.wishes].map(u128::from);
        let (seats, channels) = (self.seats.len() as u128, u128::from(self.channels));
        // What was lost is asked for twice.
        let tries = if lost > 0 { 2 } else { 1 };
        let apart = tries * (excluded + lost);
        let found = tries * (excluded + preferred);
        let turns = if self.rule == "round_robin" { 4 * conversations } else { conversations };
        let slots = || self.seats.values().map(|&teams| u128::from(teams) * channels);
        let most = slots().max().unwrap_or(0);
        // Whoever becomes full leaves their slots, at worst one after the other.
        let leaves = slots().sum::<u128>().min(waiting * most);
        let moves = moves + leaves + 2 * apart + turns;
        let differences = if self.rule == "round_robin" { 5 * moves * (wishes + 1) } else { 0 };
        10 * tries * conversations * (seats + 2)
            + 4 * most * moves
            + differences
            + APART * apart
            + ASK * u128::from(self.asks)
            + 4 * found
            + 10 * members * channels
    }
}

/// The most looks at who knows the same of what is needed in a rotation.
const ALIKE: u128 = 16_000_000;

/// As many looks as it takes to put somebody apart who is not to get a conversation,
const APART: u128 = 200;
/// to note that somebody is needed elsewhere,
const ELSEWHERE: u128 = 20;
/// to note that an agent may take a class,
const PAIR: u128 = 500;
/// to note a bottleneck,
const BOTTLENECK: u128 = 40;
/// for a limit that a team sets, before anything is planned,
const STEP: u128 = 3;
/// So many limits around each other are looked at at the cost of one.
const AROUND: u128 = 5;
/// As many as it takes to ask a team for a class,
const ASK: u128 = 50;
/// to tell a class from others, and why it waits.
const CLASS: u128 = 100;

#[expect(clippy::cast_possible_truncation, reason = "it is at most a number of 64 bits")]
fn at_most(looks: u128, most: u64) -> u64 {
    looks.min(u128::from(most)) as u64
}
