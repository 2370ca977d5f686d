//! JavaScript values in, JavaScript values out.
//!
//! A value stands for what its JSON would say, so that a snapshot gives the same plan, or is
//! refused with the same code and path, whether it comes as objects or as text. What JSON would
//! drop or bend without a word is refused instead: a `Map`, a `Date`, a function, `NaN`.
//!
//! Whatever can run code of the host's is asked for through `look.js`, which catches.

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
    if is_bytes(value) {
        return Ok(value.unchecked_ref::<Uint8Array>().to_vec());
    }
    Err(Error::new(ErrorKind::WrongType, "", "expected a string or a Uint8Array"))
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
        Error::new(kind, "", message)
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
