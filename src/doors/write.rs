//! Writing a plan as canonical JSON: fields in the order of the records, no white space, and no
//! escape that JSON does not require.
//!
//! What serde says about the records, said once more by hand and held to it by a test: a serializer
//! makes room for every quotation mark, and that took half the time of a call in the core module.

#[cfg(feature = "abi")]
use crate::error::Error;
use crate::plan::{Decision, LoadChange, Plan, Waiting};
use crate::snapshot::{Cursor, Rule, SeatSet, Turn};
use alloc::string::String;
use core::fmt::Write as _;

pub(super) fn plan(out: &mut String, plan: &Plan<'_>) {
    out.push_str(r#"{"version":"#);
    integer(out, plan.version);
    out.push_str(r#","decisions":"#);
    list(out, &plan.decisions, decision);
    out.push_str(r#","waiting":"#);
    list(out, &plan.waiting, waiting);
    out.push_str(r#","cursors":"#);
    list(out, &plan.cursors, cursor);
    out.push_str(r#","loads":"#);
    list(out, &plan.loads, load);
    out.push('}');
}

/// Writes why there is no plan.
#[cfg(feature = "abi")]
pub(super) fn error(out: &mut String, error: &Error) {
    out.push_str(r#"{"code":""#);
    out.push_str(error.kind().code());
    out.push_str(r#"","path":""#);
    escaped(out, error.path());
    out.push_str(r#"","message":""#);
    escaped(out, &alloc::format!("{error}"));
    out.push_str(r#""}"#);
}

fn decision(out: &mut String, decision: &Decision<'_>) {
    out.push_str(r#"{"conversation":""#);
    escaped(out, decision.conversation);
    out.push_str(r#"","team":""#);
    escaped(out, decision.team);
    match decision.outcome.agent() {
        Some(agent) => {
            out.push_str(r#"","agent":""#);
            escaped(out, agent);
            out.push_str(r#"","why":""#);
        }
        None => out.push_str(r#"","agent":null,"why":""#),
    }
    out.push_str(decision.outcome.code());
    if decision.set == 0 {
        out.push_str(r#""}"#);
    } else {
        out.push_str(r#"","set":"#);
        integer(out, decision.set);
        out.push('}');
    }
}

fn waiting(out: &mut String, waiting: &Waiting<'_>) {
    out.push_str(r#"{"team":""#);
    escaped(out, waiting.team);
    out.push_str(r#"","why":""#);
    out.push_str(waiting.why.code());
    out.push_str(r#"","conversations":"#);
    integer(out, waiting.conversations);
    out.push_str(r#","members":"#);
    integer(out, waiting.members);
    out.push_str(r#","passed_over":"#);
    list(out, &waiting.passed_over, |out, passed_over| {
        out.push_str(r#"{"why":""#);
        out.push_str(passed_over.why.code());
        out.push_str(r#"","members":"#);
        integer(out, passed_over.members);
        out.push('}');
    });
    out.push('}');
}

fn cursor(out: &mut String, cursor: &Cursor<'_>) {
    out.push_str(r#"{"rotation":""#);
    escaped(out, &cursor.rotation);
    out.push_str(r#"","rule":""#);
    out.push_str(rule(cursor.rule));
    out.push_str(r#"","turns":"#);
    list(out, &cursor.turns, turn);
    if !cursor.sets.is_empty() {
        out.push_str(r#","sets":"#);
        list(out, &cursor.sets, set);
    }
    out.push('}');
}

fn set(out: &mut String, set: &SeatSet) {
    out.push('{');
    if let Some(from) = set.from {
        out.push_str(r#""from":"#);
        integer(out, from);
        out.push(',');
    }
    out.push_str(r#""seats":"#);
    list(out, &set.seats, |out, &seat| integer(out, seat));
    out.push('}');
}

const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::RoundRobin => "round_robin",
        Rule::LeastLoaded => "least_loaded",
        Rule::LeastRecent => "least_recent",
        Rule::Libredesk2025 => "libredesk_2025",
        Rule::Libredesk2026 => "libredesk_2026",
    }
}

fn turn(out: &mut String, turn: &Turn<'_>) {
    out.push_str(r#"{"agent":""#);
    escaped(out, &turn.agent);
    match turn.owed {
        Some(owed) => {
            out.push_str(r#"","owed":"#);
            integer(out, owed);
            out.push('}');
        }
        None => out.push_str(r#""}"#),
    }
}

fn load(out: &mut String, load: &LoadChange<'_>) {
    out.push_str(r#"{"agent":""#);
    escaped(out, load.agent);
    out.push_str(r#"","before":"#);
    integer(out, load.before);
    out.push_str(r#","after":"#);
    integer(out, load.after);
    out.push('}');
}

fn list<T>(out: &mut String, items: &[T], write: fn(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

fn integer(out: &mut String, integer: impl Into<i64>) {
    out.push_str(itoa::Buffer::new().format(integer.into()));
}

/// Writes what stands between the quotation marks of a string.
fn escaped(out: &mut String, text: &str) {
    if !text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | 0..b' ')) {
        return out.push_str(text);
    }
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            // Writing to a string cannot fail.
            '\0'..' ' => drop(write!(out, "\\u{:04x}", u32::from(character))),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plan;
    use crate::plan::{
        AssignReason, Decision, Gate, LoadChange, Outcome, PassedOver, Plan, WaitReason, Waiting,
    };
    use crate::snapshot::{Cursor, Rule, SeatSet, Turn};
    use alloc::{string::String, vec, vec::Vec};

    #[test]
    fn every_field_and_every_character_is_written_as_serde_says() {
        let ids: Vec<String> = (0..=0x100)
            .filter_map(char::from_u32)
            .chain(['\u{2028}', '\u{1f600}'])
            .map(String::from)
            .collect();
        let assigned = |(index, agent): (usize, _)| {
            let why = AssignReason::ALL[index % AssignReason::ALL.len()];
            let set = index as u32 % 3;
            Decision { conversation: "c", team: agent, outcome: Outcome::Assigned { agent, why }, set }
        };
        let passed_over = Gate::ALL.iter().map(|why| PassedOver { why: *why, members: 7 });
        let waiting = |why: &WaitReason| Waiting {
            team: "\"",
            why: *why,
            conversations: u32::MAX,
            members: 0,
            passed_over: passed_over.clone().collect(),
        };
        let owed = [Some(i64::MIN), Some(-1), Some(0), Some(1), Some(i64::MAX), None];
        let turns = owed.map(|owed| Turn { agent: "\\".into(), owed });
        let sets = [None, Some(0), Some(u32::MAX)]
            .into_iter()
            .flat_map(|from| [vec![], vec![0], vec![1, u32::MAX]].map(|seats| SeatSet { from, seats }));
        let cursor = |rule: &Rule| {
            let sets = if *rule == Rule::RoundRobin { sets.clone().collect() } else { vec![] };
            Cursor { rotation: "\n".into(), rule: *rule, turns: turns.to_vec(), sets }
        };
        let wait = |why: &WaitReason| Decision {
            conversation: "\0",
            team: "t",
            outcome: Outcome::Waits(*why),
            ..Decision::default()
        };
        let full = Plan {
            decisions: ids
                .iter()
                .map(String::as_str)
                .enumerate()
                .map(assigned)
                .chain(WaitReason::ALL.iter().map(wait))
                .collect(),
            waiting: WaitReason::ALL.iter().map(waiting).collect(),
            cursors: Rule::ALL.iter().map(cursor).collect(),
            loads: vec![LoadChange { agent: "\u{7f}", before: 0, after: 1 }],
            ..Plan::default()
        };
        let empty = Plan::default();
        for of in [full, empty] {
            let mut out = String::new();
            plan(&mut out, &of);
            assert_eq!(out, serde_json::to_string(&of).expect("it can be written"));
        }
    }
}
