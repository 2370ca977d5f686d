//! The one pass: each conversation in its order gets its pick, and loads and turns move on.

use crate::desk::{Desk, Team};
use crate::eligibility::{failed_gate, nearest, passed_over};
use crate::plan::{Decision, Gate, LoadChange, Outcome, Plan, WaitReason, Waiting};
use crate::rules::Rotation;
use crate::snapshot::{Cursor, Turn, WIRE_VERSION};
use alloc::{borrow::Cow, collections::BTreeMap, vec, vec::Vec};
use core::iter;

/// Returns the plan for a desk.
pub(crate) fn assign<'a>(desk: &Desk<'a>) -> Plan<'a> {
    let mut pass = Pass::new(desk);
    let conversations = desk.snapshot.conversations.iter();
    let decisions = conversations
        .zip(&desk.queue)
        .map(|(conversation, &team)| Decision {
            conversation: &conversation.id,
            team: &conversation.team,
            outcome: match team {
                Some(team) => pass.decide(team as usize),
                None => pass.wait_for_unknown(&conversation.team),
            },
        })
        .collect();
    pass.finish(decisions)
}

struct Pass<'d, 'a> {
    desk: &'d Desk<'a>,
    /// The agents' loads at this moment.
    loads: Vec<Option<u32>>,
    /// The teams' rotations; `None` where people assign.
    rotations: Vec<Option<Rotation>>,
    limits: Limits,
    waiting: Vec<Waiting<'a>>,
    /// Where in `waiting` each team stands: a team has one reason to wait in a plan.
    waits_at: Vec<Option<usize>>,
    /// The same for teams that the snapshot does not have.
    unknown_at: BTreeMap<&'a str, usize>,
}

impl<'d, 'a> Pass<'d, 'a> {
    fn new(desk: &'d Desk<'a>) -> Self {
        let loads: Vec<_> = desk.snapshot.agents.iter().map(|agent| agent.load).collect();
        let rotations: Vec<_> =
            (0..desk.teams.len()).map(|team| Rotation::open(desk, team, &loads)).collect();
        let limits = Limits::new(&rotations, loads.len());
        let waits_at = vec![None; desk.teams.len()];
        Self { desk, loads, rotations, limits, waiting: Vec::new(), waits_at, unknown_at: BTreeMap::new() }
    }

    fn decide(&mut self, team: usize) -> Outcome<'a> {
        let picked = self.rotations[team].as_mut().and_then(|rotation| rotation.pick(&self.loads));
        let Some((agent, why)) = picked else { return self.wait(team) };
        let load = self.loads[agent].map_or(1, |load| load + 1);
        self.loads[agent] = Some(load);
        for (team, place) in self.limits.reached(agent, load) {
            if let Some(rotation) = &mut self.rotations[team] {
                rotation.leave(place);
            }
        }
        Outcome::Assigned { agent: &self.desk.snapshot.agents[agent].id, why }
    }

    fn wait(&mut self, team: usize) -> Outcome<'a> {
        let at = self.waits_at[team].unwrap_or_else(|| {
            let why = match &self.rotations[team] {
                None => WaitReason::ManualTeam,
                Some(rotation) if !rotation.is_empty() => WaitReason::TurnLost,
                Some(_) => nearest(failed(self.desk, team, &self.loads)),
            };
            self.waits_at[team] = Some(self.waiting.len());
            let record = self.desk.teams[team].record;
            self.waiting.push(group(&record.id, why, record.members.len()));
            self.waiting.len() - 1
        });
        self.wait_in(at)
    }

    fn wait_for_unknown(&mut self, team: &'a str) -> Outcome<'a> {
        let at = *self.unknown_at.entry(team).or_insert_with(|| {
            self.waiting.push(group(team, WaitReason::UnknownTeam, 0));
            self.waiting.len() - 1
        });
        self.wait_in(at)
    }

    fn wait_in(&mut self, at: usize) -> Outcome<'a> {
        self.waiting[at].conversations += 1;
        Outcome::Waits(self.waiting[at].why)
    }

    fn finish(mut self, decisions: Vec<Decision<'a>>) -> Plan<'a> {
        for (team, at) in self.waits_at.iter().enumerate() {
            if let (Some(at), Some(_)) = (at, &self.rotations[team]) {
                self.waiting[*at].passed_over = passed_over(failed(self.desk, team, &self.loads));
            }
        }
        let cursors =
            self.desk.teams.iter().zip(&self.rotations).filter_map(|(team, rotation)| match rotation {
                Some(rotation) => Some(rotation.cursor(team.record)),
                None => team.cursor.map(untouched),
            });
        let agents = self.desk.snapshot.agents.iter().zip(&self.loads);
        let loads = agents.filter_map(|(agent, &after)| {
            let (before, after) = (agent.load?, after?);
            (before != after).then_some(LoadChange { agent: &agent.id, before, after })
        });
        Plan {
            version: WIRE_VERSION,
            decisions,
            waiting: self.waiting,
            cursors: cursors.collect(),
            loads: loads.collect(),
        }
    }
}

/// Returns the gates at which a team's members are passed over.
fn failed<'d>(desk: &'d Desk<'_>, team: usize, loads: &'d [Option<u32>]) -> impl Iterator<Item = Gate> + 'd {
    let Team { record, members, .. } = &desk.teams[team];
    let members = desk.members[members.clone()].iter();
    members.filter_map(move |&member| failed_gate(record, member, &desk.snapshot.agents, loads))
}

#[expect(clippy::cast_possible_truncation, reason = "there are at most 2,000,000 members")]
const fn group(team: &str, why: WaitReason, members: usize) -> Waiting<'_> {
    Waiting { team, why, conversations: 0, members: members as u32, passed_over: Vec::new() }
}

/// Returns a manual team's cursor as it came, so that a day in Manual forgets nothing.
fn untouched<'a>(cursor: &'a Cursor<'a>) -> Cursor<'a> {
    let turn = |turn: &'a Turn<'a>| Turn { agent: Cow::Borrowed(&*turn.agent), owed: turn.owed };
    Cursor {
        team: Cow::Borrowed(&*cursor.team),
        rule: cursor.rule,
        turns: cursor.turns.iter().map(turn).collect(),
    }
}

/// Who stops being a candidate where, as loads grow.
struct Limits {
    /// Ordered by agent and limit.
    limits: Vec<Limit>,
    /// Each agent's next limit in `limits`.
    next: Vec<usize>,
}

struct Limit {
    agent: usize,
    limit: u32,
    team: usize,
    place: usize,
}

impl Limits {
    fn new(rotations: &[Option<Rotation>], agents: usize) -> Self {
        let mut limits = Vec::new();
        for (team, rotation) in rotations.iter().enumerate() {
            let seats = rotation.iter().flat_map(|rotation| &rotation.seats).enumerate();
            limits.extend(seats.filter_map(|(place, seat)| {
                Some(Limit { agent: seat.agent?, limit: seat.limit?, team, place })
            }));
        }
        limits.sort_unstable_by_key(|limit| (limit.agent, limit.limit));
        let mut next = vec![limits.len(); agents];
        for (at, limit) in limits.iter().enumerate().rev() {
            next[limit.agent] = at;
        }
        Self { limits, next }
    }

    /// Returns the team and the place in its rotation of every limit that the agent's load has newly reached.
    fn reached(&mut self, agent: usize, load: u32) -> impl Iterator<Item = (usize, usize)> {
        iter::from_fn(move || {
            let limit = self.limits.get(self.next[agent])?;
            if limit.agent != agent || limit.limit > load {
                return None;
            }
            self.next[agent] += 1;
            Some((limit.team, limit.place))
        })
    }
}
