//! `check`: it says nothing of a sound plan, finds what is wrong with others, and ends on anything.

use crate::support::cases;

#[test]
fn nothing_is_wrong_with_the_plan_of_any_case() {
    let mut checked = 0;
    for (name, case) in cases::files().expect("the cases can be read") {
        let snapshot = cases::input(&case).expect("it is a case");
        if let Ok(plan) = evenhand::plan_json(&snapshot) {
            assert_eq!(evenhand::check_json(&snapshot, plan.as_bytes()).as_deref(), Ok("[]"), "{name}");
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked} cases have a plan");
}
