//! `cargo xtask pack`: the crate as a module, its glue, the package around both, and the packages that use it.

use crate::{compile, dashboard, modules, setup, workspace::once};
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use wasm_bindgen_cli_support::Bindgen;
use xshell::{Shell, cmd};

const GENERATED: &str = "pkg/src/generated";
const MODULE: &str = "pkg/dist/evenhand.wasm";
const TARBALLS: &str = "dist/npm";

/// Builds the package into `pkg/dist/`.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    javascript(sh)?;
    modules::run(sh)?;
    for name in modules::NAMES {
        sh.copy_file(format!("dist/{name}"), "pkg/dist")?;
    }
    Ok(())
}

/// Packs what people install from npm: the package, the Node host and the desk; returns the folder.
pub(crate) fn tarballs(sh: &Shell) -> Result<PathBuf> {
    static DONE: OnceLock<()> = OnceLock::new();
    once(&DONE, || {
        run(sh)?;
        dashboard::build(sh)?;
        Ok(cmd!(sh, "node pkg/build/tarballs.mjs {TARBALLS}").run()?)
    })?;
    Ok(sh.current_dir().join(TARBALLS))
}

/// Builds what JavaScript imports of the package, which is all that the programs in this checkout need.
pub(crate) fn javascript(sh: &Shell) -> Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    once(&DONE, || {
        setup::toolchain(sh)?;
        setup::npm(sh, "pkg/build")?;
        bind(sh, &compile::module(sh, "js", &[])?)?;
        cmd!(sh, "node pkg/build/build.mjs").run()?;
        compile::weigh(MODULE, &sh.read_binary_file(MODULE)?)
    })
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
        ensure!(module == "./evenhand_bg.js", "the module imports `{name}` from `{module}`");
    }
    sh.write_file(format!("{GENERATED}/evenhand.wasm"), output.wasm_mut().emit_wasm())?;
    sh.write_file(format!("{GENERATED}/glue.js"), output.js())?;
    Ok(())
}
