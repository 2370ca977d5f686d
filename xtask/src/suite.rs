//! `cargo xtask suite`: what every runtime is asked, and what native Rust answers.

use anyhow::Result;
use xshell::{Shell, cmd};

/// Where the runners find the suite.
const FOLDER: &str = "dist/suite";

/// Writes the suite, and fails where an answer is not the committed one, unless all are to be accepted.
pub(crate) fn run(sh: &Shell, accept: bool) -> Result<()> {
    let accept = accept.then_some("--accept");
    Ok(cmd!(sh, "cargo test --locked --test suite -- --write {FOLDER} {accept...}").run()?)
}
