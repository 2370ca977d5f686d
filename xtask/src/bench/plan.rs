//! The benches of the crate, with criterion, as the tables of the README.

use crate::workspace::target;
use anyhow::{Context as _, Result};
use std::path::Path;
use xshell::{Shell, cmd};

/// The benchmarks of 100,000 conversations, as the README names them.
const ROWS: &[(&str, &str)] = &[
    ("round_robin", "`round_robin`, all online, nobody capped"),
    ("round_robin, all full", "`round_robin`, everybody full"),
    ("round_robin, 16 weights", "`round_robin`, 16 different weights in each team"),
    ("round_robin, 1000 weights", "`round_robin`, 1,000 different weights: no two members are alike"),
    (
        "round_robin, a shared rotation",
        "`round_robin`, one rotation for all teams, each agent in three of them",
    ),
    ("round_robin, 400 classes", "`round_robin`, 400 classes: 5 channels, and none to three of 30 skills"),
    ("round_robin, 1000 lists of skills", "`round_robin`, one team of 1,000, no two with the same skills"),
    ("least_loaded", "`least_loaded`"),
    ("least_recent", "`least_recent`"),
    ("libredesk_2026", "`libredesk_2026`"),
    ("round_robin, text to text", "`round_robin`, from JSON text to JSON text"),
];
const GROWTH: &[u32] = &[10_000, 31_623, 100_000, 316_228, 1_000_000];

/// Runs the benches and prints their medians.
pub(super) fn run(sh: &Shell) -> Result<()> {
    cmd!(sh, "cargo bench --locked --bench plan").run()?;
    let results = target(sh)?.join("criterion");
    println!("\n| 100,000 conversations | microseconds per conversation |\n| --- | --- |");
    for (bench, name) in ROWS {
        let nanoseconds = median(sh, &results.join("100000 conversations").join(bench))?;
        println!("| {name} | {:.3} |", nanoseconds / 1e3 / 1e5);
    }
    println!("\n| conversations | milliseconds | in 400 classes |\n| --- | --- | --- |");
    let mut points = [Vec::new(), Vec::new()];
    for &conversations in GROWTH {
        print!("| {conversations} |");
        for (desk, points) in ["plain", "400 classes"].iter().zip(&mut points) {
            let result = results.join("growth").join(desk).join(conversations.to_string());
            let nanoseconds = median(sh, &result)?;
            print!(" {:.1} |", nanoseconds / 1e6);
            points.push((f64::from(conversations).ln(), nanoseconds.ln()));
        }
        println!();
    }
    let [plain, classes] = points.map(|points| slope(&points));
    println!("\nlog-log slope of the growth: {plain:.2}, in 400 classes {classes:.2}");
    Ok(())
}

/// Returns criterion's median of one benchmark, in nanoseconds.
fn median(sh: &Shell, benchmark: &Path) -> Result<f64> {
    let text = sh.read_file(benchmark.join("new").join("estimates.json"))?;
    let estimates: serde_json::Value = serde_json::from_str(&text)?;
    estimates["median"]["point_estimate"].as_f64().context("criterion writes a median")
}

/// Returns the slope of the line of least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let sum = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
    let count = sum(|_| 1.0);
    let (x, y) = (sum(|point| point.0), sum(|point| point.1));
    (count * sum(|point| point.0 * point.1) - x * y) / (count * sum(|point| point.0 * point.0) - x * x)
}
