//! What is no JSON, what is no text, what is no integer, and what is nested too deep.

use super::{IDS, INTEGERS, LISTS, PLAIN, RECORDS, SAMPLE, STATUSES, Table, WORDS, with};

#[test]
fn what_is_no_json_is_malformed() {
    let mut table = Table::default();
    let mut texts: Vec<Vec<u8>> =
        ["", " ", "{", "}", "nul", "\"", "{\"version\":1,}", "{'version':1}", "{version:1}", "\u{feff}"]
            .map(|text| text.as_bytes().to_vec())
            .to_vec();
    for tail in ["x", ",", "}", "{}", "null", "\0", "//", "\u{feff}"] {
        texts.push([SAMPLE.as_bytes(), tail.as_bytes()].concat());
    }
    texts.push(["\u{feff}".as_bytes(), SAMPLE.as_bytes()].concat());
    texts.push(SAMPLE.as_bytes()[..1].to_vec());
    texts.push(SAMPLE.as_bytes()[..SAMPLE.len() - 1].to_vec());
    for text in texts {
        table.expect(&text, "malformed_json", "");
    }
    // Where the text ends too soon, the innermost value that was begun, or had to come, is named.
    let up_to = |last: &str| {
        let (before, _) = SAMPLE.split_once(last).expect("a piece of the sample");
        [before, last].concat().into_bytes()
    };
    for (last, path) in [
        ("\"agents\": [", "/agents/0"),
        ("\"capacity\": 9", "/agents/0"),
        ("\"capacity\":", "/agents/0/capacity"),
        ("\"id\": \"bo", "/agents/1/id"),
        ("\"owed\": 3},", "/cursors/0/turns/1"),
        ("\"turns\": []}\n    ]", ""),
    ] {
        table.expect(&up_to(last), "malformed_json", path);
    }
    table.expect(&[SAMPLE.as_bytes(), b" \n\t\r"].concat(), "ok", "");
    table.finish();
}

#[test]
fn strings_that_are_no_text_are_malformed() {
    let mut table = Table::default();
    for pointer in IDS.iter().chain(&STATUSES).chain(&WORDS) {
        for raw in [
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800\u0041""#,
            r#""\ud800x""#,
            r#""\ud800\ud800""#,
            r#""\uD83D""#,
            r#""\u12""#,
            r#""\x41""#,
            r#""\"#,
            "\"\u{1}\"",
            "\"\n\"",
        ] {
            table.expect(&with(pointer, raw), "malformed_json", pointer);
        }
        for bytes in [&b"\xff"[..], b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"] {
            let text = String::from_utf8(with(pointer, "\"~\"")).expect("text");
            let (before, after) = text.split_once('~').expect("the mark");
            table.expect(&[before.as_bytes(), bytes, after.as_bytes()].concat(), "malformed_json", pointer);
        }
    }
    // In the name of a field as well.
    let bad_name = SAMPLE.replacen("\"seed\"", r#""\ud800""#, 1);
    table.expect(bad_name.as_bytes(), "malformed_json", "");
    table.finish();
}

#[test]
fn numbers_are_integers_in_their_range() {
    let mut table = Table::default();
    for (pointer, most) in INTEGERS {
        let signed = pointer.ends_with("/owed");
        for raw in ["1.0", "1e3", "1E2", "-0", "-0.0", "1.5", "-1.5", "0.1", "1e-3", "1e-400", "0e0"] {
            table.expect(&with(pointer, raw), "wrong_type", pointer);
        }
        for raw in ["01", "-01", "+1", ".5", "1.", "1e", "1e+", "NaN", "Infinity", "-Infinity", "-", "--1"] {
            table.expect(&with(pointer, raw), "malformed_json", pointer);
        }
        // Here the number itself is over before the fault.
        let (record, name) = pointer.rsplit_once('/').expect("a field");
        let next = name.parse().map_or(record.to_owned(), |place: usize| format!("{record}/{}", place + 1));
        for raw in ["0x10", "1_000", "1 2"] {
            table.expect(&with(pointer, raw), "malformed_json", &next);
        }
        for raw in [
            "9007199254740992",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "123456789012345678901234567890",
            "1e300",
            "1e400",
            "1E+400",
            "-1e400",
            "-9007199254740992",
            "-9223372036854775808",
            "-9223372036854775809",
            "-18446744073709551616",
        ] {
            table.expect(&with(pointer, raw), "out_of_range", pointer);
        }
        table.expect(
            &with(pointer, "-1"),
            if signed { "ok" } else { "out_of_range" },
            if signed { "" } else { pointer },
        );
        table.expect(&with(pointer, "0"), "ok", "");
        table.expect(&with(pointer, &most.to_string()), "ok", "");
        table.expect(&with(pointer, &(most + 1).to_string()), "out_of_range", pointer);
        if signed {
            table.expect(&with(pointer, &format!("-{most}")), "ok", "");
            table.expect(&with(pointer, &format!("-{}", most + 1)), "out_of_range", pointer);
        }
    }
    table.finish();
}

#[test]
fn deep_nesting_neither_overflows_nor_hangs() {
    let depth = 100_000;
    let mut table = Table::default();
    let scalars = IDS
        .iter()
        .chain(&STATUSES)
        .chain(&WORDS)
        .copied()
        .chain(INTEGERS.iter().map(|(pointer, _)| *pointer));
    for (open, inside, close, in_record, in_list) in [
        ("[", "", "]", ("wrong_type", ""), ("wrong_type", "/0")),
        ("{\"a\":", "1", "}", ("unknown_field", "/a"), ("wrong_type", "")),
        ("[{\"a\":", "1", "}]", ("wrong_type", ""), ("unknown_field", "/0/a")),
    ] {
        for raw in [format!("{}{inside}{}", open.repeat(depth), close.repeat(depth)), open.repeat(depth)] {
            for place in RECORDS {
                let text = if place.is_empty() { raw.clone().into_bytes() } else { with(place, &raw) };
                table.expect(&text, in_record.0, &format!("{place}{}", in_record.1));
            }
            for place in LISTS {
                let in_list = if PLAIN.contains(&place) && raw.starts_with('[') {
                    ("wrong_type", "/0")
                } else {
                    in_list
                };
                table.expect(&with(place, &raw), in_list.0, &format!("{place}{}", in_list.1));
            }
            for place in scalars.clone() {
                table.expect(&with(place, &raw), "wrong_type", place);
            }
        }
    }
    table.finish();
}
