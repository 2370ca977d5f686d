//! `evenhand-run`: one snapshot, or a folder of them; the plan, and what it cost against what was promised.

mod show;

use anyhow::{Context as _, Result};
use clap::Parser;
use evenhand_wasmtime::{Call, Cost, Error, Limits, Planner};
use serde::Serialize;
use serde_json::value::RawValue;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::{fs, process::ExitCode};

/// Plans a snapshot, and says what it cost
///
/// Prints the plan and what it cost, each against the limit that docs/limits.md promises for a snapshot of that length.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes:
  0  planned, within every limit
  1  the snapshot was refused
  2  over a limit, a guest that is none or traps, or wrong options"
)]
struct Options {
    /// The snapshot; - is the standard input
    #[arg(required_unless_present = "profile")]
    snapshot: Option<PathBuf>,
    /// Plan every .json file of a folder, and print a table
    #[arg(long, value_name = "FOLDER", conflicts_with = "snapshot")]
    profile: Option<PathBuf>,
    /// The core module or the component
    #[arg(long, value_name = "FILE", env = "EVENHAND_MODULE", default_value = "dist/evenhand.core.wasm")]
    module: PathBuf,
    /// Keep the compiled module here for the next time
    #[arg(long, value_name = "FOLDER", env = "EVENHAND_CACHE")]
    cache: Option<PathBuf>,
    /// One JSON object for each snapshot, in a line
    #[arg(long)]
    json: bool,
}

/// How a call ended, from good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Planned,
    Refused,
    OverLimit,
    Failed,
}

/// One snapshot and what came of it.
struct Run {
    name: String,
    limits: Limits,
    call: Call,
    end: End,
}

/// A run, for programs.
#[derive(Serialize)]
struct Record<'a> {
    snapshot: &'a str,
    end: End,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    cost: Cost,
    limits: Limits,
}

fn main() -> ExitCode {
    run(&Options::parse()).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::from(2)
    })
}

fn run(options: &Options) -> Result<ExitCode> {
    let planner = Planner::load(&options.module, options.cache.as_deref())?;
    let mut worst = End::Planned;
    let mut out = io::stdout().lock();
    let mut table = show::Table::default();
    for path in snapshots(options)? {
        let run = measure(&planner, &path)?;
        worst = worst.max(run.end);
        if options.json {
            serde_json::to_writer(&mut out, &run.record()?)?;
            writeln!(out)?;
        } else if options.profile.is_some() {
            table.add(&run);
        } else {
            write!(out, "{}", show::run(&run)?)?;
        }
    }
    write!(out, "{table}")?;
    Ok(match worst {
        End::Planned => ExitCode::SUCCESS,
        End::Refused => ExitCode::from(1),
        End::OverLimit | End::Failed => ExitCode::from(2),
    })
}

/// Returns the paths of the snapshots, sorted.
fn snapshots(options: &Options) -> Result<Vec<PathBuf>> {
    let Some(folder) = &options.profile else { return Ok(options.snapshot.iter().cloned().collect()) };
    let cannot = || format!("cannot read `{}`", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.extension().is_some_and(|extension| extension == "json") && path.is_file() {
            paths.push(path);
        }
    }
    anyhow::ensure!(!paths.is_empty(), "no .json file in `{}`", folder.display());
    paths.sort();
    Ok(paths)
}

fn measure(planner: &Planner, path: &Path) -> Result<Run> {
    let mut snapshot = Vec::new();
    let name = if path == Path::new("-") {
        io::stdin().read_to_end(&mut snapshot).context("cannot read the standard input")?;
        "standard input".to_owned()
    } else {
        snapshot = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    };
    let limits = Limits::of(&snapshot);
    // It may use more here, so that it can be said how much.
    let generous = Limits { instructions: limits.instructions * 10, memory: limits.memory * 2, ..limits };
    let call = planner.call(&snapshot, generous);
    let over = call.cost.instructions > limits.instructions || call.cost.memory > limits.memory;
    let end = match &call.answer {
        Err(Error::OutOfFuel { .. } | Error::OutOfMemory { .. } | Error::Deadline { .. }) => End::OverLimit,
        Ok(_) | Err(Error::Refused(_)) if over => End::OverLimit,
        Ok(_) => End::Planned,
        Err(Error::Refused(_)) => End::Refused,
        Err(_) => End::Failed,
    };
    Ok(Run { name, limits, call, end })
}

impl Run {
    fn record(&self) -> Result<Record<'_>> {
        let answer = &self.call.answer;
        let code = match answer {
            Err(Error::Refused(refusal)) => Some(&*refusal.code),
            _ => None,
        };
        Ok(Record {
            snapshot: &self.name,
            end: self.end,
            plan: answer.as_ref().ok().map(|plan| serde_json::from_str(plan)).transpose()?,
            error: answer.as_ref().err().map(ToString::to_string),
            code,
            cost: self.call.cost,
            limits: self.limits,
        })
    }
}
