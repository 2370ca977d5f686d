//! What people read for a code: the words that Evenhand's package has for every one.

use serde::Deserialize;
use std::{collections::BTreeMap, sync::LazyLock};

/// As in the package.
static WORDS: LazyLock<BTreeMap<String, BTreeMap<String, Words>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../words.json")).expect("the file has lists of words by kind")
});

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    Same(String),
    /// Of one conversation, or member, and of another number.
    Counted {
        one: String,
        other: String,
    },
}

/// Returns the words for a code of that kind: `assign`, `wait` or `gate`. A module may be newer and have a code without any.
pub(crate) fn words(kind: &str, code: &str, n: u64) -> String {
    match WORDS.get(kind).and_then(|codes| codes.get(code)) {
        Some(Words::Same(words)) => words.clone(),
        Some(Words::Counted { one, .. }) if n == 1 => one.clone(),
        Some(Words::Counted { other, .. }) => other.clone(),
        None => plain(code),
    }
}

/// Returns the code itself, where it stands for its words.
pub(crate) fn plain(code: &str) -> String {
    code.replace('_', " ")
}
