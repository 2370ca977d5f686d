//! Looks at the clock on behalf of the calls under way.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::{thread, time::Duration};
use wasmtime::Engine;

/// How often a call looks at the clock.
const BEAT: Duration = Duration::from_millis(10);

/// A thread that moves the engine's epoch on while calls are under way, and sleeps otherwise.
pub(crate) struct Watch(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    calls: usize,
    closed: bool,
}

impl Watch {
    pub(crate) fn new(engine: Engine) -> Self {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            while of_thread.wait_for_a_call() {
                thread::sleep(BEAT);
                engine.increment_epoch();
            }
        });
        Self(shared)
    }

    /// Watches until what it returns is dropped.
    pub(crate) fn begin(&self) -> Watched<'_> {
        self.0.change(|state| state.calls += 1);
        Watched(&self.0)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.change(|state| state.closed = true);
    }
}

/// A call under way.
pub(crate) struct Watched<'a>(&'a Shared);

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.calls -= 1);
    }
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Returns whether there is a call to watch; false at the end.
    fn wait_for_a_call(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |state: &mut State| state.calls == 0 && !state.closed;
        let state = self.changed.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner);
        !state.closed
    }
}
