//! Every code that a program may compare stands in `codes.txt`, in order. Lines are only ever added.

use evenhand::{AssignReason, Assignment, ErrorKind, Gate, Objective, Rule, ViolationCode, WaitReason};
use serde::Serialize;

/// Returns one line per value: its kind, and its word on the wire.
fn listed<T: Serialize>(kind: &str, values: &[T]) -> String {
    values.iter().fold(String::new(), |lines, value| {
        let word = serde_json::to_value(value).expect("codes are words");
        lines + kind + " " + word.as_str().expect("codes are words") + "\n"
    })
}

#[test]
fn the_list_of_codes_is_the_code() {
    let errors: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
    let found = [
        listed("error", &errors),
        listed("assign", AssignReason::ALL),
        listed("wait", WaitReason::ALL),
        listed("gate", Gate::ALL),
        listed("assignment", Assignment::ALL),
        listed("rule", Rule::ALL),
        listed("objective", Objective::ALL),
        listed("violation", ViolationCode::ALL),
    ];
    assert_eq!(found.concat(), include_str!("codes.txt"));
}

#[test]
fn a_code_is_the_word_on_the_wire() {
    let codes = |all: Vec<&str>, kind| listed(kind, &all);
    let assign = AssignReason::ALL.iter().map(|why| why.code()).collect();
    let wait = WaitReason::ALL.iter().map(|why| why.code()).collect();
    let gate = Gate::ALL.iter().map(|why| why.code()).collect();
    let violation = ViolationCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes(assign, "assign"), listed("assign", AssignReason::ALL));
    assert_eq!(codes(wait, "wait"), listed("wait", WaitReason::ALL));
    assert_eq!(codes(gate, "gate"), listed("gate", Gate::ALL));
    assert_eq!(codes(violation, "violation"), listed("violation", ViolationCode::ALL));
}
