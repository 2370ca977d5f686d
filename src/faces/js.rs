//! JavaScript values in, JavaScript values out.
//!
//! A value stands for what its JSON would say, so that a snapshot gives the same plan, or is
//! refused with the same code and path, whether it comes as objects or as text. What JSON would
//! drop or bend without a word is refused instead: a `Map`, a `Date`, a function, `NaN`.
//!
//! Reading can run code of the host's (a getter, a proxy). Whatever that code throws is caught at
//! the call that ran it; an exception that went through frames of this module would leave its
//! stack pointer where it was.

use super::{
    json,
    read::{Door, Watch, read},
};
use crate::desk;
use crate::error::{Error, ErrorKind};
use crate::snapshot::Snapshot;
use alloc::{string::String, vec::Vec};
use js_sys::{Array, ArrayBuffer, JsString, Reflect, RegExp, Uint8Array};
use serde::{
    Serialize as _,
    de::{
        DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer as _, MapAccess, SeqAccess,
        Unexpected, Visitor, value,
    },
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
}

// The formatter drops what it does not know here: the values.
#[rustfmt::skip]
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, static_string)]
    static RECORD: JsString = "[object Object]";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static BYTES: JsString = "[object Uint8Array]";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static VERSION: JsString = "version";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static LENGTH: JsString = "length";
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
    let found = Reflect::get(snapshot, &VERSION.with(|key| JsValue::from(key))).ok()?;
    let found = match found.as_f64().and_then(whole) {
        Some(found) => u64::try_from(found).ok()?,
        None => u64::try_from(found).ok()?,
    };
    desk::version(found).err()
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
fn text(value: &JsValue) -> Result<Vec<u8>, Error> {
    if let Some(text) = value.as_string() {
        return Ok(if well_formed(value, &text) { text.into_bytes() } else { generalized_utf8(value) });
    }
    if ArrayBuffer::is_view(value) && tag(value).is_ok_and(|tag| BYTES.with(|bytes| tag == ***bytes)) {
        return Ok(value.unchecked_ref::<Uint8Array>().to_vec());
    }
    Err(Error::new(ErrorKind::WrongType, "", "expected a string or a Uint8Array"))
}

/// Returns whether a string has no lone surrogate: these turn into U+FFFD on the way here.
fn well_formed(value: &JsValue, text: &str) -> bool {
    !text.contains(char::REPLACEMENT_CHARACTER)
        || value.unchecked_ref::<JsString>().search(&RegExp::new(r"\p{Surrogate}", "u")) < 0
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
    fn show<'de, D: Deserializer<'de>, V: Visitor<'de>>(
        value: D,
        watch: Watch<'_, Self, V>,
    ) -> Result<V::Value, D::Error> {
        value.deserialize_any(watch)
    }

    fn fault(message: String) -> Error {
        let kind = if message == LONE_SURROGATE { ErrorKind::MalformedJson } else { ErrorKind::WrongType };
        Error::new(kind, "", message)
    }
}

/// A JavaScript value, shown as what it is.
struct Value(JsValue);

impl<'de> Deserializer<'de> for Value {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, value::Error> {
        let Self(value) = self;
        if let Some(text) = value.as_string() {
            return visitor.visit_string(unicode(&value, text)?);
        }
        if let Some(number) = value.as_f64() {
            return match whole(number) {
                Some(integer) => visitor.visit_i64(integer),
                None => visitor.visit_f64(number),
            };
        }
        if value.is_null() {
            return visitor.visit_unit();
        }
        if is_array(&value) == Ok(true) {
            return match Reflect::get(&value, &LENGTH.with(|key| JsValue::from(key))) {
                Ok(length) => {
                    visitor.visit_seq(List { length: length.as_f64().unwrap_or_default(), value, next: 0 })
                }
                Err(_) => Err(unreadable("a list that throws", &visitor)),
            };
        }
        if value.is_object() {
            let record = tag(&value).is_ok_and(|tag| RECORD.with(|record| tag == ***record));
            return match keys(&value) {
                Ok(keys) if record => visitor.visit_map(Record { value, keys, next: 0, current: None }),
                _ => Err(unreadable("an object that is no record", &visitor)),
            };
        }
        if let Some(flag) = value.as_bool() {
            return visitor.visit_bool(flag);
        }
        if value.is_bigint() {
            // Beyond both types it is shown as a float that no integer of the wire format reaches.
            return match i64::try_from(value) {
                Ok(integer) => visitor.visit_i64(integer),
                Err(value) => match u64::try_from(value) {
                    Ok(integer) => visitor.visit_u64(integer),
                    Err(_) => visitor.visit_f64(f64::MAX),
                },
            };
        }
        Err(unreadable("a value that JSON has no word for", &visitor))
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

fn unicode(value: &JsValue, text: String) -> Result<String, value::Error> {
    if well_formed(value, &text) { Ok(text) } else { Err(value::Error::custom(LONE_SURROGATE)) }
}

/// The elements of an array, one after the other; a hole is `undefined`.
struct List {
    value: JsValue,
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
        let element = Property(Reflect::get_u32(&self.value, self.next));
        self.next += 1;
        seed.deserialize(element).map(Some)
    }
}

/// The own fields of an object, in the order of JSON; one that is `undefined` is absent.
struct Record {
    value: JsValue,
    keys: Array,
    next: u32,
    current: Option<Property>,
}

impl<'de> MapAccess<'de> for Record {
    type Error = value::Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, value::Error> {
        while self.next < self.keys.length() {
            let key = self.keys.get(self.next);
            self.next += 1;
            let value = Reflect::get(&self.value, &key);
            if value.as_ref().is_ok_and(JsValue::is_undefined) {
                continue;
            }
            self.current = Some(Property(value));
            let name = unicode(&key, key.as_string().unwrap_or_default())?;
            return seed.deserialize(name.into_deserializer()).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, value::Error> {
        let value = self.current.take().unwrap_or(Property(Ok(JsValue::UNDEFINED)));
        seed.deserialize(value)
    }
}

/// A property as reading it went: its value, or what its getter has thrown.
struct Property(Result<JsValue, JsValue>);

impl<'de> Deserializer<'de> for Property {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, value::Error> {
        match self.0 {
            Ok(value) => Value(value).deserialize_any(visitor),
            Err(_) => Err(unreadable("a getter that throws", &visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
