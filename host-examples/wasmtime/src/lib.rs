//! Runs Evenhand in wasmtime, within limits: a snapshot goes in, a plan and what it cost come out.
//!
//! ```no_run
//! use evenhand_wasmtime::{Limits, Planner};
//!
//! let planner = Planner::load("dist/evenhand.core.wasm".as_ref(), None)?;
//! let snapshot = br#"{"version":1,"agents":[],"teams":[],"conversations":[]}"#;
//! let call = planner.call(snapshot, Limits::of(snapshot));
//! println!("{} with {} instructions", call.answer?, call.cost.instructions);
//! # Ok::<(), evenhand_wasmtime::Error>(())
//! ```
//!
//! Each call gets an instance of its own, which shares nothing with any other and is thrown away
//! after it. So a call cannot leave anything behind, not even by a trap, and calls may run on many
//! threads at once.

mod answer;
mod cache;
mod component;
mod core_module;
mod error;
pub mod limits;
mod meter;
mod plan;
mod planner;
mod watch;
mod work;

pub use error::{Error, Refusal};
pub use limits::Limits;
pub use plan::{
    Bottleneck, BottleneckAgent, BottleneckClass, Decision, LoadChange, Needed, PassedOver, Plan, Waiting,
};
pub use planner::{Call, Cost, Planner};
