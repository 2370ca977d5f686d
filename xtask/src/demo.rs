//! `cargo xtask demo`: the main job, from a fresh clone.

use crate::{pack, setup};
use anyhow::Result;
use std::process::{Command, ExitCode};
use xshell::Shell;

/// The Node host.
pub(crate) const HOST: &str = "host-examples/node";

/// Builds the package and hands the terminal over to the Node host.
pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    set_up(sh)?;
    let mut host = Command::new(setup::node()?);
    host.arg(sh.current_dir().join(HOST).join("main.mjs")).args(args);
    hand_over(&mut host)
}

/// Builds the package and installs what else the Node host needs.
pub(crate) fn set_up(sh: &Shell) -> Result<()> {
    pack::javascript(sh)?;
    setup::npm(sh, HOST)
}

/// Becomes the program, so that every signal and the exit code are its own.
#[cfg(unix)]
pub(crate) fn hand_over(host: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(host.exec().into())
}

/// Waits for the program, which gets the console's Ctrl-C itself.
#[cfg(not(unix))]
pub(crate) fn hand_over(host: &mut Command) -> Result<ExitCode> {
    let status = host.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
