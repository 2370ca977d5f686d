//! The component, with no imports. `wit/evenhand.wit` is its contract.

use super::json::{check_json, explain_json, plan_json};
use crate::error::Error;
use alloc::{
    string::{String, ToString},
    vec::Vec,
};

mod bindings {
    #![expect(unsafe_code, clippy::pedantic, reason = "generated")]
    wit_bindgen::generate!({ path: "wit", world: "evenhand" });
    use super::Planner;
    export!(Planner);
}

use bindings::exports::evenhand::plugin::planner::{Guest, Refusal};

struct Planner;

impl Guest for Planner {
    fn plan(snapshot: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        plan_json(&snapshot).map(String::into_bytes).map_err(refusal)
    }

    fn explain(snapshot: Vec<u8>, conversation: String) -> Result<Option<Vec<u8>>, Refusal> {
        let explanation = explain_json(&snapshot, &conversation).map_err(refusal)?;
        Ok(explanation.map(String::into_bytes))
    }

    fn check(snapshot: Vec<u8>, plan: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        check_json(&snapshot, &plan).map(String::into_bytes).map_err(refusal)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn refusal(error: Error) -> Refusal {
    Refusal {
        code: error.kind().code().to_string(),
        path: error.path().to_string(),
        message: error.to_string(),
    }
}
