//! Desks of which the plan is to serve the most: searches that go wide or deep, many limits around each other, many bottlenecks.

use super::shapes::{Shape, list};
use super::turns::chance;
use super::wishes::{Desk, PLAIN, field, names, skills};

const MOST: &str = r#""objective":"most","#;
/// The same, and what time it is.
const MOST_NOW: &str = r#""objective":"most","now":1000,"#;

pub(super) fn shapes(add: &mut dyn FnMut(String, String)) {
    for rule in ["round_robin", "least_loaded", "least_recent"] {
        let mut add = |name: &str, text: String| add(format!("most, {rule}, {name}"), text);
        wide(rule, &mut add);
        deep(rule, &mut add);
        scarce(rule, &mut add);
        teams(rule, &mut add);
    }
    limits(&mut |name, text| add(format!("most, {name}"), text));
}

/// Returns some of the shapes, with the objective switched.
pub(super) fn switched(shapes: &[Shape]) -> Vec<Shape> {
    let of = |shape: &Shape| {
        let rest = shape.text.strip_prefix(br#"{"version":1,"#)?;
        let text = [br#"{"version":1,"#, MOST.as_bytes(), rest].concat();
        Some(Shape { name: format!("most, {}", shape.name), text })
    };
    // All of them are held, too, and take as long as all others together.
    let step = if std::env::var_os("EVENHAND_LONG").is_some() { 1 } else { 7 };
    shapes.iter().step_by(step).filter_map(of).collect()
}

fn capacity(of: usize) -> String {
    field("capacity", &of.to_string())
}

fn channel(of: usize) -> String {
    field("channel", &format!(r#""c{of}""#))
}

fn channels(of: usize, capacity: impl Fn(usize) -> usize) -> String {
    let one = |at: usize| format!(r#"{{"channel":"c{at}","load":0,"capacity":{}}}"#, capacity(at));
    field("channels", &list(of, one))
}

/// Desks of one team, on which many may take many classes.
fn wide(rule: &str, add: &mut dyn FnMut(&str, String)) {
    let desk = Desk { top: MOST, rule, ..PLAIN };
    for (agents, conversations) in [(20, 3_000), (100, 400), (2_000, 20)] {
        for (room, load) in
            [(conversations / agents + 1, "enough"), (conversations * 2 / 3 / agents, "too little")]
        {
            let each = Desk {
                agents,
                agent: &|_| capacity(room),
                conversations,
                conversation: &|n| channel(n),
                ..desk
            };
            add(&format!("{agents} agents, {conversations} classes, {load} room"), each.text());
            let excluding = |n: usize| field("excluded", &names(2, |at| chance(n * 2 + at, agents)));
            let each = Desk { conversation: &excluding, ..each };
            add(
                &format!("{agents} agents, {conversations} classes that exclude some, {load} room"),
                each.text(),
            );
        }
    }
    for load in [50, 100, 150] {
        let few = Desk {
            agents: 2_000,
            agent: &|n| field("skills", &skills(1, |_| (n % 3, 1))) + &capacity(n % 4),
            conversations: 30 * load,
            conversation: &|n| {
                if n % 4 == 3 { String::new() } else { field("needs", &skills(1, |_| (n % 4, 1))) }
            },
            ..desk
        };
        add(&format!("4 classes and 2,000 agents at {load} %"), few.text());
    }
    let one = Desk {
        agents: 1,
        agent: &|_| capacity(5_000) + &channels(50, |at| at * 20),
        conversations: 10_000,
        conversation: &|n| channel(n % 500),
        ..desk
    };
    add("one agent for 500 classes", one.text());
    let full = Desk {
        agents: 200,
        agent: &|_| capacity(0),
        conversations: 4_000,
        conversation: &|n| channel(n % 700),
        ..desk
    };
    add("everybody is full from the start", full.text());
    let nobody = |n: usize| field("needs", &skills(2, |at| (n * 2 + at, 1)));
    add(
        "nobody knows what is needed",
        Desk { conversation: &nobody, agent: &|_| String::new(), ..full }.text(),
    );
    let bottlenecks = Desk {
        agents: 100,
        agent: &|_| channels(100, |at| usize::from(at % 3 > 0)),
        conversations: 9_000,
        conversation: &|n| channel(n % 100),
        ..desk
    };
    add("100 bottlenecks with the same 100 agents", bottlenecks.text());
    let long = bottlenecks.text().replace(r#"{"id":""#, &format!(r#"{{"id":"{}"#, r"\u0001".repeat(120)));
    let long = long.replace(r#"{"agent":""#, &format!(r#"{{"agent":"{}"#, r"\u0001".repeat(120)));
    let long = long.replace(r#","team":""#, &format!(r#","team":"{}"#, r"\u0001".repeat(120)));
    add("100 bottlenecks with the same 100 agents with long names", long);
}

/// Desks on which whoever gets something moves many others.
fn deep(rule: &str, add: &mut dyn FnMut(&str, String)) {
    // Class n can go to the agents n and n + 1.
    for (classes, room) in [(30, 60), (300, 4), (1_000, 2)] {
        let desk = Desk {
            top: MOST,
            rule,
            agents: classes + 1,
            conversations: classes * room * 3 / 2,
            agent: &|n| {
                let last = if n == classes { room * classes } else { room };
                field("skills", &skills(2, |at| ((n + at) % (classes + 1), 1))) + &capacity(last)
            },
            ..PLAIN
        };
        let needs = |n: usize| field("needs", &skills(1, |_| (n + 1, 1)));
        let all_then_first = |n: usize| needs(if n < classes * room { n % classes } else { 0 });
        let all_then_all = |n: usize| needs(n % classes);
        let first_to_last = |n: usize| needs(n * classes / (classes * room * 3 / 2));
        let last_to_first = |n: usize| needs(classes - 1 - n * classes / (classes * room * 3 / 2));
        let any = |n: usize| needs(chance(n, classes));
        let orders: [(&str, &dyn Fn(usize) -> String); 5] = [
            ("the first at last", &all_then_first),
            ("in turn", &all_then_all),
            ("from the first", &first_to_last),
            ("from the last", &last_to_first),
            ("as it comes", &any),
        ];
        for (order, conversation) in orders {
            add(&format!("a chain of {classes} classes, {order}"), Desk { conversation, ..desk }.text());
        }
    }
}

/// Desks on which many are needed elsewhere.
fn scarce(rule: &str, add: &mut dyn FnMut(&str, String)) {
    // The first half may go to everybody, and the rest to those whose turn it is first.
    for (agents, room) in [(50, 40), (400, 5), (1_500, 1)] {
        let half = agents * room / 2;
        let desk = Desk {
            top: MOST,
            rule,
            agents,
            agent: &|n| {
                let known = if n < agents / 2 { skills(1, |_| (0, 1)) } else { list(0, |_| String::new()) };
                field("skills", &known) + &capacity(room)
            },
            conversations: 2 * half + half / 2,
            conversation: &|n| if n < half { String::new() } else { field("needs", &skills(1, |_| (0, 1))) },
            ..PLAIN
        };
        add(&format!("{agents} agents, half of whom are needed later"), desk.text());
        let preferring = |n: usize| {
            let asks = if n < half { String::new() } else { field("needs", &skills(1, |_| (0, 1))) };
            asks + &field("preferred", &names(20, |at| chance(n * 20 + at, agents / 2)))
        };
        let preferring = Desk { conversation: &preferring, ..desk };
        add(&format!("{agents} agents, half of whom are preferred and needed later"), preferring.text());
        let lost = Desk { lost: true, ..desk };
        add(&format!("{agents} agents, half of whom are needed later, all was lost"), lost.text());
        let weights = |n: usize, _| {
            Some(field("weight", &(n % 1_000 + 1).to_string()) + &field("tier", &(n % 2).to_string()))
        };
        let weights = Desk { member: &weights, ..desk };
        add(
            &format!("{agents} agents of many weights and two tiers, half of whom are needed later"),
            weights.text(),
        );
    }
    for load in [90, 150, 400] {
        let desk = Desk {
            top: MOST,
            rule,
            agents: 300,
            agent: &|n| {
                let known: Vec<_> = (0..20).filter(|skill| chance(n * 31 + skill, 3) == 0).collect();
                field("skills", &skills(known.len(), |at| (known[at], 1))) + &capacity(5 + chance(n, 10))
            },
            teams: 20,
            member: &|agent, team| (agent % 20 == team || chance(agent, 20) == team).then(String::new),
            conversations: 30 * load,
            team_of: &|n| chance(n, 20),
            conversation: &|n| field("needs", &skills(1, |_| (chance(n + 7, 20), 1))),
            ..PLAIN
        };
        add(&format!("400 classes at {load} %"), desk.text());
        let by_channel = Desk {
            agent: &|n| {
                let known: Vec<_> = (0..20).filter(|skill| chance(n * 31 + skill, 3) == 0).collect();
                field("skills", &skills(known.len(), |at| (known[at], 1)))
                    + &capacity(5 + chance(n, 10))
                    + &channels(3, |at| 2 + (n + at) % 6)
            },
            team: &|n| field("max_load", &(n % 7 + 2).to_string()),
            conversation: &|n| field("needs", &skills(1, |_| (chance(n + 7, 20), 1))) + &channel(n % 4),
            ..desk
        };
        add(&format!("1,600 classes by channels with limits of teams at {load} %"), by_channel.text());
    }
}

/// Desks of many teams.
fn teams(rule: &str, add: &mut dyn FnMut(&str, String)) {
    let others =
        |teams: usize| field("overflow", &list(teams, |at| format!(r#"{{"team":"{at}","after":{at}}}"#)));
    for shared in ["", r#","rotation":"0""#] {
        let how = if shared.is_empty() { "of their own" } else { "that share" };
        let desk = Desk {
            top: MOST_NOW,
            rule,
            agents: 100,
            agent: &|n| capacity(n % 30),
            teams: 30,
            team: &|n| field("max_load", &(n % 10 * 2 + 1).to_string()) + shared,
            member: &|agent, team| (chance(agent * 30 + team, 3) == 0).then(String::new),
            conversations: 2_000,
            team_of: &|n| chance(n, 30),
            ..PLAIN
        };
        add(&format!("100 agents in ten of 30 teams {how}"), desk.text());
        let over = |n: usize| field("max_load", &(n % 10 * 2 + 1).to_string()) + &others(30) + shared;
        let over = Desk {
            team: &over,
            conversation: &|n| field("since", &(990 - n % 20).to_string()) + &channel(n % 3),
            agent: &|n| capacity(n % 30) + &channels(2, |at| (n + at) % 20),
            ..desk
        };
        add(&format!("30 teams {how} that overflow, with channels"), over.text());
    }
}

/// Desks on which many teams set limits.
fn limits(add: &mut dyn FnMut(String, String)) {
    let rising = |n: usize| field("max_load", &(n + 1).to_string());
    // One agent in all teams, whose conversations come last team first, or as they come.
    let desk = Desk { top: MOST, agents: 1, teams: 3_000, team: &rising, conversations: 3_000, ..PLAIN };
    let orders: [(&str, &dyn Fn(usize) -> usize); 4] = [
        ("the highest", &|_| 2_999),
        ("from the highest", &|n| 2_999 - n),
        ("from the lowest", &|n| n),
        ("any", &|n| chance(n, 3_000)),
    ];
    for (order, team_of) in orders {
        add(
            format!("one agent in 3,000 teams with limits of their own, {order}"),
            Desk { team_of, ..desk }.text(),
        );
        let shared = |n: usize| rising(n) + r#","rotation":"0""#;
        let shared = Desk { team: &shared, team_of, ..desk };
        add(format!("one agent in 3,000 teams that share with limits of their own, {order}"), shared.text());
        let some = Desk { agents: 20, teams: 500, team_of: &|n| team_of(n) / 6, ..desk };
        add(format!("20 agents in 500 teams with limits of their own, {order}"), some.text());
        let by_channel =
            Desk { agent: &|n| channels(10, |at| 200 + at + n), conversation: &|n| channel(n % 12), ..some };
        add(
            format!("20 agents with 10 channels in 500 teams with limits of their own, {order}"),
            by_channel.text(),
        );
    }
    add(
        "one agent in 20,000 teams with limits of their own".into(),
        Desk { teams: 20_000, conversations: 20_000, team_of: &|n| n, ..desk }.text(),
    );
    for count in [1_900, 2_100] {
        let many = Desk {
            teams: count,
            agent: &|_| channels(count, |_| 1_000_000),
            conversations: count,
            team_of: &|n| n,
            conversation: &|n| channel(n),
            ..desk
        };
        add(
            format!("one agent with {count} channels in as many teams with limits of their own"),
            many.text(),
        );
        let low = Desk { agent: &|_| channels(count, |_| 1), ..many };
        add(
            format!("one agent with {count} small channels in as many teams with limits of their own"),
            low.text(),
        );
    }
    // What a legacy team gives counts for all limits.
    let beside = Desk { teams: 2_000, conversations: 20_000, team_of: &|n| n * 2_000 / 20_000, ..desk };
    let beside = beside.text().replacen("round_robin", "libredesk_2025", 200);
    add("one agent in 1,800 teams with limits of their own beside 200 legacy teams".into(), beside);
}

/// Returns a desk on which more agents may take more wishes than Evenhand looks at.
pub(super) fn too_many_looks() -> String {
    let excluding = |n: usize| field("excluded", &names(2, |at| if at == 0 { n % 1_000 } else { n / 1_000 }));
    Desk { top: MOST, agents: 1_000, conversations: 4_100, conversation: &excluding, ..PLAIN }.text()
}

/// Returns a desk on which teams set more limits than Evenhand counts.
pub(super) fn too_many_limits() -> String {
    let desk = Desk {
        top: MOST,
        agents: 1,
        agent: &|_| channels(2_100, |_| 1_000_000),
        teams: 2_100,
        team: &|n| field("max_load", &n.to_string()),
        conversations: 2_100,
        conversation: &|n| channel(n),
        ..PLAIN
    };
    desk.text()
}
