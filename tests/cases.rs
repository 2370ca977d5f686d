//! Every case of `tests/cases/` through `plan_json`: the plan's exact bytes, or the error's code
//! and path. What a case holds is written in `tests/cases/README.md`.

use crate::support::{cases, reached::Reached, show, sound};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case<'a> {
    rule: String,
    #[expect(dead_code, reason = "read by `cases::input`; here so that no other field passes")]
    #[serde(borrow)]
    snapshot: Option<&'a RawValue>,
    #[expect(dead_code, reason = "likewise")]
    text: Option<String>,
    #[serde(borrow)]
    plan: Option<&'a RawValue>,
    error: Option<Refusal>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    code: String,
    path: String,
}

#[test]
fn every_case_has_the_answer_that_is_written_in_it() {
    let mut reached = Reached::default();
    let files = cases::files().expect("the cases can be read");
    let wrong: Vec<String> = files
        .iter()
        .filter_map(|(name, text)| Some(format!("{name}: {}", check(text, &mut reached).err()?)))
        .collect();
    show(&format!("{} cases, {} failed", files.len(), wrong.len()));
    assert!(!files.is_empty(), "no case in tests/cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(reached.missing(), [""; 0], "what no case reaches");
}

/// Plans one case and returns how the answer differs from the expected one, if it does.
fn check(file: &str, reached: &mut Reached) -> Result<(), String> {
    let case: Case<'_> = serde_json::from_str(file).map_err(|error| error.to_string())?;
    if case.rule.is_empty() {
        return Err("the rule is empty".into());
    }
    let input = cases::input(file)?;
    let answer = evenhand::plan_json(&input);
    reached.look_at(&input, &answer);
    let answer =
        answer.map_err(|error| Refusal { code: error.kind().code().into(), path: error.path().into() });
    let expected = match (case.plan, case.error) {
        (Some(plan), None) => Ok(cases::compact(plan.get())),
        (None, Some(error)) => Err(error),
        _ => return Err("a case has either a plan or an error".into()),
    };
    if answer == expected {
        if let Ok(plan) = &answer {
            sound::assert_sound_json(&input, plan);
        }
        return Ok(());
    }
    Err(format!("{}\n  answer   {answer:?}\n  expected {expected:?}", case.rule))
}
