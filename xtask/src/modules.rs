//! `cargo xtask modules`: the core module and the component, built, checked and written to `dist/`.

use crate::workspace::{once, target};
use crate::{compile, setup};
use anyhow::{Result, ensure};
use std::{path::PathBuf, sync::OnceLock};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use wit_component::ComponentEncoder;
use xshell::Shell;

/// What is built.
pub(crate) const NAMES: [&str; 2] = [CORE, COMPONENT];
const CORE: &str = "evenhand.core.wasm";
const COMPONENT: &str = "evenhand.component.wasm";

/// What a module may grow to: a runaway ends in a trap and not with the host's memory.
const MAX_MEMORY: u32 = 1 << 31;

/// Builds both modules into `dist/`.
pub(crate) fn run(sh: &Shell) -> Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    once(&DONE, || {
        setup::toolchain(sh)?;
        let core = build(sh, "abi", MAX_MEMORY)?;
        Validator::new_with_features(WasmFeatures::LIME1).validate_all(&core)?;
        write(sh, CORE, &core)?;
        let module = build(sh, "component", MAX_MEMORY)?;
        let component = ComponentEncoder::default().validate(true).module(&module)?.encode()?;
        write(sh, COMPONENT, &component)
    })
}

/// Builds a core module that fails on demand, for tests of hosts, and returns where it is.
pub(crate) fn faults(sh: &Shell) -> Result<PathBuf> {
    let module = target(sh)?.join("faults/evenhand.core.wasm");
    // Small, so that to use all of its memory takes no time.
    sh.write_file(&module, build(sh, "faults", 1 << 26)?)?;
    Ok(module)
}

fn build(sh: &Shell, door: &str, max_memory: u32) -> Result<Vec<u8>> {
    let memory = format!("-Clink-arg=--max-memory={max_memory}");
    Ok(sh.read_binary_file(compile::module(sh, door, &[&memory, "-Cstrip=symbols"])?)?)
}

fn write(sh: &Shell, name: &str, bytes: &[u8]) -> Result<()> {
    let imports = imports(bytes)?;
    ensure!(imports == 0, "{name} imports {imports} things; it must need nothing");
    let path = format!("dist/{name}");
    sh.write_file(&path, bytes)?;
    compile::weigh(&path, bytes)
}

/// Counts what the outermost module or component imports.
fn imports(bytes: &[u8]) -> Result<u32> {
    let mut depth = 0;
    let mut imports = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ImportSection(section) if depth == 0 => imports += section.count(),
            Payload::ComponentImportSection(section) if depth == 0 => imports += section.count(),
            _ => {}
        }
    }
    Ok(imports)
}
