//! Every plan that a test makes is checked: here it is made, or looked at.

#![expect(clippy::panic, reason = "a test fails with what was found")]

use evenhand::{Plan, Snapshot, check, check_json};

/// Returns the plan for a valid snapshot, which is sound.
pub(crate) fn plan<'a>(snapshot: &'a Snapshot<'_>) -> Plan<'a> {
    let plan = evenhand::plan(snapshot).expect("the snapshot is valid");
    assert_sound(snapshot, &plan);
    plan
}

/// Fails where something is wrong with a plan.
pub(crate) fn assert_sound(snapshot: &Snapshot<'_>, plan: &Plan<'_>) {
    let found = check(snapshot, plan).expect("it is a small desk");
    if !found.is_empty() {
        let text = serde_json::to_string(snapshot).expect("records are writable");
        panic!("{found:#?}\nin {}\nfor {text}", serde_json::to_string(plan).expect("records are writable"));
    }
}

/// Fails where something is wrong with a plan in JSON.
pub(crate) fn assert_sound_json(snapshot: &[u8], plan: &str) {
    let found = check_json(snapshot, plan.as_bytes());
    assert_eq!(found.as_deref(), Ok("[]"), "in {plan}\nfor {}", String::from_utf8_lossy(snapshot));
}
