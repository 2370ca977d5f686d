//! A random desk that lives through many ticks: people come, go, change availability, finish conversations and join
//! teams; rules change; claims are lost; now and then a cursor is forged.

extern crate alloc;

use super::{owned, random::Random};
use alloc::borrow::Cow;
use evenhand::{
    Agent, Assignment, Conversation, Cursor, LostClaim, Member, Plan, Rule, Snapshot, Team, Turn,
};

pub(crate) const ASSIGNMENTS: [Assignment; 5] = [
    Assignment::RoundRobin,
    Assignment::LeastLoaded,
    Assignment::Manual,
    Assignment::Libredesk2025,
    Assignment::Libredesk2026,
];

const RULES: [Rule; 4] = [Rule::RoundRobin, Rule::LeastLoaded, Rule::Libredesk2025, Rule::Libredesk2026];

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
    /// Everybody who ever was an agent, and whether they are one now.
    agents: Vec<(Agent<'static>, bool)>,
    /// Every team that ever was, and whether it is there now.
    teams: Vec<(Team<'static>, bool)>,
    queue: Vec<Conversation<'static>>,
    cursors: Vec<Cursor<'static>>,
    lost_claims: Vec<LostClaim<'static>>,
    arrived: usize,
}

impl Desk {
    pub(crate) fn new(seed: u64, size: Size, names: Names) -> Self {
        let mut random = Random::new(seed);
        let weights = match random.below(10) {
            0 => vec![5, 3, 2],
            1 => vec![0, 1, 1, 2],
            2 => (1..=1000).collect(),
            3 => vec![1, 1000],
            _ => vec![1],
        };
        let agents = (0..=random.below(size.agents))
            .map(|n| {
                (
                    Agent {
                        id: names("agent", n).into(),
                        availability: Cow::Borrowed("online"),
                        load: Some(0),
                        capacity: None,
                    },
                    true,
                )
            })
            .collect();
        let teams = (0..=random.below(size.teams))
            .map(|n| (Team { id: names("team", n).into(), ..Team::default() }, true))
            .collect();
        let mut desk = Self {
            random,
            size,
            names,
            weights,
            agents,
            teams,
            queue: Vec::new(),
            cursors: Vec::new(),
            lost_claims: Vec::new(),
            arrived: 0,
        };
        // Some desks have narrow limits from the start, some have none.
        let limits = desk.random.below(3) * 40;
        for at in 0..desk.agents.len() {
            desk.change_agent(at, limits);
        }
        for at in 0..desk.teams.len() {
            desk.change_team(at, limits);
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
        if self.random.chance(20) {
            shuffle(&mut self.random, &mut snapshot.agents);
            shuffle(&mut self.random, &mut snapshot.teams);
            shuffle(&mut self.random, &mut snapshot.cursors);
        }
        snapshot
    }

    /// Writes the plan: loads, cursors, and what remains of the queue. Some claims are lost.
    pub(crate) fn write(&mut self, plan: &Plan<'_>) {
        self.lost_claims.clear();
        self.queue.clear();
        let losing = if self.random.chance(30) { 30 } else { 0 };
        for decision in &plan.decisions {
            let agent = decision.outcome.agent();
            let lost = agent.is_some() && self.random.chance(losing);
            if let (Some(agent), true) = (agent, lost) {
                let (team, agent) = (decision.team.to_owned().into(), agent.to_owned().into());
                self.lost_claims.push(LostClaim { team, agent });
            }
            if agent.is_none() || lost && self.random.chance(50) {
                let (id, team) = (decision.conversation.to_owned().into(), decision.team.to_owned().into());
                self.queue.push(Conversation { id, team });
            }
            if let (Some(agent), false) = (agent, lost) {
                for (person, _) in &mut self.agents {
                    if person.id == agent {
                        person.load = person.load.map(|load| load + 1);
                    }
                }
            }
        }
        if self.random.chance(5) {
            // Not a claim anybody made; it must be ignored, or be given back all the same where it names a member.
            let (team, agent) = (self.random.below(5), self.random.below(self.size.agents + 2));
            let (team, agent) = ((self.names)("team", team).into(), (self.names)("agent", agent).into());
            self.lost_claims.push(LostClaim { team, agent });
        }
        self.cursors = plan.cursors.iter().map(owned::cursor).collect();
    }

    fn people_come_and_go(&mut self) {
        if self.random.chance(15) && self.agents.len() < 2 * self.size.agents {
            let id = (self.names)("agent", self.agents.len()).into();
            self.agents
                .push((Agent { id, availability: "online".into(), load: Some(0), capacity: None }, true));
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
            person.load = person.load.map(|load| load.saturating_sub(done));
        }
    }

    fn change_agent(&mut self, at: usize, limited: usize) {
        let random = &mut self.random;
        let (agent, here) = &mut self.agents[at];
        *here = !random.chance(5);
        agent.availability = Cow::Borrowed(random.pick(&AVAILABILITIES));
        agent.load =
            if random.chance(6) { None } else { Some(u32::try_from(random.below(5)).expect("below 5")) };
        agent.capacity = random.chance(limited).then(|| u32::try_from(random.below(9)).expect("below 9"));
    }

    fn teams_change(&mut self) {
        for at in 0..self.teams.len() {
            if self.random.chance(12) {
                self.change_team(at, 25);
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

    fn join(&mut self, team: usize, agent: usize) {
        let id: Cow<'static, str> = (self.names)("agent", agent).into();
        let weight = self.random.pick(&self.weights);
        let members = &mut self.teams[team].0.members;
        if members.iter().all(|member| member.agent != id) {
            let at =
                if self.random.chance(80) { members.len() } else { self.random.below(members.len() + 1) };
            members.insert(at, Member { agent: id, weight });
        }
    }

    fn conversations_come_and_go(&mut self) {
        // People take waiting conversations themselves.
        if self.random.chance(50) {
            self.queue.clear();
        }
        self.queue.truncate(2 * self.size.arrivals);
        for _ in 0..self.random.below(self.size.arrivals + 1) {
            // One number beyond the teams there are: a team that never was.
            let beyond = usize::from(self.random.chance(5));
            let team = self.random.below(self.teams.len() + beyond);
            self.arrived += 1;
            let id = (self.names)("conversation", self.arrived).into();
            self.queue.push(Conversation { id, team: (self.names)("team", team).into() });
        }
    }

    fn cursors_suffer(&mut self) {
        if self.random.chance(3) {
            self.cursors.clear();
        }
        if !self.random.chance(8) {
            return;
        }
        let random = &mut self.random;
        // A cursor of any rule for any team, of members and strangers, with anything owed.
        let team = (self.names)("team", random.below(self.teams.len() + 1));
        let scale = random.pick(&[3, 5_354_228_880, 1 << 40, 1 << 53]);
        let mut people: Vec<usize> = (0..self.agents.len() + 2).collect();
        shuffle(random, &mut people);
        people.truncate(random.below(people.len() + 1));
        let turns = people
            .into_iter()
            .map(|person| {
                let owed = i64::try_from(random.below(scale)).expect("at most 2^53 - 1");
                Turn {
                    agent: (self.names)("agent", person).into(),
                    owed: if random.chance(50) { owed } else { -owed },
                }
            })
            .collect();
        self.cursors.retain(|cursor| cursor.team != team);
        self.cursors.push(Cursor { team: team.into(), rule: random.pick(&RULES), turns });
    }
}

fn shuffle<T>(random: &mut Random, items: &mut [T]) {
    for i in (1..items.len()).rev() {
        items.swap(i, random.below(i + 1));
    }
}
