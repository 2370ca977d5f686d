//! The naive model: the design read aloud, one sentence after the other.
//!
//! It knows nothing of the engine but its public records. Every question is answered by a scan from the start,
//! every number is an `i128`, nothing is kept up to date that can be counted anew. It takes snapshots that are
//! valid; what is refused is tested elsewhere.

extern crate alloc;

use alloc::borrow::Cow;
use evenhand::{
    AssignReason, Assignment, Conversation, Cursor, Decision, Gate, LoadChange, MAX_INTEGER, MAX_LOAD,
    Member, Outcome, PassedOver, Plan, Rule, SeatSet, Snapshot, Team, Turn, WaitReason, Waiting,
};

/// The least common multiple of 1 to 24: one conversation.
pub(crate) const ONE: i128 = 5_354_228_880;

/// Where the memory of a rotation ends: so much ahead or behind.
pub(crate) const FAR: i128 = 8 * ONE;

/// The plan, and how it came about.
pub(crate) struct Answer<'a> {
    pub(crate) plan: Plan<'a>,
    /// One per conversation, in the order given; `None` where `round_robin` picked nobody.
    pub(crate) picks: Vec<Option<Pick<'a>>>,
}

/// A pick of `round_robin`. Seats are places in the rotation, ascending.
pub(crate) struct Pick<'a> {
    pub(crate) rotation: &'a str,
    pub(crate) at_work: Vec<usize>,
    pub(crate) candidates: Vec<usize>,
    /// Those who were granted a share.
    pub(crate) granted: Vec<usize>,
    /// What was owed to the taker before the pick.
    pub(crate) owed: i128,
    /// Whether so much is owed to some candidate that they would be granted nothing, were they none.
    pub(crate) is_owed_8: bool,
}

/// Whose turn it is in the teams that share it.
struct Rotation<'a> {
    id: &'a str,
    /// Places among the teams of the snapshot, manual ones, too.
    teams: Vec<usize>,
    seats: Vec<Seat<'a>>,
    /// What goes into the cursor, and the same seat by seat.
    sets: Vec<SeatSet>,
    decoded: Vec<Vec<usize>>,
    /// Each pick of `round_robin` so far: for which team, and the number of its set.
    log: Vec<(usize, usize)>,
}

/// Somebody's place in a rotation.
struct Seat<'a> {
    agent: &'a str,
    /// Where the agent stands among the agents of the snapshot, if at all.
    position: Option<usize>,
    /// The weight in each team of the rotation that has the agent as a member.
    weights: Vec<(usize, i128)>,
    owed: i128,
}

impl Seat<'_> {
    /// Returns the weight in a team, 0 where the agent is no member.
    fn weight_in(&self, team: usize) -> i128 {
        self.weights.iter().find(|(of, _)| *of == team).map_or(0, |(_, weight)| *weight)
    }

    /// Returns the load of somebody who is known and can be counted.
    fn load(&self, loads: &[Option<u32>]) -> Option<u32> {
        self.position.and_then(|position| loads[position])
    }
}

/// Returns the plan that the design prescribes for a valid snapshot.
pub(crate) fn plan<'a>(snapshot: &'a Snapshot<'_>) -> Plan<'a> {
    answer(snapshot).plan
}

/// Returns the plan that the design prescribes for a valid snapshot, and how it came about.
pub(crate) fn answer<'a>(snapshot: &'a Snapshot<'_>) -> Answer<'a> {
    let mut loads: Vec<Option<u32>> = snapshot.agents.iter().map(|agent| agent.load).collect();
    let mut rotations: Vec<Rotation<'a>> =
        rotation_ids(snapshot).into_iter().map(|id| open(snapshot, id)).collect();

    let mut decided: Vec<Option<(Decision<'a>, Option<Pick<'a>>)>> =
        snapshot.conversations.iter().map(|_| None).collect();
    for at in serving_order(snapshot) {
        let conversation = &snapshot.conversations[at];
        let (outcome, set, pick) = match snapshot.teams.iter().position(|team| team.id == conversation.team) {
            None => (Outcome::Waits(WaitReason::UnknownTeam), 0, None),
            Some(team) => {
                let id = rotation_of(&snapshot.teams[team]);
                let rotation =
                    rotations.iter_mut().find(|rotation| rotation.id == id).expect("all are opened");
                decide(snapshot, conversation, team, rotation, &mut loads)
            }
        };
        let decision =
            Decision { conversation: &conversation.id, team: &conversation.team, outcome, set: number(set) };
        decided[at] = Some((decision, pick));
    }
    let (decisions, picks): (Vec<_>, Vec<_>) =
        decided.into_iter().map(|decided| decided.expect("each is served")).unzip();

    let plan = Plan {
        version: 1,
        waiting: waiting(snapshot, &loads, &decisions),
        cursors: rotations.iter().filter_map(|rotation| cursor(snapshot, rotation)).collect(),
        loads: loads_changed(snapshot, &loads),
        decisions,
    };
    Answer { plan, picks }
}

/// Returns the places of the conversations as they are served: those of lost claims after all others.
fn serving_order(snapshot: &Snapshot<'_>) -> Vec<usize> {
    let is_lost = |at: &usize| {
        snapshot.lost_claims.iter().any(|lost| lost.conversation == snapshot.conversations[*at].id)
    };
    let mut order: Vec<usize> = (0..snapshot.conversations.len()).collect();
    order.sort_by_key(is_lost);
    order
}

/// Returns the rotation of a team: the one it names, or its own.
fn rotation_of<'a>(team: &'a Team<'_>) -> &'a str {
    team.rotation.as_ref().unwrap_or(&team.id)
}

/// Returns every rotation once, by its first team.
fn rotation_ids<'a>(snapshot: &'a Snapshot<'_>) -> Vec<&'a str> {
    let mut ids = Vec::new();
    for team in &snapshot.teams {
        if !ids.contains(&rotation_of(team)) {
            ids.push(rotation_of(team));
        }
    }
    ids
}

/// Returns how the teams of a rotation assign, those that are manual aside; `None` where all are.
fn assignment_of(snapshot: &Snapshot<'_>, teams: &[usize]) -> Option<Assignment> {
    let mut assignments = teams.iter().map(|&team| snapshot.teams[team].assignment);
    assignments.find(|&assignment| assignment != Assignment::Manual)
}

/// Decides one conversation of a team that is there.
fn decide<'a>(
    snapshot: &Snapshot<'_>,
    conversation: &Conversation<'_>,
    team: usize,
    rotation: &mut Rotation<'a>,
    loads: &mut [Option<u32>],
) -> (Outcome<'a>, usize, Option<Pick<'a>>) {
    let assignment = snapshot.teams[team].assignment;
    let picked = match assignment {
        Assignment::Manual => return (Outcome::Waits(WaitReason::ManualTeam), 0, None),
        Assignment::Libredesk2025 => by_draws(snapshot, team, rotation, loads, 1),
        Assignment::Libredesk2026 => by_draws(snapshot, team, rotation, loads, rotation.seats.len()),
        Assignment::RoundRobin | Assignment::LeastLoaded | Assignment::LeastRecent => {
            let candidates = candidates(snapshot, conversation, team, rotation, loads);
            match assignment {
                _ if candidates.is_empty() => Err(wait_reason(snapshot, &snapshot.teams[team], loads)),
                Assignment::RoundRobin => Ok(by_share_owed(snapshot, team, rotation, loads, candidates)),
                Assignment::LeastLoaded => Ok(by_load(team, rotation, loads, &candidates)),
                _ => Ok(by_order(rotation, &candidates)),
            }
        }
    };
    match picked {
        Err(why) => (Outcome::Waits(why), 0, None),
        Ok(Picked { agent, why, set, pick }) => {
            let taker = position(snapshot, agent).expect("a candidate is an agent");
            loads[taker] = loads[taker].map(|load| load + 1);
            (Outcome::Assigned { agent, why }, set, pick)
        }
    }
}

struct Picked<'a> {
    agent: &'a str,
    why: AssignReason,
    set: usize,
    pick: Option<Pick<'a>>,
}

/// Returns the seats of those who may take the conversation.
///
/// The agent of its lost claim is not among them, unless nobody else is.
fn candidates(
    snapshot: &Snapshot<'_>,
    conversation: &Conversation<'_>,
    team: usize,
    rotation: &Rotation<'_>,
    loads: &[Option<u32>],
) -> Vec<usize> {
    let passes: Vec<usize> =
        (0..rotation.seats.len()).filter(|&at| passes(snapshot, team, &rotation.seats[at], loads)).collect();
    let lost = snapshot.lost_claims.iter().find(|lost| lost.conversation == conversation.id);
    let agent = lost.and_then(|lost| lost.agent.as_deref());
    let others: Vec<usize> =
        passes.iter().copied().filter(|&at| Some(rotation.seats[at].agent) != agent).collect();
    if others.is_empty() { passes } else { others }
}

/// Returns the seats of those who could take a conversation of any team of the rotation.
fn at_work(snapshot: &Snapshot<'_>, rotation: &Rotation<'_>, loads: &[Option<u32>]) -> Vec<usize> {
    let somewhere = |&at: &usize| {
        rotation.teams.iter().any(|&team| {
            snapshot.teams[team].assignment != Assignment::Manual
                && passes(snapshot, team, &rotation.seats[at], loads)
        })
    };
    (0..rotation.seats.len()).filter(somewhere).collect()
}

/// Returns the weight of a seat: the largest in any team of the rotation that is not manual.
fn weight(snapshot: &Snapshot<'_>, rotation: &Rotation<'_>, at: usize) -> i128 {
    rotation.seats[at]
        .weights
        .iter()
        .filter(|(team, _)| snapshot.teams[*team].assignment != Assignment::Manual)
        .map(|(_, weight)| *weight)
        .max()
        .unwrap_or(0)
}

/// `round_robin`: a share for everybody at work, and the one to whom most is owed pays all the shares.
fn by_share_owed<'a>(
    snapshot: &Snapshot<'_>,
    team: usize,
    rotation: &mut Rotation<'a>,
    loads: &[Option<u32>],
    candidates: Vec<usize>,
) -> Picked<'a> {
    let at_work = at_work(snapshot, rotation, loads);
    let all: i128 = at_work.iter().map(|&at| weight(snapshot, rotation, at)).sum();
    let due = |at: usize| rotation.seats[at].owed + ONE * weight(snapshot, rotation, at) / all;
    let mut taker = candidates[0];
    for &at in &candidates[1..] {
        if due(at) > due(taker) {
            taker = at;
        }
    }

    let owed = rotation.seats[taker].owed;
    let granted: Vec<usize> = if owed <= -FAR {
        candidates.clone()
    } else {
        let is_granted = |at: &usize| rotation.seats[*at].owed < FAR || candidates.contains(at);
        at_work.iter().copied().filter(is_granted).collect()
    };
    let is_owed_8 = candidates.iter().any(|&at| rotation.seats[at].owed >= FAR);
    for (at, share) in shares(snapshot, rotation, &granted) {
        rotation.seats[at].owed += share;
        rotation.seats[taker].owed -= share;
    }

    let set = record(rotation, team, &granted);
    Picked {
        agent: rotation.seats[taker].agent,
        why: if candidates.len() == 1 { AssignReason::OnlyCandidate } else { AssignReason::Turn },
        set,
        pick: Some(Pick { rotation: rotation.id, at_work, candidates, granted, owed, is_owed_8 }),
    }
}

/// Returns the part of one conversation for each of these seats, by weight, rounded down.
fn shares(snapshot: &Snapshot<'_>, rotation: &Rotation<'_>, seats: &[usize]) -> Vec<(usize, i128)> {
    let weight = |at: usize| weight(snapshot, rotation, at);
    let total: i128 = seats.iter().map(|&at| weight(at)).sum();
    if total == 0 {
        return Vec::new();
    }
    seats.iter().map(|&at| (at, ONE * weight(at) / total)).collect()
}

/// Records the set of a pick and returns its number.
fn record(rotation: &mut Rotation<'_>, team: usize, granted: &[usize]) -> usize {
    let of_team = rotation.log.iter().rev().find(|(served, _)| *served == team).map(|(_, set)| *set);
    let compared = of_team.or(rotation.decoded.len().checked_sub(1));
    let set = match compared {
        Some(set) if rotation.decoded[set] == granted => set,
        _ => {
            rotation.sets.push(written(compared.map(|set| (set, &*rotation.decoded[set])), granted));
            rotation.decoded.push(granted.to_vec());
            rotation.sets.len() - 1
        }
    };
    rotation.log.push((team, set));
    set
}

/// Returns a set as it is written: as the difference from another one, or whole.
fn written(from: Option<(usize, &[usize])>, set: &[usize]) -> SeatSet {
    let numbers = |seats: &[usize]| seats.iter().map(|&seat| number(seat)).collect::<Vec<u32>>();
    if let Some((from, other)) = from {
        let difference = difference(other, set);
        if difference.len() < set.len() {
            return SeatSet { from: Some(number(from)), seats: numbers(&difference) };
        }
    }
    SeatSet { from: None, seats: numbers(set) }
}

/// Returns the seats that are in one of two sets and not in the other, ascending.
fn difference(one: &[usize], other: &[usize]) -> Vec<usize> {
    let missing_in = |some: &[usize], others: &[usize]| -> Vec<usize> {
        some.iter().copied().filter(|at| !others.contains(at)).collect()
    };
    let mut difference = [missing_in(one, other), missing_in(other, one)].concat();
    difference.sort_unstable();
    difference
}

/// Returns the seats of set `n` of a cursor, or `None` where the cursor has no such set.
pub(crate) fn decode(recorded: &[SeatSet], n: usize) -> Option<Vec<usize>> {
    // What it is a difference from, and what that is one from, down to a set that is whole.
    let mut line = vec![recorded.get(n)?];
    while let Some(from) = line[line.len() - 1].from {
        line.push(&recorded[place(from)]);
    }
    let mut seats = Vec::new();
    for differing in line.into_iter().rev().map(|set| &set.seats) {
        seats = difference(&seats, &differing.iter().map(|&seat| place(seat)).collect::<Vec<_>>());
    }
    Some(seats)
}

/// `least_loaded`: the smallest load per weight after taking it, then the larger weight, then rotation order.
fn by_load<'a>(
    team: usize,
    rotation: &mut Rotation<'a>,
    loads: &[Option<u32>],
    candidates: &[usize],
) -> Picked<'a> {
    let weight = |at: usize| rotation.seats[at].weight_in(team);
    let after =
        |at: usize| 1 + i128::from(rotation.seats[at].load(loads).expect("a candidate's load is known"));
    let mut taker = candidates[0];
    for &at in &candidates[1..] {
        // (load + 1) / weight, compared by cross multiplication.
        let (one, other) = (after(at) * weight(taker), after(taker) * weight(at));
        if one < other || one == other && weight(at) > weight(taker) {
            taker = at;
        }
    }
    to_the_end(rotation, taker, AssignReason::LeastLoaded, candidates)
}

/// `least_recent`: rotation order.
fn by_order<'a>(rotation: &mut Rotation<'a>, candidates: &[usize]) -> Picked<'a> {
    to_the_end(rotation, candidates[0], AssignReason::LeastRecent, candidates)
}

fn to_the_end<'a>(
    rotation: &mut Rotation<'a>,
    taker: usize,
    why: AssignReason,
    candidates: &[usize],
) -> Picked<'a> {
    let seat = rotation.seats.remove(taker);
    let agent = seat.agent;
    rotation.seats.push(seat);
    let why = if candidates.len() == 1 { AssignReason::OnlyCandidate } else { why };
    Picked { agent, why, set: 0, pick: None }
}

/// The legacy rules: up to `tries` draws among the whole pool, full or not, each spending its turn.
fn by_draws<'a>(
    snapshot: &Snapshot<'_>,
    team: usize,
    rotation: &mut Rotation<'a>,
    loads: &[Option<u32>],
    tries: usize,
) -> Result<Picked<'a>, WaitReason> {
    let pool = &mut rotation.seats;
    if pool.is_empty() {
        return Err(wait_reason(snapshot, &snapshot.teams[team], loads));
    }
    let total: i128 = pool.iter().map(|seat| seat.weight_in(team)).sum();
    for _ in 0..tries {
        for seat in pool.iter_mut() {
            seat.owed += seat.weight_in(team);
        }
        let mut drawn = 0;
        for at in 1..pool.len() {
            if pool[at].owed > pool[drawn].owed {
                drawn = at;
            }
        }
        pool[drawn].owed -= total;
        if passes(snapshot, team, &pool[drawn], loads) {
            return Ok(Picked { agent: pool[drawn].agent, why: AssignReason::Turn, set: 0, pick: None });
        }
    }
    Err(WaitReason::TurnLost)
}

/// Returns whether the agent is a member of the team and passes every gate.
fn passes(snapshot: &Snapshot<'_>, team: usize, seat: &Seat<'_>, loads: &[Option<u32>]) -> bool {
    let is_member = seat.weights.iter().any(|(of, _)| *of == team);
    let gate = || gate(snapshot, &snapshot.teams[team], seat.position, seat.weight_in(team), loads);
    is_member && gate().is_none()
}

/// Returns the first gate the member fails, or `None` for a candidate.
fn gate(
    snapshot: &Snapshot<'_>,
    team: &Team<'_>,
    position: Option<usize>,
    weight: i128,
    loads: &[Option<u32>],
) -> Option<Gate> {
    let Some(position) = position else { return Some(Gate::UnknownAgent) };
    let agent = &snapshot.agents[position];
    if weight == 0 {
        return Some(Gate::ZeroWeight);
    }
    if !team.assignable.contains(&agent.availability) {
        return Some(Gate::Unavailable);
    }
    let Some(load) = loads[position] else { return Some(Gate::LoadUnknown) };
    if load == MAX_LOAD || agent.capacity.is_some_and(|capacity| load >= capacity) {
        return Some(Gate::AgentFull);
    }
    if team.max_load.is_some_and(|max_load| load >= max_load) {
        return Some(Gate::TeamFull);
    }
    None
}

/// Returns where the agent stands among the agents of the snapshot, if at all.
fn position(snapshot: &Snapshot<'_>, agent: &str) -> Option<usize> {
    snapshot.agents.iter().position(|known| known.id == agent)
}

/// Returns the first gate that each member of the team fails, in the order of `members`.
fn gates(snapshot: &Snapshot<'_>, team: &Team<'_>, loads: &[Option<u32>]) -> Vec<Option<Gate>> {
    let gate = |member: &Member<'_>| {
        gate(snapshot, team, position(snapshot, &member.agent), i128::from(member.weight), loads)
    };
    team.members.iter().map(gate).collect()
}

/// Returns why a conversation waits in a team without a candidate.
fn wait_reason(snapshot: &Snapshot<'_>, team: &Team<'_>, loads: &[Option<u32>]) -> WaitReason {
    let mut left = gates(snapshot, team, loads);
    left.retain(|gate| !matches!(gate, Some(Gate::UnknownAgent | Gate::ZeroWeight)));
    if left.is_empty() {
        return WaitReason::NoMembers;
    }
    left.retain(|gate| !matches!(gate, Some(Gate::Unavailable)));
    if left.is_empty() {
        return WaitReason::NobodyAvailable;
    }
    left.retain(|gate| !matches!(gate, Some(Gate::LoadUnknown)));
    if left.is_empty() {
        return WaitReason::LoadUnknown;
    }
    WaitReason::AllFull
}

/// Opens a rotation. One of manual teams alone has no seats: it is passed through.
fn open<'a>(snapshot: &'a Snapshot<'_>, id: &'a str) -> Rotation<'a> {
    let teams: Vec<usize> =
        (0..snapshot.teams.len()).filter(|&team| rotation_of(&snapshot.teams[team]) == id).collect();
    let mut rotation =
        Rotation { id, teams, seats: Vec::new(), sets: Vec::new(), decoded: Vec::new(), log: Vec::new() };
    let Some(assignment) = assignment_of(snapshot, &rotation.teams) else { return rotation };
    let legacy = matches!(assignment, Assignment::Libredesk2025 | Assignment::Libredesk2026);
    let cursor = snapshot.cursors.iter().find(|cursor| cursor.rotation == id);

    // Who has a seat: the members of the teams, in a legacy team its pool. Each once.
    let mut joining: Vec<Seat<'a>> = Vec::new();
    for &at in &rotation.teams {
        let team = &snapshot.teams[at];
        for member in &team.members {
            let place = (at, i128::from(member.weight));
            if let Some(seat) = joining.iter_mut().find(|seat| seat.agent == member.agent) {
                seat.weights.push(place);
                continue;
            }
            let position = position(snapshot, &member.agent);
            if !legacy || team.assignment == assignment && in_pool(snapshot, team, position, member.weight) {
                joining.push(Seat { agent: &member.agent, position, weights: vec![place], owed: 0 });
            }
        }
    }

    // 1. The cursor's turns, without those who are gone.
    if let Some(cursor) = cursor {
        let same_unit = if legacy {
            matches!(cursor.rule, Rule::Libredesk2025 | Rule::Libredesk2026)
        } else {
            assignment == Assignment::RoundRobin && cursor.rule == Rule::RoundRobin
        };
        for turn in &cursor.turns {
            if let Some(at) = joining.iter().position(|seat| seat.agent == turn.agent) {
                let mut seat = joining.remove(at);
                seat.owed = if same_unit { i128::from(turn.owed.unwrap_or(0)) } else { 0 };
                rotation.seats.push(seat);
            }
        }
    }

    // 2. Level.
    if !legacy && !rotation.seats.is_empty() {
        let remaining = i128::try_from(rotation.seats.len()).expect("a length");
        let sum: i128 = rotation.seats.iter().map(|seat| seat.owed).sum();
        let mut one_more = sum.rem_euclid(remaining);
        for seat in &mut rotation.seats {
            seat.owed -= sum.div_euclid(remaining);
            if one_more > 0 {
                seat.owed -= 1;
                one_more -= 1;
            }
        }
    }

    // 3. Newcomers at the end, owed 0.
    if let Some(seed) = snapshot.seed {
        shuffle(&mut joining, seed ^ fnv_1a(id.as_bytes()));
    }
    rotation.seats.append(&mut joining);

    // 4. Lost claims.
    match assignment {
        Assignment::RoundRobin => {
            if let Some(cursor) = cursor.filter(|cursor| cursor.rule == Rule::RoundRobin) {
                give_back(snapshot, &mut rotation, cursor);
            }
        }
        Assignment::LeastLoaded | Assignment::LeastRecent => to_the_front(snapshot, &mut rotation),
        Assignment::Manual | Assignment::Libredesk2025 | Assignment::Libredesk2026 => {}
    }
    rotation
}

/// Returns whether a member of a legacy team takes part in its draws: known, of weight above 0, assignable.
fn in_pool(snapshot: &Snapshot<'_>, team: &Team<'_>, position: Option<usize>, weight: u32) -> bool {
    let is_assignable = |at: usize| team.assignable.contains(&snapshot.agents[at].availability);
    weight > 0 && position.is_some_and(is_assignable)
}

/// Returns the seat and the set of each lost claim that this rotation served, in the order of the claims.
fn lost_turns(snapshot: &Snapshot<'_>, rotation: &Rotation<'_>) -> Vec<(usize, usize)> {
    let mut turns = Vec::new();
    for lost in &snapshot.lost_claims {
        let served = rotation.teams.iter().any(|&team| {
            let team = &snapshot.teams[team];
            team.id == lost.team && team.assignment != Assignment::Manual
        });
        let seat = rotation.seats.iter().position(|seat| Some(seat.agent) == lost.agent.as_deref());
        if let (true, Some(seat)) = (served, seat) {
            turns.push((seat, place(lost.set)));
        }
    }
    turns
}

/// `round_robin`: undoes each lost claim among those who were granted a share of it.
fn give_back(snapshot: &Snapshot<'_>, rotation: &mut Rotation<'_>, cursor: &Cursor<'_>) {
    let loads: Vec<Option<u32>> = snapshot.agents.iter().map(|agent| agent.load).collect();
    for (agent, set) in lost_turns(snapshot, rotation) {
        let granted: Vec<usize> = match decode(&cursor.sets, set) {
            None => at_work(snapshot, rotation, &loads),
            Some(set) => (0..rotation.seats.len())
                .filter(|&at| set.iter().any(|&turn| cursor.turns[turn].agent == rotation.seats[at].agent))
                .collect(),
        };
        for (at, share) in shares(snapshot, rotation, &granted) {
            rotation.seats[at].owed -= share;
            rotation.seats[agent].owed += share;
        }
    }
}

/// `least_*`: the agents of lost claims to the front, in the order of the claims, each once.
fn to_the_front(snapshot: &Snapshot<'_>, rotation: &mut Rotation<'_>) {
    let mut order: Vec<usize> = Vec::new();
    let lost = lost_turns(snapshot, rotation).into_iter().map(|(seat, _)| seat);
    for seat in lost.chain(0..rotation.seats.len()) {
        if !order.contains(&seat) {
            order.push(seat);
        }
    }
    let mut seats: Vec<Option<Seat<'_>>> = rotation.seats.drain(..).map(Some).collect();
    rotation.seats = order.into_iter().map(|at| seats[at].take().expect("each once")).collect();
}

/// Fisher-Yates from the last index down to 1, drawing from `SplitMix64`.
fn shuffle<T>(items: &mut [T], mut state: u64) {
    for i in (1..items.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let j = (u128::from(z) * (i as u128 + 1)) >> 64;
        items.swap(i, usize::try_from(j).expect("at most i"));
    }
}

/// Returns the 64-bit FNV-1a hash.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Returns the cursor to store: the rotation as it stands, or what one of manual teams alone brought, untouched.
fn cursor<'a>(snapshot: &'a Snapshot<'_>, rotation: &Rotation<'a>) -> Option<Cursor<'a>> {
    let rule = match assignment_of(snapshot, &rotation.teams) {
        None | Some(Assignment::Manual) => {
            return snapshot.cursors.iter().find(|cursor| cursor.rotation == rotation.id).cloned();
        }
        Some(Assignment::RoundRobin) => Rule::RoundRobin,
        Some(Assignment::LeastLoaded) => Rule::LeastLoaded,
        Some(Assignment::LeastRecent) => Rule::LeastRecent,
        Some(Assignment::Libredesk2025) => Rule::Libredesk2025,
        Some(Assignment::Libredesk2026) => Rule::Libredesk2026,
    };
    let most = i128::from(MAX_INTEGER);
    let owed = |seat: &Seat<'_>| i64::try_from(seat.owed.clamp(-most, most)).expect("clamped");
    let turns = rotation
        .seats
        .iter()
        .map(|seat| Turn {
            agent: Cow::Borrowed(seat.agent),
            owed: (!matches!(rule, Rule::LeastLoaded | Rule::LeastRecent)).then(|| owed(seat)),
        })
        .collect();
    Some(Cursor { rotation: Cow::Borrowed(rotation.id), rule, turns, sets: rotation.sets.clone() })
}

/// Groups the conversations that wait by team id and reason, by first appearance.
fn waiting<'a>(
    snapshot: &Snapshot<'_>,
    loads: &[Option<u32>],
    decisions: &[Decision<'a>],
) -> Vec<Waiting<'a>> {
    let mut groups: Vec<Waiting<'a>> = Vec::new();
    for decision in decisions {
        let Outcome::Waits(why) = decision.outcome else { continue };
        if let Some(group) = groups.iter_mut().find(|group| group.team == decision.team && group.why == why) {
            group.conversations += 1;
            continue;
        }
        let team = snapshot.teams.iter().find(|team| team.id == decision.team);
        groups.push(Waiting {
            team: decision.team,
            why,
            conversations: 1,
            members: team.map_or(0, |team| number(team.members.len())),
            passed_over: match team {
                Some(team) if team.assignment != Assignment::Manual => passed_over(snapshot, team, loads),
                _ => Vec::new(),
            },
        });
    }
    groups
}

/// Counts the members by the first gate they fail, in the order of the gates.
fn passed_over(snapshot: &Snapshot<'_>, team: &Team<'_>, loads: &[Option<u32>]) -> Vec<PassedOver> {
    let failed = gates(snapshot, team, loads);
    [
        Gate::UnknownAgent,
        Gate::ZeroWeight,
        Gate::Unavailable,
        Gate::LoadUnknown,
        Gate::AgentFull,
        Gate::TeamFull,
    ]
    .into_iter()
    .map(|why| PassedOver { why, members: number(failed.iter().filter(|&&gate| gate == Some(why)).count()) })
    .filter(|group| group.members > 0)
    .collect()
}

/// Returns the agents who got something, in the order of the agents.
fn loads_changed<'a>(snapshot: &'a Snapshot<'_>, loads: &[Option<u32>]) -> Vec<LoadChange<'a>> {
    let mut changes = Vec::new();
    for (agent, after) in snapshot.agents.iter().zip(loads) {
        if let (Some(before), Some(after)) = (agent.load, *after)
            && before != after
        {
            changes.push(LoadChange { agent: &agent.id, before, after });
        }
    }
    changes
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("a list of the snapshot")
}

fn place(n: u32) -> usize {
    usize::try_from(n).expect("a place on a machine of 32 bits or more")
}
