//! The library and the runner.

mod buffers;
mod cache;
mod check;
mod explain;
mod guest;
mod hostile;
mod limits;
mod run;
mod support;
