//! Reading a snapshot through serde, with faults that know their kind and their place.
//!
//! serde's derived code reports faults in the error type of whatever it reads from, which for most
//! formats is a sentence. Here it reads through [`Reader`], whose error is our own: the kind is
//! taken down where the fault is found, and each level that it passes on its way up adds its step
//! to the path. It is also stricter than serde: a record is an object and never an array, and null
//! stands only where the wire format says so.

use crate::error::{Error, ErrorKind};
use alloc::{
    format,
    string::{String, ToString},
};
use core::{cell::Cell, fmt, marker::PhantomData};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor, value::U64Deserializer,
};
use serde::forward_to_deserialize_any;

/// 2^53, from which on a float no longer tells every integer from the next.
const BEYOND_INTEGERS: f64 = 9_007_199_254_740_992.0;

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

/// How one door hands out its values, and words its own faults.
///
/// A door may show a value as what it is, whatever is asked for: what is not wanted, the watch
/// refuses. One that knows better asks its format for the type.
pub(crate) trait Door: Sized {
    /// Shows a record.
    fn record<'de, D: Deserializer<'de>, V: Visitor<'de>>(value: D, watch: V) -> Result<V::Value, D::Error> {
        value.deserialize_any(watch)
    }

    /// Shows a list.
    fn list<'de, D: Deserializer<'de>, V: Visitor<'de>>(value: D, watch: V) -> Result<V::Value, D::Error> {
        value.deserialize_any(watch)
    }

    /// Shows a string.
    fn text<'de, D: Deserializer<'de>, V: Visitor<'de>>(value: D, watch: V) -> Result<V::Value, D::Error> {
        value.deserialize_any(watch)
    }

    /// Shows an integer.
    fn integer<'de, D: Deserializer<'de>, V: Visitor<'de>>(value: D, watch: V) -> Result<V::Value, D::Error> {
        value.deserialize_any(watch)
    }

    /// Shows an integer or null.
    fn integer_or_null<'de, D, V>(value: D, watch: V) -> Result<V::Value, D::Error>
    where
        D: Deserializer<'de>,
        V: Visitor<'de>,
    {
        value.deserialize_any(watch)
    }

    /// Returns the fault that the format itself found.
    fn fault(message: String) -> Error;
}

/// Reads a record from what a door hands out.
pub(crate) fn read<'de, S: Door, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<T, Error> {
    let slot = Cell::new(None);
    T::deserialize(Reader::<S, D> { value, slot: &slot, door: PhantomData })
}

/// Where our own fault waits while a format's error, which cannot carry it, travels up through it.
struct Reader<'s, S, D> {
    value: D,
    slot: &'s Cell<Option<Error>>,
    door: PhantomData<S>,
}

impl<'s, S: Door, D> Reader<'s, S, D> {
    /// Looks at the value through a watch, by one of the door's ways of showing.
    fn watched<'de, V: Visitor<'de>>(
        self,
        want: Want,
        visitor: V,
        show: impl FnOnce(D, Watch<'s, S, V>) -> Result<V::Value, D::Error>,
    ) -> Result<V::Value, Error>
    where
        D: Deserializer<'de>,
    {
        let watch = Watch { want, visitor, slot: self.slot, door: PhantomData };
        caught::<S, _, _>(self.slot, show(self.value, watch))
    }
}

/// Takes our own fault out of the slot, or words the format's.
fn caught<S: Door, T, E: fmt::Display>(slot: &Cell<Option<Error>>, result: Result<T, E>) -> Result<T, Error> {
    #[cold]
    #[inline(never)]
    fn found<S: Door>(slot: &Cell<Option<Error>>, fault: &dyn fmt::Display) -> Error {
        slot.take().unwrap_or_else(|| S::fault(fault.to_string()))
    }
    result.map_err(|fault| found::<S>(slot, &fault))
}

/// Puts our own fault into the slot and returns an error of the format in its place.
#[cold]
#[inline(never)]
fn tossed<E: serde::de::Error>(slot: &Cell<Option<Error>>, fault: Error) -> E {
    slot.set(Some(fault));
    E::custom("")
}

impl<'de, S: Door, D: Deserializer<'de>> Deserializer<'de> for Reader<'_, S, D> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.watched(Want::Record(fields), visitor, S::record)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.watched(Want::Word, visitor, S::text)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::List, visitor, S::list)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Text, visitor, S::text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Text, visitor, S::text)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Integer, visitor, S::integer)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Integer, visitor, S::integer)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::Integer, visitor, S::integer)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.watched(Want::IntegerOrNull, visitor, S::integer_or_null)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("a record asks for a type that the wire format does not have"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i128 u8 u16 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct map identifier ignored_any
    }
}

/// Looks at a value before the derived code does, and refuses what is not wanted.
struct Watch<'s, S, V> {
    want: Want,
    visitor: V,
    slot: &'s Cell<Option<Error>>,
    door: PhantomData<S>,
}

impl<'de, S: Door, V: Visitor<'de>> Watch<'_, S, V> {
    /// Returns the error of the format that stands for a value of the wrong type.
    #[cold]
    fn refuse<E: serde::de::Error>(self, found: Unexpected<'_>) -> E {
        tossed(self.slot, wrong_type(self.want, found))
    }

    fn integer<E, R>(self, integer: R, found: Unexpected<'_>) -> Result<V::Value, E>
    where
        E: serde::de::Error,
        R: IntoDeserializer<'de, Error> + Copy,
    {
        let Self { want, visitor, slot, .. } = self;
        let value = match want {
            Want::Integer => integer.into_deserializer().deserialize_any(visitor),
            Want::IntegerOrNull => visitor.visit_some(integer.into_deserializer()),
            _ => return Err(Self { visitor, ..self }.refuse(found)),
        };
        value.map_err(|fault| tossed(slot, fault))
    }

    fn text<E: serde::de::Error>(
        self,
        text: &str,
        visit: impl FnOnce(V) -> Result<V::Value, Error>,
    ) -> Result<V::Value, E> {
        let value = match self.want {
            Want::Text => visit(self.visitor),
            Want::Word => self.visitor.visit_enum(text.into_deserializer()),
            _ => return Err(self.refuse(Unexpected::Str(text))),
        };
        value.map_err(|fault| tossed(self.slot, fault))
    }
}

impl<'de, S: Door, V: Visitor<'de>> Visitor<'de> for Watch<'_, S, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.want, f)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<V::Value, E> {
        Err(self.refuse(Unexpected::Bool(value)))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<V::Value, E> {
        self.integer(value, Unexpected::Signed(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<V::Value, E> {
        self.integer(value, Unexpected::Unsigned(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<V::Value, E> {
        // What is beyond the integers that a float keeps exact is too large, not fractional.
        let wants_integer = matches!(self.want, Want::Integer | Want::IntegerOrNull);
        if wants_integer && value.is_finite() && value.abs() >= BEYOND_INTEGERS {
            return Err(tossed(self.slot, too_large(Unexpected::Float(value))));
        }
        Err(self.refuse(Unexpected::Float(value)))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<V::Value, E> {
        self.text(value, |visitor| visitor.visit_str(value))
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'de str) -> Result<V::Value, E> {
        self.text(value, |visitor| visitor.visit_borrowed_str(value))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<V::Value, E> {
        self.visit_str(&value)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        match self.want {
            Want::IntegerOrNull => self.visitor.visit_none(),
            _ => Err(self.refuse(Unexpected::Unit)),
        }
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        let reader = Reader::<S, D> { value, slot: self.slot, door: PhantomData };
        self.visitor.visit_some(reader).map_err(|fault| tossed(self.slot, fault))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<V::Value, A::Error> {
        let Self { want: Want::List, visitor, slot, .. } = self else {
            return Err(self.refuse(Unexpected::Seq));
        };
        let elements = Elements::<S, A> { list, next: 0, slot, door: PhantomData };
        visitor.visit_seq(elements).map_err(|fault| tossed(slot, fault))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Self { want: Want::Record(names), visitor, slot, .. } = self else {
            return Err(self.refuse(Unexpected::Map));
        };
        let fields = Fields::<S, A> { map, names, current: "", slot, door: PhantomData };
        visitor.visit_map(fields).map_err(|fault| tossed(slot, fault))
    }
}

/// A list whose faults know at which place they were found.
struct Elements<'s, S, A> {
    list: A,
    next: usize,
    slot: &'s Cell<Option<Error>>,
    door: PhantomData<S>,
}

impl<'de, S: Door, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, S, A> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let seed = Seed::<S, T> { seed, slot: self.slot, door: PhantomData };
        let element = caught::<S, _, _>(self.slot, self.list.next_element_seed(seed));
        self.next += 1;
        element.map_err(|fault| fault.below(&(self.next - 1)))
    }
}

/// An object whose faults know in which field they were found.
struct Fields<'s, S, A> {
    map: A,
    names: &'static [&'static str],
    current: &'static str,
    slot: &'s Cell<Option<Error>>,
    door: PhantomData<S>,
}

impl<'de, S: Door, A: MapAccess<'de>> MapAccess<'de> for Fields<'_, S, A> {
    type Error = Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let key = self.map.next_key_seed(Key { names: self.names, slot: self.slot });
        let Some(field) = caught::<S, _, _>(self.slot, key)? else { return Ok(None) };
        self.current = self.names[field];
        // Derived code takes a field's number for its name.
        seed.deserialize(U64Deserializer::new(field as u64)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let seed = Seed::<S, T> { seed, slot: self.slot, door: PhantomData };
        let value = caught::<S, _, _>(self.slot, self.map.next_value_seed(seed));
        value.map_err(|fault| fault.below(&self.current))
    }
}

/// Carries the watch into the value of a field or the element of a list.
struct Seed<'s, S, T> {
    seed: T,
    slot: &'s Cell<Option<Error>>,
    door: PhantomData<S>,
}

impl<'de, S: Door, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Seed<'_, S, T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<T::Value, D::Error> {
        let reader = Reader::<S, D> { value, slot: self.slot, door: PhantomData };
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

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<usize, E> {
        self.names
            .iter()
            .position(|known| *known == name)
            .ok_or_else(|| tossed(self.slot, unknown_field(name, self.names)))
    }
}

/// Returns the fault of a field that a record does not have.
#[cold]
pub(crate) fn unknown_field(name: &str, names: &[&str]) -> Error {
    let detail = format!("expected one of {}", listed(names));
    Error::new(ErrorKind::UnknownField, &"", &detail).below(&name)
}

#[cold]
#[inline(never)]
fn wrong_type(want: Want, found: Unexpected<'_>) -> Error {
    Error::new(ErrorKind::WrongType, &"", &format_args!("expected {want}, found {}", described(found)))
}

#[cold]
#[inline(never)]
fn too_large(found: Unexpected<'_>) -> Error {
    let detail = format!("expected an integer that the field can hold, found {}", described(found));
    Error::new(ErrorKind::OutOfRange, &"", &detail)
}

fn described(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Unit => "null".to_string(),
        Unexpected::Seq => "a list".to_string(),
        Unexpected::Map => "an object".to_string(),
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Signed(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("`{value}`"),
        Unexpected::Float(_) => "a number with a fraction, an exponent or too many digits".to_string(),
        // Enough to recognise it by; a string may be as long as the whole input.
        Unexpected::Str(text) => format!("the string `{}`", text.chars().take(40).collect::<String>()),
        _ => "something else".to_string(),
    }
}

fn listed(names: &[&str]) -> String {
    let names: alloc::vec::Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The faults that derived code finds by itself.
impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(ErrorKind::Internal, &"", &message.to_string())
    }

    fn invalid_type(_found: Unexpected<'_>, _wanted: &dyn Expected) -> Self {
        Self::custom("a record asks for a type that the wire format does not have")
    }

    fn invalid_value(found: Unexpected<'_>, _wanted: &dyn Expected) -> Self {
        too_large(found)
    }

    fn unknown_variant(found: &str, words: &'static [&'static str]) -> Self {
        let found = described(Unexpected::Str(found));
        Self::new(ErrorKind::UnknownValue, &"", &format!("expected one of {}, found {found}", listed(words)))
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(ErrorKind::MissingField, &"", &"the field has no default").below(&name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::new(ErrorKind::DuplicateField, &"", &"expected each field once").below(&name)
    }
}
