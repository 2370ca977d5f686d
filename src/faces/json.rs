//! Text in, canonical text out: what every host must agree on, byte for byte.

use super::read::{found_by_serde_json, read};
use crate::desk::version;
use crate::error::{Error, ErrorKind};
use crate::snapshot::Snapshot;
use alloc::string::String;

/// Returns the plan for a snapshot in JSON, as JSON in canonical form: fields in the order of the
/// documentation, no white space, and no escape that JSON does not require.
///
/// # Errors
///
/// Every [`ErrorKind`] but `Internal`.
///
/// # Examples
///
/// ```
/// let refused = evenhand::plan_json(br#"{"version": 1, "agents": [{"id": 7}]}"#).unwrap_err();
/// assert_eq!((refused.kind().code(), refused.path()), ("wrong_type", "/agents/0/id"));
/// ```
pub fn plan_json(snapshot: &[u8]) -> Result<String, Error> {
    let snapshot = Snapshot::from_json(snapshot)?;
    let plan = crate::plan(&snapshot)?;
    serde_json::to_string(&plan).map_err(|fault| Error::new(ErrorKind::Internal, &"", &fault))
}

impl<'a> Snapshot<'a> {
    /// Returns the snapshot that a JSON text holds. Its ids borrow from the text.
    ///
    /// Only the shape is checked here; the rest is [`plan`](crate::plan)'s.
    ///
    /// # Errors
    ///
    /// `MalformedJson`, `WrongType`, `UnknownField`, `MissingField`, `DuplicateField`,
    /// `UnknownValue`, `OutOfRange`, and `UnsupportedVersion` before any of them but the first.
    pub fn from_json(text: &'a [u8]) -> Result<Self, Error> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let snapshot = read(&mut reader);
        let ended = |snapshot| match reader.end() {
            Ok(()) => Ok(snapshot),
            Err(fault) => Err(found_by_serde_json(&fault)),
        };
        snapshot.and_then(ended).map_err(|fault| foreign_version(text).unwrap_or(fault))
    }
}

/// Returns the fault of a text that is of another wire version, whatever else is strange about it.
fn foreign_version(text: &[u8]) -> Option<Error> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: u64,
    }
    // serde would take a list for a record.
    if text.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let found: Versioned = serde_json::from_slice(text).ok()?;
    version(found.version).err()
}
