//! Reading a snapshot or a plan from JSON, with faults that know their kind and their place.
//!
//! `hifijson` knows the tokens of JSON and serde's derived code the records. What is here stands
//! between the two and is stricter than either: a record is an object and never a list, a word a
//! string and never an object, an integer has no fraction and no exponent, and null stands only
//! where the wire format says so. Its error is our own: the kind is taken down where the fault is
//! found, and each level that it passes on its way up adds its step to the path.

use super::tokens::{Tokens, escaped};
use crate::error::{Error, ErrorKind};
use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, mem};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as Fault, Expected, IntoDeserializer as _, MapAccess,
    SeqAccess, Unexpected, Visitor, value::U64Deserializer,
};
use serde::forward_to_deserialize_any;

/// 2^53, from which on not every reader of JSON tells an integer from the next.
const BEYOND_INTEGERS: &str = "9007199254740992";

/// The most elements of a list: as many as a list in JavaScript has, and few enough for all lists of a text to have memory.
const MAX_ELEMENTS: usize = 4_194_304;

/// Reads a record, which is the whole text.
pub(super) fn read<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<T, Error> {
    whole(Tokens::new(text))
}

/// Reads a record likewise, all of whose strings are borrowed: those that have an escape are `kept` apart from the text.
pub(super) fn read_borrowed<'de, T: Deserialize<'de>>(
    text: &'de [u8],
    kept: &'de mut Vec<String>,
) -> Result<T, Error> {
    *kept = escaped(text);
    whole(Tokens::keeping(text, kept))
}

fn whole<'de, T: Deserialize<'de>>(mut tokens: Tokens<'de>) -> Result<T, Error> {
    let record = T::deserialize(&mut tokens)?;
    tokens.end()?;
    Ok(record)
}

/// Returns the version that stands in an object, whatever else does.
pub(super) fn version_in(text: &[u8]) -> Option<u64> {
    let mut tokens = Tokens::new(text);
    let (mut version, mut first) = (None, true);
    tokens.open(b'{', "an object").ok()?;
    while tokens.goes_on(b'}', mem::take(&mut first)).ok()? {
        let name = tokens.name().ok()?;
        tokens.colon().ok()?;
        if name != "version" {
            tokens.skip().ok()?;
        } else if version.replace(tokens.number("an integer").ok()?).is_some() {
            return None;
        }
    }
    tokens.end().ok()?;
    version?.parse().ok()
}

/// Reads the name of a field as its number.
fn field(tokens: &mut Tokens<'_>, names: &[&str], likely: usize) -> Result<usize, Error> {
    if let Some(field) = tokens.known_name(names, likely) {
        return Ok(field);
    }
    let name = tokens.name()?;
    names.iter().position(|known| *known == name).ok_or_else(|| unknown_field(&name, names))
}

fn integer<'de, V: Visitor<'de>>(tokens: &mut Tokens<'de>, visitor: V) -> Result<V::Value, Error> {
    let number = tokens.number("an integer")?;
    if number == "-0" {
        return Err(not_integer(number));
    }
    if let Ok(integer) = number.parse() {
        return visitor.visit_i64(integer);
    }
    number.parse().map_err(|_| not_integer(number)).and_then(|integer| visitor.visit_u64(integer))
}

impl<'de> Deserializer<'de> for &mut Tokens<'de> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.open(b'{', "an object")?;
        visitor.visit_map(Fields { tokens: self, names, next: 0 })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.open(b'[', "a list")?;
        visitor.visit_seq(Elements { tokens: self, next: 0 })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum((&*self.string()?).into_deserializer())
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.string()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        integer(self, visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        integer(self, visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        integer(self, visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        integer(self, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.null()? { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("a record asks for a type that the wire format does not have"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i128 u8 u16 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct map identifier ignored_any
    }
}

/// A list whose faults know at which place they were found.
struct Elements<'r, 'de> {
    tokens: &'r mut Tokens<'de>,
    next: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let place = self.next;
        self.next += 1;
        let found = match self.tokens.goes_on(b']', place == 0) {
            Ok(true) if place == MAX_ELEMENTS => return Err(too_long()),
            Ok(true) => seed.deserialize(&mut *self.tokens),
            Ok(false) => return Ok(None),
            Err(fault) => Err(fault),
        };
        match found {
            Ok(element) => Ok(Some(element)),
            Err(fault) => Err(in_element(fault, place)),
        }
    }
}

/// An object whose faults know in which field they were found.
struct Fields<'r, 'de> {
    tokens: &'r mut Tokens<'de>,
    names: &'static [&'static str],
    /// The place after that of the field read last: where a record is written in order, that of the next.
    next: usize,
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if !self.tokens.goes_on(b'}', self.next == 0)? {
            return Ok(None);
        }
        let field = field(self.tokens, self.names, self.next)?;
        self.next = field + 1;
        // Derived code takes a field's number for its name.
        seed.deserialize(U64Deserializer::new(field as u64)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let value = self.tokens.colon().and_then(|()| seed.deserialize(&mut *self.tokens));
        value.map_err(|fault| in_field(fault, self.names, self.next - 1))
    }
}

// Apart: who calls them is there once for each type that is read.

#[cold]
#[inline(never)]
fn in_element(fault: Error, place: usize) -> Error {
    fault.below(&place)
}

#[cold]
#[inline(never)]
fn in_field(fault: Error, names: &[&str], field: usize) -> Error {
    fault.below(&names[field])
}

#[cold]
#[inline(never)]
fn unknown_field(name: &str, names: &[&str]) -> Error {
    Error::new(ErrorKind::UnknownField, &"", &format_args!("expected one of {}", listed(names))).below(&name)
}

#[cold]
#[inline(never)]
fn too_long() -> Error {
    let detail = format_args!("expected a list of at most {MAX_ELEMENTS} elements, found more");
    Error::new(ErrorKind::LimitExceeded, &"", &detail)
}

#[cold]
#[inline(never)]
fn too_large(found: &dyn fmt::Display) -> Error {
    let detail = format_args!("expected an integer that the field can hold, found {found}");
    Error::new(ErrorKind::OutOfRange, &"", &detail)
}

/// Returns the fault of a number that has a fraction or an exponent, or is beyond 2^64.
#[cold]
#[inline(never)]
fn not_integer(number: &str) -> Error {
    // What is beyond the integers that everybody keeps exact is too large, not fractional.
    if magnitude(number) >= magnitude(BEYOND_INTEGERS) {
        return too_large(&"a number beyond 2^53");
    }
    let detail = "expected an integer, found a number with a fraction or an exponent";
    Error::new(ErrorKind::WrongType, &"", &detail)
}

fn listed(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Returns what orders numbers by their size: the place of their first digit but 0, and their digits from there on.
fn magnitude(number: &str) -> (i64, String) {
    let number = number.trim_start_matches('-');
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return (i64::MIN, String::new());
    }
    let zeros = digits.len() - significant.len();
    let exponent: i64 =
        exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    let place = exponent.saturating_add_unsigned(whole.len() as u64).saturating_sub_unsigned(zeros as u64);
    (place, significant.to_string())
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

#[cfg(test)]
mod tests {
    use super::{MAX_ELEMENTS, read};
    use crate::snapshot::{SeatSet, Turn};
    use alloc::{format, string::ToString};

    fn fault(owed: &str) -> &'static str {
        let text = format!(r#"{{"agent":"a","owed":{owed}}}"#);
        read::<Turn<'_>>(text.as_bytes()).expect_err(owed).kind().code()
    }

    #[test]
    fn a_number_is_too_large_from_2_to_the_53_on() {
        for owed in [
            "9007199254740991.5",
            "9.007199254740991e15",
            "0e999",
            "-0.0e99999999999999999999",
            "1e-99999999999999999999",
        ] {
            assert_eq!(fault(owed), "wrong_type", "{owed}");
        }
        for owed in [
            "9007199254740992.0",
            "-9.007199254740992e15",
            "0.09007199254740993e17",
            "1e16",
            "1e99999999999999999999",
        ] {
            assert_eq!(fault(owed), "out_of_range", "{owed}");
        }
    }

    #[test]
    fn a_list_has_at_most_4_194_304_elements() {
        let text = |count| format!(r#"{{"from":0,"seats":[{}0]}}"#, "0,".repeat(count - 1));
        let seats = |count| read::<SeatSet>(text(count).as_bytes()).map(|set| set.seats.len());
        assert_eq!(seats(MAX_ELEMENTS).ok(), Some(MAX_ELEMENTS));
        let fault = seats(MAX_ELEMENTS + 1).expect_err("it is too long");
        assert_eq!((fault.kind().code(), fault.path()), ("limit_exceeded", "/seats"));
    }

    #[test]
    fn what_is_malformed_says_where() {
        let fault = read::<Turn<'_>>(b"{\n  \"agent\" 1}").expect_err("no colon");
        assert_eq!(fault.to_string(), "malformed JSON at `/agent`: expected `:`, at line 2, byte 11");
    }
}
