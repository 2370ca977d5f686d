//! Each decision by itself: whether the taker may take it, whether it was theirs, and whether what waits had to.

use super::facts::{Class, END, Facts, Kind, NEVER, Taker};
use super::lists::sorted;
use super::turns::Turns;
use super::{Report, ViolationCode};
use crate::error::Error;
use crate::plan::{AssignReason, Decision, Gate, Outcome, WaitReason};
use crate::snapshot::{Assignment, Conversation};
use alloc::{collections::BinaryHeap, vec::Vec};
use core::cmp::Reverse;

/// Somebody who may take a class from a team, until they leave: the place of the team among those asked, the rank, when
/// they leave, and who.
type Row = (usize, u32, usize, usize);

const AGENT: &str = "/decisions/#/agent";

/// Checks all decisions.
pub(super) fn check(facts: &Facts<'_>, turns: &Turns, report: &mut Report) -> Result<(), Error> {
    let mut of: Vec<Vec<usize>> = facts.classes.iter().map(|_| Vec::new()).collect();
    for &place in &facts.order {
        of[facts.class_of[place]].push(place);
    }
    for (class, places) in facts.classes.iter().zip(of) {
        let rows = rows(facts, class)?;
        let groups = rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).map(<[_]>::len);
        let ends = groups.scan(0, |end, count| {
            *end += count;
            Some(*end)
        });
        let ends: Vec<_> = ends.collect();
        let heaps = ends.iter().map(|_| BinaryHeap::new()).collect();
        let mut picks = Picks { facts, turns, class, rows: &rows, ends, heaps };
        let reason = wait_reason(facts, class);
        for place in places {
            facts.look(picks.ends.len())?;
            picks.check(place, reason, report);
        }
    }
    Ok(())
}

/// Returns everybody who may take a class at some time, by team, rank and when they leave. Of a legacy team that is the pool.
fn rows(facts: &Facts<'_>, class: &Class<'_>) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    if matches!(class.kind, Kind::Unknown | Kind::Manual) {
        return Ok(rows);
    }
    for (at, &team) in class.asked.iter().enumerate() {
        facts.look(facts.members[team].len().saturating_mul(2 + class.needs.len()))?;
        for member in &facts.members[team] {
            let leave = match facts.unable(class, member) {
                None => facts.leave(class, team, member.person),
                // Who could not be counted is drawn all the same.
                Some(Gate::LoadUnknown) if class.kind == Kind::Legacy => 0,
                Some(_) => continue,
            };
            rows.push((at, member.rank.unwrap_or(0), leave, member.person));
        }
    }
    Ok(sorted(rows))
}

/// Returns why the conversations of a class wait if they do.
fn wait_reason(facts: &Facts<'_>, class: &Class<'_>) -> WaitReason {
    let Some(&own) = class.asked.first() else { return WaitReason::UnknownTeam };
    if class.kind == Kind::Manual {
        return WaitReason::ManualTeam;
    }
    let gates = facts.members[own].iter().filter_map(|member| {
        if class.kind == Kind::Legacy {
            let unable = facts.unable(class, member);
            // Whoever passes draws.
            return Some(unable.unwrap_or(Gate::NewLimit));
        }
        facts.gate(class, own, member, END)
    });
    match gates.max_by_key(|&gate| gate as usize) {
        None | Some(Gate::UnknownAgent | Gate::ZeroWeight) => WaitReason::NoMembers,
        Some(Gate::Excluded | Gate::LacksSkill) => WaitReason::NobodyQualified,
        Some(_) if class.held_for.is_some() => WaitReason::Held,
        Some(Gate::HeldForOther | Gate::Unavailable) => WaitReason::NobodyAvailable,
        Some(_) if class.kind == Kind::Legacy => WaitReason::TurnLost,
        Some(Gate::LoadUnknown) => WaitReason::LoadUnknown,
        Some(_) => WaitReason::AllFull,
    }
}

/// The decisions of a class, which come in serving order.
struct Picks<'c, 'a> {
    facts: &'c Facts<'a>,
    turns: &'c Turns,
    class: &'c Class<'a>,
    rows: &'c [Row],
    /// Where those of a team and rank end.
    ends: Vec<usize>,
    /// Under `least_*`, whose turn is next of a team and rank; nobody's, before they are asked.
    heaps: Vec<BinaryHeap<Reverse<Turn>>>,
}

/// What orders candidates under `least_*`, the least first: the load by weight under `least_loaded`, the larger weight then, and where they
/// stand in the rotation; who, and when they leave. It never falls.
type Turn = (u64, Reverse<u32>, usize, usize, usize);

impl<'a> Picks<'_, 'a> {
    fn check(&mut self, place: usize, reason: WaitReason, report: &mut Report) {
        let facts = self.facts;
        let (decision, conversation) = (&facts.plan.decisions[place], &facts.snapshot.conversations[place]);
        let mut wrong = |code, path, text, about: &str| report.add(code, path, &[place], text, about);
        if decision.team != conversation.team {
            wrong(
                ViolationCode::Team,
                "/decisions/#/team",
                "expected the conversation's team",
                &conversation.team,
            );
        }
        if decision.held_by != conversation.held_by.as_deref() {
            let holder = conversation.held_by.as_deref().unwrap_or("");
            wrong(ViolationCode::HeldBy, "/decisions/#/held_by", "expected as the conversation says", holder);
        }
        let owes = match facts.takers[place] {
            Some(taker) => facts.assignment(taker.team) == Assignment::RoundRobin,
            None => false,
        };
        if decision.set != 0 && !owes {
            wrong(ViolationCode::Set, "/decisions/#/set", "expected no set where no share is owed", "");
        }
        match decision.outcome {
            Outcome::Assigned { agent, why } => match self.allowed(place, decision) {
                Err((code, path, text)) => wrong(code, path, text, agent),
                Ok(taker) => {
                    if let Some((code, path, text, about)) = self.assigned(place, conversation, taker, why) {
                        wrong(code, path, text, about);
                    }
                }
            },
            Outcome::Waits(why) => {
                if decision.by.is_some() {
                    wrong(
                        ViolationCode::By,
                        "/decisions/#/by",
                        "expected no team that serves what waits",
                        "",
                    );
                }
                if let Some((code, who)) = self.free(facts.time[place]) {
                    let text = "expected to be taken, for instance by";
                    wrong(code, AGENT, text, &facts.snapshot.agents[who].id);
                } else if why != reason {
                    wrong(ViolationCode::WaitReason, "/decisions/#/why", "expected", reason.code());
                }
            }
        }
    }

    /// Returns somebody who could take what waits at some time, and whether they took a later one.
    fn free(&self, time: usize) -> Option<(ViolationCode, usize)> {
        if self.class.kind == Kind::Legacy {
            // Somebody who could not take it must have been drawn: the first, since all are of one rank.
            return self.rows.first().filter(|row| row.2 > time).map(|row| (ViolationCode::RoomLeft, row.3));
        }
        let &(_, _, leave, who) = self.last(0, self.rows.len()).max_by_key(|row| row.2)?;
        let code = if leave == NEVER { ViolationCode::RoomLeft } else { ViolationCode::OutOfOrder };
        (leave > time).then_some((code, who))
    }

    /// Returns who takes a conversation, if they may at all.
    fn allowed(
        &self,
        place: usize,
        decision: &Decision<'_>,
    ) -> Result<Taker, (ViolationCode, &'static str, &'static str)> {
        let Self { facts, class, .. } = self;
        if matches!(class.kind, Kind::Unknown | Kind::Manual) {
            return Err((ViolationCode::NotAssignable, AGENT, "expected nobody, found"));
        }
        if let Some(by) = decision.by
            && facts.team(by).is_none_or(|by| !class.asked[1..].contains(&by))
        {
            let text =
                "expected another team that is open to it, where it is not its own that serves it, for";
            return Err((ViolationCode::By, "/decisions/#/by", text));
        }
        let taker = facts.takers[place];
        let taker =
            taker.ok_or((ViolationCode::UnknownAgent, AGENT, "expected an agent of the snapshot, found"))?;
        let member = facts.member(taker.team, taker.agent);
        let member = member.ok_or((
            ViolationCode::NotAMember,
            AGENT,
            "expected a member of the team that serves it, found",
        ))?;
        match facts.gate(class, taker.team, member, facts.time[place]) {
            Some(gate) => Err((gate.into(), AGENT, "expected somebody who passes every gate, found")),
            None => Ok(taker),
        }
    }

    /// Returns what is wrong with an assignment to somebody who may take it.
    fn assigned(
        &mut self,
        place: usize,
        conversation: &'a Conversation<'a>,
        taker: Taker,
        why: AssignReason,
    ) -> Option<(ViolationCode, &'static str, &'static str, &'a str)> {
        let facts = self.facts;
        let time = facts.time[place];
        let reason =
            |word: AssignReason| (ViolationCode::AssignReason, "/decisions/#/why", "expected", word.code());
        let rule = match facts.assignment(taker.team) {
            Assignment::LeastLoaded => AssignReason::LeastLoaded,
            Assignment::LeastRecent => AssignReason::LeastRecent,
            _ => AssignReason::Turn,
        };
        if self.class.kind == Kind::Legacy {
            return (why != rule).then(|| reason(rule));
        }
        let id = &facts.snapshot.agents[taker.agent].id;
        let preferred = conversation.preferred.contains(id);
        if preferred != (why == AssignReason::Preferred) {
            return Some(reason(if preferred { AssignReason::Preferred } else { rule }));
        }
        let loser = facts.loser(conversation);
        // The lost one is asked like all others once nobody else is there.
        let withheld = loser.filter(|&loser| loser != taker.agent);
        let at = self.class.asked.iter().position(|&team| team == taker.team)?;
        let member = facts.member(taker.team, taker.agent)?;
        let served = (at, member.rank?);
        let is_other = |row: &Row| row.2 > time && row.3 != taker.agent && Some(row.3) != withheld;
        let other = self.before(conversation, taker, withheld, served, time);
        // Under `most` others may be needed elsewhere, and the reason says that they are.
        let matched = why == AssignReason::Matched;
        if !(facts.most && (matched || preferred))
            && let Some((code, who)) = other.filter(|&(_, who)| who != taker.agent)
        {
            let text = "expected to be taken by";
            return Some((code, AGENT, text, &facts.snapshot.agents[who].id));
        }
        if preferred {
            return None;
        }
        let own = self.rows.partition_point(|row| row.0 < at);
        let only = !self.last(own, self.group(served).end).any(is_other);
        let expected = if only { AssignReason::OnlyCandidate } else { rule };
        // By `round_robin` somebody else of those may have been the one.
        let is_likely = facts.most && (other.is_some() || (rule == AssignReason::Turn && !only));
        let right = if matched { is_likely } else { why == expected };
        (!right).then(|| reason(expected))
    }

    /// Returns who was asked before the taker and could take it, and why that matters.
    fn before(
        &mut self,
        conversation: &Conversation<'_>,
        taker: Taker,
        withheld: Option<usize>,
        served: (usize, u32),
        time: usize,
    ) -> Option<(ViolationCode, usize)> {
        let (facts, class) = (self.facts, self.class);
        let is_free = |row: &&Row| row.2 > time && Some(row.3) != withheld;
        let loser = facts.loser(conversation);
        if loser == Some(taker.agent)
            && let Some(row) = self.last(0, self.rows.len()).find(|row| is_free(row) && row.3 != taker.agent)
        {
            return Some((ViolationCode::AskedLast, row.3));
        }
        let own = self.rows.partition_point(|row| row.0 < served.0);
        if let Some(&(at, .., who)) = self.last(0, own).find(is_free) {
            // There it may have been theirs as well: under `most` they may take it by one team and not by another.
            let is_theirs = |row: &Row| row.0 == at && row.2 > time && row.3 == taker.agent;
            let theirs = facts.most && self.rows[..own].iter().any(is_theirs);
            return Some((ViolationCode::TeamOrder, if theirs { taker.agent } else { who }));
        }
        let agents = conversation.preferred.iter().filter_map(|id| facts.agent(id));
        let mut agents = agents.filter(|&agent| Some(agent) != withheld);
        let wanted = agents.find(|&agent| {
            let member = facts.member(taker.team, agent);
            member.is_some_and(|member| facts.gate(class, taker.team, member, time).is_none())
        });
        if let Some(wanted) = wanted {
            return (wanted != taker.agent).then_some((ViolationCode::Preferred, wanted));
        }
        let group = self.group(served);
        if let Some(row) = self.last(own, group.start).find(is_free) {
            return Some((ViolationCode::Rank, row.3));
        }
        let next = self.next(taker.team, served, withheld, time)?;
        (next != taker.agent).then_some((ViolationCode::Rule, next))
    }

    /// Returns where those of a team and rank stand.
    fn group(&self, (at, rank): (usize, u32)) -> core::ops::Range<usize> {
        let from = self.rows.partition_point(|row| (row.0, row.1) < (at, rank));
        from..self.rows.partition_point(|row| (row.0, row.1) <= (at, rank))
    }

    /// Yields those who leave last of each team and rank from one place to another: of three somebody is neither the taker nor
    /// withheld.
    fn last(&self, from: usize, to: usize) -> impl Iterator<Item = &Row> {
        let ends = self.ends[self.ends.partition_point(|&end| end <= from)..].iter();
        let mut start = from;
        ends.take_while(move |&&end| end <= to).flat_map(move |&end| {
            let group = &self.rows[start..end];
            start = end;
            &group[group.len().saturating_sub(3)..]
        })
    }

    /// Returns whose turn it is under `least_*`; `None` where that shows only by a replay.
    fn next(
        &mut self,
        team: usize,
        served: (usize, u32),
        withheld: Option<usize>,
        time: usize,
    ) -> Option<usize> {
        let (facts, turns, group) = (self.facts, self.turns, self.group(served));
        let loaded = match facts.assignment(team) {
            Assignment::LeastLoaded => true,
            Assignment::LeastRecent => false,
            _ => return None,
        };
        let rotation = facts.rotation_of[team];
        let turn = |agent: usize, leave: usize, time: usize| {
            let stands = turns.stands(rotation, agent, time);
            if !loaded {
                return (0, Reverse(0), stands, agent, leave);
            }
            let weight = facts.member(team, agent).map_or(1, |member| member.weight.max(1));
            let taken = facts.accounts[agent].whole.times.partition_point(|&at| at < time);
            let load = u64::from(facts.snapshot.agents[agent].load.unwrap_or(0)) + taken as u64;
            // Different fractions of at most 1,000 differ by a millionth, which is more than 2^-20.
            (((load + 1) << 20) / u64::from(weight), Reverse(weight), stands, agent, leave)
        };
        let heap = &mut self.heaps[self.ends.partition_point(|&end| end <= group.start)];
        if heap.is_empty() {
            heap.extend(self.rows[group].iter().map(|row| Reverse(turn(row.3, row.2, 0))));
        }
        let mut apart = None;
        let next = loop {
            let Reverse(found) = heap.pop()?;
            let (.., agent, leave) = found;
            if leave <= time {
                continue;
            }
            let now = turn(agent, leave, time);
            if Some(agent) == withheld {
                apart = Some(now);
            } else {
                heap.push(Reverse(now));
                if now == found {
                    break agent;
                }
            }
        };
        heap.extend(apart.map(Reverse));
        Some(next)
    }
}
