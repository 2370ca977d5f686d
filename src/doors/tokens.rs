//! The tokens of a JSON text, one after the other.

use crate::error::{Error, ErrorKind};
use alloc::{borrow::Cow, string::String, vec::Vec};
use core::{fmt, mem, slice};
use hifijson::{SliceLexer, num::LexWrite as _, str::Lex as _, str::LexAlloc as _, token::Lex as _};

/// A text, and what is left of it.
///
/// What most texts consist of is looked at here, byte by byte; the lexer is asked for the rest.
pub(super) struct Tokens<'de> {
    text: &'de [u8],
    /// As much of it as is UTF-8.
    valid: &'de str,
    rest: &'de [u8],
    /// The next strings that have an escape, where somebody keeps them.
    kept: slice::Iter<'de, String>,
}

/// Returns the strings of a text that have an escape, in their order, up to the first that is malformed.
pub(super) fn escaped(text: &[u8]) -> Vec<String> {
    let mut tokens = Tokens::new(text);
    let mut found = Vec::new();
    while let Some(at) = tokens.rest.iter().position(|&byte| byte == b'"') {
        tokens.rest = &tokens.rest[at..];
        match tokens.string() {
            Ok(Cow::Owned(text)) => found.push(text),
            Ok(Cow::Borrowed(_)) => {}
            Err(_) => break,
        }
    }
    found
}

/// Returns where the first quotation mark, backslash or control character stands.
fn end_of_plain(text: &[u8]) -> Option<usize> {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    // Eight bytes at once: the highest bit of each that is below another number, up to the first at the least.
    let below = |bytes: u64, least: u8| bytes.wrapping_sub(EACH * u64::from(least)) & !bytes & (EACH << 7);
    let same = |bytes: u64, byte: u8| below(bytes ^ (EACH * u64::from(byte)), 1);
    let (words, rest) = text.as_chunks();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = same(word, b'"') | same(word, b'\\') | below(word, b' ');
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '))?;
    Some(text.len() - rest.len() + end)
}

impl<'de> Tokens<'de> {
    pub(super) fn new(text: &'de [u8]) -> Self {
        let valid = str::from_utf8(text).or_else(|fault| str::from_utf8(&text[..fault.valid_up_to()]));
        Self { text, valid: valid.unwrap_or_default(), rest: text, kept: [].iter() }
    }

    /// Reads strings that have an escape from where [`escaped`] has put them, so that all of them are borrowed.
    pub(super) fn keeping(text: &'de [u8], escaped: &'de [String]) -> Self {
        Self { kept: escaped.iter(), ..Self::new(text) }
    }

    fn lex<T, E: fmt::Display>(
        &mut self,
        token: impl FnOnce(&mut SliceLexer<'de>) -> Result<T, E>,
    ) -> Result<T, Error> {
        let mut lexer = SliceLexer::new(self.rest);
        let token = token(&mut lexer);
        self.rest = lexer.as_slice();
        token.map_err(|fault| self.malformed(&fault))
    }

    #[cold]
    #[inline(never)]
    fn malformed(&self, detail: &dyn fmt::Display) -> Error {
        let before = &self.text[..self.at()];
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before.rsplit(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len) + 1;
        let detail = format_args!("{detail}, at line {line}, byte {column}");
        Error::new(ErrorKind::MalformedJson, &"", &detail)
    }

    fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    /// Returns the first byte of the next token, which it leaves there.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        while let [byte @ ..=b' ', rest @ ..] = self.rest {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                break;
            }
            self.rest = rest;
        }
        self.rest.first().copied()
    }

    #[inline]
    fn next(&mut self) -> Result<u8, Error> {
        self.peek().ok_or_else(|| self.malformed(&"the text ends too soon"))
    }

    pub(super) fn end(&mut self) -> Result<(), Error> {
        self.peek().map_or(Ok(()), |_| Err(self.malformed(&"expected the end of the text")))
    }

    /// Takes the byte with which a value of the wanted type begins.
    pub(super) fn open(&mut self, first: u8, wanted: &str) -> Result<(), Error> {
        let next = self.next()?;
        if next != first {
            return Err(self.wrong_type(next, wanted));
        }
        self.rest = &self.rest[1..];
        Ok(())
    }

    /// Returns whether another field or element follows, and takes what stands before it.
    pub(super) fn goes_on(&mut self, end: u8, first: bool) -> Result<bool, Error> {
        let next = self.next()?;
        if next != end && first {
            return Ok(true);
        }
        if next != end && next != b',' {
            return Err(self.malformed(&format_args!("expected `,` or `{}`", char::from(end))));
        }
        self.rest = &self.rest[1..];
        Ok(next != end)
    }

    /// Takes one of the names that are known, where it stands without an escape, and returns which. The likely one is tried first.
    pub(super) fn known_name(&mut self, names: &[&str], likely: usize) -> Option<usize> {
        self.peek();
        let text = self.rest.strip_prefix(b"\"")?;
        for field in (likely..names.len()).chain(0..likely) {
            let name = names[field];
            // Nearly every other is told apart by its length.
            if text.get(name.len()) == Some(&b'"') && text.starts_with(name.as_bytes()) {
                self.rest = &text[name.len() + 1..];
                return Some(field);
            }
        }
        None
    }

    pub(super) fn name(&mut self) -> Result<Cow<'de, str>, Error> {
        if self.next()? != b'"' {
            return Err(self.malformed(&"expected the name of a field"));
        }
        self.string()
    }

    pub(super) fn colon(&mut self) -> Result<(), Error> {
        if self.next()? != b':' {
            return Err(self.malformed(&"expected `:`"));
        }
        self.rest = &self.rest[1..];
        Ok(())
    }

    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, Error> {
        self.open(b'"', "a string")?;
        // Without an escape it is a piece of the text.
        if let Some(end) = end_of_plain(self.rest)
            && let [b'"', rest @ ..] = &self.rest[end..]
            && let Some(text) = self.valid.get(self.at()..self.at() + end)
        {
            self.rest = rest;
            return Ok(Cow::Borrowed(text));
        }
        let text = self.lex(SliceLexer::str_string)?;
        Ok(self.kept.next().map_or(text, |kept| Cow::Borrowed(kept)))
    }

    pub(super) fn number(&mut self, wanted: &str) -> Result<&'de str, Error> {
        let next = self.next()?;
        if !matches!(next, b'-' | b'0'..=b'9') {
            return Err(self.wrong_type(next, wanted));
        }
        let (number, _) = self.lex(|lexer| lexer.num_string().validated())?;
        // To the lexer `01` is two numbers.
        match self.rest {
            [b'0'..=b'9', ..] => Err(self.malformed(&"expected no digit after a leading 0")),
            _ => Ok(number),
        }
    }

    /// Returns whether the value is null, and takes it then.
    pub(super) fn null(&mut self) -> Result<bool, Error> {
        let null = self.next()? == b'n';
        if null {
            self.lex(|lexer| lexer.null_or_bool().ok_or("expected a value"))?;
        }
        Ok(null)
    }

    /// Returns the fault of a value that begins with `next`: its own, if it is no JSON, or its type.
    #[cold]
    #[inline(never)]
    fn wrong_type(&mut self, next: u8, wanted: &str) -> Error {
        let found = match next {
            b'{' => "an object",
            b'[' => "a list",
            b'"' => "a string",
            b'-' | b'0'..=b'9' => "a number",
            b'n' => "null",
            _ => "a boolean",
        };
        // A list or an object may go on for long; what it is has been seen.
        let whole = match next {
            b'{' | b'[' => Ok(()),
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.number(wanted).map(drop),
            _ => self.lex(|lexer| lexer.null_or_bool().map(drop).ok_or("expected a value")),
        };
        let detail = format_args!("expected {wanted}, found {found}");
        whole.map_or_else(|fault| fault, |()| Error::new(ErrorKind::WrongType, &"", &detail))
    }

    /// Passes over a value of any depth.
    pub(super) fn skip(&mut self) -> Result<(), Error> {
        // No recursion: the stack ends long before the text.
        let mut open = Vec::new();
        loop {
            match self.next()? {
                begin @ (b'[' | b'{') => {
                    self.rest = &self.rest[1..];
                    open.push((if begin == b'[' { b']' } else { b'}' }, true));
                }
                b'"' => self.lex(|lexer| lexer.discarded().str_ignore())?,
                b'-' | b'0'..=b'9' => drop(self.number("a value")?),
                _ => self.lex(|lexer| lexer.null_or_bool().map(drop).ok_or("expected a value"))?,
            }
            loop {
                let Some((end, first)) = open.last_mut() else { return Ok(()) };
                if !self.goes_on(*end, mem::take(first))? {
                    open.pop();
                    continue;
                }
                if *end == b'}' {
                    self.name()?;
                    self.colon()?;
                }
                break;
            }
        }
    }
}
