//! The component, with no imports. `wit/evenhand.wit` is its contract.

use super::json::plan_json;
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
        plan_json(&snapshot).map(String::into_bytes).map_err(|error| Refusal {
            code: error.kind().code().to_string(),
            path: error.path().to_string(),
            message: error.to_string(),
        })
    }
}
