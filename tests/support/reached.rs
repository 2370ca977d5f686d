//! What a set of inputs reaches: every code, every word and every field of the wire, or a list of what it misses.
//!
//! Fields are those of the records themselves, so that a new one has to be reached too.

use evenhand::{
    Agent, AssignReason, Assignment, Bottleneck, BottleneckAgent, BottleneckClass, Channel, Conversation,
    Cursor, Decision, Error, ErrorKind, Gate, LoadChange, LostClaim, Member, Need, Needed, Objective,
    Outcome, Overflow, PassedOver, Plan, Rule, SeatSet, Skill, Snapshot, Team, Turn, WaitReason, Waiting,
};
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Default)]
pub(crate) struct Reached(BTreeSet<String>);

impl Reached {
    /// Takes down what one input and its answer reach.
    pub(crate) fn look_at(&mut self, input: &[u8], answer: &Result<String, Error>) {
        let plan = match answer {
            Ok(plan) => plan,
            Err(error) => {
                self.0.insert(format!("error {}", error.kind().code()));
                return;
            }
        };
        let value =
            |text: &[u8]| -> Value { serde_json::from_slice(text).expect("what was accepted is JSON") };
        let (snapshot, plan) = (value(input), value(plan.as_bytes()));
        fields(&snapshot, "snapshot", &mut self.0);
        fields(&plan, "plan", &mut self.0);
        self.words("assignment", &snapshot, "/teams", "assignment");
        self.words("rule", &snapshot, "/cursors", "rule");
        for decision in list(&plan, "/decisions") {
            let kind = if decision["agent"].is_null() { "wait" } else { "assign" };
            self.0.insert(format!("{kind} {}", word(&decision["why"])));
        }
        for group in list(&plan, "/waiting") {
            self.words("gate", group, "/passed_over", "why");
        }
    }

    fn words(&mut self, kind: &str, value: &Value, at: &str, field: &str) {
        self.0.extend(list(value, at).iter().map(|record| format!("{kind} {}", word(&record[field]))));
    }

    /// Returns what was not reached, of all that can be. A snapshot beyond a limit would take megabytes
    /// (`tests/adversarial.rs` builds it), and what is `internal` must not happen at all.
    pub(crate) fn missing(&self) -> Vec<String> {
        let errors = ErrorKind::ALL
            .iter()
            .filter(|kind| !matches!(kind, ErrorKind::LimitExceeded | ErrorKind::Internal));
        let errors = errors.map(|kind| format!("error {}", kind.code()));
        let assign = AssignReason::ALL.iter().map(|why| format!("assign {}", why.code()));
        let wait = WaitReason::ALL.iter().map(|why| format!("wait {}", why.code()));
        let gate = Gate::ALL.iter().map(|gate| format!("gate {}", gate.code()));
        let assignment = Assignment::ALL.iter().map(|word| format!("assignment {}", written(word)));
        let rule = Rule::ALL.iter().map(|word| format!("rule {}", written(word)));
        let mut all: BTreeSet<String> =
            errors.chain(assign).chain(wait).chain(gate).chain(assignment).chain(rule).collect();
        fields(&serde_json::to_value(full_snapshot()).expect("records are writable"), "snapshot", &mut all);
        fields(&serde_json::to_value(full_plan()).expect("records are writable"), "plan", &mut all);
        all.difference(&self.0).cloned().collect()
    }
}

/// Collects the field paths of a value; the places of a list are one.
fn fields(value: &Value, at: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(record) => {
            for (name, value) in record {
                let at = format!("{at}.{name}");
                fields(value, &at, all);
                all.insert(at);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| fields(value, &format!("{at}[]"), all)),
        // Null is a value of its own where the wire has it.
        Value::Null => drop(all.insert(format!("{at} = null"))),
        _ => {}
    }
}

fn list<'a>(value: &'a Value, at: &str) -> &'a [Value] {
    value.pointer(at).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> &str {
    value.as_str().expect("codes are words")
}

fn written(value: &impl serde::Serialize) -> String {
    word(&serde_json::to_value(value).expect("codes are words")).to_owned()
}

/// Returns a snapshot in which nothing is left out. Every field is named, so that a new one does not compile.
fn full_snapshot() -> Snapshot<'static> {
    let agent = |load| Agent {
        id: "a".into(),
        availability: "online".into(),
        load,
        capacity: Some(1),
        max_new: Some(1),
        skills: vec![Skill { skill: "s".into(), level: 1 }],
        channels: vec![Channel { channel: "h".into(), load, capacity: Some(1) }],
    };
    let lost = |agent| LostClaim {
        conversation: "c".into(),
        team: "t".into(),
        agent,
        why: Some("turn".into()),
        held_by: Some("b".into()),
        by: Some("u".into()),
        set: 1,
    };
    Snapshot {
        version: 1,
        seed: Some(1),
        now: Some(1),
        objective: Objective::Most,
        ageing: Some(1),
        agents: vec![agent(Some(1)), agent(None)],
        teams: vec![Team {
            id: "t".into(),
            assignment: Assignment::RoundRobin,
            rotation: Some("r".into()),
            max_load: Some(1),
            assignable: vec!["online".into()],
            fallback: vec!["away".into()],
            overflow: vec![Overflow { team: "u".into(), after: 1 }],
            members: vec![Member { agent: "a".into(), weight: 1, tier: 1 }],
        }],
        conversations: vec![Conversation {
            id: "c".into(),
            team: "t".into(),
            channel: Some("h".into()),
            priority: 1,
            since: Some(1),
            due: Some(1),
            needs: vec![Need { skill: "s".into(), level: 1, relax_after: Some(1) }],
            preferred: vec!["a".into()],
            hold_for: Some(1),
            excluded: vec!["b".into()],
            held_by: Some("b".into()),
        }],
        cursors: vec![Cursor {
            rotation: "r".into(),
            rule: Rule::RoundRobin,
            turns: vec![Turn { agent: "a".into(), owed: Some(1) }],
            sets: vec![SeatSet { from: Some(0), seats: vec![0] }],
        }],
        lost_claims: vec![lost(Some("a".into())), lost(None)],
    }
}

/// Returns a plan in which nothing is empty, as above.
fn full_plan() -> Plan<'static> {
    let decision = |outcome| Decision {
        conversation: "c",
        team: "t",
        outcome,
        held_by: Some("b"),
        by: Some("u"),
        set: 1,
    };
    Plan {
        version: 1,
        decisions: vec![
            decision(Outcome::Assigned { agent: "a", why: AssignReason::Turn }),
            decision(Outcome::Waits(WaitReason::AllFull)),
        ],
        waiting: vec![Waiting {
            team: "t",
            channel: Some("h"),
            needs: vec![Needed { skill: "s", level: 1 }],
            why: WaitReason::AllFull,
            conversations: 1,
            members: 1,
            passed_over: vec![PassedOver { why: Gate::AgentFull, members: 1 }],
        }],
        bottlenecks: vec![Bottleneck {
            classes: vec![BottleneckClass {
                team: "t",
                channel: Some("h"),
                needs: vec![Needed { skill: "s", level: 1 }],
                conversation: "c",
            }],
            agents: vec![BottleneckAgent { agent: "a", room: 1 }],
            assigned: 1,
            waiting: 1,
        }],
        cursors: full_snapshot().cursors,
        loads: vec![LoadChange { agent: "a", before: 0, after: 1 }],
    }
}
