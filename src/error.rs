//! Why a snapshot was refused: what kind of fault, where, and what was expected there.

use alloc::{
    boxed::Box,
    string::{String, ToString},
};
use core::fmt;

/// The fault for which a snapshot was refused.
///
/// Nothing was decided and no cursor moved: the host keeps its state and may call again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(
    // Boxed, so that what may fail returns one word more and not seven.
    Box<Fault>,
);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    kind: ErrorKind,
    path: String,
    detail: String,
}

impl Error {
    // Faults are rare and found in many places: all of them are made here, out of the way.
    #[cold]
    #[inline(never)]
    pub(crate) fn new(kind: ErrorKind, path: &dyn fmt::Display, detail: &dyn fmt::Display) -> Self {
        Self(Box::new(Fault { kind, path: path.to_string(), detail: detail.to_string() }))
    }

    /// Returns the kind of fault.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns where the fault is: a JSON Pointer (RFC 6901) into the snapshot, empty for the
    /// snapshot as a whole.
    ///
    /// An unknown, missing or duplicate field is named by the pointer itself.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Puts the fault one level deeper: it was found below `step` of its parent.
    #[cfg(feature = "json")]
    #[cold]
    #[inline(never)]
    pub(crate) fn below(mut self, step: &dyn fmt::Display) -> Self {
        let mut path = String::from("/");
        for character in step.to_string().chars() {
            match character {
                '~' => path.push_str("~0"),
                '/' => path.push_str("~1"),
                other => path.push(other),
            }
        }
        self.0.path.insert_str(0, &path);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { kind, path, detail } = &*self.0;
        f.write_str(kind.text())?;
        if !path.is_empty() {
            write!(f, " at `{path}`")?;
        }
        write!(f, ": {detail}")
    }
}

impl core::error::Error for Error {}

/// The kinds of fault. New kinds may be added; a code, once given, never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not JSON, or holds a string that is not Unicode (a lone surrogate).
    MalformedJson,
    /// A value of another type was expected.
    WrongType,
    /// A record has a field that wire version 1 does not know.
    UnknownField,
    /// A record lacks a field.
    MissingField,
    /// A record has the same field twice.
    DuplicateField,
    /// A word from a closed list was expected: a team's assignment, a cursor's rule.
    UnknownValue,
    /// An integer is too small or too large.
    OutOfRange,
    /// An id is empty or longer than [`MAX_ID_BYTES`](crate::MAX_ID_BYTES).
    InvalidId,
    /// The same id stands twice where it may stand once.
    DuplicateId,
    /// Teams that rotate by different rules, or by a legacy one, name the same rotation.
    MixedRotation,
    /// The snapshot is of a wire version that this build does not read.
    UnsupportedVersion,
    /// The snapshot is larger than one call takes.
    LimitExceeded,
    /// What must not happen: a defect of Evenhand itself.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::MalformedJson,
        Self::WrongType,
        Self::UnknownField,
        Self::MissingField,
        Self::DuplicateField,
        Self::UnknownValue,
        Self::OutOfRange,
        Self::InvalidId,
        Self::DuplicateId,
        Self::MixedRotation,
        Self::UnsupportedVersion,
        Self::LimitExceeded,
        Self::Internal,
    ];

    /// Returns the stable code that programs compare.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed_json",
            Self::WrongType => "wrong_type",
            Self::UnknownField => "unknown_field",
            Self::MissingField => "missing_field",
            Self::DuplicateField => "duplicate_field",
            Self::UnknownValue => "unknown_value",
            Self::OutOfRange => "out_of_range",
            Self::InvalidId => "invalid_id",
            Self::DuplicateId => "duplicate_id",
            Self::MixedRotation => "mixed_rotation",
            Self::UnsupportedVersion => "unsupported_version",
            Self::LimitExceeded => "limit_exceeded",
            Self::Internal => "internal",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::MalformedJson => "malformed JSON",
            Self::WrongType => "wrong type",
            Self::UnknownField => "unknown field",
            Self::MissingField => "missing field",
            Self::DuplicateField => "duplicate field",
            Self::UnknownValue => "unknown value",
            Self::OutOfRange => "out of range",
            Self::InvalidId => "invalid id",
            Self::DuplicateId => "duplicate id",
            Self::MixedRotation => "mixed rotation",
            Self::UnsupportedVersion => "unsupported version",
            Self::LimitExceeded => "limit exceeded",
            Self::Internal => "internal error",
        }
    }
}
