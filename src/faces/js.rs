//! JavaScript values in, JavaScript values out.
//!
//! A value stands for what its JSON would say, so that a snapshot gives the same plan, or is
//! refused with the same code and path, whether it comes as objects or as text. What JSON would
//! drop or bend without a word is refused instead: a `Map`, a `Date`, a function, `NaN`.
//!
//! Whatever can run code of the host's is asked for through `look.js`, which catches.

#![expect(unreachable_pub, reason = "wasm-bindgen exports what is public, in a module that need not be")]

use super::{
    json,
    read::{Door, read},
};
use crate::desk;
use crate::error::{Error, ErrorKind};
use crate::snapshot::Snapshot;
use alloc::{string::String, vec::Vec};
use js_sys::{Array, JsString, Uint8Array};
use serde::{
    Serialize as _,
    de::{
        DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer as _, MapAccess, SeqAccess,
        Unexpected, Visitor, value,
    },
    forward_to_deserialize_any,
};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/faces/look.js")]
extern "C" {
    fn kind(value: &JsValue) -> u32;
    fn names(object: &JsValue) -> Option<Array>;
    fn length(list: &JsValue) -> f64;
    fn property(object: &JsValue, key: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = property)]
    fn element(list: &JsValue, index: u32) -> JsValue;
    #[wasm_bindgen(js_name = isBytes)]
    fn is_bytes(value: &JsValue) -> bool;
    #[wasm_bindgen(js_name = isBroken)]
    fn is_broken(text: &JsValue) -> bool;
}

/// Returns the plan for a snapshot of plain objects, or the list that says why it was refused.
#[wasm_bindgen]
pub fn plan(snapshot: &JsValue) -> JsValue {
    let read = read::<Objects, Snapshot<'_>, _>(Value(snapshot.clone()));
    let planned = read.map_err(|fault| foreign_version(snapshot).unwrap_or(fault)).and_then(|snapshot| {
        let plan = crate::plan(&snapshot)?;
        // Cannot fail: every number of a plan is a safe integer and every key is a field.
        plan.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
            .map_err(|_| internal("unwritable plan"))
    });
    planned.unwrap_or_else(|error| refusal(&error))
}

/// Returns the canonical text of the plan for a snapshot as text (or its UTF-8), or the list that says why it was refused.
#[wasm_bindgen(js_name = planJson)]
pub fn plan_json(snapshot: &JsValue) -> JsValue {
    let planned = text(snapshot).and_then(|text| json::plan_json(&text));
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

/// Returns the fault of a snapshot that is of another wire version, whatever else is strange about it.
fn foreign_version(snapshot: &JsValue) -> Option<Error> {
    let found = property(snapshot, &"version".into());
    let found = match found.as_f64().and_then(whole) {
        Some(found) => u64::try_from(found).ok()?,
        None => u64::try_from(found).ok()?,
    };
    desk::version(found).err()
}

fn internal(detail: &str) -> Error {
    Error::new(ErrorKind::Internal, &"", &detail)
}

/// Returns what the loader throws: `[code, path, message]`. No answer is a list, so the two cannot be confused.
fn refusal(error: &Error) -> JsValue {
    let message = alloc::format!("{error}");
    Array::of3(&error.kind().code().into(), &error.path().into(), &message.into()).into()
}

/// Returns the bytes of the text that the host has handed over as a string or as bytes.
fn text(value: &JsValue) -> Result<Vec<u8>, Error> {
    if let Some(text) = value.as_string() {
        return Ok(if well_formed(value, &text) { text.into_bytes() } else { generalized_utf8(value) });
    }
    if is_bytes(value) {
        return Ok(value.unchecked_ref::<Uint8Array>().to_vec());
    }
    Err(Error::new(ErrorKind::WrongType, &"", &"expected a string or a Uint8Array"))
}

/// Returns whether a string has no lone surrogate: these turn into U+FFFD on the way here.
fn well_formed(value: &JsValue, text: &str) -> bool {
    !text.contains(char::REPLACEMENT_CHARACTER) || !is_broken(value)
}

/// Returns a string with lone surrogates in UTF-8 as if they were characters, which no reader of
/// UTF-8 lets pass: the fault is then found where it is.
fn generalized_utf8(value: &JsValue) -> Vec<u8> {
    let units = value.unchecked_ref::<JsString>().iter();
    let mut bytes = Vec::new();
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(lone) => {
                let [high, low] = lone.unpaired_surrogate().to_be_bytes();
                bytes.extend([0xE0 | high >> 4, 0x80 | (high & 0xF) << 2 | low >> 6, 0x80 | low & 0x3F]);
            }
        }
    }
    bytes
}

/// What the format itself says of a string that is not Unicode; any other fault of its is one of type.
const LONE_SURROGATE: &str = "the string has a lone surrogate";

/// The door through which JavaScript values come.
struct Objects;

impl Door for Objects {
    fn fault(message: String) -> Error {
        let kind = if message == LONE_SURROGATE { ErrorKind::MalformedJson } else { ErrorKind::WrongType };
        Error::new(kind, &"", &message)
    }
}

/// A JavaScript value, shown as what it is.
struct Value(JsValue);

impl<'de> Deserializer<'de> for Value {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, value::Error> {
        let Self(value) = self;
        match kind(&value) {
            1 => visitor.visit_str(unicode(&value, &value.as_string().unwrap_or_default())?),
            2 => {
                let number = value.as_f64().unwrap_or(f64::NAN);
                match whole(number) {
                    Some(integer) => visitor.visit_i64(integer),
                    None => visitor.visit_f64(number),
                }
            }
            // Beyond both types it is shown as a float that no integer of the wire format reaches.
            3 => match i64::try_from(value) {
                Ok(integer) => visitor.visit_i64(integer),
                Err(value) => match u64::try_from(value) {
                    Ok(integer) => visitor.visit_u64(integer),
                    Err(_) => visitor.visit_f64(f64::MAX),
                },
            },
            4 => visitor.visit_bool(false),
            5 => visitor.visit_bool(true),
            6 => visitor.visit_unit(),
            7 => match length(&value) {
                length if length.is_nan() => Err(unreadable("a list that cannot be read", &visitor)),
                length => visitor.visit_seq(List { list: value, length, next: 0 }),
            },
            8 => match names(&value) {
                Some(names) => visitor.visit_map(Record { record: value, names, next: 0, current: None }),
                None => Err(unreadable("an object that cannot be read", &visitor)),
            },
            _ => Err(unreadable("what JSON has no word for", &visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Returns the number as an integer if it is one.
fn whole(number: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what the cast bends is not the same number any more"
    )]
    let integer = number as i64;
    #[expect(
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "the question is whether it is the same number"
    )]
    (integer as f64 == number).then_some(integer)
}

fn unreadable(found: &str, wanted: &dyn Expected) -> value::Error {
    value::Error::invalid_type(Unexpected::Other(found), wanted)
}

fn unicode<'t>(value: &JsValue, text: &'t str) -> Result<&'t str, value::Error> {
    if well_formed(value, text) { Ok(text) } else { Err(value::Error::custom(LONE_SURROGATE)) }
}

/// The elements of an array, one after the other; a hole is `undefined`.
struct List {
    list: JsValue,
    length: f64,
    next: u32,
}

impl<'de> SeqAccess<'de> for List {
    type Error = value::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, value::Error> {
        if f64::from(self.next) >= self.length {
            return Ok(None);
        }
        let value = element(&self.list, self.next);
        self.next += 1;
        seed.deserialize(Value(value)).map(Some)
    }
}

/// The own fields of an object, in the order of JSON; one that is `undefined` is absent.
struct Record {
    record: JsValue,
    names: Array,
    next: u32,
    current: Option<JsValue>,
}

impl<'de> MapAccess<'de> for Record {
    type Error = value::Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, value::Error> {
        while self.next < self.names.length() {
            let name = self.names.get(self.next);
            self.next += 1;
            let value = property(&self.record, &name);
            if value.is_undefined() {
                continue;
            }
            self.current = Some(value);
            let text = name.as_string().unwrap_or_default();
            return seed.deserialize(unicode(&name, &text)?.into_deserializer()).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, value::Error> {
        seed.deserialize(Value(self.current.take().unwrap_or_default()))
    }
}

// Before the package's loader has touched an answer; the package itself is tested in `pkg/tests/`.
#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::{new_seed, plan, plan_json, version};
    use alloc::{
        borrow::ToOwned as _,
        string::{String, ToString as _},
        vec::Vec,
    };
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
