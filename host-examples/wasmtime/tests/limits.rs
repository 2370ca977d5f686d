//! Evenhand keeps what `docs/limits.md` promises, for snapshots of every shape, through both doors.

mod most;
mod shapes;
mod turns;
mod wishes;

use crate::support::{COMPONENT, CORE, planner};
use evenhand_wasmtime::limits::{
    ANSWER_PER_BYTE, ANSWER_PER_CONVERSATION, ANSWER_PER_EXPLAINED_MEMBER, ANSWER_PER_PAIR, ANSWER_PER_SEAT,
    ANSWER_PER_WISH, INSTRUCTIONS, INSTRUCTIONS_PER_BYTE, INSTRUCTIONS_PER_BYTE_OF_ANSWER,
    INSTRUCTIONS_PER_LOOK, INSTRUCTIONS_TO_EXPLAIN, LONGEST_ANSWER, LONGEST_SNAPSHOT, LOOKS_PER_BYTE, MEMORY,
    MEMORY_PER_BYTE, MEMORY_PER_EXPLAINED_MEMBER, MEMORY_PER_GROUP, MEMORY_PER_MEMBER_AND_CHANNEL,
    MEMORY_PER_PAIR, MEMORY_PER_SEAT, MEMORY_PER_STEP, MEMORY_TO_EXPLAIN, MOST_GROUPS, MOST_LOOKS,
    MOST_MEMORY, MOST_PAIRS, MOST_SEATS, MOST_STEPS, Work,
};
use evenhand_wasmtime::{Call, Cost, Error, Limits};
use serde_json::Value;
use std::collections::BTreeMap;

/// The promise in words.
const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/limits.md"));

/// How many of the dearest shapes are printed.
const SHOWN: usize = 12;

/// Of how many shapes the core module plans one, unless the long tests run.
const PLANNED: usize = 3;

/// Of how many shapes one is asked of the component, which is the same engine, and explained.
const ASKED: usize = 8;

/// Returns every how many-th shape is looked at: of so many one, or all in the long tests.
fn step(of: usize) -> usize {
    if std::env::var_os("EVENHAND_LONG").is_some() { 1 } else { of }
}

/// What a call took of what is promised, in hundredths.
#[derive(Clone, Copy)]
struct Taken {
    instructions: u64,
    memory: u64,
    answer: u64,
}

impl Taken {
    /// Compares with the promise for the answer that came, which may be far shorter than the one that limits allow for.
    fn of(work: Work, cost: Cost) -> Self {
        let answer = cost.output as u64;
        let promised = Limits::with(cost.input as u64, Work { answer, ..work });
        let share = |taken: u64, promised: u64| taken.saturating_mul(100).div_ceil(promised);
        Self {
            instructions: share(cost.instructions, promised.instructions),
            memory: share(cost.memory as u64, promised.memory as u64),
            answer: share(answer, work.answer.max(1)),
        }
    }

    fn most(self) -> u64 {
        self.instructions.max(self.memory).max(self.answer)
    }
}

#[test]
fn every_shape_stays_within_the_limits() {
    let shapes = shapes::all();
    let mut failures = Vec::new();
    for (file, step) in [(CORE, step(PLANNED)), (COMPONENT, step(ASKED))] {
        let planner = planner(file);
        let mut dearest = Vec::new();
        for shape in shapes.iter().step_by(step) {
            let work = Work::of(&shape.text);
            let limits = Limits::with(shape.text.len() as u64, work);
            let Call { answer, cost } = planner.call(&shape.text, limits);
            let taken = Taken::of(work, cost);
            match answer {
                Ok(_) | Err(Error::Refused(_)) if taken.most() <= 100 => {}
                Ok(_) | Err(Error::Refused(_)) => {
                    failures.push(format!("{file}, {}: {} % of a limit", shape.name, taken.most()));
                }
                Err(error) => failures.push(format!("{file}, {}: {error}", shape.name)),
            }
            dearest.push((taken, &shape.name));
        }
        println!(
            "{file}: {} shapes of {}; of what is promised the dearest takes",
            dearest.len(),
            shapes.len()
        );
        println!("  instructions  memory  answer");
        dearest.sort_unstable_by_key(|&(taken, _)| std::cmp::Reverse(taken.most()));
        for (Taken { instructions, memory, answer }, name) in dearest.iter().take(SHOWN) {
            println!("  {instructions:>10} % {memory:>5} % {answer:>5} %  {name}");
        }
    }
    assert!(!shapes.is_empty(), "there are no shapes");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Each shape explains its last conversation, within what its plan takes and what is promised beside that.
#[test]
fn every_explanation_stays_within_the_limits() {
    let planner = planner(CORE);
    let mut dearest = Vec::new();
    for shape in shapes::all().into_iter().step_by(step(ASKED)) {
        let Ok(desk) = serde_json::from_slice::<Value>(&shape.text) else { continue };
        let Some(id) = desk["conversations"].as_array().and_then(|all| all.last()?["id"].as_str()) else {
            continue;
        };
        let all =
            Limits { memory: usize::MAX, instructions: u64::MAX / 2, ..Limits::to_explain(&shape.text) };
        let (plan, explanation) = (planner.call(&shape.text, all), planner.explain(&shape.text, id, all));
        let Ok(answer) = explanation.answer else {
            assert!(
                matches!(explanation.answer, Err(Error::Refused(_))),
                "{}: {:?}",
                shape.name,
                explanation.answer
            );
            continue;
        };
        let members = answer.matches(r#""weight":"#).count() as u64;
        let answer = answer.len() as u64;
        let instructions =
            2 * plan.cost.instructions + INSTRUCTIONS_TO_EXPLAIN + INSTRUCTIONS_PER_BYTE_OF_ANSWER * answer;
        let memory =
            plan.cost.memory as u64 + MEMORY_TO_EXPLAIN + MEMORY_PER_EXPLAINED_MEMBER * members + answer;
        let beside = explanation.cost.instructions.saturating_sub(plan.cost.instructions);
        let Cost { instructions: took, memory: had, .. } = explanation.cost;
        assert!(took <= instructions, "{}: {took} instructions, and not {instructions}", shape.name);
        assert!(had as u64 <= memory, "{}: {had} bytes of memory, and not {memory}", shape.name);
        dearest.push((beside, shape.name));
    }
    println!(
        "{} explanations; the dearest take so many instructions beside those of the plan",
        dearest.len()
    );
    dearest.sort_unstable();
    for (instructions, name) in dearest.iter().rev().take(SHOWN) {
        println!("{:>15}  {name}", with_commas(*instructions));
    }
    assert!(!dearest.is_empty(), "there are no shapes");
}

/// Returns a number as the document has it: `1,000,000`.
fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let parts: Vec<_> =
        digits.as_bytes().rchunks(3).rev().map(|part| String::from_utf8_lossy(part)).collect();
    parts.join(",")
}

#[test]
fn the_document_has_the_numbers_of_the_code() {
    let text = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = with_commas(LONGEST_SNAPSHOT as u64);
    for promise in [
        format!(
            "{} + {INSTRUCTIONS_PER_BYTE} *n* + {INSTRUCTIONS_PER_BYTE_OF_ANSWER} *a* + {INSTRUCTIONS_PER_LOOK} for each look",
            with_commas(INSTRUCTIONS)
        ),
        format!("{} MiB + {MEMORY_PER_BYTE} *n* + *a* bytes", MEMORY >> 20),
        format!("{MEMORY_PER_SEAT} bytes for each place that the `sets` of the plan name"),
        format!("{MEMORY_PER_GROUP} for each look, up to {} of them", with_commas(MOST_GROUPS)),
        format!("one byte for each {LOOKS_PER_BYTE} looks"),
        format!("it is {MEMORY_PER_MEMBER_AND_CHANNEL} bytes for each member and channel"),
        format!("each of their different wishes adds {ANSWER_PER_WISH},"),
        format!("never more than {} GiB of memory", MOST_MEMORY >> 30),
        format!("A snapshot of more than {longest} bytes"),
        format!("whose plan would have more than {},", with_commas(LONGEST_ANSWER)),
        format!("and never more than {}.", with_commas(LONGEST_ANSWER)),
        format!("*a* ≤ {ANSWER_PER_BYTE} *n* + conversations × ({ANSWER_PER_CONVERSATION} + the longest id"),
        format!("and {ANSWER_PER_SEAT} for each place that `sets` name"),
        format!("`sets` name at most {} places", with_commas(MOST_SEATS)),
        format!("at most {} in sum", with_commas(MOST_LOOKS)),
        format!("Under `most` each wish adds {ANSWER_PER_WISH} on every desk"),
        format!(
            "of a wish and an agent, up to {} of them, {ANSWER_PER_PAIR} and the longest id",
            with_commas(MOST_PAIRS)
        ),
        format!("{MEMORY_PER_PAIR} bytes for each pair, up to {} of them", with_commas(MOST_PAIRS)),
        format!("{MEMORY_PER_STEP} for each limit that teams set, up to {}", with_commas(MOST_STEPS)),
        format!(
            "{} more, and {INSTRUCTIONS_PER_BYTE_OF_ANSWER} for each byte of the explanation",
            with_commas(INSTRUCTIONS_TO_EXPLAIN)
        ),
        format!("that of the plan, {} bytes more, and for each", with_commas(MEMORY_TO_EXPLAIN)),
        format!("asked {MEMORY_PER_EXPLAINED_MEMBER} bytes more"),
        format!("at most {ANSWER_PER_EXPLAINED_MEMBER} bytes for each of them"),
    ] {
        assert!(text.contains(&promise), "docs/limits.md does not say `{promise}`");
    }
}

#[test]
fn what_is_too_much_is_refused_within_the_limits() {
    let too_long = vec![b' '; LONGEST_SNAPSHOT + 1];
    let cases = [
        ("looks", "/conversations", turns::too_many_looks().into_bytes()),
        ("a plan", "/conversations", turns::too_long_a_plan().into_bytes()),
        ("teams to ask", "/conversations", wishes::too_many_teams_to_ask().into_bytes()),
        ("channels", "/conversations", wishes::too_many_channels().into_bytes()),
        ("looks at who can take what", "/conversations", most::too_many_looks().into_bytes()),
        ("limits of teams", "/teams", most::too_many_limits().into_bytes()),
        ("a snapshot", "", too_long),
    ];
    let planner = planner(CORE);
    for (name, path, text) in cases {
        let answer = planner.call(&text, Limits::of(&text)).answer;
        let refused = match &answer {
            Err(Error::Refused(refusal)) => (&*refusal.code, &*refusal.path),
            _ => ("", ""),
        };
        assert_eq!(refused, ("limit_exceeded", path), "{name}: {:?}", answer.as_ref().map(String::len));
        let Err(Error::Refused(refusal)) = answer else { continue };
        let limit =
            refusal.message.split(|c: char| !c.is_ascii_digit()).find_map(|number| number.parse().ok());
        let limit = with_commas(limit.expect("the message has the limit"));
        assert!(DOCUMENT.contains(&format!("more than {limit}")), "docs/limits.md does not say {limit}");
    }
}

#[test]
fn the_longest_snapshots_have_memory_enough() {
    let planner = planner(CORE);
    // The first takes most. All of them take minutes.
    let few = if std::env::var_os("EVENHAND_LONG").is_some() { usize::MAX } else { 1 };
    for shape in shapes::longest(LONGEST_SNAPSHOT).take(few) {
        let Call { answer, cost } = planner.call(&shape.text, Limits::of(&shape.text));
        let memory = cost.memory as u64;
        println!("{}: {} MB", shape.name, memory / 1_000_000);
        assert!(memory < 1 << 31, "{}: {memory} bytes", shape.name);
        assert!(matches!(answer, Ok(_) | Err(Error::Refused(_))), "{}: {:?}", shape.name, answer.err());
    }
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
