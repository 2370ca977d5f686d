//! What people read.

use crate::{End, Run};
use anyhow::Result;
use evenhand_wasmtime::{Decision, Error, LoadChange, Plan, Waiting};
use std::fmt::{self, Write as _};
use std::{array, iter};

/// How many decisions are shown.
const SHOWN: usize = 20;

/// Returns a plan, or why there is none, and what it cost.
pub(crate) fn run(run: &Run) -> Result<String> {
    let mut text = match &run.call.answer {
        Ok(plan) => planned(&serde_json::from_str(plan)?)?,
        Err(error) => format!("{error}\n"),
    };
    let cost = run.call.cost;
    let row = |what, used: u64, limit: u64| {
        format!("{what:<13}{:>15}{:>15}{:>9}\n", grouped(used), grouped(limit), share(used, limit))
    };
    writeln!(text, "\ncost                    used          limit")?;
    text += &row("instructions", cost.instructions, run.limits.instructions);
    text += &row("memory", cost.memory as u64, run.limits.memory as u64);
    writeln!(text, "input        {:>15}", grouped(cost.input as u64))?;
    writeln!(text, "output       {:>15}", grouped(cost.output as u64))?;
    writeln!(text, "milliseconds {:>15.2}", cost.time.as_secs_f64() * 1e3)?;
    if run.end == End::OverLimit {
        writeln!(text, "over a limit")?;
    }
    Ok(text)
}

fn planned(plan: &Plan) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for Decision { conversation, team, agent, why, .. } in plan.decisions.iter().take(SHOWN) {
        let what = agent.as_ref().map_or("waits".to_owned(), |agent| format!("-> {agent}"));
        writeln!(text, "{conversation} {team} {what} ({why})")?;
    }
    if plan.decisions.len() > SHOWN {
        writeln!(text, "and {} more", grouped((plan.decisions.len() - SHOWN) as u64))?;
    }
    for group in &plan.waiting {
        let Waiting { team, why, conversations, passed_over, .. } = group;
        let who: Vec<_> = iter::once(team.clone()).chain(group.kind()).collect();
        let verb = if *conversations == 1 { "waits" } else { "wait" };
        let gates: Vec<_> = passed_over.iter().map(|gate| format!("{} {}", gate.members, gate.why)).collect();
        let gates = if gates.is_empty() { String::new() } else { format!(" ({})", gates.join(", ")) };
        writeln!(text, "{}: {conversations} {verb}: {why}{gates}", who.join(", "))?;
    }
    for bottleneck in &plan.bottlenecks {
        writeln!(text, "{}", bottleneck.sentence(str::to_owned, str::to_owned))?;
    }
    for LoadChange { agent, before, after } in plan.loads.iter().take(SHOWN) {
        writeln!(text, "load of {agent}: {before} -> {after}")?;
    }
    if plan.loads.len() > SHOWN {
        writeln!(text, "and {} more", grouped((plan.loads.len() - SHOWN) as u64))?;
    }
    Ok(text)
}

/// A table of many runs.
#[derive(Default)]
pub(crate) struct Table(Vec<[String; 9]>);

const HEADS: [&str; 9] = [
    "snapshot",
    "end",
    "instructions",
    "per byte",
    "of limit",
    "memory",
    "of limit",
    "input",
    "milliseconds",
];

impl Table {
    pub(crate) fn add(&mut self, run: &Run) {
        let cost = run.call.cost;
        let end = match (&run.call.answer, run.end) {
            (Ok(_), End::Planned) => "planned".to_owned(),
            (_, End::OverLimit) => "over a limit".to_owned(),
            (Err(Error::Refused(refusal)), _) => refusal.code.clone(),
            _ => "failed".to_owned(),
        };
        self.0.push([
            run.name.clone(),
            end,
            grouped(cost.instructions),
            grouped(cost.instructions / cost.input.max(1) as u64),
            share(cost.instructions, run.limits.instructions),
            grouped(cost.memory as u64),
            share(cost.memory as u64, run.limits.memory as u64),
            grouped(cost.input as u64),
            format!("{:.2}", cost.time.as_secs_f64() * 1e3),
        ]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let heads = HEADS.map(str::to_owned);
        let rows = || [&heads].into_iter().chain(&self.0);
        let widths: [_; HEADS.len()] =
            array::from_fn(|column| rows().map(|row| row[column].chars().count()).max().unwrap_or(0));
        for row in rows() {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                // Words to the left, numbers to the right.
                match column {
                    0 | 1 => write!(line, "{cell:<width$}  ")?,
                    _ => write!(line, "{cell:>width$}  ")?,
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn share(used: u64, limit: u64) -> String {
    let thousandths = u128::from(used) * 1_000 / u128::from(limit.max(1));
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

/// Returns a number with a comma after each third digit.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
