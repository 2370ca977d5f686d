//! The files of `tests/cases/` and what each gives to a door.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::{fs, io, path::Path};

/// Returns the name (`<topic>/<name>`) and the text of every case, sorted by path.
pub(crate) fn files() -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for topic in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"))? {
        let topic = topic?;
        if topic.file_type()?.is_dir() {
            for file in fs::read_dir(topic.path())? {
                let file = file?;
                let (topic, path) = (topic.file_name(), file.path());
                let name = path.file_stem().unwrap_or_default();
                files.push((format!("{}/{}", topic.display(), name.display()), fs::read_to_string(&path)?));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Returns the bytes that a case gives: its `snapshot` written compactly, or its `text` as it stands.
pub(crate) fn input(case: &str) -> Result<Vec<u8>, String> {
    #[derive(Deserialize)]
    struct Given<'a> {
        #[serde(borrow)]
        snapshot: Option<&'a RawValue>,
        text: Option<String>,
    }
    let given: Given<'_> = serde_json::from_str(case).map_err(|error| error.to_string())?;
    match (given.snapshot, given.text) {
        (Some(snapshot), None) => Ok(compact(snapshot.get()).into_bytes()),
        (None, Some(text)) => Ok(text.into_bytes()),
        _ => Err("a case has either a snapshot or a text".into()),
    }
}

/// Returns JSON without the white space between its parts.
pub(crate) fn compact(json: &str) -> String {
    let mut inside = false;
    let mut escaped = false;
    let keep = |&letter: &char| {
        if inside {
            inside = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            return true;
        }
        inside = letter == '"';
        !letter.is_ascii_whitespace()
    };
    json.chars().filter(keep).collect()
}
