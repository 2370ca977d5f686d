//! The suite that every runtime runs (`tests/runtimes/README.md`), and native Rust as the first of them: it makes the
//! inputs, answers them, and holds the answers to `tests/runtimes/answers.sha256`.
//!
//! `cargo xtask suite` passes `--write FOLDER`, and `--accept` where an answer is meant to change.

#[path = "suite/broken.rs"]
mod broken;
#[path = "support/cases.rs"]
mod cases;
#[path = "suite/generator.rs"]
mod generator;
#[path = "support/history.rs"]
mod history;
#[path = "suite/loose.rs"]
mod loose;
#[path = "support/owned.rs"]
mod owned;
#[path = "support/random.rs"]
mod random;
#[path = "support/reached.rs"]
mod reached;

use evenhand::Error;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::{error, fs, path::Path, process::ExitCode};

const DIGESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/runtimes/answers.sha256");

/// One thing that a door is asked.
struct Question {
    name: String,
    input: Vec<u8>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn error::Error>> {
    let mut questions = Vec::new();
    for (name, case) in cases::files()? {
        questions.push(Question { name: format!("cases/{name}"), input: cases::input(&case)? });
    }
    if questions.is_empty() {
        return Err("no cases".into());
    }
    questions.extend(generator::questions());
    let answers: Vec<Vec<u8>> =
        questions.iter().map(|question| envelope(evenhand::plan_json(&question.input))).collect();

    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--write") {
        let folder = Path::new(arguments.get(at + 1).ok_or("--write takes a folder")?);
        fs::create_dir_all(folder)?;
        fs::write(folder.join("inputs.bin"), framed(questions.iter().map(|question| &*question.input)))?;
        fs::write(folder.join("answers.bin"), framed(answers.iter().map(Vec::as_slice)))?;
        fs::write(
            folder.join("names.txt"),
            questions.iter().fold(String::new(), |all, one| all + &one.name + "\n"),
        )?;
    }
    let found = digests(&questions, &answers);
    if arguments.iter().any(|argument| argument == "--accept") {
        fs::write(DIGESTS, &found)?;
    }
    println!("native: {} answers, SHA-256 {}", answers.len(), sha_256(answers.iter()));
    let accepted = fs::read_to_string(DIGESTS)?;
    for line in found.lines().filter(|line| !accepted.lines().any(|other| other == *line)) {
        println!("not in tests/runtimes/answers.sha256: {line}");
    }
    if found != accepted {
        return Err("the answers have changed; where they were meant to: cargo xtask suite --accept".into());
    }
    Ok(())
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
