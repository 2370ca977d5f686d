//! The naive model: the design read aloud, one sentence after the other.
//!
//! It knows nothing of the engine but its public records. Every question is answered by a scan from the start,
//! every number is an `i128`, nothing is kept up to date that can be counted anew. It takes snapshots that are
//! valid; what is refused is tested elsewhere.

extern crate alloc;

mod explanation;
mod most;

pub(crate) use explanation::explain;

use alloc::borrow::Cow;
use evenhand::{
    Agent, AssignReason, Assignment, Conversation, Cursor, Decision, Gate, LoadChange, MAX_INTEGER, MAX_LOAD,
    Member, Needed, Objective, Outcome, PassedOver, Plan, Rule, SeatSet, Snapshot, Team, Turn, WaitReason,
    Waiting,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Those at work whose rank is the one served or a better one.
    pub(crate) at_work: Vec<usize>,
    /// Those among whom it was made.
    pub(crate) candidates: Vec<usize>,
    /// Those who were granted a share.
    pub(crate) granted: Vec<usize>,
    /// What was owed to the taker before the pick.
    pub(crate) owed: i128,
    /// Whether so much is owed to some candidate that they would be granted nothing, were they none.
    pub(crate) is_owed_8: bool,
    /// The rank served.
    pub(crate) rank: u32,
    pub(crate) kind: Kind,
}

/// Why those were granted a share who were.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// They are at work.
    Shared,
    /// The taker was 8 ahead, so the candidates share.
    Ahead,
    /// The taker was 8 ahead and preferred, so they are alone.
    PreferredAhead,
}

/// Whose turn it is in the teams that share it.
#[derive(Clone)]
struct Rotation<'a> {
    id: &'a str,
    /// Places among the teams of the snapshot, manual ones, too.
    teams: Vec<usize>,
    seats: Vec<Seat<'a>>,
    /// What goes into the cursor, and the same seat by seat.
    sets: Vec<SeatSet>,
    decoded: Vec<Vec<usize>>,
    /// Each pick of `round_robin` so far: for which class, by which team, of which kind, and the number of its set.
    log: Vec<(Class<'a>, usize, Kind, usize)>,
}

/// Somebody's place in a rotation.
#[derive(Clone)]
struct Seat<'a> {
    agent: &'a str,
    /// Where the agent stands among the agents of the snapshot, if at all.
    position: Option<usize>,
    /// The place in each team of the rotation that has the agent as a member.
    places: Vec<(usize, &'a Member<'a>)>,
    owed: i128,
}

impl Seat<'_> {
    /// Returns the place in a team, `None` where the agent is no member.
    fn place_in(&self, team: usize) -> Option<&Member<'_>> {
        self.places.iter().find(|(of, _)| *of == team).map(|(_, member)| *member)
    }

    /// Returns the weight in a team, 0 where the agent is no member.
    fn weight_in(&self, team: usize) -> i128 {
        self.place_in(team).map_or(0, |member| i128::from(member.weight))
    }
}

/// What an agent has at some moment of the plan.
struct Load {
    /// Open conversations; `None` where the host could not count.
    whole: Option<u32>,
    /// Those of each channel that the agent lists, in that order; likewise.
    channels: Vec<Option<u32>>,
    /// How many conversations this plan has given to the agent.
    got: u32,
    /// How many of the agent's conversations this plan has given to somebody else.
    handed_over: u32,
    /// Under `most`, what is told apart to judge the limits of teams over the plan as a set.
    as_a_set: Option<AsASet>,
}

/// What an agent got by the matching.
#[derive(Clone)]
struct AsASet {
    /// The whole load and those of the channels before it.
    whole: Option<u32>,
    channels: Vec<Option<u32>>,
    /// For each conversation got by it the place of its channel, where the agent lists it, and the serving team's `max_load`.
    got: Vec<(Option<usize>, Option<u32>)>,
}

impl Load {
    /// Returns whether the agent can take no more from a team; `channel` is the place of the conversation's channel, where
    /// the agent lists it. The load has to be known.
    fn has_reached(&self, team: &Team<'_>, channel: Option<usize>) -> bool {
        let Some(max_load) = team.max_load else { return false };
        let load_of = |whole: Option<u32>, channels: &[Option<u32>]| {
            i128::from(channel.map_or(whole, |at| channels[at]).expect("the load is known"))
        };
        // A legacy rule knows nothing but the load that there is.
        let Some(AsASet { whole, channels, got }) = self.as_a_set.as_ref().filter(|_| !is_legacy(team))
        else {
            return load_of(self.whole, &self.channels) >= i128::from(max_load);
        };
        // Some limit is used up, this one or a larger one, by what came from teams with at most that limit.
        let got = || got.iter().filter(|(branch, _)| *branch == channel).filter_map(|(_, most)| *most);
        let is_used_up = |limit: u32| {
            let within = got().filter(|&most| most <= limit).count() as i128;
            load_of(*whole, channels) + within >= i128::from(limit)
        };
        got().chain([max_load]).filter(|&limit| limit >= max_load).any(is_used_up)
    }
}

/// Conversations that the same agents may take.
#[derive(Clone, Default, PartialEq, Eq)]
struct Class<'a> {
    /// Places among the teams of the snapshot: its own, then the others that may serve it by now.
    open: Vec<usize>,
    channel: Option<&'a str>,
    /// The least level of each skill.
    needs: BTreeMap<&'a str, u32>,
    /// Places among the agents of the snapshot: who does not get it.
    excluded: BTreeSet<usize>,
    /// Likewise, where a hold is in force: for whom.
    held_for: Option<BTreeSet<usize>>,
}

/// Returns the plan that the design prescribes for a valid snapshot.
pub(crate) fn plan<'a>(snapshot: &'a Snapshot<'_>) -> Plan<'a> {
    answer(snapshot).plan
}

/// Returns the plan that the design prescribes for a valid snapshot, and how it came about.
pub(crate) fn answer<'a>(snapshot: &'a Snapshot<'_>) -> Answer<'a> {
    let mut loads = loads_of(snapshot);
    let mut rotations: Vec<Rotation<'a>> =
        rotation_ids(snapshot).into_iter().map(|id| open(snapshot, id)).collect();

    let mut decided: Vec<Option<Decided<'a>>> = snapshot.conversations.iter().map(|_| None).collect();
    let mut bottlenecks = Vec::new();
    match snapshot.objective {
        Objective::InOrder => {
            for at in serving_order(snapshot) {
                let conversation = &snapshot.conversations[at];
                decided[at] = Some(decide_and_take(snapshot, conversation, &mut rotations, &mut loads));
            }
        }
        Objective::Most => {
            bottlenecks = most::decide_all(snapshot, &mut rotations, &mut loads, &mut decided);
        }
    }
    let (decisions, picks): (Vec<_>, Vec<_>) = decided
        .into_iter()
        .map(|decided| decided.expect("each is served"))
        .map(|Decided { decision, pick }| (decision, pick))
        .unzip();

    let plan = Plan {
        version: 1,
        waiting: waiting(snapshot, &loads, &decisions),
        bottlenecks,
        cursors: rotations.iter().filter_map(|rotation| cursor(snapshot, rotation)).collect(),
        loads: loads_changed(snapshot, &loads),
        decisions,
    };
    Answer { plan, picks }
}

/// A decision, and how it came about.
struct Decided<'a> {
    decision: Decision<'a>,
    pick: Option<Pick<'a>>,
}

/// Decides one conversation, and gives it to whoever takes it.
fn decide_and_take<'a>(
    snapshot: &'a Snapshot<'_>,
    conversation: &'a Conversation<'_>,
    rotations: &mut [Rotation<'a>],
    loads: &mut [Load],
) -> Decided<'a> {
    let found = decide(snapshot, conversation, rotations, loads, &|_, _| true);
    give(snapshot, conversation, found, loads)
}

/// Gives a conversation to whoever was found to take it, if anybody.
fn give<'a>(
    snapshot: &'a Snapshot<'_>,
    conversation: &'a Conversation<'_>,
    found: Result<Picked<'a>, WaitReason>,
    loads: &mut [Load],
) -> Decided<'a> {
    let mut decision = Decision {
        conversation: &conversation.id,
        team: &conversation.team,
        held_by: conversation.held_by.as_deref(),
        ..Decision::default()
    };
    match found {
        Err(why) => {
            decision.outcome = Outcome::Waits(why);
            Decided { decision, pick: None }
        }
        Ok(picked) => {
            let by = &*snapshot.teams[picked.by].id;
            decision.outcome = Outcome::Assigned { agent: picked.agent, why: picked.why };
            decision.by = (by != conversation.team).then_some(by);
            decision.set = number(picked.set);
            take(snapshot, conversation, picked.agent, picked.by, loads);
            Decided { decision, pick: picked.pick }
        }
    }
}

/// Returns what the agents have before the plan.
fn loads_of(snapshot: &Snapshot<'_>) -> Vec<Load> {
    let load = |agent: &Agent<'_>| Load {
        whole: agent.load,
        channels: agent.channels.iter().map(|channel| channel.load).collect(),
        got: 0,
        handed_over: 0,
        as_a_set: None,
    };
    snapshot.agents.iter().map(load).collect()
}

/// Gives a conversation to an agent, by a team, and takes it from whoever has it.
fn take(
    snapshot: &Snapshot<'_>,
    conversation: &Conversation<'_>,
    agent: &str,
    by: usize,
    loads: &mut [Load],
) {
    let taker = position(snapshot, agent).expect("a candidate is an agent");
    let holder = conversation.held_by.as_ref().and_then(|holder| position(snapshot, holder));
    // A legacy rule may draw whoever has it already.
    if holder == Some(taker) {
        return;
    }
    loads[taker].got += 1;
    loads[taker].whole = loads[taker].whole.map(|load| load + 1);
    let channel = listed(&snapshot.agents[taker], conversation.channel.as_deref());
    if let Some(set) = &mut loads[taker].as_a_set {
        set.got.push((channel, snapshot.teams[by].max_load));
    }
    if let Some(at) = channel {
        loads[taker].channels[at] = loads[taker].channels[at].map(|load| load + 1);
    }
    // The holder's room is free for the next plan, not for this one.
    if let Some(holder) = holder {
        loads[holder].handed_over += 1;
    }
}

/// Returns the place of a channel among those that an agent lists, if they do.
fn listed(agent: &Agent<'_>, channel: Option<&str>) -> Option<usize> {
    agent.channels.iter().position(|listed| Some(&*listed.channel) == channel)
}

/// Returns for how many milliseconds a conversation has waited.
fn waited(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>) -> u64 {
    match (snapshot.now, conversation.since) {
        (Some(now), Some(since)) if now > since => now - since,
        _ => 0,
    }
}

/// Returns the places of the conversations as they are served.
///
/// The most urgent first, then those that are due first, then as given; those of lost claims after all others.
fn serving_order(snapshot: &Snapshot<'_>) -> Vec<usize> {
    let is_lost = |conversation: &Conversation<'_>| {
        snapshot.lost_claims.iter().any(|lost| lost.conversation == conversation.id)
    };
    let urgency = |conversation: &Conversation<'_>| {
        let priority = i128::from(conversation.priority);
        match snapshot.ageing {
            None => priority,
            Some(ageing) => priority * i128::from(ageing) + i128::from(waited(snapshot, conversation)),
        }
    };
    let mut order: Vec<usize> = (0..snapshot.conversations.len()).collect();
    // A stable sort: what is alike in all of it stays as given.
    order.sort_by_key(|&at| {
        let conversation = &snapshot.conversations[at];
        let due = conversation.due.map_or(i128::MAX, i128::from);
        (is_lost(conversation), Reverse(urgency(conversation)), due)
    });
    order
}

/// Returns the needs that have not lapsed: the highest level of each skill, in order of first mention.
fn needs_in_force<'a>(snapshot: &Snapshot<'_>, conversation: &'a Conversation<'_>) -> Vec<Needed<'a>> {
    let waited = waited(snapshot, conversation);
    let mut needs: Vec<Needed<'a>> = Vec::new();
    for need in &conversation.needs {
        if need.relax_after.is_some_and(|relax_after| waited >= relax_after) {
            continue;
        }
        match needs.iter_mut().find(|other| other.skill == need.skill) {
            Some(other) => other.level = other.level.max(need.level),
            None => needs.push(Needed { skill: &need.skill, level: need.level }),
        }
    }
    needs
}

/// Returns the teams that may serve a conversation by now: its own, then those that it overflows to, in that order.
fn open_teams(snapshot: &Snapshot<'_>, conversation: &Conversation<'_>, own: usize) -> Vec<usize> {
    let waited = waited(snapshot, conversation);
    let mut named: Vec<usize> = vec![own];
    let mut open = vec![own];
    for overflow in &snapshot.teams[own].overflow {
        let Some(other) = snapshot.teams.iter().position(|team| team.id == overflow.team) else { continue };
        // Of a team that is named twice the first entry counts, open or not; and nothing overflows to itself.
        if named.contains(&other) {
            continue;
        }
        named.push(other);
        if !is_manual(&snapshot.teams[other])
            && !is_legacy(&snapshot.teams[other])
            && waited >= overflow.after
        {
            open.push(other);
        }
    }
    open
}

/// Returns the class of a conversation of a team that is there. A legacy rule knows nothing of what is asked for.
fn class_of<'a>(snapshot: &Snapshot<'_>, conversation: &'a Conversation<'_>, own: usize) -> Class<'a> {
    if is_legacy(&snapshot.teams[own]) {
        return Class { open: vec![own], ..Class::default() };
    }
    let known = |agent: &Cow<'_, str>| position(snapshot, agent);
    let mut class = Class {
        open: open_teams(snapshot, conversation, own),
        channel: conversation.channel.as_deref(),
        needs: needs_in_force(snapshot, conversation)
            .into_iter()
            .map(|need| (need.skill, need.level))
            .collect(),
        excluded: conversation.excluded.iter().chain(&conversation.held_by).filter_map(known).collect(),
        held_for: None,
    };
    let for_now = conversation.hold_for.is_some_and(|hold_for| waited(snapshot, conversation) < hold_for);
    let mut preferred: BTreeSet<usize> = conversation.preferred.iter().filter_map(known).collect();
    preferred.retain(|agent| !class.excluded.contains(agent));
    if for_now && preferred.iter().any(|&agent| is_qualified(snapshot, &class, agent)) {
        class.held_for = Some(preferred);
    }
    class
}

/// Returns whether the agent is a qualified member, available or not, of a team that may serve the class.
fn is_qualified(snapshot: &Snapshot<'_>, class: &Class<'_>, agent: usize) -> bool {
    let id = &snapshot.agents[agent].id;
    class.open.iter().any(|&team| {
        let mut members = snapshot.teams[team].members.iter();
        members.any(|member| {
            member.agent == *id && unqualified(snapshot, class, Some(agent), member.weight).is_none()
        })
    })
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

fn is_manual(team: &Team<'_>) -> bool {
    team.assignment == Assignment::Manual
}

fn is_legacy(team: &Team<'_>) -> bool {
    matches!(team.assignment, Assignment::Libredesk2025 | Assignment::Libredesk2026)
}

/// Decides one conversation: who takes it, or why it waits.
///
/// `can_take` says whether a candidate of a team is asked at all; by their places in the snapshot.
fn decide<'a>(
    snapshot: &'a Snapshot<'_>,
    conversation: &'a Conversation<'_>,
    rotations: &mut [Rotation<'a>],
    loads: &[Load],
    can_take: &dyn Fn(usize, usize) -> bool,
) -> Result<Picked<'a>, WaitReason> {
    let Some(own) = snapshot.teams.iter().position(|team| team.id == conversation.team) else {
        return Err(WaitReason::UnknownTeam);
    };
    let class = class_of(snapshot, conversation, own);
    let rotation = rotation_in(rotations, &snapshot.teams[own]);
    match snapshot.teams[own].assignment {
        Assignment::Manual => return Err(WaitReason::ManualTeam),
        Assignment::Libredesk2025 => return by_draws(snapshot, &class, own, rotation, loads, 1),
        Assignment::Libredesk2026 => {
            let tries = rotation.seats.len();
            return by_draws(snapshot, &class, own, rotation, loads, tries);
        }
        Assignment::RoundRobin | Assignment::LeastLoaded | Assignment::LeastRecent => {}
    }

    // The agent of its lost claim is no candidate, until everybody else has been asked.
    let lost = snapshot.lost_claims.iter().find(|lost| lost.conversation == conversation.id);
    let loser = lost.and_then(|lost| lost.agent.as_deref());
    for withheld in [loser, None] {
        for &team in &class.open {
            let rotation = rotation_in(rotations, &snapshot.teams[team]);
            let candidates: Vec<usize> = (0..rotation.seats.len())
                .filter(|&at| Some(rotation.seats[at].agent) != withheld)
                .filter(|&at| passes(snapshot, &class, team, &rotation.seats[at], loads))
                .collect();
            let is_asked =
                |&at: &usize| can_take(team, rotation.seats[at].position.expect("a candidate is an agent"));
            let asked: Vec<usize> = candidates.iter().copied().filter(is_asked).collect();
            if !asked.is_empty() {
                let among = [&*asked, &*candidates];
                return Ok(serve(snapshot, conversation, &class, team, rotation, loads, among));
            }
        }
    }
    Err(wait_reason(snapshot, &class, own, loads))
}

fn rotation_in<'r, 'a>(rotations: &'r mut [Rotation<'a>], team: &Team<'_>) -> &'r mut Rotation<'a> {
    rotations.iter_mut().find(|rotation| rotation.id == rotation_of(team)).expect("all are opened")
}

struct Picked<'a> {
    agent: &'a str,
    why: AssignReason,
    /// The team that serves it.
    by: usize,
    set: usize,
    pick: Option<Pick<'a>>,
}

/// Picks one of those who are asked in a team, of whom there are some, beside all of its candidates.
fn serve<'a>(
    snapshot: &Snapshot<'_>,
    conversation: &Conversation<'_>,
    class: &Class<'a>,
    team: usize,
    rotation: &mut Rotation<'a>,
    loads: &[Load],
    [asked, candidates]: [&[usize]; 2],
) -> Picked<'a> {
    let rank = |at: usize| rank(snapshot, team, &rotation.seats[at]);
    // The first in `preferred` who is asked, of whatever rank, has nobody beside them.
    let seat_of = |agent: &Cow<'_, str>| asked.iter().copied().find(|&at| rotation.seats[at].agent == agent);
    let preferred = conversation.preferred.iter().find_map(seat_of);
    let served = match preferred {
        Some(at) => rank(at),
        None => asked.iter().map(|&at| rank(at)).min().expect("there are some"),
    };
    let among: Vec<usize> = match preferred {
        Some(at) => vec![at],
        None => asked.iter().copied().filter(|&at| rank(at) == served).collect(),
    };
    let is_only_candidate = candidates.iter().filter(|&&at| rank(at) <= served).count() == 1;

    let assignment = snapshot.teams[team].assignment;
    let why = match assignment {
        _ if preferred.is_some() => AssignReason::Preferred,
        _ if is_only_candidate => AssignReason::OnlyCandidate,
        Assignment::LeastLoaded => AssignReason::LeastLoaded,
        Assignment::LeastRecent => AssignReason::LeastRecent,
        _ => AssignReason::Turn,
    };
    let (taker, set, pick) = match assignment {
        Assignment::LeastLoaded => (by_load(team, rotation, loads, &among), 0, None),
        Assignment::LeastRecent => (among[0], 0, None),
        _ => {
            let is_preferred = preferred.is_some();
            let (taker, pick) = by_share_owed(snapshot, class, rotation, loads, among, served, is_preferred);
            (taker, record(rotation, class, team, &pick), Some(pick))
        }
    };
    let agent = rotation.seats[taker].agent;
    if pick.is_none() {
        // Nothing is owed; whoever takes one goes to the end.
        let last = rotation.seats.remove(taker);
        rotation.seats.push(last);
    }
    Picked { agent, why, by: team, set, pick }
}

/// Returns the rank of a member who is available: those who are only a fallback after all others, then by tier.
fn rank(snapshot: &Snapshot<'_>, team: usize, seat: &Seat<'_>) -> u32 {
    let agent = &snapshot.agents[seat.position.expect("whoever is available is known")];
    let tier = seat.place_in(team).expect("they are a member").tier;
    if snapshot.teams[team].assignable.contains(&agent.availability) { tier } else { 10 + tier }
}

/// Returns the seats of those who could take a conversation of this channel and of any team of the rotation,
/// whatever it needs and whomever it excludes, each with the best rank that they have in such a team.
fn at_work(
    snapshot: &Snapshot<'_>,
    rotation: &Rotation<'_>,
    channel: Option<&str>,
    loads: &[Load],
) -> Vec<(usize, u32)> {
    let anything = Class { channel, ..Class::default() };
    let mut at_work = Vec::new();
    for (at, seat) in rotation.seats.iter().enumerate() {
        let ranks = rotation
            .teams
            .iter()
            .filter(|&&team| !is_manual(&snapshot.teams[team]))
            .filter(|&&team| passes(snapshot, &anything, team, seat, loads))
            .map(|&team| rank(snapshot, team, seat));
        if let Some(best) = ranks.min() {
            at_work.push((at, best));
        }
    }
    at_work
}

/// Returns the weight of a seat: the largest in any team of the rotation that is not manual.
fn weight(snapshot: &Snapshot<'_>, rotation: &Rotation<'_>, at: usize) -> i128 {
    rotation.seats[at]
        .places
        .iter()
        .filter(|(team, _)| !is_manual(&snapshot.teams[*team]))
        .map(|(_, member)| i128::from(member.weight))
        .max()
        .unwrap_or(0)
}

/// `round_robin`: a share for everybody at work, and the one to whom most is owed pays all the shares.
fn by_share_owed<'a>(
    snapshot: &Snapshot<'_>,
    class: &Class<'_>,
    rotation: &mut Rotation<'a>,
    loads: &[Load],
    candidates: Vec<usize>,
    rank: u32,
    is_preferred: bool,
) -> (usize, Pick<'a>) {
    let at_work: Vec<usize> = at_work(snapshot, rotation, class.channel, loads)
        .into_iter()
        .filter(|(_, best)| *best <= rank)
        .map(|(at, _)| at)
        .collect();
    let all: i128 = at_work.iter().map(|&at| weight(snapshot, rotation, at)).sum();
    let due = |at: usize| rotation.seats[at].owed + ONE * weight(snapshot, rotation, at) / all;
    let mut taker = candidates[0];
    for &at in &candidates[1..] {
        if due(at) > due(taker) {
            taker = at;
        }
    }

    let owed = rotation.seats[taker].owed;
    let kind = match (owed <= -FAR, is_preferred) {
        (false, _) => Kind::Shared,
        (true, false) => Kind::Ahead,
        (true, true) => Kind::PreferredAhead,
    };
    let granted: Vec<usize> = if kind == Kind::Shared {
        let is_granted = |at: &usize| rotation.seats[*at].owed < FAR || candidates.contains(at);
        at_work.iter().copied().filter(is_granted).collect()
    } else {
        candidates.clone()
    };
    let is_owed_8 = candidates.iter().any(|&at| rotation.seats[at].owed >= FAR);
    for (at, share) in shares(snapshot, rotation, &granted) {
        rotation.seats[at].owed += share;
        rotation.seats[taker].owed -= share;
    }
    (taker, Pick { rotation: rotation.id, at_work, candidates, granted, owed, is_owed_8, rank, kind })
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

/// Returns whether the taker alone was granted a share, whoever else might have been.
fn is_alone(kind: Kind) -> bool {
    kind == Kind::PreferredAhead
}

/// Records the set of a pick and returns its number.
fn record<'a>(rotation: &mut Rotation<'a>, class: &Class<'a>, team: usize, pick: &Pick<'_>) -> usize {
    let mut alike = rotation
        .log
        .iter()
        .rev()
        .filter(|(of, by, kind, _)| (of, *by) == (class, team) && is_alone(*kind) == is_alone(pick.kind));
    let last = alike.next().map(|(_, _, _, set)| *set);
    let compared = match pick.kind {
        Kind::PreferredAhead => last,
        // At the first with the last one that was written, whoever's it was.
        Kind::Shared | Kind::Ahead => last.or(rotation.sets.len().checked_sub(1)),
    };
    let set = match compared {
        Some(set) if rotation.decoded[set] == pick.granted => set,
        _ => {
            let from = compared.filter(|_| pick.kind != Kind::PreferredAhead);
            rotation.sets.push(written(from.map(|set| (set, &*rotation.decoded[set])), &pick.granted));
            rotation.decoded.push(pick.granted.clone());
            rotation.sets.len() - 1
        }
    };
    rotation.log.push((class.clone(), team, pick.kind, set));
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
fn by_load(team: usize, rotation: &Rotation<'_>, loads: &[Load], candidates: &[usize]) -> usize {
    let weight = |at: usize| rotation.seats[at].weight_in(team);
    let after = |at: usize| {
        let position = rotation.seats[at].position.expect("a candidate is an agent");
        1 + i128::from(loads[position].whole.expect("a candidate's load is known"))
    };
    let mut taker = candidates[0];
    for &at in &candidates[1..] {
        // (load + 1) / weight, compared by cross multiplication.
        let (one, other) = (after(at) * weight(taker), after(taker) * weight(at));
        if one < other || one == other && weight(at) > weight(taker) {
            taker = at;
        }
    }
    taker
}

/// The legacy rules: up to `tries` draws among the whole pool, full or not, each spending its turn.
fn by_draws<'a>(
    snapshot: &Snapshot<'_>,
    class: &Class<'_>,
    team: usize,
    rotation: &mut Rotation<'a>,
    loads: &[Load],
    tries: usize,
) -> Result<Picked<'a>, WaitReason> {
    let pool = &mut rotation.seats;
    if pool.is_empty() {
        return Err(wait_reason(snapshot, class, team, loads));
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
        if passes(snapshot, class, team, &pool[drawn], loads) {
            let agent = pool[drawn].agent;
            return Ok(Picked { agent, why: AssignReason::Turn, by: team, set: 0, pick: None });
        }
    }
    Err(WaitReason::TurnLost)
}

/// Returns whether the agent is a member of the team and passes every gate.
fn passes(snapshot: &Snapshot<'_>, class: &Class<'_>, team: usize, seat: &Seat<'_>, loads: &[Load]) -> bool {
    seat.place_in(team).is_some_and(|member| {
        gate(snapshot, class, &snapshot.teams[team], seat.position, member.weight, loads).is_none()
    })
}

/// Returns the first gate the member fails, or `None` for a candidate.
fn gate(
    snapshot: &Snapshot<'_>,
    class: &Class<'_>,
    team: &Team<'_>,
    position: Option<usize>,
    weight: u32,
    loads: &[Load],
) -> Option<Gate> {
    if let Some(gate) = unqualified(snapshot, class, position, weight) {
        return Some(gate);
    }
    let position = position.expect("whoever is qualified is known");
    let agent = &snapshot.agents[position];
    if class.held_for.as_ref().is_some_and(|preferred| !preferred.contains(&position)) {
        return Some(Gate::HeldForOther);
    }
    let is_fallback = team.fallback.contains(&agent.availability) && !is_legacy(team);
    if !team.assignable.contains(&agent.availability) && !is_fallback {
        return Some(Gate::Unavailable);
    }

    let Some(load) = loads[position].whole else { return Some(Gate::LoadUnknown) };
    // Whether the agent lists the channel, and how much is known of it.
    let listed = listed(agent, class.channel);
    let channel = match listed {
        None => None,
        Some(at) => match loads[position].channels[at] {
            None => return Some(Gate::LoadUnknown),
            Some(load) => Some((load, agent.channels[at].capacity)),
        },
    };
    let is_full = |load: u32, limit: Option<u32>| load >= limit.unwrap_or(MAX_LOAD).min(MAX_LOAD);
    if is_full(load, agent.capacity) {
        return Some(Gate::AgentFull);
    }
    if channel.is_some_and(|(load, capacity)| is_full(load, capacity)) {
        return Some(Gate::ChannelFull);
    }
    if loads[position].has_reached(team, listed) {
        return Some(Gate::TeamFull);
    }
    if agent.max_new.is_some_and(|max_new| loads[position].got >= max_new) && !is_legacy(team) {
        return Some(Gate::NewLimit);
    }
    None
}

/// Returns the first gate the member fails of those that no time, load or availability moves.
fn unqualified(
    snapshot: &Snapshot<'_>,
    class: &Class<'_>,
    position: Option<usize>,
    weight: u32,
) -> Option<Gate> {
    let Some(position) = position else { return Some(Gate::UnknownAgent) };
    if weight == 0 {
        return Some(Gate::ZeroWeight);
    }
    if class.excluded.contains(&position) {
        return Some(Gate::Excluded);
    }
    let knows = |(skill, level): (&&str, &u32)| {
        let mut skills = snapshot.agents[position].skills.iter();
        skills.any(|known| known.skill == *skill && known.level >= *level)
    };
    if !class.needs.iter().all(knows) {
        return Some(Gate::LacksSkill);
    }
    None
}

/// Returns where the agent stands among the agents of the snapshot, if at all.
fn position(snapshot: &Snapshot<'_>, agent: &str) -> Option<usize> {
    snapshot.agents.iter().position(|known| known.id == agent)
}

/// Returns the first gate that each member of the team fails, in the order of `members`.
fn gates(snapshot: &Snapshot<'_>, class: &Class<'_>, team: &Team<'_>, loads: &[Load]) -> Vec<Option<Gate>> {
    let gate = |member: &Member<'_>| {
        gate(snapshot, class, team, position(snapshot, &member.agent), member.weight, loads)
    };
    team.members.iter().map(gate).collect()
}

/// Returns why a conversation waits that nobody may take: what stops those of its own team who came furthest.
fn wait_reason(snapshot: &Snapshot<'_>, class: &Class<'_>, own: usize, loads: &[Load]) -> WaitReason {
    let mut left = gates(snapshot, class, &snapshot.teams[own], loads);
    left.retain(|gate| !matches!(gate, Some(Gate::UnknownAgent | Gate::ZeroWeight)));
    if left.is_empty() {
        return WaitReason::NoMembers;
    }
    left.retain(|gate| !matches!(gate, Some(Gate::Excluded | Gate::LacksSkill)));
    if left.is_empty() {
        return WaitReason::NobodyQualified;
    }
    if class.held_for.is_some() {
        return WaitReason::Held;
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
    let legacy = rotation.teams.iter().any(|&team| is_legacy(&snapshot.teams[team]));
    let cursor = snapshot.cursors.iter().find(|cursor| cursor.rotation == id);

    // Who has a seat: the members of the teams, in a legacy team its pool. Each once.
    let mut joining: Vec<Seat<'a>> = Vec::new();
    for &at in &rotation.teams {
        let team = &snapshot.teams[at];
        for member in &team.members {
            let place = (at, member);
            if let Some(seat) = joining.iter_mut().find(|seat| seat.agent == member.agent) {
                seat.places.push(place);
                continue;
            }
            let position = position(snapshot, &member.agent);
            if !legacy || team.assignment == assignment && in_pool(snapshot, team, position, member.weight) {
                joining.push(Seat { agent: &member.agent, position, places: vec![place], owed: 0 });
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
        let by = lost.by.as_ref().unwrap_or(&lost.team);
        let served = rotation.teams.iter().any(|&team| {
            let team = &snapshot.teams[team];
            team.id == *by && !is_manual(team)
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
    let loads = loads_of(snapshot);
    for (agent, set) in lost_turns(snapshot, rotation) {
        let granted: Vec<usize> = match decode(&cursor.sets, set) {
            None => at_work(snapshot, rotation, None, &loads).into_iter().map(|(at, _)| at).collect(),
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

/// Groups the conversations that wait by team id, reason, channel and needs, by first appearance.
fn waiting<'a>(snapshot: &'a Snapshot<'_>, loads: &[Load], decisions: &[Decision<'a>]) -> Vec<Waiting<'a>> {
    let mut groups: Vec<Waiting<'a>> = Vec::new();
    for (decision, conversation) in decisions.iter().zip(&snapshot.conversations) {
        let Outcome::Waits(why) = decision.outcome else { continue };
        let own = snapshot.teams.iter().position(|team| team.id == decision.team);
        let (channel, needs) = match own {
            Some(own) if is_legacy(&snapshot.teams[own]) => (None, Vec::new()),
            _ => (conversation.channel.as_deref(), needs_in_force(snapshot, conversation)),
        };
        let same = groups.iter_mut().find(|group| {
            (group.team, group.why, group.channel) == (decision.team, why, channel)
                && group.needs.len() == needs.len()
                && group.needs.iter().all(|need| needs.contains(need))
        });
        if let Some(group) = same {
            group.conversations += 1;
            continue;
        }
        groups.push(Waiting {
            team: decision.team,
            channel,
            needs,
            why,
            conversations: 1,
            members: own.map_or(0, |own| number(snapshot.teams[own].members.len())),
            passed_over: match own {
                Some(own) if !is_manual(&snapshot.teams[own]) => {
                    passed_over(snapshot, &class_of(snapshot, conversation, own), own, loads)
                }
                _ => Vec::new(),
            },
        });
    }
    groups
}

/// Counts the members by the first gate they fail, in the order of the gates.
fn passed_over(snapshot: &Snapshot<'_>, class: &Class<'_>, own: usize, loads: &[Load]) -> Vec<PassedOver> {
    let failed = gates(snapshot, class, &snapshot.teams[own], loads);
    [
        Gate::UnknownAgent,
        Gate::ZeroWeight,
        Gate::Excluded,
        Gate::LacksSkill,
        Gate::HeldForOther,
        Gate::Unavailable,
        Gate::LoadUnknown,
        Gate::AgentFull,
        Gate::ChannelFull,
        Gate::TeamFull,
        Gate::NewLimit,
    ]
    .into_iter()
    .map(|why| PassedOver { why, members: number(failed.iter().filter(|&&gate| gate == Some(why)).count()) })
    .filter(|group| group.members > 0)
    .collect()
}

/// Returns the agents whose load changes, in the order of the agents.
fn loads_changed<'a>(snapshot: &'a Snapshot<'_>, loads: &[Load]) -> Vec<LoadChange<'a>> {
    let mut changes = Vec::new();
    for (agent, load) in snapshot.agents.iter().zip(loads) {
        let (Some(before), Some(whole)) = (agent.load, load.whole) else { continue };
        let after = whole.saturating_sub(load.handed_over);
        if before != after {
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
