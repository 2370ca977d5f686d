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
pub(crate) mod sound;
pub(crate) mod strategy;
pub(crate) mod wishes;

use std::io::{Write as _, stdout};

/// Prints what a test counted. The harness swallows what the macros print in a test that passes, but not this.
pub(crate) fn show(line: &str) {
    writeln!(stdout(), "{line}").expect("standard output is open");
}

/// Returns whether long tests run all their rounds, and not only the first (`EVENHAND_LONG`).
pub(crate) fn is_long() -> bool {
    std::env::var_os("EVENHAND_LONG").is_some()
}

/// Returns where random tests start, so that a run can be repeated or be another one (`EVENHAND_SEED`).
pub(crate) fn seed() -> u64 {
    std::env::var("EVENHAND_SEED").map_or(0, |seed| seed.parse().expect("EVENHAND_SEED is a number"))
}

/// Returns whether what was found is to become what is expected, where both are files of this repository.
pub(crate) fn accepts() -> bool {
    std::env::var_os("EVENHAND_ACCEPT").is_some()
}
