//! The engine against the naive model: whole plans, compared on random desks that live through several ticks.
//!
//! A run is reproducible: `EVENHAND_SEED=n` starts it elsewhere (default 0), and a difference is printed with the seed of
//! its history and the smallest snapshot that still shows it. Such a snapshot becomes a case or a test of its own.

use crate::model;
use crate::support::history::{self, ASSIGNMENTS, Desk, Size};
use crate::support::shrink::shrink;
use evenhand::{Assignment, Cursor, Gate, Outcome, Plan, Rule, Snapshot, WaitReason};
use std::collections::BTreeMap;

const SMALL: Size = Size { agents: 6, teams: 3, arrivals: 12 };
const MEDIUM: Size = Size { agents: 22, teams: 4, arrivals: 40 };
const LARGE: Size = Size { agents: 90, teams: 3, arrivals: 160 };

#[test]
fn the_engine_agrees_with_the_model() {
    let first: u64 =
        std::env::var("EVENHAND_SEED").map_or(0, |seed| seed.parse().expect("EVENHAND_SEED is a number"));
    let mut seen = Seen::default();
    for (size, histories, ticks) in [(SMALL, 3_000, 8), (MEDIUM, 800, 8), (LARGE, 150, 6)] {
        for seed in (first..).take(histories) {
            let mut desk = Desk::new(seed, size, history::plain);
            for tick in 0..ticks {
                let snapshot = desk.tick();
                if disagree(&snapshot) {
                    report(seed, tick, &snapshot);
                }
                let plan = model::plan(&snapshot);
                seen.look_at(&snapshot, &plan);
                desk.write(&plan);
            }
        }
    }
    println!("{} snapshots, {} decisions compared from seed {first}", seen.snapshots, seen.decisions);
    println!("{:#?}", seen.counts);
    assert!(seen.snapshots >= 10_000, "only {} snapshots", seen.snapshots);
    seen.assert_everything_occurred();
}

fn disagree(snapshot: &Snapshot<'_>) -> bool {
    // A panic of the engine is a difference too.
    std::panic::catch_unwind(|| evenhand::plan(snapshot) != Ok(model::plan(snapshot))).unwrap_or(true)
}

fn report(seed: u64, tick: usize, snapshot: &Snapshot<'_>) {
    let smallest = shrink(snapshot.clone(), disagree);
    let text = serde_json::to_string(&smallest).expect("records are writable");
    eprintln!("history {seed}, tick {tick}; the smallest snapshot that shows it:\n{text}");
    let expected = model::plan(&smallest);
    assert_eq!(
        evenhand::plan(&smallest),
        Ok(expected),
        "engine (left) and model (right) differ, history {seed}"
    );
}

/// What the random desks really brought about, so that the generator cannot go stale unnoticed.
#[derive(Default)]
struct Seen {
    snapshots: usize,
    decisions: usize,
    counts: BTreeMap<String, usize>,
}

impl Seen {
    fn saw(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    fn look_at(&mut self, snapshot: &Snapshot<'_>, plan: &Plan<'_>) {
        self.snapshots += 1;
        self.decisions += plan.decisions.len();
        for decision in &plan.decisions {
            let team = snapshot.teams.iter().find(|team| team.id == decision.team);
            let rule = team.map_or("none".to_owned(), |team| format!("{:?}", team.assignment));
            self.saw(format!("{} by {rule}", decision.outcome.code()));
            if let Outcome::Waits(why) = decision.outcome {
                self.saw(format!("waits: {}", why.code()));
            }
        }
        for gate in plan.waiting.iter().flat_map(|group| &group.passed_over) {
            self.saw(format!("gate: {}", gate.why.code()));
        }
        for team in &snapshot.teams {
            let Some(cursor) = snapshot.cursors.iter().find(|cursor| cursor.team == team.id) else {
                continue;
            };
            self.saw(format!("{:?} to {:?}", cursor.rule, team.assignment));
            if matches!(team.assignment, Assignment::RoundRobin | Assignment::LeastLoaded) {
                let known =
                    |turn: &&evenhand::Turn<'_>| team.members.iter().any(|member| member.agent == turn.agent);
                let sum: i128 = cursor.turns.iter().filter(known).map(|turn| i128::from(turn.owed)).sum();
                let same = matches!(cursor.rule, Rule::RoundRobin | Rule::LeastLoaded);
                let remaining = i128::try_from(cursor.turns.iter().filter(known).count()).expect("a length");
                if same && sum != 0 {
                    self.saw(if sum < 0 { "levelled up" } else { "levelled down" });
                    if sum % remaining != 0 {
                        self.saw(if sum < 0 { "remainder below 0" } else { "remainder above 0" });
                    }
                }
            }
            let strangers =
                cursor.turns.iter().filter(|turn| team.members.iter().all(|m| m.agent != turn.agent));
            if strangers.count() > 0 {
                self.saw("turns of people who are gone");
            }
            let new =
                team.members.iter().filter(|m| cursor.turns.iter().all(|turn| turn.agent != m.agent)).count();
            if new > 1 && !cursor.turns.is_empty() {
                self.saw(if snapshot.seed.is_some() { "newcomers shuffled" } else { "newcomers in order" });
            }
            if team.members.len() > 40 {
                self.saw("more than 40 members");
            }
        }
        for lost in &snapshot.lost_claims {
            let member = snapshot
                .teams
                .iter()
                .filter(|team| team.id == lost.team)
                .flat_map(|team| &team.members)
                .find(|member| member.agent == lost.agent);
            self.saw(match member {
                None => "lost claim of a stranger",
                Some(member) if member.weight == 0 => "lost claim of weight 0",
                Some(_) => "lost claim of a member",
            });
        }
        if plan.cursors.iter().any(is_saturated) {
            self.saw("owed at its bound");
        }
    }

    fn assert_everything_occurred(&self) {
        let mut wanted: Vec<String> = [
            "turn by RoundRobin",
            "only_candidate by RoundRobin",
            "least_loaded by LeastLoaded",
            "only_candidate by LeastLoaded",
            "turn by Libredesk2025",
            "turn by Libredesk2026",
            "turn_lost by Libredesk2025",
            "turn_lost by Libredesk2026",
            "nobody_available by Libredesk2025",
            "no_members by Libredesk2026",
            "levelled up",
            "levelled down",
            "remainder below 0",
            "remainder above 0",
            "turns of people who are gone",
            "newcomers shuffled",
            "newcomers in order",
            "more than 40 members",
            "lost claim of a stranger",
            "lost claim of weight 0",
            "lost claim of a member",
            "owed at its bound",
        ]
        .map(str::to_owned)
        .to_vec();
        wanted.extend(WaitReason::ALL.iter().map(|why| format!("waits: {}", why.code())));
        wanted.extend(Gate::ALL.iter().map(|gate| format!("gate: {}", gate.code())));
        for from in ["RoundRobin", "LeastLoaded", "Libredesk2025", "Libredesk2026"] {
            wanted.extend(ASSIGNMENTS.iter().map(|to| format!("{from} to {to:?}")));
        }
        let missing: Vec<_> = wanted.iter().filter(|what| !self.counts.contains_key(*what)).collect();
        assert!(missing.is_empty(), "the random desks no longer bring about {missing:?}");
    }
}

fn is_saturated(cursor: &Cursor<'_>) -> bool {
    cursor.turns.iter().any(|turn| turn.owed.unsigned_abs() == evenhand::MAX_INTEGER)
}
