//! What one call may use, and what it has used so far.

use crate::Limits;
use std::time::Instant;
use wasmtime::{ResourceLimiter, Result, bail};

/// The largest table a guest may have, in elements; Evenhand's has some hundred.
const TABLE: usize = 10_000;

/// The state of a store: one call.
pub(crate) struct Meter {
    pub(crate) limits: Limits,
    pub(crate) started: Instant,
    /// The bytes of all its memories. They never shrink, so this is their peak too.
    pub(crate) memory: usize,
    /// What it may have, once it wanted more memory than that.
    pub(crate) denied: Option<usize>,
}

impl Meter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, started: Instant::now(), memory: 0, denied: None }
    }
}

impl ResourceLimiter for Meter {
    /// Ends a call that wants too much: a guest that is told no might answer all the same.
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let memory = self.memory.saturating_add(desired - current);
        let most = self.limits.memory.min(maximum.unwrap_or(usize::MAX));
        if memory > most {
            self.denied = Some(most);
            bail!("out of memory");
        }
        self.memory = memory;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(desired <= TABLE)
    }

    fn instances(&self) -> usize {
        10
    }

    fn tables(&self) -> usize {
        10
    }

    fn memories(&self) -> usize {
        1
    }
}
