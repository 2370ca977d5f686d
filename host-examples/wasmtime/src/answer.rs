//! The answer of a core module: an envelope around the plan, or around why there is none.

use crate::{Error, Refusal};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Envelope<'a> {
    #[serde(borrow)]
    Ok(&'a RawValue),
    Error(Refusal),
}

/// Returns the plan in an envelope.
pub(crate) fn opened(envelope: &[u8]) -> Result<String, Error> {
    match serde_json::from_slice(envelope).map_err(|error| no_answer(&error))? {
        Envelope::Ok(plan) => Ok(plan.get().to_owned()),
        Envelope::Error(refusal) => Err(refusal.into()),
    }
}

/// Returns a plan as text, if it is JSON at all. What it says is between Evenhand and the database.
pub(crate) fn checked(plan: Vec<u8>) -> Result<String, Error> {
    serde_json::from_slice::<&RawValue>(&plan).map_err(|error| no_answer(&error))?;
    String::from_utf8(plan).map_err(|error| no_answer(&error))
}

fn no_answer(error: &dyn std::error::Error) -> Error {
    Error::BadGuest(format!("its answer is no answer: {error}"))
}
