//! Which conversations are of one class, so that what one of them learns the others know.

use super::{Class, ClassId, TeamId};
use crate::ids::intern;
use alloc::{vec, vec::Vec};

/// Returns the classes, in order of first appearance, and the class of each conversation.
///
/// `teams` are the conversations' teams, of which the snapshot has `known`; `unknown` are the ids of
/// those that it does not have, in the same order.
pub(super) fn classes(
    known: usize,
    teams: &[Option<TeamId>],
    unknown: &[&str],
) -> (Vec<Class>, Vec<ClassId>) {
    let (names, numbers) = intern(unknown);
    let mut numbers = numbers.into_iter();
    // Teams that are not there are numbered behind those that are.
    let mut class_of = vec![None; known + names.len()];
    let mut classes = Vec::new();
    let queue = teams.iter().enumerate().map(|(first, &team)| {
        let number = team.map_or_else(
            || known + numbers.next().expect("one number for each unknown team") as usize,
            TeamId::place,
        );
        *class_of[number].get_or_insert_with(|| {
            classes.push(Class { team, first });
            ClassId::new(classes.len() - 1)
        })
    });
    let queue = queue.collect();
    (classes, queue)
}
