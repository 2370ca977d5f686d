//! Random bytes, and a valid snapshot with something done to it.

use super::{answer, sample};
use evenhand::ErrorKind;
use proptest::{prelude::*, test_runner::FileFailurePersistence};
use serde_json::Value;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 4_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..ProptestConfig::default()
    }
}

/// What mutations write into the text: the tokens of the wire and things that are nearly right.
#[rustfmt::skip]
const TOKENS: [&str; 24] = [
    "{", "}", "[", "]", ",", ":", "\"", "null", "true", "0", "-1", "1e3", "1e400", "9007199254740992", "\"\"", "\\",
    "\\ud800", "\"id\":", "\"agent\":\"ann\"", "\"sales\"", "\"load\":0,", "\u{feff}", "\0", "[[[[[[[[",
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_ne!(answer(&bytes).0, "internal");
    }

    #[test]
    fn mutated_text_ends_in_an_answer(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>(), prop::sample::select(TOKENS.to_vec())), 1..5),
    ) {
        let mut text = sample().to_string().into_bytes();
        for (at, how, byte, token) in changes {
            let at = at.index(text.len() + 1);
            match how {
                0 if at < text.len() => text[at] = byte,
                1 if at < text.len() => drop(text.remove(at)),
                2 => drop(text.splice(at..at, token.bytes())),
                _ => drop(text.drain(at..text.len().min(at + usize::from(byte) / 8))),
            }
        }
        prop_assert_ne!(answer(&text).0, "internal");
    }

    #[test]
    fn every_error_points_into_the_snapshot(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 1..4),
    ) {
        // Values move to places where they do not belong, and vanish.
        let mut value = sample();
        for (from, to, vanish) in changes {
            let mut all = Vec::new();
            pointers(&value, String::new(), &mut all);
            let taken = value.pointer(&all[from.index(all.len())]).expect("a pointer of the value").clone();
            let to = &all[to.index(all.len())];
            match to.rsplit_once('/') {
                Some((parent, name)) if vanish => match value.pointer_mut(parent).expect("a parent") {
                    Value::Object(record) => drop(record.remove(name)),
                    Value::Array(list) => drop(list.remove(name.parse().expect("an index"))),
                    _ => {}
                },
                _ => *value.pointer_mut(to).expect("a pointer of the value") = taken,
            }
        }
        let (code, path) = answer(value.to_string().as_bytes());
        prop_assert!(ErrorKind::ALL.iter().any(|kind| kind.code() == code) || code == "ok");
        match code {
            // Whoever names the rotation of another team may do so by being it.
            "missing_field" | "mixed_rotation" => {
                prop_assert!(code == "mixed_rotation" || value.pointer(&path).is_none());
                prop_assert!(value.pointer(path.rsplit_once('/').expect("a field").0).is_some_and(Value::is_object));
            }
            "internal" | "malformed_json" | "duplicate_field" => prop_assert!(false, "{code} for a value of JSON"),
            _ => prop_assert!(value.pointer(&path).is_some(), "{code} at {path}"),
        }
    }
}

/// Collects the pointers of everything in `value`.
fn pointers(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(record) => {
            record.iter().for_each(|(name, value)| pointers(value, format!("{at}/{name}"), all));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, value)| pointers(value, format!("{at}/{n}"), all));
        }
        _ => {}
    }
    all.push(at);
}
