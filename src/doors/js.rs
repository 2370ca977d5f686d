//! JavaScript values in, JavaScript values out.
//!
//! Objects come as the text that JSON has for them (`pkg/src/text.js`) and are read like any other: there
//! is one reader, so the same desk gives the same plan, or is refused with the same code and path, either way. But a plan
//! of objects is no text, so it may be longer than [`MAX_PLAN_BYTES`](crate::MAX_PLAN_BYTES), which only text is refused for.
//! Plain, sound objects take a shorter way (`super::objects`).

#![expect(unreachable_pub, reason = "wasm-bindgen exports what is public, in a module that need not be")]

use super::json::{check_json, explain_json, plan_json};
use super::objects;
use crate::error::{Error, ErrorKind};
use crate::snapshot::Snapshot;
use alloc::{format, vec::Vec};
use js_sys::{Array, Uint8Array};
use serde::Serialize as _;
use wasm_bindgen::{JsCast as _, prelude::*};

/// Returns the plan for a snapshot as text, or the list that says why it was refused.
#[wasm_bindgen]
pub fn plan(snapshot: &str) -> JsValue {
    planned(snapshot).unwrap_or_else(|error| refusal(&error))
}

fn planned(snapshot: &str) -> Result<JsValue, Error> {
    let snapshot = Snapshot::from_json(snapshot.as_bytes())?;
    let plan = crate::plan(&snapshot)?;
    // Cannot fail: every number of a plan is a safe integer and every key is a field.
    plan.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|_| internal("unwritable plan"))
}

/// Returns the plan for a snapshot of plain objects, as `super::objects` reads and writes both, or `null` for whatever is refused.
#[wasm_bindgen(js_name = planObjects)]
pub fn plan_objects(snapshot: &Uint8Array, apart: usize) -> JsValue {
    let plan = copied(snapshot).ok().and_then(|text| objects::plan(&text, apart));
    plan.map_or(JsValue::NULL, |plan| Uint8Array::from(&*plan).into())
}

/// Returns the codes of all reasons, a blank between them, by the numbers that stand for them there.
#[wasm_bindgen]
pub fn reasons() -> JsValue {
    objects::reasons().collect::<Vec<_>>().join(" ").into()
}

/// Returns the canonical text of the plan for a snapshot as the UTF-8 of its text, or the list that says why it was refused.
#[wasm_bindgen(js_name = planText)]
pub fn plan_text(snapshot: &Uint8Array) -> JsValue {
    let planned = copied(snapshot).and_then(|text| plan_json(&text));
    planned.map_or_else(|error| refusal(&error), JsValue::from)
}

/// Returns why a conversation of a snapshot goes where it goes, as canonical text, or the list that says why the snapshot
/// was refused; `null` where it has no such conversation. The snapshot is a text or its UTF-8.
#[wasm_bindgen(js_name = explainText)]
pub fn explain_text(snapshot: &JsValue, conversation: &str) -> JsValue {
    let explained = given(snapshot).and_then(|text| explain_json(&text, conversation));
    explained.map_or_else(|error| refusal(&error), |text| text.map_or(JsValue::NULL, JsValue::from))
}

/// Returns what is wrong with a plan for a snapshot, as canonical text, or the list that says why one of the two was
/// refused. Each is a text or its UTF-8.
#[wasm_bindgen(js_name = checkText)]
pub fn check_text(snapshot: &JsValue, plan: &JsValue) -> JsValue {
    let checked = given(snapshot).and_then(|snapshot| check_json(&snapshot, &given(plan)?));
    checked.map_or_else(|error| refusal(&error), JsValue::from)
}

/// Returns the UTF-8 of what is a text or its UTF-8.
fn given(text: &JsValue) -> Result<Vec<u8>, Error> {
    text.as_string().map_or_else(|| copied(text.unchecked_ref()), |text| Ok(text.into_bytes()))
}

/// Returns a copy of the bytes. Whatever the array says of itself, nothing else is ever in it.
fn copied(bytes: &Uint8Array) -> Result<Vec<u8>, Error> {
    let len = bytes.length() as usize;
    let mut copy = Vec::new();
    let no_memory = format_args!("expected no more bytes than there is memory for, found {len}");
    copy.try_reserve_exact(len).map_err(|_| Error::new(ErrorKind::LimitExceeded, &"", &no_memory))?;
    copy.resize(len, 0);
    bytes.copy_to(&mut copy);
    Ok(copy)
}

/// Returns how much memory the instance has, in pages of 64 KiB. It never gives any back.
#[wasm_bindgen]
#[cfg(target_arch = "wasm32")]
pub fn pages() -> usize {
    core::arch::wasm32::memory_size(0)
}

/// Returns a random seed for a snapshot, 0 to 2^53 - 1, from the host's cryptographic source.
#[wasm_bindgen(js_name = newSeed)]
pub fn new_seed() -> JsValue {
    match getrandom::u64() {
        // The top 53 bits: every one of these integers is a number of its own.
        #[expect(clippy::cast_precision_loss, reason = "53 bits are kept, and an f64 has as many")]
        Ok(bits) => JsValue::from((bits >> 11) as f64),
        Err(_) => refusal(&internal("this host gave no random numbers")),
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
///
/// A string of V8 holds 536,870,888 characters, and each of these is shorter: a path names a field, at most, whose name may be
/// as long as the snapshot and whose characters may take two in a pointer.
fn refusal(error: &Error) -> JsValue {
    let message = format!("{error}");
    Array::of3(&error.kind().code().into(), &error.path().into(), &message.into()).into()
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::{new_seed, plan, plan_objects, plan_text, reasons, version};
    use alloc::{borrow::ToOwned as _, string::String, vec::Vec};
    use js_sys::{Array, JSON, Uint8Array};
    use wasm_bindgen::{JsCast as _, JsValue};
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
        r#""cursors":[{"rotation":"billing","rule":"round_robin","turns":[{"agent":"ann","owed":0}],"#,
        r#""sets":[{"seats":[0]}]}],"#,
        r#""loads":[{"agent":"ann","before":2,"after":3}]}"#,
    );

    fn text(value: &JsValue) -> String {
        value.as_string().expect("a string")
    }

    fn bytes(text: &str) -> Uint8Array {
        Uint8Array::from(text.as_bytes())
    }

    fn written(value: &JsValue) -> String {
        JSON::stringify(value).expect("an answer can be written").into()
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
        assert_eq!(written(&plan(DESK)), PLAN);
        let objects: Uint8Array = plan_objects(&bytes(DESK), 0).dyn_into().expect("it is sound");
        let objects = objects.to_vec();
        // For each conversation the place of its agent or nobody, the reason, no other team, no set.
        let decided = [0, 3, 0, 0, u32::MAX, 6, 0, 0].map(u32::to_le_bytes).concat();
        let rest = PLAN.replace(
            &PLAN[PLAN.find("[{").expect("decisions")..=PLAN.find("}]").expect("their end") + 1],
            "[]",
        );
        assert_eq!(objects, [decided, rest.into_bytes()].concat());
        assert_eq!(plan_objects(&bytes("{"), 0), JsValue::NULL);
        assert_eq!(text(&plan_text(&bytes(DESK))), PLAN);
    }

    #[wasm_bindgen_test]
    fn a_refusal_is_a_list_of_code_path_and_message() {
        assert_eq!(refused(plan("{}")), fault("missing_field", "/version"));
        assert_eq!(refused(plan_text(&bytes("{"))), fault("malformed_json", ""));
        assert_eq!(refused(plan_text(&bytes("1"))), fault("wrong_type", ""));
    }

    #[wasm_bindgen_test]
    fn the_reasons_are_those_of_assignments_and_then_those_of_waits() {
        let reasons = text(&reasons());
        let reasons: Vec<_> = reasons.split(' ').collect();
        assert_eq!((reasons[0], reasons[3], reasons[6]), ("turn", "only_candidate", "unknown_team"));
        assert_eq!(reasons.len(), crate::AssignReason::ALL.len() + crate::WaitReason::ALL.len());
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
