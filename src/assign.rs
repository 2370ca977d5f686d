//! The one pass: each conversation in its order gets its pick, and loads and turns move on.

use crate::desk::{AgentId, ClassId, Desk, RotationId, TeamId};
use crate::eligibility::{failed_gate, passed_over, wait_reason};
use crate::limits::Loads;
use crate::plan::{AssignReason, Gate, PassedOver, WaitReason};
use crate::rules::Rotation;
use alloc::{vec, vec::Vec};

/// A plan in numbers.
pub(crate) struct Answer {
    /// One per conversation, as they came.
    pub(crate) decisions: Vec<Decision>,
    /// The classes of which some conversation waits, in order of the first that does.
    pub(crate) waiting: Vec<Waiting>,
    /// The rotations at the end of the plan; `None` where people assign.
    pub(crate) rotations: Vec<Option<Rotation>>,
    pub(crate) loads: Loads,
}

#[derive(Clone, Copy)]
pub(crate) enum Decision {
    Assigned { agent: AgentId, why: AssignReason },
    Waits(WaitReason),
}

pub(crate) struct Waiting {
    pub(crate) class: ClassId,
    pub(crate) why: WaitReason,
    pub(crate) conversations: u32,
    pub(crate) passed_over: Vec<PassedOver>,
}

/// Returns the answer for a desk.
pub(crate) fn assign(desk: &Desk) -> Answer {
    let mut pass = Pass::new(desk);
    let decisions = desk.queue.iter().map(|&class| pass.decide(class)).collect();
    pass.finish(decisions)
}

struct Pass<'d> {
    desk: &'d Desk,
    loads: Loads,
    rotations: Vec<Option<Rotation>>,
    /// Why each class waits, once one of its conversations does: a class has one reason in a plan.
    waits: Vec<Option<WaitReason>>,
}

impl<'d> Pass<'d> {
    fn new(desk: &'d Desk) -> Self {
        let mut loads = Loads::new(desk);
        let mut places = vec![0; desk.people()];
        let rotations: Vec<_> = desk
            .rotations
            .iter()
            .map(|rotation| Rotation::open(desk, rotation, &loads, &mut places))
            .collect();
        let open = rotations.iter().enumerate();
        let limits = open.filter_map(|(place, open)| Some(open.as_ref()?.limits(RotationId::new(place))));
        loads.watch(limits.flatten(), desk.queue.len());
        Self { desk, loads, rotations, waits: vec![None; desk.classes.len()] }
    }

    fn decide(&mut self, class: ClassId) -> Decision {
        let Some(team) = self.desk.classes[class.place()].team else {
            return self.wait(class, |_| WaitReason::UnknownTeam);
        };
        let Some(rotation) = &mut self.rotations[team.place()] else {
            return self.wait(class, |_| WaitReason::ManualTeam);
        };
        let Some((agent, why)) = rotation.pick(&self.loads) else {
            let lost = !rotation.is_empty();
            return self.wait(class, |pass| match lost {
                true => WaitReason::TurnLost,
                false => wait_reason(pass.failed(team)),
            });
        };
        for limit in self.loads.grow(agent) {
            let rotation = self.rotations[limit.rotation.place()].as_mut();
            rotation.expect("only an open rotation has limits").leave(limit.seat);
        }
        Decision::Assigned { agent, why }
    }

    fn wait(&mut self, class: ClassId, why: impl FnOnce(&Self) -> WaitReason) -> Decision {
        let why = self.waits[class.place()].unwrap_or_else(|| why(self));
        self.waits[class.place()] = Some(why);
        Decision::Waits(why)
    }

    /// Returns the gates at which a team's members are passed over.
    fn failed(&self, team: TeamId) -> impl Iterator<Item = Gate> {
        self.desk
            .members(team)
            .iter()
            .filter_map(move |&member| failed_gate(self.desk, team, member, &self.loads))
    }

    fn finish(self, decisions: Vec<Decision>) -> Answer {
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut at = vec![None; self.desk.classes.len()];
        for (&class, decision) in self.desk.queue.iter().zip(&decisions) {
            let &Decision::Waits(why) = decision else { continue };
            let at = *at[class.place()].get_or_insert_with(|| {
                let team = self.desk.classes[class.place()].team;
                let asked = team.filter(|team| self.rotations[team.place()].is_some());
                let passed_over = asked.map_or_else(Vec::new, |team| passed_over(self.failed(team)));
                waiting.push(Waiting { class, why, conversations: 0, passed_over });
                waiting.len() - 1
            });
            waiting[at].conversations += 1;
        }
        Answer { decisions, waiting, rotations: self.rotations, loads: self.loads }
    }
}
