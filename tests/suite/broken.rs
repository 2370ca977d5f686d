//! A snapshot with something done to it. Most are then refused, each for what was done; some still are snapshots.

use super::loose::loose;
use crate::support::random::Random;
use serde_json::{Value, json};

/// What may come to stand in the place of a value.
#[rustfmt::skip]
const RAW: [&str; 30] = [
    "null", "true", "false", "0", "1", "-1", "-0", "1.0", "1.5", "1e3", "1e400", "01", "1001", "2147483648",
    "9007199254740991", "9007199254740992", "-9007199254740992", "18446744073709551616", "\"\"", "\"x\"",
    "\"round_robin\"", "\"Manual\"", r#""\ud83d""#, r#""\x""#, "\"\u{1}\"", "[]", "[null]", "{}", r#"{"a":1}"#, "NaN",
];

/// What may come to stand anywhere in the text.
#[rustfmt::skip]
const PIECES: [&[u8]; 16] = [
    b"{", b"}", b"[", b"]", b",", b":", b"\"", b"\\", b"\0", b"null", b"[[[[[[[[", b"\xff", b"\xc3", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b"//",
];

/// Stands for a value until the whole is text; no string of a snapshot reads so.
const PLACE: &str = "the place";

/// Returns the text of a snapshot that something was done to.
pub(crate) fn broken(mut snapshot: Value, random: &mut Random) -> Vec<u8> {
    let mut places = Vec::new();
    pointers(&snapshot, String::new(), &mut places);
    let place = any_place(&places, random);
    match random.below(15) {
        0..4 => {
            let raw = random.pick(&RAW).to_owned();
            with(snapshot, &place, &raw).into_bytes()
        }
        4 => {
            remove(&mut snapshot, &place);
            text(snapshot).into_bytes()
        }
        5 => added(snapshot, &place, random).into_bytes(),
        6..8 => twice(snapshot, &place, random).into_bytes(),
        8 => {
            // What stands in another place, mostly one of the same field, so that an id may stand twice.
            if random.chance(70) {
                places.retain(|other| field(other) == field(&place));
            }
            let other = places[random.below(places.len())].clone();
            *at(&mut snapshot, &place) = at(&mut snapshot, &other).clone();
            text(snapshot).into_bytes()
        }
        9 => {
            snapshot["version"] = random.pick(&[0, 2, 3, 4_294_967_297_u64]).into();
            with(snapshot, &place, random.pick(&RAW)).into_bytes()
        }
        10..12 => stretched(snapshot, &places, random).into_bytes(),
        12 => shared(snapshot).into_bytes(),
        _ => mangled(text(snapshot).into_bytes(), random),
    }
}

/// Returns a value as JSON, its fields in the order of their names, whatever order the map has.
fn text(mut value: Value) -> String {
    value.sort_all_objects();
    value.to_string()
}

/// Collects the pointers of everything in a value but the value itself, likewise.
fn pointers(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(record) => {
            let mut names: Vec<&String> = record.keys().collect();
            names.sort_unstable();
            for name in names {
                pointers(&record[name], format!("{at}/{name}"), all);
            }
        }
        Value::Array(list) => {
            for (n, value) in list.iter().enumerate() {
                pointers(value, format!("{at}/{n}"), all);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        all.push(at);
    }
}

/// Returns one of the places: any field of the wire is as likely as any other, however often it stands there.
fn any_place(places: &[String], random: &mut Random) -> String {
    let mut fields: Vec<String> = places.iter().map(|place| field(place)).collect();
    fields.sort_unstable();
    fields.dedup();
    let chosen = &fields[random.below(fields.len())];
    let places: Vec<&String> = places.iter().filter(|place| field(place) == *chosen).collect();
    places[random.below(places.len())].clone()
}

/// Returns the pointer without its places in lists.
fn field(place: &str) -> String {
    place.split_inclusive('/').filter(|step| step.trim_end_matches('/').parse::<usize>().is_err()).collect()
}

fn at<'a>(snapshot: &'a mut Value, place: &str) -> &'a mut Value {
    snapshot.pointer_mut(place).expect("a place of the snapshot")
}

/// Returns the snapshot with a text of any kind in one place.
fn with(mut snapshot: Value, place: &str, raw: &str) -> String {
    *at(&mut snapshot, place) = PLACE.into();
    text(snapshot).replacen(&format!("\"{PLACE}\""), raw, 1)
}

fn remove(snapshot: &mut Value, place: &str) {
    let (parent, name) = place.rsplit_once('/').expect("a pointer");
    match at(snapshot, parent) {
        Value::Object(record) => drop(record.remove(name)),
        Value::Array(list) => drop(list.remove(name.parse().expect("an index"))),
        _ => unreachable!("{parent} holds nothing"),
    }
}

/// Adds a field that the wire does not have to the nearest record.
fn added(mut snapshot: Value, place: &str, random: &mut Random) -> String {
    let name = random.pick(&["", "x", "Id", "a/b~c", "__proto__", "é", "\0", "loads"]);
    at(&mut snapshot, record(place))[name] = json!([null]);
    loose(&snapshot, random)
}

/// Writes a field of the nearest record twice.
fn twice(mut snapshot: Value, place: &str, random: &mut Random) -> String {
    let place = record(place);
    let Value::Object(fields) = at(&mut snapshot, place).clone() else { unreachable!("{place} is a record") };
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort_unstable();
    let name = names[random.below(names.len())];
    let once = text(Value::Object(fields.clone()));
    let raw = format!("{},{}:{}}}", &once[..once.len() - 1], json!(name), fields[name]);
    if place.is_empty() { raw } else { with(snapshot, place, &raw) }
}

/// Returns the pointer of the record that a place is in.
fn record(place: &str) -> &str {
    let mut place = place;
    while let Some((parent, name)) = place.rsplit_once('/') {
        place = parent;
        if name.parse::<usize>().is_err() {
            break;
        }
    }
    place
}

/// Puts a value of the right type in a place, one that is just allowed or just not.
fn stretched(mut snapshot: Value, places: &[String], random: &mut Random) -> String {
    let mut scalars = places.to_vec();
    scalars.retain(|place| !at(&mut snapshot, place).is_array() && !at(&mut snapshot, place).is_object());
    let place = any_place(&scalars, random);
    scalars.retain(|other| field(other) == field(&place));
    let value = if at(&mut snapshot, &place).is_string() {
        match random.below(7) {
            0 => json!(""),
            1 => json!("i".repeat(128)),
            2 => json!("é".repeat(64) + "i"),
            3 => json!("😀".repeat(32)),
            4 => json!("Manual"),
            // What stands in another place, so that it stands twice.
            _ => at(&mut snapshot, &scalars[random.below(scalars.len())]).clone(),
        }
    } else {
        let bound = random.pick(&[0_i64, 1_000, (1 << 31) - 1, (1 << 53) - 1]);
        json!(random.pick(&[-bound - 1, -bound, bound, bound + 1]))
    };
    *at(&mut snapshot, &place) = value;
    text(snapshot)
}

/// Lets all teams share the rotation of the first, whatever their assignments.
fn shared(mut snapshot: Value) -> String {
    if let Some(teams) = snapshot["teams"].as_array_mut() {
        let rotation = teams.first().map(|first| first.get("rotation").unwrap_or(&first["id"]).clone());
        for team in teams.iter_mut().skip(1) {
            team["rotation"] = rotation.clone().expect("there is a first where there is another");
        }
    }
    text(snapshot)
}

/// Does something to the text as such.
fn mangled(mut text: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let byte = |random: &mut Random| u8::try_from(random.below(256)).expect("a byte");
    match random.below(20) {
        0 => return Vec::new(),
        1 | 2 => return (0..random.below(60)).map(|_| byte(random)).collect(),
        3..6 => text.truncate(random.below(text.len())),
        _ => {}
    }
    for _ in 0..=random.below(3) {
        let at = random.below(text.len() + 1);
        match random.below(3) {
            0 if at < text.len() => text[at] = byte(random),
            1 if at < text.len() => drop(text.remove(at)),
            _ => drop(text.splice(at..at, random.pick(&PIECES).iter().copied())),
        }
    }
    text
}
