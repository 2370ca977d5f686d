//! What holds conversations back, and the proof that it does.
//!
//! A search that fails has seen a closed set of classes and limits: everybody who may take one of these classes is in it, and
//! all their room is taken by these classes (Hall 1935). It stays closed, so nobody searches it again, and it is the proof.

use super::{Class, Edge, FAR, Matching, NONE};
use crate::desk::{AgentId, ClassId};
use crate::ids::{half, pair, parts};
use alloc::{vec, vec::Vec};

/// As many looks as it takes to note a bottleneck, and to tell it.
const BOTTLENECK: u64 = 40;

/// What holds conversations back: closed sets, each by the number of the search that found it first.
pub(super) struct Bottlenecks {
    pub(super) of_class: Vec<u32>,
    of_limit: Vec<u32>,
    /// The one that each has become part of, or itself.
    part_of: Vec<u32>,
    /// By class: how many wait, and the first of them, as they came.
    pub(super) waiting: Vec<(u32, u32)>,
    /// By class: how many were admitted in all, decided by now or not.
    pub(super) admitted: Vec<u32>,
}

/// Classes that can go to some agents alone, whose room they take.
#[derive(Default)]
pub(crate) struct Bottleneck {
    pub(crate) classes: Vec<ClassId>,
    pub(crate) agents: Vec<(AgentId, u32)>,
    pub(crate) assigned: u32,
    pub(crate) waiting: u32,
}

impl Matching {
    /// Notes the closed set of classes and limits around a class for which there is no room.
    pub(super) fn close(&mut self, class: usize) {
        let number = half(self.bottlenecks.part_of.len());
        self.looks += BOTTLENECK;
        self.bottlenecks.part_of.push(number);
        self.bottlenecks.of_class[class] = number;
        self.labels += 1;
        let mut queue = vec![half(class)];
        let mut head = 0;
        while let Some(&class) = queue.get(head) {
            head += 1;
            let Class { distance, label, .. } = &mut self.classes[class as usize];
            *label = self.labels;
            if *distance != FAR {
                self.at_distance[*distance as usize] -= 1;
                *distance = FAR;
            }
            for edge in self.edges_of(class as usize) {
                let Edge { agent, entry, .. } = self.edges[edge];
                let depth = self.depth(agent);
                self.looks += depth;
                let Some(limit) = self.full(entry) else { continue };
                let known = self.bottlenecks.of_limit[limit as usize];
                if known != NONE {
                    self.bottlenecks.join(known, number);
                    continue;
                }
                self.bottlenecks.of_limit[limit as usize] = number;
                // And once more for the room of the limit, when all are admitted.
                self.looks += depth * (1 + self.meant[agent as usize].len() as u64);
                for &other in &self.meant[agent as usize] {
                    let Edge { class: other, entry, .. } = self.edges[other as usize];
                    if !self.takes_of(entry, limit) {
                        continue;
                    }
                    let known = self.bottlenecks.of_class[other as usize];
                    if known == NONE {
                        self.bottlenecks.of_class[other as usize] = number;
                        queue.push(other);
                    } else {
                        self.bottlenecks.join(known, number);
                    }
                }
            }
        }
    }

    /// Returns what holds conversations back, once all are admitted, in the order of the first that waits.
    pub(crate) fn bottlenecks(&mut self) -> Vec<Bottleneck> {
        let Bottlenecks { part_of, of_class, waiting, .. } = &mut self.bottlenecks;
        // Each is part of an earlier one, or of none.
        for part in 0..part_of.len() {
            part_of[part] = part_of[part_of[part] as usize];
        }
        // By the first that waits, then those of which none does as they came.
        let closed = of_class.iter().zip(waiting).zip(0..).filter(|((part, _), _)| **part != NONE);
        let mut classes: Vec<u64> = closed.map(|((_, (_, first)), class)| pair(*first, class)).collect();
        classes.sort_unstable();
        let mut found: Vec<Bottleneck> = Vec::new();
        let mut number_of = vec![None; self.bottlenecks.part_of.len()];
        for class in classes.into_iter().map(|key| parts(key)[1] as usize) {
            let number = number_of[self.bottlenecks.of(class)].get_or_insert(found.len());
            if *number == found.len() {
                found.push(Bottleneck::default());
            }
            let of = &mut found[*number];
            of.classes.push(ClassId::new(class));
            of.assigned += self.bottlenecks.admitted[class];
            of.waiting += self.bottlenecks.waiting[class].0;
        }
        for of in &mut found {
            let classes = of.classes.iter().map(|class| self.edges_of(class.place()));
            let mut agents: Vec<u64> =
                classes.flat_map(|edges| self.edges[edges].iter().map(|edge| edge.agent.into())).collect();
            self.looks += agents.len() as u64;
            agents.sort_unstable();
            agents.dedup();
            of.agents = agents.into_iter().map(|agent| (AgentId::new(parts(agent)[1] as usize), 0)).collect();
        }
        // Their room is that of the outermost limits that were seen.
        for limit in 0..self.left.len() {
            let part = self.bottlenecks.of_limit[limit];
            if part == NONE {
                continue;
            }
            let root = self.bottlenecks.part_of[part as usize];
            let (mut whole, mut is_outermost) = (limit, true);
            while self.around[whole] != NONE {
                whole = self.around[whole] as usize;
                let part = self.bottlenecks.of_limit[whole];
                is_outermost &= part == NONE || self.bottlenecks.part_of[part as usize] != root;
            }
            let agents = &mut found[number_of[root as usize].expect("a class closed it")].agents;
            let at = agents.binary_search_by_key(&AgentId::new(whole), |&(agent, _)| agent);
            if is_outermost {
                agents[at.expect("a class of it may go to the agent")].1 += self.room[limit];
            }
        }
        found
    }
}

impl Bottlenecks {
    /// Returns none, for so many classes and limits.
    pub(super) fn new(classes: usize, limits: usize) -> Self {
        Self {
            of_class: vec![NONE; classes],
            of_limit: vec![NONE; limits],
            part_of: Vec::new(),
            waiting: vec![(0, NONE); classes],
            admitted: vec![0; classes],
        }
    }

    /// Returns the number that the bottleneck of a class has, once all parts are known.
    fn of(&self, class: usize) -> usize {
        self.part_of[self.of_class[class] as usize] as usize
    }

    fn root(&mut self, mut part: u32) -> u32 {
        while self.part_of[part as usize] != part {
            let next = self.part_of[part as usize];
            self.part_of[part as usize] = self.part_of[next as usize];
            part = next;
        }
        part
    }

    /// Notes that two closed sets meet.
    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.part_of[one.max(other) as usize] = one.min(other);
    }
}
