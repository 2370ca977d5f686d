//! What a fresh machine lacks: toolchain parts, packages of npm and of Python, browsers, servers.

use crate::workspace::{program, target};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// The parts of the toolchain that checks and builds need besides the compiler.
const COMPONENTS: [&str; 2] = ["rustfmt", "clippy"];
/// Where the package and its tests run, and where the core is held to what has no operating system.
const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32v1-none"];

/// Adds the missing components and targets to the toolchain in use.
///
/// rustup does this by itself only where automatic installs are on.
pub(crate) fn toolchain(sh: &Shell) -> Result<()> {
    if which::which("rustup").is_err() {
        bail!("rustup is missing: the checks and the package need targets that it installs");
    }
    let installed = cmd!(sh, "rustup target list --installed").quiet().read()?;
    let targets = TARGETS.iter().filter(|target| !installed.lines().any(|line| line == **target));
    for target in targets {
        cmd!(sh, "rustup target add {target}").run()?;
    }
    let installed = cmd!(sh, "rustup component list --installed").quiet().read()?;
    let components = COMPONENTS.iter().filter(|part| !installed.lines().any(|line| line.starts_with(**part)));
    for component in components {
        cmd!(sh, "rustup component add {component}").run()?;
    }
    Ok(())
}

/// Installs the npm packages that the folder's lock file names, unless they are there already.
pub(crate) fn npm(sh: &Shell, folder: &str) -> Result<()> {
    let _dir = sh.push_dir(folder);
    let lock = modified(&sh.current_dir().join("package-lock.json"));
    let installed = modified(&sh.current_dir().join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= lock {
        return Ok(());
    }
    let npm = npm_program()?;
    cmd!(sh, "{npm} ci --engine-strict --no-audit --no-fund")
        .run()
        .with_context(|| format!("npm ci in {folder}"))
}

/// Returns the path of Node.
pub(crate) fn node() -> Result<PathBuf> {
    which::which("node").context("node is missing: install Node 20 or later")
}

/// Returns the path of Go.
pub(crate) fn go() -> Result<PathBuf> {
    which::which("go").context("go is missing: install Go, of the version in host-examples/go/go.mod")
}

/// Returns the path of npm: on Windows a `.cmd` file that has to be named in full.
pub(crate) fn npm_program() -> Result<PathBuf> {
    which::which("npm").context("npm is missing: install Node 20 or later")
}

/// Returns a Python that has the packages of a requirements file, in the environment of the tests.
pub(crate) fn python(sh: &Shell, requirements: &str) -> Result<PathBuf> {
    environment(sh, &target(sh)?.join("python"), requirements)
}

/// Returns the Python of the environment in `folder`, which then has the packages of a requirements file.
pub(crate) fn environment(sh: &Shell, folder: &Path, requirements: &str) -> Result<PathBuf> {
    let bin = if cfg!(windows) { "Scripts" } else { "bin" };
    let python = folder.join(bin).join(program("python"));
    if !python.exists() {
        let own = ["python3", "python"].iter().find_map(|name| which::which(name).ok());
        let own = own.context("python is missing: install Python 3.10 or later")?;
        cmd!(sh, "{own} -m venv {folder}")
            .run()
            .context("its venv module comes with python3-venv on Debian")?;
    }
    cmd!(sh, "{python} -m pip install -q --disable-pip-version-check -r {requirements}").run()?;
    Ok(python)
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|file| file.modified()).ok()
}

/// A browser and the program that drives it for wasm-bindgen-test.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Returns the browser of this machine, installed through apt where it is missing.
pub(crate) fn browser(sh: &Shell) -> Result<Browser> {
    if let Some(browser) = find_browser() {
        return Ok(browser);
    }
    apt(sh, &["chromium", "chromium-driver"])
        .context("no browser: install Chromium (or Chrome) and its chromedriver, and put both on the PATH")?;
    find_browser().context("apt has installed no browser that is on the PATH")
}

/// Returns the Firefox of this machine, installed through apt where it is missing.
pub(crate) fn firefox(sh: &Shell) -> Result<PathBuf> {
    let find = || ["firefox-esr", "firefox"].iter().find_map(|name| which::which(name).ok());
    if let Some(firefox) = find() {
        return Ok(firefox);
    }
    apt(sh, &["firefox-esr"]).context("no Firefox: install it, and put it on the PATH")?;
    find().context("apt has installed no Firefox that is on the PATH")
}

/// Makes sure of `PgBouncer`.
pub(crate) fn pgbouncer(sh: &Shell) -> Result<()> {
    server(sh, &["pgbouncer"], "pgbouncer", "pgbouncer")
}

/// Makes sure of Prometheus and its promtool.
pub(crate) fn prometheus(sh: &Shell) -> Result<()> {
    server(sh, &["prometheus", "promtool"], "prometheus", "prometheus")
}

/// Makes sure of `MariaDB`.
pub(crate) fn mariadb(sh: &Shell) -> Result<()> {
    server(sh, &["mariadbd"], "mariadb-server", "mariadb")
}

/// Makes sure of Redis.
pub(crate) fn redis(sh: &Shell) -> Result<()> {
    server(sh, &["redis-server"], "redis-server", "redis-server")
}

/// Installs a server through apt where one of its programs is missing. Where there is no apt, the tests with it are left out.
fn server(sh: &Shell, programs: &[&str], package: &str, service: &str) -> Result<()> {
    let is_there = |name: &&str| which::which(name).is_ok() || Path::new("/usr/sbin").join(name).exists();
    if programs.iter().all(is_there) || which::which("apt-get").is_err() {
        return Ok(());
    }
    apt(sh, &[package]).with_context(|| format!("{package} is missing: install it"))?;
    // Where there is systemd, Debian starts it; the tests start one of their own.
    if Path::new("/run/systemd/system").exists() {
        let sudo: &[&str] = if is_root(sh) { &[] } else { &["sudo", "-n"] };
        cmd!(sh, "env {sudo...} systemctl disable --now {service}").run()?;
    }
    Ok(())
}

/// Installs Debian packages, as root or by a sudo that asks nothing.
fn apt(sh: &Shell, packages: &[&str]) -> Result<()> {
    let apt: &[&str] = if is_root(sh) { &["apt-get"] } else { &["sudo", "-n", "apt-get"] };
    if apt.iter().any(|part| !part.starts_with('-') && which::which(part).is_err()) {
        bail!("apt is missing");
    }
    let install = ["install", "-y", "-q", "--no-install-recommends"];
    cmd!(sh, "env DEBIAN_FRONTEND=noninteractive {apt...} update -q").run()?;
    cmd!(sh, "env DEBIAN_FRONTEND=noninteractive {apt...} {install...} {packages...}").run()?;
    Ok(())
}

fn is_root(sh: &Shell) -> bool {
    cmd!(sh, "id -u").quiet().ignore_stderr().read().is_ok_and(|id| id == "0")
}

fn find_browser() -> Option<Browser> {
    let chromium = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let chromium = chromium.iter().find_map(|name| which::which(name).ok())?;
    let driver = which::which("chromedriver").ok()?;
    Some(Browser { chromium, driver })
}
