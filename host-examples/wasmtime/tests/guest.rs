//! Core modules that stand in for Evenhand.

use evenhand_wasmtime::{Error, Planner};

/// A core module that answers as Evenhand does, but for what a test puts in its place.
pub(crate) struct Guest<'a> {
    pub(crate) abi: &'a str,
    /// How many pages of memory it begins with, and its maximum if it has one.
    pub(crate) memory: &'a str,
    pub(crate) alloc: &'a str,
    pub(crate) plan: &'a str,
    /// What stands at address 64.
    pub(crate) answer: &'a str,
    pub(crate) extra: &'a str,
}

pub(crate) const SOUND: Guest<'_> = Guest {
    abi: "i32.const 1",
    memory: "1",
    alloc: "i32.const 1024",
    // Address 64, length 9.
    plan: "i64.const 0x4000000009",
    answer: r#"{\"ok\":{}}"#,
    extra: "",
};

impl Guest<'_> {
    pub(crate) fn module(&self) -> Vec<u8> {
        let Self { abi, memory, alloc, plan, answer, extra } = self;
        let text = format!(
            r#"(module
                {extra}
                (memory (export "memory") {memory})
                (data (i32.const 64) "{answer}")
                (data (i32.const 512) "panicked at a test: on purpose")
                (func (export "evenhand_abi") (result i32) {abi})
                (func (export "evenhand_alloc") (param i32) (result i32) {alloc})
                (func (export "evenhand_plan") (param i32 i32) (result i64) {plan})
                (func (export "evenhand_last_panic") (result i64) i64.const 0x2000000001e))"#
        );
        wat::parse_str(text).expect("it is WebAssembly")
    }

    pub(crate) fn planner(&self) -> Result<Planner, Error> {
        Planner::new(&self.module(), None)
    }
}
