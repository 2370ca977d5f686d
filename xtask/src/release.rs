//! `cargo xtask release`: everything that would be published, the same bytes each time.

use crate::{dashboard, modules, pack, setup, workspace::target};
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Where it is written unless told otherwise.
pub(crate) const FOLDER: &str = "dist/release";

const GO: &str = "host-examples/go";
const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Builds all of it into a folder, which holds nothing else then.
pub(crate) fn run(sh: &Shell, folder: &str, allow_dirty: bool) -> Result<()> {
    let changed = cmd!(sh, "git status --porcelain").quiet().read()?;
    ensure!(
        allow_dirty || changed.is_empty(),
        "a release is what is committed, unless --allow-dirty:\n{changed}"
    );
    sh.remove_path(folder)?;
    let folder = sh.create_dir(folder)?;
    for tarball in sh.read_dir(pack::tarballs(sh)?)? {
        sh.copy_file(tarball, &folder)?;
    }
    for name in modules::NAMES {
        sh.copy_file(format!("dist/{name}"), &folder)?;
    }
    let metadata = cmd!(
        sh,
        "cargo metadata --locked --format-version 1 --filter-platform wasm32-unknown-unknown --features js,abi,component"
    );
    let metadata: Value = serde_json::from_str(&metadata.quiet().read()?)?;
    let packages = metadata["packages"].as_array().context("cargo lists the packages")?;
    let own = packages.iter().find(|package| package["name"] == "evenhand" && package["source"].is_null());
    let own = own.context("the crate is one of the packages")?;
    let version = own["version"].as_str().context("the crate has a version")?;

    let dirty = allow_dirty.then_some("--allow-dirty");
    cmd!(sh, "cargo package --locked --package evenhand {dirty...}").run()?;
    sh.copy_file(target(sh)?.join(format!("package/evenhand-{version}.crate")), &folder)?;

    zip(&folder.join(format!("evenhand-go-{version}.zip")), go(sh, version)?)?;
    let page = files(&sh.current_dir().join(dashboard::FOLDER).join("dist"), "evenhand-dashboard")?;
    zip(&folder.join(format!("evenhand-dashboard-{version}.zip")), page)?;

    let parts = parts(sh, packages, &metadata["resolve"]["nodes"], own)?;
    let text = serde_json::to_string_pretty(&parts)?;
    sh.write_file(folder.join(format!("evenhand-{version}.cdx.json")), format!("{text}\n"))?;

    let line = |path: PathBuf| {
        let name = path.file_name().context("it is a file")?.display();
        Ok(format!("{:x}  {name}\n", Sha256::digest(sh.read_binary_file(&path)?)))
    };
    let sums = sh.read_dir(&folder)?.into_iter().map(line).collect::<Result<String>>()?;
    sh.write_file(folder.join("SHA256SUMS"), &sums)?;
    print!("{sums}");
    Ok(())
}

/// Fails where a second build gives other bytes; with `EVENHAND_LONG=1` it shares nothing that is compiled with the first.
pub(crate) fn test(sh: &Shell) -> Result<()> {
    run(sh, FOLDER, true)?;
    let again = "dist/release-again";
    // Another process, since in this one nothing is packed twice.
    let this = std::env::current_exe()?;
    let mut second = cmd!(sh, "{this} release --allow-dirty --to {again}");
    if sh.var("EVENHAND_LONG").is_ok() {
        second = second.env("CARGO_TARGET_DIR", target(sh)?.join("again"));
    }
    second.run()?;
    let sums = |folder| sh.read_file(Path::new(folder).join("SHA256SUMS"));
    let (first, second) = (sums(FOLDER)?, sums(again)?);
    let other: Vec<_> = second.lines().filter(|line| !first.lines().any(|one| one == *line)).collect();
    ensure!(first == second, "twice in a row does not give the same bytes:\n{}", other.join("\n"));
    sh.remove_path(again)?;

    let python =
        setup::environment(sh, &target(sh)?.join("release-python"), "tests/release/requirements.txt")?;
    let _python = sh.push_env("PYTHON", python);
    cmd!(sh, "node --test --test-reporter=spec tests/release/release.test.mjs").run()?;
    Ok(())
}

/// Returns the files of the Go module as its proxies want them: under `module@version/`, with the licences.
fn go(sh: &Shell, version: &str) -> Result<Vec<(String, PathBuf)>> {
    let list = cmd!(sh, "git ls-files {GO}").quiet().read()?;
    let own = list.lines().filter_map(|path| Some((path.strip_prefix(GO)?.strip_prefix('/')?, path)));
    let files = own.chain(LICENSES.map(|name| (name, name)));
    let module = sh.read_file(format!("{GO}/go.mod"))?;
    let module = module.lines().find_map(|line| line.strip_prefix("module ")).context("go.mod names it")?;
    let mut files: Vec<_> = files
        .map(|(name, path)| (format!("{module}@v{version}/{name}"), sh.current_dir().join(path)))
        .collect();
    files.sort();
    Ok(files)
}

/// Returns every file below a folder, in order, with its name there below `prefix`.
fn files(folder: &Path, prefix: &str) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = format!("{prefix}/{}", path.file_name().context("it has a name")?.display());
        if path.is_dir() {
            found.extend(files(&path, &name)?);
        } else {
            found.push((name, path));
        }
    }
    found.sort();
    Ok(found)
}

/// Writes files as an archive that says nothing of when and by whom.
fn zip(archive: &Path, files: Vec<(String, PathBuf)>) -> Result<()> {
    let mut zip = ZipWriter::new(File::create(archive)?);
    let options = SimpleFileOptions::DEFAULT.unix_permissions(0o644);
    for (name, path) in files {
        zip.start_file(name, options)?;
        std::io::copy(&mut File::open(path)?, &mut zip)?;
    }
    zip.finish()?;
    Ok(())
}

/// Returns the `CycloneDX` list of what is inside: the crates in the modules, the npm packages in the desk.
fn parts(sh: &Shell, packages: &[Value], nodes: &Value, own: &Value) -> Result<Value> {
    let nodes = nodes.as_array().context("cargo resolves the packages")?;
    let mut inside = BTreeSet::new();
    let mut open = vec![own["id"].as_str().context("a package has an id")?];
    while let Some(id) = open.pop() {
        let node = nodes.iter().find(|node| node["id"] == id).context("each package is resolved")?;
        for dependency in node["deps"].as_array().context("a list")? {
            let kinds = dependency["dep_kinds"].as_array().context("a list")?;
            let id = dependency["pkg"].as_str().context("it is a package")?;
            // What only runs while something is compiled is not inside.
            let package = packages.iter().find(|package| package["id"] == id).context("it is listed")?;
            let is_macro = package["targets"][0]["kind"][0] == "proc-macro";
            if !is_macro && kinds.iter().any(|kind| kind["kind"].is_null()) && inside.insert(id) {
                open.push(id);
            }
        }
    }
    let crates =
        packages.iter().filter(|package| package["id"].as_str().is_some_and(|id| inside.contains(id)));
    let part = |package: &Value| {
        let text = |field: &str| package[field].as_str().context("a crate says what it is");
        Ok(component("cargo", text("name")?, text("version")?, text("license")?, "the modules"))
    };
    let mut components = crates.map(part).collect::<Result<Vec<_>>>()?;
    let listed = sh.read_file(Path::new(dashboard::FOLDER).join("dist/LICENSES.md"))?;
    for line in listed.lines().filter_map(|line| line.strip_prefix("## ")) {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().context("name, version and licence");
        let (name, version, license) = (word()?, word()?, word()?);
        let license = license.trim_matches(['(', ')']);
        components.push(component("npm", name, version, license, "the desk"));
    }
    let text = |field: &str| own[field].as_str().context("the crate has it");
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": component("cargo", "evenhand", text("version")?, text("license")?, "itself") },
        "components": components,
    }))
}

fn component(registry: &str, name: &str, version: &str, license: &str, of: &str) -> Value {
    let url = format!("pkg:{registry}/{}@{version}", name.replace('@', "%40"));
    json!({
        "type": "library",
        "bom-ref": url,
        "name": name,
        "version": version,
        "purl": url,
        // Before there were expressions, a stroke was an `OR`.
        "licenses": [{ "expression": license.replace('/', " OR ") }],
        "properties": [{ "name": "evenhand:inside", "value": of }],
    })
}
