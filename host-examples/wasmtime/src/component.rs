//! The door of the component, as `wit/evenhand.wit` has it.

use crate::{Error, Refusal, answer, meter::Meter};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

mod bindings {
    wasmtime::component::bindgen!({ path: "wit", world: "evenhand" });
}

pub(crate) struct PlannerComponent(bindings::EvenhandPre<Meter>);

impl PlannerComponent {
    pub(crate) fn new(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Self> {
        let component = Component::new(engine, bytes)?;
        bindings::EvenhandPre::new(Linker::new(engine).instantiate_pre(&component)?).map(Self)
    }

    /// Returns the plan. The errors of the guest itself are `wasmtime`'s yet.
    pub(crate) fn plan(
        &self,
        store: &mut Store<Meter>,
        snapshot: &[u8],
    ) -> wasmtime::Result<Result<String, Error>> {
        let evenhand = self.0.instantiate(&mut *store)?;
        let answer = evenhand.evenhand_plugin_planner().call_plan(store, snapshot)?;
        Ok(match answer {
            Ok(plan) => answer::checked(plan),
            Err(bindings::exports::evenhand::plugin::planner::Refusal { code, path, message }) => {
                Err(Refusal { code, path, message }.into())
            }
        })
    }
}
