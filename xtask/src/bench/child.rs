//! A runtime that runs as a program of its own; `benches/runtimes/README.md` says what is spoken.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio},
};

/// How a runtime is started.
pub(super) struct Runtime {
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

/// A runtime that waits for the next request.
pub(super) struct Child {
    pub(super) name: &'static str,
    process: Process,
    /// Gone once the child has to end.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Runtime {
    pub(super) fn start(&self) -> Result<Child> {
        let name = self.name;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("{name} does not start"))?;
        let requests = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().context("the child has a stdout")?);
        Ok(Child { name, process, requests, answers })
    }
}

impl Child {
    /// Sends a request, and returns the answer.
    pub(super) fn ask(&mut self, request: &Value) -> Result<Value> {
        let name = self.name;
        let requests = self.requests.as_mut().context("the child runs")?;
        writeln!(requests, "{request}")?;
        requests.flush()?;
        let mut line = String::new();
        ensure!(self.answers.read_line(&mut line)? > 0, "{name} has ended instead of an answer to {request}");
        serde_json::from_str(&line).with_context(|| format!("{name} answers {line}"))
    }
}

impl Drop for Child {
    /// Ends with the last request, and leaves no process behind.
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ended = self.process.wait();
    }
}

/// Returns the nanoseconds in a field of an answer: one, or a list of them; none where there is no such field.
pub(super) fn times(answer: &Value, field: &str) -> Vec<f64> {
    match &answer[field] {
        Value::Array(times) => times.iter().filter_map(Value::as_f64).collect(),
        time => time.as_f64().into_iter().collect(),
    }
}
