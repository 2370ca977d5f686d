//! What the objective `most` gains, and what it costs in Node, from text to text.

use crate::{pack, setup};
use anyhow::Result;
use xshell::{Shell, cmd};

/// Prints both tables.
pub(super) fn run(sh: &Shell) -> Result<()> {
    pack::javascript(sh)?;
    let node = setup::node()?;
    for table in ["gain", "cost"] {
        cmd!(sh, "{node} benches/most.mjs {table}").run()?;
    }
    Ok(())
}
