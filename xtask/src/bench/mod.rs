//! `cargo xtask bench`: what a plan costs on this machine, natively and in every runtime.

mod child;
mod plan;
mod runtimes;
mod table;

use anyhow::Result;
use clap::ValueEnum;
use xshell::Shell;

pub(crate) use runtimes::smoke;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// The crate itself, rule by rule, and how it grows with the queue
    Plan,
    /// Every runtime side by side
    Runtimes,
}

/// Measures one of them, or both, and prints the tables.
pub(crate) fn run(sh: &Shell, only: Option<Bench>) -> Result<()> {
    if only != Some(Bench::Runtimes) {
        plan::run(sh)?;
    }
    if only != Some(Bench::Plan) {
        runtimes::run(sh)?;
    }
    Ok(())
}
