//! Compiled modules, kept for the next start.
//!
//! This is wasmtime's own cache: an entry's name is a hash of the module's bytes and of everything
//! in the engine that has a say in the machine code, in a folder of the compiler's version. So a
//! changed module or engine finds nothing and is compiled. What is found is run as it stands, and
//! whoever can write it can run what they like: hence the look at the folder.

use crate::Error;
use std::{fs, path::Path};
use wasmtime::{Cache, CacheConfig};

/// Opens the cache in a folder that nobody else can write; it is made where it is missing.
pub(crate) fn open(folder: &Path) -> Result<Cache, Error> {
    let refuse = |why: String| Error::Cache { path: folder.to_owned(), why };
    private(folder).map_err(refuse)?;
    let folder = fs::canonicalize(folder).map_err(|error| refuse(error.to_string()))?;
    let mut config = CacheConfig::new();
    config.with_directory(folder);
    Cache::new(config).map_err(|error| refuse(format!("{error:#}")))
}

#[cfg(unix)]
fn private(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    let found = made.and_then(|()| fs::metadata(folder)).map_err(|error| error.to_string())?;
    if found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o022 != 0 {
        return Err("somebody else can write there".to_owned());
    }
    Ok(())
}

#[cfg(not(unix))]
fn private(folder: &Path) -> Result<(), String> {
    // There a user's folders are the user's own.
    fs::create_dir_all(folder).map_err(|error| error.to_string())
}
