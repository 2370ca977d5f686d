//! JavaScript values in, JavaScript values out.
//!
//! Objects are written as JSON by `text.js` and read like any other text: there is one reader, so
//! the same desk gives the same plan, or is refused with the same code and path, either way.

#![expect(unreachable_pub, reason = "wasm-bindgen exports what is public, in a module that need not be")]

use super::json::plan_json as plan_text;
use crate::error::{Error, ErrorKind};
use crate::snapshot::Snapshot;
use alloc::{format, string::String, vec::Vec};
use js_sys::{Array, Uint8Array};
use serde::Serialize as _;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/doors/text.js")]
extern "C" {
    #[wasm_bindgen(js_name = textOf)]
    fn text_of(snapshot: &JsValue) -> Array;
    #[wasm_bindgen(js_name = isBytes)]
    fn is_bytes(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = withoutSurrogates)]
    fn without_surrogates(text: &JsValue) -> String;
}

/// Returns the plan for a snapshot of plain objects, or the list that says why it was refused.
#[wasm_bindgen]
pub fn plan(snapshot: &JsValue) -> JsValue {
    let written = text_of(snapshot);
    let text = written.get(0).as_string().unwrap_or_default();
    planned(text.as_bytes()).unwrap_or_else(|error| refusal(&described(error, &written)))
}

fn planned(text: &[u8]) -> Result<JsValue, Error> {
    let snapshot = Snapshot::from_json(text)?;
    let plan = crate::plan(&snapshot)?;
    // Cannot fail: every number of a plan is a safe integer and every key is a field.
    plan.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|_| internal("unwritable plan"))
}

/// Says what stood where `text.js` had no words for it.
fn described(error: Error, written: &Array) -> Error {
    let (path, what) = (written.get(1).as_string(), written.get(2).as_string());
    match (path, what) {
        (Some(path), Some(what)) if error.kind() == ErrorKind::WrongType && error.path() == path => {
            Error::new(error.kind(), &path, &format_args!("expected what JSON can say, found {what}"))
        }
        _ => error,
    }
}

/// Returns the canonical text of the plan for a snapshot as text (or its UTF-8), or the list that says why it was refused.
#[wasm_bindgen(js_name = planJson)]
pub fn plan_json(snapshot: &JsValue) -> JsValue {
    let planned = text(snapshot).and_then(|text| plan_text(&text));
    match planned {
        Ok(plan) => JsValue::from(plan),
        Err(error) => refusal(&error),
    }
}

/// Returns a random seed for a snapshot, 0 to 2^53 - 1, from the host's cryptographic source.
#[wasm_bindgen(js_name = newSeed)]
pub fn new_seed() -> JsValue {
    match getrandom::u64() {
        // The top 53 bits: every one of these integers is a number of its own.
        #[expect(clippy::cast_precision_loss, reason = "53 bits are kept, and an f64 has as many")]
        Ok(bits) => JsValue::from((bits >> 11) as f64),
        Err(_) => refusal(&internal("this host has no source of random numbers")),
    }
}

/// Returns the version of the package.
#[wasm_bindgen]
pub fn version() -> JsValue {
    JsValue::from(env!("CARGO_PKG_VERSION"))
}

fn internal(detail: &str) -> Error {
    Error::new(ErrorKind::Internal, &"", &detail)
}

/// Returns what the loader throws: `[code, path, message]`. No answer is a list, so the two cannot be confused.
fn refusal(error: &Error) -> JsValue {
    let message = format!("{error}");
    Array::of3(&error.kind().code().into(), &error.path().into(), &message.into()).into()
}

/// Returns the bytes of the text that the host has handed over as a string or as bytes.
fn text(value: &JsValue) -> Result<Vec<u8>, Error> {
    if let Some(text) = value.as_string() {
        // A lone surrogate comes as U+FFFD, as which another character would go on.
        let text = if text.contains(char::REPLACEMENT_CHARACTER) { without_surrogates(value) } else { text };
        return Ok(text.into_bytes());
    }
    if is_bytes(value) {
        return Ok(value.unchecked_ref::<Uint8Array>().to_vec());
    }
    Err(Error::new(ErrorKind::WrongType, &"", &"expected a string or a Uint8Array"))
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::{new_seed, plan, plan_json, version};
    use alloc::{borrow::ToOwned as _, string::String, vec::Vec};
    use js_sys::{Array, JSON, Object, Reflect, Uint8Array};
    use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
    use wasm_bindgen_test::wasm_bindgen_test;

    const DESK: &str = r#"{
    "version": 1,
    "agents": [{"id": "ann", "availability": "online", "load": 2, "capacity": 4}],
    "teams": [{"id": "billing", "assignment": "round_robin", "members": [{"agent": "ann"}]}],
    "conversations": [{"id": "c1", "team": "billing"}, {"id": "c2", "team": "sales"}]
}"#;

    const PLAN: &str = concat!(
        r#"{"version":1,"decisions":[{"conversation":"c1","team":"billing","agent":"ann","why":"only_candidate"},"#,
        r#"{"conversation":"c2","team":"sales","agent":null,"why":"unknown_team"}],"#,
        r#""waiting":[{"team":"sales","why":"unknown_team","conversations":1,"members":0,"passed_over":[]}],"#,
        r#""cursors":[{"team":"billing","rule":"round_robin","turns":[{"agent":"ann","owed":0}]}],"#,
        r#""loads":[{"agent":"ann","before":2,"after":3}]}"#,
    );

    fn desk() -> JsValue {
        JSON::parse(DESK).expect("the desk is JSON")
    }

    fn text(value: &JsValue) -> String {
        value.as_string().expect("a string")
    }

    fn written(value: &JsValue) -> String {
        JSON::stringify(value).expect("an answer can be written").into()
    }

    fn set(object: &JsValue, name: &str, value: &JsValue) {
        assert_eq!(Reflect::set(object, &name.into(), value), Ok(true));
    }

    /// Returns code and path of a refusal.
    fn refused(answer: JsValue) -> (String, String) {
        let list: Array = answer.dyn_into().expect("a refusal is a list");
        assert_eq!(list.length(), 3);
        (text(&list.get(0)), text(&list.get(1)))
    }

    fn fault(code: &str, path: &str) -> (String, String) {
        (code.to_owned(), path.to_owned())
    }

    #[wasm_bindgen_test]
    fn objects_and_text_give_the_same_plan() {
        assert_eq!(written(&plan(&desk())), PLAN);
        assert_eq!(text(&plan_json(&DESK.into())), PLAN);
        let bytes = Uint8Array::from(DESK.as_bytes());
        assert_eq!(text(&plan_json(&bytes.into())), PLAN);
    }

    #[wasm_bindgen_test]
    fn a_refusal_is_a_list_of_code_path_and_message() {
        assert_eq!(refused(plan(&Object::new().into())), fault("missing_field", "/version"));
        assert_eq!(refused(plan_json(&"{".into())), fault("malformed_json", ""));
        assert_eq!(refused(plan_json(&JsValue::from(1))), fault("wrong_type", ""));
    }

    #[wasm_bindgen_test]
    fn what_a_getter_throws_does_not_come_through() {
        let throw = Closure::<dyn Fn() -> Result<JsValue, JsValue>>::new(|| Err("not now".into()));
        let property = Object::new();
        set(&property, "get", throw.as_ref());
        set(&property, "enumerable", &true.into());
        let snapshot = desk();
        let agents: Array = Reflect::get(&snapshot, &"agents".into()).expect("a list").unchecked_into();
        assert_eq!(Reflect::define_property(&agents.get(0).into(), &"load".into(), &property), Ok(true));
        assert_eq!(refused(plan(&snapshot)), fault("wrong_type", "/agents/0/load"));
        assert_eq!(written(&plan(&desk())), PLAN);
    }

    #[wasm_bindgen_test]
    fn a_seed_is_a_safe_integer() {
        let seeds: Vec<f64> = (0..100).map(|_| new_seed().as_f64().expect("a number")).collect();
        assert!(
            seeds.iter().all(|seed| seed.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(seed))
        );
        assert!(seeds.iter().any(|seed| *seed > 4_503_599_627_370_496.0));
    }

    #[wasm_bindgen_test]
    fn the_version_is_the_crates() {
        assert_eq!(text(&version()), env!("CARGO_PKG_VERSION"));
    }
}
