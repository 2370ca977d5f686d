//! Why there is no plan.

use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Duration};
use thiserror::Error;

/// Why there is no plan. Nothing was decided then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The snapshot was refused; the guest is well.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The guest wanted to run more instructions than it may: by far too large a snapshot, or an endless loop.
    #[error("out of fuel: more than {limit} instructions")]
    OutOfFuel {
        /// What it may run.
        limit: u64,
    },
    /// The guest wanted more memory than it may have.
    #[error("out of memory: more than {limit} bytes")]
    OutOfMemory {
        /// What it may have.
        limit: usize,
    },
    /// The guest took longer than it may.
    #[error("out of time: more than {limit:?}")]
    Deadline {
        /// How long it may take.
        limit: Duration,
    },
    /// The guest trapped, which must not happen.
    #[error("the guest trapped: {trap}{}", panic.as_ref().map_or(String::new(), |text| format!("; {text}")))]
    Trapped {
        /// What the runtime calls it.
        trap: String,
        /// The text of the panic behind it; only a core module tells it.
        panic: Option<String>,
    },
    /// The guest is none that this library can talk to, or its answer is no answer.
    #[error("not an Evenhand: {0}")]
    BadGuest(String),
    /// The module cannot be read.
    #[error("cannot read the module `{}`, which `cargo xtask modules` in Evenhand's repository makes", path.display())]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The folder for compiled modules cannot be used.
    #[error("cannot keep compiled modules in `{}`: {why}", path.display())]
    Cache {
        /// The folder.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

/// Why a snapshot was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("the snapshot was refused, {code}: {message}")]
pub struct Refusal {
    /// A stable code for programs.
    pub code: String,
    /// Where the fault is: a JSON Pointer into the snapshot, empty for the whole.
    pub path: String,
    /// A sentence for people.
    pub message: String,
}
