//! Who may take a conversation: the first gate that a member fails.

use crate::desk::Member;
use crate::plan::{Gate, PassedOver, WaitReason};
use crate::snapshot::{Agent, Team};
use alloc::vec::Vec;

/// Returns the load from which on the agent takes nothing more from the team, or `None` for no limit.
pub(crate) fn limit(team: &Team<'_>, agent: &Agent<'_>) -> Option<u32> {
    match (agent.capacity, team.max_load) {
        (Some(capacity), Some(max_load)) => Some(capacity.min(max_load)),
        (capacity, max_load) => capacity.or(max_load),
    }
}

/// Returns the first gate that the member fails, or `None` for a candidate.
///
/// `loads` are the loads at this moment of the plan, agent by agent.
pub(crate) fn failed_gate(
    team: &Team<'_>,
    member: Member,
    agents: &[Agent<'_>],
    loads: &[Option<u32>],
) -> Option<Gate> {
    let reached = |load: u32, limit: Option<u32>| limit.is_some_and(|limit| load >= limit);
    let Some(agent) = member.agent else { return Some(Gate::UnknownAgent) };
    if member.weight == 0 {
        return Some(Gate::ZeroWeight);
    }
    if !member.assignable {
        return Some(Gate::Unavailable);
    }
    let Some(load) = loads[agent] else { return Some(Gate::LoadUnknown) };
    if reached(load, agents[agent].capacity) {
        return Some(Gate::AgentFull);
    }
    reached(load, team.max_load).then_some(Gate::TeamFull)
}

/// Counts, in the order of the gates, how many members each gate holds back.
pub(crate) fn passed_over(failed: impl Iterator<Item = Gate>) -> Vec<PassedOver> {
    let mut counts = [0; Gate::ALL.len()];
    for gate in failed {
        counts[gate as usize] += 1;
    }
    let counts = Gate::ALL.iter().zip(counts).filter(|&(_, members)| members > 0);
    counts.map(|(&why, members)| PassedOver { why, members }).collect()
}

/// Returns why a team without a candidate waits: the code of the gate nearest to success.
pub(crate) fn nearest(failed: impl Iterator<Item = Gate>) -> WaitReason {
    match failed.max_by_key(|&gate| gate as usize) {
        None | Some(Gate::UnknownAgent | Gate::ZeroWeight) => WaitReason::NoMembers,
        Some(Gate::Unavailable) => WaitReason::NobodyAvailable,
        Some(Gate::LoadUnknown) => WaitReason::LoadUnknown,
        Some(Gate::AgentFull | Gate::TeamFull) => WaitReason::AllFull,
    }
}
