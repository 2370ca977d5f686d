//! The tests of the crate, in one program: what they share is compiled once.

mod adversarial;
mod brute;
mod cases;
mod check;
mod codes;
mod compat;
mod differential;
mod documents;
mod explain;
mod fairness;
mod model;
mod parity;
mod properties;
#[cfg(feature = "schema")]
mod schema;
mod situations;
mod suite;
mod support;
mod words;
