//! Makes a snapshot that shows a fault as small as it goes.

use super::shared;
use crate::model::decode;
use evenhand::{Cursor, Objective, SeatSet, Snapshot};
use std::ops::Range;

/// Returns a snapshot that still has the fault and from which nothing can be left out.
pub(crate) fn shrink(mut snapshot: Snapshot<'_>, has_fault: impl Fn(&Snapshot<'_>) -> bool) -> Snapshot<'_> {
    loop {
        let smaller = smaller(&snapshot).into_iter().find(|candidate| has_fault(candidate));
        match smaller {
            Some(smaller) => snapshot = smaller,
            None => return snapshot,
        }
    }
}

/// Returns every snapshot that is one step smaller and still valid, the largest steps first.
fn smaller<'a>(snapshot: &Snapshot<'a>) -> Vec<Snapshot<'a>> {
    let mut all = Vec::new();
    let mut without = |change: &dyn Fn(&mut Snapshot<'a>)| {
        let mut copy = snapshot.clone();
        change(&mut copy);
        let mut agreed = copy.teams.clone();
        shared::agree(&mut agreed);
        let has_clock = copy.now.is_some() || !shared::needs_now(&copy);
        if copy != *snapshot && agreed == copy.teams && has_clock {
            all.push(copy);
        }
    };
    for range in ranges(snapshot.conversations.len()) {
        without(&|copy| drop(copy.conversations.drain(range.clone())));
    }
    for range in ranges(snapshot.teams.len()) {
        without(&|copy| drop(copy.teams.drain(range.clone())));
    }
    for range in ranges(snapshot.agents.len()) {
        without(&|copy| drop(copy.agents.drain(range.clone())));
    }
    for range in ranges(snapshot.cursors.len()) {
        without(&|copy| drop(copy.cursors.drain(range.clone())));
    }
    for range in ranges(snapshot.lost_claims.len()) {
        without(&|copy| drop(copy.lost_claims.drain(range.clone())));
    }
    for (at, team) in snapshot.teams.iter().enumerate() {
        for range in ranges(team.members.len()) {
            without(&|copy| drop(copy.teams[at].members.drain(range.clone())));
        }
        without(&|copy| copy.teams[at].max_load = None);
        without(&|copy| copy.teams[at].rotation = None);
        without(&|copy| copy.teams[at].fallback.clear());
        for entry in 0..team.overflow.len() {
            without(&|copy| drop(copy.teams[at].overflow.remove(entry)));
            without(&|copy| copy.teams[at].overflow[entry].after = 0);
        }
        for member in 0..team.members.len() {
            without(&|copy| copy.teams[at].members[member].weight = 1);
            without(&|copy| copy.teams[at].members[member].tier = 0);
        }
    }
    ask_for_less(snapshot, &mut without);
    for (at, cursor) in snapshot.cursors.iter().enumerate() {
        for range in ranges(cursor.turns.len()) {
            without(&|copy| drop_turns(&mut copy.cursors[at], &range));
        }
        for turn in 0..cursor.turns.len() {
            let owed = cursor.turns[turn].owed.unwrap_or(0);
            without(&|copy| copy.cursors[at].turns[turn].owed = Some(0));
            without(&|copy| copy.cursors[at].turns[turn].owed = Some(owed / 2));
        }
        for sets in 0..cursor.sets.len() {
            without(&|copy| copy.cursors[at].sets.truncate(sets));
            for range in ranges(cursor.sets[sets].seats.len()) {
                without(&|copy| drop(copy.cursors[at].sets[sets].seats.drain(range.clone())));
            }
        }
    }
    for at in 0..snapshot.lost_claims.len() {
        without(&|copy| copy.lost_claims[at].agent = None);
        without(&|copy| copy.lost_claims[at].why = None);
        without(&|copy| copy.lost_claims[at].held_by = None);
        without(&|copy| copy.lost_claims[at].by = None);
        without(&|copy| copy.lost_claims[at].set = 0);
    }
    for (at, agent) in snapshot.agents.iter().enumerate() {
        without(&|copy| copy.agents[at].capacity = None);
        without(&|copy| copy.agents[at].max_new = None);
        for skill in 0..agent.skills.len() {
            without(&|copy| drop(copy.agents[at].skills.remove(skill)));
        }
        for channel in 0..agent.channels.len() {
            without(&|copy| drop(copy.agents[at].channels.remove(channel)));
            without(&|copy| copy.agents[at].channels[channel].capacity = None);
        }
        if agent.load.is_some() {
            without(&|copy| copy.agents[at].load = Some(0));
        }
    }
    without(&|copy| copy.objective = Objective::InOrder);
    without(&|copy| copy.seed = None);
    without(&|copy| copy.now = None);
    without(&|copy| copy.ageing = None);
    all
}

/// Makes every conversation ask for one thing less.
fn ask_for_less<'a>(snapshot: &Snapshot<'a>, without: &mut impl FnMut(&dyn Fn(&mut Snapshot<'a>))) {
    for (at, conversation) in snapshot.conversations.iter().enumerate() {
        without(&|copy| copy.conversations[at].channel = None);
        without(&|copy| copy.conversations[at].priority = 0);
        without(&|copy| copy.conversations[at].since = None);
        without(&|copy| copy.conversations[at].due = None);
        without(&|copy| copy.conversations[at].hold_for = None);
        without(&|copy| copy.conversations[at].held_by = None);
        for need in 0..conversation.needs.len() {
            without(&|copy| drop(copy.conversations[at].needs.remove(need)));
            without(&|copy| copy.conversations[at].needs[need].level = 1);
            without(&|copy| copy.conversations[at].needs[need].relax_after = None);
        }
        for agent in 0..conversation.preferred.len() {
            without(&|copy| drop(copy.conversations[at].preferred.remove(agent)));
        }
        for agent in 0..conversation.excluded.len() {
            without(&|copy| drop(copy.conversations[at].excluded.remove(agent)));
        }
    }
}

/// Leaves turns out; the sets are written anew, each whole, so that they speak of the same people.
fn drop_turns(cursor: &mut Cursor<'_>, range: &Range<usize>) {
    let left = |seat: &usize| !range.contains(seat);
    let moved = |seat: usize| if seat < range.start { seat } else { seat - range.len() };
    let number = |seat: usize| u32::try_from(moved(seat)).expect("a place");
    let decoded = |n| decode(&cursor.sets, n).expect("it is there").into_iter().filter(left);
    cursor.sets = (0..cursor.sets.len())
        .map(|n| SeatSet { from: None, seats: decoded(n).map(number).collect() })
        .collect();
    cursor.turns.drain(range.clone());
}

/// Returns everything, the halves, the quarters and so on of a list of `len`.
fn ranges(len: usize) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut step = len;
    while step > 0 {
        ranges.extend((0..len).step_by(step).map(|from| from..len.min(from + step)));
        step /= 2;
    }
    ranges
}
