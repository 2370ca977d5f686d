//! `explain`: every file of `tests/explain/`, and all that the naive model says of random desks.

use crate::model;
use crate::support::history::{self, Desk, Size};
use crate::support::{cases, is_long, random::Random, seed, show, sound};
use evenhand::{Explanation, Gate, Snapshot};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fs, path::Path};

/// As a file of `tests/cases/`, with the id of a conversation and its explanation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case<'a> {
    rule: String,
    #[serde(borrow)]
    snapshot: &'a RawValue,
    conversation: String,
    #[serde(borrow)]
    explanation: &'a RawValue,
}

#[test]
fn every_case_has_the_explanation_that_is_written_in_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain");
    let mut count = 0;
    for file in fs::read_dir(folder).expect("the cases can be read") {
        let path = file.expect("the cases can be read").path();
        let text = fs::read_to_string(&path).expect("a case is text");
        let case: Case<'_> = serde_json::from_str(&text).expect("a case is of this shape");
        assert!(!case.rule.is_empty(), "{path:?}");
        let snapshot = cases::compact(case.snapshot.get());
        let answer = evenhand::explain_json(snapshot.as_bytes(), &case.conversation).expect("it is valid");
        let answer = answer.unwrap_or_else(|| "null".into());
        assert_eq!(answer, cases::compact(case.explanation.get()), "{path:?}: {}", case.rule);
        count += 1;
    }
    show(&format!("{count} explanations"));
    assert!(count > 0, "no case in tests/explain");
}

#[test]
fn a_snapshot_that_is_refused_is_so_with_the_error_of_the_plan() {
    for text in [
        "",
        "{}",
        r#"{"version": 2}"#,
        r#"{"version":1,"agents":[],"teams":[],"conversations":[{"id":"","team":"t"}]}"#,
    ] {
        let refused = evenhand::explain_json(text.as_bytes(), "c").expect_err("it is refused");
        assert_eq!(refused, evenhand::plan_json(text.as_bytes()).expect_err("it is refused"));
    }
}

#[test]
fn the_engine_agrees_with_the_model() {
    let (first, times) = (seed(), if is_long() { 10 } else { 1 });
    let mut seen = BTreeMap::new();
    for (agents, teams, arrivals, histories) in [(6, 3, 12, 1_000), (20, 4, 40, 150)] {
        for seed in (first..).take(times * histories) {
            let desk = if seed % 3 == 0 { Desk::new } else { Desk::wishing };
            let mut desk = desk(seed, Size { agents, teams, arrivals }, history::plain);
            let mut random = Random::new(seed);
            for tick in 0..4 {
                let snapshot = desk.tick();
                if !snapshot.conversations.is_empty() {
                    let at = random.below(snapshot.conversations.len());
                    let id = &snapshot.conversations[at].id;
                    let explanation = evenhand::explain(&snapshot, id)
                        .expect("the snapshot is valid")
                        .expect("it is there");
                    let expected = model::explain(&snapshot, at);
                    if explanation != expected {
                        let text =
                            |of: &Explanation<'_>| serde_json::to_string(of).expect("records are writable");
                        let snapshot = serde_json::to_string(&snapshot).expect("records are writable");
                        eprintln!("history {seed}, tick {tick}, {id}:\n{snapshot}");
                        assert_eq!(text(&explanation), text(&expected), "engine (left) and model (right)");
                    }
                    look_at(&snapshot, &explanation, &mut seen);
                }
                desk.write(&sound::plan(&snapshot));
            }
        }
    }
    for (what, times) in &seen {
        show(&format!("{times:>9} {what}"));
    }
    let gates = Gate::ALL.iter().map(|gate| gate.code());
    let whats = gates.chain([
        "lost",
        "held",
        "overflow",
        "asked_last",
        "preferred",
        "fallback",
        "owed",
        "room",
        "channel_load",
        "far",
        "never",
        "turn_lost",
    ]);
    let missing: Vec<_> = whats.filter(|what| !seen.contains_key(what)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}

fn look_at(_: &Snapshot<'_>, explanation: &Explanation<'_>, seen: &mut BTreeMap<&'static str, usize>) {
    let mut count = |what: &'static str, is: bool| *seen.entry(what).or_default() += usize::from(is);
    count("explanations", true);
    count("lost", explanation.lost);
    count("held", explanation.class.held);
    count("overflow", explanation.class.asked.len() > 1);
    count("turn_lost", explanation.decision.outcome.code() == "turn_lost");
    for member in &explanation.members {
        count("members", true);
        count("asked_last", member.asked_last);
        count("preferred", member.preferred);
        count("fallback", member.fallback);
        count("owed", member.owed.is_some_and(|owed| owed != 0));
        count("room", member.room.is_some());
        count("channel_load", member.channel_load.is_some());
        count("far", member.position.is_some_and(|position| position > 20));
        count("never", member.gate.is_none() && member.position.is_none());
        if let Some(gate) = member.gate {
            count(gate.code(), true);
        }
    }
}
