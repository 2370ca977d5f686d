//! What makes a snapshot valid: teams that share a rotation have one assignment, and whoever waits for a time has a clock.

use evenhand::{Assignment, Conversation, Snapshot, Team};

/// Returns the rotation of a team: the one it names, or its own.
pub(crate) fn rotation_of<'a>(team: &'a Team<'_>) -> &'a str {
    team.rotation.as_ref().unwrap_or(&team.id)
}

pub(crate) const fn is_legacy(assignment: Assignment) -> bool {
    matches!(assignment, Assignment::Libredesk2025 | Assignment::Libredesk2026)
}

/// Gives teams that share a rotation the assignment of the first of them; beside a legacy team, manual.
pub(crate) fn agree(teams: &mut [Team<'_>]) {
    for at in 0..teams.len() {
        let (before, team) = teams.split_at_mut(at);
        let team = &mut team[0];
        let first = before
            .iter()
            .find(|other| other.assignment != Assignment::Manual && rotation_of(other) == rotation_of(team));
        if let (Some(first), false) = (first, team.assignment == Assignment::Manual) {
            team.assignment = if is_legacy(first.assignment) { Assignment::Manual } else { first.assignment };
        }
    }
}

/// Returns whether a snapshot is refused that does not say what time it is.
pub(crate) fn needs_now(snapshot: &Snapshot<'_>) -> bool {
    let waits_for_a_time = |conversation: &Conversation<'_>| {
        let team = snapshot.teams.iter().find(|team| team.id == conversation.team);
        snapshot.ageing.is_some()
            || conversation.hold_for.is_some()
            || conversation.needs.iter().any(|need| need.relax_after.is_some())
            || team.is_some_and(|team| !team.overflow.is_empty())
    };
    snapshot
        .conversations
        .iter()
        .any(|conversation| conversation.since.is_some() && waits_for_a_time(conversation))
}
