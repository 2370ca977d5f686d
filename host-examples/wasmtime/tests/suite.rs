//! The suite that every runtime runs, through both doors.

mod support;

use evenhand_wasmtime::{Error, Limits};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, fs, process::ExitCode};
use support::{COMPONENT, CORE, dist, planner};

/// How many differences are printed.
const SHOWN: usize = 5;

fn main() -> ExitCode {
    let read = |name| {
        let path = dist().join("suite").join(name);
        fs::read(&path).unwrap_or_else(|error| {
            eprintln!("{}: {error}; `cargo xtask suite` in Evenhand's repository makes it", path.display());
            std::process::exit(1)
        })
    };
    let (inputs, answers, names) = (read("inputs.bin"), read("answers.bin"), read("names.txt"));
    let names = String::from_utf8_lossy(&names);
    let tests: Vec<_> = names.lines().zip(framed(&inputs)).zip(framed(&answers)).collect();
    let whole =
        [framed(&inputs).count(), framed(&answers).count(), names.lines().count()] == [tests.len(); 3];
    if tests.is_empty() || !whole {
        eprintln!("the suite is empty, or its three files do not belong together");
        return ExitCode::FAILURE;
    }
    let mut differences = 0;
    for (runtime, file) in [("wasmtime core", CORE), ("wasmtime component", COMPONENT)] {
        let planner = planner(file);
        let mut hash = Sha256::new();
        for ((name, input), expected) in &tests {
            let answer = envelope(planner.call(input, Limits::of(input)).answer);
            hash.update(u32::try_from(answer.len()).unwrap_or(u32::MAX).to_le_bytes());
            hash.update(&answer);
            if answer != *expected {
                differences += 1;
                if differences <= SHOWN {
                    let [expected, answer] = [expected, &*answer].map(String::from_utf8_lossy);
                    eprintln!("{runtime}, {name}\n  expected {expected}\n  answered {answer}");
                }
            }
        }
        println!("{runtime}: {} answers, SHA-256 {:x}", tests.len(), hash.finalize());
    }
    if differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns the parts of a file in which each stands behind its length.
fn framed(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (len, rest) = bytes.split_first_chunk()?;
        let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        bytes = rest;
        Some(part)
    })
}

/// Returns the answer as a core module has it.
fn envelope(answer: Result<String, Error>) -> Vec<u8> {
    match answer {
        Ok(plan) => format!(r#"{{"ok":{plan}}}"#).into_bytes(),
        Err(Error::Refused(refusal)) => {
            serde_json::to_vec(&BTreeMap::from([("error", refusal)])).unwrap_or_default()
        }
        Err(error) => error.to_string().into_bytes(),
    }
}
