//! JavaScript values in, JavaScript values out.
//!
//! A value stands for what its JSON would say, so that a snapshot gives the same plan, or is
//! refused with the same code and path, whether it comes as objects or as text. What JSON would
//! drop or bend without a word is refused instead: a `Map`, a `Date`, a function, `NaN`.
//!
//! Reading can run code of the host's (a getter, a proxy). Whatever that code throws is caught at
//! the call that ran it; an exception that went through frames of this module would leave its
//! stack pointer where it was.

use super::{json, read};
use crate::error::{Error, ErrorKind};
use alloc::{string::String, vec::Vec};
use js_sys::{Array, ArrayBuffer, JsString, Reflect, RegExp, Uint8Array};
use serde::{
    Serialize as _,
    de::{DeserializeSeed, Deserializer, Error as _, IntoDeserializer as _, MapAccess, SeqAccess, Visitor, value},
    forward_to_deserialize_any,
};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["Object", "prototype", "toString"], js_name = call)]
    fn tag(value: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn keys(value: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    #[wasm_bindgen(thread_local_v2, static_string)]
    static RECORD: JsString = "[object Object]";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static BYTES: JsString = "[object Uint8Array]";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static LENGTH: JsString = "length";
}

/// Returns the plan for a snapshot of plain objects, or the list that says why it was refused.
#[wasm_bindgen]
pub fn plan(snapshot: JsValue) -> JsValue {
    let planned = read::snapshot(Value(snapshot)).and_then(|snapshot| {
        let plan = crate::plan(&snapshot)?;
        // Cannot fail: every number of a plan is a safe integer and every key is a field.
        plan.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(|_| internal("unwritable plan"))
    });
    planned.unwrap_or_else(|error| refusal(&error))
}

/// Returns the canonical text of the plan for a snapshot as text (or its UTF-8), or the list that says why it was refused.
#[wasm_bindgen(js_name = planJson)]
pub fn plan_json(snapshot: JsValue) -> JsValue {
    let planned = text(snapshot).and_then(|text| json::plan_json(&text)).and_then(|plan| {
        String::from_utf8(plan).map_err(|_| internal("the plan is not UTF-8"))
    });
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
    Error::new(ErrorKind::Internal, "", detail)
}

/// Returns what the loader throws: `[code, path, message]`. No answer is a list, so the two cannot be confused.
fn refusal(error: &Error) -> JsValue {
    let message = alloc::format!("{error}");
    Array::of3(&error.kind().code().into(), &error.path().into(), &message.into()).into()
}

/// Returns the bytes of the text that the host has handed over as a string or as bytes.
fn text(value: JsValue) -> Result<Vec<u8>, Error> {
    if let Some(text) = value.as_string() {
        return Ok(if well_formed(&value, &text) { text.into_bytes() } else { generalized_utf8(&value) });
    }
    if ArrayBuffer::is_view(&value) && tag(&value).is_ok_and(|tag| BYTES.with(|bytes| tag == **bytes)) {
        return Ok(Uint8Array::unchecked_from_js(value).to_vec());
    }
    Err(Error::new(ErrorKind::WrongType, "", "expected a string or a Uint8Array"))
}

/// Returns whether a string has no lone surrogate: these turn into U+FFFD on the way here.
fn well_formed(value: &JsValue, text: &str) -> bool {
    !text.contains(char::REPLACEMENT_CHARACTER)
        || !RegExp::new(r"\p{Surrogate}", "u").test(value.unchecked_ref::<JsString>())
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

/// A JavaScript value, shown as what it is.
struct Value(JsValue);

impl Value {
    /// Shows a value that JSON has no word for: nothing of the wire format is bytes, so every visitor refuses it.
    fn nothing_known<'de, V: Visitor<'de>>(visitor: V) -> Result<V::Value, value::Error> {
        visitor.visit_bytes(&[])
    }
}
