//! The doors: one wire format, several ways in.

#[cfg(feature = "js")]
mod js;
#[cfg(feature = "json")]
pub(crate) mod json;
#[cfg(feature = "json")]
mod read;
