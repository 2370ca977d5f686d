//! Teams that share a rotation have one assignment.

use evenhand::{Assignment, Team};

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
