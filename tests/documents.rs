//! The examples of the documents: a snapshot, and beside it what the plan says of it, or why it is refused.
//!
//! Each block of JSON that has `agents` is a snapshot. The next one holds some fields of its plan, or an `error`.

use crate::support::{cases::compact, reached::Reached, show, sound};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fs, path::Path};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    code: String,
    path: String,
}

type Fields<'a> = BTreeMap<&'a str, &'a RawValue>;

fn fields(json: &str) -> Fields<'_> {
    serde_json::from_str(json).expect("an example is an object")
}

/// Returns the examples of a document: snapshots and what is said of each.
fn examples(document: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = fs::read_to_string(path).expect("the document is there");
    let blocks: Vec<&str> = text
        .split("```json\n")
        .skip(1)
        .map(|block| block.split_once("```").expect("a block ends").0)
        .collect();
    let pair = |pair: &[&str]| {
        assert_eq!(pair.len(), 2, "{document}: a snapshot without an answer");
        (pair[0].to_owned(), pair[1].to_owned())
    };
    blocks.chunks(2).map(pair).collect()
}

/// Plans an example and compares all that is said of it.
fn check(document: &str, snapshot: &str, said: &str) -> Result<String, evenhand::Error> {
    assert!(fields(snapshot).contains_key("agents"), "{document}: no snapshot: {snapshot}");
    let said = fields(said);
    assert!(!said.is_empty(), "{document}: nothing is said of {snapshot}");
    let answer = evenhand::plan_json(snapshot.as_bytes());
    match &answer {
        Ok(plan) => {
            sound::assert_sound_json(snapshot.as_bytes(), plan);
            let plan = fields(plan);
            for (field, value) in said {
                let found = plan.get(field).map(|found| found.get());
                assert_eq!(found, Some(&*compact(value.get())), "{document}: `{field}` of {snapshot}");
            }
        }
        Err(error) => {
            let refusal = Refusal { code: error.kind().code().into(), path: error.path().into() };
            let expected = said.get("error").and_then(|error| serde_json::from_str(error.get()).ok());
            assert_eq!(Some(refusal), expected, "{document}: {error} in {snapshot}");
        }
    }
    answer
}

#[test]
fn the_examples_of_the_documents_are_what_a_plan_says() {
    let mut reached = Reached::default();
    for document in ["README.md", "docs/policies.md"] {
        let examples = examples(document);
        show(&format!("{} examples in {document}", examples.len()));
        assert!(!examples.is_empty(), "no example in {document}");
        for (snapshot, said) in &examples {
            let answer = check(document, snapshot, said);
            if document == "docs/policies.md" {
                reached.look_at(snapshot.as_bytes(), &answer);
            }
        }
    }
    // Every field by which somebody says who may take what has its example.
    let words = |field: &String| {
        let records = ["agents", "teams", "conversations"].map(|list| format!("snapshot.{list}[]."));
        let is_field = records.iter().any(|record| field.starts_with(record)) && !field.ends_with(" = null");
        is_field || field == "snapshot.now" || field == "snapshot.objective" || field == "snapshot.ageing"
    };
    let missing: Vec<String> = reached.missing().into_iter().filter(words).collect();
    assert_eq!(missing, [""; 0], "without an example in docs/policies.md");
}
