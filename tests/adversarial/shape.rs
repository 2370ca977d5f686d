//! JSON that is no snapshot: types, fields, ids, versions.

use super::{IDS, INTEGERS, LISTS, NULL, OPTIONAL, RECORDS, REQUIRED, STATUSES, Table, WORDS, sample, with};
use serde_json::Value;

#[test]
fn every_value_of_another_type_is_refused_in_its_place() {
    let mut table = Table::default();
    let all = ["null", "true", "false", "1", "\"x\"", "[]", "{}", "[1]", "{\"a\":1}"];
    let but = |these: &[&str]| all.into_iter().filter(|raw| !these.contains(raw)).collect::<Vec<_>>();
    for pointer in RECORDS {
        for raw in but(&["{}", "{\"a\":1}"]) {
            table.expect(&with(pointer, raw), "wrong_type", pointer);
        }
    }
    for pointer in LISTS {
        for raw in but(&["[]", "[1]"]) {
            table.expect(&with(pointer, raw), "wrong_type", pointer);
        }
        table.expect(&with(pointer, "[true]"), "wrong_type", &format!("{pointer}/0"));
    }
    for pointer in IDS.iter().chain(&STATUSES).chain(&WORDS) {
        for raw in but(&["\"x\"", "null"]) {
            table.expect(&with(pointer, raw), "wrong_type", pointer);
        }
    }
    for (pointer, _) in INTEGERS {
        for raw in but(&["1", "null"]) {
            table.expect(&with(pointer, raw), "wrong_type", pointer);
        }
    }
    for pointer in NULL {
        table.expect(&with(pointer, "null"), "ok", "");
    }
    let scalars =
        IDS.iter().chain(&STATUSES).chain(&WORDS).chain(INTEGERS.iter().map(|(pointer, _)| pointer));
    for pointer in scalars.filter(|pointer| !NULL.contains(pointer)) {
        table.expect(&with(pointer, "null"), "wrong_type", pointer);
    }
    table.finish();
}

#[test]
fn a_missing_field_is_named() {
    let mut table = Table::default();
    for pointer in REQUIRED.iter().chain(&OPTIONAL) {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let mut value = sample();
        match value.pointer_mut(parent).expect("a place in the sample") {
            Value::Object(record) => drop(record.remove(name).expect("a field of the sample")),
            Value::Array(list) => drop(list.remove(name.parse().expect("an index"))),
            _ => unreachable!("{parent} holds nothing"),
        }
        let text = value.to_string();
        if OPTIONAL.contains(pointer) {
            table.expect(text.as_bytes(), "ok", "");
        } else {
            table.expect(text.as_bytes(), "missing_field", pointer);
        }
    }
    table.finish();
}

#[test]
fn an_unknown_field_is_named() {
    let mut table = Table::default();
    for record in RECORDS {
        for (name, escaped) in [
            ("x", "x"),
            ("", ""),
            ("Id", "Id"),
            ("a/b~c", "a~1b~0c"),
            ("~1", "~01"),
            ("__proto__", "__proto__"),
            ("constructor", "constructor"),
            ("\u{e9}\u{1f600}", "\u{e9}\u{1f600}"),
            ("\0", "\0"),
        ] {
            let mut value = sample();
            let fields = value.pointer_mut(record).and_then(Value::as_object_mut).expect("a record");
            fields.insert(name.to_owned(), Value::Null);
            table.expect(value.to_string().as_bytes(), "unknown_field", &format!("{record}/{escaped}"));
        }
    }
    table.finish();
}

#[test]
fn a_field_that_stands_twice_is_named() {
    let mut table = Table::default();
    for record in RECORDS {
        let value = sample();
        let fields = value.pointer(record).and_then(Value::as_object).expect("a record");
        for name in fields.keys() {
            let mut text =
                fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>();
            text.push(format!("\"{name}\":{}", fields[name]));
            let plain = if record.is_empty() {
                format!("{{{}}}", text.join(",")).into_bytes()
            } else {
                with(record, &format!("{{{}}}", text.join(",")))
            };
            table.expect(&plain, "duplicate_field", &format!("{record}/{name}"));
            // Spelled otherwise, it is the same name.
            let spelled = format!("\"\\u{:04x}{}", u32::from(name.as_bytes()[0]), &name[1..]);
            text.pop();
            text.push(format!("{spelled}\":{}", fields[name]));
            let spelled = if record.is_empty() {
                format!("{{{}}}", text.join(",")).into_bytes()
            } else {
                with(record, &format!("{{{}}}", text.join(",")))
            };
            table.expect(&spelled, "duplicate_field", &format!("{record}/{name}"));
        }
    }
    table.finish();
}

#[test]
fn ids_have_1_to_128_bytes() {
    let mut table = Table::default();
    let quoted = |text: &str| Value::from(text).to_string();
    for pointer in IDS {
        for good in [
            "a".repeat(128),
            "\u{e9}".repeat(64),
            "\u{1f600}".repeat(32),
            "\0".into(),
            "__proto__".into(),
            " ".into(),
        ] {
            table.expect(&with(pointer, &quoted(&good)), "ok", "");
        }
        for bad in [
            String::new(),
            "a".repeat(129),
            "\u{e9}".repeat(64) + "a",
            "\u{1f600}".repeat(33),
            "a".repeat(1 << 20),
        ] {
            table.expect(&with(pointer, &quoted(&bad)), "invalid_id", pointer);
        }
    }
    for pointer in STATUSES {
        for any in [String::new(), "a".repeat(100_000), "\0".into()] {
            table.expect(&with(pointer, &quoted(&any)), "ok", "");
        }
    }
    for pointer in WORDS {
        for unknown in ["", "Round_Robin", "roundrobin", "libredesk", "round_robin ", "libredesk_2027", "\0"]
        {
            table.expect(&with(pointer, &quoted(unknown)), "unknown_value", pointer);
        }
    }
    table.expect(&with("/cursors/1/rule", "\"manual\""), "unknown_value", "/cursors/1/rule");
    table.finish();
}

#[test]
fn an_id_that_stands_twice_is_named() {
    let mut table = Table::default();
    for (pointer, same_as) in [
        ("/agents/1/id", "ann"),
        ("/teams/1/id", "sales"),
        ("/teams/0/members/1/agent", "ann"),
        ("/conversations/1/id", "c1"),
        ("/cursors/1/rotation", "floor"),
        ("/cursors/0/turns/1/agent", "ann"),
        ("/lost_claims/1/conversation", "c1"),
    ] {
        table.expect(&with(pointer, &format!("\"{same_as}\"")), "duplicate_id", pointer);
        let spelled = format!("\"\\u{:04x}{}\"", u32::from(same_as.as_bytes()[0]), &same_as[1..]);
        table.expect(&with(pointer, &spelled), "duplicate_id", pointer);
    }
    // What may stand twice: one agent in two teams, or in two lost claims of one set, a rotation, an availability.
    let lost = |id| format!(r#"{{"conversation":"{id}","team":"sales","agent":"ann"}}"#);
    table.expect(&with("/lost_claims", &format!("[{},{}]", lost("c1"), lost("c2"))), "ok", "");
    table.expect(&with("/teams/0/rotation", "\"billing\""), "ok", "");
    table.expect(&with("/teams/0/assignable", r#"["online","online"]"#), "ok", "");
    // Ids are compared by their bytes and nothing else.
    table.expect(&with("/agents/1/id", "\"Ann\""), "ok", "");
    table.expect(&with("/agents/1/id", "\"ann \""), "ok", "");
    table.expect(&with("/agents/1/id", "\"ann\\u0000\""), "ok", "");
    table.finish();
}

#[test]
fn another_version_wins_over_every_fault_of_shape() {
    let mut table = Table::default();
    for version in ["0", "2", "4294967296", "9007199254740991"] {
        table.expect(&with("/version", version), "unsupported_version", "/version");
        let of_the_future = format!(
            r#"{{"agents":{{}},"priorities":[],"teams":7,"version":{version},"conversations":[{{"id":""}}]}}"#
        );
        table.expect(of_the_future.as_bytes(), "unsupported_version", "/version");
        table.expect(format!(r#"{{"version":{version}}}"#).as_bytes(), "unsupported_version", "/version");
    }
    for version in ["-1", "1e300", "18446744073709551616"] {
        table.expect(&with("/version", version), "out_of_range", "/version");
    }
    for version in ["\"1\"", "null", "true", "1.0", "1e0", "1.5", "-0", "[1]", "{}"] {
        table.expect(&with("/version", version), "wrong_type", "/version");
    }
    // A list has no fields, and so no version.
    for list in ["[2]", "[]", "[{\"version\":2}]", "2"] {
        table.expect(list.as_bytes(), "wrong_type", "");
    }
    // But text that is no JSON has no version.
    table.expect(br#"{"version":2"#, "malformed_json", "");
    table.expect(br#"{"version":2,"version":1}"#, "duplicate_field", "/version");
    table.finish();
}
