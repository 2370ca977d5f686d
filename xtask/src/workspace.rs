//! Where things lie in this workspace, and what is done in it only once.

use anyhow::{Context as _, Result};
use std::{path::PathBuf, sync::OnceLock};
use xshell::{Shell, cmd};

/// Returns the folder of the workspace.
pub(crate) fn root() -> Result<PathBuf> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").context("run it as `cargo xtask`")?;
    Ok(PathBuf::from(here).parent().context("xtask lies in the workspace")?.to_owned())
}

/// Does what several steps of one run need, for the first of them.
pub(crate) fn once(done: &OnceLock<()>, work: impl FnOnce() -> Result<()>) -> Result<()> {
    if done.get().is_none() {
        work()?;
        done.get_or_init(|| ());
    }
    Ok(())
}

/// Returns the name of a program's file on this machine.
pub(crate) fn program(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// Returns cargo's target folder, wherever the user keeps it.
pub(crate) fn target(sh: &Shell) -> Result<PathBuf> {
    let text = cmd!(sh, "cargo metadata --no-deps --format-version 1").quiet().read()?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    metadata["target_directory"].as_str().map(PathBuf::from).context("cargo names its target folder")
}
