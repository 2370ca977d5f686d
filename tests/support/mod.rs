//! What several tests share.

pub(crate) mod cases;
pub(crate) mod history;
pub(crate) mod host;
pub(crate) mod one_team;
pub(crate) mod owned;
pub(crate) mod random;
pub(crate) mod reached;
pub(crate) mod shared;
pub(crate) mod shrink;
pub(crate) mod strategy;

use std::io::{Write as _, stdout};

/// Prints what a test counted. The harness swallows what the macros print in a test that passes, but not this.
pub(crate) fn show(line: &str) {
    writeln!(stdout(), "{line}").expect("standard output is open");
}

/// Returns whether what was found is to become what is expected, where both are files of this repository.
pub(crate) fn accepts() -> bool {
    std::env::var_os("EVENHAND_ACCEPT").is_some()
}
