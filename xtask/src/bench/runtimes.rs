//! Every runtime in one run, side by side, so that whatever else the machine does hits all alike.

use super::child::{Child, Runtime, times};
use super::table::{median, print, time, verdict};
use crate::workspace::{program, target};
use crate::{compile, modules, pack, setup};
use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// The desks, agents x conversations, and how often each is planned in a round.
const DESKS: [(&str, u32); 3] = [("20x200", 40), ("200x5000", 4), ("1000x100000", 1)];
/// The desk of the targets.
const MIDDLE: usize = 1;
const NATIVE: &str = "native Rust, text";
/// What goes from text to text in WebAssembly without a limit, and is held against native Rust.
const TEXT: [&str; 3] = ["Node, text (`planJson`)", "wasmtime, core module", "wasmtime, component"];
const MODULES: [(&str, &str); 3] = [
    ("core module", "dist/evenhand.core.wasm"),
    ("component", "dist/evenhand.component.wasm"),
    ("npm package's module", "pkg/dist/evenhand.wasm"),
];
const MOST_INSTANTIATE: f64 = 50e3;
const MOST_FUEL: f64 = 150.0;
const MOST_RATIO: f64 = 2.5;

/// How thoroughly.
struct Effort {
    starts: usize,
    instances: usize,
    /// Of which the first two are not counted.
    rounds: usize,
    most_calls: u32,
}

/// Measures with optimised builds.
pub(super) fn run(sh: &Shell) -> Result<()> {
    let mut runtimes = built(sh, &["--release"])?;
    runtimes.extend(wasmtime(sh)?);
    measure(sh, &runtimes, &Effort { starts: 7, instances: 200, rounds: 17, most_calls: u32::MAX })
}

/// Runs all of it once and fails where an answer differs; without the wasmtime host, which is built for minutes.
pub(crate) fn smoke(sh: &Shell) -> Result<()> {
    let runtimes = built(sh, &["--profile", "test"])?;
    println!("one call of each: the tables show that they are printed, and are no measurement");
    measure(sh, &runtimes, &Effort { starts: 1, instances: 2, rounds: 3, most_calls: 1 })
}

/// Returns the runtimes, with all that they need.
fn built(sh: &Shell, profile: &[&str]) -> Result<Vec<Runtime>> {
    modules::run(sh)?;
    pack::javascript(sh)?;
    let python = setup::python(sh, "tests/runtimes/requirements.txt")?;
    cmd!(sh, "cargo build --locked --example bench-native {profile...}").run()?;
    let folder = if profile == ["--release"] { "release" } else { "debug" };
    let native = target(sh)?.join(folder).join("examples").join(program("bench-native"));
    let node = setup::node()?;
    let plain =
        |door: &str| path(sh, "benches/runtimes/node.mjs").map(|script| vec![script, door.to_owned()]);
    let core = path(sh, MODULES[0].1)?;
    Ok(vec![
        Runtime { name: NATIVE, program: native, arguments: vec![] },
        Runtime { name: TEXT[0], program: node.clone(), arguments: plain("text")? },
        Runtime { name: "Node, objects (`plan`)", program: node.clone(), arguments: plain("objects")? },
        Runtime { name: "plain JavaScript, objects", program: node, arguments: plain("plain")? },
        Runtime {
            name: "Python's wasmtime, core module",
            program: python,
            arguments: vec![path(sh, "benches/runtimes/core.py")?, core],
        },
        Runtime {
            name: "wazero in Go, core module",
            program: go(sh)?,
            arguments: vec![path(sh, "host-examples/go/evenhand.wasm")?],
        },
    ])
}

/// Builds the child for Go, and returns where it is.
fn go(sh: &Shell) -> Result<PathBuf> {
    let child = target(sh)?.join("bench").join(program("wazero"));
    let go = setup::go()?;
    let _dir = sh.push_dir("host-examples/go");
    cmd!(sh, "{go} build -o {child} ./internal/bench").run()?;
    Ok(child)
}

/// Builds wasmtime's child optimised, which takes minutes once, and returns its three ways.
fn wasmtime(sh: &Shell) -> Result<Vec<Runtime>> {
    let folder = target(sh)?.join("wasmtime");
    let [core, component] = [path(sh, MODULES[0].1)?, path(sh, MODULES[1].1)?];
    let host = sh.push_dir("host-examples/wasmtime");
    let options = ["--locked", "--release", "--no-default-features", "--example", "bench"];
    cmd!(sh, "cargo build {options...} --target-dir {folder}").run()?;
    drop(host);
    let child = folder.join("release/examples").join(program("bench"));
    let runtime = |name, kind: &str, module: &str| Runtime {
        name,
        program: child.clone(),
        arguments: vec![kind.to_owned(), module.to_owned()],
    };
    Ok(vec![
        runtime(TEXT[1], "core", &core),
        runtime(TEXT[2], "component", &component),
        runtime("the wasmtime host: every limit, an instance a call", "host", &core),
    ])
}

fn path(sh: &Shell, path: &str) -> Result<String> {
    sh.current_dir().join(path).into_os_string().into_string().ok().context("the checkout's path is Unicode")
}

/// What was measured of one runtime, in nanoseconds.
#[derive(Default)]
struct Times {
    compile: Vec<f64>,
    load: Vec<f64>,
    instantiate: Vec<f64>,
    first: Vec<f64>,
    warm: [Vec<f64>; 3],
    fuel: [Option<f64>; 3],
}

fn measure(sh: &Shell, runtimes: &[Runtime], effort: &Effort) -> Result<()> {
    let folder = target(sh)?.join("bench");
    cmd!(sh, "node benches/runtimes/snapshots.mjs {folder}").run()?;
    let snapshots = DESKS.map(|(name, _)| folder.join(format!("{name}.json")));
    println!("{}", busy("before"));

    let mut all: Vec<Times> = runtimes.iter().map(|_| Times::default()).collect();
    let mut children = Vec::new();
    for _ in 0..effort.starts {
        children.clear();
        for (runtime, times) in runtimes.iter().zip(&mut all) {
            children.push(started(runtime, times, &snapshots[0], effort.instances)?);
        }
    }
    compare(sh, &mut children, &snapshots, &folder)?;
    for round in 0..effort.rounds {
        for (size, snapshot) in snapshots.iter().enumerate() {
            let calls = DESKS[size].1.min(effort.most_calls);
            for (child, measured) in children.iter_mut().zip(&mut all) {
                let answer = child.ask(&json!({ "do": "plan", "snapshot": snapshot, "calls": calls }))?;
                // Engines compile what runs often a second time.
                if round >= 2 {
                    measured.warm[size].extend(times(&answer, "times"));
                }
            }
        }
    }
    for (child, measured) in children.iter_mut().zip(&mut all) {
        for (size, snapshot) in snapshots.iter().enumerate() {
            let answer = child.ask(&json!({ "do": "fuel", "snapshot": snapshot }))?;
            measured.fuel[size] = answer["fuel"].as_f64();
        }
    }
    println!("{}", busy("after"));
    report(sh, runtimes, &all, &snapshots)
}

/// Starts a runtime, and measures its way to the first answer.
fn started(runtime: &Runtime, measured: &mut Times, snapshot: &Path, instances: usize) -> Result<Child> {
    let mut child = runtime.start()?;
    let loading = child.ask(&json!({ "do": "load", "instances": instances }))?;
    measured.compile.extend(times(&loading, "compile"));
    measured.load.extend(times(&loading, "load"));
    measured.instantiate.extend(times(&loading, "instantiate"));
    let first = child.ask(&json!({ "do": "plan", "snapshot": snapshot, "calls": 1 }))?;
    measured.first.extend(times(&first, "times"));
    Ok(child)
}

/// Fails where a runtime does not answer what the first of them does, byte for byte.
fn compare(sh: &Shell, children: &mut [Child], snapshots: &[PathBuf], folder: &Path) -> Result<()> {
    let file = folder.join("answer.json");
    let mut compared = 0;
    for snapshot in snapshots {
        let mut wanted = None;
        for child in &mut *children {
            sh.remove_path(&file)?;
            child.ask(&json!({ "do": "plan", "snapshot": snapshot, "calls": 1, "answer": file }))?;
            let answer = sh.read_binary_file(&file)?;
            let wanted = wanted.get_or_insert_with(|| answer.clone());
            ensure!(
                answer == *wanted,
                "{} differs from {NATIVE} on {} at byte {}",
                child.name,
                snapshot.display(),
                answer.iter().zip(&*wanted).take_while(|(ours, theirs)| ours == theirs).count()
            );
            compared += 1;
        }
    }
    println!("{compared} answers of {} runtimes, all the same", children.len());
    Ok(())
}

/// Says how busy the machine is, where it says so itself.
fn busy(when: &str) -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "not known".to_owned());
    let load: Vec<_> = load.split(' ').take(3).collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("load average {when}: {} on {cores} cores", load.join(" "))
}

fn report(sh: &Shell, runtimes: &[Runtime], all: &[Times], snapshots: &[PathBuf]) -> Result<()> {
    let mut loading =
        vec![row(["runtime", "compile", "load what was compiled", "instantiate", "first call, 20x200"])];
    let mut warm =
        vec![row(["warm call", "20x200", "x native", "200x5000", "x native", "1000x100000", "x native"])];
    let mut fuel = vec![row(["fuel per byte of the snapshot", "20x200", "200x5000", "1000x100000"])];
    let lengths: Vec<f64> = snapshots
        .iter()
        .map(|snapshot| Ok(number(sh.read_binary_file(snapshot)?.len())))
        .collect::<Result<_>>()?;
    for (Runtime { name, .. }, times) in runtimes.iter().zip(all) {
        let cells =
            [&times.compile, &times.load, &times.instantiate, &times.first].map(|times| time(median(times)));
        loading.push([vec![(*name).to_owned()], cells.to_vec()].concat());
        let cells = (0..DESKS.len()).flat_map(|size| {
            let ratio = ratio(all, times, size).map_or("-".to_owned(), |ratio| format!("{ratio:.2}"));
            [time(median(&times.warm[size])), ratio]
        });
        warm.push([(*name).to_owned()].into_iter().chain(cells).collect());
        if let [Some(small), Some(middle), Some(large)] = times.fuel {
            let cells = [small, middle, large]
                .into_iter()
                .zip(&lengths)
                .map(|(fuel, length)| format!("{:.1}", fuel / length));
            fuel.push([(*name).to_owned()].into_iter().chain(cells).collect());
        }
    }
    let mut sizes = vec![row(["module", "bytes", "with gzip"])];
    let mut targets = vec![row(["target", "at most", "is", ""])];
    let mut target = |what: String, most: &str, is: String, value: f64, limit: f64| {
        targets.push(vec![what, most.to_owned(), is, verdict(value, limit)]);
    };
    for (Runtime { name, .. }, times) in runtimes.iter().zip(all) {
        if let (Some(made), true) = (median(&times.instantiate), name.starts_with("wasmtime")) {
            target(format!("instantiate, {name}"), "50 µs", time(Some(made)), made, MOST_INSTANTIATE);
        }
        if let (Some(ratio), true) = (ratio(all, times, MIDDLE), TEXT.contains(name)) {
            target(
                format!("text to text, 200x5000, {name}"),
                "2.5 x native",
                format!("{ratio:.2} x"),
                ratio,
                MOST_RATIO,
            );
        }
        if let Some(fuel) = times.fuel[MIDDLE] {
            let fuel = fuel / lengths[MIDDLE];
            target(format!("fuel per byte, 200x5000, {name}"), "150", format!("{fuel:.1}"), fuel, MOST_FUEL);
        }
    }
    for (name, file) in MODULES {
        let bytes = sh.read_binary_file(file)?;
        let (raw, gzip) = (bytes.len(), compile::gzipped(&bytes)?);
        sizes.push(vec![name.to_owned(), raw.to_string(), gzip.to_string()]);
        if file.starts_with("dist/") {
            for (what, is, most) in
                [("size", raw, compile::MAX_RAW), ("size with gzip", gzip, compile::MAX_GZIP)]
            {
                let limit = most.to_string();
                target(format!("{what}, {name}"), &limit, is.to_string(), number(is), number(most));
            }
        }
    }
    print("Until the first answer", &loading);
    print("Text to text, or objects to objects, in an instance that has answered before", &warm);
    print("Instructions, as wasmtime counts them", &fuel);
    print("Sizes", &sizes);
    print("Targets", &targets);
    Ok(())
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Returns how many times as long as native Rust it takes.
fn ratio(all: &[Times], times: &Times, size: usize) -> Option<f64> {
    Some(median(&times.warm[size])? / median(&all.first()?.warm[size])?)
}

#[expect(clippy::cast_precision_loss, reason = "no file is that long")]
fn number(count: usize) -> f64 {
    count as f64
}
