//! `objective: "most"`: the most that can be served, one conversation after the other.
//!
//! Every admitted conversation has a place: an agent who may take it, and a team that serves it. One more is admitted if it
//! finds a place, where need be by moving others, looked for breadth first.

use super::{
    AsASet, Class, Decided, Load, Rotation, class_of, decide, gate, give, is_legacy, is_manual, listed,
    needs_in_force, number, position, serving_order,
};
use evenhand::{AssignReason, Bottleneck, BottleneckAgent, BottleneckClass, Gate, MAX_LOAD, Snapshot};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A limit of an agent. Those of one agent are a tree: teams in a channel or not, channels in the whole.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Limit {
    /// What comes from teams with at most this `max_load`, by a channel that the agent lists, or by none. One that is not
    /// lower than the capacity around it is no limit.
    Teams(Option<usize>, u32),
    Channel(usize),
    Whole,
}

/// A way to serve a class: by an agent for a team. The numbers of the limits that it counts for come narrowest first.
#[derive(Clone)]
struct Way {
    agent: usize,
    team: usize,
    limits: Vec<usize>,
}

/// Where an admitted conversation is: which of the ways of its class, and whether that is decided.
#[derive(Clone, Copy)]
struct Place {
    way: usize,
    decided: bool,
}

/// The conversations to be matched, and who may take them. Conversations and agents are places in the snapshot.
struct Matching<'a> {
    /// By first appearance.
    classes: Vec<Class<'a>>,
    /// Of each conversation; `None` where it is not matched.
    class_of: Vec<Option<usize>>,
    /// Of each class.
    ways: Vec<Vec<Way>>,
    /// How many conversations each limit leaves room for.
    rooms: Vec<i128>,
}

/// Why a conversation was refused: the classes whose conversations it could take the place of, and the limits that they have used up.
#[derive(Clone)]
struct Circuit {
    classes: BTreeSet<usize>,
    limits: BTreeSet<usize>,
}

/// Decides all conversations, and returns what holds back those that wait.
pub(super) fn decide_all<'a>(
    snapshot: &'a Snapshot<'_>,
    rotations: &mut [Rotation<'a>],
    loads: &mut [Load],
    decided: &mut [Option<Decided<'a>>],
) -> Vec<Bottleneck<'a>> {
    let of_legacy = |at: &usize| {
        let team = snapshot.teams.iter().find(|team| team.id == snapshot.conversations[*at].team);
        team.is_some_and(is_legacy)
    };
    let (legacy, others): (Vec<usize>, Vec<usize>) = serving_order(snapshot).into_iter().partition(of_legacy);
    for at in legacy {
        let conversation = &snapshot.conversations[at];
        decided[at] = Some(super::decide_and_take(snapshot, conversation, rotations, loads));
    }
    for load in &mut *loads {
        load.as_a_set = Some(AsASet { whole: load.whole, channels: load.channels.clone(), got: Vec::new() });
    }

    let matching = Matching::new(snapshot, loads);
    let mut places: Vec<Option<Place>> = vec![None; snapshot.conversations.len()];
    let mut circuits: BTreeMap<usize, Circuit> = BTreeMap::new();
    for &at in &others {
        let Some(class) = matching.class_of[at] else { continue };
        match matching.admit(&places, at) {
            Some(moved) => places = moved,
            None => drop(circuits.entry(class).or_insert_with(|| matching.circuit(&places, at))),
        }
    }
    let bottlenecks = bottlenecks(snapshot, &matching, &places, circuits.into_values());

    let (admitted, waiting): (Vec<usize>, Vec<usize>) = others.iter().partition(|&&at| places[at].is_some());
    for at in admitted {
        let conversation = &snapshot.conversations[at];
        let fixed = |team, agent| matching.fix(&places, at, team, agent);
        let in_order = decide(snapshot, conversation, &mut rotations.to_vec(), loads, &|_, _| true);
        let found =
            decide(snapshot, conversation, rotations, loads, &|team, agent| fixed(team, agent).is_some());
        let mut found = found.expect("the way that it has now is one");
        if found.why != AssignReason::Preferred && in_order.is_ok_and(|other| other.agent != found.agent) {
            found.why = AssignReason::Matched;
        }
        let agent = position(snapshot, found.agent).expect("a candidate is an agent");
        places = fixed(found.by, agent).expect("they were asked");
        decided[at] = Some(give(snapshot, conversation, Ok(found), loads));
    }
    for at in waiting {
        let conversation = &snapshot.conversations[at];
        let why = decide(snapshot, conversation, rotations, loads, &|_, _| true);
        assert!(why.is_err(), "whoever could take it now could have been its place");
        decided[at] = Some(give(snapshot, conversation, why, loads));
    }
    bottlenecks
}

impl<'a> Matching<'a> {
    /// Returns what there is to match at the loads that the legacy teams left.
    fn new(snapshot: &'a Snapshot<'_>, loads: &[Load]) -> Self {
        let mut matching =
            Self { classes: Vec::new(), class_of: Vec::new(), ways: Vec::new(), rooms: Vec::new() };
        let mut limits: Vec<(usize, Limit)> = Vec::new();
        for conversation in &snapshot.conversations {
            let own = snapshot.teams.iter().position(|team| team.id == conversation.team);
            let own = own.filter(|&own| !is_manual(&snapshot.teams[own]) && !is_legacy(&snapshot.teams[own]));
            matching.class_of.push(own.map(|own| {
                let class = class_of(snapshot, conversation, own);
                matching.classes.iter().position(|known| *known == class).unwrap_or_else(|| {
                    matching.classes.push(class);
                    matching.classes.len() - 1
                })
            }));
        }
        for class in &matching.classes {
            let mut ways = Vec::new();
            for &team in &class.open {
                for member in &snapshot.teams[team].members {
                    let agent = position(snapshot, &member.agent);
                    let gate = gate(snapshot, class, &snapshot.teams[team], agent, member.weight, loads);
                    // Everybody but for loads: who is full is one too, without room.
                    let full = [Gate::AgentFull, Gate::ChannelFull, Gate::TeamFull, Gate::NewLimit];
                    let Some(agent) = agent.filter(|_| gate.is_none_or(|gate| full.contains(&gate))) else {
                        continue;
                    };
                    let limits = limits_of(snapshot, agent, team, class.channel).into_iter().map(|limit| {
                        let named = (agent, limit);
                        limits.iter().position(|known| *known == named).unwrap_or_else(|| {
                            limits.push(named);
                            matching.rooms.push(room(snapshot, agent, limit, &loads[agent]));
                            limits.len() - 1
                        })
                    });
                    let limits = limits.collect();
                    ways.push(Way { agent, team, limits });
                }
            }
            matching.ways.push(ways);
        }
        matching
    }

    /// Returns the ways to serve a conversation that is matched.
    fn ways_of(&self, conversation: usize) -> &[Way] {
        &self.ways[self.class_of[conversation].expect("it is matched")]
    }

    /// Returns the ways to serve a class, for each agent by the team that lets them take the most.
    fn widest_ways_of(&self, class: usize) -> impl Iterator<Item = &Way> {
        let ways = &self.ways[class];
        ways.iter().filter(|way| {
            ways.iter().all(|other| other.agent != way.agent || other.limits.len() >= way.limits.len())
        })
    }

    /// Counts anew for how many conversations each limit is used.
    fn used(&self, places: &[Option<Place>]) -> Vec<i128> {
        let mut used = vec![0; self.rooms.len()];
        for (at, place) in places.iter().enumerate() {
            for &limit in place.iter().flat_map(|place| &self.ways_of(at)[place.way].limits) {
                used[limit] += 1;
            }
        }
        used
    }

    /// Returns those that are not decided and count for a limit.
    fn movable(&self, places: &[Option<Place>], limit: usize) -> Vec<usize> {
        let counts = |at: &usize| {
            places[*at]
                .is_some_and(|place| !place.decided && self.ways_of(*at)[place.way].limits.contains(&limit))
        };
        (0..places.len()).filter(counts).collect()
    }

    /// Returns the places with one conversation more, or `None` where no moving about finds one for it.
    fn admit(&self, places: &[Option<Place>], conversation: usize) -> Option<Vec<Option<Place>>> {
        let used = self.used(places);
        // Who could go into whose place, and by which way.
        let mut after: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        let mut looked_at = BTreeSet::new();
        let mut looking = VecDeque::from([conversation]);
        while let Some(next) = looking.pop_front() {
            for (number, way) in self.ways_of(next).iter().enumerate() {
                let Some(&full) = way.limits.iter().find(|&&limit| used[limit] >= self.rooms[limit]) else {
                    // There is room. Everybody on the way here moves up.
                    let mut places = places.to_vec();
                    let (mut moving, mut way) = (next, number);
                    loop {
                        places[moving] = Some(Place { way, decided: false });
                        if moving == conversation {
                            return Some(places);
                        }
                        (moving, way) = after[&moving];
                    }
                };
                // Whatever counts for the narrowest limit that is full would make room by going.
                if looked_at.insert(full) {
                    for other in self.movable(places, full) {
                        after.entry(other).or_insert_with(|| {
                            looking.push_back(other);
                            (next, number)
                        });
                    }
                }
            }
        }
        None
    }

    /// Returns the places once an admitted conversation is decided so, or `None` where not all others that are not decided
    /// can be served then.
    fn fix(
        &self,
        places: &[Option<Place>],
        conversation: usize,
        team: usize,
        agent: usize,
    ) -> Option<Vec<Option<Place>>> {
        let ways = self.ways_of(conversation);
        let way = ways.iter().position(|way| (way.agent, way.team) == (agent, team));
        let way = way.expect("a candidate may take it");
        let mut places = places.to_vec();
        places[conversation] = Some(Place { way, decided: true });
        let used = self.used(&places);
        let Some(&crowded) = ways[way].limits.iter().find(|&&limit| used[limit] > self.rooms[limit]) else {
            return Some(places);
        };
        // One too many: one of those that are not decided has to go elsewhere. If any can, the first can.
        let other = *self.movable(&places, crowded).first()?;
        places[other] = None;
        self.admit(&places, other)
    }

    /// Returns why a conversation is refused, by trying in whose place it could be.
    fn circuit(&self, places: &[Option<Place>], refused: usize) -> Circuit {
        let own = self.class_of[refused].expect("it is matched");
        let could_go = |&class: &usize| {
            let admitted =
                (0..places.len()).find(|&at| places[at].is_some() && self.class_of[at] == Some(class));
            admitted.is_some_and(|at| {
                let mut without = places.to_vec();
                without[at] = None;
                self.admit(&without, refused).is_some()
            })
        };
        let classes: BTreeSet<usize> =
            (0..self.classes.len()).filter(|class| *class == own || could_go(class)).collect();
        let used = self.used(places);
        let mut limits = BTreeSet::new();
        for way in classes.iter().flat_map(|&class| self.widest_ways_of(class)) {
            let used_up = way.limits.iter().find(|&&limit| used[limit] >= self.rooms[limit]);
            limits.insert(*used_up.expect("with room there it would not be refused"));
        }
        Circuit { classes, limits }
    }

    /// Returns how many conversations of these classes an agent can take, were there nobody else.
    fn room_of(&self, agent: usize, classes: &BTreeSet<usize>) -> u32 {
        let ways = |ways: &Vec<Way>| ways.iter().filter(|way| way.agent == agent).cloned().collect();
        let alone = Self {
            classes: self.classes.clone(),
            class_of: self.class_of.clone(),
            ways: self.ways.iter().map(ways).collect(),
            rooms: self.rooms.clone(),
        };
        let mut places = vec![None; self.class_of.len()];
        for at in 0..places.len() {
            if self.class_of[at].is_some_and(|class| classes.contains(&class)) {
                places = alone.admit(&places, at).unwrap_or(places);
            }
        }
        number(places.iter().flatten().count())
    }
}

/// Returns the limits that a conversation of a channel counts for, the narrowest first.
fn limits_of(snapshot: &Snapshot<'_>, agent: usize, team: usize, channel: Option<&str>) -> Vec<Limit> {
    let of = &snapshot.agents[agent];
    let channel = listed(of, channel);
    // It counts for the limit of its own team, and for every larger one up to the capacity around them.
    let all: BTreeSet<u32> = snapshot.teams.iter().filter_map(|team| team.max_load).collect();
    let own = snapshot.teams[team].max_load.unwrap_or(MAX_LOAD);
    let around = channel.map_or(of.capacity, |at| of.channels[at].capacity).unwrap_or(MAX_LOAD);
    let teams = all.into_iter().filter(|&limit| own <= limit && limit < around);
    let teams = teams.map(|limit| Limit::Teams(channel, limit));
    teams.chain(channel.map(Limit::Channel)).chain([Limit::Whole]).collect()
}

/// Returns how many conversations a limit leaves room for.
fn room(snapshot: &Snapshot<'_>, agent: usize, limit: Limit, load: &Load) -> i128 {
    let of = &snapshot.agents[agent];
    let known = |load: Option<u32>| i128::from(load.expect("the load of whoever may take some is known"));
    let at_most = |limit: Option<u32>| i128::from(limit.unwrap_or(MAX_LOAD).min(MAX_LOAD));
    let room = match limit {
        Limit::Teams(channel, max_load) => {
            i128::from(max_load) - known(channel.map_or(load.whole, |at| load.channels[at]))
        }
        Limit::Channel(at) => at_most(of.channels[at].capacity) - known(load.channels[at]),
        Limit::Whole => {
            let new = of.max_new.map_or(i128::MAX, |most| known(of.load) + i128::from(most));
            at_most(of.capacity).min(new) - known(load.whole)
        }
    };
    room.max(0)
}

/// Makes those circuits one bottleneck that share a class or a limit.
fn bottlenecks<'a>(
    snapshot: &'a Snapshot<'_>,
    matching: &Matching<'a>,
    places: &[Option<Place>],
    circuits: impl Iterator<Item = Circuit>,
) -> Vec<Bottleneck<'a>> {
    let mut apart: Vec<Circuit> = Vec::new();
    for mut circuit in circuits {
        let meets = |other: &mut Circuit| {
            !other.classes.is_disjoint(&circuit.classes) || !other.limits.is_disjoint(&circuit.limits)
        };
        for other in apart.extract_if(.., meets).collect::<Vec<_>>() {
            circuit.classes.extend(other.classes);
            circuit.limits.extend(other.limits);
        }
        apart.push(circuit);
    }

    let of = |class: usize| (0..places.len()).filter(move |&at| matching.class_of[at] == Some(class));
    let first_waiting = |class: usize| of(class).find(|&at| places[at].is_none());
    let mut ordered: Vec<(Option<usize>, Bottleneck<'a>)> = Vec::new();
    for Circuit { classes, .. } in apart {
        let all = || classes.iter().flat_map(|&class| of(class));
        let mut numbers: Vec<usize> = classes.iter().copied().collect();
        // Those of which some wait, by the first of these; then the others, by their first.
        numbers.sort_by_key(|&class| {
            let waiting = first_waiting(class);
            (waiting.is_none(), waiting.or(of(class).next()))
        });
        let told = |&class: &usize| {
            let conversation = &snapshot.conversations[of(class).next().expect("a class is of some")];
            BottleneckClass {
                team: &conversation.team,
                channel: conversation.channel.as_deref(),
                needs: needs_in_force(snapshot, conversation),
                conversation: &conversation.id,
            }
        };
        let may_take = |agent: &usize| {
            classes.iter().any(|&class| matching.ways[class].iter().any(|way| way.agent == *agent))
        };
        let agents = (0..snapshot.agents.len()).filter(may_take).map(|agent| BottleneckAgent {
            agent: &snapshot.agents[agent].id,
            room: matching.room_of(agent, &classes),
        });
        let bottleneck = Bottleneck {
            classes: numbers.iter().map(told).collect(),
            agents: agents.collect(),
            assigned: number(all().filter(|&at| places[at].is_some()).count()),
            waiting: number(all().filter(|&at| places[at].is_none()).count()),
        };
        let rooms = bottleneck.agents.iter().map(|agent| agent.room).sum::<u32>();
        assert_eq!(rooms, bottleneck.assigned, "a bottleneck has used up its room");
        ordered.push((first_waiting(numbers[0]), bottleneck));
    }
    ordered.sort_by_key(|(first, _)| *first);
    ordered.into_iter().map(|(_, bottleneck)| bottleneck).collect()
}
