//! Snapshots of every shape that might be dear: many of something, or a text that takes long to read.

use super::{most, turns, wishes};
use std::fmt::Write as _;

/// A snapshot and its name.
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) text: Vec<u8>,
}

/// The length of what is no snapshot.
const MANY: usize = 1 << 20;

const RULES: [&str; 6] =
    ["round_robin", "least_loaded", "least_recent", "manual", "libredesk_2025", "libredesk_2026"];

/// A desk whose teams are all alike.
struct Desk<'a> {
    agents: usize,
    teams: usize,
    conversations: usize,
    rule: &'a str,
    capacity: Option<usize>,
    max_load: Option<usize>,
    load: usize,
    /// How many different weights there are.
    weights: usize,
    /// What stands before each number in an id.
    prefix: String,
    seed: bool,
}

impl Default for Desk<'_> {
    fn default() -> Self {
        Self {
            agents: 0,
            teams: 1,
            conversations: 0,
            rule: "round_robin",
            capacity: None,
            max_load: None,
            load: 0,
            weights: 1,
            prefix: String::new(),
            seed: false,
        }
    }
}

impl Desk<'_> {
    fn text(&self) -> String {
        let Self { prefix, load, rule, .. } = self;
        let agents = list(self.agents, |n| {
            let capacity =
                self.capacity.map_or(String::new(), |capacity| format!(r#","capacity":{capacity}"#));
            format!(r#"{{"id":"{prefix}{n}","availability":"online","load":{load}{capacity}}}"#)
        });
        let members = list(self.agents, |n| match self.weights {
            1 => format!(r#"{{"agent":"{prefix}{n}"}}"#),
            weights => format!(r#"{{"agent":"{prefix}{n}","weight":{}}}"#, n % weights + 1),
        });
        let teams = list(self.teams, |n| {
            let max_load =
                self.max_load.map_or(String::new(), |max_load| format!(r#","max_load":{max_load}"#));
            format!(r#"{{"id":"{prefix}{n}","assignment":"{rule}"{max_load},"members":{members}}}"#)
        });
        let conversations = list(self.conversations, |n| {
            format!(r#"{{"id":"{prefix}{n}","team":"{prefix}{}"}}"#, n % self.teams)
        });
        let seed = if self.seed { r#""seed":7,"# } else { "" };
        snapshot(&format!(r#"{seed}"agents":{agents},"teams":{teams},"conversations":{conversations}"#))
    }
}

pub(super) fn list(n: usize, one: impl Fn(usize) -> String) -> String {
    let mut text = String::from("[");
    for at in 0..n {
        write!(text, "{}{}", if at > 0 { "," } else { "" }, one(at)).expect("a String takes everything");
    }
    text + "]"
}

pub(super) fn snapshot(rest: &str) -> String {
    format!(r#"{{"version":1,{rest}}}"#)
}

/// Returns snapshots of every shape.
pub(crate) fn all() -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut add = |name: &str, text: Vec<u8>| shapes.push(Shape { name: name.to_owned(), text });
    for rule in RULES {
        desks(rule, &mut |name, text| add(&name, text.into_bytes()));
    }
    lists(&mut |name, text| add(&name, text.into_bytes()));
    turns::shapes(&mut |name, text| add(&name, text.into_bytes()));
    wishes::shapes(&mut |name, text| add(&name, text.into_bytes()));
    no_snapshots(&mut add);
    let switched = most::switched(&shapes);
    most::shapes(&mut |name, text| shapes.push(Shape { name, text: text.into_bytes() }));
    shapes.extend(switched);
    shapes
}

/// Desks of one rule.
fn desks(rule: &str, add: &mut dyn FnMut(String, String)) {
    for (agents, conversations) in [(20, 200), (200, 5_000), (1_000, 20_000)] {
        let desk = || Desk { agents, conversations, rule, seed: true, ..Desk::default() };
        let name = |what: &str| format!("{rule} {agents} x {conversations}{what}");
        add(name(""), desk().text());
        add(name(", everybody full"), Desk { capacity: Some(5), load: 5, ..desk() }.text());
        add(name(", all become full"), Desk { capacity: Some(conversations / agents / 2), ..desk() }.text());
        add(name(", a thousand weights"), Desk { weights: 1_000, ..desk() }.text());
        // 20,000,000 draws among a thousand weights take a minute of a busy machine.
        if conversations < 20_000 || rule != "libredesk_2026" {
            let become_full = Desk { weights: 1_000, max_load: Some(3), ..desk() };
            add(name(", a thousand weights, all become full"), become_full.text());
        }
    }
    add(
        format!("{rule}, everybody in 100 teams"),
        Desk { agents: 100, teams: 100, conversations: 20_000, rule, ..Desk::default() }.text(),
    );
    add(
        format!("{rule}, everybody in 100 teams, many weights"),
        Desk { agents: 100, teams: 100, conversations: 20_000, weights: 97, rule, ..Desk::default() }.text(),
    );
    add(
        format!("{rule}, ids of 128 bytes"),
        Desk { agents: 200, conversations: 5_000, rule, prefix: "i".repeat(124), ..Desk::default() }.text(),
    );
    add(
        format!("{rule}, ids of escapes"),
        Desk { agents: 200, conversations: 5_000, rule, prefix: r"\u0001".repeat(120), ..Desk::default() }
            .text(),
    );
    add(
        format!("{rule}, one agent"),
        Desk { agents: 1, conversations: 20_000, rule, ..Desk::default() }.text(),
    );
    add(format!("{rule}, nobody"), Desk { conversations: 20_000, rule, ..Desk::default() }.text());
    add(
        format!("{rule}, no conversations"),
        Desk { agents: 1_000, teams: 20, rule, ..Desk::default() }.text(),
    );
    let turns = list(20_000, |n| format!(r#"{{"agent":"{n}","owed":{}}}"#, (n * 7_919) % 1_000_003));
    let members = list(20_000, |n| format!(r#"{{"agent":"{n}"}}"#));
    let cursor = if rule == "manual" { "round_robin" } else { rule };
    add(
        format!("{rule}, a long cursor"),
        snapshot(&format!(
            r#""agents":[],"teams":[{{"id":"t","assignment":"{rule}","members":{members}}}],"conversations":[],"cursors":[{{"rotation":"t","rule":"{cursor}","turns":{turns}}}]"#
        )),
    );
}

/// Much of one thing.
fn lists(add: &mut dyn FnMut(String, String)) {
    add("agents alone".into(), Desk { agents: 30_000, teams: 0, ..Desk::default() }.text());
    add("teams alone".into(), Desk { teams: 20_000, ..Desk::default() }.text());
    // Lists grow by doubling: just above a power of two they have most room to spare.
    for n in [16_385, 24_000, 32_769] {
        let nowhere = list(n, |n| format!(r#"{{"id":"{n}","team":"{n}"}}"#));
        add(
            format!("{n} conversations, each in an unknown team of its own"),
            snapshot(&format!(r#""agents":[],"teams":[],"conversations":{nowhere}"#)),
        );
    }
    let alike = list(65_537, |n| format!(r#"{{"id":"{n:x}","team":"t"}}"#));
    add(
        "65537 conversations of one unknown team".into(),
        snapshot(&format!(r#""agents":[],"teams":[],"conversations":{alike}"#)),
    );
    let members = list(65_537, |n| format!(r#"{{"agent":"{n:x}"}}"#));
    add(
        "65537 unknown members".into(),
        snapshot(&format!(
            r#""agents":[],"teams":[{{"id":"t","assignment":"round_robin","members":{members}}}],"conversations":[]"#
        )),
    );
    let assignable = list(100_000, |_| r#""""#.into());
    add(
        "a long list of assignable".into(),
        snapshot(&format!(
            r#""agents":[],"teams":[{{"id":"t","assignment":"manual","assignable":{assignable},"members":[]}}],"conversations":[]"#
        )),
    );
    let assignable = list(2_000, |n| format!(r#""a{n}""#));
    let online = list(2_000, |n| format!(r#"{{"id":"{n}","availability":"online","load":0}}"#));
    let members = list(2_000, |n| format!(r#"{{"agent":"{n}"}}"#));
    add(
        "many members and a long list of assignable".into(),
        snapshot(&format!(
            r#""agents":{online},"teams":[{{"id":"t","assignment":"round_robin","assignable":{assignable},"members":{members}}}],"conversations":[{{"id":"c","team":"t"}}]"#
        )),
    );
    let long = list(50_000, |n| format!(r#"{{"id":"{n}","team":"{n:0128}"}}"#));
    add(
        "unknown teams with long names".into(),
        snapshot(&format!(r#""agents":[],"teams":[],"conversations":{long}"#)),
    );
    let agents = list(5_000, |n| format!(r#"{{"id":"{n}","availability":"{n:01000}","load":0}}"#));
    add(
        "long availabilities that begin alike".into(),
        snapshot(&format!(r#""agents":{agents},"teams":[],"conversations":[]"#)),
    );
    add("ids of one hash".into(), one_hash());
    let twenty_thousand = |rule: &str| {
        let one = Desk { agents: 1, ..Desk::default() }.text();
        let teams =
            list(20_000, |n| format!(r#"{{"id":"{n}","assignment":"{rule}","members":[{{"agent":"0"}}]}}"#));
        one.replace(
            r#""teams":[{"id":"0","assignment":"round_robin","members":[{"agent":"0"}]}]"#,
            &format!(r#""teams":{teams}"#),
        )
    };
    for rule in RULES {
        add(format!("{rule}, 20,000 teams of one agent"), twenty_thousand(rule));
    }
}

/// Returns a desk whose ids are all alike to the hasher of a module: to one of 32 bits the second four bytes of sixteen
/// say nothing, where the third four are those.
fn one_hash() -> String {
    let id = |n: usize| format!(r"like{n:04x}Dsp\u0003same");
    let agents = list(1_000, |n| format!(r#"{{"id":"{}","availability":"online","load":0}}"#, id(n)));
    let members = list(1_000, |n| format!(r#"{{"agent":"{}"}}"#, id(n)));
    let team = id(0);
    let conversations = list(50_000, |n| format!(r#"{{"id":"{}","team":"{team}"}}"#, id(n)));
    let lost = list(50_000, |n| {
        format!(r#"{{"conversation":"{}","team":"{team}","agent":"{}"}}"#, id(n), id(n % 1_000))
    });
    snapshot(&format!(
        r#""agents":{agents},"teams":[{{"id":"{team}","assignment":"round_robin","members":{members}}}],"conversations":{conversations},"lost_claims":{lost}"#
    ))
}

/// Yields snapshots of so many bytes, which consist of as many as possible of what takes much memory.
pub(crate) fn longest(bytes: usize) -> impl Iterator<Item = Shape> {
    const NOTHING: &str = r#""agents":[],"teams":[],"conversations":[]"#;
    let turns = format!(r#"{NOTHING},"cursors":[{{"rotation":"t","rule":"round_robin","turns":["#);
    let sets = format!(r#"{turns}],"sets":["#);
    let desk = Desk { agents: 1_000, conversations: 0, ..Desk::default() }.text();
    let desk = desk.trim_start_matches(r#"{"version":1,"#).trim_end_matches("]}").to_owned();
    let words = r#""agents":[],"conversations":[],"teams":[{"id":"t","assignment":"manual","members":[],"assignable":["#;
    let all = [
        // Those without a text here are conversations that differ.
        ("conversations that need what nobody knows", desk.clone(), "", "]"),
        ("conversations that exclude somebody", desk.replace("round_robin", "least_recent"), "", "]"),
        ("words", words.into(), r#""""#, "]}]"),
        ("conversations", desk, "", "]"),
        ("conversations without ids", NOTHING.trim_end_matches(']').into(), r#"{"id":"","team":""}"#, "]"),
        (
            "conversations with lists",
            NOTHING.trim_end_matches(']').into(),
            r#"{"id":"","team":"","needs":[{"skill":""}]}"#,
            "]",
        ),
        (
            "conversations with more lists",
            NOTHING.trim_end_matches(']').into(),
            r#"{"id":"","team":"","needs":[{"skill":""}],"preferred":[""],"excluded":[""]}"#,
            "]",
        ),
        (
            "cursors",
            format!(r#"{NOTHING},"cursors":["#),
            r#"{"rotation":"","rule":"round_robin","turns":[{"agent":""}]}"#,
            "]",
        ),
        ("turns", turns, r#"{"agent":""}"#, "]}]"),
        ("sets", sets.clone(), r#"{"seats":[]}"#, "]}]"),
        ("seats", format!(r#"{sets}{{"seats":["#), "0", "]}]}]"),
    ];
    all.into_iter().map(move |(name, before, one, after)| {
        let conversation = |n: usize| match name {
            "conversations that need what nobody knows" => {
                format!("{:76}", format!(r#"{{"id":"{n:08x}","team":"0","needs":[{{"skill":"{n:08x}"}}]}}"#))
            }
            "conversations that exclude somebody" => {
                let [first, second] = [n % 1_000, n / 1_000 % 1_000];
                format!(
                    "{:76}",
                    format!(r#"{{"id":"{n:08x}","team":"0","excluded":["{first}","{second}"]}}"#)
                )
            }
            _ => format!(r#"{{"id":"{n:08x}-4a1b-4c3d-9e5f-0123456789ab","team":"0"}}{:20}"#, ""),
        };
        let each = if one.is_empty() { conversation(0) } else { one.into() };
        let many = (bytes - before.len() - 100) / (each.len() + 1);
        let list = if one.is_empty() {
            list(many, conversation)
        } else {
            format!("[{}{one}]", format!("{one},").repeat(many - 1))
        };
        let mut text =
            format!(r#"{{"version":1,{before}{}{}}}"#, &list[1..list.len() - 1], after).into_bytes();
        text.resize(bytes, b' ');
        Shape { name: format!("{many} {name}"), text }
    })
}

/// What is no snapshot.
fn no_snapshots(add: &mut dyn FnMut(&str, Vec<u8>)) {
    let small = Desk { agents: 20, conversations: 20, ..Desk::default() }.text();
    let large = Desk { agents: 1_000, conversations: 20_000, ..Desk::default() }.text();
    let mut text = |name: &str, text: String| add(name, text.into_bytes());
    text("nothing", String::new());
    text("an empty object", "{}".into());
    text("white space", " ".repeat(MANY));
    text("open brackets", "[".repeat(MANY));
    text("open objects", r#"{"agents":"#.repeat(MANY / 10));
    text("agents of brackets", format!(r#"{{"agents":{}"#, "[".repeat(MANY)));
    text("an endless text", format!("\"{}", "x".repeat(MANY)));
    text("an endless name", format!("{{\"{}", "x".repeat(MANY)));
    text("an unknown field with a long name", format!(r#"{{"{}":1}}"#, "x".repeat(MANY)));
    text("an unknown field of escapes", format!(r#"{{"{}":1}}"#, r"\u0001".repeat(MANY / 6)));
    let escapes = format!(r#""teams":[{{"id":"t","assignment":"{}"}}]"#, r"\u0001".repeat(MANY / 6));
    text("an unknown value of escapes", snapshot(&escapes));
    text("an endless number", format!(r#"{{"version":{}"#, "1".repeat(MANY)));
    text("an endless fraction", format!(r#"{{"version":0.{}}}"#, "1".repeat(MANY)));
    text("an unknown field at the end", format!(r#"{},"x":1}}"#, &small[..small.len() - 1]));
    text("the first half of a snapshot", large[..large.len() / 2].into());
    text("an id twice at the end", large.replace(r#"{"id":"19999","#, r#"{"id":"0","#));
    text("another version with much in it", large.replace(r#"{"version":1,"#, r#"{"version":2,"#));
    add("no UTF-8", vec![0xff; MANY]);
    add("a text that is no UTF-8 at its end", [&b"\""[..], &vec![b'x'; MANY], b"\xff\""].concat());
}
