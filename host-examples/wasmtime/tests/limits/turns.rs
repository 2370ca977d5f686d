//! Desks whose turns are dear: many different members, shared rotations, lost claims, sets.

use super::shapes::{list, snapshot};

/// One conversation in the unit of `owed`.
const ONE: i64 = 5_354_228_880;

/// A desk whose teams are called by their numbers, and in which agent n is a member of the teams that `teams_of` names.
struct Desk<'a> {
    agents: usize,
    teams: usize,
    rule: &'a str,
    /// Whether all teams share a rotation.
    shared: bool,
    conversations: usize,
    team_of: &'a dyn Fn(usize) -> usize,
    /// The teams of an agent, and their weight there.
    teams_of: &'a dyn Fn(usize) -> Vec<(usize, usize)>,
    capacity: &'a dyn Fn(usize) -> Option<usize>,
    max_load: &'a dyn Fn(usize) -> Option<usize>,
    /// Whose claim of a conversation was lost.
    lost: &'a dyn Fn(usize) -> Option<usize>,
    /// What the rotation owes an agent.
    owed: Option<&'a dyn Fn(i64) -> i64>,
    /// The sets of its cursor.
    sets: &'a str,
    /// The set of each lost claim.
    set_of: &'a dyn Fn(usize) -> usize,
}

const PLAIN: Desk<'_> = Desk {
    agents: 0,
    teams: 1,
    rule: "round_robin",
    shared: true,
    conversations: 0,
    team_of: &|_| 0,
    teams_of: &|_| vec![(0, 1)],
    capacity: &|_| None,
    max_load: &|_| None,
    lost: &|_| None,
    owed: None,
    sets: "[]",
    set_of: &|_| 0,
};

impl Desk<'_> {
    fn text(&self) -> String {
        let optional = |name: &str, value: Option<usize>| {
            value.map_or(String::new(), |value| format!(r#","{name}":{value}"#))
        };
        let agents = list(self.agents, |n| {
            let capacity = optional("capacity", (self.capacity)(n));
            format!(r#"{{"id":"{n}","availability":"online","load":0{capacity}}}"#)
        });
        let mut members = vec![Vec::new(); self.teams];
        for agent in 0..self.agents {
            for (team, weight) in (self.teams_of)(agent) {
                members[team].push((agent, weight));
            }
        }
        let rotation = if self.shared { r#","rotation":"0""# } else { "" };
        let teams = list(self.teams, |n| {
            let max_load = optional("max_load", (self.max_load)(n));
            let members = list(members[n].len(), |at| {
                let (agent, weight) = members[n][at];
                format!(r#"{{"agent":"{agent}","weight":{weight}}}"#)
            });
            let rule = self.rule;
            format!(r#"{{"id":"{n}","assignment":"{rule}"{rotation}{max_load},"members":{members}}}"#)
        });
        let conversations =
            list(self.conversations, |n| format!(r#"{{"id":"{n}","team":"{}"}}"#, (self.team_of)(n)));
        let lost: Vec<_> = (0..self.conversations).filter_map(|n| Some((n, (self.lost)(n)?))).collect();
        let lost = list(lost.len(), |at| {
            let (n, agent) = lost[at];
            let (team, set) = ((self.team_of)(n), (self.set_of)(n));
            format!(r#"{{"conversation":"{n}","team":"{team}","agent":"{agent}","set":{set}}}"#)
        });
        let cursor = self.owed.map_or(String::new(), |owed| {
            let owed = |n: usize| owed(i64::try_from(n).expect("there are few agents"));
            let turns = list(self.agents, |n| format!(r#"{{"agent":"{n}","owed":{}}}"#, owed(n)));
            let sets = self.sets;
            format!(r#","cursors":[{{"rotation":"0","rule":"round_robin","turns":{turns},"sets":{sets}}}]"#)
        });
        snapshot(&format!(
            r#""agents":{agents},"teams":{teams},"conversations":{conversations}{cursor},"lost_claims":{lost}"#
        ))
    }
}

/// Returns a number below `below` that looks like chance.
pub(super) fn chance(n: usize, below: usize) -> usize {
    (n.wrapping_mul(0x9e37_79b1) >> 7) % below
}

pub(super) fn shapes(add: &mut dyn FnMut(String, String)) {
    many_members(add);
    shared(add);
    behind_and_ahead(add);
    lost(add);
}

/// Desks on which many things happen at one pick.
fn many_members(add: &mut dyn FnMut(String, String)) {
    for conversations in [1_000, 20_000] {
        let one = Desk { agents: 1, conversations, ..PLAIN }.text();
        let escapes = one.replace(r#""id":"0","av"#, &format!(r#""id":"{0}","av"#, r"\u0001".repeat(128)));
        let escapes = escapes.replace(r#""agent":"0""#, &format!(r#""agent":"{0}""#, r"\u0001".repeat(128)));
        add(format!("an agent of 128 escapes, {conversations} conversations"), escapes);
    }
    for (agents, teams) in [(300, 50), (1_000, 126)] {
        let all: Vec<_> = (0..teams).map(|team| (team, 1)).collect();
        let desk = Desk { agents, teams, shared: false, teams_of: &|_| all.clone(), ..PLAIN };
        let beside = |text: String| {
            // One round_robin team beside them: what it gives puts everybody behind in all others.
            let rest = text.replace(r#""assignment":"round_robin""#, r#""assignment":"least_loaded""#);
            rest.replacen("least_loaded", "round_robin", 1)
        };
        let in_turn =
            Desk { conversations: 20_000, team_of: &|n| if n % 2 == 0 { 0 } else { n / 2 % teams }, ..desk };
        add(format!("round_robin beside {teams} least_loaded teams of {agents}"), beside(in_turn.text()));
        let bursts = Desk { team_of: &|n| if n % 10_000 < 9_000 { 0 } else { n % teams }, ..in_turn };
        add(format!("round_robin in bursts beside {teams} least_loaded teams"), beside(bursts.text()));
    }
    let all: Vec<_> = (0..200).map(|team| (team, 1)).collect();
    for rule in ["round_robin", "least_loaded", "least_recent"] {
        let desk = Desk {
            agents: 100,
            teams: 200,
            rule,
            shared: false,
            teams_of: &|_| all.clone(),
            conversations: 2_000,
            team_of: &|n| n % 200,
            capacity: &|n| Some(n % 20),
            ..PLAIN
        };
        add(format!("{rule}, whoever becomes full leaves 200 teams"), desk.text());
        for weights in [1, 30, 1_000] {
            let desk = Desk {
                agents: 2_000,
                rule,
                conversations: 4_000,
                teams_of: &|n| vec![(0, n % weights + 1)],
                lost: &|n| Some(chance(n, 2_000)),
                ..PLAIN
            };
            let name =
                format!("{rule}, {weights} weights, whose claim was lost is passed over at every pick");
            add(name, desk.text());
        }
    }
}

/// Rotations that several teams share.
fn shared(add: &mut dyn FnMut(String, String)) {
    for rule in ["round_robin", "least_loaded", "least_recent"] {
        for (agents, teams, each) in [(1_000, 50, 5), (2_000, 12, 6), (100, 100, 50)] {
            let some = |n: usize| {
                let teams = (0..teams).filter(|team| chance(n * 131 + team, teams) < each);
                teams.map(|team| (team, chance(n + team * 17, 1_000) + 1)).collect()
            };
            let desk = Desk {
                agents,
                teams,
                rule,
                conversations: 4_000,
                teams_of: &some,
                team_of: &|n| chance(n, teams),
                ..PLAIN
            };
            let name = format!("{rule}, {agents} agents in {each} of {teams} teams that share");
            add(name.clone(), desk.text());
            let steps = Desk { max_load: &|team| Some(team % 17 + 1), ..desk };
            add(format!("{name}, each with its own limit"), steps.text());
            let lost = Desk { lost: &|n| Some(chance(n, agents)), capacity: &|n| Some(n % 5 + 1), ..desk };
            add(format!("{name}, all become full, all was lost"), lost.text());
        }
        let own = |teams| Desk {
            agents: teams,
            teams,
            rule,
            teams_of: &|n| vec![(n, 1)],
            conversations: teams,
            team_of: &|n| n,
            ..PLAIN
        };
        add(format!("{rule}, 2,000 teams that share, everybody in their own"), own(2_000).text());
        for agents in [1, 2] {
            let teams = 1_000;
            let all: Vec<_> = (0..teams).map(|team| (team, 1)).collect();
            let desk =
                Desk { agents, teams, rule, teams_of: &|_| all.clone(), conversations: teams, ..PLAIN };
            let steps = Desk { max_load: &|team| Some(team + 1), team_of: &|_| teams - 1, ..desk };
            add(
                format!("{rule}, {agents} in 1,000 teams that share, one limit after the other"),
                steps.text(),
            );
            let lost = Desk { lost: &|_| Some(0), team_of: &|n| n, ..desk };
            add(format!("{rule}, {agents} in 1,000 teams that share, all was lost"), lost.text());
        }
        let few: Vec<_> =
            (0..2_000).map(|team| (0..6).map(|at| chance(team * 6 + at, 200)).collect::<Vec<_>>()).collect();
        let desk = Desk {
            agents: 200,
            teams: 2_000,
            rule,
            teams_of: &|n| (0..2_000).filter(|&team| few[team].contains(&n)).map(|team| (team, 1)).collect(),
            conversations: 4_000,
            team_of: &|n| n % 2_000,
            lost: &|n| Some(few[n % 2_000][0]),
            ..PLAIN
        };
        add(format!("{rule}, 200 agents in 2,000 teams that share, all was lost"), desk.text());
    }
    let own = Desk {
        agents: 8_000,
        teams: 8_000,
        teams_of: &|n| vec![(n, 1)],
        conversations: 8_000,
        team_of: &|n| n,
        ..PLAIN
    };
    add("8,000 teams that share, everybody in their own".into(), own.text());
}

/// Cursors made by hand, so that at many picks somebody comes to be owed as much as a rotation remembers, or no longer.
fn behind_and_ahead(add: &mut dyn FnMut(String, String)) {
    let edge = |n: i64| if n % 2 == 0 { 8 * ONE - n % 7 * ONE / 3 } else { n % 7 * ONE / 3 - 8 * ONE };
    let half = |n: i64| if n % 2 == 0 { 8 * ONE } else { -8 * ONE };
    let few = |n: i64| if n % 10 == 0 { -81 * ONE } else { 9 * ONE };
    let owed: [(&str, &dyn Fn(i64) -> i64); 3] = [("edge", &edge), ("half", &half), ("few", &few)];
    for (name, owed) in owed {
        for (agents, teams) in [(1_000, 2), (1_000, 50), (400, 400)] {
            let two = |n: usize| {
                let weight = |n| chance(n, 1_000) + 1;
                if n.is_multiple_of(3) && teams > 2 {
                    vec![(n % teams, weight(n)), ((n + 1) % teams, weight(n + 1))]
                } else {
                    vec![(n % teams, weight(n))]
                }
            };
            let desk = Desk {
                agents,
                teams,
                teams_of: &two,
                conversations: 4_000,
                team_of: &|n| chance(n, teams),
                owed: Some(owed),
                ..PLAIN
            };
            add(format!("owed at the {name}, {agents} agents in {teams} teams that share"), desk.text());
            let lost = Desk { lost: &|n| Some(chance(n, agents)), ..desk };
            add(
                format!("owed at the {name}, {agents} agents in {teams} teams that share, all was lost"),
                lost.text(),
            );
        }
    }
    // A third is far ahead, a third level, a third behind: who shares changes at every pick, by a third of the desk.
    for (third, weights) in [(100, 1), (100, 1_000), (1_000, 1_000)] {
        let (agents, in_third) = (3 * third, i64::try_from(third).expect("it is small"));
        let desk = Desk {
            agents,
            teams: 3,
            teams_of: &|n| vec![(n / third, n % weights + 1)],
            conversations: 6_000,
            team_of: &|n| usize::from(n % 3 == 2),
            owed: Some(&|n| (n / in_third - 1) * (8 * ONE + 5)),
            ..PLAIN
        };
        add(format!("others share at every pick, {agents} agents, {weights} weights"), desk.text());
    }
}

/// Lost claims, and the sets that they name.
fn lost(add: &mut dyn FnMut(String, String)) {
    let set = |from: Option<usize>, seats: &str| {
        from.map_or_else(
            || format!(r#"{{"seats":{seats}}}"#),
            |from| format!(r#"{{"from":{from},"seats":{seats}}}"#),
        )
    };
    let mut forged = |name: &str, agents: usize, weights: usize, sets: Vec<String>| {
        let count = sets.len();
        let desk = Desk {
            agents,
            teams_of: &|n| vec![(0, n % weights + 1)],
            conversations: 20_000,
            lost: &|n| Some(chance(n, agents)),
            owed: Some(&|n| n % 5),
            sets: &format!("[{}]", sets.join(",")),
            set_of: &|n| n % count,
            ..PLAIN
        };
        add(format!("lost claims, {agents} agents, {weights} weights, {name}"), desk.text());
    };
    let all = |agents| list(agents, |n| n.to_string());
    for weights in [1, 1_000] {
        let one = |n: usize| format!("[{}]", chance(n, 2_000));
        let first = || vec![set(None, &all(2_000))];
        let then =
            |sets: &mut dyn Iterator<Item = String>| first().into_iter().chain(sets).collect::<Vec<_>>();
        forged("no set", 2_000, weights, first());
        forged("a chain of sets", 2_000, weights, then(&mut (0..20_000).map(|n| set(Some(n), &one(n)))));
        forged(
            "a chain of empty differences",
            2_000,
            weights,
            then(&mut (0..20_000).map(|n| set(Some(n), "[]"))),
        );
        forged("a star of sets", 2_000, weights, then(&mut (0..20_000).map(|n| set(Some(0), &one(n)))));
        forged("a tree of sets", 2_000, weights, then(&mut (0..20_000).map(|n| set(Some(n / 2), &one(n)))));
        forged("sets of one", 2_000, weights, (0..20_000).map(|n| set(None, &one(n))).collect());
        forged("large sets", 2_000, weights, (0..100).map(|_| set(None, &all(2_000))).collect());
    }
    let changed = (0..1_000).map(|n| set(Some(n), &format!("[{}]", n * 100)));
    forged("a set of everybody", 200_000, 7, [set(None, &all(200_000))].into_iter().chain(changed).collect());
    let tiny = list(200_000, |_| r#"{"seats":[]}"#.into());
    for (rule, lost) in
        [("manual", "[]"), ("round_robin", r#"[{"conversation":"c","team":"0","agent":"0"}]"#)]
    {
        let text = snapshot(&format!(
            r#""agents":[],"teams":[{{"id":"0","assignment":"{rule}","members":[{{"agent":"0"}}]}}],"conversations":[],"cursors":[{{"rotation":"0","rule":"round_robin","turns":[{{"agent":"0"}}],"sets":{tiny}}}],"lost_claims":{lost}"#
        ));
        add(format!("{rule}, a cursor full of tiny sets"), text);
    }
}

/// Returns a desk that takes more looks than Evenhand takes.
pub(super) fn too_many_looks() -> String {
    let weights = |n: usize| vec![(0, n % 1_000 + 1), (1, n / 1_000 + 1)];
    Desk {
        agents: 20_000,
        teams: 2,
        rule: "least_recent",
        teams_of: &weights,
        conversations: 100_100,
        ..PLAIN
    }
    .text()
}

/// Returns a desk whose plan would be longer than Evenhand writes.
pub(super) fn too_long_a_plan() -> String {
    let one = Desk { agents: 1, conversations: 700_000, ..PLAIN }.text();
    one.replace(r#""id":"0","av"#, &format!(r#""id":"{0}","av"#, r"\u0001".repeat(128)))
        .replace(r#""agent":"0""#, &format!(r#""agent":"{0}""#, r"\u0001".repeat(128)))
}
