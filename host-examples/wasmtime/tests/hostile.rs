//! Guests that mean no good, or are none: each ends in its own error, and soon.

use crate::guest::{Guest, SOUND};
use crate::support::{COMPONENT, CORE, planner};
use evenhand_wasmtime::{Error, Limits, Planner};
use std::time::Duration;

const LIMITS: Limits = Limits { instructions: 1_000_000, memory: 1 << 20, deadline: Duration::from_mins(1) };
const LOOP: &str = "(loop br 0) unreachable";
const GROW: &str = "(loop (drop (memory.grow (i32.const 1))) br 0) unreachable";

impl Guest<'_> {
    fn error(&self) -> Error {
        self.planner().and_then(|planner| planner.call(b"{}", LIMITS).answer).expect_err("it means no good")
    }
}

#[test]
fn the_guest_that_the_others_are_made_of_is_sound() {
    let call = SOUND.planner().expect("it loads").call(b"{}", LIMITS);
    assert_eq!(call.answer.expect("it answers"), "{}");
    assert_eq!((call.cost.memory, call.cost.input, call.cost.output), (65_536, 2, 2));
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    let planner = Guest { plan: LOOP, ..SOUND }.planner().expect("it loads");
    let call = planner.call(b"{}", LIMITS);
    assert!(matches!(call.answer, Err(Error::OutOfFuel { limit: 1_000_000 })), "{:?}", call.answer);
    assert_eq!(call.cost.instructions, 1_000_000);
}

#[test]
fn an_endless_loop_with_fuel_without_end_meets_its_deadline() {
    let limits = Limits { instructions: u64::MAX, deadline: Duration::from_millis(50), ..LIMITS };
    let planner = Guest { plan: LOOP, ..SOUND }.planner().expect("it loads");
    let call = planner.call(b"{}", limits);
    assert!(
        matches!(call.answer, Err(Error::Deadline { limit }) if limit == limits.deadline),
        "{:?}",
        call.answer
    );
    assert!(call.cost.time >= limits.deadline);
}

#[test]
fn the_deadline_of_one_call_is_not_that_of_another() {
    let planner = &Guest { plan: LOOP, ..SOUND }.planner().expect("it loads");
    let within = |milliseconds| Limits {
        instructions: u64::MAX,
        deadline: Duration::from_millis(milliseconds),
        ..LIMITS
    };
    let [short, long] = std::thread::scope(|scope| {
        [50, 500]
            .map(|time| scope.spawn(move || planner.call(b"{}", within(time))))
            .map(std::thread::ScopedJoinHandle::join)
    });
    let time = |call: std::thread::Result<evenhand_wasmtime::Call>| call.expect("no panic").cost.time;
    assert!(time(short) >= Duration::from_millis(50) && time(long) >= Duration::from_millis(500));
}

#[test]
fn a_loop_at_the_start_of_an_instance_runs_out_of_fuel() {
    let extra = "(func $start (loop br 0)) (start $start)";
    let error = Guest { extra, ..SOUND }.error();
    assert!(matches!(error, Error::OutOfFuel { .. }), "{error:?}");
}

#[test]
fn memory_that_grows_without_end_is_out_of_memory() {
    let planner = Guest { plan: GROW, ..SOUND }.planner().expect("it loads");
    let call = planner.call(b"{}", LIMITS);
    assert!(matches!(call.answer, Err(Error::OutOfMemory { limit: 0x10_0000 })), "{:?}", call.answer);
    assert_eq!(call.cost.memory, 1 << 20);
}

#[test]
fn memory_that_grows_beyond_the_guests_own_maximum_is_out_of_memory() {
    let error = Guest { memory: "1 2", plan: GROW, ..SOUND }.error();
    assert!(matches!(error, Error::OutOfMemory { limit: 0x2_0000 }), "{error:?}");
}

#[test]
fn memory_that_is_too_large_from_the_start_is_out_of_memory() {
    let limits = Limits { memory: 65_535, ..LIMITS };
    let answer = SOUND.planner().expect("it loads").call(b"{}", limits).answer;
    assert!(matches!(answer, Err(Error::OutOfMemory { limit: 65_535 })), "{answer:?}");
}

#[test]
fn no_buffer_is_out_of_memory() {
    let error = Guest { alloc: "i32.const 0", ..SOUND }.error();
    assert!(matches!(error, Error::OutOfMemory { .. }), "{error:?}");
}

#[test]
fn a_panic_tells_its_text() {
    let error = Guest { plan: "unreachable", ..SOUND }.error();
    assert!(
        matches!(&error, Error::Trapped { panic: Some(text), .. } if text == "panicked at a test: on purpose"),
        "{error:?}"
    );
    let expected = "the guest trapped: wasm trap: wasm `unreachable` instruction executed; panicked at a test: on purpose";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_stack_without_end_is_a_trap() {
    let extra = "(func $deeper (param i32) (call $deeper (local.get 0)))";
    let planner = Guest { extra, plan: "(call $deeper (i32.const 0)) unreachable", ..SOUND }.planner();
    let limits = Limits { instructions: u64::MAX, ..LIMITS };
    let answer = planner.expect("it loads").call(b"{}", limits).answer;
    assert!(
        matches!(&answer, Err(Error::Trapped { trap, .. }) if trap.contains("stack exhausted")),
        "{answer:?}"
    );
}

#[test]
fn what_does_not_keep_the_abi_is_no_evenhand() {
    let guests = [
        (Guest { abi: "i32.const 2", ..SOUND }, "it speaks ABI 2, and this host ABI 1"),
        (Guest { alloc: "i32.const 65535", ..SOUND }, "it gave a buffer beyond its memory"),
        (Guest { plan: "i64.const 0x40ffffffff", ..SOUND }, "its answer lies beyond its memory"),
        (Guest { plan: "i64.const 0xffffffff00000009", ..SOUND }, "its answer lies beyond its memory"),
        (Guest { plan: "i64.const 0", ..SOUND }, "its answer is no answer"),
        (Guest { plan: "i64.const 0x4000000008", ..SOUND }, "its answer is no answer"),
        (Guest { answer: r#"{\"no\":{}}"#, ..SOUND }, "its answer is no answer"),
        (Guest { answer: r#"{\"ok\":{]}"#, ..SOUND }, "its answer is no answer"),
        (Guest { answer: r#"{\"ok\":\"\ff"#, ..SOUND }, "its answer is no answer"),
        (Guest { extra: r#"(import "env" "clock" (func))"#, ..SOUND }, "unknown import: `env::clock`"),
        (Guest { extra: r"(memory 1)", ..SOUND }, "memory count too high"),
        (Guest { extra: r"(table 20000 funcref)", ..SOUND }, "table"),
    ];
    for (guest, expected) in guests {
        let error = guest.error();
        assert!(matches!(&error, Error::BadGuest(why) if why.contains(expected)), "{expected}: {error:?}");
    }
}

#[test]
fn what_is_no_guest_at_all_is_no_evenhand() {
    let modules = [
        (b"no module".to_vec(), "failed to parse"),
        (wat::parse_str("(module)").expect("it is WebAssembly"), ""),
        (wat::parse_str("(component)").expect("it is a component"), "evenhand:plugin/planner@1.0.0"),
        (wat::parse_str(r#"(component (import "clock" (func)))"#).expect("it is a component"), "clock"),
    ];
    for (bytes, expected) in modules {
        let answer = Planner::new(&bytes, None).and_then(|planner| planner.call(b"{}", LIMITS).answer);
        assert!(
            matches!(&answer, Err(Error::BadGuest(why)) if why.contains(expected)),
            "{expected}: {answer:?}"
        );
    }
}

#[test]
fn a_sound_guest_holds_the_limits_of_its_own_call() {
    for file in [CORE, COMPONENT] {
        let planner = planner(file);
        let snapshot = br#"{"version":1,"agents":[],"teams":[],"conversations":[]}"#;
        let limits = Limits::of(snapshot);
        let answers = [
            planner.call(snapshot, Limits { instructions: 1_000, ..limits }).answer,
            planner.call(snapshot, Limits { memory: 1 << 20, ..limits }).answer,
            planner.call(snapshot, limits).answer,
            planner.call(b"{}", limits).answer,
        ];
        assert!(matches!(answers[0], Err(Error::OutOfFuel { limit: 1_000 })), "{file}: {answers:?}");
        assert!(matches!(answers[1], Err(Error::OutOfMemory { limit: 0x10_0000 })), "{file}: {answers:?}");
        let plan = r#"{"version":1,"decisions":[],"waiting":[],"cursors":[],"loads":[]}"#;
        assert!(matches!(&answers[2], Ok(answer) if answer == plan), "{file}: {answers:?}");
        assert!(
            matches!(&answers[3], Err(Error::Refused(refusal)) if refusal.code == "missing_field"),
            "{file}: {answers:?}"
        );
    }
}
