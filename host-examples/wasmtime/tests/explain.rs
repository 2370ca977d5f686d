//! Explanations through both doors: the files of `tests/explain/` in Evenhand's repository.

use crate::support::{COMPONENT, CORE, planner};
use evenhand_wasmtime::{Error, Limits};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{fs, path::Path};

#[derive(Deserialize)]
struct Case<'a> {
    #[serde(borrow)]
    snapshot: &'a RawValue,
    conversation: String,
    #[serde(borrow)]
    explanation: &'a RawValue,
}

#[test]
fn every_case_has_the_explanation_that_is_written_in_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/explain");
    let planners = [CORE, COMPONENT].map(planner);
    let mut count = 0;
    for file in fs::read_dir(folder).expect("the cases are there") {
        let text = fs::read_to_string(file.expect("it can be read").path()).expect("a case is text");
        let case: Case<'_> = serde_json::from_str(&text).expect("a case is of this shape");
        let snapshot = case.snapshot.get().as_bytes();
        // No string in them has a blank.
        let expected = case.explanation.get().replace(char::is_whitespace, "");
        for planner in &planners {
            let call = planner.explain(snapshot, &case.conversation, Limits::to_explain(snapshot));
            assert_eq!(call.answer.expect("it is explained"), expected);
        }
        count += 1;
    }
    assert!(count > 0, "there are no cases");
}

#[test]
fn what_is_refused_is_so_with_its_code_and_place() {
    for planner in [CORE, COMPONENT].map(planner) {
        let refused =
            planner.explain(b"{}", "c1", Limits::to_explain(b"{}")).answer.expect_err("it is refused");
        let Error::Refused(refusal) = refused else { unreachable!("{refused}") };
        assert_eq!((&*refusal.code, &*refusal.path), ("missing_field", "/version"));
    }
}
