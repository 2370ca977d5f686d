//! The crate as a module, the same bytes on every machine.

use crate::workspace::target;
use anyhow::{Context as _, Result, ensure};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};
use xshell::{Shell, cmd};

const TARGET: &str = "wasm32-unknown-unknown";

/// For speed, as far as the size allows: 5 % fewer instructions than for size, 10 % under `most`, and 7 % more bytes. Less is copied
/// than the compiler would by itself: functions into who calls them, cold ones least, and no loops at all.
const FAST: [&str; 6] = [
    "-Copt-level=3",
    "-Cllvm-args=-inline-threshold=75",
    "-Cllvm-args=-inlinecold-threshold=5",
    "-Cllvm-args=-inline-cold-callsite-threshold=5",
    "-Cllvm-args=-unroll-threshold=0",
    "-Cllvm-args=-unswitch-threshold=0",
];

/// What a module may grow to, raw and with gzip: a page has to load it.
pub(crate) const MAX_RAW: usize = 432_000;
pub(crate) const MAX_GZIP: usize = 176_000;

/// Builds the crate as a module with one of its doors, and returns where it is.
pub(crate) fn module(sh: &Shell, door: &str, flags: &[&str]) -> Result<PathBuf> {
    // Each door has a folder of its own, since in one the doors would overwrite each other and be built in turn.
    let target = target(sh)?.join("modules").join(door);
    let sources = sources(sh)?;
    // A panic tells its place, which for a package is where this machine keeps it.
    let renamed = sources.iter().map(|folder| format!("--remap-path-prefix={}=packages", folder.display()));
    let renamed: Value = renamed.collect();
    let renamed = ["--config".to_owned(), format!("target.{TARGET}.rustflags={renamed}")];
    let module = ["--target", TARGET, "--crate-type", "cdylib"];
    let place = ["--target-dir".as_ref(), target.as_os_str()];
    cmd!(sh, "cargo rustc --locked --release --lib --features {door} {module...} {place...} {renamed...} -- {FAST...} {flags...}")
        .run()?;
    let module = target.join(TARGET).join("release/evenhand.wasm");
    let home = std::env::home_dir().context("the user has a home")?;
    let own = [sh.current_dir(), target, home].into_iter().chain(sources);
    let bytes = sh.read_binary_file(&module)?;
    nameless(&bytes, own)?;
    ensure!(
        door == "faults" || !holds(&bytes, "evenhand_fault"),
        "a module to be shipped has faults on demand"
    );
    Ok(module)
}

/// Returns the folders in which the packages of the module lie.
fn sources(sh: &Shell) -> Result<Vec<PathBuf>> {
    let text =
        cmd!(sh, "cargo metadata --locked --format-version 1 --filter-platform {TARGET}").quiet().read()?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().context("cargo lists the packages")?;
    let foreign = packages.iter().filter(|package| package["source"] != json!(null));
    let manifests = foreign.filter_map(|package| package["manifest_path"].as_str());
    let mut folders: Vec<_> = manifests.filter_map(|path| Path::new(path).ancestors().nth(2)).collect();
    folders.sort_unstable();
    folders.dedup();
    Ok(folders.into_iter().map(Path::to_owned).collect())
}

/// Fails where a module names one of the folders of this machine.
fn nameless(module: &[u8], folders: impl IntoIterator<Item = PathBuf>) -> Result<()> {
    for folder in folders {
        let folder = format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR);
        ensure!(!holds(module, &folder), "the module names a folder of this machine: {folder}");
    }
    Ok(())
}

fn holds(module: &[u8], text: &str) -> bool {
    module.windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

/// Prints how large a module is, and fails where it has grown too large.
pub(crate) fn weigh(name: &str, bytes: &[u8]) -> Result<()> {
    let (raw, gzip) = (bytes.len(), gzipped(bytes)?);
    println!("{name}: {raw} bytes, {gzip} with gzip");
    ensure!(
        raw <= MAX_RAW && gzip <= MAX_GZIP,
        "{name} is too large: at most {MAX_RAW}, {MAX_GZIP} with gzip"
    );
    Ok(())
}

/// Returns how long the bytes are under gzip.
pub(crate) fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?.len())
}
