//! The doors: one wire format, several ways in.

#[cfg(all(feature = "abi", target_arch = "wasm32"))]
mod abi;
#[cfg(all(feature = "component", target_arch = "wasm32"))]
mod component;
#[cfg(all(feature = "faults", target_arch = "wasm32"))]
mod faults;
#[cfg(feature = "js")]
mod js;
#[cfg(feature = "json")]
pub(crate) mod json;
#[cfg(feature = "js")]
mod objects;
#[cfg(feature = "json")]
mod read;
#[cfg(feature = "json")]
mod tokens;
#[cfg(feature = "json")]
pub(crate) mod write;
