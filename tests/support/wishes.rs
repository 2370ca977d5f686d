//! What conversations ask for and agents offer on a random desk: skills, channels, tiers, times, preferences.
//!
//! Few names and few numbers, so that they meet: a wish that nobody can meet, one that lapses in this very millisecond, a
//! backup who is asked.

use super::{random::Random, shared};
use evenhand::{
    Agent, Channel, Conversation, LostClaim, MAX_INTEGER, MAX_LOAD, Member, Need, Overflow, Skill, Snapshot,
    Team,
};

/// Every field that a desk may use or not.
pub(crate) const FIELDS: [&str; 17] = [
    "skills",
    "channels",
    "max_new",
    "fallback",
    "overflow",
    "tier",
    "channel",
    "priority",
    "since",
    "due",
    "needs",
    "relax_after",
    "preferred",
    "hold_for",
    "excluded",
    "held_by",
    "ageing",
];

/// Milliseconds that have passed and that are waited for.
pub(crate) const SPANS: [u64; 7] = [0, 1, 100, 250, 500, 1_000, 3_000];

/// Returns the id of the n-th of a kind, as [`Names`](super::history::Names).
type Names = fn(&str, usize) -> String;

pub(crate) struct Wishes {
    random: Random,
    names: Names,
    /// The fields of this desk.
    used: Vec<&'static str>,
    now: u64,
    ageing: Option<u64>,
    /// Most conversations of a tick ask for what one of these does, so that some ask for the same.
    like: Vec<Conversation<'static>>,
    /// How many conversations in a hundred do.
    alike: usize,
}

impl Wishes {
    pub(crate) fn new(seed: u64, names: Names) -> Self {
        let mut random = Random::new(seed);
        let share = random.pick(&[20, 50, 90, 100]);
        let used = FIELDS.into_iter().filter(|_| random.chance(share)).collect();
        let ageing = random.pick(&[None, None, Some(1), Some(100), Some(1_000), Some(MAX_INTEGER)]);
        let alike = random.pick(&[30, 80, 100]);
        Self { random, names, used, now: 1_000_000, ageing, like: Vec::new(), alike }
    }

    /// Lets some time pass; conversations name one of so many people.
    pub(crate) fn pass_time(&mut self, people: usize) {
        self.now += self.random.pick(&SPANS);
        self.like.clear();
        for _ in 0..=self.random.below(4) {
            let conversation = self.wish(people);
            self.like.push(conversation);
        }
    }

    /// Changes what an agent offers.
    pub(crate) fn change_agent(&mut self, agent: &mut Agent<'_>) {
        let random = &mut self.random;
        let knowing = random.pick(&[0, 50, 100]);
        agent.skills.clear();
        for n in 0..4 {
            if random.chance(knowing) {
                let level = small(random, 3) + 1;
                agent.skills.push(Skill { skill: (self.names)("skill", n).into(), level });
            }
        }
        agent.channels.clear();
        for n in 0..3 {
            if random.chance(50) {
                let load = match random.below(30) {
                    0 => None,
                    1 => Some(MAX_LOAD),
                    _ => Some(small(random, 4)),
                };
                let capacity = random.chance(50).then(|| small(random, 6));
                agent.channels.push(Channel { channel: (self.names)("channel", n).into(), load, capacity });
            }
        }
        agent.max_new = random.chance(30).then(|| small(random, 4));
    }

    /// Changes whom a team asks after all others, and who helps it.
    pub(crate) fn change_team(&mut self, team: &mut Team<'_>, teams: usize) {
        let random = &mut self.random;
        team.fallback = match random.below(4) {
            0 => vec!["away".into()],
            1 => vec!["offline".into(), "online".into()],
            _ => Vec::new(),
        };
        team.overflow.clear();
        for _ in 0..random.below(4) {
            let other = (self.names)("team", random.below(teams)).into();
            team.overflow.push(Overflow { team: other, after: random.pick(&SPANS) });
        }
    }

    pub(crate) fn change_member(&mut self, member: &mut Member<'_>) {
        member.tier = self.random.pick(&[0, 0, 0, 1, 1, 2, 9]);
    }

    /// Now and then a claim is told wrongly.
    pub(crate) fn change_claim(&mut self, lost: &mut LostClaim<'_>) {
        match self.random.below(20) {
            0 => lost.by = Some((self.names)("team", self.random.below(5)).into()),
            1 => lost.by = None,
            _ => {}
        }
    }

    /// Says what a conversation asks for.
    pub(crate) fn change_conversation(&mut self, conversation: &mut Conversation<'_>, people: usize) {
        let wished = if !self.like.is_empty() && self.random.chance(self.alike) {
            let n = self.random.below(self.like.len());
            self.like[n].clone()
        } else {
            self.wish(people)
        };
        *conversation = Conversation {
            id: conversation.id.clone(),
            team: conversation.team.clone(),
            // Whoever waits goes on waiting.
            since: conversation.since.or(wished.since),
            ..wished
        };
    }

    fn wish(&mut self, people: usize) -> Conversation<'static> {
        let names = self.names;
        let now = self.now;
        let random = &mut self.random;
        let agent = |random: &mut Random| names("agent", random.below(people)).into();
        let agents = |random: &mut Random, often| {
            let some = if random.chance(often) { random.below(3) + 1 } else { 0 };
            (0..some).map(|_| agent(random)).collect()
        };
        let needs = if random.chance(40) { random.below(3) + 1 } else { 0 };
        // A number beyond the skills there are, now and then: nobody has that one.
        let need = |random: &mut Random| Need {
            skill: names("skill", if random.chance(5) { 4 } else { random.below(3) }).into(),
            level: small(random, 3) + 1,
            relax_after: random.chance(40).then(|| random.pick(&SPANS)),
        };
        Conversation {
            channel: random.chance(60).then(|| names("channel", random.below(3)).into()),
            priority: random.pick(&[0, 0, 0, 0, 1, -1, 5, 1_000, -1_000]),
            since: match random.below(12) {
                0 => None,
                // By the clock of another machine.
                1 => Some(now + 100),
                2 => Some(0),
                _ => Some(now - random.pick(&SPANS)),
            },
            due: random.chance(40).then(|| now - 500 + random.pick(&SPANS)),
            needs: (0..needs).map(|_| need(random)).collect(),
            preferred: agents(random, 35),
            hold_for: random.chance(40).then(|| random.pick(&SPANS)),
            excluded: agents(random, 20),
            held_by: random.chance(15).then(|| agent(random)),
            ..Conversation::default()
        }
    }

    /// Leaves out the fields that this desk does not use, and says what time it is where that is asked for.
    pub(crate) fn complete(&mut self, snapshot: &mut Snapshot<'_>) {
        let is_left_out = |field| !self.used.contains(&field);
        snapshot.ageing = self.ageing;
        for field in FIELDS.into_iter().filter(|&field| is_left_out(field)) {
            leave_out(snapshot, field);
        }
        if shared::needs_now(snapshot) || self.random.chance(50) {
            snapshot.now = Some(self.now);
        }
    }
}

/// Leaves a field out wherever it stands.
pub(crate) fn leave_out(snapshot: &mut Snapshot<'_>, field: &str) {
    for agent in &mut snapshot.agents {
        match field {
            "skills" => agent.skills.clear(),
            "channels" => agent.channels.clear(),
            "max_new" => agent.max_new = None,
            _ => {}
        }
    }
    for team in &mut snapshot.teams {
        match field {
            "fallback" => team.fallback.clear(),
            "overflow" => team.overflow.clear(),
            "tier" => team.members.iter_mut().for_each(|member| member.tier = 0),
            _ => {}
        }
    }
    for conversation in &mut snapshot.conversations {
        match field {
            "channel" => conversation.channel = None,
            "priority" => conversation.priority = 0,
            "since" => conversation.since = None,
            "due" => conversation.due = None,
            "needs" => conversation.needs.clear(),
            "relax_after" => conversation.needs.iter_mut().for_each(|need| need.relax_after = None),
            "preferred" => conversation.preferred.clear(),
            "hold_for" => conversation.hold_for = None,
            "excluded" => conversation.excluded.clear(),
            "held_by" => conversation.held_by = None,
            _ => {}
        }
    }
    if field == "ageing" {
        snapshot.ageing = None;
    }
}

fn small(random: &mut Random, n: usize) -> u32 {
    u32::try_from(random.below(n)).expect("small")
}
