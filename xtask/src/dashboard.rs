//! The dashboard: opened in a browser, checked and measured.

use crate::workspace::once;
use crate::{demo, pack, setup, test};
use anyhow::Result;
use std::process::{Command, ExitCode};
use std::sync::OnceLock;
use xshell::{Shell, cmd};

pub(crate) const FOLDER: &str = "host-examples/dashboard";

/// Builds the page, serves it to this machine alone and opens it.
pub(crate) fn open(sh: &Shell) -> Result<ExitCode> {
    build(sh)?;
    let mut server = Command::new(setup::node()?);
    server.current_dir(sh.current_dir().join(FOLDER));
    server.args(["node_modules/vite/bin/vite.js", "preview", "--host", "127.0.0.1", "--open"]);
    demo::hand_over(&mut server)
}

/// Builds the page, checks the types, and runs the tests: of the simulation, of the page, and in both browsers.
pub(crate) fn test(sh: &Shell) -> Result<()> {
    build(sh)?;
    // Its tests hold recordings against what the Node host itself reads.
    setup::npm(sh, demo::HOST)?;
    let chromium = setup::browser(sh)?.chromium;
    let firefox = setup::firefox(sh)?;
    let npm = setup::npm_program()?;
    let _dir = sh.push_dir(FOLDER);
    cmd!(sh, "{npm} run types").run()?;
    {
        let _checked = test::checked(sh)?;
        cmd!(sh, "{npm} test").run()?;
    }
    let _chromium = sh.push_env("CHROMIUM", chromium);
    let _firefox = sh.push_env("FIREFOX", firefox);
    Ok(cmd!(sh, "{npm} run e2e").run()?)
}

/// Installs the package from the tarballs into an empty folder, and runs what people would write, in Chromium too.
pub(crate) fn packed(sh: &Shell) -> Result<()> {
    let _tarballs = sh.push_env("EVENHAND_TARBALLS", pack::tarballs(sh)?);
    let _chromium = sh.push_env("CHROMIUM", setup::browser(sh)?.chromium);
    let npm = setup::npm_program()?;
    let _dir = sh.push_dir(FOLDER);
    Ok(cmd!(sh, "{npm} run packed").run()?)
}

/// Measures the built page in Chromium.
pub(crate) fn bench(sh: &Shell) -> Result<()> {
    build(sh)?;
    let _chromium = sh.push_env("CHROMIUM", setup::browser(sh)?.chromium);
    let npm = setup::npm_program()?;
    let _dir = sh.push_dir(FOLDER);
    Ok(cmd!(sh, "{npm} run bench:page").run()?)
}

/// Builds the page into `dist/`, and what the package has besides into `lib/`.
pub(crate) fn build(sh: &Shell) -> Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    once(&DONE, || {
        pack::javascript(sh)?;
        setup::npm(sh, FOLDER)?;
        let npm = setup::npm_program()?;
        let _dir = sh.push_dir(FOLDER);
        // The compiler leaves what was there before.
        sh.remove_path("lib")?;
        Ok(cmd!(sh, "{npm} run build").run()?)
    })
}
