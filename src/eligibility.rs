//! Who may take a conversation: the first gate that a member fails.

use crate::desk::{AgentId, Desk, Member, TeamId};
use crate::limits::Loads;
use crate::plan::{Gate, PassedOver, WaitReason};
use alloc::vec::Vec;

/// Returns the loads from which on an agent takes nothing more from a team, in the order of the gates.
///
/// The one list of what makes somebody full.
pub(crate) fn limits(desk: &Desk, team: TeamId, agent: AgentId) -> [(Gate, u32); 2] {
    [
        (Gate::AgentFull, desk.agents[agent.place()].capacity),
        (Gate::TeamFull, desk.teams[team.place()].max_load),
    ]
}

/// Returns the load from which on an agent takes nothing more from a team.
pub(crate) fn limit(desk: &Desk, team: TeamId, agent: AgentId) -> u32 {
    let [(_, capacity), (_, max_load)] = limits(desk, team, agent);
    capacity.min(max_load)
}

/// Returns the first gate that a member of a team fails at this moment, or `None` for a candidate.
pub(crate) fn failed_gate(desk: &Desk, team: TeamId, member: Member, loads: &Loads) -> Option<Gate> {
    if member.agent.place() >= desk.agents.len() {
        return Some(Gate::UnknownAgent);
    }
    if member.weight == 0 {
        return Some(Gate::ZeroWeight);
    }
    if !member.assignable {
        return Some(Gate::Unavailable);
    }
    let Some(load) = loads.of(member.agent) else { return Some(Gate::LoadUnknown) };
    let reached = limits(desk, team, member.agent).into_iter().find(|&(_, limit)| load >= limit);
    reached.map(|(gate, _)| gate)
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
pub(crate) fn wait_reason(failed: impl Iterator<Item = Gate>) -> WaitReason {
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
    use crate::snapshot::{Agent, Snapshot, Team};
    use alloc::vec;

    #[test]
    fn a_member_is_passed_over_by_the_first_gate_that_they_fail() {
        let at = |capacity, load, member: fn(&mut Member)| {
            let snapshot = Snapshot {
                agents: vec![Agent { id: "a".into(), load, capacity, ..Agent::default() }],
                teams: vec![Team { id: "t".into(), max_load: Some(4), ..Team::default() }],
                ..Snapshot::default()
            };
            let desk = Desk::new(&snapshot).expect("the snapshot is valid");
            let mut sound = Member { agent: AgentId::new(0), weight: 1, assignable: true };
            member(&mut sound);
            failed_gate(&desk, TeamId::new(0), sound, &Loads::new(&desk))
        };
        let nobody: fn(&mut Member) =
            |member| *member = Member { agent: AgentId::new(1), weight: 0, assignable: false };
        assert_eq!(at(Some(0), None, nobody), Some(Gate::UnknownAgent));
        assert_eq!(
            at(Some(0), None, |member| (member.weight, member.assignable) = (0, false)),
            Some(Gate::ZeroWeight)
        );
        assert_eq!(at(Some(0), None, |member| member.assignable = false), Some(Gate::Unavailable));
        assert_eq!(at(Some(0), None, |_| ()), Some(Gate::LoadUnknown));
        assert_eq!(at(Some(9), Some(9), |_| ()), Some(Gate::AgentFull));
        assert_eq!(at(Some(10), Some(9), |_| ()), Some(Gate::TeamFull));
        assert_eq!(at(None, Some(4), |_| ()), Some(Gate::TeamFull));
        assert_eq!(at(None, Some(3), |_| ()), None);
    }

    #[test]
    fn a_team_waits_for_the_gate_nearest_to_success() {
        let gates = [Gate::ZeroWeight, Gate::Unavailable, Gate::LoadUnknown, Gate::AgentFull];
        let whys = [0, 1, 2, 3, 4].map(|count| wait_reason(gates.into_iter().take(count)).code());
        assert_eq!(whys, ["no_members", "no_members", "nobody_available", "load_unknown", "all_full"]);
    }

    #[test]
    fn counts_stand_in_the_order_of_the_gates() {
        let counts = passed_over([Gate::TeamFull, Gate::Unavailable, Gate::TeamFull].into_iter());
        let row = |why, members| PassedOver { why, members };
        assert_eq!(counts, vec![row(Gate::Unavailable, 1), row(Gate::TeamFull, 2)]);
    }
}
