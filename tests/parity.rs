//! Replays recorded runs of Libredesk's own engine through `evenhand::plan`: every tick, every
//! try, every cursor. This test is the host; what the original's memory and its stores did wrong
//! lives here and not in the core.
//!
//! The folder named by the environment variable `EVENHAND_TRACES`, if there is one, is replayed too.

mod desk;
mod host;
mod store;
mod trace;

use crate::support::show;
use desk::Pools;
use flate2::read::GzDecoder;
use host::Host;
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use trace::{Scenario, Tick};

/// How many mismatches are printed in full.
const SHOWN: u32 = 5;

/// What a set of traces came to.
#[derive(Default)]
struct Tally {
    scenarios: u32,
    mismatches: u32,
    ticks: u32,
    tries: usize,
    /// Ticks that one plan carried from the first conversation to the last.
    whole: u32,
}

#[test]
fn the_recorded_runs_are_replayed_as_they_were() {
    replay(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/traces")), ".jsonl.gz");
    if let Some(folder) = std::env::var_os("EVENHAND_TRACES") {
        replay(Path::new(&folder), ".jsonl");
    }
}

/// Replays every file of a folder and shows what it came to.
fn replay(folder: &Path, suffix: &str) {
    let mut tally = Tally::default();
    println!("parity with the traces in {}", folder.display());
    replay_folder(folder, suffix, &mut tally).expect("the traces can be read");
    println!(
        "{} ticks, {} tries; {} ticks were one plan, {} were planned again where a store failed",
        tally.ticks,
        tally.tries,
        tally.whole,
        tally.ticks - tally.whole
    );
    show(&format!("{} scenarios, {} mismatches", tally.scenarios, tally.mismatches));
    assert!(tally.scenarios > 0, "no scenario in any *{suffix}");
    assert_eq!(tally.mismatches, 0, "mismatches");
}

fn replay_folder(folder: &Path, suffix: &str, tally: &mut Tally) -> io::Result<()> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<io::Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.to_string_lossy().ends_with(suffix));
    paths.sort();
    for path in paths {
        let file = File::open(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let lines: Box<dyn BufRead> = if path.extension().is_some_and(|extension| extension == "gz") {
            Box::new(BufReader::new(GzDecoder::new(file)))
        } else {
            Box::new(BufReader::new(file))
        };
        for (line, text) in lines.lines().enumerate() {
            let text = text?;
            if text.trim().is_empty() {
                continue;
            }
            tally.scenarios += 1;
            match serde_json::from_str(&text) {
                Ok(scenario) => replay_scenario(&name, &scenario, tally),
                Err(error) => tally.mismatch(&format!("{name}, line {}: {error}", line + 1)),
            }
        }
    }
    Ok(())
}

fn replay_scenario(file: &str, scenario: &Scenario, tally: &mut Tally) {
    let mut host = Host::new(scenario.engine);
    for tick in &scenario.ticks {
        let place = format!("{file}, scenario {}, tick {}", scenario.number, tick.n);
        tally.ticks += 1;
        replay_tick(&place, &mut host, tick, tally);
        // A mismatch is counted where it is, not in every later tick.
        host.pools = Pools::from_rows(&tick.after);
    }
}

fn replay_tick(place: &str, host: &mut Host, tick: &Tick, tally: &mut Tally) {
    if tick.restart == 1 {
        host.restart();
    }
    tally.compare(place, "before", &host.pools.rows(), &tick.before);
    match host.play(tick) {
        Ok(played) => {
            tally.tries += played.tries.len();
            tally.whole += u32::from(played.plans == 1);
            tally.compare(place, "app", &played.appended, &tick.appended);
            tally.compare(place, "out", &played.tries, &tick.tries);
            tally.compare(place, "after", &host.pools.rows(), &tick.after);
        }
        Err(contradiction) => tally.mismatch(&format!("{place}: {contradiction}")),
    }
}

impl Tally {
    fn compare<T: PartialEq + Debug>(&mut self, place: &str, what: &str, ours: &T, theirs: &T) {
        if ours != theirs {
            self.mismatch(&format!("{place}, `{what}`\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }

    fn mismatch(&mut self, text: &str) {
        self.mismatches += 1;
        if self.mismatches <= SHOWN {
            println!("{text}");
        }
    }
}
