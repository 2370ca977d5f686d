//! Text in, canonical text out: what every host must agree on, byte for byte.

use super::read::{read, read_borrowed, version_in};
use super::write::{self, MAX_PLAN_BYTES};
use crate::desk::{Desk, version};
use crate::error::{Error, ErrorKind};
use crate::plan::Plan;
use crate::snapshot::Snapshot;
use alloc::{string::String, vec::Vec};

/// The longest snapshot in JSON, in bytes: a million conversations with ids as long as a UUID take two thirds of it.
pub const MAX_SNAPSHOT_BYTES: usize = 150_000_000;

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
    let snapshot = Snapshot::from_json(text)?;
    // What must be escaped in a plan was escaped in the snapshot.
    let plain = !text.contains(&b'\\');
    write::plan(out, &crate::plan(&snapshot)?, plain)
}

/// Returns why a conversation of a snapshot in JSON goes where it goes, as JSON in canonical form, or `None` where the
/// snapshot has none of this id: what [`explain`](crate::explain) answers.
///
/// # Errors
///
/// Those of [`plan_json`].
///
/// # Examples
///
/// ```
/// let snapshot = br#"{"version": 1, "agents": [], "teams": [], "conversations": [{"id": "c1", "team": "t"}]}"#;
/// let explanation = evenhand::explain_json(snapshot, "c1")?.expect("it is there");
/// assert!(explanation.starts_with(r#"{"decision":{"conversation":"c1","team":"t","agent":null,"why":"unknown_team"},"#));
/// assert_eq!(evenhand::explain_json(snapshot, "c2")?, None);
/// # Ok::<(), evenhand::Error>(())
/// ```
pub fn explain_json(snapshot: &[u8], conversation: &str) -> Result<Option<String>, Error> {
    let mut out = String::new();
    Ok(write_explanation(&mut out, snapshot, conversation)?.then_some(out))
}

/// Writes an explanation behind what is there already, and returns whether there is one.
pub(super) fn write_explanation(out: &mut String, text: &[u8], conversation: &str) -> Result<bool, Error> {
    let snapshot = Snapshot::from_json(text)?;
    let Some(explanation) = crate::explain(&snapshot, conversation)? else { return Ok(false) };
    write::explanation(out, &explanation, !text.contains(&b'\\'))?;
    Ok(true)
}

/// Returns what is wrong with a plan in JSON for a snapshot in JSON, as a list in canonical JSON: what [`check`](crate::check)
/// answers. It is `[]` for a plan that is sound.
///
/// # Errors
///
/// Those of [`plan_json`], then those of [`Plan::from_json`], whose paths begin with `/plan`, and `LimitExceeded` for what takes too much
/// work to check.
///
/// # Examples
///
/// ```
/// let snapshot = br#"{"version": 1, "agents": [], "teams": [], "conversations": [{"id": "c1", "team": "t"}]}"#;
/// let plan = evenhand::plan_json(snapshot)?;
/// assert_eq!(evenhand::check_json(snapshot, plan.as_bytes())?, "[]");
/// let wrong = plan.replace("unknown_team", "manual_team");
/// let found = evenhand::check_json(snapshot, wrong.as_bytes())?;
/// assert!(found.starts_with(r#"[{"code":"wait_reason","path":"/decisions/0/why","message":"#));
/// # Ok::<(), evenhand::Error>(())
/// ```
pub fn check_json(snapshot: &[u8], plan: &[u8]) -> Result<String, Error> {
    let mut out = String::new();
    write_violations(&mut out, snapshot, plan)?;
    Ok(out)
}

/// Writes what is wrong with a plan behind what is there already; nothing, where one of the two is refused.
pub(super) fn write_violations(out: &mut String, snapshot: &[u8], plan: &[u8]) -> Result<(), Error> {
    let snapshot = Snapshot::from_json(snapshot)?;
    Desk::new(&snapshot)?;
    let mut kept = Vec::new();
    let plan = Plan::from_json(plan, &mut kept).map_err(|fault| fault.below(&"plan"))?;
    write::violations(out, &crate::check(&snapshot, &plan)?)
}

impl<'a> Plan<'a> {
    /// Returns the plan that a JSON text holds, as strict as [`Snapshot::from_json`]. Its ids borrow from the text; those that
    /// have an escape from `kept`, which is filled anew.
    ///
    /// # Errors
    ///
    /// Those of [`Snapshot::from_json`], `LimitExceeded` for a text of more than [`MAX_PLAN_BYTES`].
    pub fn from_json(text: &'a [u8], kept: &'a mut Vec<String>) -> Result<Self, Error> {
        not_too_long("plan", text, MAX_PLAN_BYTES)?;
        read_borrowed(text, kept).map_err(|fault| foreign(text).unwrap_or(fault))
    }
}

fn not_too_long(what: &str, text: &[u8], most: usize) -> Result<(), Error> {
    if text.len() <= most {
        return Ok(());
    }
    let detail = format_args!("expected a {what} of at most {most} bytes, found {}", text.len());
    Err(Error::new(ErrorKind::LimitExceeded, &"", &detail))
}

/// Returns why a text of another wire version is refused: that is told before anything else that is strange about it.
fn foreign(text: &[u8]) -> Option<Error> {
    version(version_in(text)?).err()
}

impl<'a> Snapshot<'a> {
    /// Returns the snapshot that a JSON text holds. Its ids borrow from the text.
    ///
    /// Only the shape is checked here; the rest is [`plan`](crate::plan)'s.
    ///
    /// # Errors
    ///
    /// `MalformedJson`, `WrongType`, `UnknownField`, `MissingField`, `DuplicateField`,
    /// `UnknownValue`, `OutOfRange`, and `UnsupportedVersion` before any of them but the first;
    /// `LimitExceeded` for a list of more than 4,194,304 elements and, unread, for a text of more than [`MAX_SNAPSHOT_BYTES`].
    pub fn from_json(text: &'a [u8]) -> Result<Self, Error> {
        not_too_long("snapshot", text, MAX_SNAPSHOT_BYTES)?;
        read(text).map_err(|fault| foreign(text).unwrap_or(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_text_that_is_too_long_is_refused_unread() {
        let longest = vec![b' '; MAX_SNAPSHOT_BYTES + 1];
        let fault = |text| plan_json(text).expect_err("it is blank").kind();
        assert_eq!(fault(&longest[1..]), ErrorKind::MalformedJson);
        assert_eq!(fault(&longest), ErrorKind::LimitExceeded);
    }
}
