//! The project's tasks, as `cargo xtask help` lists them.
//!
//! Each does its own set-up, so that a fresh clone needs no step before it.

mod bench;
mod compile;
mod dashboard;
mod demo;
mod go;
mod modules;
mod pack;
mod python;
mod release;
mod runtimes;
mod setup;
mod suite;
mod test;
mod wasmtime;
mod workspace;

use anyhow::Result;
use clap::Parser;
use std::process::ExitCode;
use xshell::Shell;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The tasks of this project; each does its own set-up", version)]
enum Task {
    /// Builds the package and runs the Node host on its embedded desk
    Demo {
        /// Arguments of the host, after `--`; try `-- --help`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Runs every check and every test
    Test {
        /// Long tests run all their rounds, and not only the first: sets `EVENHAND_LONG=1` for the steps
        #[arg(long)]
        long: bool,
        /// Only these steps, in the usual order
        #[arg(value_name = "STEP", value_parser = test::names())]
        steps: Vec<String>,
    },
    /// Builds the npm packages and packs them into `dist/npm/`
    Pack,
    /// Builds the core module and the component into `dist/`
    Modules,
    /// Builds everything that would be published into `dist/release/`
    Release {
        /// Also where something is not committed
        #[arg(long)]
        allow_dirty: bool,
        /// Into another folder
        #[arg(long, default_value = release::FOLDER)]
        to: String,
    },
    /// Builds the dashboard and opens it in a browser
    Dashboard,
    /// Builds the core module and puts it into the Go package
    Embed,
    /// Writes what every runtime is asked, and what it has to answer, into `dist/suite/`
    Suite {
        /// Takes the answers as they are into `tests/runtimes/answers.sha256`
        #[arg(long)]
        accept: bool,
    },
    /// Replays a recording under two rules, in Python
    Python {
        /// Arguments of `replay.py`, after `--`; try `-- --help`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Measures a plan, natively and in every runtime, and the dashboard
    Bench {
        /// Only this; all, unless told otherwise
        only: Option<bench::Bench>,
    },
}

fn main() -> ExitCode {
    run(Task::parse()).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}

fn run(task: Task) -> Result<ExitCode> {
    let sh = Shell::new()?;
    sh.change_dir(workspace::root()?);
    match task {
        Task::Demo { args } => demo::run(&sh, &args),
        Task::Test { long, steps } => test::run(&sh, long, &steps),
        Task::Dashboard => dashboard::open(&sh),
        Task::Bench { only } => bench::run(&sh, only).map(|()| ExitCode::SUCCESS),
        Task::Modules => modules::run(&sh).map(|()| ExitCode::SUCCESS),
        Task::Release { allow_dirty, to } => release::run(&sh, &to, allow_dirty).map(|()| ExitCode::SUCCESS),
        Task::Embed => go::embed(&sh).map(|()| ExitCode::SUCCESS),
        Task::Suite { accept } => suite::run(&sh, accept).map(|()| ExitCode::SUCCESS),
        Task::Python { args } => python::run(&sh, &args),
        Task::Pack => pack::tarballs(&sh).map(|_| ExitCode::SUCCESS),
    }
}
