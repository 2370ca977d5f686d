//! Hostile input: any bytes and any records end in a plan or in the right error, and never in a panic.

mod mutations;
mod records;
mod shape;
mod text;

use serde_json::Value;

/// A snapshot in which every field of the wire stands, twice where there are several.
const SAMPLE: &str = r#"{
    "version": 1,
    "seed": 7,
    "agents": [
        {"id": "ann", "availability": "online", "load": 0, "capacity": 9},
        {"id": "bob", "availability": "away", "load": null}
    ],
    "teams": [
        {"id": "sales", "assignment": "round_robin", "rotation": "floor", "max_load": 5,
         "assignable": ["online", "idle"],
         "members": [{"agent": "ann", "weight": 1}, {"agent": "bob", "weight": 2}]},
        {"id": "billing", "assignment": "manual", "members": [{"agent": "ann"}]}
    ],
    "conversations": [{"id": "c1", "team": "sales"}, {"id": "c2", "team": "gone"}],
    "cursors": [
        {"rotation": "floor", "rule": "round_robin",
         "turns": [{"agent": "ann", "owed": 3}, {"agent": "bob", "owed": -3}],
         "sets": [{"seats": [0, 1]}, {"from": 0, "seats": [1]}]},
        {"rotation": "billing", "rule": "libredesk_2025", "turns": []}
    ],
    "lost_claims": [
        {"conversation": "c1", "team": "sales", "agent": "ann", "why": "turn", "set": 1},
        {"conversation": "c2", "team": "gone", "agent": null}
    ]
}"#;

/// Where what stands in [`SAMPLE`]; every field once.
const RECORDS: [&str; 10] = [
    "",
    "/agents/0",
    "/agents/1",
    "/teams/0",
    "/teams/0/members/1",
    "/conversations/1",
    "/cursors/0",
    "/cursors/0/turns/1",
    "/cursors/0/sets/1",
    "/lost_claims/0",
];
const LISTS: [&str; 10] = [
    "/agents",
    "/teams",
    "/teams/0/assignable",
    "/teams/1/members",
    "/conversations",
    "/cursors",
    "/cursors/1/turns",
    "/cursors/0/sets",
    "/cursors/0/sets/1/seats",
    "/lost_claims",
];
/// The lists of something else than records.
const PLAIN: [&str; 2] = ["/teams/0/assignable", "/cursors/0/sets/1/seats"];
const IDS: [&str; 11] = [
    "/agents/1/id",
    "/teams/1/id",
    "/teams/0/rotation",
    "/teams/0/members/1/agent",
    "/conversations/0/id",
    "/conversations/1/team",
    "/cursors/1/rotation",
    "/cursors/0/turns/0/agent",
    "/lost_claims/1/conversation",
    "/lost_claims/0/team",
    "/lost_claims/0/agent",
];
const STATUSES: [&str; 3] = ["/agents/0/availability", "/teams/0/assignable/1", "/lost_claims/0/why"];
const WORDS: [&str; 2] = ["/teams/0/assignment", "/cursors/1/rule"];
/// What may be null.
const NULL: [&str; 3] = ["/agents/0/load", "/agents/1/load", "/lost_claims/0/agent"];
/// Each with its largest value; the smallest is 0, but for `owed`, which goes as far below 0 as above.
const INTEGERS: [(&str, u64); 9] = [
    ("/seed", 9_007_199_254_740_991),
    ("/agents/0/load", 2_147_483_647),
    ("/agents/0/capacity", 2_147_483_647),
    ("/teams/0/max_load", 2_147_483_647),
    ("/teams/0/members/0/weight", 1_000),
    ("/cursors/0/turns/1/owed", 9_007_199_254_740_991),
    // An earlier set, and a place among the turns.
    ("/cursors/0/sets/1/from", 0),
    ("/cursors/0/sets/1/seats/0", 1),
    ("/lost_claims/0/set", 4_294_967_295),
];
const REQUIRED: [&str; 21] = [
    "/version",
    "/agents",
    "/teams",
    "/conversations",
    "/agents/0/id",
    "/agents/0/availability",
    "/agents/1/load",
    "/teams/1/id",
    "/teams/0/assignment",
    "/teams/0/members",
    "/teams/0/members/1/agent",
    "/conversations/1/id",
    "/conversations/0/team",
    "/cursors/1/rotation",
    "/cursors/0/rule",
    "/cursors/0/turns",
    "/cursors/0/turns/1/agent",
    "/cursors/0/sets/1/seats",
    "/lost_claims/0/conversation",
    "/lost_claims/0/team",
    "/lost_claims/1/agent",
];
const OPTIONAL: [&str; 15] = [
    "/seed",
    "/agents/0/capacity",
    "/teams/0/rotation",
    "/teams/0/max_load",
    "/teams/0/assignable",
    "/teams/0/members/0/weight",
    "/cursors",
    "/lost_claims",
    "/cursors/0/turns/0/owed",
    "/cursors/0/sets",
    "/cursors/0/sets/1/from",
    "/lost_claims/0/why",
    "/lost_claims/0/set",
    "/cursors/1",
    "/lost_claims/0",
];

fn sample() -> Value {
    serde_json::from_str(SAMPLE).expect("JSON")
}

/// Returns the sample with `raw` text in the place of the value at `pointer`.
fn with(pointer: &str, raw: &str) -> Vec<u8> {
    let mut value = sample();
    *value.pointer_mut(pointer).expect("a place in the sample") = "PLACE".into();
    value.to_string().replacen("\"PLACE\"", raw, 1).into_bytes()
}

/// Returns the answer as (code, path), `("ok", "")` for a plan. Asks twice: errors are part of the answer.
fn answer(text: &[u8]) -> (&'static str, String) {
    let first = evenhand::plan_json(text);
    assert_eq!(first, evenhand::plan_json(text), "the same bytes, another answer");
    match first {
        Ok(plan) => {
            serde_json::from_str::<Value>(&plan).expect("a plan is JSON");
            ("ok", String::new())
        }
        Err(error) => (error.kind().code(), error.path().to_owned()),
    }
}

/// Collects what is not as expected, so that one run shows all of it.
#[derive(Default)]
struct Table {
    rows: usize,
    wrong: Vec<String>,
}

impl Table {
    fn expect(&mut self, text: &[u8], code: &str, path: &str) {
        self.rows += 1;
        let got = answer(text);
        if (got.0, got.1.as_str()) != (code, path) {
            let text = String::from_utf8_lossy(text);
            self.wrong
                .push(format!("expected {code} at `{path}`, got {} at `{}`: {text:.2000}", got.0, got.1));
        }
    }

    fn finish(self) {
        println!("{} rows", self.rows);
        assert!(self.rows > 0, "an empty table");
        assert!(self.wrong.is_empty(), "{} of {}:\n{}", self.wrong.len(), self.rows, self.wrong.join("\n"));
    }
}

#[test]
fn the_sample_is_valid() {
    assert_eq!(answer(SAMPLE.as_bytes()).0, "ok");
    assert_eq!(answer(br#"{"version":1,"agents":[],"teams":[],"conversations":[]}"#).0, "ok");
    for pointer in LISTS {
        // An empty list is no fault, wherever it stands.
        assert_eq!(answer(&with(pointer, "[]")).0, "ok", "{pointer}");
    }
}
