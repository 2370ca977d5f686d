//! The wasmtime host: a workspace of its own, which carries along what it needs from here.

use crate::workspace::{program, target};
use crate::{demo, modules, suite};
use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

const FOLDER: &str = "host-examples/wasmtime";

/// What it carries along, and where that is from.
const COPIES: [(&str, &str); 6] = [
    ("wit/evenhand.wit", "wit/evenhand.wit"),
    ("words.json", "pkg/words.json"),
    ("sql/state.sql", "host-examples/sql/libredesk/state.sql"),
    ("sql/snapshot.sql", "host-examples/sql/libredesk/snapshot.sql"),
    ("sql/claim.sql", "host-examples/sql/libredesk/claim.sql"),
    ("sql/claim-end.sql", "host-examples/sql/libredesk/claim-end.sql"),
];

/// Runs its checks and tests.
pub(crate) fn test(sh: &Shell) -> Result<()> {
    for (copy, original) in COPIES {
        let same = sh.read_binary_file(format!("{FOLDER}/{copy}"))? == sh.read_binary_file(original)?;
        ensure!(same, "{FOLDER}/{copy} is not {original}: copy it there");
    }
    modules::run(sh)?;
    suite::run(sh, false)?;
    // Its tests borrow a PostgreSQL from the Node host, and stand beside that host.
    demo::set_up(sh)?;

    let target = target(sh)?.join("wasmtime");
    let _target = sh.push_env("CARGO_TARGET_DIR", &target);
    let _dir = sh.push_dir(FOLDER);
    cmd!(sh, "cargo fmt --check").run()?;
    cmd!(sh, "cargo clippy --locked --all-targets -- -D warnings").run()?;
    let flags = sh.push_env("RUSTDOCFLAGS", "-D warnings");
    cmd!(sh, "cargo doc --locked --no-deps").run()?;
    drop(flags);
    cmd!(sh, "cargo test --locked").run()?;
    let host = target.join("debug").join(program("evenhand-wasmtime"));
    let _host = sh.push_env("EVENHAND_WASMTIME", host);
    let _cache = sh.push_env("EVENHAND_CACHE", target.join("compiled"));
    cmd!(sh, "node --test --test-reporter=spec tests/host.test.mjs").run()?;
    Ok(cmd!(sh, "node --test --test-reporter=spec ../conformance/test/libredesk.test.mjs").run()?)
}
