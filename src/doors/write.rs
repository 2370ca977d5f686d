//! Writing a plan, an explanation or violations as canonical JSON: fields in the order of the records, no white space, and no
//! escape that JSON does not require.
//!
//! What serde says about the records, said once more by hand and held to it by a test: a serializer
//! makes room for every quotation mark, and that took half the time of a call in the core module.

use crate::check::Violation;
use crate::error::{Error, ErrorKind};
use crate::explain::{ExplainedMember, Explanation};
use crate::plan::{Bottleneck, Decision, Gate, LoadChange, Needed, Plan, Waiting};
use crate::snapshot::{Cursor, Rule, SeatSet, Turn};
use alloc::string::String;
use core::slice;

/// The longest plan or explanation in JSON, in bytes: JavaScript engines hold little longer texts.
pub const MAX_PLAN_BYTES: usize = 500_000_000;

/// Writes a plan behind what is there already, or nothing, where it is too long.
///
/// `plain` says that no id in it has anything that must be escaped.
pub(super) fn plan(out: &mut String, of: &Plan<'_>, plain: bool) -> Result<(), Error> {
    twice(out, plain, &mut |out| write(out, of))
}

/// Writes an explanation likewise.
pub(super) fn explanation(out: &mut String, of: &Explanation<'_>, plain: bool) -> Result<(), Error> {
    twice(out, plain, &mut |out| explained(out, of))
}

/// Writes what is wrong with a plan likewise.
pub(super) fn violations(out: &mut String, of: &[Violation]) -> Result<(), Error> {
    twice(out, false, &mut |out| list(out, of, violation))
}

/// Writes first nothing, to see how long it is, and then the text.
fn twice(text: &mut String, plain: bool, write: &mut dyn FnMut(&mut Out<'_>)) -> Result<(), Error> {
    let mut length = Out { text: None, bytes: 0, plain };
    write(&mut length);
    make_room(text, length.bytes)?;
    write(&mut Out { text: Some(text), bytes: 0, plain });
    Ok(())
}

fn violation(out: &mut Out<'_>, of: &Violation) {
    string_in(out, r#"{"code":"#, Some(of.code.code()));
    string_in(out, r#","path":"#, Some(&of.path));
    string_in(out, r#","message":"#, Some(&of.message));
    out.push_str("}");
}

fn make_room(out: &mut String, bytes: usize) -> Result<(), Error> {
    if bytes > MAX_PLAN_BYTES {
        let detail = format_args!(
            "expected an answer of at most {MAX_PLAN_BYTES} bytes, found one of {bytes}; plan fewer conversations at once, \
             or give agents shorter ids"
        );
        return Err(Error::new(ErrorKind::LimitExceeded, &"/conversations", &detail));
    }
    // One that grows as it is written takes up to three times its length. One byte more is for the envelope.
    out.reserve_exact(bytes + 1);
    Ok(())
}

/// What is written to.
struct Out<'o> {
    /// `None`: only the bytes are counted.
    text: Option<&'o mut String>,
    bytes: usize,
    /// Whether no id has anything in it that must be escaped.
    plain: bool,
}

impl Out<'_> {
    #[inline(never)]
    fn push_str(&mut self, text: &str) {
        match &mut self.text {
            Some(out) => out.push_str(text),
            None => self.bytes += text.len(),
        }
    }

    /// Writes decisions: nearly all of a plan, so that to write and to count each have code of their own.
    fn decisions(&mut self, of: &[Decision<'_>]) {
        match &mut self.text {
            Some(text) => decisions(&mut |part| text.push_str(part), self.plain, of),
            None => decisions(&mut |part| self.bytes += part.len(), self.plain, of),
        }
    }
}

fn write(out: &mut Out<'_>, plan: &Plan<'_>) {
    out.push_str(r#"{"version":"#);
    integer(out, plan.version);
    out.push_str(r#","decisions":["#);
    out.decisions(&plan.decisions);
    out.push_str(r#"],"waiting":"#);
    list(out, &plan.waiting, waiting);
    if !plan.bottlenecks.is_empty() {
        out.push_str(r#","bottlenecks":"#);
        list(out, &plan.bottlenecks, bottleneck);
    }
    out.push_str(r#","cursors":"#);
    list(out, &plan.cursors, cursor);
    out.push_str(r#","loads":"#);
    list(out, &plan.loads, load);
    out.push_str("}");
}

/// Writes why there is no plan.
#[cfg(feature = "abi")]
pub(super) fn error(out: &mut String, error: &Error) {
    let out = &mut Out { text: Some(out), bytes: 0, plain: false };
    out.push_str(r#"{"code":""#);
    out.push_str(error.kind().code());
    out.push_str(r#"","path":""#);
    escaped(out, error.path());
    out.push_str(r#"","message":""#);
    escaped(out, &alloc::format!("{error}"));
    out.push_str(r#""}"#);
}

fn decisions(push: &mut impl FnMut(&str), plain: bool, of: &[Decision<'_>]) {
    for (index, decision) in of.iter().enumerate() {
        push(if index == 0 { r#"{"conversation":""# } else { r#",{"conversation":""# });
        id(push, plain, decision.conversation);
        push(r#"","team":""#);
        id(push, plain, decision.team);
        match decision.outcome.agent() {
            Some(agent) => {
                push(r#"","agent":""#);
                id(push, plain, agent);
                push(r#"","why":""#);
            }
            None => push(r#"","agent":null,"why":""#),
        }
        push(decision.outcome.code());
        if let Some(held_by) = decision.held_by {
            push(r#"","held_by":""#);
            id(push, plain, held_by);
        }
        if let Some(by) = decision.by {
            push(r#"","by":""#);
            id(push, plain, by);
        }
        if decision.set == 0 {
            push(r#""}"#);
        } else {
            push(r#"","set":"#);
            push(itoa::Buffer::new().format(decision.set));
            push("}");
        }
    }
}

fn waiting(out: &mut Out<'_>, waiting: &Waiting<'_>) {
    asking(out, waiting.team, waiting.channel, &waiting.needs);
    out.push_str(r#","why":""#);
    out.push_str(waiting.why.code());
    out.push_str(r#"","conversations":"#);
    integer(out, waiting.conversations);
    out.push_str(r#","members":"#);
    integer(out, waiting.members);
    out.push_str(r#","passed_over":"#);
    list(out, &waiting.passed_over, |out, passed_over| {
        out.push_str(r#"{"why":""#);
        out.push_str(passed_over.why.code());
        out.push_str(r#"","members":"#);
        integer(out, passed_over.members);
        out.push_str("}");
    });
    out.push_str("}");
}

fn bottleneck(out: &mut Out<'_>, of: &Bottleneck<'_>) {
    out.push_str(r#"{"classes":"#);
    list(out, &of.classes, |out, class| {
        asking(out, class.team, class.channel, &class.needs);
        string_in(out, r#","conversation":"#, Some(class.conversation));
        out.push_str("}");
    });
    out.push_str(r#","agents":"#);
    list(out, &of.agents, |out, agent| {
        string_in(out, r#"{"agent":"#, Some(agent.agent));
        integer_in(out, r#","room":"#, Some(agent.room.into()));
        out.push_str("}");
    });
    integer_in(out, r#","assigned":"#, Some(of.assigned.into()));
    integer_in(out, r#","waiting":"#, Some(of.waiting.into()));
    out.push_str("}");
}

/// Writes the fields that begin a record of conversations alike.
fn asking(out: &mut Out<'_>, team: &str, channel: Option<&str>, needs: &[Needed<'_>]) {
    out.push_str(r#"{"team":""#);
    escaped(out, team);
    if let Some(channel) = channel {
        out.push_str(r#"","channel":""#);
        escaped(out, channel);
    }
    out.push_str("\"");
    if !needs.is_empty() {
        out.push_str(r#","needs":"#);
        list(out, needs, |out, need| {
            out.push_str(r#"{"skill":""#);
            escaped(out, need.skill);
            out.push_str(r#"","level":"#);
            integer(out, need.level);
            out.push_str("}");
        });
    }
}

fn explained(out: &mut Out<'_>, of: &Explanation<'_>) {
    out.push_str(r#"{"decision":"#);
    out.decisions(slice::from_ref(&of.decision));
    integer_in(out, r#","place":"#, Some(of.place.into()));
    integer_in(out, r#","queue":"#, Some(of.queue.into()));
    flag(out, r#","lost":true"#, of.lost);
    out.push_str(r#","class":"#);
    let class = &of.class;
    asking(out, class.team, class.channel, &class.needs);
    if !class.excluded.is_empty() {
        out.push_str(r#","excluded":"#);
        list(out, &class.excluded, |out, agent| string_in(out, "", Some(agent)));
    }
    flag(out, r#","held":true"#, class.held);
    out.push_str(r#","asked":"#);
    list(out, &class.asked, |out, asked| {
        string_in(out, r#"{"team":"#, Some(asked.team));
        string_in(out, r#","rule":"#, Some(rule(asked.rule)));
        out.push_str("}");
    });
    integer_in(out, r#","conversations":"#, Some(class.conversations.into()));
    out.push_str("}");
    if let Some(held_back) = &of.held_back {
        out.push_str(r#","held_back":{"bottleneck":"#);
        bottleneck(out, &held_back.bottleneck);
        integer_in(out, r#","ahead":"#, Some(held_back.ahead.into()));
        out.push_str("}");
    }
    out.push_str(r#","members":"#);
    list(out, &of.members, explained_member);
    out.push_str("}");
}

fn explained_member(out: &mut Out<'_>, member: &ExplainedMember<'_>) {
    string_in(out, r#"{"team":"#, Some(member.team));
    string_in(out, r#","agent":"#, Some(member.agent));
    integer_in(out, r#","weight":"#, Some(member.weight.into()));
    integer_in(out, r#","tier":"#, Some(member.tier.into()));
    string_in(out, r#","availability":"#, member.availability);
    flag(out, r#","fallback":true"#, member.fallback);
    flag(out, r#","preferred":true"#, member.preferred);
    flag(out, r#","asked_last":true"#, member.asked_last);
    flag(out, r#","load":null"#, member.load.is_none());
    integer_in(out, r#","load":"#, member.load.map(i64::from));
    integer_in(out, r#","channel_load":"#, member.channel_load.map(i64::from));
    integer_in(out, r#","taken":"#, Some(member.taken.into()));
    integer_in(out, r#","room":"#, member.room.map(i64::from));
    string_in(out, r#","gate":"#, member.gate.map(Gate::code));
    integer_in(out, r#","owed":"#, member.owed);
    integer_in(out, r#","position":"#, member.position.map(i64::from));
    string_in(out, r#","needed_for":"#, member.needed_for);
    out.push_str("}");
}

// Apart from who calls them: an explanation is short, and they are called from many places.

/// Writes an integer behind the name of its field, where there is one.
#[inline(never)]
fn integer_in(out: &mut Out<'_>, name: &str, value: Option<i64>) {
    if let Some(value) = value {
        out.push_str(name);
        integer(out, value);
    }
}

/// Writes a string likewise.
#[inline(never)]
fn string_in(out: &mut Out<'_>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.push_str(name);
        out.push_str("\"");
        escaped(out, value);
        out.push_str("\"");
    }
}

/// Writes what says that something is so, where it is.
#[inline(never)]
fn flag(out: &mut Out<'_>, text: &str, is: bool) {
    if is {
        out.push_str(text);
    }
}

fn cursor(out: &mut Out<'_>, cursor: &Cursor<'_>) {
    out.push_str(r#"{"rotation":""#);
    escaped(out, &cursor.rotation);
    out.push_str(r#"","rule":""#);
    out.push_str(rule(cursor.rule));
    out.push_str(r#"","turns":"#);
    list(out, &cursor.turns, turn);
    if !cursor.sets.is_empty() {
        out.push_str(r#","sets":"#);
        list(out, &cursor.sets, set);
    }
    out.push_str("}");
}

fn set(out: &mut Out<'_>, set: &SeatSet) {
    out.push_str("{");
    if let Some(from) = set.from {
        out.push_str(r#""from":"#);
        integer(out, from);
        out.push_str(",");
    }
    out.push_str(r#""seats":"#);
    list(out, &set.seats, |out, &seat| integer(out, seat));
    out.push_str("}");
}

const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::RoundRobin => "round_robin",
        Rule::LeastLoaded => "least_loaded",
        Rule::LeastRecent => "least_recent",
        Rule::Libredesk2025 => "libredesk_2025",
        Rule::Libredesk2026 => "libredesk_2026",
    }
}

fn turn(out: &mut Out<'_>, turn: &Turn<'_>) {
    out.push_str(r#"{"agent":""#);
    escaped(out, &turn.agent);
    match turn.owed {
        Some(owed) => {
            out.push_str(r#"","owed":"#);
            integer(out, owed);
            out.push_str("}");
        }
        None => out.push_str(r#""}"#),
    }
}

fn load(out: &mut Out<'_>, load: &LoadChange<'_>) {
    out.push_str(r#"{"agent":""#);
    escaped(out, load.agent);
    out.push_str(r#"","before":"#);
    integer(out, load.before);
    out.push_str(r#","after":"#);
    integer(out, load.after);
    out.push_str("}");
}

fn list<T>(out: &mut Out<'_>, items: &[T], write: fn(&mut Out<'_>, &T)) {
    out.push_str("[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(",");
        }
        write(out, item);
    }
    out.push_str("]");
}

fn integer(out: &mut Out<'_>, integer: impl Into<i64>) {
    out.push_str(itoa::Buffer::new().format(integer.into()));
}

fn escaped(out: &mut Out<'_>, text: &str) {
    let plain = out.plain;
    id(&mut |part| out.push_str(part), plain, text);
}

/// Writes what stands between the quotation marks of a string: without a call where it needs no escape, since half of a plan are ids.
#[inline]
fn id(push: &mut impl FnMut(&str), plain: bool, text: &str) {
    if plain { push(text) } else { escape(push, text) }
}

#[inline(never)]
fn escape(push: &mut dyn FnMut(&str), text: &str) {
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x8 => "\\b",
            b'\t' => "\\t",
            b'\n' => "\\n",
            0xc => "\\f",
            b'\r' => "\\r",
            control @ 0..b' ' => &CONTROLS[usize::from(control) * 6..][..6],
            _ => continue,
        };
        push(&text[written..at]);
        push(escape);
        written = at + 1;
    }
    push(&text[written..]);
}

/// The control characters, one after the other, as JSON writes those without a short form.
const CONTROLS: &str = concat!(
    r"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f",
    r"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f",
);

#[cfg(test)]
mod tests {
    use super::{MAX_PLAN_BYTES, explanation, plan, violations};
    use crate::check::{Violation, ViolationCode};
    use crate::error::ErrorKind;
    use crate::explain::{AskedTeam, ExplainedClass, ExplainedMember, Explanation, HeldBack};
    use crate::plan::{
        AssignReason, Bottleneck, BottleneckAgent, BottleneckClass, Decision, Gate, LoadChange, Needed,
        Outcome, PassedOver, Plan, WaitReason, Waiting,
    };
    use crate::snapshot::{Cursor, Rule, SeatSet, Turn};
    use alloc::{format, string::String, vec, vec::Vec};

    #[test]
    fn every_field_and_every_character_is_written_as_serde_says() {
        let characters = (0..=0x100).filter_map(char::from_u32).chain(['\u{2028}', '\u{1f600}']);
        let ids: Vec<String> = characters.map(|character| format!("a{character}{character}\u{81}")).collect();
        let assigned = |(index, agent): (usize, _)| {
            let why = AssignReason::ALL[index % AssignReason::ALL.len()];
            let set = [0, 1, 12][index % 3];
            let held_by = [None, Some("\t")][index / 3 % 2];
            let by = [None, Some(agent)][index / 6 % 2];
            Decision {
                conversation: "c",
                team: agent,
                outcome: Outcome::Assigned { agent, why },
                held_by,
                by,
                set,
            }
        };
        let passed_over = Gate::ALL.iter().map(|why| PassedOver { why: *why, members: 7 });
        let need = |level| Needed { skill: "\u{1}", level };
        let waiting = |why: &WaitReason| Waiting {
            team: "\"",
            channel: (*why as usize % 2 == 1).then_some("\r"),
            needs: [vec![], vec![need(1)], vec![need(1), need(1_000)]][*why as usize % 3].clone(),
            why: *why,
            conversations: u32::MAX,
            members: 0,
            passed_over: passed_over.clone().collect(),
        };
        let owed = [Some(i64::MIN), Some(-1), Some(0), Some(1), Some(i64::MAX), None];
        let turns = owed.map(|owed| Turn { agent: "\\".into(), owed });
        let sets = [None, Some(0), Some(u32::MAX)]
            .into_iter()
            .flat_map(|from| [vec![], vec![0], vec![1, u32::MAX]].map(|seats| SeatSet { from, seats }));
        let cursor = |rule: &Rule| {
            let sets = if *rule == Rule::RoundRobin { sets.clone().collect() } else { vec![] };
            Cursor { rotation: "\n".into(), rule: *rule, turns: turns.to_vec(), sets }
        };
        let wait = |why: &WaitReason| Decision {
            conversation: "\0",
            team: "t",
            outcome: Outcome::Waits(*why),
            held_by: (*why as usize % 2 == 1).then_some("\\"),
            ..Decision::default()
        };
        let full = Plan {
            decisions: ids
                .iter()
                .map(String::as_str)
                .enumerate()
                .map(assigned)
                .chain(WaitReason::ALL.iter().map(wait))
                .collect(),
            waiting: WaitReason::ALL.iter().map(waiting).collect(),
            cursors: Rule::ALL.iter().map(cursor).collect(),
            loads: vec![LoadChange { agent: "\u{7f}", before: 0, after: 1 }],
            bottlenecks: vec![full_bottleneck(), Bottleneck::default()],
            ..Plan::default()
        };
        let empty = Plan::default();
        for of in [full, empty] {
            let mut out = String::new();
            plan(&mut out, &of, false).expect("it is short");
            assert_eq!(out, serde_json::to_string(&of).expect("it can be written"));
            assert_eq!(out.capacity(), out.len() + 1, "there was room for it all from the start");
        }
    }

    fn full_bottleneck() -> Bottleneck<'static> {
        let class = |needs| BottleneckClass { team: "\"", channel: Some("\\"), needs, conversation: "\u{2}" };
        Bottleneck {
            classes: vec![
                class(vec![Needed { skill: "\u{3}", level: 1 }]),
                BottleneckClass { channel: None, ..class(Vec::new()) },
            ],
            agents: vec![BottleneckAgent { agent: "\u{4}", room: u32::MAX }],
            assigned: u32::MAX,
            waiting: 1,
        }
    }

    #[test]
    fn every_field_of_an_explanation_is_written_as_serde_says() {
        let decision = Decision { conversation: "c", team: "t", ..Decision::default() };
        let full = ExplainedMember {
            team: "\"",
            agent: "\\",
            weight: 1_000,
            tier: 9,
            availability: Some("\n"),
            fallback: true,
            preferred: true,
            asked_last: true,
            load: Some(u32::MAX),
            channel_load: Some(0),
            taken: u32::MAX,
            room: Some(0),
            gate: Some(Gate::ChannelFull),
            owed: Some(i64::MIN),
            position: Some(1),
            needed_for: Some("\u{8}"),
        };
        let class = ExplainedClass {
            team: "\r",
            channel: Some("\u{1}"),
            needs: vec![Needed { skill: "\t", level: 2 }],
            excluded: vec!["a", "\""],
            held: true,
            asked: Rule::ALL.iter().map(|&rule| AskedTeam { team: "\u{7f}", rule }).collect(),
            conversations: u32::MAX,
        };
        let members = vec![full, ExplainedMember::default()];
        let held_back = Some(HeldBack { bottleneck: full_bottleneck(), ahead: u32::MAX });
        let (place, queue) = (1, u32::MAX);
        let full = Explanation { decision, place, queue, lost: true, class, held_back, members };
        for of in [full, Explanation::default()] {
            let mut out = String::new();
            explanation(&mut out, &of, false).expect("it is short");
            assert_eq!(out, serde_json::to_string(&of).expect("it can be written"));
            assert_eq!(out.capacity(), out.len() + 1, "there was room for it all from the start");
        }
    }

    #[test]
    fn every_violation_is_written_as_serde_says() {
        let of = |&code| Violation { code, path: "/a/~1\"".into(), message: "`\u{1}`\n".into() };
        for of in [ViolationCode::ALL.iter().map(of).collect(), vec![]] {
            let mut out = String::new();
            violations(&mut out, &of).expect("it is short");
            assert_eq!(out, serde_json::to_string(&of).expect("it can be written"));
            assert_eq!(out.capacity(), out.len() + 1, "there was room for it all from the start");
        }
    }

    #[test]
    fn what_is_plain_is_written_the_same() {
        let decision = Decision { conversation: "c", team: "t", ..Decision::default() };
        let of = Plan { decisions: vec![decision; 2], ..Plan::default() };
        let written = [true, false].map(|plain| {
            let mut out = String::new();
            plan(&mut out, &of, plain).expect("it is short");
            out
        });
        assert_eq!(written[0], written[1]);
    }

    #[test]
    fn a_plan_that_is_too_long_is_refused() {
        let id = "\u{1}".repeat(MAX_PLAN_BYTES / 6);
        let of = Plan {
            decisions: vec![Decision { conversation: &id, ..Decision::default() }],
            ..Plan::default()
        };
        let mut out = String::new();
        let fault = plan(&mut out, &of, false).expect_err("it is longer than that");
        assert_eq!(
            (fault.kind(), fault.path(), out.as_str()),
            (ErrorKind::LimitExceeded, "/conversations", "")
        );
    }
}
