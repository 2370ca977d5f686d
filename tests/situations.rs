//! What desks live through, tick after tick. Those that are one snapshot are among the cases.

use crate::support::{host::Host, one_team::one_team};
use evenhand::{Agent, Assignment, LostClaim, Member, Rule, Snapshot, Team};
use std::collections::BTreeMap;

/// Returns a desk of people who are online, in teams of one assignment.
fn desk(
    assignment: Assignment,
    rotation: Option<&'static str>,
    teams: &[(&'static str, &[&'static str])],
) -> Host {
    let mut people: Vec<&'static str> = teams.iter().flat_map(|(_, members)| *members).copied().collect();
    people.sort_unstable();
    people.dedup();
    let agent = |id: &'static str| Agent {
        id: id.into(),
        availability: "online".into(),
        load: Some(0),
        ..Agent::default()
    };
    let member = |id: &&'static str| Member { agent: (*id).into(), weight: 1, ..Member::default() };
    let team = |(id, members): &(&'static str, &[&'static str])| Team {
        id: (*id).into(),
        assignment,
        rotation: rotation.map(Into::into),
        members: members.iter().map(member).collect(),
        ..Team::default()
    };
    Host {
        snapshot: Snapshot {
            agents: people.into_iter().map(agent).collect(),
            teams: teams.iter().map(team).collect(),
            ..Snapshot::default()
        },
    }
}

impl Host {
    fn agent(&mut self, id: &str) -> &mut Agent<'static> {
        let agents = &mut self.snapshot.agents;
        agents.iter_mut().find(|agent| agent.id == id).expect("an agent of the desk")
    }

    fn set_availability(&mut self, agents: &[&str], availability: &'static str) {
        for agent in agents {
            self.agent(agent).availability = availability.into();
        }
    }

    /// Lets one conversation after the other arrive and be taken, and returns who took each.
    fn serve(&mut self, team: &str, conversations: usize) -> Vec<String> {
        let mut takers = Vec::new();
        for n in 0..conversations {
            self.arrive(&format!("{team} {n}"), team);
            takers.extend(self.tick(|_| true).into_iter().filter_map(|row| row.agent));
        }
        takers
    }
}

fn shares(takers: &[String]) -> BTreeMap<&str, usize> {
    let mut shares = BTreeMap::new();
    for taker in takers {
        *shares.entry(&**taker).or_default() += 1;
    }
    shares
}

/// Returns the longest run of one agent, anybody or the one named.
fn longest_run(takers: &[String], agent: Option<&str>) -> usize {
    let runs = takers.chunk_by(|one, next| one == next);
    runs.filter(|run| agent.is_none_or(|agent| run[0] == agent)).map(<[String]>::len).max().unwrap_or(0)
}

#[test]
fn a_row_that_is_locked_for_an_hour_costs_nobody_anything() {
    let five = ["ana", "ben", "cho", "dan", "eve"];
    for assignment in [Assignment::RoundRobin, Assignment::LeastLoaded, Assignment::LeastRecent] {
        let mut host = desk(assignment, None, &[("help", &five)]);
        host.set_availability(&["cho", "dan", "eve"], "away");
        host.arrive("locked", "help");
        // A tick every five seconds.
        for _ in 0..720 {
            host.tick(|_| false);
        }
        host.snapshot.conversations.clear();
        host.set_availability(&["cho", "dan", "eve"], "online");
        let takers = host.serve("help", 300);
        for agent in five {
            let got = shares(&takers)[agent];
            assert!((58..=62).contains(&got), "{assignment:?}: {:?}", shares(&takers));
        }
    }
}

#[test]
fn a_locked_row_does_not_hold_the_others_back() {
    let mut host = desk(Assignment::RoundRobin, None, &[("help", &["ida"])]);
    host.agent("ida").capacity = Some(1);
    for n in ["c1", "c2", "c3"] {
        host.arrive(n, "help");
    }
    let outcomes = |host: &mut Host| -> Vec<(String, &'static str, bool)> {
        let rows = host.tick(|decision| decision.conversation != "c1");
        rows.into_iter().map(|row| (row.conversation, row.why, row.is_written)).collect()
    };
    let row = |id: &str, why, is_written| (id.to_owned(), why, is_written);
    assert_eq!(
        outcomes(&mut host),
        [row("c1", "only_candidate", false), row("c2", "all_full", false), row("c3", "all_full", false)]
    );
    assert_eq!(
        outcomes(&mut host),
        [row("c1", "all_full", false), row("c2", "only_candidate", true), row("c3", "all_full", false)]
    );
}

#[test]
fn two_locked_rows_do_not_take_turns_in_holding_the_others_back() {
    // What was lost for the n-th time is handed back, and stays behind for 2^(n-1) plans more.
    let mut host = desk(Assignment::RoundRobin, None, &[("help", &["ida"])]);
    host.agent("ida").capacity = Some(1);
    for n in ["c1", "c2", "c3", "c4"] {
        host.arrive(n, "help");
    }
    let mut behind: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut taken = Vec::new();
    for tick in 1..=3 {
        let rows = host.tick(|decision| !matches!(decision.conversation, "c1" | "c2"));
        for (_, plans) in behind.values_mut() {
            *plans = plans.saturating_sub(1);
        }
        for lost in &host.snapshot.lost_claims {
            let (times, plans) = behind.entry(lost.conversation.to_string()).or_default();
            *times += 1;
            *plans = 1 + (1 << (*times - 1));
        }
        for (conversation, _) in behind.iter().filter(|(_, (_, plans))| *plans > 0) {
            if host.snapshot.lost_claims.iter().all(|lost| lost.conversation != *conversation) {
                let (conversation, team) = (conversation.clone().into(), "help".into());
                host.snapshot.lost_claims.push(LostClaim { conversation, team, ..LostClaim::default() });
            }
        }
        taken.extend(rows.into_iter().filter(|row| row.is_written).map(|row| (tick, row.conversation)));
    }
    assert_eq!(taken, [(3, "c3".to_owned())]);
}

#[test]
fn whoever_was_busy_elsewhere_is_not_flooded_afterwards() {
    // Under `least_loaded` everything goes to ida while ben has his hands full in another team.
    let mut host = desk(Assignment::LeastLoaded, None, &[("help", &["ben", "ida"])]);
    host.agent("ben").load = Some(50);
    let mut day = Vec::new();
    for n in 0..200 {
        host.agent("ida").load = Some(n % 3);
        day.extend(host.serve("help", 1));
    }
    assert_eq!(shares(&day), BTreeMap::from([("ida", 200)]));
    // Then both are idle whenever somebody writes.
    let mut evening = Vec::new();
    for _ in 0..6 {
        host.agent("ben").load = Some(0);
        host.agent("ida").load = Some(0);
        evening.extend(host.serve("help", 1));
    }
    assert_eq!(evening, ["ben", "ida", "ben", "ida", "ben", "ida"]);
}

#[test]
fn somebody_who_speaks_two_languages_does_not_get_twice_the_work() {
    let teams: [(&str, &[&str]); 2] = [("de", &["ida", "ben"]), ("en", &["ida", "cho"])];
    let serve = |rotation| {
        let mut host = desk(Assignment::RoundRobin, rotation, &teams);
        let mut takers = Vec::new();
        for _ in 0..200 {
            takers.extend(host.serve("de", 1));
            takers.extend(host.serve("en", 1));
        }
        let shares = shares(&takers);
        ["ida", "ben", "cho"].map(|agent| shares[agent])
    };
    let shared = serve(Some("all"));
    assert!(shared.iter().all(|got| (131..=135).contains(got)), "{shared:?}");
    assert_eq!(serve(None), [200, 100, 100]);
}

#[test]
fn a_newcomer_is_not_flooded() {
    for assignment in [Assignment::RoundRobin, Assignment::LeastRecent] {
        let mut host = desk(assignment, None, &[("help", &["ana", "ben", "cho", "new"])]);
        host.snapshot.teams[0].members.pop();
        for day in 0..100 {
            // One of them is away, in turn.
            host.set_availability(&["ana", "ben", "cho"], "online");
            host.set_availability(&[["ana", "ben", "cho", "new"][day % 4]], "away");
            host.set_availability(&["new"], "online");
            host.serve("help", 7);
        }
        host.set_availability(&["ana", "ben", "cho"], "online");
        host.snapshot.teams[0].members.push(Member { agent: "new".into(), weight: 1, ..Member::default() });
        let takers = host.serve("help", 400);
        assert_eq!(longest_run(&takers, Some("new")), 1, "{assignment:?}");
        for (agent, got) in shares(&takers) {
            assert!((98..=102).contains(&got), "{assignment:?}: {agent} got {got}");
        }
    }
}

#[test]
fn whoever_is_back_from_four_weeks_of_holiday_is_not_flooded() {
    for assignment in [Assignment::RoundRobin, Assignment::LeastRecent] {
        let mut host = desk(assignment, None, &[("help", &["ana", "ben", "cho"])]);
        host.serve("help", 100);
        host.set_availability(&["cho"], "on leave");
        host.serve("help", 4_000);
        host.set_availability(&["cho"], "online");
        let takers = host.serve("help", 300);
        assert!(longest_run(&takers[..30], Some("cho")) <= 2, "{assignment:?}: {:?}", &takers[..30]);
        for (agent, got) in shares(&takers) {
            assert!((98..=102).contains(&got), "{assignment:?}: {agent} got {got}");
        }
    }
}

#[test]
fn a_tick_that_decided_for_a_team_that_is_now_manual_gives_nothing_back() {
    let mut host = desk(Assignment::RoundRobin, None, &[("help", &["ana", "ben"])]);
    host.serve("help", 3);
    host.arrive("late", "help");
    host.tick(|_| false);
    let stored = host.snapshot.cursors.clone();
    host.snapshot.teams[0].assignment = Assignment::Manual;
    let rows = host.tick(|_| true);
    assert_eq!(rows.iter().map(|row| row.why).collect::<Vec<_>>(), ["manual_team"]);
    assert_eq!(host.snapshot.cursors, stored);
}

#[test]
fn a_change_of_rule_and_back_forgets_what_was_owed_and_keeps_the_order() {
    let mut host = Host { snapshot: one_team(Assignment::RoundRobin, &[1, 1, 1], 0) };
    assert_eq!(host.serve("t", 4), ["0", "1", "2", "0"]);
    host.snapshot.teams[0].assignment = Assignment::LeastRecent;
    assert_eq!(host.serve("t", 4), ["0", "1", "2", "0"]);
    host.snapshot.teams[0].assignment = Assignment::RoundRobin;
    assert_eq!(host.serve("t", 4), ["1", "2", "0", "1"]);
    assert_eq!(host.snapshot.cursors[0].rule, Rule::RoundRobin);
}
