//! Every case of `tests/cases/` through `plan_json`: the plan's exact bytes, or the error's code
//! and path. What a case holds is written in `tests/cases/README.md`.

use evenhand::{AssignReason, ErrorKind, Gate, WaitReason};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case<'a> {
    rule: String,
    #[serde(borrow)]
    snapshot: Option<&'a RawValue>,
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

fn main() -> ExitCode {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"));
    let mut codes = BTreeSet::new();
    let mut failures = 0;
    let paths = case_files(folder).unwrap_or_else(|error| {
        println!("{}: {error}", folder.display());
        Vec::new()
    });
    for path in &paths {
        let outcome = fs::read_to_string(path).map_err(|error| error.to_string());
        if let Err(difference) = outcome.and_then(|text| check(&text, &mut codes)) {
            failures += 1;
            println!("{}: {difference}", path.strip_prefix(folder).unwrap_or(path).display());
        }
    }
    let missing: Vec<&str> = reachable().filter(|&code| !codes.contains(code)).collect();
    println!("{} cases, {failures} failed", paths.len());
    if !missing.is_empty() {
        println!("no case reaches {}", missing.join(", "));
    }
    if paths.is_empty() || failures > 0 || !missing.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Returns every `<topic>/<name>.json`, sorted.
fn case_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for topic in fs::read_dir(folder)? {
        let topic = topic?.path();
        if topic.is_dir() {
            for file in fs::read_dir(topic)? {
                files.push(file?.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Plans one case and returns how the answer differs from the expected one, if it does.
fn check(file: &str, codes: &mut BTreeSet<String>) -> Result<(), String> {
    let case: Case<'_> = serde_json::from_str(file).map_err(|error| error.to_string())?;
    if case.rule.is_empty() {
        return Err("the rule is empty".into());
    }
    let given = match (case.snapshot, &case.text) {
        (Some(snapshot), None) => snapshot.get(),
        (None, Some(text)) => text,
        _ => return Err("a case has either a snapshot or a text".into()),
    };
    let answer = match evenhand::plan_json(given.as_bytes()) {
        Ok(plan) => Ok(plan),
        Err(error) => Err(Refusal { code: error.kind().code().into(), path: error.path().into() }),
    };
    let expected = match (case.plan, case.error) {
        (Some(plan), None) => {
            collect_codes(plan.get(), codes)?;
            Ok(compact(plan.get()))
        }
        (None, Some(error)) => {
            codes.insert(error.code.clone());
            Err(error)
        }
        _ => return Err("a case has either a plan or an error".into()),
    };
    if answer == expected {
        return Ok(());
    }
    Err(format!("{}\n  answer   {answer:?}\n  expected {expected:?}", case.rule))
}

/// Returns the codes that a case can reach. A snapshot beyond a limit would be a file of megabytes
/// (`tests/adversarial.rs` builds it in memory), and what is `internal` must not happen at all.
fn reachable() -> impl Iterator<Item = &'static str> {
    let errors =
        ErrorKind::ALL.iter().filter(|kind| !matches!(kind, ErrorKind::LimitExceeded | ErrorKind::Internal));
    (errors.map(|kind| kind.code()))
        .chain(WaitReason::ALL.iter().map(|why| why.code()))
        .chain(AssignReason::ALL.iter().map(|why| why.code()))
        .chain(Gate::ALL.iter().map(|gate| gate.code()))
}

fn collect_codes(plan: &str, codes: &mut BTreeSet<String>) -> Result<(), String> {
    let plan: Value = serde_json::from_str(plan).map_err(|error| error.to_string())?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let passed_over = list(&plan["waiting"]).into_iter().flat_map(|group| list(&group["passed_over"]));
    for row in list(&plan["decisions"]).into_iter().chain(passed_over) {
        codes.extend(row["why"].as_str().map(str::to_owned));
    }
    Ok(())
}

/// Returns JSON without the white space between its parts.
fn compact(json: &str) -> String {
    let mut inside = false;
    let mut escaped = false;
    let keep = |&letter: &char| {
        if inside {
            inside = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            return true;
        }
        inside = letter == '"';
        !letter.is_ascii_whitespace()
    };
    json.chars().filter(keep).collect()
}
