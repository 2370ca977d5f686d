//! A module that is ready to plan.

use crate::component::PlannerComponent;
use crate::core_module::CoreModule;
use crate::meter::Meter;
use crate::watch::Watch;
use crate::{Error, Limits, cache};
use serde::Serialize;
use std::{fs, path::Path, time::Duration};
use wasmtime::{Config, Engine, Store, Trap, UpdateDeadline};

/// A core module or a component, compiled. Calls may run at once on many threads.
pub struct Planner {
    engine: Engine,
    door: Door,
    watch: Watch,
}

enum Door {
    Core(CoreModule),
    Component(PlannerComponent),
}

/// What a guest is asked about a snapshot.
#[derive(Clone, Copy)]
pub(crate) enum Question<'a> {
    Plan,
    /// Of the conversation of this id.
    Explain(&'a str),
    /// This plan.
    Check(&'a [u8]),
}

/// What came of a call.
#[derive(Debug)]
pub struct Call {
    /// The text of the plan, the explanation or the violations, canonical, or why there is none.
    pub answer: Result<String, Error>,
    /// What it cost, also where there is no plan.
    pub cost: Cost,
}

/// What a call cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Instructions, as wasmtime counts its fuel. The same for the same module and snapshot, everywhere.
    pub instructions: u64,
    /// The most memory that it had, in bytes.
    pub memory: usize,
    /// The length of the snapshot, in bytes.
    pub input: usize,
    /// The length of the answer, in bytes; 0 where there is none.
    pub output: usize,
    /// How long it took, making the instance included.
    #[serde(rename = "microseconds", serialize_with = "microseconds")]
    pub time: Duration,
}

impl Planner {
    /// Loads a core module or a component; which of them it is, the file says itself. With a `cache`, a folder that nobody
    /// else can write, what was compiled is kept there for the next time.
    ///
    /// # Errors
    /// `Unreadable`, `Cache`, and `BadGuest` for a file that is no Evenhand.
    pub fn load(path: &Path, cache: Option<&Path>) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        Self::new(&bytes, cache)
    }

    /// Loads the bytes of such a file.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn new(bytes: &[u8], cache: Option<&Path>) -> Result<Self, Error> {
        let mut config = Config::new();
        config.consume_fuel(true).epoch_interruption(true);
        config.cache(cache.map(cache::open).transpose()?);
        let bad = |error: wasmtime::Error| Error::BadGuest(format!("{error:#}"));
        let engine = Engine::new(&config).map_err(bad)?;
        // A module and a component differ in what stands for the version.
        let door = if bytes.get(4..8) == Some(&[0x0d, 0, 1, 0]) {
            PlannerComponent::new(&engine, bytes).map(Door::Component)
        } else {
            CoreModule::new(&engine, bytes).map(Door::Core)
        };
        Ok(Self { door: door.map_err(bad)?, watch: Watch::new(engine.clone()), engine })
    }

    /// Plans a snapshot within `limits`, in an instance of its own.
    pub fn call(&self, snapshot: &[u8], limits: Limits) -> Call {
        self.ask(snapshot, Question::Plan, limits)
    }

    /// Explains what the plan for a snapshot decides for a conversation, likewise; the answer is `null` where the snapshot has none of
    /// this id. [`Limits::to_explain`] allows for it.
    pub fn explain(&self, snapshot: &[u8], conversation: &str, limits: Limits) -> Call {
        self.ask(snapshot, Question::Explain(conversation), limits)
    }

    /// Says what is wrong with a plan for a snapshot, whoever made it, likewise: a list in JSON, `[]` for a sound plan. What it may cost
    /// is promised nowhere: as a rule as much again as the plan.
    pub fn check(&self, snapshot: &[u8], plan: &[u8], limits: Limits) -> Call {
        self.ask(snapshot, Question::Check(plan), limits)
    }

    fn ask(&self, snapshot: &[u8], question: Question<'_>, limits: Limits) -> Call {
        let _watched = self.watch.begin();
        let mut store = Store::new(&self.engine, Meter::new(limits));
        let answer = self.answer(&mut store, snapshot, question);
        let answer = answer.unwrap_or_else(|error| Err(fault(&error, store.data())));
        let meter = store.data();
        let cost = Cost {
            instructions: limits.instructions - store.get_fuel().unwrap_or_default(),
            memory: meter.memory,
            input: snapshot.len(),
            output: answer.as_ref().map_or(0, String::len),
            time: meter.started.elapsed(),
        };
        Call { answer, cost }
    }

    fn answer(
        &self,
        store: &mut Store<Meter>,
        snapshot: &[u8],
        question: Question<'_>,
    ) -> wasmtime::Result<Result<String, Error>> {
        store.limiter(|meter| meter);
        store.set_fuel(store.data().limits.instructions)?;
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| {
            let Meter { limits, started, .. } = store.data();
            let late = started.elapsed() >= limits.deadline;
            Ok(if late { UpdateDeadline::Interrupt } else { UpdateDeadline::Continue(1) })
        });
        match &self.door {
            Door::Core(module) => module.answer(store, snapshot, question),
            Door::Component(component) => component.answer(store, snapshot, question),
        }
    }
}

/// Returns what an error of the runtime means.
fn fault(error: &wasmtime::Error, meter: &Meter) -> Error {
    let limits = meter.limits;
    if let Some(limit) = meter.denied {
        return Error::OutOfMemory { limit };
    }
    match error.downcast_ref() {
        Some(Trap::OutOfFuel) => Error::OutOfFuel { limit: limits.instructions },
        Some(Trap::Interrupt) => Error::Deadline { limit: limits.deadline },
        Some(trap) => Error::Trapped { trap: trap.to_string(), panic: None },
        None => Error::BadGuest(format!("{error:#}")),
    }
}

pub(crate) fn microseconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(time.as_micros())
}
