//! `cargo xtask python`: the Python example, in an environment of its own.

use crate::{demo, modules, setup};
use anyhow::Result;
use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};
use xshell::{Shell, cmd};

const FOLDER: &str = "host-examples/python";

/// Builds the module and hands the terminal over to the replay.
pub(crate) fn run(sh: &Shell, args: &[String]) -> Result<ExitCode> {
    modules::run(sh)?;
    let mut replay = Command::new(environment(sh, "requirements.txt")?);
    demo::hand_over(replay.arg(sh.current_dir().join(FOLDER).join("replay.py")).args(args))
}

/// Runs its tests, one of which asks the Node host the same.
pub(crate) fn test(sh: &Shell) -> Result<()> {
    modules::run(sh)?;
    demo::set_up(sh)?;
    let python = environment(sh, "requirements-test.txt")?;
    let _dir = sh.push_dir(FOLDER);
    Ok(cmd!(sh, "{python} -m pytest -p no:cacheprovider").run()?)
}

fn environment(sh: &Shell, requirements: &str) -> Result<PathBuf> {
    let folder = sh.current_dir().join(FOLDER).join(".venv");
    setup::environment(sh, &folder, &format!("{FOLDER}/{requirements}"))
}
