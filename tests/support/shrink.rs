//! Makes a snapshot that shows a fault as small as it goes.

use evenhand::Snapshot;

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

/// Returns every snapshot that is one step smaller, the largest steps first.
fn smaller<'a>(snapshot: &Snapshot<'a>) -> Vec<Snapshot<'a>> {
    let mut all = Vec::new();
    let mut without = |change: &dyn Fn(&mut Snapshot<'a>)| {
        let mut copy = snapshot.clone();
        change(&mut copy);
        if copy != *snapshot {
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
        for member in 0..team.members.len() {
            without(&|copy| copy.teams[at].members[member].weight = 1);
        }
    }
    for (at, cursor) in snapshot.cursors.iter().enumerate() {
        for range in ranges(cursor.turns.len()) {
            without(&|copy| drop(copy.cursors[at].turns.drain(range.clone())));
        }
        for turn in 0..cursor.turns.len() {
            without(&|copy| copy.cursors[at].turns[turn].owed = 0);
            without(&|copy| copy.cursors[at].turns[turn].owed /= 2);
        }
    }
    for (at, agent) in snapshot.agents.iter().enumerate() {
        without(&|copy| copy.agents[at].capacity = None);
        if agent.load.is_some() {
            without(&|copy| copy.agents[at].load = Some(0));
        }
    }
    without(&|copy| copy.seed = None);
    all
}

/// Returns everything, the halves, the quarters and so on of a list of `len`.
fn ranges(len: usize) -> Vec<core::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut step = len;
    while step > 0 {
        ranges.extend((0..len).step_by(step).map(|from| from..len.min(from + step)));
        step /= 2;
    }
    ranges
}
