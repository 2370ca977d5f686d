//! A value as other programs may write it: fields in any order, white space, more escapes than needed, defaults left out.

use crate::support::random::Random;
use serde_json::{Map, Value, json};

/// Returns the value as JSON that means the same.
pub(crate) fn loose(value: &Value, random: &mut Random) -> String {
    let mut text = String::new();
    write(value, random, &mut text);
    text
}

fn write(value: &Value, random: &mut Random, text: &mut String) {
    space(random, text);
    match value {
        Value::Object(record) => {
            text.push('{');
            for (at, name) in names(record, random).into_iter().enumerate() {
                separate(at, random, text);
                string(name, random, text);
                space(random, text);
                text.push(':');
                write(&record[name], random, text);
            }
            text.push('}');
        }
        Value::Array(list) => {
            text.push('[');
            for (at, value) in list.iter().enumerate() {
                separate(at, random, text);
                write(value, random, text);
            }
            text.push(']');
        }
        Value::String(word) => string(word, random, text),
        plain => *text += &plain.to_string(),
    }
    space(random, text);
}

fn separate(at: usize, random: &mut Random, text: &mut String) {
    if at > 0 {
        text.push(',');
    }
    space(random, text);
}

/// Returns the names of the fields in random order, mostly without those that say what goes without saying.
fn names<'a>(record: &'a Map<String, Value>, random: &mut Random) -> Vec<&'a str> {
    let defaults = [
        ("weight", json!(1)),
        ("tier", json!(0)),
        ("level", json!(1)),
        ("priority", json!(0)),
        ("owed", json!(0)),
        ("assignable", json!(["online"])),
        ("cursors", json!([])),
        ("lost_claims", json!([])),
    ];
    let mut names: Vec<&str> = record.keys().map(String::as_str).collect();
    // Whatever order the map has.
    names.sort_unstable();
    names.retain(|name| {
        defaults.iter().all(|(field, value)| field != name || record[*name] != *value) || random.chance(20)
    });
    for last in (1..names.len()).rev() {
        names.swap(last, random.below(last + 1));
    }
    names
}

fn space(random: &mut Random, text: &mut String) {
    if random.chance(10) {
        *text += random.pick(&[" ", "  ", "\n", "\t", "\r\n"]);
    }
}

fn string(word: &str, random: &mut Random, text: &mut String) {
    text.push('"');
    for letter in word.chars() {
        match letter {
            '/' if random.chance(50) => *text += "\\/",
            '\0'..'\u{20}' | '"' | '\\' => escape(letter, random, text),
            _ if random.chance(5) => escape(letter, random, text),
            _ => text.push(letter),
        }
    }
    text.push('"');
}

/// Writes a character as one or two `\u` escapes, in letters of either case.
fn escape(letter: char, random: &mut Random, text: &mut String) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        let hex = format!("{unit:04x}");
        *text += "\\u";
        *text += &if random.chance(50) { hex } else { hex.to_uppercase() };
    }
}
