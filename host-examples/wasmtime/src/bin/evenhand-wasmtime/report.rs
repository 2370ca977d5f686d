//! What people read: sentences made from a plan. No output happens here.

use crate::desk::{Claimed, Fault, Names};
use crate::tick::{Outcome, Seen};
use crate::words::{plain, words};
use evenhand_wasmtime::{Decision, Error, PassedOver, Plan, Waiting};
use std::{collections::BTreeMap, iter, time::Duration};

const DECISIONS_SHOWN: usize = 20;
const LOST_SHOWN: usize = 10;

const AFRESH: &str = "evenhand_state was changed by hand; UPDATE evenhand_state SET version = version + 1, cursors = '[]', \
                      lost_claims = '[]' begins with level turns";

/// What has been said already: who waits and why, and which settings do nothing, is said again only when it is news.
#[derive(Default)]
pub(crate) struct Said {
    waiting: Vec<String>,
    bottlenecks: Vec<String>,
    unused: Vec<String>,
    in_order: bool,
}

impl Said {
    /// Says what a tick did.
    pub(crate) fn lines(&mut self, n: u64, outcome: &Outcome, interval: Duration) -> Vec<String> {
        let mut lines = Vec::new();
        if n == 1 {
            lines.push(size(&outcome.seen));
        }
        lines.extend(outcome.settled.as_ref().map(settled));
        lines.push(tick(n, outcome));
        lines.extend(lost(outcome));
        let waiting = waiting(&outcome.seen);
        if waiting != self.waiting {
            lines.extend(waiting.iter().map(|line| format!("  {line}")));
            self.waiting = waiting;
        }
        let bottlenecks = bottlenecks(&outcome.seen);
        if bottlenecks != self.bottlenecks {
            lines.extend(bottlenecks.iter().map(|line| format!("  {line}")));
            self.bottlenecks = bottlenecks;
        }
        let in_order = too_much(n, &outcome.seen);
        if !self.in_order {
            lines.extend(in_order.clone());
        }
        self.in_order = in_order.is_some();
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

fn tick(n: u64, Outcome { seen, claimed, time, .. }: &Outcome) -> String {
    let time = format!("{:.0} ms", time.as_secs_f64() * 1e3);
    if !claimed.won {
        return format!("tick {n}: another host wrote its plan first, nothing was written, {time}");
    }
    let (waiting, lost) = (waiting_total(&seen.plan), count(claimed.lost.len(), "lost claim"));
    format!("tick {n}: assigned {}, {waiting}, {lost}, {time}", claimed.assigned)
}

fn settled(Claimed { assigned, lost, .. }: &Claimed) -> String {
    let [assigned, lost] = [
        count(usize::try_from(*assigned).expect("a count is not negative"), "conversation"),
        count(lost.len(), "lost claim"),
    ];
    format!("warning: a plan that a host had left in the middle is settled: {assigned} assigned, {lost}")
}

fn lost(Outcome { seen, claimed, .. }: &Outcome) -> Option<String> {
    let lost = &claimed.lost;
    let shown: Vec<_> =
        lost.iter().take(LOST_SHOWN).map(|lost| number(&seen.names, &lost.conversation)).collect();
    let rest = lost.len() - shown.len();
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let line =
        format!("  changed or locked by somebody else, and left as they are: {}{rest}", shown.join(", "));
    (!lost.is_empty()).then_some(line)
}

/// Says for each group of the plan who waits and why, a sentence each.
fn waiting(Seen { plan, names, .. }: &Seen) -> Vec<String> {
    let sentence = |group: &Waiting| {
        let verb = if group.conversations == 1 { "waits" } else { "wait" };
        let who: Vec<_> = iter::once(name(&names.teams, "team", &group.team)).chain(group.kind()).collect();
        format!("{}: {} {verb}: {}", who.join(", "), group.conversations, cause(group))
    };
    plan.waiting.iter().map(sentence).collect()
}

/// Says for each bottleneck of the plan who waits for whom, a sentence each.
fn bottlenecks(Seen { plan, names, .. }: &Seen) -> Vec<String> {
    let (team, agent) =
        (|id: &str| name(&names.teams, "team", id), |id: &str| name(&names.agents, "agent", id));
    plan.bottlenecks.iter().map(|bottleneck| bottleneck.sentence(team, agent)).collect()
}

/// Says that a plan had to be in order.
pub(crate) fn too_much(n: u64, Seen { too_much, .. }: &Seen) -> Option<String> {
    let why = too_much.as_ref()?;
    Some(format!(
        "warning: tick {n}: to find the most that can be served is too much work, so the plan is in order: {why}"
    ))
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
    lines.extend(waiting(seen).into_iter().chain(bottlenecks(seen)).map(|line| format!("  {line}")));
    lines.push("nothing was written".to_owned());
    lines
}

fn decision(Decision { conversation, team, agent, why, .. }: &Decision, Seen { names, .. }: &Seen) -> String {
    let team = name(&names.teams, "team", team);
    let (what, why) = match agent {
        Some(agent) => (format!("-> {}", name(&names.agents, "agent", agent)), words("assign", why, 1)),
        None => ("waits".to_owned(), words("wait", why, 1)),
    };
    format!("{} {team} {what}: {why}", number(names, conversation))
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
    let parts: Vec<_> = reasons.iter().map(|(why, n)| format!("{n} {}", plain(why))).collect();
    if total == 0 { "waiting 0".to_owned() } else { format!("waiting {total} ({})", parts.join(", ")) }
}

/// Says why those of a group wait: `everybody who could take them is full (3 are away, 5 are full)`.
fn cause(Waiting { why, conversations, passed_over, .. }: &Waiting) -> String {
    let reason = words("wait", why, *conversations);
    let gate =
        |PassedOver { why, members }: &PassedOver| format!("{members} {}", words("gate", why, *members));
    let members: Vec<_> = passed_over.iter().map(gate).collect();
    if members.is_empty() { reason } else { format!("{reason} ({})", members.join(", ")) }
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

/// Returns what people call a conversation: its number in Libredesk, or its id where that is not known.
fn number(names: &Names, id: &str) -> String {
    names.conversations.get(id).map_or_else(|| format!("id:{id}"), |number| format!("#{number}"))
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Unused;

    #[test]
    fn waiting_lines_name_the_channel_and_the_needs() {
        let group = |more: &str| {
            let plan = format!(
                r#"{{"decisions":[],"loads":[],"waiting":[{{"team":"1","members":9,"passed_over":[],{more}}}]}}"#
            );
            let names = Names {
                teams: [("1".to_owned(), "Support".to_owned())].into(),
                agents: BTreeMap::new(),
                conversations: BTreeMap::new(),
            };
            let unused = Unused { rules: Vec::new(), weights: Vec::new(), capacities: Vec::new() };
            let plan = serde_json::from_str(&plan).expect("a plan");
            waiting(&Seen { plan, names, unused, too_much: None }).concat()
        };
        let needs =
            r#""channel":"WhatsApp","needs":[{"skill":"German","level":1},{"skill":"French","level":3}]"#;
        assert_eq!(
            group(&format!(r#""why":"all_full","conversations":3,{needs}"#)),
            "Support, WhatsApp, German, French 3: 3 wait: everybody who could take them is full"
        );
        assert_eq!(
            group(r#""why":"manual_team","conversations":1,"channel":"mail""#),
            "Support, mail: 1 waits: people assign there"
        );
        let passed = r#""passed_over":[{"why":"at_sea","members":2},{"why":"unavailable","members":1}]"#;
        let plan = format!(r#"{{"team":"1","members":9,"why":"on_holiday","conversations":2,{passed}}}"#);
        let group: Waiting = serde_json::from_str(&plan).expect("a group");
        assert_eq!(cause(&group), "on holiday (2 at sea, 1 is away)");
    }
}
