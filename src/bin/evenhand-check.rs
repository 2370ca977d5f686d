//! `evenhand-check snapshot.json plan.json`: says what is wrong with a plan, whoever made it.
//!
//! Prints a line for each violation: its code, its path and what was expected, between tabs. Exit code 0 for a sound plan, 1 for
//! one that is not, 2 where a file cannot be read.

use evenhand::{Plan, Snapshot, check};
use std::{env, ffi::OsString, fs, io::Write as _, process::ExitCode};

fn main() -> ExitCode {
    let paths: Vec<_> = env::args_os().skip(1).collect();
    let [snapshot, plan] = paths.as_slice() else {
        eprintln!("usage: evenhand-check snapshot.json plan.json");
        return ExitCode::from(2);
    };
    let found = violations(snapshot, plan).and_then(|lines| {
        let written = std::io::stdout().write_all(lines.as_bytes());
        written.map(|()| lines.is_empty()).map_err(|error| error.to_string())
    });
    match found {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(fault) => {
            eprintln!("evenhand-check: {fault}");
            ExitCode::from(2)
        }
    }
}

fn violations(snapshot: &OsString, plan: &OsString) -> Result<String, String> {
    let at = |path: &OsString, fault: &dyn std::fmt::Display| format!("{}: {fault}", path.display());
    let read = |path: &OsString| fs::read(path).map_err(|fault| at(path, &fault));
    let (text, plan_text, mut kept) = (read(snapshot)?, read(plan)?, Vec::new());
    let record = Snapshot::from_json(&text).map_err(|fault| at(snapshot, &fault))?;
    // What is wrong with a snapshot is not for `check` to find.
    evenhand::plan(&record).map_err(|fault| at(snapshot, &fault))?;
    let planned = Plan::from_json(&plan_text, &mut kept).map_err(|fault| at(plan, &fault))?;
    let found = check(&record, &planned).map_err(|fault| at(snapshot, &fault))?;
    let line = |one: &evenhand::Violation| format!("{}\t{}\t{}\n", one.code.code(), one.path, one.message);
    Ok(found.iter().map(line).collect())
}
