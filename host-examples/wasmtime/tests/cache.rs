//! What was compiled is found again as long as neither the module nor the engine has changed.

#![cfg(unix)]

use crate::guest::{Guest, SOUND};
use evenhand_wasmtime::{Error, Limits, Planner};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io::Write as _};
use tempfile::TempDir;

/// A module that answers with a plan; `n` makes it another one.
fn module(n: u32) -> Vec<u8> {
    let answer = format!(r#"{{\"ok\":{n}}}"#);
    Guest { answer: &answer, plan: "i64.const 0x4000000008", ..SOUND }.module()
}

/// Returns a folder, and places in it for a module and for what is compiled.
fn places() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, cache) = (folder.path().join("guest.wasm"), folder.path().join("compiled"));
    (folder, file, cache)
}

/// Loads the file with the cache and returns its answer.
fn answer(file: &Path, cache: &Path) -> String {
    let limits = Limits::of(b"");
    Planner::load(file, Some(cache)).expect("it loads").call(b"", limits).answer.expect("it answers")
}

/// Returns the files that hold machine code.
fn compiled(folder: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(compiled(&path));
        } else if path.extension().is_none() {
            files.insert(path);
        }
    }
    files
}

#[test]
fn a_changed_file_is_compiled_anew_and_the_same_one_is_found_again() {
    let (_folder, file, cache) = places();
    fs::write(&file, module(1)).expect("written");
    assert_eq!(answer(&file, &cache), "1");
    let first = compiled(&cache);
    assert_eq!(first.len(), 1);
    assert_eq!(answer(&file, &cache), "1");
    assert_eq!(compiled(&cache), first);

    fs::write(&file, module(2)).expect("written");
    assert_eq!(answer(&file, &cache), "2");
    assert_eq!(compiled(&cache).len(), 2);
    assert!(compiled(&cache).is_superset(&first));
    // And the old one is still known.
    fs::write(&file, module(1)).expect("written");
    assert_eq!(answer(&file, &cache), "1");
    assert_eq!(compiled(&cache).len(), 2);
}

#[test]
fn what_is_kept_is_what_is_run() {
    let (_folder, file, cache) = places();
    let entry = |n| {
        fs::write(&file, module(n)).expect("written");
        let before = compiled(&cache);
        assert_eq!(answer(&file, &cache), n.to_string());
        compiled(&cache).difference(&before).next().expect("a new one").clone()
    };
    let (first, second) = (entry(1), entry(2));
    fs::copy(second, first).expect("copied");
    fs::write(&file, module(1)).expect("written");
    assert_eq!(answer(&file, &cache), "2", "it was compiled although it is there");
}

#[test]
fn what_is_damaged_is_compiled_anew() {
    let (_folder, file, cache) = places();
    fs::write(&file, module(1)).expect("written");
    assert_eq!(answer(&file, &cache), "1");
    for path in compiled(&cache) {
        let half = fs::metadata(&path).expect("it is there").len() / 2;
        fs::File::options().write(true).open(&path).expect("it opens").set_len(half).expect("cut");
    }
    assert_eq!(answer(&file, &cache), "1");
}

#[test]
fn another_compiler_or_another_engine_has_a_place_of_its_own() {
    let (_folder, file, cache) = places();
    fs::write(&file, module(1)).expect("written");
    assert_eq!(answer(&file, &cache), "1");
    // The same module and the same version, but an engine that does not count instructions.
    let mut config = wasmtime::Config::new();
    let mut of_test = wasmtime::CacheConfig::new();
    of_test.with_directory(fs::canonicalize(&cache).expect("it is there"));
    config.cache(Some(wasmtime::Cache::new(of_test).expect("it opens")));
    let engine = wasmtime::Engine::new(&config).expect("an engine");
    wasmtime::Module::from_file(&engine, &file).expect("it compiles");
    assert_eq!(compiled(&cache).len(), 2);
    // The folder's name holds the version.
    let of_version =
        compiled(&cache).iter().map(|path| path.parent().map(Path::to_owned)).collect::<BTreeSet<_>>();
    let names: Vec<_> = of_version.iter().flatten().filter_map(|path| path.file_name()?.to_str()).collect();
    assert_eq!(names, ["wasmtime-48.0.8"]);
}

#[test]
fn a_folder_that_others_can_write_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("compiled");
    fs::create_dir(&cache).expect("made");
    for mode in [0o777, 0o770, 0o702] {
        fs::set_permissions(&cache, fs::Permissions::from_mode(mode)).expect("set");
        let error = Planner::new(&module(1), Some(&cache)).err();
        assert!(
            matches!(&error, Some(Error::Cache { why, .. }) if why == "somebody else can write there"),
            "{error:?}"
        );
    }
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).expect("set");
    assert!(Planner::new(&module(1), Some(&cache)).is_ok());
}

#[test]
fn a_folder_that_is_made_is_private() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("a/b");
    Planner::new(&module(1), Some(&cache)).expect("it loads");
    assert_eq!(fs::metadata(&cache).expect("it is there").permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_cannot_be_a_folder_is_refused() {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(b"x").expect("written");
    let error = Planner::new(&module(1), Some(file.path())).err();
    assert!(matches!(error, Some(Error::Cache { .. })), "{error:?}");
    let error = Planner::load(&file.path().with_extension("none"), None).err();
    assert!(matches!(error, Some(Error::Unreadable { .. })), "{error:?}");
}
