//! `objective: "most"`: which conversations can be served together, and what holds back the rest.
//!
//! Conversations are admitted in serving order, each if it can be served together with all admitted so far. Sets that can be
//! are a matroid, so this serves the most, and the most of the first so many (Edmonds 1971). Whether one more fits is found
//! along the shortest augmenting path (Berge 1957), by distances that only grow (Ahuja and Orlin 1991). It leads through
//! classes and the agents' limits, which are a tree: what a team measures lies in a channel, the channels in the whole.
//!
//! A search that fails has seen what holds the rest back (`bottlenecks`).
//!
//! Then the rotations ask, candidate by candidate, whether all admitted ones can still be served if this one takes it.

mod bottlenecks;

use crate::desk::{AgentId, ClassId, Desk, TeamId};
use crate::eligibility::may_take;
use crate::ids::{half, pair, parts};
use crate::limits::Loads;
use alloc::{vec, vec::Vec};
pub(crate) use bottlenecks::Bottleneck;
use bottlenecks::Bottlenecks;

/// As many looks as it takes to note that an agent may take a class. More than that, since there is memory for it.
const EDGE: u64 = 500;
/// So many edges of a class are passed by at the cost of one,
const PASSED: u64 = 4;
/// and so many of what is meant for an agent.
const MEANT: u64 = 16;
/// So many limits around each other are looked at at the cost of one.
const AROUND: usize = 5;

/// No bottleneck, and no limit around.
const NONE: u32 = u32::MAX;
/// The distance of a class from which no path leads to an agent with room.
const FAR: u32 = u32::MAX;

pub(crate) struct Matching {
    /// By counter: how many more conversations it has room for.
    left: Vec<u32>,
    /// The same before anything was admitted.
    room: Vec<u32>,
    /// By counter: the limit around it.
    around: Vec<u32>,
    classes: Vec<Class>,
    /// Class by class, by agent.
    edges: Vec<Edge>,
    /// By agent: the edges by which something is meant for them.
    meant: Vec<Vec<u32>>,
    /// How many classes are at each distance.
    at_distance: Vec<u32>,
    /// The way of a search that goes deep: by which edge a class comes, and which edge gives way.
    path: Vec<(u32, u32)>,
    search: Search,
    bottlenecks: Bottlenecks,
    labels: u32,
    /// By agent: as many looks as it takes to look at a limit of theirs and those around it; nothing where it is one for everybody.
    depths: Vec<u32>,
    pub(crate) looks: u64,
    /// Once it has taken more looks it gives up.
    pub(crate) most_looks: u64,
}

/// The conversations of a class.
struct Class {
    /// Where its edges begin; they end where those of the next begin.
    edges: u32,
    /// From here on the next agent is looked for.
    next: u32,
    /// How many classes at least give way, and 1, until somebody has room.
    distance: u32,
    /// Classes of different labels never give way to each other any more.
    label: u32,
    /// How many of those admitted are not decided yet.
    undecided: u32,
}

/// An agent who may take a class.
struct Edge {
    class: u32,
    agent: u32,
    /// The innermost limit that a conversation takes room of.
    entry: u32,
    /// How many conversations are meant for the agent.
    units: u32,
}

/// A search that goes wide. What it has seen bears its number.
#[derive(Default)]
struct Search {
    number: u32,
    seen: Vec<u32>,
    seen_limit: Vec<u32>,
    /// The limits that what is searched for takes room of already.
    own: Vec<u32>,
    queue: Vec<u32>,
    /// By class: by which edge another comes, and which of its edges gives way.
    from: Vec<(u32, u32)>,
    /// What was found last.
    found: Option<Found>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Wanted {
    class: u32,
    agent: u32,
    entry: u32,
}

#[derive(Clone, Copy)]
struct Found {
    wanted: Wanted,
    /// The edge at its end; none where nobody has to give way.
    last: u32,
    /// The edge at whose agent the class itself gives up a place; none where there is room, so that any will do.
    own: u32,
}

impl Matching {
    /// Returns what may go where, before anything is admitted. More looks than `most_looks` are too much.
    pub(crate) fn new(desk: &Desk, loads: &Loads, most_looks: u64) -> Self {
        let counters = desk.loads.len();
        let depth = |agent| half((desk.depth(AgentId::new(agent)) / AROUND).max(1));
        let mut depths: Vec<u32> = (0..desk.agents.len()).map(depth).collect();
        if depths.iter().all(|&depth| depth == 1) {
            depths = Vec::new();
        }
        let mut matching = Self {
            left: vec![0; counters],
            room: Vec::new(),
            around: vec![NONE; counters],
            classes: Vec::with_capacity(desk.classes.len() + 1),
            edges: Vec::new(),
            meant: vec![Vec::new(); desk.agents.len()],
            at_distance: vec![0, 0],
            path: Vec::new(),
            search: Search::default(),
            bottlenecks: Bottlenecks::new(desk.classes.len(), counters),
            labels: 0,
            depths,
            looks: 0,
            most_looks,
        };
        let (left, around) = (&mut matching.left, &mut matching.around);
        desk.each_limit(|counter, limit, outer| {
            left[counter.place()] = limit.saturating_sub(loads.of(counter).unwrap_or(limit));
            around[counter.place()] = outer.map_or(NONE, |outer| half(outer.place()));
        });
        matching.room.clone_from(&matching.left);
        let mut takers: Vec<u64> = Vec::new();
        for (number, class) in desk.classes.iter().enumerate() {
            let id = ClassId::new(number);
            matching.classes.push(Class {
                edges: half(matching.edges.len()),
                next: 0,
                distance: 1,
                label: 0,
                undecided: 0,
            });
            matching.at_distance[1] += 1;
            if !desk.is_ours(class.team) {
                continue;
            }
            takers.clear();
            for ask in desk.asks(class) {
                if matching.is_too_much() {
                    break;
                }
                let max_load = desk.teams[ask.team.place()].max_load;
                let members = desk.members(ask.team);
                matching.looks += members.len() as u64 * (2 + desk.needs[class.needs.place()].len() as u64);
                let able = members.iter().filter(|&&member| may_take(desk, id, ask.team, member, loads));
                takers.extend(able.map(|member| pair(half(member.agent.place()), max_load)));
            }
            takers.sort_unstable();
            matching.looks += EDGE * takers.len() as u64;
            let edge = |of: &[u64]| {
                // Of an agent's teams the one that lets them take the most.
                let [agent, max_load] = parts(of[of.len() - 1]);
                let entry = desk.innermost(AgentId::new(agent as usize), class.channel, max_load);
                Edge { class: half(number), agent, entry: half(entry.place()), units: 0 }
            };
            let by_agent = takers.chunk_by(|&one, &other| parts(one)[0] == parts(other)[0]);
            matching.edges.extend(by_agent.map(edge));
        }
        matching.search.seen = vec![0; desk.classes.len()];
        matching.search.from = vec![(NONE, NONE); desk.classes.len()];
        matching.search.seen_limit = vec![0; counters];
        matching.search.own = vec![0; counters];
        matching
    }

    /// Admits a conversation of a class, if it can be served together with all that were.
    pub(crate) fn admit(&mut self, class: ClassId, conversation: usize) {
        let number = class.place();
        let closed = self.bottlenecks.of_class[number] != NONE;
        if !closed && self.augment(number) {
            self.classes[number].undecided += 1;
            self.bottlenecks.admitted[number] += 1;
            return;
        }
        if !closed {
            self.close(number);
        }
        let (waiting, first) = &mut self.bottlenecks.waiting[number];
        *waiting += 1;
        *first = half(conversation).min(*first);
    }

    /// Returns whether it has given up, so that what it says counts for nothing.
    pub(crate) fn is_too_much(&self) -> bool {
        self.looks > self.most_looks
    }

    /// Returns as many looks as it takes to look at a limit of an agent and those around it.
    fn depth(&self, agent: u32) -> u64 {
        self.depths.get(agent as usize).map_or(1, |&depth| depth.into())
    }

    /// Returns whether a conversation of a class that is not decided yet was admitted.
    pub(crate) fn is_admitted(&self, class: ClassId) -> bool {
        self.classes[class.place()].undecided > 0
    }

    /// Returns how many conversations of a class were admitted in all.
    pub(crate) fn admitted(&self, class: ClassId) -> u32 {
        self.bottlenecks.admitted[class.place()]
    }

    fn edges_of(&self, class: usize) -> core::ops::Range<usize> {
        let end = self.classes.get(class + 1).map_or(self.edges.len(), |next| next.edges as usize);
        self.classes[class].edges as usize..end
    }

    /// Returns the innermost limit that has no room, from one outward.
    fn full(&self, mut limit: u32) -> Option<u32> {
        while limit != NONE {
            if self.left[limit as usize] == 0 {
                return Some(limit);
            }
            limit = self.around[limit as usize];
        }
        None
    }

    /// Returns whether what enters at a limit takes room of another.
    fn takes_of(&self, mut entry: u32, limit: u32) -> bool {
        while entry != limit {
            entry = self.around[entry as usize];
            if entry == NONE {
                return false;
            }
        }
        true
    }

    /// Changes what is left of a limit of an agent and of those around it.
    fn each_around(&mut self, agent: u32, mut limit: u32, change: impl Fn(&mut u32)) {
        // Where it is one it goes with what was looked at before.
        self.looks += self.depth(agent) - 1;
        while limit != NONE {
            change(&mut self.left[limit as usize]);
            limit = self.around[limit as usize];
        }
    }

    /// Means one more conversation for an agent.
    fn add(&mut self, edge: u32) {
        let Edge { agent, entry, units, .. } = &mut self.edges[edge as usize];
        *units += 1;
        if *units == 1 {
            self.meant[*agent as usize].push(edge);
        }
        let (agent, entry) = (*agent, *entry);
        self.each_around(agent, entry, |left| *left -= 1);
    }

    fn remove(&mut self, edge: u32) {
        let Edge { agent, entry, units, .. } = &mut self.edges[edge as usize];
        let (agent, entry) = (*agent, *entry);
        *units -= 1;
        if *units == 0 {
            let meant = &mut self.meant[agent as usize];
            let at = meant.iter().position(|&other| other == edge).expect("it has a unit");
            self.looks += 1 + meant.len() as u64 / MEANT;
            meant.swap_remove(at);
        }
        self.each_around(agent, entry, |left| *left += 1);
    }

    /// Finds room for one more conversation of a class, if there is any once others give way.
    fn augment(&mut self, class: usize) -> bool {
        self.path.clear();
        let mut at = class;
        loop {
            if let Some((edge, gives_way)) = self.nearer(at) {
                if gives_way == NONE {
                    self.add(edge);
                    while let Some((edge, gives_way)) = self.path.pop() {
                        self.remove(gives_way);
                        self.add(edge);
                    }
                    return true;
                }
                self.path.push((edge, gives_way));
                at = self.edges[gives_way as usize].class as usize;
            } else {
                let reachable = self.recede(at);
                if !reachable || (at == class && self.classes[at].distance == FAR) || self.is_too_much() {
                    return false;
                }
                if let Some((edge, _)) = self.path.pop() {
                    at = self.edges[edge as usize].class as usize;
                }
            }
        }
    }

    /// Returns an edge from a class to an agent with room, if somebody has; else to one of whom a class gives way that is one step nearer to
    /// somebody who has, and the edge that does.
    fn nearer(&mut self, class: usize) -> Option<(u32, u32)> {
        let edges = self.edges_of(class);
        let (len, distance) = (half(edges.len()), self.classes[class].distance);
        if distance == 1 {
            // Round and round, so that the conversations of a class are meant for many: nearly everybody whose turn it is can take one
            // then without a search.
            for step in 0..len {
                let at = self.classes[class].next + step;
                let at = if at < len { at } else { at - len };
                let edge = half(edges.start) + at;
                let Edge { agent, entry, .. } = self.edges[edge as usize];
                self.looks += self.depth(agent);
                if self.full(entry).is_none() {
                    self.classes[class].next = if at + 1 < len { at + 1 } else { 0 };
                    return Some((edge, NONE));
                }
            }
            self.looks += 1;
            return None;
        }
        while self.classes[class].next < len {
            let edge = half(edges.start) + self.classes[class].next;
            let Edge { agent, entry, .. } = self.edges[edge as usize];
            let depth = self.depth(agent);
            self.looks += depth;
            if let Some(limit) = self.full(entry) {
                let meant = &self.meant[agent as usize];
                let mut looks = meant.len() as u64;
                let gives_way = meant.iter().copied().find(|&other| {
                    let Edge { class, entry, .. } = self.edges[other as usize];
                    self.classes[class as usize].distance == distance - 1 && {
                        looks += depth - 1;
                        self.takes_of(entry, limit)
                    }
                });
                self.looks += looks;
                if let Some(gives_way) = gives_way {
                    return Some((edge, gives_way));
                }
            }
            self.classes[class].next += 1;
        }
        None
    }

    /// Moves a class as far away as it is, and returns whether it may be that some path leads on.
    fn recede(&mut self, class: usize) -> bool {
        let mut nearest = FAR;
        for edge in self.edges_of(class) {
            let Edge { agent, entry, .. } = self.edges[edge];
            let depth = self.depth(agent);
            self.looks += depth;
            let Some(limit) = self.full(entry) else {
                nearest = 1;
                break;
            };
            let meant = &self.meant[agent as usize];
            self.looks += meant.len() as u64;
            for &other in meant {
                let Edge { class: other, entry, .. } = self.edges[other as usize];
                let distance = self.classes[other as usize].distance;
                if distance < nearest - 1 {
                    self.looks += depth - 1;
                    if self.takes_of(entry, limit) {
                        nearest = distance + 1;
                    }
                }
            }
        }
        let Class { distance, next, .. } = &mut self.classes[class];
        let old = *distance;
        (*distance, *next) = (nearest, 0);
        if old == FAR {
            return true;
        }
        self.at_distance[old as usize] -= 1;
        if nearest < FAR {
            let nearest = nearest as usize;
            if self.at_distance.len() <= nearest {
                self.at_distance.resize(nearest + 1, 0);
            }
            self.at_distance[nearest] += 1;
        }
        // Each step of a path is one nearer: beyond a gap none leads to anybody with room.
        self.at_distance[old as usize] > 0
    }

    /// Returns whether all admitted ones can still be served if an agent takes one of a class by a team; `None` where it gives up.
    pub(crate) fn can_take(
        &mut self,
        desk: &Desk,
        class: ClassId,
        team: TeamId,
        agent: AgentId,
    ) -> Option<bool> {
        let wanted = wanted(desk, class, team, agent);
        let finds = self.finds(wanted, true);
        (!self.is_too_much()).then_some(finds)
    }

    /// Lets an agent take one of a class by a team, which they can; whatever gives way goes elsewhere.
    pub(crate) fn take(&mut self, desk: &Desk, class: ClassId, team: TeamId, agent: AgentId) {
        let wanted = wanted(desk, class, team, agent);
        let found = self.search.found.take().filter(|found| found.wanted == wanted);
        if found.is_none() && !self.finds(wanted, true) {
            assert!(self.is_too_much(), "nobody is picked who cannot take it");
            return;
        }
        let found = found.or(self.search.found.take()).expect("it was found");
        let own = if found.own == NONE { self.any_own(wanted.class) } else { found.own };
        self.remove(own);
        let mut last = found.last;
        while last != NONE {
            self.add(last);
            let (edge, gives_way) = self.search.from[self.edges[last as usize].class as usize];
            self.remove(gives_way);
            last = edge;
        }
        self.each_around(wanted.agent, wanted.entry, |left| *left -= 1);
        self.classes[wanted.class as usize].undecided -= 1;
    }

    /// Returns an edge by which a conversation of the class is meant for somebody.
    fn any_own(&mut self, class: u32) -> u32 {
        let mut edges = self.edges_of(class as usize);
        let from = edges.start;
        let found = edges.find(|&edge| self.edges[edge].units > 0).expect("one of the class was admitted");
        self.looks += 1 + (found - from) as u64 / PASSED;
        half(found)
    }

    /// Returns the edge from a class to an agent.
    fn edge_to(&self, class: u32, agent: u32) -> Option<u32> {
        let edges = self.edges_of(class as usize);
        let at = self.edges[edges.clone()].binary_search_by_key(&agent, |edge| edge.agent);
        Some(half(edges.start + at.ok()?))
    }

    /// Searches a way to let an agent take one of a class, all admitted ones still being served. Classes that can no longer give
    /// way to it are passed by, if `labelled`.
    fn finds(&mut self, wanted: Wanted, labelled: bool) -> bool {
        self.looks += 2;
        if self.search.found.is_some_and(|found| found.wanted == wanted) {
            return true;
        }
        if let Some(edge) = self.edge_to(wanted.class, wanted.agent) {
            let Edge { entry, units, .. } = self.edges[edge as usize];
            if units > 0 && entry == wanted.entry {
                self.search.found = Some(Found { wanted, last: NONE, own: edge });
                return true;
            }
        }
        let edges = self.edges_of(wanted.class as usize);
        let number = self.search.number + 1;
        self.search.number = number;
        self.search.queue.clear();
        self.looks += edges.len() as u64 / PASSED;
        for edge in edges {
            let Edge { agent, mut entry, units, .. } = self.edges[edge];
            self.looks += if units > 0 { self.depth(agent) } else { 0 };
            while units > 0 && entry != NONE && self.search.own[entry as usize] != number {
                self.search.own[entry as usize] = number;
                entry = self.around[entry as usize];
            }
        }
        let (mut arrives, mut head) = (wanted.entry, 0);
        let (mut agent, mut by) = (wanted.agent, NONE);
        let mut rest = 0..0;
        let label = self.classes[wanted.class as usize].label;
        loop {
            let full = self.full(arrives);
            let found = full.is_none_or(|limit| self.search.own[limit as usize] == number);
            if found {
                // A limit is one agent's, and a class has one edge to each.
                let own = |_| self.edge_to(wanted.class, agent).expect("it takes room of the limit");
                let own = full.map_or(NONE, own);
                self.search.found = Some(Found { wanted, last: by, own });
                return true;
            }
            let limit = full.expect("else it is found");
            if self.search.seen_limit[limit as usize] != number {
                self.search.seen_limit[limit as usize] = number;
                let depth = self.depth(agent);
                self.looks += self.meant[agent as usize].len() as u64;
                for &other in &self.meant[agent as usize] {
                    let Edge { class, entry, .. } = self.edges[other as usize];
                    let at = class as usize;
                    if self.search.seen[at] == number || (labelled && self.classes[at].label != label) {
                        continue;
                    }
                    self.looks += depth - 1;
                    if self.takes_of(entry, limit) {
                        self.search.seen[at] = number;
                        self.search.from[at] = (by, other);
                        self.search.queue.push(class);
                    }
                }
            }
            let edge = loop {
                if let Some(edge) = rest.next() {
                    break edge;
                }
                let Some(&class) = self.search.queue.get(head) else {
                    self.found_nothing(labelled);
                    return false;
                };
                if self.is_too_much() {
                    self.search.found = None;
                    return false;
                }
                head += 1;
                rest = self.edges_of(class as usize);
            };
            self.looks += self.depth(self.edges[edge].agent);
            (agent, arrives, by) = (self.edges[edge].agent, self.edges[edge].entry, half(edge));
        }
    }

    /// Notes that the classes that were seen give way to each other alone: that stays so to the end of the plan.
    fn found_nothing(&mut self, labelled: bool) {
        self.search.found = None;
        if labelled {
            self.labels += 1;
            for &class in &self.search.queue {
                self.classes[class as usize].label = self.labels;
            }
        }
    }

    /// Returns the classes of which a conversation would have nobody if an agent took one of a class by a team, ascending; `None` where
    /// they can take it, or it gives up.
    pub(crate) fn would_lose(
        &mut self,
        desk: &Desk,
        class: ClassId,
        team: TeamId,
        agent: AgentId,
    ) -> Option<Vec<ClassId>> {
        let wanted = wanted(desk, class, team, agent);
        if self.finds(wanted, false) || self.is_too_much() {
            return None;
        }
        let mut classes: Vec<u64> = self.search.queue.iter().map(|&class| class.into()).collect();
        classes.sort_unstable();
        Some(classes.into_iter().map(|class| ClassId::new(parts(class)[1] as usize)).collect())
    }
}

fn wanted(desk: &Desk, class: ClassId, team: TeamId, agent: AgentId) -> Wanted {
    let max_load = desk.teams[team.place()].max_load;
    let entry = desk.innermost(agent, desk.classes[class.place()].channel, max_load);
    Wanted { class: half(class.place()), agent: half(agent.place()), entry: half(entry.place()) }
}
