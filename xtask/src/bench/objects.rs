//! What `plan(objects)` of the npm package takes beside plain JavaScript, in Node and in browsers.

use crate::{pack, setup};
use anyhow::Result;
use xshell::{Shell, cmd};

/// Prints the table.
pub(super) fn run(sh: &Shell) -> Result<()> {
    pack::javascript(sh)?;
    setup::npm(sh, "pkg/tests")?;
    let (node, chrome, firefox) = (setup::node()?, setup::browser(sh)?.chromium, setup::firefox(sh)?);
    Ok(cmd!(sh, "{node} benches/objects/objects.mjs chrome {chrome} firefox {firefox}").run()?)
}
