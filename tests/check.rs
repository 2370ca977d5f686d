//! `check`: it finds what is wrong with a plan, and ends on anything. That it says nothing of a sound plan is held by every
//! test that makes one, through `support::sound`.

#![expect(clippy::panic, reason = "a test fails with what was found")]

use crate::support::history::{self, Desk, Size};
use crate::support::{cases, random::Random, show};
use evenhand::{Plan, Snapshot, Violation, ViolationCode, check, check_json};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::{collections::BTreeMap, fs, path::Path};

/// A file of `tests/check/`: a desk, its plan, and what is wrong with it once it is changed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case<'a> {
    rule: String,
    #[serde(borrow)]
    snapshot: &'a RawValue,
    #[serde(borrow)]
    plan: &'a RawValue,
    broken: Vec<Broken>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Broken {
    rule: String,
    /// Each a JSON Pointer and what to put there, or a pointer alone: that is taken out.
    change: Vec<Vec<Value>>,
    /// The code and the path of each violation, in order.
    violations: Vec<String>,
}

/// Returns the files by name.
fn files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
    let files = fs::read_dir(folder).expect("the cases can be read").map(|file| {
        let path = file.expect("the cases can be read").path();
        (path.display().to_string(), path)
    });
    let cases = files.filter(|(name, _)| name.strip_suffix(".json").is_some());
    cases.map(|(name, path)| (name, fs::read_to_string(path).expect("a case is text"))).collect()
}

/// Puts a value somewhere, or takes one out.
fn apply(value: &mut Value, change: &[Value]) {
    let pointer = change[0].as_str().expect("a pointer");
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer below the whole");
    let new = change.get(1).cloned();
    match (value.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer} has no parent")), new) {
        (Value::Object(record), Some(new)) => drop(record.insert(name.into(), new)),
        (Value::Object(record), None) => assert!(record.remove(name).is_some(), "{pointer} is not there"),
        (Value::Array(list), new) => {
            let at: usize = name.parse().expect("a place");
            match new {
                None => drop(list.remove(at)),
                Some(new) if at == list.len() => list.push(new),
                Some(new) => list[at] = new,
            }
        }
        _ => panic!("{pointer} is in no record or list"),
    }
}

fn told(found: &[Violation]) -> Vec<String> {
    found.iter().map(|one| format!("{} {}", one.code.code(), one.path)).collect()
}

#[test]
fn every_broken_plan_is_found_out() {
    let (mut kinds, mut seen) = (0, Vec::new());
    for (name, text) in files() {
        let case: Case<'_> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!case.rule.is_empty(), "{name}");
        let snapshot = cases::compact(case.snapshot.get());
        let plan = cases::compact(case.plan.get());
        assert_eq!(check_json(snapshot.as_bytes(), plan.as_bytes()).as_deref(), Ok("[]"), "{name}");
        assert_eq!(evenhand::plan_json(snapshot.as_bytes()).as_ref(), Ok(&plan), "{name}");
        let snapshot = Snapshot::from_json(snapshot.as_bytes()).expect("it is valid");
        for Broken { rule, change, violations } in &case.broken {
            let mut broken: Value = serde_json::from_str(&plan).expect("a plan is JSON");
            for change in change {
                apply(&mut broken, change);
            }
            let (text, mut kept) = (broken.to_string(), Vec::new());
            let broken = Plan::from_json(text.as_bytes(), &mut kept)
                .unwrap_or_else(|error| panic!("{name}: {rule} {error}"));
            let found = check(&snapshot, &broken).expect("it is small");
            assert_eq!(told(&found), *violations, "{name}: {rule} {found:#?}");
            assert!(!found.is_empty(), "{name}: {rule}");
            assert!(
                found.iter().all(|one| !one.message.is_empty() && !one.message.contains('#')),
                "{found:?}"
            );
            seen.extend(found.into_iter().map(|one| one.code));
            kinds += 1;
        }
    }
    show(&format!("{kinds} kinds of broken plan"));
    assert!(kinds >= 60, "only {kinds} kinds of broken plan");
    let missing = ViolationCode::ALL.iter().filter(|code| !seen.contains(code));
    assert_eq!(missing.map(|code| code.code()).collect::<Vec<_>>(), [""; 0], "what no broken plan shows");
}

#[test]
fn another_version_is_found_out_and_the_rest_all_the_same() {
    let plan = Plan { version: 2, loads: vec![evenhand::LoadChange::default()], ..Plan::default() };
    let found = check(&Snapshot::default(), &plan).expect("it is small");
    assert_eq!(told(&found), ["version /version", "loads /loads/0"]);
}

#[test]
fn the_checker_knows_nothing_of_the_engine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![folder.join("check.rs")];
    let inside = fs::read_dir(folder.join("check")).expect("it can be read");
    files.extend(inside.map(|file| file.expect("it can be read").path()));
    assert!(files.len() > 3);
    for file in files {
        let text = fs::read_to_string(&file).expect("it is text");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for (at, line) in code.enumerate() {
            for path in line.split("crate::").skip(1) {
                let known =
                    ["snapshot", "plan", "error"].iter().any(|room| path.starts_with(&format!("{room}::")));
                assert!(known, "{}: {at}: {line}", file.display());
            }
            // `super` of a file of the folder is the checker, and of the checker nothing.
            let top = file.ends_with("check.rs");
            assert!(
                !(line.contains("super::super") || top && line.contains("super::"))
                    || line.contains("pub(super)"),
                "{line}"
            );
        }
    }
}

#[test]
fn a_plan_is_read_as_it_was_written() {
    let mut texts = 0;
    for (name, case) in cases::files().expect("the cases can be read") {
        let input = cases::input(&case).expect("a case gives something");
        let Ok(text) = evenhand::plan_json(&input) else { continue };
        let (snapshot, mut kept) = (Snapshot::from_json(&input).expect("it was planned"), Vec::new());
        assert_eq!(Plan::from_json(text.as_bytes(), &mut kept), evenhand::plan(&snapshot), "{name}");
        texts += 1;
    }
    assert!(texts > 100);
}

#[test]
fn a_plan_that_cannot_be_read_says_where() {
    let decision = |rest: &str| format!(r#"{{"conversation":"c","team":"t",{rest}}}"#);
    let plan = |decision: &str, rest: &str| {
        format!(r#"{{"version":1,"decisions":[{decision}],"waiting":[],"cursors":[],"loads":[]{rest}}}"#)
    };
    let waits = decision(r#""agent":null,"why":"all_full""#);
    for (text, code, path) in [
        (plan(&waits, ",\"x\":1"), "unknown_field", "/x"),
        (plan(&waits, "") + "x", "malformed_json", ""),
        (plan(&waits, ",\"x\":1").replace("n\":1", "n\":2"), "unsupported_version", "/version"),
        (plan(&waits, ",\"bottlenecks\":null"), "wrong_type", "/bottlenecks"),
        (plan(&decision(r#""why":"all_full""#), ""), "missing_field", "/decisions/0/agent"),
        (plan(&decision(r#""agent":null,"why":"because""#), ""), "unknown_value", "/decisions/0/why"),
        (plan(&decision(r#""agent":null,"why":"turn""#), ""), "unknown_value", "/decisions/0"),
        (plan(&decision(r#""agent":"a","why":"all_full""#), ""), "unknown_value", "/decisions/0"),
        (plan(&decision(r#""agent":"a","why":"turn","by":null"#), ""), "wrong_type", "/decisions/0/by"),
        (plan(&decision(r#""agent":"a","why":"turn","set":-1"#), ""), "out_of_range", "/decisions/0/set"),
        (plan(&decision(r#""agent":"\ud800","why":"turn""#), ""), "malformed_json", "/decisions/0/agent"),
    ] {
        let error = Plan::from_json(text.as_bytes(), &mut Vec::new()).expect_err(&text);
        assert_eq!((error.kind().code(), error.path()), (code, path), "{text}");
    }
    // Wherever an escape stands, the id is the one that it means.
    let escaped = plan(&decision(r#""\u0061gent":"\"a\\","why":"\u0074urn","held_by":"\n""#), "");
    let mut kept = Vec::new();
    let read = Plan::from_json(escaped.as_bytes(), &mut kept).expect("it is a plan");
    assert_eq!((read.decisions[0].outcome.agent(), read.decisions[0].held_by), (Some("\"a\\"), Some("\n")));
}

/// The places in a value that can be changed.
fn pointers(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(record) => {
            record.iter().for_each(|(name, value)| pointers(value, format!("{at}/{name}"), all));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(place, value)| pointers(value, format!("{at}/{place}"), all));
        }
        _ => {}
    }
    if !at.is_empty() {
        all.push(at);
    }
}

/// Changes a value so that it mostly can still be read: a number to another, a word to another of the value, a list to another order or length.
fn garble(value: &mut Value, random: &mut Random) {
    let mut all = Vec::new();
    pointers(value, String::new(), &mut all);
    let number =
        random.pick(&[0_i64, 1, 2, 7, 255, 1_000, 2_147_483_647, 4_294_967_295, 9_007_199_254_740_991]);
    let strings: Vec<Value> =
        all.iter().filter_map(|at| value.pointer(at)).filter(|one| one.is_string()).cloned().collect();
    let at = &all[random.below(all.len())];
    let other = random.below(strings.len().max(1));
    match value.pointer_mut(at).expect("it is there") {
        number_there @ Value::Number(_) => *number_there = number.into(),
        Value::String(text) => {
            if let Some(Value::String(other)) = strings.get(other) {
                text.clone_from(other);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            let (a, b) = (random.below(list.len()), random.below(list.len()));
            match random.below(3) {
                0 => list.swap(a, b),
                1 => drop(list.remove(a)),
                _ => list.insert(a, list[b].clone()),
            }
        }
        Value::Object(record) => {
            let names: Vec<String> = record.keys().cloned().collect();
            if !names.is_empty() {
                record.remove(&names[random.below(names.len())]);
            }
        }
        _ => {}
    }
}

#[test]
fn whatever_is_garbled_ends_in_an_answer() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut before: Option<(Value, Value)> = None;
    for seed in 0..600 {
        let mut random = Random::new(seed);
        let mut desk = Desk::wishing(seed, Size { agents: 6, teams: 4, arrivals: 8 }, history::plain);
        for _ in 0..4 {
            let mut snapshot = desk.tick();
            if random.chance(50) {
                snapshot.objective = evenhand::Objective::Most;
            }
            let plan = evenhand::plan(&snapshot).expect("the snapshot is valid");
            let values = [serde_json::to_value(&snapshot), serde_json::to_value(&plan)]
                .map(|value| value.expect("records"));
            desk.write(&plan);
            let [of, to] = &values;
            for round in 0..12 {
                let (mut of, mut to) = (of.clone(), to.clone());
                // The plan of another desk, too, and snapshots that are refused.
                if let (0, Some((_, other))) = (round, &before) {
                    to = other.clone();
                }
                for _ in 0..random.below(5) {
                    garble(&mut to, &mut random);
                }
                for _ in 0..random.below(3) {
                    garble(&mut of, &mut random);
                }
                // Past what refuses a snapshot, so that whatever can be read gets there.
                let (of, to, mut kept) = (of.to_string(), to.to_string(), Vec::new());
                let found = Snapshot::from_json(of.as_bytes()).and_then(|of| {
                    let to = Plan::from_json(to.as_bytes(), &mut kept)?;
                    check(&of, &to)
                });
                let what = match &found {
                    Ok(found) if found.is_empty() => "sound",
                    Ok(_) => "violations",
                    Err(error) => error.kind().code(),
                };
                assert_ne!(what, "internal", "{of} {to}");
                *counts.entry(what).or_default() += 1;
            }
            before = Some((values[0].clone(), values[1].clone()));
        }
    }
    show(&format!("{counts:?}"));
    assert!(counts["violations"] > 5_000 && counts["sound"] > 500, "{counts:?}");
}
