//! Text in, canonical text out: what every host must agree on, byte for byte.

use super::read::{read, version_in};
use super::write;
use crate::desk::version;
use crate::error::Error;
use crate::snapshot::Snapshot;
use alloc::string::String;

/// Returns the plan for a snapshot in JSON, as JSON in canonical form: fields in the order of the
/// documentation, no white space, and no escape that JSON does not require.
///
/// # Errors
///
/// Every [`ErrorKind`](crate::ErrorKind) but `Internal`.
///
/// # Examples
///
/// ```
/// let refused = evenhand::plan_json(br#"{"version": 1, "agents": [{"id": 7}]}"#).unwrap_err();
/// assert_eq!((refused.kind().code(), refused.path()), ("wrong_type", "/agents/0/id"));
/// ```
pub fn plan_json(snapshot: &[u8]) -> Result<String, Error> {
    let mut plan = String::new();
    write_plan(&mut plan, snapshot)?;
    Ok(plan)
}

/// Writes the plan for a snapshot behind what is there already; nothing, where it is refused.
pub(super) fn write_plan(out: &mut String, text: &[u8]) -> Result<(), Error> {
    // What must be escaped in a plan was escaped in the snapshot.
    let plain = !text.contains(&b'\\');
    let snapshot = Snapshot::from_json(text)?;
    write::plan(out, &crate::plan(&snapshot)?, plain)
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
        // Another version is told before anything else that is strange about a text.
        let foreign = || version(version_in(text)?).err();
        read(text).map_err(|fault| foreign().unwrap_or(fault))
    }
}
