//! What the tests share.

use evenhand_wasmtime::Planner;
use std::path::{Path, PathBuf};

pub(crate) const CORE: &str = "evenhand.core.wasm";
pub(crate) const COMPONENT: &str = "evenhand.component.wasm";

/// Returns Evenhand's folder of built files: `EVENHAND_DIST`, or the repository's.
pub(crate) fn dist() -> PathBuf {
    let folder = std::env::var_os("EVENHAND_DIST").unwrap_or("../../dist".into());
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// Returns one of Evenhand's modules, ready to plan.
pub(crate) fn planner(file: &str) -> Planner {
    let planner = Planner::load(&dist().join(file), Some(&compiled()));
    planner.expect(
        "`cargo xtask modules` in Evenhand's repository makes the modules, EVENHAND_DIST says where they are",
    )
}

/// Returns the folder for compiled modules that the tests share: it belongs to the build.
fn compiled() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}
