//! What people are told of a plan.

use serde::Deserialize;
use std::collections::BTreeSet;

/// What people are told of a plan, read from its text. The text has more: write that back, and not this.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Plan {
    /// One decision per conversation, in the order given.
    pub decisions: Vec<Decision>,
    /// The conversations that wait, grouped by team, reason, channel and needs.
    pub waiting: Vec<Waiting>,
    /// Under the objective `most`, what holds back the conversations that wait.
    #[serde(default)]
    pub bottlenecks: Vec<Bottleneck>,
    /// The agents whose load changes.
    pub loads: Vec<LoadChange>,
}

/// What was decided for one conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Decision {
    /// The conversation's id.
    pub conversation: String,
    /// Its team's id.
    pub team: String,
    /// The id of the agent who takes it, or `None` where it waits.
    pub agent: Option<String>,
    /// The code of the reason.
    pub why: String,
    /// Who had it, as the snapshot says, and keeps it where it waits.
    pub held_by: Option<String>,
    /// The team that served it, where it is not its own.
    pub by: Option<String>,
    /// Which of the cursor's `sets` shared in the pick.
    #[serde(default)]
    pub set: u32,
}

/// The conversations of one team that wait for one reason, with the same channel and needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Waiting {
    /// The team's id.
    pub team: String,
    /// Their channel.
    pub channel: Option<String>,
    /// The skills that they need.
    #[serde(default)]
    pub needs: Vec<Needed>,
    /// The code of the reason.
    pub why: String,
    /// How many conversations.
    pub conversations: u64,
    /// How many members the team has.
    pub members: u64,
    /// How many members fail which gate.
    pub passed_over: Vec<PassedOver>,
}

impl Waiting {
    /// Returns what tells the group from others of its team, for people: its channel, and the skills that it needs.
    pub fn kind(&self) -> impl Iterator<Item = String> {
        kind(self.channel.as_ref(), &self.needs)
    }
}

fn kind(channel: Option<&String>, needs: &[Needed]) -> impl Iterator<Item = String> {
    let needs = needs.iter().map(|Needed { skill, level }| match level {
        0 | 1 => skill.clone(),
        level => format!("{skill} {level}"),
    });
    channel.cloned().into_iter().chain(needs)
}

/// A level of a skill without which nobody gets a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Needed {
    /// The skill's id.
    pub skill: String,
    /// The least level.
    pub level: u64,
}

/// How many members one gate holds back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PassedOver {
    /// The code of the first gate they fail.
    pub why: String,
    /// How many members.
    pub members: u64,
}

/// Classes of conversations that can go to some agents alone, who have not enough room for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Bottleneck {
    /// The classes.
    pub classes: Vec<BottleneckClass>,
    /// Everybody who may take a conversation of any of them.
    pub agents: Vec<BottleneckAgent>,
    /// How many of their conversations have an agent: all that the agents have room for.
    pub assigned: u64,
    /// How many of them wait.
    pub waiting: u64,
}

/// Conversations that the same agents may take.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BottleneckClass {
    /// The team's id.
    pub team: String,
    /// Their channel.
    pub channel: Option<String>,
    /// The skills that they need.
    #[serde(default)]
    pub needs: Vec<Needed>,
    /// The id of the first of them.
    pub conversation: String,
}

/// Somebody who may take conversations of a bottleneck.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BottleneckAgent {
    /// The agent's id.
    pub agent: String,
    /// The most of its conversations that they can take.
    pub room: u64,
}

impl Bottleneck {
    /// Returns it as a sentence, for people who call a team and an agent so: `7 wait for Billing (German): only Ana and Bo may take them, 2
    /// places between them; one more like them serves one more`.
    pub fn sentence(&self, team: impl Fn(&str) -> String, agent: impl Fn(&str) -> String) -> String {
        let Self { classes, agents, assigned, waiting } = self;
        let (verb, them) = if *waiting == 1 { ("waits", "it") } else { ("wait", "them") };
        let mut named = BTreeSet::new();
        let classes = classes.iter().map(|class| {
            let kind: Vec<_> = kind(class.channel.as_ref(), &class.needs).collect();
            let kind = if kind.is_empty() { String::new() } else { format!(" ({})", kind.join(", ")) };
            team(&class.team) + &kind
        });
        let classes = listed(classes.filter(|class| named.insert(class.clone())).collect(), "or");
        let wait = format!("{waiting} {verb} for {classes}");
        if agents.is_empty() {
            return format!("{wait}: nobody may take {them}");
        }
        let places = match assigned {
            0 => "no place".to_owned(),
            1 => "1 place".to_owned(),
            n => format!("{n} places"),
        };
        let room =
            if agents.len() == 1 { format!("and has {places}") } else { format!("{places} between them") };
        let who = listed(agents.iter().map(|one| agent(&one.agent)).collect(), "and");
        format!("{wait}: only {who} may take {them}, {room}; one more like them serves one more")
    }
}

/// How many of a long list are named.
const LISTED: usize = 3;

/// Returns `Ana, Bo and Cy`, or `Ana, Bo, Cy and 9 others`.
fn listed(mut named: Vec<String>, word: &str) -> String {
    let last = if named.len() > LISTED + 1 {
        format!("{} others", named.split_off(LISTED).len())
    } else {
        named.pop().unwrap_or_default()
    };
    if named.is_empty() { last } else { format!("{} {word} {last}", named.join(", ")) }
}

/// An agent's load before and after the plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LoadChange {
    /// The agent's id.
    pub agent: String,
    /// The load of the snapshot.
    pub before: u64,
    /// The load once every decision is written.
    pub after: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(classes: &[&str], rooms: &[u64], waiting: u64) -> String {
        let classes = classes.iter().map(|class| {
            serde_json::from_str(&format!(r#"{{"conversation":"1",{class}}}"#)).expect("a class")
        });
        let agents =
            (0..).zip(rooms).map(|(id, &room): (u32, _)| BottleneckAgent { agent: id.to_string(), room });
        let of = Bottleneck {
            classes: classes.collect(),
            agents: agents.collect(),
            assigned: rooms.iter().sum(),
            waiting,
        };
        let team = |id: &str| match id {
            "1" => "Billing".to_owned(),
            "2" => "VIP".to_owned(),
            id => format!("team {id}"),
        };
        let names = ["Ana", "Bo", "Cy", "Di", "Ed", "Flo"];
        of.sentence(team, |id| names[id.parse::<usize>().expect("a number")].to_owned())
    }

    #[test]
    fn a_bottleneck_is_a_sentence() {
        let german = r#""team":"1","needs":[{"skill":"German","level":1}]"#;
        let both = r#""team":"2","channel":"WhatsApp","needs":[{"skill":"German","level":3},{"skill":"French","level":1}]"#;
        let [billing, vip, other, last] =
            [r#""team":"1""#, r#""team":"2""#, r#""team":"8""#, r#""team":"9""#];
        let more = "one more like them serves one more";
        for (said, expected) in [
            (
                sentence(&[german], &[1, 1], 7),
                "7 wait for Billing (German): only Ana and Bo may take them, 2 places between them; ",
            ),
            (
                sentence(&[german], &[1, 0], 1),
                "1 waits for Billing (German): only Ana and Bo may take it, 1 place between them; ",
            ),
            (
                sentence(&[both, billing], &[0], 2),
                "2 wait for VIP (WhatsApp, German 3, French) or Billing: only Ana may take them, and has no place; ",
            ),
            (
                sentence(&[german, german, vip, german], &[0, 0], 3),
                "3 wait for Billing (German) or VIP: only Ana and Bo may take them, no place between them; ",
            ),
            (
                sentence(&[german, billing, vip, other], &[1, 1, 1, 1], 3),
                "3 wait for Billing (German), Billing, VIP or team 8: only Ana, Bo, Cy and Di may take them, 4 places between them; ",
            ),
            (
                sentence(&[german, billing, vip, other, last], &[1, 1, 1, 1, 1, 0], 1000),
                "1000 wait for Billing (German), Billing, VIP or 2 others: only Ana, Bo, Cy and 3 others may take them, 5 places between them; ",
            ),
        ] {
            assert_eq!(said, format!("{expected}{more}"));
        }
        assert_eq!(sentence(&[german], &[], 7), "7 wait for Billing (German): nobody may take them");
        assert_eq!(sentence(&[other], &[], 1), "1 waits for team 8: nobody may take it");
    }
}
