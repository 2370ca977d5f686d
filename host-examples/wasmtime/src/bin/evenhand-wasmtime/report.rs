//! What people read: sentences made from a plan. No output happens here.

use crate::desk::{Fault, Lost};
use crate::tick::{Outcome, Seen};
use evenhand_wasmtime::{Decision, Error, Plan, Waiting};
use std::{collections::BTreeMap, time::Duration};

const DECISIONS_SHOWN: usize = 20;
const LOST_SHOWN: usize = 10;

const AFRESH: &str = "evenhand_state was changed by hand; UPDATE evenhand_state SET version = version + 1, cursors = '[]', \
                      lost_claims = '[]' begins with level turns";

/// What has been said already: who waits and why, and which settings do nothing, is said again only when it is news.
#[derive(Default)]
pub(crate) struct Said {
    waiting: Vec<String>,
    unused: Vec<String>,
}

impl Said {
    /// Says what a tick did.
    pub(crate) fn lines(&mut self, n: u64, outcome: &Outcome, interval: Duration) -> Vec<String> {
        let mut lines = Vec::new();
        if n == 1 {
            lines.push(size(&outcome.seen));
        }
        lines.push(tick(n, outcome));
        lines.extend(lost(&outcome.claimed.lost));
        let waiting = waiting(&outcome.seen);
        if waiting != self.waiting {
            lines.extend(waiting.iter().map(|line| format!("  {line}")));
            self.waiting = waiting;
        }
        let unused = unused(&outcome.seen);
        if unused != self.unused {
            lines.extend(unused.iter().map(|line| format!("warning: {line}")));
            self.unused = unused;
        }
        if outcome.time > interval {
            let [took, interval] = [outcome.time, interval].map(|time| time.as_secs_f64());
            lines.push(format!(
                "warning: tick {n} took {took:.1} s, longer than the interval of {interval} s"
            ));
        }
        lines
    }
}

/// Says how large the desk is.
pub(crate) fn size(Seen { plan, names, .. }: &Seen) -> String {
    let (teams, agents) = (count(names.teams.len(), "team"), count(names.agents.len(), "agent"));
    format!("{teams}, {agents}, {} waiting", count(plan.decisions.len(), "conversation"))
}

fn tick(n: u64, Outcome { seen, claimed, time }: &Outcome) -> String {
    let time = format!("{:.0} ms", time.as_secs_f64() * 1e3);
    if !claimed.won {
        return format!("tick {n}: another host wrote its plan first, nothing was written, {time}");
    }
    let (waiting, lost) = (waiting_total(&seen.plan), count(claimed.lost.len(), "lost claim"));
    format!("tick {n}: assigned {}, {waiting}, {lost}, {time}", claimed.assigned)
}

fn lost(lost: &[Lost]) -> Option<String> {
    let ids: Vec<_> = lost.iter().take(LOST_SHOWN).map(|lost| format!("#{}", lost.conversation)).collect();
    let rest = lost.len() - ids.len();
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let line =
        format!("  changed or locked by somebody else, and left as they are: {}{rest}", ids.join(", "));
    (!lost.is_empty()).then_some(line)
}

/// Says for each team and reason who waits and why, a sentence each.
fn waiting(Seen { plan, names, .. }: &Seen) -> Vec<String> {
    let sentence = |group: &Waiting| {
        let verb = if group.conversations == 1 { "waits" } else { "wait" };
        let team = name(&names.teams, "team", &group.team);
        format!("{} {verb} for {team}: {}", group.conversations, cause(group))
    };
    plan.waiting.iter().map(sentence).collect()
}

/// Says what a plan would do: its first decisions, then the sum.
pub(crate) fn dry_run(seen: &Seen) -> Vec<String> {
    let decisions = &seen.plan.decisions;
    let mut lines: Vec<_> =
        decisions.iter().take(DECISIONS_SHOWN).map(|one| format!("  {}", decision(one, seen))).collect();
    let rest = decisions.len() - lines.len();
    if rest > 0 {
        lines.push(format!("  and {}", count(rest, "more decision")));
    }
    let assigned = decisions.iter().filter(|decision| decision.agent.is_some()).count();
    lines.push(format!("would assign {assigned}, {}", waiting_total(&seen.plan)));
    lines.extend(waiting(seen).into_iter().map(|line| format!("  {line}")));
    lines.push("nothing was written".to_owned());
    lines
}

fn decision(Decision { conversation, team, agent, why }: &Decision, Seen { names, .. }: &Seen) -> String {
    let team = name(&names.teams, "team", team);
    let what = match agent {
        Some(agent) => format!("-> {}", name(&names.agents, "agent", agent)),
        None => "waits".to_owned(),
    };
    format!("#{conversation} {team} {what} ({})", words(why))
}

/// Says for each setting that does nothing that it does not.
pub(crate) fn unused(Seen { unused, .. }: &Seen) -> Vec<String> {
    let lists = [("rules", &unused.rules), ("weights", &unused.weights), ("capacities", &unused.capacities)];
    let lines = lists.iter().flat_map(|(list, items)| {
        items.iter().map(move |item| {
            format!("{item} in `{list}` does nothing: nobody is called so, several are, or it is said twice")
        })
    });
    lines.collect()
}

/// Says why a tick failed.
pub(crate) fn failure(n: u64, fault: &Fault) -> String {
    match fault {
        Fault::Evenhand(Error::Refused(refusal)) => {
            let by_hand =
                ["/cursors", "/lost_claims", "/seed"].iter().any(|part| refusal.path.starts_with(part));
            let remedy = if by_hand { format!("; {AFRESH}") } else { String::new() };
            format!("tick {n}: {refusal}, nothing was written{remedy}")
        }
        // Its table is gone, or a column of it.
        Fault::Database { code, message }
            if ["42P01", "42703"].contains(&&**code) && message.contains("evenhand_state") =>
        {
            format!(
                "tick {n}: failed: {message}; DROP TABLE IF EXISTS evenhand_state and state.sql make it anew, with level turns"
            )
        }
        fault => format!("tick {n}: failed: {fault}"),
    }
}

/// Says that the database is lost.
pub(crate) fn gone(why: &str) -> String {
    format!("the database is lost: {why}; nothing is assigned until it is back")
}

/// Says that the database is back.
pub(crate) fn back(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let digits = usize::from(seconds < 10.0);
    format!("the database is back after {seconds:.digits$} s")
}

fn waiting_total(plan: &Plan) -> String {
    let mut reasons = Vec::new();
    for Waiting { why, conversations, .. } in &plan.waiting {
        add(&mut reasons, &**why, *conversations);
    }
    let total: u64 = reasons.iter().map(|(_, n)| n).sum();
    let parts: Vec<_> = reasons.iter().map(|(why, n)| format!("{n} {}", words(why))).collect();
    if total == 0 { "waiting 0".to_owned() } else { format!("waiting {total} ({})", parts.join(", ")) }
}

/// Says why those of one team wait.
fn cause(Waiting { why, passed_over, .. }: &Waiting) -> String {
    match &**why {
        "manual_team" => return "people assign there".to_owned(),
        "unknown_team" => return "there is no such team".to_owned(),
        _ => {}
    }
    let mut members: Vec<(String, u64)> = Vec::new();
    for gate in passed_over {
        add(&mut members, gate_word(&gate.why), gate.members);
    }
    let parts: Vec<_> = members.iter().map(|(word, n)| format!("{n} {word}")).collect();
    let parts = parts.join(", ");
    // These two are not told by the members who are passed over.
    let reason = match &**why {
        "held" => Some("held for somebody who is not free"),
        "turn_lost" => Some("the turn was lost"),
        _ => None,
    };
    match reason {
        Some(reason) if parts.is_empty() => reason.to_owned(),
        Some(reason) => format!("{reason}, {parts}"),
        None if parts.is_empty() => "nobody is in the team".to_owned(),
        None => parts,
    }
}

fn gate_word(gate: &str) -> String {
    match gate {
        "unknown_agent" => "not active".to_owned(),
        "zero_weight" => "with weight 0".to_owned(),
        "lacks_skill" => "without a skill that is needed".to_owned(),
        "held_for_other" => "not preferred".to_owned(),
        "unavailable" => "away".to_owned(),
        "load_unknown" => "with an unknown load".to_owned(),
        "agent_full" | "team_full" => "full".to_owned(),
        "channel_full" => "full in the channel".to_owned(),
        "new_limit" => "with all that one tick gives them".to_owned(),
        gate => words(gate),
    }
}

/// Adds `n` to the sum of a name, in the order of their first appearance.
fn add<T: PartialEq>(sums: &mut Vec<(T, u64)>, name: T, n: u64) {
    match sums.iter_mut().find(|(of, _)| *of == name) {
        Some((_, sum)) => *sum += n,
        None => sums.push((name, n)),
    }
}

/// Returns what people call a team or an agent.
fn name(names: &BTreeMap<String, String>, kind: &str, id: &str) -> String {
    names.get(id).cloned().unwrap_or_else(|| format!("{kind} {id}"))
}

fn words(code: &str) -> String {
    code.replace('_', " ")
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
