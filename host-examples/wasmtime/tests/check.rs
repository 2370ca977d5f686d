//! Plans are checked through both doors: those of `tests/check/` in Evenhand's repository, and those of this host.

use crate::support::{COMPONENT, CORE, planner};
use evenhand_wasmtime::{Error, Limits};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::{fs, path::Path, time::Duration};

#[derive(Deserialize)]
struct Case<'a> {
    #[serde(borrow)]
    snapshot: &'a RawValue,
    #[serde(borrow)]
    plan: &'a RawValue,
}

#[test]
fn a_plan_is_sound_and_with_another_reason_it_is_not() {
    let all = Limits { memory: usize::MAX, instructions: u64::MAX, deadline: Duration::MAX };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/check");
    let planners = [CORE, COMPONENT].map(planner);
    let mut count = 0;
    for file in fs::read_dir(folder).expect("the cases are there") {
        let text = fs::read_to_string(file.expect("it can be read").path()).expect("a case is text");
        let case: Case<'_> = serde_json::from_str(&text).expect("a case is of this shape");
        let (snapshot, plan) = (case.snapshot.get().as_bytes(), case.plan.get());
        for planner in &planners {
            let check =
                |plan: &str| planner.check(snapshot, plan.as_bytes(), all).answer.expect("it is checked");
            assert_eq!(check(plan), "[]");
            assert_eq!(check(&planner.call(snapshot, all).answer.expect("it is planned")), "[]");
            let found: Value =
                serde_json::from_str(&check(&plan.replace("\"turn\"", "\"preferred\""))).expect("a list");
            let codes: Vec<_> = found.as_array().expect("a list").iter().map(|one| &one["code"]).collect();
            let turns = plan.matches("\"turn\"").count();
            assert!(codes.iter().filter(|code| ***code == "assign_reason").count() >= turns, "{codes:?}");
        }
        count += 1;
    }
    assert!(count > 0, "there are no cases");
}

#[test]
fn what_is_refused_is_so_with_its_code_and_place() {
    const DESK: &[u8] = br#"{"version":1,"agents":[],"teams":[],"conversations":[]}"#;
    for planner in [CORE, COMPONENT].map(planner) {
        for (snapshot, place) in [(&b"{}"[..], "/version"), (DESK, "/plan/version")] {
            let refused = planner.check(snapshot, b"{}", Limits::of(DESK)).answer.expect_err("it is refused");
            let Error::Refused(refusal) = refused else { unreachable!("{refused}") };
            assert_eq!((&*refusal.code, &*refusal.path), ("missing_field", place));
        }
    }
}
