//! Reading a snapshot from JSON through serde, with faults that know their kind and their place.
//!
//! serde's derived code reports faults in the error type of what it reads from, which for
//! `serde_json` is a sentence. Here it reads through [`Reader`], whose error is our own: the kind
//! is taken down where the fault is found, and each level that it passes on its way up adds its
//! step to the path. It is also stricter than serde: a record is an object and never a list, a
//! word a string and never an object, and null stands only where the wire format says so.

use crate::error::{Error, ErrorKind};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{cell::Cell, fmt};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as Fault, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor, value::U64Deserializer,
};
use serde::forward_to_deserialize_any;

/// 2^53, from which on a float no longer tells every integer from the next.
const BEYOND_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// Reads a record. `value` is of `serde_json`: the words of its errors are known here.
pub(super) fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<T, Error> {
    T::deserialize(Reader { value, slot: &Cell::new(None) })
}

/// Returns our fault for one that `serde_json` has found.
#[cold]
#[inline(never)]
pub(super) fn found_by_serde_json(fault: &dyn fmt::Display) -> Error {
    // It tells by its words alone that another type was asked for, and that a number such as 1e400,
    // which is good JSON, does not fit. The cases hold the words.
    let message = fault.to_string();
    if let Some(types) = message.strip_prefix("invalid type: ") {
        let types = types.rsplit_once(" at line ").map_or(types, |(types, _)| types);
        return Error::new(ErrorKind::WrongType, &"", &format_args!("found {types}"));
    }
    let too_large = message.starts_with("number out of range");
    let kind = if too_large { ErrorKind::OutOfRange } else { ErrorKind::MalformedJson };
    Error::new(kind, &"", &message)
}

/// A deserializer whose faults are ours.
struct Reader<'s, D> {
    value: D,
    /// Where our own fault waits while an error that cannot carry it travels up through `serde_json`.
    slot: &'s Cell<Option<Error>>,
}

impl<'s, 'de, D: Deserializer<'de>> Reader<'s, D> {
    /// Looks at the value through a watch, as the type that `show` asks for.
    ///
    /// `deserialize_any` would do for all of them, at several times the code: each visitor would
    /// bring a whole parser.
    fn watched<V: Visitor<'de>>(
        self,
        want: Want,
        visitor: V,
        show: impl FnOnce(D, Watch<'s, V>) -> Result<V::Value, D::Error>,
    ) -> Result<V::Value, Error> {
        caught(self.slot, show(self.value, Watch { want, visitor, slot: self.slot }))
    }
}

/// What stands at one place of the wire format.
#[derive(Clone, Copy)]
enum Want {
    Record(&'static [&'static str]),
    List,
    Text,
    Word,
    Integer,
    IntegerOrNull,
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record(_) => "an object",
            Self::List => "a list",
            Self::Text | Self::Word => "a string",
            Self::Integer => "an integer",
            Self::IntegerOrNull => "an integer or null",
        })
    }
}

/// Takes our own fault out of the slot, or words the format's.
fn caught<T, E: fmt::Display>(slot: &Cell<Option<Error>>, result: Result<T, E>) -> Result<T, Error> {
    #[cold]
    #[inline(never)]
    fn caught(slot: &Cell<Option<Error>>, fault: &dyn fmt::Display) -> Error {
        slot.take().unwrap_or_else(|| found_by_serde_json(fault))
    }
    result.map_err(|fault| caught(slot, &fault))
}

/// Puts our own fault into the slot and returns an error of the format in its place.
#[cold]
#[inline(never)]
fn tossed<E: Fault>(slot: &Cell<Option<Error>>, fault: Error) -> E {
    slot.set(Some(fault));
    E::custom("")
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Reader<'_, D> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.watched(Want::Record(fields), visitor, D::deserialize_map)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.watched(Want::Word, visitor, D::deserialize_str)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::List, visitor, D::deserialize_seq)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Text, visitor, D::deserialize_str)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Text, visitor, D::deserialize_str)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Integer, visitor, D::deserialize_i64)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Integer, visitor, D::deserialize_i64)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Integer, visitor, D::deserialize_i64)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::IntegerOrNull, visitor, D::deserialize_option)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("a record asks for a type that the wire format does not have"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i128 u8 u16 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct map identifier ignored_any
    }
}

/// Looks at a value before the derived code does.
struct Watch<'s, V> {
    want: Want,
    visitor: V,
    slot: &'s Cell<Option<Error>>,
}

// `serde_json` shows a value of the type that it was asked for, or finds the fault itself.
impl<'de, V: Visitor<'de>> Watch<'_, V> {
    fn integer<E: Fault>(self, integer: impl IntoDeserializer<'de, Error>) -> Result<V::Value, E> {
        let value = integer.into_deserializer().deserialize_any(self.visitor);
        value.map_err(|fault| tossed(self.slot, fault))
    }

    fn text<E: Fault>(
        self,
        text: &str,
        visit: impl FnOnce(V) -> Result<V::Value, Error>,
    ) -> Result<V::Value, E> {
        let value = match self.want {
            Want::Word => self.visitor.visit_enum(text.into_deserializer()),
            _ => visit(self.visitor),
        };
        value.map_err(|fault| tossed(self.slot, fault))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Watch<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.want, f)
    }

    fn visit_i64<E: Fault>(self, value: i64) -> Result<V::Value, E> {
        self.integer(value)
    }

    fn visit_u64<E: Fault>(self, value: u64) -> Result<V::Value, E> {
        self.integer(value)
    }

    fn visit_f64<E: Fault>(self, value: f64) -> Result<V::Value, E> {
        // What is beyond the integers that a float keeps exact is too large, not fractional.
        if value.abs() >= BEYOND_INTEGERS {
            return Err(tossed(self.slot, too_large(&"a number beyond 2^53")));
        }
        Err(E::invalid_type(Unexpected::Other("a number with a fraction or an exponent"), &self))
    }

    fn visit_str<E: Fault>(self, value: &str) -> Result<V::Value, E> {
        self.text(value, |visitor| visitor.visit_str(value))
    }

    fn visit_borrowed_str<E: Fault>(self, value: &'de str) -> Result<V::Value, E> {
        self.text(value, |visitor| visitor.visit_borrowed_str(value))
    }

    fn visit_none<E: Fault>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        let reader = Reader { value, slot: self.slot };
        self.visitor.visit_some(reader).map_err(|fault| tossed(self.slot, fault))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<V::Value, A::Error> {
        let elements = Elements { list, next: 0, slot: self.slot };
        self.visitor.visit_seq(elements).map_err(|fault| tossed(self.slot, fault))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Want::Record(names) = self.want else {
            return Err(A::Error::invalid_type(Unexpected::Map, &self));
        };
        let fields = Fields { map, names, current: "", slot: self.slot };
        self.visitor.visit_map(fields).map_err(|fault| tossed(self.slot, fault))
    }
}

/// A list whose faults know at which place they were found.
struct Elements<'s, A> {
    list: A,
    next: usize,
    slot: &'s Cell<Option<Error>>,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let seed = Seed { seed, slot: self.slot };
        let element = caught(self.slot, self.list.next_element_seed(seed));
        self.next += 1;
        element.map_err(|fault| fault.below(&(self.next - 1)))
    }
}

/// An object whose faults know in which field they were found.
struct Fields<'s, A> {
    map: A,
    names: &'static [&'static str],
    current: &'static str,
    slot: &'s Cell<Option<Error>>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<'_, A> {
    type Error = Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let key = self.map.next_key_seed(Key { names: self.names, slot: self.slot });
        let Some(field) = caught(self.slot, key)? else { return Ok(None) };
        self.current = self.names[field];
        // Derived code takes a field's number for its name.
        seed.deserialize(U64Deserializer::new(field as u64)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let seed = Seed { seed, slot: self.slot };
        let value = caught(self.slot, self.map.next_value_seed(seed));
        value.map_err(|fault| fault.below(&self.current))
    }
}

/// Carries the watch into the value of a field or the element of a list.
struct Seed<'s, T> {
    seed: T,
    slot: &'s Cell<Option<Error>>,
}

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<T::Value, D::Error> {
        let reader = Reader { value, slot: self.slot };
        self.seed.deserialize(reader).map_err(|fault| tossed(self.slot, fault))
    }
}

/// Reads the name of a field as its number.
struct Key<'s> {
    names: &'static [&'static str],
    slot: &'s Cell<Option<Error>>,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<usize, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Fault>(self, name: &str) -> Result<usize, E> {
        self.names
            .iter()
            .position(|known| *known == name)
            .ok_or_else(|| tossed(self.slot, unknown_field(name, self.names)))
    }
}

#[cold]
#[inline(never)]
fn unknown_field(name: &str, names: &[&str]) -> Error {
    Error::new(ErrorKind::UnknownField, &"", &format_args!("expected one of {}", listed(names))).below(&name)
}

#[cold]
#[inline(never)]
fn too_large(found: &dyn fmt::Display) -> Error {
    let detail = format_args!("expected an integer that the field can hold, found {found}");
    Error::new(ErrorKind::OutOfRange, &"", &detail)
}

fn listed(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The faults that derived code finds by itself.
impl Fault for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(ErrorKind::Internal, &"", &message)
    }

    fn invalid_value(found: Unexpected<'_>, _wanted: &dyn Expected) -> Self {
        match found {
            Unexpected::Signed(integer) => too_large(&integer),
            Unexpected::Unsigned(integer) => too_large(&integer),
            _ => Self::custom("a record asks for a value that the wire format does not have"),
        }
    }

    fn invalid_type(_found: Unexpected<'_>, _wanted: &dyn Expected) -> Self {
        Self::custom("a record asks for a type that the wire format does not have")
    }

    fn unknown_variant(found: &str, words: &'static [&'static str]) -> Self {
        // Enough to recognise it by: a string may be as long as the whole input.
        let found: String = found.chars().take(40).collect();
        let detail = format_args!("expected one of {}, found `{found}`", listed(words));
        Self::new(ErrorKind::UnknownValue, &"", &detail)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(ErrorKind::MissingField, &"", &"the field has no default").below(&name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::new(ErrorKind::DuplicateField, &"", &"expected each field once").below(&name)
    }
}
