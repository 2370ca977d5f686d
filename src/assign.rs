//! The one pass: each conversation in its order gets its pick, and loads and turns move on.

use crate::desk::{AgentId, ClassId, Desk, RotationId, Team, TeamId};
use crate::eligibility::{failed_gate, passed_over, wait_reason};
use crate::error::{Error, ErrorKind};
use crate::limits::{Limit, Loads};
use crate::plan::{AssignReason, Gate, PassedOver, WaitReason};
use crate::rules::{Pick, Rotation, Scratch};
use alloc::{vec, vec::Vec};
use core::iter;

/// The most looks at groups of members in one call: what a pick costs where no two members are alike.
/// A look is some hundred instructions of WebAssembly.
const MAX_LOOKS: u64 = 1_000_000_000;

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
    Assigned { agent: AgentId, why: AssignReason, set: u32 },
    Waits(WaitReason),
}

pub(crate) struct Waiting {
    pub(crate) class: ClassId,
    pub(crate) why: WaitReason,
    pub(crate) conversations: u32,
    pub(crate) passed_over: Vec<PassedOver>,
}

/// Returns the answer for a desk.
///
/// # Errors
///
/// `LimitExceeded`, where the turns of so many different members take too much work.
pub(crate) fn assign(desk: &Desk) -> Result<Answer, Error> {
    let mut pass = Pass::new(desk);
    let mut decisions = vec![None; desk.queue.len()];
    let mut last = desk.served_last.iter().peekable();
    for (conversation, &class) in desk.queue.iter().enumerate() {
        if last.next_if(|&&(other, _)| other == conversation).is_none() {
            decisions[conversation] = Some(pass.decide(class, None));
            pass.within_looks()?;
        }
    }
    for &(conversation, asked_last) in &desk.served_last {
        decisions[conversation] = Some(pass.decide(desk.queue[conversation], asked_last));
        pass.within_looks()?;
    }
    let decisions = decisions.into_iter();
    let decided = |decision: Option<_>| decision.expect("a conversation is served in its place, or last");
    Ok(pass.finish(decisions.map(decided).collect()))
}

struct Pass<'d> {
    desk: &'d Desk,
    loads: Loads,
    rotations: Vec<Option<Rotation>>,
    /// Why each class waits, once one of its conversations does: a class has one reason in a plan.
    waits: Vec<Option<WaitReason>>,
    /// How many seats the sets of all cursors may still name.
    seats_left: usize,
    /// How many looks the picks so far have taken.
    looks: u64,
    /// Those that somebody leaves, one rotation at a time.
    lanes: Vec<usize>,
}

impl<'d> Pass<'d> {
    fn new(desk: &'d Desk) -> Self {
        let mut loads = Loads::new(desk);
        let mut scratch = Scratch::new(desk);
        let mut limits = Vec::new();
        let numbers = (0..desk.rotations.len()).map(RotationId::new);
        let rotations = numbers
            .map(|rotation| Rotation::open(desk, rotation, &loads, &mut scratch, &mut limits))
            .collect();
        loads.watch(limits, desk.queue.len());
        let waits = vec![None; desk.classes.len()];
        Self { desk, loads, rotations, waits, seats_left: desk.seats_left, looks: 0, lanes: Vec::new() }
    }

    /// Decides a conversation of a class, for which the agent `asked_last` is no candidate until nobody else is.
    fn decide(&mut self, class: ClassId, asked_last: Option<AgentId>) -> Decision {
        // Loads only grow, so what waits once waits to the end; only a draw may come out otherwise.
        if let Some(why) = self.waits[class.place()].filter(|&why| why != WaitReason::TurnLost) {
            return Decision::Waits(why);
        }
        let Some(team) = self.desk.classes[class.place()].team else {
            return self.wait(class, |_| WaitReason::UnknownTeam);
        };
        let Team { rule: Some(_), rotation, lane, .. } = self.desk.teams[team.place()] else {
            return self.wait(class, |_| WaitReason::ManualTeam);
        };
        let rotation =
            self.rotations[rotation.place()].as_mut().expect("the rotation of a team that rotates is open");
        let pick = rotation.pick(lane, asked_last, &self.loads, &mut self.seats_left);
        self.looks += rotation.take_looks();
        let Some(Pick { agent, why, set }) = pick else {
            let lost = !rotation.is_empty(lane);
            return self.wait(class, |pass| {
                if lost { WaitReason::TurnLost } else { wait_reason(pass.failed(team)) }
            });
        };
        self.grow(agent);
        Decision::Assigned { agent, why, set }
    }

    /// Gives an agent one conversation more, and takes them out of the turns in which they can take no more.
    fn grow(&mut self, agent: AgentId) {
        let mut limits = self.loads.grow(agent).peekable();
        while let Some(&&Limit { rotation, seat, .. }) = limits.peek() {
            // All at once: each list of lanes that somebody is left with is a group.
            let same = iter::from_fn(|| limits.next_if(|limit| limit.rotation == rotation));
            self.lanes.clear();
            self.lanes.extend(same.map(|limit| limit.lane));
            let rotation = self.rotations[rotation.place()].as_mut();
            let rotation = rotation.expect("only an open rotation has limits");
            rotation.leave(seat, &self.lanes);
            self.looks += rotation.take_looks();
        }
    }

    fn within_looks(&self) -> Result<(), Error> {
        if self.looks <= MAX_LOOKS {
            return Ok(());
        }
        let detail = format_args!(
            "expected at most {MAX_LOOKS} looks at groups of members (of one weight, in the same teams), found \
             more; plan fewer conversations at once, or give members fewer different weights"
        );
        Err(Error::new(ErrorKind::LimitExceeded, &"/conversations", &detail))
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
                let asked = team.filter(|team| self.desk.teams[team.place()].rule.is_some());
                let passed_over = asked.map_or_else(Vec::new, |team| passed_over(self.failed(team)));
                waiting.push(Waiting { class, why, conversations: 0, passed_over });
                waiting.len() - 1
            });
            waiting[at].conversations += 1;
        }
        Answer { decisions, waiting, rotations: self.rotations, loads: self.loads }
    }
}
