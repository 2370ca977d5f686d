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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_member_is_passed_over_by_the_first_gate_that_they_fail() {
        let team = Team { max_load: Some(4), ..Team::default() };
        let agent = |capacity| Agent { id: "a".into(), availability: "online".into(), load: None, capacity };
        let at = |member, capacity, load| failed_gate(&team, member, &[agent(capacity)], &[load]);
        let mut member = Member { agent: None, weight: 0, assignable: false };
        assert_eq!(at(member, Some(0), None), Some(Gate::UnknownAgent));
        member.agent = Some(0);
        assert_eq!(at(member, Some(0), None), Some(Gate::ZeroWeight));
        member.weight = 1;
        assert_eq!(at(member, Some(0), None), Some(Gate::Unavailable));
        member.assignable = true;
        assert_eq!(at(member, Some(0), None), Some(Gate::LoadUnknown));
        assert_eq!(at(member, Some(9), Some(9)), Some(Gate::AgentFull));
        assert_eq!(at(member, Some(10), Some(9)), Some(Gate::TeamFull));
        assert_eq!(at(member, None, Some(4)), Some(Gate::TeamFull));
        assert_eq!(at(member, None, Some(3)), None);
    }

    #[test]
    fn a_team_waits_for_the_gate_nearest_to_success() {
        let gates = [Gate::ZeroWeight, Gate::Unavailable, Gate::LoadUnknown, Gate::AgentFull];
        let whys = [0, 1, 2, 3, 4].map(|count| nearest(gates.into_iter().take(count)).code());
        assert_eq!(whys, ["no_members", "no_members", "nobody_available", "load_unknown", "all_full"]);
    }

    #[test]
    fn counts_stand_in_the_order_of_the_gates() {
        let counts = passed_over([Gate::TeamFull, Gate::Unavailable, Gate::TeamFull].into_iter());
        let row = |why, members| PassedOver { why, members };
        assert_eq!(counts, vec![row(Gate::Unavailable, 1), row(Gate::TeamFull, 2)]);
    }
}
