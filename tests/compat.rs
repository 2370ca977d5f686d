//! What version 1 of the wire looked like when it was new: every later build must read it and answer the same bytes.

use crate::support::sound;
use std::{collections::BTreeMap, fs, path::Path};

/// Returns every file of the folder by name.
fn files() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat/v1");
    let entries = fs::read_dir(&folder).expect("the samples are there");
    let read = |entry: Result<fs::DirEntry, _>| {
        let entry = entry.expect("a folder can be listed");
        let name = entry.file_name().into_string().expect("names are text");
        (name, fs::read(entry.path()).expect("a file can be read"))
    };
    entries.map(read).filter(|(name, _)| name.strip_suffix(".json").is_some()).collect()
}

#[test]
fn version_1_is_answered_as_ever() {
    let files = files();
    let (mut plans, mut errors, mut wrong) = (0, 0, Vec::new());
    for (name, snapshot) in &files {
        let Some(name) = name.strip_suffix(".snapshot.json") else { continue };
        let answer = evenhand::plan_json(snapshot).map_or_else(
            |error| {
                // Codes and paths are kept, the wording is not.
                let (code, path) = (error.kind().code(), error.path());
                (format!("{name}.error.json"), format!("{{\"code\":\"{code}\",\"path\":\"{path}\"}}\n"))
            },
            |plan| {
                sound::assert_sound_json(snapshot, &plan);
                (format!("{name}.plan.json"), plan + "\n")
            },
        );
        if answer.0.strip_suffix(".plan.json").is_some() {
            plans += 1;
        } else {
            errors += 1;
        }
        if files.get(&answer.0).map(Vec::as_slice) != Some(answer.1.as_bytes()) {
            wrong.push(format!("{} would now be\n{}", answer.0, answer.1));
        }
    }
    println!("{plans} plans, {errors} errors");
    assert!(plans > 0 && errors > 0, "no samples");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        files.len(),
        2 * (plans + errors),
        "a sample without its answer, or an answer without its sample"
    );
}

#[test]
fn no_sample_was_edited() {
    let manifest = include_str!("compat/v1/MANIFEST");
    let found: Vec<String> = files()
        .iter()
        .map(|(name, bytes)| format!("{:016x} {:5} {name}", fnv_1a(bytes), bytes.len()))
        .collect();
    let expected: Vec<&str> = manifest.lines().collect();
    assert_eq!(
        found.join("\n"),
        expected.join("\n"),
        "samples are added, with their line in MANIFEST, and never edited"
    );
}

/// Returns the 64-bit FNV-1a hash: enough to notice an edit.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
