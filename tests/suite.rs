//! The suite that every runtime runs (`tests/runtimes/README.md`), and native Rust as the first of them: it makes the
//! inputs, answers them, and holds the answers to `tests/runtimes/answers.sha256`.
//!
//! `cargo xtask suite` names the folder that the suite is written to (`EVENHAND_SUITE`), and says where an answer is
//! meant to change (`EVENHAND_ACCEPT`).

mod broken;
mod generator;
mod loose;

use crate::support::{accepts, cases, show};
use evenhand::Error;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::{fs, io, path::Path};

const DIGESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/runtimes/answers.sha256");

/// One thing that a door is asked.
struct Question {
    name: String,
    input: Vec<u8>,
}

#[test]
fn native_rust_gives_the_accepted_answers() {
    let mut questions = Vec::new();
    for (name, case) in cases::files().expect("the cases can be read") {
        let input = cases::input(&case).expect("a case gives something");
        questions.push(Question { name: format!("cases/{name}"), input });
    }
    assert!(!questions.is_empty(), "no cases");
    questions.extend(generator::questions());
    let answers: Vec<Vec<u8>> =
        questions.iter().map(|question| envelope(evenhand::plan_json(&question.input))).collect();

    if let Some(folder) = std::env::var_os("EVENHAND_SUITE") {
        write(Path::new(&folder), &questions, &answers).expect("the suite can be written");
    }
    let found = digests(&questions, &answers);
    if accepts() {
        fs::write(DIGESTS, &found).expect("the digests can be written");
    }
    show(&format!("native: {} answers, SHA-256 {}", answers.len(), sha_256(answers.iter())));
    let accepted = fs::read_to_string(DIGESTS).expect("the digests can be read");
    for line in found.lines().filter(|line| !accepted.lines().any(|other| other == *line)) {
        println!("not in tests/runtimes/answers.sha256: {line}");
    }
    assert!(
        found == accepted,
        "the answers have changed; where they were meant to: cargo xtask suite --accept"
    );
}

/// Writes the three files that a runner reads.
fn write(folder: &Path, questions: &[Question], answers: &[Vec<u8>]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("inputs.bin"), framed(questions.iter().map(|question| &*question.input)))?;
    fs::write(folder.join("answers.bin"), framed(answers.iter().map(Vec::as_slice)))?;
    let names = questions.iter().fold(String::new(), |all, one| all + &one.name + "\n");
    fs::write(folder.join("names.txt"), names)
}

/// Returns the answer as every door gives it: `{"ok":PLAN}` or `{"error":{"code":..,"path":..,"message":..}}`.
fn envelope(answer: Result<String, Error>) -> Vec<u8> {
    let quoted = |text: &str| json!(text).to_string();
    match answer {
        Ok(plan) => format!("{{\"ok\":{plan}}}"),
        Err(error) => format!(
            "{{\"error\":{{\"code\":{},\"path\":{},\"message\":{}}}}}",
            quoted(error.kind().code()),
            quoted(error.path()),
            quoted(&error.to_string()),
        ),
    }
    .into_bytes()
}

/// Returns each part after its length, four bytes in little endian.
fn framed<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let length = |part: &[u8]| u32::try_from(part.len()).expect("inputs and answers are small").to_le_bytes();
    parts.flat_map(|part| [&length(part), part].concat()).collect()
}

fn sha_256<'a>(answers: impl Iterator<Item = &'a Vec<u8>>) -> String {
    format!("{:x}", Sha256::digest(framed(answers.map(Vec::as_slice))))
}

/// Returns a line per topic and one for all: the SHA-256 of the framed answers, how many there are, and the topic.
fn digests(questions: &[Question], answers: &[Vec<u8>]) -> String {
    let topic =
        |question: &Question| question.name.rsplit_once('/').map_or("", |(topic, _)| topic).to_owned();
    let mut topics: Vec<String> = questions.iter().map(topic).collect();
    topics.dedup();
    let line = |name: &str, answers: Vec<&Vec<u8>>| {
        format!("{} {:4} {name}\n", sha_256(answers.iter().copied()), answers.len())
    };
    let of = |name: &String| {
        let asked = questions.iter().zip(answers).filter(|(question, _)| topic(question) == *name);
        line(name, asked.map(|(_, answer)| answer).collect())
    };
    topics.iter().map(of).collect::<String>() + &line("all", answers.iter().collect())
}
