//! `cargo xtask suite`: what every runtime is asked, and what native Rust answers.

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

/// Where the runners find the suite.
const FOLDER: &str = "dist/suite";

/// Writes the suite, and fails where an answer is not the committed one, unless all are to be accepted.
pub(crate) fn run(sh: &Shell, accept: bool) -> Result<()> {
    // What no test writes must not be there from another time.
    sh.remove_path(FOLDER)?;
    let _folder = sh.push_env("EVENHAND_SUITE", FOLDER);
    let _accept = accept.then(|| sh.push_env("EVENHAND_ACCEPT", "1"));
    cmd!(sh, "cargo test --locked --features schema --test main suite::").run()?;
    ensure!(sh.path_exists(FOLDER), "no test has written the suite");
    Ok(())
}
