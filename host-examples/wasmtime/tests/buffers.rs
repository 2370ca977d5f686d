//! The core module holds as many buffers as a host likes, and one more costs no more than the first.

use crate::support::{CORE, dist};
use wasmtime::{Config, Engine, Instance, Module, Store, TypedFunc};

const FEW: usize = 64;
const MANY: usize = 32_768;

/// Returns what it costs to plan one buffer, give it back and get another while so many are held, in instructions.
fn cost(engine: &Engine, module: &Module, held: usize) -> u64 {
    let mut store = Store::new(engine, ());
    store.set_fuel(u64::MAX).expect("fuel is counted");
    let instance = Instance::new(&mut store, module, &[]).expect("it needs nothing");
    let contract = "docs/abi.md names it";
    let alloc: TypedFunc<u32, u32> = instance.get_typed_func(&mut store, "evenhand_alloc").expect(contract);
    let plan: TypedFunc<(u32, u32), u64> =
        instance.get_typed_func(&mut store, "evenhand_plan").expect(contract);
    let free: TypedFunc<(u32, u32), ()> =
        instance.get_typed_func(&mut store, "evenhand_free").expect(contract);
    let buffers: Vec<_> = (0..held).map(|_| alloc.call(&mut store, 8).expect("it ends")).collect();
    let buffer = buffers[held / 2];
    let before = store.get_fuel().expect("fuel is counted");
    plan.call(&mut store, (buffer, 8)).expect("it ends");
    free.call(&mut store, (buffer, 8)).expect("it ends");
    assert_ne!(alloc.call(&mut store, 8).expect("it ends"), 0);
    before - store.get_fuel().expect("fuel is counted")
}

#[test]
fn a_buffer_costs_the_same_however_many_are_held() {
    let engine = Engine::new(Config::new().consume_fuel(true)).expect("it can count fuel");
    let module = Module::from_file(&engine, dist().join(CORE)).expect("`cargo xtask modules` makes it");
    let [few, many] = [FEW, MANY].map(|held| cost(&engine, &module, held));
    println!("{few} instructions with {FEW} buffers held, {many} with {MANY}");
    assert!(many < 2 * few);
}
