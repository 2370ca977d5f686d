//! Text in, canonical text out: what every host must agree on, byte for byte.

use crate::error::Error;
use alloc::vec::Vec;

/// Returns the plan for a snapshot in JSON, as JSON in canonical form.
///
/// # Errors
///
/// Every [`ErrorKind`](crate::ErrorKind) but `Internal`.
pub fn plan_json(snapshot: &[u8]) -> Result<Vec<u8>, Error> {
    let _ = snapshot;
    todo!()
}
