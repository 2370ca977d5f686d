//! `cargo xtask pack`: the crate as a module, its glue, and the package around both.

use crate::{setup, target};
use anyhow::{Result, ensure};
use flate2::{Compression, write::GzEncoder};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};
use wasm_bindgen_cli_support::Bindgen;
use xshell::{Shell, cmd};

const TARGET: &str = "wasm32-unknown-unknown";
const GENERATED: &str = "pkg/src/generated";
const MODULE: &str = "pkg/dist/evenhand.wasm";
/// What a page has to load at most.
const MAX_RAW: usize = 200_000;
const MAX_GZIP: usize = 80_000;

/// Builds the package into `pkg/dist/`.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    setup::toolchain(sh)?;
    setup::npm(sh, "pkg/build")?;
    bind(sh, &build(sh, "js", &[])?)?;
    cmd!(sh, "node pkg/build/build.mjs").run()?;
    let (raw, gzip) = sizes(sh)?;
    println!("pkg/dist: the module has {raw} bytes, {gzip} with gzip");
    Ok(())
}

/// Builds the crate as a module with one of its doors, and returns where it is.
pub(crate) fn build(sh: &Shell, door: &str, flags: &[&str]) -> Result<PathBuf> {
    // A third smaller than for speed, and a third slower.
    let small = ["--config", "profile.release.opt-level='s'"];
    let module = ["--target", TARGET, "--crate-type", "cdylib"];
    cmd!(sh, "cargo rustc --locked --release --lib --features {door} {module...} {small...} -- {flags...}")
        .run()?;
    Ok(target(sh)?.join(TARGET).join("release/evenhand.wasm"))
}

/// Writes the module in the form that JavaScript loads, and the glue between the two.
fn bind(sh: &Shell, built: &Path) -> Result<()> {
    let mut output = Bindgen::new()
        .input_path(built)
        .web(true)?
        // The entries say where the module is; without this a bundler copies it a second time.
        .omit_default_module_path(true)
        // A trap spoils an instance: the loader makes a fresh one.
        .reset_state_function(true)
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()?;
    for import in output.wasm().imports.iter() {
        let (module, name) = (&import.module, &import.name);
        let own = module == "./evenhand_bg.js" || module.starts_with("./snippets/evenhand-");
        ensure!(own, "the module imports `{name}` from `{module}`");
    }
    for (path, script) in output.local_modules() {
        sh.write_file(format!("{GENERATED}/snippets/{path}"), script)?;
    }
    sh.write_file(format!("{GENERATED}/evenhand.wasm"), output.wasm_mut().emit_wasm())?;
    sh.write_file(format!("{GENERATED}/glue.js"), output.js())?;
    Ok(())
}

/// Builds the package, and fails where its module has grown beyond what a page should have to load.
pub(crate) fn check(sh: &Shell) -> Result<()> {
    run(sh)?;
    let (raw, gzip) = sizes(sh)?;
    println!("at most {MAX_RAW}, {MAX_GZIP} with gzip");
    ensure!(raw <= MAX_RAW && gzip <= MAX_GZIP, "the module is too large");
    Ok(())
}

fn sizes(sh: &Shell) -> Result<(usize, usize)> {
    let bytes = sh.read_binary_file(MODULE)?;
    Ok((bytes.len(), gzipped(&bytes)?))
}

/// Returns how long the bytes are under gzip.
pub(crate) fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?.len())
}
