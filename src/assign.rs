//! The one pass: each conversation in its order gets its pick, and loads and turns move on.

use crate::desk::{
    AgentId, Class, ClassId, Counter, Desk, MAX_LOOKS, NeedsId, RotationId, Step, Team, TeamId, within_looks,
};
use crate::eligibility::{failed_gate, passed_over, wait_reason};
use crate::error::Error;
use crate::ids::{Numbering, half, pair, parts};
use crate::limits::{Limit, Loads};
use crate::matching::{Bottleneck, Matching};
use crate::plan::{AssignReason, Gate, PassedOver, WaitReason};
use crate::rules::{Asked, Budget, Choice, Pick, Rotation, Scratch, Wishes};
use alloc::{vec, vec::Vec};
use core::iter;

/// So many limits that teams set are counted for at the cost of a look.
const STEPS: usize = 5;

/// A plan in numbers.
pub(crate) struct Answer {
    /// One per conversation, as they came.
    pub(crate) decisions: Vec<Decision>,
    /// What waits, in order of the first that does.
    pub(crate) waiting: Vec<Waiting>,
    /// What holds them back, where the plan serves the most.
    pub(crate) bottlenecks: Vec<Bottleneck>,
    /// The rotations at the end of the plan; `None` where people assign.
    pub(crate) rotations: Vec<Option<Rotation>>,
    pub(crate) loads: Loads,
}

#[derive(Clone, Copy)]
pub(crate) enum Decision {
    /// `by` is the team that serves it, where it is not its own.
    Assigned {
        agent: AgentId,
        why: AssignReason,
        by: Option<TeamId>,
        set: u32,
    },
    Waits(WaitReason),
}

/// The conversations of a team that wait for one reason, with the same channel and needs.
pub(crate) struct Waiting {
    /// The first of them.
    pub(crate) first: usize,
    pub(crate) why: WaitReason,
    pub(crate) conversations: u32,
    pub(crate) passed_over: Vec<PassedOver>,
}

/// Returns the answer for a desk.
///
/// # Errors
///
/// `LimitExceeded`, where so many different members, or so many different wishes, take too much work.
pub(crate) fn assign(desk: &Desk) -> Result<Answer, Error> {
    let mut pass = Pass::new(desk, desk.queue.len());
    let mut decided = Vec::with_capacity(desk.queue.len());
    for conversation in desk.serving() {
        decided.push(pass.decide(conversation, desk.asked_last(conversation)));
        within_looks(pass.looks())?;
    }
    let decisions = match &desk.order {
        None => decided,
        Some(order) => {
            let mut decisions = decided.clone();
            for (&conversation, decision) in order.iter().zip(decided) {
                decisions[conversation] = decision;
            }
            decisions
        }
    };
    Ok(pass.finish(decisions))
}

/// The conversations of a class that wait. A class has one reason in a plan.
#[derive(Clone, Copy)]
struct Waits {
    why: WaitReason,
    /// The first of them, as they came.
    first: u32,
    conversations: u32,
}

impl Waits {
    fn add(&mut self, conversation: usize) -> Decision {
        self.first = self.first.min(half(conversation));
        self.conversations += 1;
        Decision::Waits(self.why)
    }
}

/// Returns how many looks it takes to say why a class waits, and who is passed over for it.
fn looks_at_members(desk: &Desk, class: ClassId) -> u64 {
    let Class { team, needs, .. } = desk.classes[class.place()];
    let members = team.map_or(0, |team| desk.members(team).len());
    2 * members as u64 * (1 + desk.needs[needs.place()].len()) as u64
}

pub(crate) struct Pass<'d> {
    pub(crate) desk: &'d Desk,
    pub(crate) loads: Loads,
    pub(crate) rotations: Vec<Option<Rotation>>,
    /// What waits of each class, once one of its conversations does.
    waits: Vec<Option<Waits>>,
    /// Which profiles know what a list of needs asks for, one bit each, once somebody was asked.
    qualified: Vec<Vec<u64>>,
    /// Where the plan serves the most: what is admitted, once the legacy teams are planned.
    pub(crate) matching: Option<Matching>,
    pub(crate) budget: Budget,
    /// How many looks all but the matching has taken so far.
    pub(crate) looks: u64,
    /// Those that somebody leaves, one rotation at a time.
    slots: Vec<usize>,
}

impl<'d> Pass<'d> {
    /// Begins the pass, in which so many conversations are decided.
    pub(crate) fn new(desk: &'d Desk, conversations: usize) -> Self {
        let mut loads = Loads::new(desk, conversations);
        let mut scratch = Scratch::new(desk);
        let mut limits = Vec::new();
        let numbers = (0..desk.rotations.len()).map(RotationId::new);
        let rotations = numbers
            .map(|rotation| Rotation::open(desk, rotation, &loads, &mut scratch, &mut limits))
            .collect();
        loads.watch(limits);
        Self {
            desk,
            loads,
            rotations,
            waits: vec![None; desk.classes.len()],
            qualified: vec![Vec::new(); desk.needs.len()],
            matching: None,
            budget: Budget { seats_left: desk.seats_left, entries: 0 },
            looks: desk.looks + scratch.looks,
            slots: Vec::new(),
        }
    }

    /// Returns how many looks all so far has taken.
    pub(crate) fn looks(&self) -> u64 {
        self.looks + self.matching.as_ref().map_or(0, |matching| matching.looks)
    }

    /// Decides a conversation, for which the agent `asked_last` is no candidate until nobody else is.
    pub(crate) fn decide(&mut self, conversation: usize, asked_last: Option<AgentId>) -> Decision {
        let desk = self.desk;
        let number = desk.queue[conversation];
        // Loads only grow, so what waits once waits to the end; only a draw may come out otherwise.
        if let Some(waits) = &mut self.waits[number.place()]
            && waits.why != WaitReason::TurnLost
        {
            return waits.add(conversation);
        }
        let class = &desk.classes[number.place()];
        let matched = desk.most && desk.is_ours(class.team);
        if matched && !self.matching().is_admitted(number) {
            return self.wait(number, conversation);
        }
        // Nearly all conversations: anybody of one team may take them.
        let found = match desk.only_ask(class).filter(|_| asked_last.is_none() && !matched) {
            Some(ask) => {
                let rotation = self.rotations[ask.rotation.place()].as_mut();
                let rotation = rotation.expect("the rotation of a team that rotates is open");
                let pick =
                    rotation.pick_any(Asked { ask, qualified: None }, &self.loads, &mut self.budget, None);
                self.looks += rotation.take_looks();
                pick.map(|pick| (ask.team, pick))
            }
            None => self.find(conversation, number, asked_last),
        };
        let Some((by, Pick { agent, why, set })) = found else {
            return self.wait(number, conversation);
        };
        // Whom a legacy rule draws for what they hold already has nothing more.
        if !desk.holds(conversation, agent) {
            self.grow(agent, class, by);
        }
        if let Some(matching) = self.matching.as_mut().filter(|_| matched) {
            matching.most_looks = MAX_LOOKS.saturating_sub(self.looks);
            matching.take(desk, number, by, agent);
        }
        let by = Some(by).filter(|_| class.team != Some(by));
        Decision::Assigned { agent, why, by, set }
    }

    /// Asks for what a conversation of a class asks for.
    #[inline(never)]
    fn find(
        &mut self,
        conversation: usize,
        number: ClassId,
        asked_last: Option<AgentId>,
    ) -> Option<(TeamId, Pick)> {
        let desk = self.desk;
        let class = &desk.classes[number.place()];
        if class.needs != NeedsId::new(0) {
            self.qualify(class.needs);
        }
        // The legacy rules draw once, whoever lost it.
        let asked_last = asked_last.filter(|_| !desk.is_legacy(class.team));
        let preferred = desk.preferred_by(conversation);
        let (held, excluded) = (class.held_for.is_some(), &*class.excluded);
        let mut wishes = Wishes { preferred, held, excluded, asked_last };
        let mut in_order = None;
        loop {
            let found = self.ask(number, wishes, &mut in_order);
            // Who lost it is asked once nobody else is left.
            if found.is_some() || wishes.asked_last.take().is_none() {
                return found;
            }
        }
    }

    /// Asks the teams that may serve a class, one after the other. `in_order` is whom the first that has a candidate would pick,
    /// whoever is needed elsewhere.
    fn ask(
        &mut self,
        number: ClassId,
        wishes: Wishes<'_>,
        in_order: &mut Option<AgentId>,
    ) -> Option<(TeamId, Pick)> {
        let class = &self.desk.classes[number.place()];
        let qualified = (class.needs != NeedsId::new(0)).then(|| &*self.qualified[class.needs.place()]);
        for ask in self.desk.asks(class) {
            let rotation = self.rotations[ask.rotation.place()].as_mut();
            let rotation = rotation.expect("the rotation of a team that rotates is open");
            self.looks += 1;
            let asked = Asked { ask, qualified };
            let pick = match &mut self.matching {
                None => rotation.pick(asked, wishes, &self.loads, &mut self.budget, None),
                Some(matching) => {
                    let left = MAX_LOOKS.saturating_sub(self.looks);
                    let can_take = &mut |agent, looks: u64| {
                        matching.most_looks = left.saturating_sub(looks);
                        matching.can_take(self.desk, number, ask.team, agent)
                    };
                    let choice = Choice { can_take, in_order };
                    rotation.pick(asked, wishes, &self.loads, &mut self.budget, Some(choice))
                }
            };
            self.looks += rotation.take_looks();
            if let Some(pick) = pick {
                return Some((ask.team, pick));
            }
            // Too many already: whoever asked hears of it once the conversation is decided.
            if self.looks() > MAX_LOOKS {
                break;
            }
        }
        None
    }

    /// Notes which profiles know what a list of needs asks for.
    fn qualify(&mut self, needs: NeedsId) {
        let (desk, bits) = (self.desk, &mut self.qualified[needs.place()]);
        if bits.is_empty() {
            *bits = vec![0; desk.profiles.len().div_ceil(64)];
            let most = desk.needs[needs.place()].len();
            for (number, profile) in desk.profiles.iter().enumerate() {
                self.looks += 1 + profile.len().min(most) as u64;
                if desk.qualifies(number, needs) {
                    bits[number / 64] |= 1 << (number % 64);
                }
            }
        }
    }

    /// Returns the classes that an agent is needed for who could take one of a class by a team otherwise, where the plan serves the most
    /// and so many looks are left to find out.
    pub(crate) fn needed_for(
        &mut self,
        class: ClassId,
        team: TeamId,
        agent: AgentId,
        looks_left: &mut u64,
    ) -> Option<Vec<ClassId>> {
        let desk = self.desk;
        if !desk.most || desk.is_legacy(Some(team)) {
            return None;
        }
        let matching = self.matching();
        let before = matching.looks;
        matching.most_looks = before + *looks_left;
        let would_lose = matching.would_lose(desk, class, team, agent);
        *looks_left = looks_left.saturating_sub(matching.looks - before);
        would_lose
    }

    /// Returns what holds back a conversation that was decided last, and how many that wait likewise come before it.
    pub(crate) fn held_back(&mut self, conversation: usize) -> Option<(Bottleneck, u32)> {
        let (desk, class) = (self.desk, self.desk.queue[conversation]);
        let matching = self.matching.as_mut()?;
        let found =
            matching.bottlenecks().into_iter().find(|bottleneck| bottleneck.classes.contains(&class))?;
        let (mut left, mut ahead) = (vec![None; desk.classes.len()], 0);
        for &class in &found.classes {
            left[class.place()] = Some(matching.admitted(class));
        }
        for class in desk.serving().take_while(|&other| other != conversation).map(|other| desk.queue[other])
        {
            match &mut left[class.place()] {
                Some(0) => ahead += 1,
                Some(left) => *left -= 1,
                None => {}
            }
        }
        (left[class.place()] == Some(0)).then_some((found, ahead))
    }

    /// Returns which conversations are to be served, where the plan serves the most; the legacy teams are planned by now.
    fn matching(&mut self) -> &mut Matching {
        let Self { desk, loads, looks, .. } = self;
        self.matching.get_or_insert_with(|| {
            let mut matching = Matching::new(desk, loads, MAX_LOOKS.saturating_sub(*looks));
            for conversation in desk.serving() {
                let class = desk.queue[conversation];
                if matching.is_too_much() {
                    break;
                }
                if desk.is_ours(desk.classes[class.place()].team) {
                    matching.admit(class, conversation);
                }
            }
            matching
        })
    }

    /// Gives an agent one conversation more, of a class, and takes them out of the turns in which they can take no more.
    fn grow(&mut self, agent: AgentId, class: &Class, by: TeamId) {
        let whole = Counter::of(agent);
        if self.loads.grow(whole) {
            self.leave(whole);
        }
        if class.channel.is_some()
            && let Some(own) = self.desk.channel_of(agent, class.channel)
            && self.loads.grow(own.counter)
        {
            self.leave(own.counter);
        }
        if self.desk.most {
            self.step(agent, class, by);
        }
    }

    /// Counts it for the limits that teams set, too.
    fn step(&mut self, agent: AgentId, class: &Class, by: TeamId) {
        let desk = self.desk;
        if !desk.is_legacy(Some(by)) {
            self.climb(desk.steps(agent, class.channel, 0), desk.teams[by.place()].max_load);
            return;
        }
        // What is there before anything is matched counts for all of them.
        self.climb(desk.steps(agent, None, 0), 0);
        if desk.channel_of(agent, class.channel).is_some() {
            self.climb(desk.steps(agent, class.channel, 0), 0);
        }
    }

    /// Counts it for those of some limits around each other that are no lower.
    fn climb(&mut self, steps: &[Step], lowest: u32) {
        let own = steps.partition_point(|step| step.limit < lowest);
        self.looks += ((steps.len() - own) / STEPS) as u64;
        for (at, &step) in steps.iter().enumerate().skip(own) {
            self.loads.grow(step.counter);
            if !self.loads.is_full(step) {
                continue;
            }
            // Where it leaves no room those within have none.
            for &within in steps[..at].iter().rev() {
                if self.loads.is_full(within) {
                    break;
                }
                self.loads.fill(within);
                self.leave(within.counter);
            }
            self.leave(step.counter);
        }
    }

    /// Takes whoever has reached a limit out of the turns for which it stands.
    #[cold]
    fn leave(&mut self, counter: Counter) {
        let mut limits = self.loads.reached(counter).peekable();
        while let Some(&&Limit { rotation, seat, .. }) = limits.peek() {
            // All at once: each list of slots that somebody is left with is a group.
            let same = iter::from_fn(|| limits.next_if(|limit| limit.rotation == rotation));
            self.slots.clear();
            self.slots.extend(same.map(|limit| limit.slot));
            let rotation = self.rotations[rotation.place()].as_mut();
            let rotation = rotation.expect("only an open rotation has limits");
            rotation.leave(seat, &self.slots);
            self.looks += rotation.take_looks();
        }
    }

    /// Notes that a conversation of a class without a candidate waits.
    #[cold]
    fn wait(&mut self, class: ClassId, conversation: usize) -> Decision {
        if self.waits[class.place()].is_none() {
            self.looks += looks_at_members(self.desk, class);
        }
        let new = Waits { why: self.reason(class), first: u32::MAX, conversations: 0 };
        self.waits[class.place()].get_or_insert(new).add(conversation)
    }

    /// Returns why a class without a candidate waits.
    fn reason(&self, class: ClassId) -> WaitReason {
        let Class { team, held_for, .. } = &self.desk.classes[class.place()];
        let Some(team) = *team else { return WaitReason::UnknownTeam };
        let Team { rotation, rule, .. } = &self.desk.teams[team.place()];
        let Some(rule) = rule else { return WaitReason::ManualTeam };
        let rotation = self.rotations[rotation.place()].as_ref();
        if rule.is_legacy() && !rotation.expect("the team was asked").is_empty() {
            return WaitReason::TurnLost;
        }
        // Under `most` whoever could still take it has no room by the end.
        let failed = self.desk.members(team).iter().filter_map(|&member| {
            failed_gate(self.desk, class, team, member, &self.loads)
                .or(self.desk.most.then_some(Gate::NewLimit))
        });
        wait_reason(failed, held_for.is_some())
    }

    /// Returns the gates at which a team's members are passed over for a class.
    fn failed(&self, class: ClassId, team: TeamId) -> impl Iterator<Item = Gate> {
        let members = self.desk.members(team).iter();
        members.filter_map(move |&member| failed_gate(self.desk, class, team, member, &self.loads))
    }

    fn finish(mut self, decisions: Vec<Decision>) -> Answer {
        let bottlenecks = self.matching.as_mut().map_or_else(Vec::new, Matching::bottlenecks);
        let by_class = self.waits.iter().zip(0_u32..);
        let by_class = by_class.filter_map(|(waits, class)| Some(pair((*waits)?.first, class)));
        let mut by_first: Vec<u64> = by_class.collect();
        by_first.sort_unstable();
        let mut waiting: Vec<Waiting> = Vec::new();
        // Classes that differ in what nobody is told make one group.
        let mut groups = Numbering::default();
        for number in by_first.into_iter().map(|key| ClassId::new(parts(key)[1] as usize)) {
            let Waits { why, first, conversations } =
                self.waits[number.place()].expect("it is one of those that wait");
            let class = &self.desk.classes[number.place()];
            let told = class.channel.filter(|_| !self.desk.is_legacy(class.team));
            let next = waiting.len();
            let place = if self.desk.one_class_each {
                next
            } else {
                groups.number(class.told(why as u32, told), next)
            };
            if place == next {
                let team = class.team.filter(|team| self.desk.teams[team.place()].rule.is_some());
                let passed_over = team.map_or_else(Vec::new, |team| passed_over(self.failed(number, team)));
                waiting.push(Waiting { first: first as usize, why, conversations: 0, passed_over });
            }
            waiting[place].conversations += conversations;
        }
        Answer { decisions, waiting, bottlenecks, rotations: self.rotations, loads: self.loads }
    }
}
