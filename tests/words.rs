//! What a host says to people for a code: `pkg/words.json`, which the npm package ships, has words for every code of
//! `codes.txt` and for nothing else.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Words that follow upon a number: of conversations, or of members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    one: String,
    other: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    Same(String),
    Counted(Counted),
}

#[test]
fn every_code_that_people_meet_has_words() {
    let file: BTreeMap<&str, BTreeMap<String, Words>> =
        serde_json::from_str(include_str!("../pkg/words.json")).expect("lists of words by kind");
    let listed: BTreeSet<_> = include_str!("codes.txt")
        .lines()
        .filter(|line| {
            // What a checker finds says itself what was expected.
            let others = ["assignment ", "rule ", "objective ", "violation "];
            !others.iter().any(|kind| line.starts_with(kind))
        })
        .collect();
    let lines = file.iter().flat_map(|(kind, codes)| codes.keys().map(move |code| format!("{kind} {code}")));
    let said: BTreeSet<_> = lines.collect();
    assert_eq!(said.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed);
    for (kind, codes) in &file {
        for (code, words) in codes {
            let forms = match words {
                Words::Same(text) => vec![text],
                Words::Counted(Counted { one, other }) => vec![one, other],
            };
            // A number of members stands before the words, so they agree with it.
            assert!(*kind != "gate" || forms.len() == 2, "{kind} {code}");
            // Words stand in a sentence of the host's.
            assert!(forms.iter().all(|text| !text.is_empty() && !text.ends_with('.')), "{kind} {code}");
        }
    }
}
