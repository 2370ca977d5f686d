//! Desks whose conversations ask for more than a team: skills, channels, agents, other teams.

use super::shapes::{list, snapshot};
use super::turns::chance;

/// A desk whose teams and agents are called by their numbers. What a function returns stands behind the fields that all have.
pub(super) struct Desk<'a> {
    pub(super) top: &'a str,
    pub(super) agents: usize,
    pub(super) agent: &'a dyn Fn(usize) -> String,
    pub(super) teams: usize,
    pub(super) rule: &'a str,
    pub(super) team: &'a dyn Fn(usize) -> String,
    /// Of an agent in a team; `None` where they are not in it.
    pub(super) member: &'a dyn Fn(usize, usize) -> Option<String>,
    pub(super) conversations: usize,
    pub(super) team_of: &'a dyn Fn(usize) -> usize,
    pub(super) conversation: &'a dyn Fn(usize) -> String,
    /// Whether every conversation was lost in the last plan.
    pub(super) lost: bool,
}

pub(super) const PLAIN: Desk<'_> = Desk {
    top: "",
    agents: 0,
    agent: &|_| String::new(),
    teams: 1,
    rule: "round_robin",
    team: &|_| String::new(),
    member: &|_, _| Some(String::new()),
    conversations: 0,
    team_of: &|_| 0,
    conversation: &|_| String::new(),
    lost: false,
};

impl Desk<'_> {
    pub(super) fn text(&self) -> String {
        let agents = list(self.agents, |n| {
            format!(r#"{{"id":"{n}","availability":"online","load":0{}}}"#, (self.agent)(n))
        });
        let teams = list(self.teams, |n| {
            let members = (0..self.agents).filter_map(|agent| Some((agent, (self.member)(agent, n)?)));
            let members: Vec<_> = members.collect();
            let members = list(members.len(), |at| {
                let (agent, more) = &members[at];
                format!(r#"{{"agent":"{agent}"{more}}}"#)
            });
            let (rule, more) = (self.rule, (self.team)(n));
            format!(r#"{{"id":"{n}","assignment":"{rule}"{more},"members":{members}}}"#)
        });
        let conversations = list(self.conversations, |n| {
            format!(r#"{{"id":"{n}","team":"{}"{}}}"#, (self.team_of)(n), (self.conversation)(n))
        });
        let lost = list(if self.lost { self.conversations } else { 0 }, |n| {
            let (team, agent) = ((self.team_of)(n), chance(n, self.agents.max(1)));
            format!(r#"{{"conversation":"{n}","team":"{team}","agent":"{agent}"}}"#)
        });
        let top = self.top;
        snapshot(&format!(
            r#"{top}"agents":{agents},"teams":{teams},"conversations":{conversations},"lost_claims":{lost}"#
        ))
    }
}

/// Returns a field, behind a comma.
pub(super) fn field(name: &str, value: &str) -> String {
    format!(r#","{name}":{value}"#)
}

/// Returns a list of agents, or of availabilities.
pub(super) fn names(count: usize, one: impl Fn(usize) -> usize) -> String {
    list(count, |at| format!(r#""{}""#, one(at)))
}

pub(super) fn skills(count: usize, one: impl Fn(usize) -> (usize, usize)) -> String {
    list(count, |at| {
        let (skill, level) = one(at);
        format!(r#"{{"skill":"s{skill}","level":{level}}}"#)
    })
}

pub(super) fn shapes(add: &mut dyn FnMut(String, String)) {
    for rule in ["round_robin", "least_loaded", "least_recent"] {
        for lost in [false, true] {
            let then = if lost { ", all was lost" } else { "" };
            one_team(rule, lost, &mut |name, text| add(format!("{rule}, {name}{then}"), text));
            many_teams(rule, lost, &mut |name, text| add(format!("{rule}, {name}{then}"), text));
        }
    }
    for rule in ["libredesk_2025", "libredesk_2026"] {
        one_team(rule, false, &mut |name, text| add(format!("{rule}, {name}"), text));
    }
    long_lists(add);
}

/// Desks of one team.
fn one_team(rule: &str, lost: bool, add: &mut dyn FnMut(&str, String)) {
    let desk = Desk { agents: 500, rule, conversations: 3_000, lost, ..PLAIN };
    // Skill by skill, so that the lists of 30 skills have each once.
    let some = |n: usize| {
        let known: Vec<_> = (0..30).filter(|skill| chance(n * 31 + skill, 3) == 0).collect();
        field("skills", &skills(known.len(), |at| (known[at], chance(n + at, 3) + 1)))
    };
    let needs = |n: usize| field("needs", &skills(n % 4, |at| (chance(n * 7 + at, 30), at % 2 + 1)));
    let channel = |n: usize, of: usize| field("channel", &format!(r#""c{}""#, chance(n, of)));
    let channels = |n: usize, of: usize| {
        let one = |at: usize| format!(r#"{{"channel":"c{at}","load":0,"capacity":{}}}"#, (n + at) % 4 + 1);
        field("channels", &list(of, one))
    };

    let classes = Desk {
        agent: &|n| some(n % 12) + &channels(n, 20),
        conversation: &|n| {
            let n = chance(n, 400);
            field("needs", &skills(1, |_| (n % 20, 1))) + &channel(n / 20, 20)
        },
        ..desk
    };
    add("400 classes", classes.text());
    add("500 lists of skills", Desk { agent: &some, conversation: &needs, ..desk }.text());
    let becoming_full = |n: usize| some(n) + &field("capacity", &(n % 10).to_string());
    add(
        "500 lists of skills, all become full",
        Desk { agent: &becoming_full, conversation: &needs, ..desk }.text(),
    );
    for count in [1, 20] {
        let others = move |n: usize| names(count, |at| chance(n * count + at, 500));
        let excluding = |n: usize| field("excluded", &others(n));
        add(&format!("each excludes {count} others"), Desk { conversation: &excluding, ..desk }.text());
        let weights = |n: usize, _| Some(field("weight", &(n + 1).to_string()));
        let each = Desk { conversation: &excluding, member: &weights, ..desk };
        add(&format!("each excludes {count} others, 500 weights"), each.text());
        let preferring = |n: usize| field("preferred", &others(n));
        add(&format!("each prefers {count} others"), Desk { conversation: &preferring, ..desk }.text());
        let full =
            Desk { conversation: &preferring, agent: &|n| field("capacity", &(n % 10).to_string()), ..desk };
        add(&format!("each prefers {count} others, all become full"), full.text());
        let holding = |n: usize| field("preferred", &others(n)) + r#","since":5,"hold_for":9"#;
        let held =
            Desk { conversation: &holding, agent: &|n| field("capacity", &(n % 4).to_string()), ..desk };
        add(&format!("each is held for {count} others"), Desk { top: r#""now":9,"#, ..held }.text());
    }
    let most = |n: usize| field("excluded", &names(490, |at| (n + at) % 500));
    add("each excludes nearly all", Desk { conversations: 500, conversation: &most, ..desk }.text());
    let two = |n: usize| field("excluded", &names(1, |_| n % 2));
    add("two classes that exclude in turn", Desk { conversation: &two, ..desk }.text());
    let held = |n: usize| field("held_by", &format!(r#""{}""#, chance(n, 500)));
    add("somebody holds each", Desk { conversation: &held, ..desk }.text());
    let by_channel =
        Desk { agents: 100, agent: &|n| channels(n, 100), conversation: &|n| channel(n, 100), ..desk };
    add("100 channels", by_channel.text());
    let tiers =
        |n: usize, _| Some(field("tier", &(n % 10).to_string()) + &field("weight", &(n % 7).to_string()));
    let away = |n: usize| format!(r#","capacity":{},"max_new":{}"#, n % 12, n % 9);
    let tiers = Desk {
        agent: &away,
        team: &|_| r#","assignable":["busy"],"fallback":["online","away"]"#.into(),
        member: &tiers,
        ..desk
    };
    add("ten tiers, a fallback and max_new", tiers.text());
    let urgent =
        |n: usize| format!(r#","priority":{},"since":{},"due":{}"#, n % 9, n * 7 % 1_000, n * 3 % 100);
    let urgent = Desk { top: r#""now":1000,"ageing":10,"#, conversation: &urgent, ..desk };
    add("priorities, ageing and deadlines", urgent.text());
    let nobody = |n: usize| field("needs", &skills(2, |at| (n * 2 + at, 1)));
    add("3,000 classes that wait beside 500 members", Desk { conversation: &nobody, ..desk }.text());
    let full = Desk { agent: &|_| field("max_new", "0"), conversation: &|n| channel(n, 3_000), ..desk };
    add("3,000 channels that wait beside 500 members", full.text());
    let all = |n: usize| {
        let agents = |field_name: &str, count: usize| {
            field(field_name, &names(count, |at| chance(n * 13 + at + field_name.len(), 500)))
        };
        needs(n) + &channel(n, 5) + &agents("excluded", n % 3) + &agents("preferred", n % 2) + r#","since":1"#
    };
    let all = Desk {
        top: r#""now":9,"ageing":3,"#,
        agent: &|n| some(n) + &channels(n, 5) + &away(n),
        conversation: &all,
        ..tiers
    };
    add(
        "everything at once",
        Desk { member: &|n, _| Some(field("tier", &(n % 3).to_string())), ..all }.text(),
    );
}

/// Desks of many teams.
fn many_teams(rule: &str, lost: bool, add: &mut dyn FnMut(&str, String)) {
    let together = r#","rotation":"0""#;
    let others = |teams: usize| {
        let one = move |at: usize| format!(r#"{{"team":"{at}","after":{at}}}"#);
        field("overflow", &list(teams, one))
    };
    let few = |n: usize| field("capacity", &(n % 5).to_string());
    for (shared, how) in [("", "of their own"), (together, "that share")] {
        let desk = Desk {
            top: r#""now":1000,"#,
            agents: 400,
            agent: &few,
            teams: 100,
            rule,
            team: &|_| others(100) + shared,
            member: &|agent, team| (agent % 100 == team || agent % 99 == team).then(String::new),
            conversations: 3_000,
            team_of: &|n| if n % 3 == 0 { 0 } else { n % 100 },
            conversation: &|n| field("since", &(900 + n % 100).to_string()),
            lost,
        };
        add(&format!("overflow through 100 teams {how}"), desk.text());
        let asking = |n: usize| {
            let excluded = field("excluded", &names(3, |at| chance(n * 3 + at, 400)));
            field("since", &(900 + n % 100).to_string())
                + &excluded
                + &field("channel", &format!(r#""{}""#, n % 3))
        };
        add(
            &format!("overflow through 100 teams {how}, each excludes others"),
            Desk { conversation: &asking, ..desk }.text(),
        );
        let in_all = Desk {
            agents: 60,
            teams: 30,
            team: &|n| others(30) + shared + &field("max_load", &(n + 1).to_string()),
            member: &|agent, team| Some(field("weight", &((agent * 7 + team) % 9 + 1).to_string())),
            conversations: 2_000,
            team_of: &|n| n % 30,
            agent: &|n| {
                let one =
                    |at: usize| format!(r#"{{"channel":"{at}","load":0,"capacity":{}}}"#, (n + at) % 40);
                field("channels", &list(5, one))
            },
            conversation: &|n| field("since", "900") + &field("channel", &format!(r#""{}""#, n % 5)),
            ..desk
        };
        add(&format!("60 agents in 30 teams {how} with 5 channels, each with its own limit"), in_all.text());
        let hated = |n: usize| field("since", "900") + &field("excluded", &names(50, |at| (n + at) % 60));
        add(
            &format!("60 agents in 30 teams {how}, nearly all excluded"),
            Desk { conversations: 300, conversation: &hated, ..in_all }.text(),
        );
    }
}

/// Few records with much in them.
fn long_lists(add: &mut dyn FnMut(String, String)) {
    let channel = |n: usize| field("channel", &format!(r#""{n}""#));
    let listed =
        |_| field("channels", &list(3_000, |n| format!(r#"{{"channel":"{n}","load":0,"capacity":1}}"#)));
    let desk = Desk { agents: 1, conversations: 20_000, conversation: &channel, ..PLAIN };
    add("one agent with 3,000 channels".into(), Desk { agent: &listed, conversations: 3_000, ..desk }.text());
    add("20,000 channels and nobody".into(), Desk { agents: 0, ..desk }.text());
    let known = |_| field("skills", &skills(20_000, |at| (at, 1)));
    let needs = |n: usize| field("needs", &skills(2_000, |at| (n * 2_000 + at, 1)));
    let desk = Desk { agents: 3, agent: &known, conversations: 10, conversation: &needs, ..PLAIN };
    add("lists of 2,000 needs".into(), desk.text());
    let many = |what: &str| field(what, &names(20_000, |at| at % 2_000));
    for what in ["preferred", "excluded"] {
        let held = if what == "preferred" { r#","since":0,"hold_for":9"# } else { r#","since":0"# };
        let open = field("overflow", &list(50, |team| format!(r#"{{"team":"{team}","after":0}}"#)));
        for full in ["", r#","capacity":0"#] {
            let desk = Desk {
                top: r#""now":1,"#,
                agents: 2_000,
                agent: &|_| full.into(),
                teams: 50,
                team: &|_| open.clone(),
                member: &|agent, team| (agent % 50 == team).then(String::new),
                conversations: 5,
                conversation: &|n| many(what) + held + &channel(n),
                ..PLAIN
            };
            add(format!("20,000 {what} and 50 teams, capacity: {full:?}"), desk.text());
        }
    }
}

/// Returns a desk whose conversations are offered to more teams than Evenhand asks.
pub(super) fn too_many_teams_to_ask() -> String {
    let desk = Desk {
        top: r#""now":9,"#,
        agents: 1,
        teams: 300,
        team: &|_| field("overflow", &list(300, |team| format!(r#"{{"team":"{team}","after":0}}"#))),
        member: &|_, _| None,
        conversations: 7_000,
        conversation: &|n| field("since", "1") + &field("channel", &format!(r#""{n}""#)),
        ..PLAIN
    };
    desk.text()
}

/// Returns a desk whose members are asked for more channels than Evenhand counts.
pub(super) fn too_many_channels() -> String {
    let channel = |n: usize| field("channel", &format!(r#""{n}""#));
    Desk { agents: 1_000, conversations: 4_100, conversation: &channel, ..PLAIN }.text()
}
