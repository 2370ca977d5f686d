//! What the host is told: flags, then the environment, then a file for single teams and people.

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Parser, builder::BoolishValueParser};
use evenhand_wasmtime::Planner;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;
use std::{env, fs, sync::Arc, time::Duration};

/// Assigns the waiting conversations of a Libredesk database with Evenhand, on a timer
#[derive(Parser)]
#[command(
    version,
    after_help = "Environment:
  DATABASE_URL  the Libredesk database, postgres://user:password@host:port/name?sslmode=...
  EVENHAND_...  the option of that name, a switch is on with 1; a flag comes before it

Signals:
  SIGINT, SIGTERM  end after the running tick, within --grace; a second one ends at once

Exit codes:
  0         ended as told: all ticks done, or a signal came
  1         the desk could not be opened, or, with --once, --ticks or --dry-run, a tick failed
  2         wrong options, or a database that does not let the host in
  3         a database that could not be reached at start, without --wait
  4         the running tick did not end within --grace
  130, 143  ended at once by a second SIGINT or SIGTERM"
)]
pub(crate) struct Options {
    /// From the start of one tick to the start of the next: 5, 30s, 5m
    #[arg(long, env = "EVENHAND_INTERVAL", default_value = "5", value_parser = duration(0.01, 86_400.0))]
    interval: Duration,
    /// The rule for teams set to "Round robin"
    #[arg(long, env = "EVENHAND_RULE", default_value = "round_robin", value_parser = RULES)]
    rule: String,
    /// Each conversation in order, or the most that can be served
    #[arg(long, env = "EVENHAND_OBJECTIVE", default_value = "in_order", value_parser = OBJECTIVES)]
    objective: String,
    /// The availabilities that get new work, with commas between
    #[arg(long, env = "EVENHAND_ASSIGNABLE", default_value = "online,away", value_delimiter = ',', value_parser = AVAILABILITIES)]
    assignable: Vec<String>,
    /// A JSON file with the `rules`, `weights` and `capacities` of single teams and people
    #[arg(long, value_name = "FILE", env = "EVENHAND_CONFIG")]
    config: Option<PathBuf>,
    /// Run one tick and end
    #[arg(long, conflicts_with = "ticks")]
    once: bool,
    /// Run so many ticks and end
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    ticks: Option<u64>,
    /// Print the plan of one tick and write nothing
    #[arg(long, conflicts_with = "ticks")]
    dry_run: bool,
    /// Wait for a database that cannot be reached at start
    #[arg(long, env = "EVENHAND_WAIT", value_parser = BoolishValueParser::new())]
    wait: bool,
    /// Give a statement up after so long, and take the database for lost
    #[arg(long, env = "EVENHAND_TIMEOUT", default_value = "30", value_parser = duration(0.1, 3_600.0))]
    timeout: Duration,
    /// What the running tick has after a signal
    #[arg(long, env = "EVENHAND_GRACE", default_value = "8", value_parser = duration(0.0, 3_600.0))]
    pub(crate) grace: Duration,
    /// The core module or the component
    #[arg(long, value_name = "FILE", env = "EVENHAND_MODULE", default_value = "dist/evenhand.core.wasm")]
    module: PathBuf,
    /// Keep the compiled module here for the next start
    #[arg(long, value_name = "FOLDER", env = "EVENHAND_CACHE")]
    cache: Option<PathBuf>,
}

const RULES: [&str; 5] = ["round_robin", "least_loaded", "least_recent", "libredesk_2025", "libredesk_2026"];
const OBJECTIVES: [&str; 2] = ["in_order", "most"];
const AVAILABILITIES: [&str; 5] = ["online", "away", "away_manual", "offline", "away_and_reassigning"];

/// What the host goes by.
pub(crate) struct Settings {
    pub(crate) url: String,
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) ticks: Option<u64>,
    pub(crate) once: bool,
    pub(crate) dry_run: bool,
    pub(crate) wait: bool,
    pub(crate) how: How,
    pub(crate) planner: Arc<Planner>,
}

/// How to assign: the parameter of the snapshot statement.
#[derive(Clone, Serialize)]
pub(crate) struct How {
    rule: String,
    objective: String,
    assignable: Vec<String>,
    #[serde(flatten)]
    single: Single,
}

/// What is about single teams and people. What the lists hold the database reads.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Single {
    rules: Vec<Value>,
    weights: Vec<Value>,
    capacities: Vec<Value>,
}

impl Settings {
    pub(crate) fn read(options: Options) -> Result<Self> {
        let url = env::var("DATABASE_URL").unwrap_or_default();
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            bail!("DATABASE_URL must begin with postgres:// or postgresql://");
        }
        let single = options.config.map_or(Ok(Single::default()), |path| {
            let text = fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
            serde_json::from_slice(&text).with_context(|| format!("`{}` is no configuration", path.display()))
        })?;
        let planner = Planner::load(&options.module, options.cache.as_deref())?;
        Ok(Self {
            url,
            interval: options.interval,
            timeout: options.timeout,
            ticks: if options.once { Some(1) } else { options.ticks },
            once: options.once,
            dry_run: options.dry_run,
            wait: options.wait,
            how: How {
                rule: options.rule,
                objective: options.objective,
                assignable: options.assignable,
                single,
            },
            planner: Arc::new(planner),
        })
    }
}

/// Returns a reader of a time from `least` to `most` seconds: a number of seconds, or one with a unit.
fn duration(least: f64, most: f64) -> impl Fn(&str) -> Result<Duration> + Clone {
    move |text| {
        let seconds = match text.parse::<f64>() {
            Ok(seconds) => seconds,
            Err(_) => text
                .parse::<jiff::SignedDuration>()
                .context("expected seconds, or a time like 30s or 5m")?
                .as_secs_f64(),
        };
        ensure!((least..=most).contains(&seconds), "expected {least} to {most} seconds");
        Ok(Duration::from_secs_f64(seconds))
    }
}
