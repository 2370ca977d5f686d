//! The child of the project's bench of runtimes: speaks lines of JSON, and times an Evenhand in wasmtime.
//!
//! `bench core MODULE` and `bench component COMPONENT` measure wasmtime bare, without any limit, in an instance
//! that stays; `bench host MODULE` measures this library: every limit, and an instance per call.

use clap::{Parser, ValueEnum};
use evenhand_wasmtime::{Call, Limits, Planner};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::{error::Error, fs, hint::black_box, io, time::Instant};
use wasmtime::component::{self, Component};
use wasmtime::{Config, Engine, InstancePre, Linker, Memory, Module, Store, TypedFunc};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// More than any call takes.
const FUEL: u64 = 1 << 62;

/// A way in that can be timed.
trait Door {
    /// Compiles, loads what was compiled, makes instances and keeps one; returns the times.
    fn load(&mut self, instances: usize) -> Result<Value>;
    /// Returns the plan's text.
    fn plan(&mut self, snapshot: &[u8]) -> Result<Vec<u8>>;
    /// Returns how many instructions a plan takes.
    fn fuel(&mut self, snapshot: &[u8]) -> Result<u64>;
}

#[derive(Parser)]
struct Options {
    kind: Kind,
    module: PathBuf,
}

#[derive(Clone, ValueEnum)]
enum Kind {
    Core,
    Component,
    Host,
}

fn main() -> Result<()> {
    let Options { kind, module } = Options::parse();
    let bytes = fs::read(module)?;
    let mut door: Box<dyn Door> = match kind {
        Kind::Core => Box::new(Bare::<Core>::new(bytes)),
        Kind::Component => Box::new(Bare::<bindings::Evenhand>::new(bytes)),
        Kind::Host => Box::new(Host { bytes, planner: None }),
    };
    for line in io::stdin().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        println!("{}", answer(&mut *door, &request)?);
    }
    Ok(())
}

fn answer(door: &mut dyn Door, request: &Value) -> Result<Value> {
    let number = |name: &str| request[name].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
    let snapshot = || Ok::<_, Box<dyn Error>>(fs::read(request["snapshot"].as_str().ok_or("no snapshot")?)?);
    match request["do"].as_str() {
        Some("load") => door.load(number("instances")),
        Some("plan") => {
            let snapshot = snapshot()?;
            let mut times = Vec::new();
            let mut plan = Vec::new();
            for _ in 0..number("calls") {
                let start = Instant::now();
                plan = black_box(door.plan(&snapshot)?);
                times.push(nanoseconds(start));
            }
            if let Some(path) = request["answer"].as_str() {
                fs::write(path, plan)?;
            }
            Ok(json!({ "times": times }))
        }
        Some("fuel") => Ok(json!({ "fuel": door.fuel(&snapshot()?)? })),
        other => Err(format!("there is no request {other:?}").into()),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "nobody waits 500 years")]
fn nanoseconds(start: Instant) -> u64 {
    start.elapsed().as_nanos() as u64
}

/// A core module or a component without any limit.
trait Guest: Sized {
    type Compiled: Clone;
    type Ready;
    fn compile(engine: &Engine, bytes: &[u8]) -> Result<Self::Compiled>;
    fn serialize(compiled: &Self::Compiled) -> Result<Vec<u8>>;
    fn deserialize(engine: &Engine, file: &Path) -> Result<Self::Compiled>;
    fn ready(engine: &Engine, compiled: &Self::Compiled) -> Result<Self::Ready>;
    /// Makes an instance.
    fn instantiate(ready: &Self::Ready, store: &mut Store<()>) -> Result<Self>;
    fn plan(&self, store: &mut Store<()>, snapshot: &[u8]) -> Result<Vec<u8>>;
}

struct Bare<G: Guest> {
    bytes: Vec<u8>,
    instance: Option<(Store<()>, G)>,
    counted: Option<(Store<()>, G)>,
}

impl<G: Guest> Bare<G> {
    const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, instance: None, counted: None }
    }
}

impl<G: Guest> Door for Bare<G> {
    fn load(&mut self, instances: usize) -> Result<Value> {
        let engine = Engine::default();
        let start = Instant::now();
        let compiled = G::compile(&engine, &self.bytes)?;
        let compile = nanoseconds(start);

        let folder = tempfile::tempdir()?;
        let file = folder.path().join("evenhand.cwasm");
        fs::write(&file, G::serialize(&compiled)?)?;
        let start = Instant::now();
        let loaded = G::deserialize(&engine, &file)?;
        let load = nanoseconds(start);

        let ready = G::ready(&engine, &loaded)?;
        let mut instantiate = Vec::new();
        for _ in 0..instances {
            let start = Instant::now();
            let mut store = Store::new(&engine, ());
            let guest = black_box(G::instantiate(&ready, &mut store)?);
            instantiate.push(nanoseconds(start));
            self.instance = Some((store, guest));
        }
        Ok(json!({ "compile": compile, "load": load, "instantiate": instantiate }))
    }

    fn plan(&mut self, snapshot: &[u8]) -> Result<Vec<u8>> {
        let (store, guest) = self.instance.as_mut().ok_or("not loaded")?;
        guest.plan(store, snapshot)
    }

    fn fuel(&mut self, snapshot: &[u8]) -> Result<u64> {
        if self.counted.is_none() {
            let engine = Engine::new(Config::new().consume_fuel(true))?;
            let ready = G::ready(&engine, &G::compile(&engine, &self.bytes)?)?;
            let mut store = Store::new(&engine, ());
            store.set_fuel(FUEL)?;
            let guest = G::instantiate(&ready, &mut store)?;
            self.counted = Some((store, guest));
        }
        let (store, guest) = self.counted.as_mut().ok_or("not loaded")?;
        let before = store.get_fuel()?;
        guest.plan(store, snapshot)?;
        Ok(before - store.get_fuel()?)
    }
}

struct Core {
    memory: Memory,
    alloc: TypedFunc<u32, u32>,
    free: TypedFunc<(u32, u32), ()>,
    plan: TypedFunc<(u32, u32), u64>,
}

impl Guest for Core {
    type Compiled = Module;
    type Ready = InstancePre<()>;

    fn compile(engine: &Engine, bytes: &[u8]) -> Result<Module> {
        Ok(Module::new(engine, bytes)?)
    }

    fn serialize(module: &Module) -> Result<Vec<u8>> {
        Ok(module.serialize()?)
    }

    #[expect(unsafe_code, reason = "the file was written a moment ago, in a folder of our own")]
    fn deserialize(engine: &Engine, file: &Path) -> Result<Module> {
        Ok(unsafe { Module::deserialize_file(engine, file) }?)
    }

    fn ready(engine: &Engine, module: &Module) -> Result<InstancePre<()>> {
        Ok(Linker::new(engine).instantiate_pre(module)?)
    }

    fn instantiate(ready: &InstancePre<()>, store: &mut Store<()>) -> Result<Self> {
        let instance = ready.instantiate(&mut *store)?;
        Ok(Self {
            memory: instance.get_memory(&mut *store, "memory").ok_or("it exports no memory")?,
            alloc: instance.get_typed_func(&mut *store, "evenhand_alloc")?,
            free: instance.get_typed_func(&mut *store, "evenhand_free")?,
            plan: instance.get_typed_func(&mut *store, "evenhand_plan")?,
        })
    }

    fn plan(&self, store: &mut Store<()>, snapshot: &[u8]) -> Result<Vec<u8>> {
        let len = u32::try_from(snapshot.len())?;
        let address = self.alloc.call(&mut *store, len)?;
        self.memory.write(&mut *store, address as usize, snapshot)?;
        let packed = self.plan.call(&mut *store, (address, len))?;
        let (start, length) = (u32::try_from(packed >> 32)?, u32::try_from(packed & u64::from(u32::MAX))?);
        let answer = &self.memory.data(&*store)[start as usize..][..length as usize];
        let plan = answer.strip_prefix(br#"{"ok":"#).and_then(|answer| answer.strip_suffix(b"}"));
        let plan = plan.ok_or_else(|| String::from_utf8_lossy(answer))?.to_vec();
        self.free.call(&mut *store, (address, len))?;
        self.free.call(store, (start, length))?;
        Ok(plan)
    }
}

mod bindings {
    wasmtime::component::bindgen!({ path: "wit", world: "evenhand" });
}

impl Guest for bindings::Evenhand {
    type Compiled = Component;
    type Ready = bindings::EvenhandPre<()>;

    fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component> {
        Ok(Component::new(engine, bytes)?)
    }

    fn serialize(component: &Component) -> Result<Vec<u8>> {
        Ok(component.serialize()?)
    }

    #[expect(unsafe_code, reason = "the file was written a moment ago, in a folder of our own")]
    fn deserialize(engine: &Engine, file: &Path) -> Result<Component> {
        Ok(unsafe { Component::deserialize_file(engine, file) }?)
    }

    fn ready(engine: &Engine, component: &Component) -> Result<Self::Ready> {
        Ok(bindings::EvenhandPre::new(component::Linker::new(engine).instantiate_pre(component)?)?)
    }

    fn instantiate(ready: &Self::Ready, store: &mut Store<()>) -> Result<Self> {
        Ok(ready.instantiate(store)?)
    }

    fn plan(&self, store: &mut Store<()>, snapshot: &[u8]) -> Result<Vec<u8>> {
        let answer = self.evenhand_plugin_planner().call_plan(store, snapshot)?;
        answer.map_err(|refusal| refusal.message.into())
    }
}

/// The library as its users have it.
struct Host {
    bytes: Vec<u8>,
    planner: Option<Planner>,
}

impl Host {
    fn call(&self, snapshot: &[u8]) -> Result<Call> {
        let planner = self.planner.as_ref().ok_or("not loaded")?;
        Ok(planner.call(snapshot, Limits::of(snapshot)))
    }
}

impl Door for Host {
    fn load(&mut self, _: usize) -> Result<Value> {
        let start = Instant::now();
        self.planner = Some(Planner::new(&self.bytes, None)?);
        Ok(json!({ "compile": nanoseconds(start) }))
    }

    fn plan(&mut self, snapshot: &[u8]) -> Result<Vec<u8>> {
        Ok(self.call(snapshot)?.answer?.into_bytes())
    }

    fn fuel(&mut self, snapshot: &[u8]) -> Result<u64> {
        Ok(self.call(snapshot)?.cost.instructions)
    }
}
