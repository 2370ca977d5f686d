//! `evenhand-wasmtime`: a timer and two statements, on a Libredesk database.

mod desk;
mod end;
mod log;
mod recovery;
mod report;
mod settings;
mod tick;
mod words;

use clap::Parser as _;
use desk::{Desk, Fault};
use end::End;
use log::Log;
use recovery::until_it_answers;
use settings::{Options, Settings};
use std::{process::ExitCode, sync::Arc, time::Duration};
use tick::Ticker;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How the program ends, in its exit code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    AsTold = 0,
    Failed = 1,
    WrongOptions = 2,
    OutOfReach = 3,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let ending = runtime.block_on(run(options));
    // A plan that is being computed is not waited for.
    runtime.shutdown_background();
    ExitCode::from(ending as u8)
}

async fn run(options: Options) -> Ending {
    let (log, end) = end::listen(options.grace);
    let settings = match Settings::read(options) {
        Ok(settings) => settings,
        Err(error) => return refuse(&log, &format!("{error:#}")),
    };
    let mut desk = match Desk::new(&settings.url, settings.timeout) {
        Ok(desk) => desk,
        Err(error) => return unopened(&log, &error),
    };
    log.say(&format!("Evenhand on {}", desk.title()));
    let mut host =
        Host { ticker: Ticker::new(Arc::clone(&settings.planner), settings.how.clone()), log, end, settings };
    let ending = host.run(&mut desk).await;
    // A server that hangs does not even answer a goodbye.
    _ = timeout(Duration::from_secs(1), desk.close()).await;
    ending
}

struct Host {
    ticker: Ticker,
    log: Log,
    end: End,
    settings: Settings,
}

impl Host {
    async fn run(&mut self, desk: &mut Desk) -> Ending {
        let dry = self.settings.dry_run;
        // A dry run brings its table along.
        let mut attempt = async || if dry { desk.connect().await } else { desk.prepare().await };
        let reached = if self.settings.wait {
            let waits = |error: &str| {
                self.log.error(&format!("the database cannot be reached: {error}; waiting for it"));
            };
            until_it_answers(&mut self.end, attempt, waits, |time| self.log.say(&report::back(time))).await
        } else {
            tokio::select! { reached = attempt() => Some(reached), () = self.end.told() => None }
        };
        match reached {
            None => Ending::AsTold,
            Some(Err(fault)) => unopened(&self.log, &fault),
            Some(Ok(())) if dry => self.show_plan(desk).await,
            Some(Ok(())) => self.work(desk).await,
        }
    }

    async fn show_plan(&self, desk: &mut Desk) -> Ending {
        match self.ticker.dry_run(desk).await {
            Ok(seen) => {
                if let Some(line) = report::too_much(1, &seen) {
                    self.log.say(&line);
                }
                let lines = [report::size(&seen)]
                    .into_iter()
                    .chain(report::unused(&seen))
                    .chain(report::dry_run(&seen));
                lines.for_each(|line| self.log.plain(&line));
                Ending::AsTold
            }
            Err(fault) => {
                self.log.error(&report::failure(1, &fault));
                Ending::Failed
            }
        }
    }

    /// Ticks until the number of ticks is reached or a signal comes. Ticks never overlap: one that takes longer is
    /// waited for, and the beats that it covered are left out.
    async fn work(&mut self, desk: &mut Desk) -> Ending {
        let Settings { ticks, once, .. } = self.settings;
        let mut beat = interval(self.settings.interval);
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut said = report::Said::default();
        let mut failures = 0;
        for n in 1..=ticks.unwrap_or(u64::MAX) {
            tokio::select! {
                biased;
                () = self.end.told() => break,
                _ = beat.tick() => {}
            }
            let log = &self.log;
            let outcome = if once {
                Some(self.ticker.tick(desk).await)
            } else {
                let attempt = async || self.ticker.tick(desk).await;
                let lost = |error: &str| log.error(&report::gone(error));
                until_it_answers(&mut self.end, attempt, lost, |time| log.say(&report::back(time))).await
            };
            match outcome {
                None => break,
                Some(Ok(outcome)) => {
                    for line in said.lines(n, &outcome, self.settings.interval) {
                        log.say(&line);
                    }
                }
                Some(Err(fault)) => {
                    failures += 1;
                    log.error(&report::failure(n, &fault));
                }
            }
        }
        if failures > 0 && ticks.is_some() { Ending::Failed } else { Ending::AsTold }
    }
}

fn refuse(log: &Log, why: &str) -> Ending {
    log.error(why);
    Ending::WrongOptions
}

/// Says why the desk could not be opened.
fn unopened(log: &Log, fault: &Fault) -> Ending {
    match fault {
        Fault::ShutOut(why) => refuse(
            log,
            &format!("the database does not let the host in; change DATABASE_URL or what it names: {why}"),
        ),
        Fault::Lost(why) => {
            log.error(&format!("the database cannot be reached; --wait waits for it: {why}"));
            Ending::OutOfReach
        }
        other => {
            log.error(&format!("the desk cannot be opened: {other}"));
            Ending::Failed
        }
    }
}
