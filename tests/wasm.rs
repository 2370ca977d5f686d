//! The JavaScript door inside the module, in Node and in a browser: what it answers before the
//! package's loader has touched it. The package itself is tested in `pkg/tests/`.
#![cfg(target_arch = "wasm32")]

use evenhand::js::{new_seed, plan, plan_json, version};
use js_sys::{Array, JSON, Object, Reflect};
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
    let bytes = js_sys::Uint8Array::from(DESK.as_bytes());
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
    assert!(seeds.iter().all(|seed| seed.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(seed)));
    assert!(seeds.iter().any(|seed| *seed > 4_503_599_627_370_496.0));
}

#[wasm_bindgen_test]
fn the_version_is_the_crates() {
    assert_eq!(text(&version()), env!("CARGO_PKG_VERSION"));
}
