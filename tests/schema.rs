//! The JSON Schema of the wire that the npm package ships: `pkg/schema.json` is what the types say.
//!
//! `EVENHAND_ACCEPT=1 cargo test --features schema schema::` writes it anew.

use crate::support::{accepts, show};
use evenhand::{
    Explanation, MAX_AGENTS, MAX_CONVERSATIONS, MAX_ID_BYTES, MAX_INTEGER, MAX_LEVEL, MAX_LOAD, MAX_PRIORITY,
    MAX_TEAMS, MAX_TIER, MAX_WEIGHT, Plan, Snapshot, Violation, WIRE_VERSION,
};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::fs;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/pkg/schema.json");

#[test]
fn the_schema_is_what_the_types_say() {
    let mut defs = records::<Snapshot<'_>>(SchemaSettings::draft2020_12().for_deserialize());
    let answers = || SchemaSettings::draft2020_12().for_serialize();
    let asked: Vec<String> = defs.keys().cloned().collect();
    let written = [
        records::<Plan<'_>>(answers()),
        records::<Explanation<'_>>(answers()),
        records::<Violation>(answers()),
    ];
    for (name, mut answer) in written.into_iter().flatten() {
        // Answers may grow fields: only the checker, which reads them, knows no more.
        if !asked.contains(&name) {
            open(&mut answer);
        }
        // A plan's cursors are those of the next snapshot, and an explanation's decision is the plan's.
        let shared = defs.insert(name.clone(), answer.clone());
        assert!(shared.is_none_or(|other| other == answer), "`{name}` is read and written differently");
    }
    let records = ["Snapshot", "Plan", "Explanation", "Violation"];
    let records = records.map(|name| json!({ "$ref": format!("#/$defs/{name}") }));
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Evenhand, wire version {WIRE_VERSION}"),
        "description": "A snapshot, which goes in, or a plan, an explanation or a violation, which comes out.",
        "anyOf": records,
        "$defs": &defs,
    });
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON") + "\n";
    if accepts() {
        fs::write(FILE, &text).expect("the file can be written");
    }
    let kept = fs::read_to_string(FILE).expect("pkg/schema.json is there");
    assert!(kept == text, "pkg/schema.json is not what the types say: write it anew with EVENHAND_ACCEPT=1");
    show(&format!("{} records in pkg/schema.json", defs.len()));
}

/// Lets a record, or each of its kinds, have more fields.
fn open(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("additionalProperties");
            fields.values_mut().for_each(open);
        }
        Value::Array(values) => values.iter_mut().for_each(open),
        _ => {}
    }
}

/// Returns the schemas of a record and of all that it holds, by name.
fn records<T: JsonSchema>(settings: SchemaSettings) -> Map<String, Value> {
    let mut generator = settings.into_generator();
    generator.subschema_for::<T>();
    let mut records = generator.take_definitions(true);
    records.values_mut().for_each(refine);
    records
}

/// Adds what Rust's types do not say about the wire, and takes away what it does not know.
fn refine(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("format");
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = plain(text);
            }
            if let Some(Value::Object(properties)) = fields.get_mut("properties").map(Value::take) {
                let (properties, required) = record(properties, fields.remove("required"));
                fields.insert("properties".into(), properties);
                fields.insert("required".into(), required);
            }
            fields.values_mut().for_each(refine);
        }
        Value::Array(values) => values.iter_mut().for_each(refine),
        _ => {}
    }
}

/// Returns a record's fields, and the names of those that must be there.
fn record(mut properties: Map<String, Value>, required: Option<Value>) -> (Value, Value) {
    let mut required: Vec<String> =
        required.map(serde_json::from_value).transpose().expect("names").unwrap_or_default();
    for (name, field) in &mut properties {
        match name.as_str() {
            // The two that are written as null and not left out.
            "load" | "agent" if field["type"][1] == "null" => {
                required.extend(Some(name).filter(|name| !required.contains(name)).cloned());
            }
            _ if field["anyOf"][1]["type"] == "null" => {
                let of = field["anyOf"][0]["$ref"].take();
                *field = json!({ "$ref": of, "description": &field["description"] });
            }
            _ if !required.contains(name) && field["type"][1] == "null" => {
                field["type"] = field["type"][0].take();
            }
            _ => {}
        }
        for (keyword, value) in limits(name, field) {
            field[keyword] = value;
        }
    }
    (properties.into(), required.into())
}

/// Returns the limits of a field.
///
/// An id's are in bytes and a schema counts characters, so that it lets some pass that are too long.
fn limits(name: &str, field: &Value) -> Vec<(&'static str, Value)> {
    match name {
        "version" => vec![("const", json!(WIRE_VERSION))],
        "id" | "agent" | "team" | "rotation" | "conversation" | "channel" | "skill" | "held_by" | "by"
            if field["type"] == "string" || field["type"][0] == "string" =>
        {
            vec![("minLength", json!(1)), ("maxLength", json!(MAX_ID_BYTES))]
        }
        "preferred" | "excluded" if field["type"] == "array" => {
            vec![("items", json!({ "type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES }))]
        }
        "load" | "capacity" | "max_load" | "max_new" => vec![("maximum", json!(MAX_LOAD))],
        "weight" => vec![("maximum", json!(MAX_WEIGHT))],
        "level" => vec![("minimum", json!(1)), ("maximum", json!(MAX_LEVEL))],
        "tier" => vec![("maximum", json!(MAX_TIER))],
        "priority" => vec![("minimum", json!(-MAX_PRIORITY)), ("maximum", json!(MAX_PRIORITY))],
        "set" => vec![("maximum", json!(u32::MAX))],
        // A load's `after` is no time.
        "after" if field["format"] == "uint32" => vec![],
        "seed" | "now" | "since" | "due" | "relax_after" | "hold_for" | "after" => {
            vec![("maximum", json!(MAX_INTEGER))]
        }
        "ageing" => vec![("minimum", json!(1)), ("maximum", json!(MAX_INTEGER))],
        "owed" => {
            let most = i64::try_from(MAX_INTEGER).expect("it is exact in every language");
            vec![("minimum", json!(-most)), ("maximum", json!(most))]
        }
        "agents" => vec![("maxItems", json!(MAX_AGENTS))],
        "teams" => vec![("maxItems", json!(MAX_TEAMS))],
        "conversations" if field["type"] == "array" => vec![("maxItems", json!(MAX_CONVERSATIONS))],
        _ => vec![],
    }
}

/// Returns a documentation text without what only Rust knows.
fn plain(text: &str) -> String {
    let words = [
        ("[`MAX_INTEGER`]", MAX_INTEGER.to_string()),
        ("[`MAX_WEIGHT`]", MAX_WEIGHT.to_string()),
        ("[`MAX_LEVEL`]", MAX_LEVEL.to_string()),
        ("[`MAX_TIER`]", MAX_TIER.to_string()),
        ("[`MAX_PRIORITY`]", MAX_PRIORITY.to_string()),
        ("[`WIRE_VERSION`]", WIRE_VERSION.to_string()),
        ("[`Team::assignable`]", "the team's `assignable`".into()),
        ("[`Rule::RoundRobin`]", "`round_robin`".into()),
        ("[`Rule::Libredesk2025`]", "`libredesk_2025`".into()),
        ("[`Objective::Most`](crate::Objective::Most)", "`most`".into()),
        ("[`Snapshot`]", "snapshot".into()),
        ("(crate::Snapshot)", String::new()),
        ("(crate::WIRE_VERSION)", String::new()),
        ("`None`: the host", "null: the host".into()),
        ("`None`: nobody", "null: nobody".into()),
        ("`None`", "Left out".into()),
    ];
    let text = words
        .iter()
        .fold(text.replace("\n\n", " ").replace('\n', " "), |text, (rust, wire)| text.replace(rust, wire));
    assert!(!text.contains("[`") && !text.contains("::"), "only Rust knows: {text}");
    text
}
