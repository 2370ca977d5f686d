//! A random desk that lives through many ticks: people come, go, change availability, finish conversations and join
//! teams; rules and rotations change; claims are lost and handed back; now and then a cursor or a claim is forged.

extern crate alloc;

use super::{owned, random::Random, shared, wishes::Wishes};
use alloc::borrow::Cow;
use evenhand::{
    Agent, Assignment, Conversation, Cursor, LostClaim, MAX_LOAD, Member, Plan, Rule, SeatSet, Snapshot,
    Team, Turn,
};

/// What a team may change to; `round_robin` twice, since it has the most to go wrong.
const ASSIGNMENTS: [Assignment; 7] = [
    Assignment::RoundRobin,
    Assignment::RoundRobin,
    Assignment::LeastLoaded,
    Assignment::LeastRecent,
    Assignment::Manual,
    Assignment::Libredesk2025,
    Assignment::Libredesk2026,
];

const AVAILABILITIES: [&str; 6] = ["online", "online", "online", "online", "away", "offline"];

/// How large a desk is and how busy.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// The most agents.
    pub(crate) agents: usize,
    /// The most teams.
    pub(crate) teams: usize,
    /// The most conversations that arrive in a tick.
    pub(crate) arrivals: usize,
}

/// Returns the id of the n-th of a kind: "agent", "team" or "conversation".
pub(crate) type Names = fn(&str, usize) -> String;

/// Returns ids as people have them.
pub(crate) fn plain(kind: &str, n: usize) -> String {
    format!("{kind}-{n}")
}

/// The desk as its database has it between two ticks.
pub(crate) struct Desk {
    random: Random,
    size: Size,
    names: Names,
    /// Weights that new members are given; one is picked each time.
    weights: Vec<u32>,
    /// How many teams in a hundred share a rotation with others.
    sharing: usize,
    /// Everybody who ever was an agent, and whether they are one now.
    agents: Vec<(Agent<'static>, bool)>,
    /// Every team that ever was, and whether it is there now.
    teams: Vec<(Team<'static>, bool)>,
    queue: Vec<Conversation<'static>>,
    cursors: Vec<Cursor<'static>>,
    lost_claims: Vec<LostClaim<'static>>,
    arrived: usize,
    /// What conversations ask for and agents offer, on desks that know of it.
    wishes: Option<Wishes>,
}

impl Desk {
    /// Returns a desk that knows of skills, channels, tiers, times and preferences, of some of them at least.
    pub(crate) fn wishing(seed: u64, size: Size, names: Names) -> Self {
        let mut desk = Self::new(seed, size, names);
        let mut wishes = Wishes::new(seed, names);
        let teams = desk.teams.len() + 1;
        for (agent, _) in &mut desk.agents {
            wishes.change_agent(agent);
        }
        for (team, _) in &mut desk.teams {
            wishes.change_team(team, teams);
            team.members.iter_mut().for_each(|member| wishes.change_member(member));
        }
        desk.wishes = Some(wishes);
        desk
    }

    pub(crate) fn new(seed: u64, size: Size, names: Names) -> Self {
        let mut random = Random::new(seed);
        let weights = match random.below(10) {
            0 => vec![5, 3, 2],
            1 => vec![0, 1, 1, 2],
            2 => (1..=1000).collect(),
            3 => vec![1, 1000],
            _ => vec![1],
        };
        let sharing = random.pick(&[0, 70, 100]);
        let agents = (0..=random.below(size.agents)).map(|n| (online(names("agent", n)), true)).collect();
        let teams = (0..=random.below(size.teams))
            .map(|n| (Team { id: names("team", n).into(), ..Team::default() }, true))
            .collect();
        let mut desk = Self {
            random,
            size,
            names,
            weights,
            sharing,
            agents,
            teams,
            queue: Vec::new(),
            cursors: Vec::new(),
            lost_claims: Vec::new(),
            arrived: 0,
            wishes: None,
        };
        // Some desks have narrow limits from the start, some have none.
        let limits = desk.random.below(3) * 40;
        for at in 0..desk.agents.len() {
            desk.change_agent(at, limits);
        }
        for at in 0..desk.teams.len() {
            desk.change_team(at, limits);
            desk.change_rotation(at);
            for n in 0..desk.agents.len() {
                if desk.random.chance(70) {
                    desk.join(at, n);
                }
            }
        }
        desk
    }

    /// Lets some time pass and returns the snapshot at the end of it.
    pub(crate) fn tick(&mut self) -> Snapshot<'static> {
        self.people_come_and_go();
        self.teams_change();
        self.conversations_come_and_go();
        self.cursors_suffer();
        self.wishes_change();
        let seed = match self.random.below(3) {
            0 => None,
            1 => Some(7),
            _ => Some(self.random.below(1 << 53) as u64),
        };
        let mut snapshot = Snapshot {
            seed,
            agents: self.agents.iter().filter(|(_, here)| *here).map(|(agent, _)| agent.clone()).collect(),
            teams: self.teams.iter().filter(|(_, here)| *here).map(|(team, _)| team.clone()).collect(),
            conversations: self.queue.clone(),
            cursors: self.cursors.clone(),
            lost_claims: self.lost_claims.clone(),
            ..Snapshot::default()
        };
        shared::agree(&mut snapshot.teams);
        if self.random.chance(20) {
            shuffle(&mut self.random, &mut snapshot.agents);
            shuffle(&mut self.random, &mut snapshot.teams);
            shuffle(&mut self.random, &mut snapshot.cursors);
        }
        if let Some(wishes) = &mut self.wishes {
            wishes.complete(&mut snapshot);
        }
        snapshot
    }

    /// Writes the plan: loads, cursors, and what remains of the queue. Some claims are lost.
    pub(crate) fn write(&mut self, plan: &Plan<'_>) {
        self.lost_claims.clear();
        let queue = std::mem::take(&mut self.queue);
        let losing = self.random.pick(&[0, 0, 1, 5, 30]);
        for (decision, conversation) in plan.decisions.iter().zip(queue) {
            let agent = decision.outcome.agent();
            let lost = agent.is_some() && self.random.chance(losing);
            if lost {
                self.lost_claims.push(owned::lost_claim(decision));
            }
            if let (Some(agent), false) = (agent, lost) {
                self.assign(&conversation, agent, decision.held_by);
            }
            // Somebody else may have taken what was lost; the queue is as it was otherwise.
            if agent.is_none() || lost && self.random.chance(80) {
                self.queue.push(conversation);
            }
            // A host that keeps away what waits or was lost before.
            if agent.is_none() && self.random.chance(losing / 5) {
                self.lost_claims.push(owned::lost_claim(decision));
            }
        }
        self.cursors = plan.cursors.iter().map(owned::cursor).collect();
        self.claims_suffer();
    }

    /// One conversation more for one agent, one less for whoever had it.
    fn assign(&mut self, conversation: &Conversation<'_>, agent: &str, holder: Option<&str>) {
        for (person, _) in &mut self.agents {
            let moved = |load: u32| match (person.id == agent, Some(&*person.id) == holder) {
                (true, false) => load.saturating_add(1).min(MAX_LOAD),
                (false, true) => load.saturating_sub(1),
                _ => load,
            };
            person.load = person.load.map(moved);
            for channel in &mut person.channels {
                if Some(&channel.channel) == conversation.channel.as_ref() {
                    channel.load = channel.load.map(moved);
                }
            }
        }
    }

    /// What is asked for and offered changes, and time goes on.
    fn wishes_change(&mut self) {
        let Some(wishes) = &mut self.wishes else { return };
        let random = &mut self.random;
        for (agent, _) in &mut self.agents {
            if random.chance(10) {
                wishes.change_agent(agent);
            }
            let done = u32::try_from(random.below(3)).expect("below 3");
            for channel in &mut agent.channels {
                channel.load = channel.load.map(|load| load.saturating_sub(done));
            }
        }
        let teams = self.teams.len() + 1;
        for (team, _) in &mut self.teams {
            if random.chance(10) {
                wishes.change_team(team, teams);
            }
            for member in &mut team.members {
                if random.chance(10) {
                    wishes.change_member(member);
                }
            }
        }
        for conversation in &mut self.queue {
            if random.chance(4) {
                wishes.change_conversation(conversation, self.agents.len() + 1);
            }
        }
    }

    /// Claims that nobody made, claims told wrongly, and conversations that somebody moved to another team.
    fn claims_suffer(&mut self) {
        let random = &mut self.random;
        if random.chance(12) {
            // One number beyond the people, the teams and the queue: somebody and something that never was.
            let agent = (self.names)("agent", random.below(self.size.agents + 2)).into();
            let waits = random.below(self.queue.len() + 1);
            let gone = (self.names)("conversation", 0).into();
            let forged = LostClaim {
                conversation: self.queue.get(waits).map_or(gone, |waits| waits.id.clone()),
                team: (self.names)("team", random.below(5)).into(),
                agent: random.chance(80).then_some(agent),
                why: random.chance(50).then_some(Cow::Borrowed("turn")),
                set: u32::try_from(random.below(4)).expect("below 4"),
                ..LostClaim::default()
            };
            if self.lost_claims.iter().all(|lost| lost.conversation != forged.conversation) {
                self.lost_claims.push(forged);
            }
        }
        if random.chance(20) {
            shuffle(random, &mut self.lost_claims);
        }
        for lost in &mut self.lost_claims {
            match random.below(40) {
                0 => lost.set = u32::try_from(random.below(6)).expect("below 6"),
                1 => lost.set = u32::MAX,
                2 => lost.agent = None,
                3 => lost.team = (self.names)("team", random.below(5)).into(),
                4 => lost.agent = Some((self.names)("agent", random.below(self.size.agents + 2)).into()),
                _ => {}
            }
            if random.chance(4)
                && let Some(moved) = self.queue.iter_mut().find(|waits| waits.id == lost.conversation)
            {
                moved.team = (self.names)("team", random.below(self.teams.len())).into();
            }
        }
        if let Some(wishes) = &mut self.wishes {
            self.lost_claims.iter_mut().for_each(|lost| wishes.change_claim(lost));
        }
    }

    fn people_come_and_go(&mut self) {
        if self.random.chance(15) && self.agents.len() < 2 * self.size.agents {
            let mut newest = online((self.names)("agent", self.agents.len()));
            if let Some(wishes) = &mut self.wishes {
                wishes.change_agent(&mut newest);
            }
            self.agents.push((newest, true));
            let newest = self.agents.len() - 1;
            for team in 0..self.teams.len() {
                if self.random.chance(60) {
                    self.join(team, newest);
                }
            }
        }
        let rarely = self.random.chance(10);
        for at in 0..self.agents.len() {
            if self.random.chance(if rarely { 60 } else { 12 }) {
                self.change_agent(at, 20);
            }
            // Conversations are finished.
            let done = u32::try_from(self.random.below(4)).expect("below 4");
            let person = &mut self.agents[at].0;
            person.load = match person.load {
                // As many as there can be, which is not what anybody counted: they come down at once or not at all.
                Some(load) if load > MAX_LOAD / 2 => Some(if done == 0 { load } else { 0 }),
                load => load.map(|load| load.saturating_sub(done)),
            };
        }
    }

    fn change_agent(&mut self, at: usize, limited: usize) {
        let random = &mut self.random;
        let (agent, here) = &mut self.agents[at];
        *here = !random.chance(5);
        agent.availability = Cow::Borrowed(random.pick(&AVAILABILITIES));
        agent.load = match random.below(100) {
            0..6 => None,
            6..8 => Some(MAX_LOAD - u32::try_from(random.below(3)).expect("below 3")),
            _ => Some(u32::try_from(random.below(5)).expect("below 5")),
        };
        agent.capacity = random.chance(limited).then(|| u32::try_from(random.below(9)).expect("below 9"));
    }

    fn teams_change(&mut self) {
        for at in 0..self.teams.len() {
            if self.random.chance(12) {
                self.change_team(at, 25);
            }
            if self.random.chance(4) {
                self.change_rotation(at);
            }
            if self.random.chance(15) {
                // One number beyond the agents there are: a member that no agent of the desk ever was.
                let agent = self.random.below(self.agents.len() + 1);
                self.join(at, agent);
            }
            let members = &mut self.teams[at].0.members;
            if self.random.chance(10) && !members.is_empty() {
                let leaving = self.random.below(members.len());
                members.remove(leaving);
            }
            if self.random.chance(4) {
                shuffle(&mut self.random, members);
            }
            if self.random.chance(3) && members.len() > 2 {
                members.truncate(2);
            }
            if self.random.chance(1) {
                members.clear();
            }
            if self.random.chance(8) && !members.is_empty() {
                let whose = self.random.below(members.len());
                members[whose].weight =
                    if self.random.chance(25) { 0 } else { self.random.pick(&self.weights) };
            }
        }
    }

    fn change_team(&mut self, at: usize, limited: usize) {
        let random = &mut self.random;
        let (team, here) = &mut self.teams[at];
        *here = !random.chance(4);
        if random.chance(60) {
            team.assignment = random.pick(&ASSIGNMENTS);
        }
        team.max_load = random.chance(limited).then(|| u32::try_from(random.below(7)).expect("below 7"));
        team.assignable = match random.below(8) {
            0 => vec![],
            1 => vec!["online".into(), "away".into()],
            2 => vec!["offline".into(), "online".into(), "away".into()],
            _ => vec!["online".into()],
        };
    }

    fn change_rotation(&mut self, at: usize) {
        let random = &mut self.random;
        // A name of its own, or that of a team, which may be there or not.
        let name = match random.below(4) {
            0 => (self.names)("team", random.below(self.teams.len())),
            n => (self.names)("rotation", n % 2),
        };
        self.teams[at].0.rotation = random.chance(self.sharing).then(|| name.into());
    }

    fn join(&mut self, team: usize, agent: usize) {
        let id: Cow<'static, str> = (self.names)("agent", agent).into();
        let weight = self.random.pick(&self.weights);
        let members = &mut self.teams[team].0.members;
        if members.iter().all(|member| member.agent != id) {
            let at =
                if self.random.chance(80) { members.len() } else { self.random.below(members.len() + 1) };
            let mut member = Member { agent: id, weight, ..Member::default() };
            if let Some(wishes) = &mut self.wishes {
                wishes.change_member(&mut member);
            }
            members.insert(at, member);
        }
    }

    fn conversations_come_and_go(&mut self) {
        // People take waiting conversations themselves.
        if self.random.chance(50) {
            self.queue.clear();
        }
        self.queue.truncate(2 * self.size.arrivals);
        if let Some(wishes) = &mut self.wishes {
            wishes.pass_time(self.agents.len() + 1);
        }
        for _ in 0..self.random.below(self.size.arrivals + 1) {
            // One number beyond the teams there are: a team that never was.
            let beyond = usize::from(self.random.chance(5));
            let team = self.random.below(self.teams.len() + beyond);
            self.arrived += 1;
            let id = (self.names)("conversation", self.arrived).into();
            let team = (self.names)("team", team).into();
            let mut conversation = Conversation { id, team, ..Conversation::default() };
            if let Some(wishes) = &mut self.wishes {
                wishes.change_conversation(&mut conversation, self.agents.len() + 1);
            }
            self.queue.push(conversation);
        }
    }

    fn cursors_suffer(&mut self) {
        if self.random.chance(3) {
            self.cursors.clear();
        }
        if !self.random.chance(12) {
            return;
        }
        let random = &mut self.random;
        // A cursor of any rule for any rotation, of members and strangers, with anything owed and any sets.
        let rotation = match random.below(4) {
            0 => (self.names)("team", random.below(self.teams.len() + 1)),
            _ => shared::rotation_of(&self.teams[random.below(self.teams.len())].0).to_owned(),
        };
        let scale = random.pick(&[3, 5_354_228_880, 12 * 5_354_228_880, 1 << 40, 1 << 53, 1 << 53]);
        let mut people: Vec<usize> = (0..self.agents.len() + 2).collect();
        shuffle(random, &mut people);
        people.truncate(random.below(people.len() + 1));
        let turns: Vec<Turn<'static>> = people
            .into_iter()
            .map(|person| {
                let owed = i64::try_from(random.below(scale)).expect("at most 2^53 - 1");
                let owed = if random.chance(50) { owed } else { -owed };
                Turn { agent: (self.names)("agent", person).into(), owed: random.chance(95).then_some(owed) }
            })
            .collect();
        let sets = (0..random.below(5))
            .map(|n| SeatSet {
                from: (n > 0 && random.chance(70)).then(|| u32::try_from(random.below(n)).expect("below 5")),
                seats: some_of(random, turns.len()),
            })
            .collect();
        self.cursors.retain(|cursor| cursor.rotation != rotation);
        let rule = if random.chance(50) { Rule::RoundRobin } else { random.pick(Rule::ALL) };
        self.cursors.push(Cursor { rotation: rotation.into(), rule, turns, sets });
    }
}

/// Makes people available and limits narrow, so that it matters who takes what.
pub(crate) fn make_busy(snapshot: &mut Snapshot<'_>, random: &mut Random) {
    for agent in &mut snapshot.agents {
        agent.availability = "online".into();
        let load = agent.load.filter(|load| *load < 10).unwrap_or(0);
        agent.load = Some(load);
        agent.capacity = Some(load + u32::try_from(random.below(4)).expect("small"));
    }
    for team in &mut snapshot.teams {
        if shared::is_legacy(team.assignment) || team.assignment == Assignment::Manual {
            team.assignment = Assignment::RoundRobin;
        }
        if !team.assignable.contains(&"online".into()) {
            team.fallback.push("online".into());
        }
        team.max_load = random.chance(30).then(|| u32::try_from(random.below(7)).expect("small"));
    }
    shared::agree(&mut snapshot.teams);
}

fn online(id: String) -> Agent<'static> {
    Agent { id: id.into(), availability: "online".into(), load: Some(0), ..Agent::default() }
}

/// Returns some of the numbers below `n`, ascending.
fn some_of(random: &mut Random, n: usize) -> Vec<u32> {
    let share = random.pick(&[0, 20, 50, 100]);
    (0..n).filter(|_| random.chance(share)).map(|n| u32::try_from(n).expect("few")).collect()
}

fn shuffle<T>(random: &mut Random, items: &mut [T]) {
    for i in (1..items.len()).rev() {
        items.swap(i, random.below(i + 1));
    }
}
