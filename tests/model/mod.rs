//! The naive model: the design read aloud, one sentence after the other.
//!
//! It knows nothing of the engine but its public records. Every question is answered by a scan from the start,
//! every number is an `i128`, nothing is kept up to date that can be counted anew. It takes snapshots that are
//! valid; what is refused is tested elsewhere.

extern crate alloc;

use alloc::borrow::Cow;
use evenhand::{
    AssignReason, Assignment, Cursor, Decision, Gate, LoadChange, MAX_INTEGER, Outcome, PassedOver, Plan,
    Rule, Snapshot, Team, Turn, WaitReason, Waiting,
};

/// The least common multiple of 1 to 24.
const ONE: i128 = 5_354_228_880;

/// A member of a team as the pass sees it.
struct Seat<'a> {
    agent: &'a str,
    /// Where the agent stands among the agents of the snapshot, if at all.
    position: Option<usize>,
    weight: i128,
    owed: i128,
}

/// Returns the plan that the design prescribes for a valid snapshot.
pub(crate) fn plan<'a>(snapshot: &'a Snapshot<'_>) -> Plan<'a> {
    let mut loads: Vec<Option<u32>> = snapshot.agents.iter().map(|agent| agent.load).collect();
    let mut rotations: Vec<Vec<Seat<'a>>> = snapshot.teams.iter().map(|team| open(snapshot, team)).collect();

    let mut decisions = Vec::new();
    for conversation in &snapshot.conversations {
        let outcome = match snapshot.teams.iter().position(|team| team.id == conversation.team) {
            None => Outcome::Waits(WaitReason::UnknownTeam),
            Some(at) => decide(snapshot, &snapshot.teams[at], &mut rotations[at], &mut loads),
        };
        decisions.push(Decision { conversation: &conversation.id, team: &conversation.team, outcome });
    }

    Plan {
        version: 1,
        waiting: waiting(snapshot, &loads, &decisions),
        cursors: snapshot
            .teams
            .iter()
            .zip(&rotations)
            .filter_map(|(team, rotation)| cursor(snapshot, team, rotation))
            .collect(),
        loads: loads_changed(snapshot, &loads),
        decisions,
    }
}

/// Decides one conversation of a team that is there.
fn decide<'a>(
    snapshot: &Snapshot<'_>,
    team: &Team<'_>,
    rotation: &mut [Seat<'a>],
    loads: &mut [Option<u32>],
) -> Outcome<'a> {
    let picked = match team.assignment {
        Assignment::Manual => return Outcome::Waits(WaitReason::ManualTeam),
        Assignment::RoundRobin | Assignment::LeastLoaded => by_share_owed(snapshot, team, rotation, loads),
        Assignment::Libredesk2025 => by_draws(snapshot, team, rotation, loads, 1),
        Assignment::Libredesk2026 => by_draws(snapshot, team, rotation, loads, rotation.len()),
    };
    match picked {
        Err(why) => Outcome::Waits(why),
        Ok((at, why)) => {
            let position = rotation[at].position.expect("a candidate is an agent");
            loads[position] = loads[position].map(|load| load + 1);
            Outcome::Assigned { agent: rotation[at].agent, why }
        }
    }
}

/// `round_robin` and `least_loaded`: every candidate grows by a share, the one who takes it pays all the shares.
fn by_share_owed(
    snapshot: &Snapshot<'_>,
    team: &Team<'_>,
    rotation: &mut [Seat<'_>],
    loads: &[Option<u32>],
) -> Result<(usize, AssignReason), WaitReason> {
    let candidates: Vec<usize> =
        (0..rotation.len()).filter(|&at| gate(snapshot, team, &rotation[at], loads).is_none()).collect();
    if candidates.is_empty() {
        return Err(wait_reason(snapshot, team, loads));
    }

    let total: i128 = candidates.iter().map(|&at| rotation[at].weight).sum();
    let mut given = 0;
    for &at in &candidates {
        let share = ONE * rotation[at].weight / total;
        rotation[at].owed += share;
        given += share;
    }

    let mut best = candidates[0];
    for &at in &candidates[1..] {
        let better = match team.assignment {
            Assignment::LeastLoaded => lighter(&rotation[at], &rotation[best], loads),
            _ => rotation[at].owed > rotation[best].owed,
        };
        if better {
            best = at;
        }
    }
    rotation[best].owed -= given;

    let why = match team.assignment {
        _ if candidates.len() == 1 => AssignReason::OnlyCandidate,
        Assignment::LeastLoaded => AssignReason::LeastLoaded,
        _ => AssignReason::Turn,
    };
    Ok((best, why))
}

/// Returns whether `one` comes before `other`, who is earlier in the rotation, under `least_loaded`.
fn lighter(one: &Seat<'_>, other: &Seat<'_>, loads: &[Option<u32>]) -> bool {
    let after = |seat: &Seat<'_>| 1 + i128::from(load_of(seat, loads).expect("a candidate's load is known"));
    // (load + 1) / weight, compared by cross multiplication.
    let (left, right) = (after(one) * other.weight, after(other) * one.weight);
    if left != right {
        return left < right;
    }
    if one.weight != other.weight {
        return one.weight > other.weight;
    }
    one.owed > other.owed
}

/// The legacy rules: up to `tries` draws among the whole pool, full or not, each spending its turn.
fn by_draws(
    snapshot: &Snapshot<'_>,
    team: &Team<'_>,
    pool: &mut [Seat<'_>],
    loads: &[Option<u32>],
    tries: usize,
) -> Result<(usize, AssignReason), WaitReason> {
    if pool.is_empty() {
        return Err(wait_reason(snapshot, team, loads));
    }
    let total: i128 = pool.iter().map(|seat| seat.weight).sum();
    for _ in 0..tries {
        for seat in pool.iter_mut() {
            seat.owed += seat.weight;
        }
        let mut drawn = 0;
        for at in 1..pool.len() {
            if pool[at].owed > pool[drawn].owed {
                drawn = at;
            }
        }
        pool[drawn].owed -= total;
        if gate(snapshot, team, &pool[drawn], loads).is_none() {
            return Ok((drawn, AssignReason::Turn));
        }
    }
    Err(WaitReason::TurnLost)
}

/// Returns the first gate the member fails, or `None` for a candidate.
fn gate(snapshot: &Snapshot<'_>, team: &Team<'_>, seat: &Seat<'_>, loads: &[Option<u32>]) -> Option<Gate> {
    let Some(position) = seat.position else { return Some(Gate::UnknownAgent) };
    let agent = &snapshot.agents[position];
    if seat.weight == 0 {
        return Some(Gate::ZeroWeight);
    }
    if !team.assignable.contains(&agent.availability) {
        return Some(Gate::Unavailable);
    }
    let Some(load) = loads[position] else { return Some(Gate::LoadUnknown) };
    if agent.capacity.is_some_and(|capacity| load >= capacity) {
        return Some(Gate::AgentFull);
    }
    if team.max_load.is_some_and(|max_load| load >= max_load) {
        return Some(Gate::TeamFull);
    }
    None
}

/// Returns the first gate that each member of the team fails, in the order of `members`.
fn gates(snapshot: &Snapshot<'_>, team: &Team<'_>, loads: &[Option<u32>]) -> Vec<Option<Gate>> {
    seats(snapshot, team).iter().map(|seat| gate(snapshot, team, seat, loads)).collect()
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

/// Returns the team's members in the order given, nothing owed.
fn seats<'a>(snapshot: &Snapshot<'_>, team: &'a Team<'_>) -> Vec<Seat<'a>> {
    team.members
        .iter()
        .map(|member| Seat {
            agent: &member.agent,
            position: snapshot.agents.iter().position(|agent| agent.id == member.agent),
            weight: i128::from(member.weight),
            owed: 0,
        })
        .collect()
}

/// Opens the team's rotation; empty for a manual team.
fn open<'a>(snapshot: &Snapshot<'_>, team: &'a Team<'_>) -> Vec<Seat<'a>> {
    let legacy = matches!(team.assignment, Assignment::Libredesk2025 | Assignment::Libredesk2026);
    let mut joining = match team.assignment {
        Assignment::Manual => return Vec::new(),
        Assignment::RoundRobin | Assignment::LeastLoaded => seats(snapshot, team),
        // The pool: known, of weight above 0, assignable; full or not.
        Assignment::Libredesk2025 | Assignment::Libredesk2026 => {
            let mut pool = seats(snapshot, team);
            pool.retain(|seat| {
                seat.weight > 0
                    && seat
                        .position
                        .is_some_and(|at| team.assignable.contains(&snapshot.agents[at].availability))
            });
            pool
        }
    };

    // 1. The cursor's turns, without those who are gone.
    let mut rotation = Vec::new();
    if let Some(cursor) = snapshot.cursors.iter().find(|cursor| cursor.team == team.id) {
        let same_pair = legacy == matches!(cursor.rule, Rule::Libredesk2025 | Rule::Libredesk2026);
        for turn in &cursor.turns {
            if let Some(at) = joining.iter().position(|seat| seat.agent == turn.agent) {
                let mut seat = joining.remove(at);
                seat.owed = if same_pair { i128::from(turn.owed) } else { 0 };
                rotation.push(seat);
            }
        }
    }

    // 2. Level.
    if !legacy && !rotation.is_empty() {
        let remaining = i128::try_from(rotation.len()).expect("a length");
        let sum: i128 = rotation.iter().map(|seat| seat.owed).sum();
        let mut one_more = sum.rem_euclid(remaining);
        for seat in &mut rotation {
            seat.owed -= sum.div_euclid(remaining);
            if one_more > 0 {
                seat.owed -= 1;
                one_more -= 1;
            }
        }
    }

    // 3. Newcomers at the end, owed 0.
    if let Some(seed) = snapshot.seed {
        shuffle(&mut joining, seed ^ fnv_1a(team.id.as_bytes()));
    }
    rotation.append(&mut joining);

    // 4. Lost claims.
    if !legacy {
        for lost in snapshot.lost_claims.iter().filter(|lost| lost.team == team.id) {
            give_back(&mut rotation, &lost.agent);
        }
    }
    rotation
}

/// Gives the turn of a lost claim back to a member with a weight above 0.
fn give_back(rotation: &mut [Seat<'_>], agent: &str) {
    let Some(at) = rotation.iter().position(|seat| seat.agent == agent && seat.weight > 0) else { return };
    let total: i128 = rotation.iter().map(|seat| seat.weight).sum();
    let mut taken = 0;
    for seat in rotation.iter_mut() {
        let share = ONE * seat.weight / total;
        seat.owed -= share;
        taken += share;
    }
    rotation[at].owed += taken;
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

fn load_of(seat: &Seat<'_>, loads: &[Option<u32>]) -> Option<u32> {
    seat.position.and_then(|position| loads[position])
}

/// Returns the cursor to store: the rotation as it stands, or what a manual team brought, untouched.
fn cursor<'a>(snapshot: &'a Snapshot<'_>, team: &'a Team<'_>, rotation: &[Seat<'a>]) -> Option<Cursor<'a>> {
    let rule = match team.assignment {
        Assignment::Manual => {
            let brought = snapshot.cursors.iter().find(|cursor| cursor.team == team.id)?;
            return Some(Cursor {
                team: Cow::Borrowed(&brought.team),
                rule: brought.rule,
                turns: brought
                    .turns
                    .iter()
                    .map(|turn| Turn { agent: Cow::Borrowed(&turn.agent), owed: turn.owed })
                    .collect(),
            });
        }
        Assignment::RoundRobin => Rule::RoundRobin,
        Assignment::LeastLoaded => Rule::LeastLoaded,
        Assignment::Libredesk2025 => Rule::Libredesk2025,
        Assignment::Libredesk2026 => Rule::Libredesk2026,
    };
    let most = i128::from(MAX_INTEGER);
    let turns = rotation
        .iter()
        .map(|seat| Turn {
            agent: Cow::Borrowed(seat.agent),
            owed: i64::try_from(seat.owed.clamp(-most, most)).expect("clamped"),
        })
        .collect();
    Some(Cursor { team: Cow::Borrowed(&team.id), rule, turns })
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
            members: team.map_or(0, |team| count(team.members.len())),
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
    .map(|why| PassedOver { why, members: count(failed.iter().filter(|&&gate| gate == Some(why)).count()) })
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

fn count(n: usize) -> u32 {
    u32::try_from(n).expect("a list of the snapshot")
}
