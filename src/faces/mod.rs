//! The doors: one wire format, several ways in.

#[cfg(feature = "json")]
pub(crate) mod json;
#[cfg(feature = "json")]
mod read;
