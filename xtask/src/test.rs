//! `cargo xtask test`: every check, one after the other, each repeatable by its name.

use crate::workspace::{program, root, target};
use crate::{bench, dashboard, demo, go, modules, pack, python, release, runtimes, setup, wasmtime};
use anyhow::Result;
use core::time::Duration;
use std::{process::ExitCode, thread::available_parallelism, time::Instant};
use xshell::{PushEnv, Shell, cmd};

/// Where the plans that hosts get in their tests are checked.
const CHECKED: &str = "tests/checked";

const MYSQL_HOST: &str = "host-examples/node-mysql";
const CONFORMANCE: &str = "host-examples/conformance";

struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Shell) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "format", about: "the code is formatted", run: format },
    Step { name: "lints", about: "no lint complains", run: lints },
    Step { name: "workflows", about: "GitHub can run the workflows", run: workflows },
    Step { name: "docs", about: "the documentation builds without a warning", run: docs },
    Step { name: "purity", about: "the core builds where there is no operating system", run: purity },
    Step { name: "rust", about: "the tests of the crate", run: rust },
    Step { name: "pack", about: "the npm package builds, and its module is small", run: pack::run },
    Step { name: "wasm-node", about: "the JavaScript door in Node", run: wasm_node },
    Step { name: "wasm-browser", about: "the JavaScript door in headless Chromium", run: wasm_browser },
    Step { name: "package", about: "the package as people install it", run: package },
    Step { name: "environments", about: "the package wherever its README says", run: environments },
    Step { name: "modules", about: "the core module as its contract has it", run: core_module },
    Step { name: "ortools", about: "the most that can be served, as OR-Tools finds it", run: ortools },
    Step { name: "runtimes", about: "the same answers in every runtime", run: runtimes::run },
    Step { name: "node-host", about: "the Node host", run: node_host },
    Step { name: "mysql-host", about: "the host for MySQL and MariaDB", run: mysql_host },
    Step { name: "conformance", about: "the kit that tries hosts, on our own", run: conformance },
    Step { name: "host", about: "`@evenhand/host` as people install it", run: host },
    Step { name: "wasmtime-host", about: "the wasmtime host", run: wasmtime::test },
    Step { name: "python-host", about: "recordings replayed in Python", run: python::test },
    Step { name: "bench", about: "the bench of runtimes, once", run: bench::smoke },
    Step { name: "go-host", about: "the Go package", run: go::test },
    Step { name: "dashboard", about: "the simulation and its page", run: dashboard::test },
    Step { name: "desk", about: "`@evenhand/desk` as people install it", run: dashboard::packed },
    Step { name: "release", about: "what would be published, twice the same", run: release::test },
];

const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/// Returns the names of the steps, for the command line.
pub(crate) fn names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}

/// Runs the named steps, or all of them, and sums up; a failure does not stop the steps after it.
pub(crate) fn run(sh: &Shell, long: bool, only: &[String]) -> Result<ExitCode> {
    setup::toolchain(sh)?;
    let _long = long.then(|| sh.push_env("EVENHAND_LONG", "1"));
    let chosen = STEPS.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name));
    let mut results = Vec::new();
    for step in chosen {
        println!("\n=== {}: {}", step.name, step.about);
        let start = Instant::now();
        let result = (step.run)(sh);
        if let Err(error) = &result {
            println!("{error:#}");
        }
        results.push((step.name, result.is_ok(), start.elapsed()));
    }
    Ok(sum_up(&results, if long { " --long" } else { "" }))
}

/// Prints each step's time, how to repeat those that failed, and a last line for programs to read.
fn sum_up(results: &[(&str, bool, Duration)], long: &str) -> ExitCode {
    println!("\n=== summary");
    for (name, passed, took) in results {
        let word = if *passed { "passed" } else { "FAILED" };
        println!("{word} {:>7.1} s  {name}", took.as_secs_f64());
    }
    for (name, ..) in results.iter().filter(|(_, passed, _)| !passed) {
        println!("to repeat it: cargo xtask test{long} {name}");
    }
    let failed = results.iter().filter(|(_, passed, _)| !passed).count();
    println!("{} passed, {failed} failed", results.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn format(sh: &Shell) -> Result<()> {
    Ok(cmd!(sh, "cargo fmt --all --check").run()?)
}

fn lints(sh: &Shell) -> Result<()> {
    let everything = ["--workspace", "--all-targets", "--features", "evenhand/schema"];
    cmd!(sh, "cargo clippy --locked {everything...} -- -D warnings").run()?;
    for door in ["js", "abi", "component", "faults"] {
        let target = ["--lib", "--target", "wasm32-unknown-unknown", "--features", door];
        cmd!(sh, "cargo clippy --locked {target...} -- -D warnings").run()?;
    }
    Ok(())
}

fn workflows(sh: &Shell) -> Result<()> {
    let go = setup::go()?;
    // Without the checkers of shell and Python that only some machines have.
    Ok(cmd!(sh, "{go} run {ACTIONLINT} -shellcheck= -pyflakes=").run()?)
}

fn docs(sh: &Shell) -> Result<()> {
    let _flags = sh.push_env("RUSTDOCFLAGS", "-D warnings");
    Ok(cmd!(sh, "cargo doc --locked --workspace --no-deps").run()?)
}

/// On a target with an operating system's name a call for the time or for chance compiles and traps; here it does not compile.
fn purity(sh: &Shell) -> Result<()> {
    let core = "--no-default-features --target wasm32v1-none";
    for features in ["", "serde", "json"] {
        let core = core.split(' ');
        cmd!(sh, "cargo check --locked --lib {core...} --features={features}").run()?;
    }
    Ok(())
}

fn rust(sh: &Shell) -> Result<()> {
    cmd!(sh, "cargo test --locked --features schema").run()?;
    // Once each, so that they keep working.
    Ok(cmd!(sh, "cargo test --locked --features schema --bench plan").run()?)
}

fn wasm_node(sh: &Shell) -> Result<()> {
    wasm(sh)
}

fn wasm_browser(sh: &Shell) -> Result<()> {
    let browser = setup::browser(sh)?;
    let _driver = sh.push_env("CHROMEDRIVER", browser.driver);
    let _where = sh.push_env("WASM_BINDGEN_USE_BROWSER", "1");
    wasm(sh)
}

/// Runs the tests of `src/doors/js.rs` under the runner that this workspace pins.
fn wasm(sh: &Shell) -> Result<()> {
    cmd!(sh, "cargo build --locked --package wasm-test-runner").run()?;
    let runner = target(sh)?.join("debug").join(program("wasm-test-runner"));
    let _runner = sh.push_env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    Ok(cmd!(sh, "cargo test --locked --target wasm32-unknown-unknown --features js --lib").run()?)
}

fn package(sh: &Shell) -> Result<()> {
    pack::run(sh)?;
    let browser = setup::browser(sh)?;
    setup::npm(sh, "pkg/tests")?;
    let _browser = sh.push_env("CHROMIUM", browser.chromium);
    npm_test(sh, "pkg/tests")
}

fn environments(sh: &Shell) -> Result<()> {
    pack::run(sh)?;
    let _chromium = sh.push_env("CHROMIUM", setup::browser(sh)?.chromium);
    let _firefox = sh.push_env("FIREFOX", setup::firefox(sh)?);
    setup::npm(sh, "pkg/environments")?;
    npm_test(sh, "pkg/environments")
}

fn core_module(sh: &Shell) -> Result<()> {
    modules::run(sh)?;
    let _faults = sh.push_env("EVENHAND_FAULTS", modules::faults(sh)?);
    let tests = ["tests/runtimes/core.test.mjs", "tests/runtimes/faults.test.mjs"];
    Ok(cmd!(sh, "node --test --test-reporter=spec {tests...}").run()?)
}

fn ortools(sh: &Shell) -> Result<()> {
    modules::run(sh)?;
    let python = setup::python(sh, "tests/ortools/requirements.txt")?;
    Ok(cmd!(sh, "{python} tests/ortools/matching.py").run()?)
}

fn node_host(sh: &Shell) -> Result<()> {
    demo::set_up(sh)?;
    setup::pgbouncer(sh)?;
    setup::prometheus(sh)?;
    cmd!(sh, "node --test {CHECKED}/checked.test.mjs").run()?;
    let _checked = checked(sh)?;
    let _dir = sh.push_dir(demo::HOST);
    let npm = setup::npm_program()?;
    // Left to itself Node keeps one processor free; these tests wait more than they work.
    let files = available_parallelism()?.to_string();
    Ok(cmd!(sh, "{npm} test -- --test-concurrency={files}").run()?)
}

fn mysql_host(sh: &Shell) -> Result<()> {
    pack::javascript(sh)?;
    setup::mariadb(sh)?;
    setup::npm(sh, MYSQL_HOST)?;
    let _checked = checked(sh)?;
    npm_test(sh, MYSQL_HOST)
}

fn conformance(sh: &Shell) -> Result<()> {
    demo::set_up(sh)?;
    setup::mariadb(sh)?;
    setup::npm(sh, MYSQL_HOST)?;
    let _checked = checked(sh)?;
    npm_test(sh, CONFORMANCE)?;
    let _tarballs = sh.push_env("EVENHAND_TARBALLS", pack::tarballs(sh)?);
    let _dir = sh.push_dir(CONFORMANCE);
    let npm = setup::npm_program()?;
    Ok(cmd!(sh, "{npm} run packed").run()?)
}

/// Has every plan that the JavaScript hosts get in their tests checked, until what is returned is dropped.
pub(crate) fn checked(sh: &Shell) -> Result<PushEnv<'_>> {
    let register = root()?.join(CHECKED).join("register.mjs");
    let address = "require('node:url').pathToFileURL(process.argv[1]).href";
    let register = cmd!(sh, "node --print {address} {register}").quiet().read()?;
    Ok(sh.push_env("NODE_OPTIONS", format!("--import={register}")))
}

fn host(sh: &Shell) -> Result<()> {
    let _tarballs = sh.push_env("EVENHAND_TARBALLS", pack::tarballs(sh)?);
    let _dir = sh.push_dir(demo::HOST);
    let npm = setup::npm_program()?;
    Ok(cmd!(sh, "{npm} run packed").run()?)
}

fn npm_test(sh: &Shell, folder: &str) -> Result<()> {
    let _dir = sh.push_dir(folder);
    let npm = setup::npm_program()?;
    Ok(cmd!(sh, "{npm} test").run()?)
}
