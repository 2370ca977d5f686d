//! The door of the core module: bytes in, bytes out, as `docs/abi.md` of Evenhand has it.

use crate::{Error, answer, meter::Meter, planner::Question};
use wasmtime::{
    Engine, Instance, InstancePre, Linker, Module, Store, Trap, TypedFunc, WasmParams, WasmResults,
};

/// The ABI that this host speaks.
const ABI: u32 = 1;
/// What reading the text of a panic may cost, and how much of it is read.
const FOR_PANIC: u64 = 100_000;
const PANIC_TEXT: usize = 4096;

pub(crate) struct CoreModule(InstancePre<Meter>);

impl CoreModule {
    pub(crate) fn new(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Self> {
        Ok(Self(Linker::new(engine).instantiate_pre(&Module::new(engine, bytes)?)?))
    }

    /// Returns the answer to a question about a snapshot. The errors of the guest itself are `wasmtime`'s yet.
    pub(crate) fn answer(
        &self,
        store: &mut Store<Meter>,
        snapshot: &[u8],
        question: Question<'_>,
    ) -> wasmtime::Result<Result<String, Error>> {
        let instance = self.0.instantiate(&mut *store)?;
        let result = ask(&instance, store, snapshot, question);
        match result {
            Err(error) if panicked(&error) => {
                let trap = error.root_cause().to_string();
                Ok(Err(Error::Trapped { trap, panic: last_panic(&instance, store) }))
            }
            result => result,
        }
    }
}

fn ask(
    instance: &Instance,
    store: &mut Store<Meter>,
    snapshot: &[u8],
    question: Question<'_>,
) -> wasmtime::Result<Result<String, Error>> {
    let bad = |what: &str| Ok(Err(Error::BadGuest(what.to_owned())));
    let Some(memory) = instance.get_memory(&mut *store, "memory") else { return bad("it exports no memory") };
    let abi: TypedFunc<(), u32> = export(instance, store, "evenhand_abi")?;
    let abi = abi.call(&mut *store, ())?;
    if abi != ABI {
        return bad(&format!("it speaks ABI {abi}, and this host ABI {ABI}"));
    }
    let alloc: TypedFunc<u32, u32> = export(instance, store, "evenhand_alloc")?;

    let (function, text) = match question {
        Question::Plan => ("evenhand_plan", &[][..]),
        Question::Explain(conversation) => ("evenhand_explain", conversation.as_bytes()),
        Question::Check(plan) => ("evenhand_check", plan),
    };
    let mut places = [(0, 0); 2];
    for (place, text) in places.iter_mut().zip([snapshot, text]) {
        let out_of_memory = Ok(Err(Error::OutOfMemory { limit: store.data().limits.memory }));
        let Ok(len) = u32::try_from(text.len()) else { return out_of_memory };
        // There is no buffer of 0 bytes, and none is needed.
        let address = if len == 0 { 0 } else { alloc.call(&mut *store, len)? };
        if len > 0 && address == 0 {
            return out_of_memory;
        }
        if memory.write(&mut *store, address as usize, text).is_err() {
            return bad("it gave a buffer beyond its memory");
        }
        *place = (address, len);
    }
    let [(address, len), (other, other_len)] = places;
    let packed = if matches!(question, Question::Plan) {
        let plan: TypedFunc<(u32, u32), u64> = export(instance, store, function)?;
        plan.call(&mut *store, (address, len))?
    } else {
        let of_two: TypedFunc<(u32, u32, u32, u32), u64> = export(instance, store, function)?;
        of_two.call(&mut *store, (address, len, other, other_len))?
    };
    // The memory may have grown, and moved.
    Ok(match slice(memory.data(&*store), packed) {
        Some(envelope) => answer::opened(envelope),
        None => Err(Error::BadGuest("its answer lies beyond its memory".to_owned())),
    })
}

fn export<P: WasmParams, R: WasmResults>(
    instance: &Instance,
    store: &mut Store<Meter>,
    name: &str,
) -> wasmtime::Result<TypedFunc<P, R>> {
    instance.get_typed_func(store, name)
}

/// Returns the bytes at a packed address and length.
fn slice(memory: &[u8], packed: u64) -> Option<&[u8]> {
    let (at, len) =
        (usize::try_from(packed >> 32).ok()?, usize::try_from(packed & u64::from(u32::MAX)).ok()?);
    memory.get(at..at.checked_add(len)?)
}

/// Returns whether there may be the text of a panic: the guest trapped by itself.
fn panicked(error: &wasmtime::Error) -> bool {
    matches!(error.downcast_ref(), Some(trap) if !matches!(trap, Trap::OutOfFuel | Trap::Interrupt))
}

/// Returns the text of the panic behind a trap. After a trap nothing in the guest can be relied on, so whatever
/// goes wrong here means that there is no text.
fn last_panic(instance: &Instance, store: &mut Store<Meter>) -> Option<String> {
    let left = store.get_fuel().ok()?;
    store.set_fuel(FOR_PANIC).ok()?;
    let packed = export::<(), u64>(instance, store, "evenhand_last_panic")
        .and_then(|last_panic| last_panic.call(&mut *store, ()));
    store.set_fuel(left).ok()?;
    let memory = instance.get_memory(&mut *store, "memory")?;
    let text = slice(memory.data(&*store), packed.ok()?)?;
    let text = String::from_utf8_lossy(&text[..text.len().min(PANIC_TEXT)]).into_owned();
    (!text.is_empty()).then_some(text)
}
