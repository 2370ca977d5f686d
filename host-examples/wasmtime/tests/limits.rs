//! Evenhand keeps what `docs/limits.md` promises, for snapshots of every shape, through both doors.

mod shapes;

use crate::support::{COMPONENT, CORE, planner};
use evenhand_wasmtime::{Call, Error, Limits};
use std::collections::BTreeMap;

/// How many of the dearest shapes are printed.
const SHOWN: usize = 8;

#[test]
fn every_shape_stays_within_the_limits() {
    let shapes = shapes::all();
    let mut failures = Vec::new();
    for file in [CORE, COMPONENT] {
        let planner = planner(file);
        let mut dearest = Vec::new();
        for shape in &shapes {
            let limits = Limits::of(&shape.text);
            let Call { answer, cost } = planner.call(&shape.text, limits);
            match answer {
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(error) => failures.push(format!("{file}, {}: {error}", shape.name)),
            }
            let instructions = cost.instructions.saturating_mul(100) / limits.instructions;
            let memory = cost.memory as u64 * 100 / limits.memory as u64;
            dearest.push((instructions, memory, &shape.name));
        }
        println!("{file}: {} shapes; of its limits the dearest takes", shapes.len());
        dearest
            .sort_unstable_by_key(|&(instructions, memory, _)| std::cmp::Reverse(instructions.max(memory)));
        for (instructions, memory, name) in dearest.iter().take(SHOWN) {
            println!("  {instructions:>3} % of the instructions, {memory:>3} % of the memory: {name}");
        }
    }
    assert!(!shapes.is_empty(), "there are no shapes");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_call_costs_the_same_each_time() {
    let planner = planner(CORE);
    let shapes: BTreeMap<_, _> = shapes::all().into_iter().map(|shape| (shape.name, shape.text)).collect();
    let text = &shapes["round_robin 200 x 5000"];
    let costs = [(); 2].map(|()| {
        let cost = planner.call(text, Limits::of(text)).cost;
        (cost.instructions, cost.memory, cost.input, cost.output)
    });
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0].0 > 0 && costs[0].1 > 0 && costs[0].3 > 0);
}
