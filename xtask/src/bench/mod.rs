//! `cargo xtask bench`: what a plan costs on this machine, natively and in every runtime, and what the page of the dashboard does.

mod child;
mod most;
mod objects;
mod plan;
mod runtimes;
mod table;

use crate::dashboard;
use anyhow::Result;
use clap::ValueEnum;
use xshell::Shell;

pub(crate) use runtimes::smoke;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// The crate itself, rule by rule, and how it grows with the queue
    Plan,
    /// The objective `most` beside `in_order`: what it gains and costs
    Most,
    /// The package's `plan(objects)` beside plain JavaScript, in Node and in both browsers
    Objects,
    /// Every runtime side by side
    Runtimes,
    /// The page of the dashboard, in a browser
    Dashboard,
}

/// Measures one of them, or all, and prints the tables.
pub(crate) fn run(sh: &Shell, only: Option<Bench>) -> Result<()> {
    let wanted = |bench| only.is_none_or(|only| only == bench);
    if wanted(Bench::Plan) {
        plan::run(sh)?;
    }
    if wanted(Bench::Most) {
        most::run(sh)?;
    }
    if wanted(Bench::Objects) {
        objects::run(sh)?;
    }
    if wanted(Bench::Runtimes) {
        runtimes::run(sh)?;
    }
    if wanted(Bench::Dashboard) {
        dashboard::bench(sh)?;
    }
    Ok(())
}
