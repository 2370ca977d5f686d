//! What follows from the decisions alone: the groups of what waits, and the loads.

use super::facts::{Class, END, Facts, Kind};
use super::lists::{Numbering, number};
use super::{Report, ViolationCode};
use crate::error::Error;
use crate::plan::{Gate, LoadChange, Needed, Outcome, PassedOver, Waiting};
use crate::snapshot::Conversation;
use alloc::{vec, vec::Vec};
use core::mem;

/// Checks the groups of the conversations that wait.
pub(super) fn waiting(facts: &Facts<'_>, report: &mut Report) -> Result<(), Error> {
    let mut by_key = Numbering::default();
    let mut expected: Vec<(usize, u32)> = Vec::new();
    for (place, decision) in facts.plan.decisions.iter().enumerate() {
        let Outcome::Waits(why) = decision.outcome else { continue };
        let mut key = facts.classes[facts.class_of[place]].told.clone();
        key.push(why as u32);
        let at = by_key.number(key, expected.len());
        if at == expected.len() {
            expected.push((place, 0));
        }
        expected[at].1 += 1;
    }
    let groups = &facts.plan.waiting;
    for (at, &(first, conversations)) in expected.iter().enumerate() {
        let conversation = &facts.snapshot.conversations[first];
        let class = &facts.classes[facts.class_of[first]];
        let Outcome::Waits(why) = facts.plan.decisions[first].outcome else { continue };
        let Some(group) = groups.get(at) else {
            report.add(ViolationCode::Waiting, "/waiting", &[], "expected a group for", &conversation.id);
            return Ok(());
        };
        let Waiting { team, channel, needs, why: said, .. } = group;
        let asked = *team == conversation.team && *channel == class.channel;
        if !asked || !is_needed(facts, conversation, class, needs) || *said != why {
            let text = "expected the group of";
            report.add(ViolationCode::Waiting, "/waiting/#", &[at], text, &conversation.id);
            return Ok(());
        }
        if group.conversations != conversations {
            let text = "expected as many as wait";
            report.add(ViolationCode::Waiting, "/waiting/#/conversations", &[at], text, "");
        }
        let members = class.asked.first().map_or(0, |&own| facts.members[own].len());
        if group.members != number(members) {
            let text = "expected as many as the team has";
            report.add(ViolationCode::Waiting, "/waiting/#/members", &[at], text, "");
        }
        if group.passed_over != passed_over(facts, class)? {
            let text = "expected the gates that members fail at the end, and how many fail each";
            report.add(ViolationCode::PassedOver, "/waiting/#/passed_over", &[at], text, "");
        }
    }
    if groups.len() > expected.len() {
        let text = "expected no more groups";
        report.add(ViolationCode::Waiting, "/waiting/#", &[expected.len()], text, "");
    }
    Ok(())
}

/// Returns whether these are the needs of a conversation that are in force, in order of first mention.
pub(super) fn is_needed(
    facts: &Facts<'_>,
    conversation: &Conversation<'_>,
    class: &Class<'_>,
    found: &[Needed<'_>],
) -> bool {
    if class.kind == Kind::Legacy {
        return found.is_empty();
    }
    let mut found = found.iter();
    let needs = facts.needs(conversation);
    let mut seen = vec![false; needs.len()];
    for need in facts.in_force(conversation) {
        let at = needs.partition_point(|&(skill, _)| skill < &*need.skill);
        let is_next = |found: &Needed<'_>| (found.skill, found.level) == needs[at];
        if !mem::replace(&mut seen[at], true) && !found.next().is_some_and(is_next) {
            return false;
        }
    }
    found.next().is_none()
}

/// Counts the members of its own team by the gate that they fail for a class at the end.
fn passed_over(facts: &Facts<'_>, class: &Class<'_>) -> Result<Vec<PassedOver>, Error> {
    let mut counts = [0; Gate::ALL.len()];
    if matches!(class.kind, Kind::Legacy | Kind::Ours) {
        let own = class.asked[0];
        facts.look(facts.members[own].len().saturating_mul(1 + class.needs.len()))?;
        for member in &facts.members[own] {
            if let Some(gate) = facts.gate(class, own, member, END) {
                counts[gate as usize] += 1;
            }
        }
    }
    let counts = Gate::ALL.iter().zip(counts).filter(|&(_, members)| members > 0);
    Ok(counts.map(|(&why, members)| PassedOver { why, members }).collect())
}

/// Checks the loads that change.
pub(super) fn loads(facts: &Facts<'_>, report: &mut Report) {
    let mut released = vec![0; facts.snapshot.agents.len()];
    for (place, taker) in facts.takers.iter().enumerate() {
        let holder = facts.snapshot.conversations[place].held_by.as_ref().and_then(|id| facts.agent(id));
        if let (Some(taker), Some(holder)) = (taker, holder)
            && taker.is_new
        {
            released[holder] += 1;
        }
    }
    let mut found = facts.plan.loads.iter().enumerate();
    for (agent, record) in facts.snapshot.agents.iter().enumerate() {
        let Some(before) = record.load else { continue };
        let grown = before.saturating_add(number(facts.accounts[agent].whole.times.len()));
        let after = grown.saturating_sub(released[agent]);
        if before == after {
            continue;
        }
        let Some((at, change)) = found.next() else {
            return report.add(ViolationCode::Loads, "/loads", &[], "expected the load of", &record.id);
        };
        let path = match change {
            LoadChange { agent, .. } if record.id != *agent => "/loads/#/agent",
            LoadChange { before: said, .. } if *said != before => "/loads/#/before",
            LoadChange { after: said, .. } if *said != after => "/loads/#/after",
            _ => continue,
        };
        report.add(
            ViolationCode::Loads,
            path,
            &[at],
            "expected what the decisions make of the load of",
            &record.id,
        );
        if path.ends_with("agent") {
            return;
        }
    }
    if let Some((at, _)) = found.next() {
        report.add(ViolationCode::Loads, "/loads/#", &[at], "expected only loads that change", "");
    }
}
