//! The door of the component, as `wit/evenhand.wit` has it.

use crate::{Error, Refusal, answer, meter::Meter, planner::Question};
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

    /// Returns the answer to a question about a snapshot. The errors of the guest itself are `wasmtime`'s yet.
    pub(crate) fn answer(
        &self,
        store: &mut Store<Meter>,
        snapshot: &[u8],
        question: Question<'_>,
    ) -> wasmtime::Result<Result<String, Error>> {
        let evenhand = self.0.instantiate(&mut *store)?;
        let planner = evenhand.evenhand_plugin_planner();
        let answer = match question {
            Question::Plan => planner.call_plan(store, snapshot)?.map(Some),
            Question::Explain(conversation) => planner.call_explain(store, snapshot, conversation)?,
            Question::Check(plan) => planner.call_check(store, snapshot, plan)?.map(Some),
        };
        Ok(match answer {
            Ok(answer) => answer::checked(answer.unwrap_or_else(|| b"null".to_vec())),
            Err(bindings::exports::evenhand::plugin::planner::Refusal { code, path, message }) => {
                Err(Refusal { code, path, message }.into())
            }
        })
    }
}
