//! `cargo xtask test runtimes`: the suite in every runtime that is not a host of its own (`tests/runtimes/README.md`).

use crate::{pack, setup, suite, workspace::target};
use anyhow::{Result, ensure};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};
use xshell::{Shell, cmd};

const RUNNERS: &str = "tests/runtimes";

/// A runtime and the command that asks it everything, in the folder with the installed package.
type Runner = (&'static str, Vec<OsString>);

/// Runs the suite in all of them, also where one fails, and counts.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    suite::run(sh, false)?;
    pack::run(sh)?;
    let folder = install(sh)?;
    let runners = runners(sh, &folder)?;
    let _dir = sh.push_dir(&folder);
    let mut failed = Vec::new();
    for (name, command) in &runners {
        println!("\n--- {name}");
        let (program, arguments) = (&command[0], &command[1..]);
        if let Err(error) = cmd!(sh, "{program} {arguments...}").run() {
            println!("{error:#}");
            failed.push(*name);
        }
    }
    println!("\n{} runtimes, {} failed", runners.len(), failed.len());
    ensure!(
        !runners.is_empty() && failed.is_empty(),
        "not every runtime gave every answer: {}",
        failed.join(", ")
    );
    Ok(())
}

/// Makes a folder in which the packed package is installed, with the suite and the runners beside it.
fn install(sh: &Shell) -> Result<PathBuf> {
    setup::npm(sh, RUNNERS)?;
    let folder = target(sh)?.join("runtimes");
    sh.remove_path(&folder)?;
    sh.create_dir(&folder)?;
    for source in ["dist/suite", "tests/runtimes/javascript"] {
        for file in sh.read_dir(source)? {
            sh.copy_file(file, &folder)?;
        }
    }
    sh.write_file(folder.join("package.json"), r#"{"private": true, "type": "module"}"#)?;
    let npm = setup::npm_program()?;
    let package = cmd!(sh, "{npm} pack --silent --pack-destination {folder} ./pkg").read()?;
    cmd!(sh, "{npm} install --silent --no-audit --no-fund --prefix {folder} {folder}/{package}").run()?;
    let component = folder.join("component");
    let shipped = folder.join("node_modules/evenhand/dist/evenhand.component.wasm");
    cmd!(sh, "node {RUNNERS}/transpile.mjs {shipped} {component}").run()?;
    Ok(folder)
}

fn runners(sh: &Shell, folder: &Path) -> Result<Vec<Runner>> {
    let own = sh.current_dir().join(RUNNERS);
    let installed = |program: &str| own.join("node_modules/.bin").join(program).into_os_string();
    let browser = |kind: &str, program: PathBuf| {
        vec!["node".into(), own.join("browser.mjs").into(), kind.into(), program.into(), folder.into()]
    };
    let python = setup::python(sh, &format!("{RUNNERS}/requirements.txt"))?;
    Ok(vec![
        ("Node, import", vec!["node".into(), "import.mjs".into()]),
        ("Node, require", vec!["node".into(), "require.cjs".into()]),
        ("Node, the component transpiled by jco", vec!["node".into(), "component.mjs".into()]),
        ("Deno", vec![installed("deno"), "run".into(), "--allow-read".into(), "import.mjs".into()]),
        ("Bun", vec![installed("bun"), "import.mjs".into()]),
        ("workerd", vec![installed("workerd"), "test".into(), "worker.capnp".into()]),
        ("Chromium", browser("chrome", setup::browser(sh)?.chromium)),
        ("Firefox", browser("firefox", setup::firefox(sh)?)),
        ("wasmtime in Python", vec![python.into(), own.join("suite.py").into()]),
    ])
}
