//! Numbers get their names back.

use crate::assign::{Answer, Decision as Number, Waiting as Wait};
use crate::desk::{AgentId, ClassId, Desk, Rotation as Record, all_in_force};
use crate::matching::Bottleneck as Bottlenecked;
use crate::order::waited;
use crate::plan::{
    Bottleneck, BottleneckAgent, BottleneckClass, Decision, LoadChange, Needed, Outcome, Plan, Waiting,
};
use crate::rules::Rotation;
use crate::snapshot::{Cursor, MAX_INTEGER, Snapshot, Turn, WIRE_VERSION};
use alloc::{borrow::Cow, vec, vec::Vec};

/// Returns the plan that the answer for a desk is.
pub(crate) fn named<'a>(snapshot: &'a Snapshot<'_>, desk: &Desk, answer: Answer) -> Plan<'a> {
    let names = Names { snapshot, desk };
    let decisions = answer.decisions.iter().enumerate().map(|(place, &of)| names.decision(place, of));
    let decisions = decisions.collect();
    Plan { decisions, ..all_but_decisions(snapshot, desk, answer) }
}

/// Returns the same without what was decided for each conversation.
pub(crate) fn all_but_decisions<'a>(snapshot: &'a Snapshot<'_>, desk: &Desk, answer: Answer) -> Plan<'a> {
    let names = Names { snapshot, desk };
    let released = released(desk, &answer);
    let rotations = desk.rotations.iter().zip(answer.rotations);
    let cursors = rotations.filter_map(|(record, rotation)| match rotation {
        Some(rotation) => Some(names.cursor(record, rotation)),
        None => record.cursor.map(|cursor| untouched(&snapshot.cursors[cursor])),
    });
    let loads = snapshot.agents.iter().enumerate().filter_map(|(place, agent)| {
        let (before, after) = (agent.load?, answer.loads.whole(AgentId::new(place))?);
        let after = after.saturating_sub(released.get(place).copied().unwrap_or(0));
        (before != after).then(|| LoadChange { agent: &snapshot.agents[place].id, before, after })
    });
    Plan {
        version: WIRE_VERSION,
        decisions: Vec::new(),
        cursors: cursors.collect(),
        loads: loads.collect(),
        waiting: answer.waiting.into_iter().map(|wait| names.waiting(wait)).collect(),
        bottlenecks: names.bottlenecks(&answer.bottlenecks),
    }
}

/// Returns how many conversations have gone from each agent to somebody else; nothing where none has.
fn released(desk: &Desk, answer: &Answer) -> Vec<u32> {
    if desk.held.is_empty() {
        return Vec::new();
    }
    let mut released = vec![0; desk.agents.len()];
    for &(conversation, holder) in &desk.held {
        if let Number::Assigned { agent, .. } = answer.decisions[conversation]
            && agent != holder
        {
            released[holder.place()] += 1;
        }
    }
    released
}

pub(crate) struct Names<'a, 's, 'd> {
    pub(crate) snapshot: &'a Snapshot<'s>,
    pub(crate) desk: &'d Desk,
}

impl<'a> Names<'a, '_, '_> {
    /// Returns what was decided for the conversation at a place of the queue.
    pub(crate) fn decision(&self, place: usize, decision: Number) -> Decision<'a> {
        let conversation = &self.snapshot.conversations[place];
        let (outcome, by, set) = match decision {
            Number::Assigned { agent, why, by, set } => {
                (Outcome::Assigned { agent: self.agent(agent), why }, by, set)
            }
            Number::Waits(why) => (Outcome::Waits(why), None, 0),
        };
        Decision {
            conversation: &conversation.id,
            team: &conversation.team,
            outcome,
            held_by: conversation.held_by.as_deref(),
            by: by.map(|team| &*self.snapshot.teams[team.place()].id),
            set,
        }
    }

    /// Returns the needs of the conversation at a place of the queue that are in force; none where a legacy rule serves it.
    pub(crate) fn needs(&self, place: usize) -> Vec<Needed<'a>> {
        let conversation = &self.snapshot.conversations[place];
        let class = &self.desk.classes[self.desk.queue[place].place()];
        if self.desk.is_legacy(class.team) {
            return Vec::new();
        }
        let needs = all_in_force(&conversation.needs, waited(self.snapshot, conversation.since));
        needs.into_iter().map(|(need, level)| Needed { skill: &need.skill, level }).collect()
    }

    #[inline]
    pub(crate) fn agent(&self, agent: AgentId) -> &'a str {
        if let Some(agent) = self.snapshot.agents.get(agent.place()) {
            return &agent.id;
        }
        let (team, at) = self.desk.strangers[agent.place() - self.desk.agents.len()];
        &self.snapshot.teams[team.place()].members[at].agent
    }

    #[expect(clippy::cast_possible_truncation, reason = "there are at most 2,000,000 members")]
    fn waiting(&self, wait: Wait) -> Waiting<'a> {
        let conversation = &self.snapshot.conversations[wait.first];
        let class = &self.desk.classes[self.desk.queue[wait.first].place()];
        let told = !self.desk.is_legacy(class.team);
        Waiting {
            team: &conversation.team,
            channel: conversation.channel.as_deref().filter(|_| told),
            needs: self.needs(wait.first),
            why: wait.why,
            conversations: wait.conversations,
            members: class.team.map_or(0, |team| self.desk.members(team).len() as u32),
            passed_over: wait.passed_over,
        }
    }

    /// Returns what holds conversations back.
    pub(crate) fn bottlenecks(&self, found: &[Bottlenecked]) -> Vec<Bottleneck<'a>> {
        let Self { snapshot, desk } = *self;
        // The first conversation of each class.
        let mut first = vec![0; if found.is_empty() { 0 } else { desk.classes.len() }];
        if !found.is_empty() {
            desk.queue.iter().enumerate().rev().for_each(|(place, class)| first[class.place()] = place);
        }
        let class = |class: &ClassId| {
            let conversation = &snapshot.conversations[first[class.place()]];
            BottleneckClass {
                team: &conversation.team,
                channel: conversation.channel.as_deref(),
                needs: self.needs(first[class.place()]),
                conversation: &conversation.id,
            }
        };
        let agent = |&(agent, room): &(AgentId, u32)| BottleneckAgent { agent: self.agent(agent), room };
        let bottleneck = |of: &Bottlenecked| Bottleneck {
            classes: of.classes.iter().map(class).collect(),
            agents: of.agents.iter().map(agent).collect(),
            assigned: of.assigned,
            waiting: of.waiting,
        };
        found.iter().map(bottleneck).collect()
    }

    /// Returns the cursor from which the next plan goes on.
    fn cursor(&self, record: &Record, rotation: Rotation) -> Cursor<'a> {
        // Only a cursor that no plan wrote comes near the limits.
        let most = MAX_INTEGER.cast_signed();
        let turn = |(agent, owed): (_, Option<i64>)| Turn {
            agent: Cow::Borrowed(self.agent(agent)),
            owed: owed.map(|owed| owed.clamp(-most, most)),
        };
        let first = &self.snapshot.teams[record.teams[0].place()];
        Cursor {
            rotation: Cow::Borrowed(first.rotation.as_ref().unwrap_or(&first.id)),
            rule: rotation.rule(),
            turns: rotation.turns().into_iter().map(turn).collect(),
            sets: rotation.into_sets(),
        }
    }
}

/// Returns the cursor of a rotation in which people assign as it came, so that a day in Manual forgets nothing.
fn untouched<'a>(cursor: &'a Cursor<'_>) -> Cursor<'a> {
    let turn = |turn: &'a Turn<'_>| Turn { agent: Cow::Borrowed(&*turn.agent), owed: turn.owed };
    Cursor {
        rotation: Cow::Borrowed(&*cursor.rotation),
        rule: cursor.rule,
        turns: cursor.turns.iter().map(turn).collect(),
        sets: cursor.sets.clone(),
    }
}
