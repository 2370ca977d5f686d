//! Why one conversation goes where it goes, member by member.
//!
//! Nothing is decided here: the pass itself serves the queue up to the conversation, its state is read, and
//! it goes on with more conversations like this one, to see whose turn comes when.

use crate::answer::Names;
use crate::assign::{Decision as Number, Pass};
use crate::desk::{AgentId, Class, Counter, Desk, TeamId, within_looks};
use crate::eligibility::{Limits, failed_gate};
use crate::error::Error;
use crate::ids::{Numbering, half, pair, parts};
use crate::plan::{Bottleneck, Decision, Gate, Needed, WaitReason};
use crate::snapshot::{MAX_LOAD, MAX_TIER, Rule, Snapshot};
use alloc::{vec, vec::Vec};

/// So many conversations turns are followed for, from the one that is explained on.
const FOLLOWED: usize = 10_000;

/// Looks at groups of members that this may take beside those of the plan: what ten thousand picks take among a thousand
/// members of whom no two are alike. As many again to find out who is needed elsewhere.
const FOLLOWED_LOOKS: u64 = 10_000_000;

/// Why a conversation goes where it goes, or waits, member by member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Explanation<'a> {
    /// What the plan decides for it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::plan::Row<'a>"))]
    pub decision: Decision<'a>,
    /// Its place in the order in which the queue is served, from 1.
    pub place: u32,
    /// How many conversations the queue has.
    pub queue: u32,
    /// Whether an earlier claim of it was lost, so that it is served after those of which none was.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub lost: bool,
    /// What its class is made of: the conversations that the same agents may take.
    pub class: ExplainedClass<'a>,
    /// Under [`Objective::Most`](crate::Objective::Most), what holds it back, where it waits for an agent with room.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub held_back: Option<HeldBack<'a>>,
    /// The members of all teams that are asked, at the moment of the decision: those with a position in the order of these, then the
    /// other candidates, then whoever is passed over, both as the teams are asked and list them.
    pub members: Vec<ExplainedMember<'a>>,
}

/// What holds back a conversation that waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HeldBack<'a> {
    /// As the plan has it.
    pub bottleneck: Bottleneck<'a>,
    /// How many conversations of the bottleneck that wait come before it in serving order: they get what room there may be more.
    pub ahead: u32,
}

/// What the class of a conversation is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ExplainedClass<'a> {
    /// The team's id.
    pub team: &'a str,
    /// The channel.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub channel: Option<&'a str>,
    /// The needs that are in force: the highest level of each skill, in order of first mention. The legacy rules know none.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub needs: Vec<Needed<'a>>,
    /// The agents who do not get it, as the snapshot lists agents, the holder included.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub excluded: Vec<&'a str>,
    /// Whether it is held for those it prefers.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub held: bool,
    /// The teams that are asked, in this order: its own, then those of the `overflow` that are open by now. Empty for
    /// `unknown_team` and `manual_team`.
    pub asked: Vec<AskedTeam<'a>>,
    /// How many conversations of the queue are of this class.
    pub conversations: u32,
}

/// A team that is asked for a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AskedTeam<'a> {
    /// The team's id.
    pub team: &'a str,
    /// The rule by which it picks.
    pub rule: Rule,
}

/// A member of a team that is asked, at the moment of the decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ExplainedMember<'a> {
    /// The team's id.
    pub team: &'a str,
    /// The agent's id.
    pub agent: &'a str,
    /// The member's weight.
    pub weight: u32,
    /// The member's tier.
    pub tier: u32,
    /// The agent's availability; left out for an unknown agent.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub availability: Option<&'a str>,
    /// Whether the availability is among the team's fallback ones alone.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub fallback: bool,
    /// Whether the conversation prefers the agent.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub preferred: bool,
    /// Whether the lost claim was for the agent, who is asked when nobody else is left.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "core::ops::Not::not"))]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub asked_last: bool,
    /// The agent's load before this conversation. `None`: the host could not count it, or the agent is unknown.
    pub load: Option<u32>,
    /// The agent's load in the conversation's channel, where they list that and it is known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub channel_load: Option<u32>,
    /// How many conversations the agent has got in this plan before.
    pub taken: u32,
    /// How many more of this class the agent has room for in this team in this plan. `None`: no limit that is known.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub room: Option<u32>,
    /// The first gate that the member fails; left out for a candidate.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub gate: Option<Gate>,
    /// What the rotation owes the agent: in thousandths of a conversation, rounded to the nearest; under a legacy rule in points. Left
    /// out where the rule owes nothing or the agent has no turn.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub owed: Option<i64>,
    /// Which of the next conversations would be the first that the agent gets from this team, from this one on, which is 1, if only
    /// conversations like this one came. Left out where that is none of the next 10,000, or too much work to find out.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub position: Option<u32>,
    /// Under [`Objective::Most`](crate::Objective::Most), where a candidate is needed elsewhere: the next conversation to come of those of
    /// which one would have nobody, if the agent took this one. Left out, too, where that is too much work to find out.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub needed_for: Option<&'a str>,
}

/// Explains what [`plan`](crate::plan) decides for a conversation, or returns `None` where the queue has none of this id.
///
/// It costs the plan up to this conversation, a look at every member of the teams that are asked, and at most 10,000 more picks.
///
/// # Errors
///
/// Those of the plan. What makes too much work only after this conversation is not noticed.
///
/// # Examples
///
/// ```
/// use evenhand::{Agent, Conversation, Gate, Member, Snapshot, Team, explain};
///
/// let agent = |id, availability| Agent { id, availability, load: Some(0), ..Agent::default() };
/// let member = |agent| Member { agent, ..Member::default() };
/// let snapshot = Snapshot {
///     agents: vec![agent("mia".into(), "away".into()), agent("ben".into(), "online".into())],
///     teams: vec![Team {
///         id: "billing".into(),
///         members: vec![member("mia".into()), member("ben".into())],
///         ..Team::default()
///     }],
///     conversations: vec![Conversation { id: "c1".into(), team: "billing".into(), ..Conversation::default() }],
///     ..Snapshot::default()
/// };
/// let explanation = explain(&snapshot, "c1")?.expect("it waits");
/// let members = explanation.members.iter().map(|member| (member.agent, member.position, member.gate));
/// assert_eq!(members.collect::<Vec<_>>(), [("ben", Some(1), None), ("mia", None, Some(Gate::Unavailable))]);
/// assert_eq!(explain(&snapshot, "c2")?, None);
/// # Ok::<(), evenhand::Error>(())
/// ```
pub fn explain<'a>(snapshot: &'a Snapshot<'_>, conversation: &str) -> Result<Option<Explanation<'a>>, Error> {
    let desk = Desk::new(snapshot)?;
    let Some(place) = snapshot.conversations.iter().position(|one| one.id == conversation) else {
        return Ok(None);
    };
    let names = Names { snapshot, desk: &desk };
    let mut pass = Pass::new(&desk, desk.queue.len() + FOLLOWED);
    let mut before = 0;
    for conversation in desk.serving().take_while(|&conversation| conversation != place) {
        pass.decide(conversation, desk.asked_last(conversation));
        within_looks(pass.looks())?;
        before += 1;
    }
    let mut members = members(&names, &mut pass, place, before)?;
    let decision = pass.decide(place, desk.asked_last(place));
    within_looks(pass.looks())?;
    let candidates = members.iter().filter(|(.., member)| member.gate.is_none()).count();
    let held_back = pass.held_back(place).map(|(bottleneck, ahead)| HeldBack {
        bottleneck: names.bottlenecks(&[bottleneck]).remove(0),
        ahead,
    });
    let positions = follow(&mut pass, place, decision, candidates);
    let mut order = Vec::with_capacity(members.len());
    for (at, (team, agent, member)) in members.iter_mut().enumerate() {
        let position = positions.find(&[half(team.place()), half(agent.place())]).map(half);
        let rank = position.unwrap_or(half(FOLLOWED + 1) + u32::from(member.gate.is_some()));
        member.position = position;
        order.push(pair(rank, half(at)));
    }
    order.sort_unstable();
    Ok(Some(Explanation {
        decision: names.decision(place, decision),
        place: half(before) + 1,
        queue: half(desk.queue.len()),
        lost: desk.is_lost(place),
        class: class(&names, place),
        held_back,
        members: order.into_iter().map(|key| members[parts(key)[1] as usize].2).collect(),
    }))
}

fn class<'a>(names: &Names<'a, '_, '_>, place: usize) -> ExplainedClass<'a> {
    let Names { snapshot, desk } = *names;
    let (conversation, of) = (&snapshot.conversations[place], desk.queue[place]);
    let class = &desk.classes[of.place()];
    let Class { channel, excluded, held_for, .. } = class;
    let asked = desk.asks(class).iter().map(|ask| AskedTeam {
        team: &snapshot.teams[ask.team.place()].id,
        rule: desk.teams[ask.team.place()].rule.expect("only a team with a rule is asked"),
    });
    ExplainedClass {
        team: &conversation.team,
        channel: channel.and(conversation.channel.as_deref()),
        needs: names.needs(place),
        excluded: excluded.iter().map(|&agent| names.agent(agent)).collect(),
        held: held_for.is_some(),
        asked: asked.collect(),
        conversations: half(desk.queue.iter().filter(|&&other| other == of).count()),
    }
}

/// Returns the members of the teams that are asked for a conversation, as they stand before it is decided.
fn members<'a>(
    names: &Names<'a, '_, '_>,
    pass: &mut Pass<'_>,
    place: usize,
    before: usize,
) -> Result<Vec<(TeamId, AgentId, ExplainedMember<'a>)>, Error> {
    let Names { snapshot, desk } = *names;
    let number = desk.queue[place];
    let class = &desk.classes[number.place()];
    let asked_last = desk.asked_last(place).filter(|_| !desk.is_legacy(class.team));
    let mut preferred = vec![false; desk.people_count()];
    desk.preferred_by(place).iter().for_each(|agent| preferred[agent.place()] = true);
    // The next conversation to come of each class, and where it stands in the serving order.
    let mut next_of = vec![None; if desk.most { desk.classes.len() } else { 0 }];
    for (position, place) in desk.serving().enumerate().skip(before + 1).filter(|_| desk.most) {
        next_of[desk.queue[place].place()].get_or_insert((position, place));
    }
    let (asks, mut looks_left) = (desk.asks(class), FOLLOWED_LOOKS);
    let mut found = Vec::with_capacity(asks.iter().map(|ask| desk.members(ask.team).len()).sum());
    for ask in asks {
        let team = &snapshot.teams[ask.team.place()];
        for (record, &member) in team.members.iter().zip(desk.members(ask.team)) {
            let agent = member.agent;
            let of = snapshot.agents.get(agent.place());
            let loads = &pass.loads;
            let mut explained = ExplainedMember {
                team: &team.id,
                agent: &record.agent,
                weight: record.weight,
                tier: record.tier,
                availability: of.map(|of| &*of.availability),
                fallback: member.rank.is_some_and(|rank| u32::from(rank) > MAX_TIER),
                preferred: preferred[agent.place()],
                asked_last: asked_last == Some(agent),
                gate: failed_gate(desk, number, ask.team, member, loads),
                ..ExplainedMember::default()
            };
            let mut steps = 0;
            if let Some(of) = of {
                explained.load = loads.whole(agent);
                explained.taken = explained.load.zip(of.load).map_or(0, |(now, before)| now - before);
                let channel = desk.channel_of(agent, class.channel);
                explained.channel_load = channel.and_then(|own| loads.of(own.counter));
                let limits = Limits::new(desk, ask.team, agent, class.channel);
                // Who may get few in this plan may still hold more than anybody can.
                let limited = of.max_new.is_some() && !desk.is_legacy(Some(ask.team));
                steps = limits.steps.len();
                let of_teams = limits.steps.iter().map(|step| (step.counter, step.limit));
                let rooms = limits.least().into_iter().chain(of_teams).filter_map(|(counter, limit)| {
                    let room = limit.saturating_sub(loads.of(counter)?);
                    (limit < MAX_LOAD || room == 0 || (limited && counter == Counter::of(agent)))
                        .then_some(room)
                });
                explained.room = rooms.min();
                let (knows, needs) = (desk.agents[agent.place()].profile, class.needs);
                pass.looks += desk.profiles[knows].len().min(desk.needs[needs.place()].len()) as u64;
            }
            let rotation = pass.rotations[ask.rotation.place()].as_mut();
            let rotation = rotation.expect("the rotation of a team that rotates is open");
            explained.owed = rotation.owed_to(agent);
            if explained.gate.is_none() {
                let classes = pass.needed_for(number, ask.team, agent, &mut looks_left).unwrap_or_default();
                let next = classes.iter().filter_map(|class| next_of[class.place()]).min();
                explained.needed_for = next.map(|(_, place)| &*snapshot.conversations[place].id);
            }
            found.push((ask.team, agent, explained));
            pass.looks += 1 + steps as u64;
            within_looks(pass.looks())?;
        }
    }
    Ok(found)
}

/// Returns the positions at which members first get a conversation, by team and agent, if more like this one follow it; so many of
/// them can.
fn follow(pass: &mut Pass<'_>, place: usize, decision: Number, candidates: usize) -> Numbering {
    let desk = pass.desk;
    let own = desk.classes[desk.queue[place].place()].team;
    let enough = pass.looks() + FOLLOWED_LOOKS;
    // Nobody undoes what is only followed, so that its sets are not written down.
    pass.budget.seats_left = 0;
    let mut positions = Numbering::default();
    let mut found = 0;
    let (mut decision, mut position) = (decision, 1);
    while found < candidates {
        match decision {
            Number::Assigned { agent, by, .. } => {
                let team = by.or(own).expect("a team that is there serves it");
                let member = vec![half(team.place()), half(agent.place())];
                found += usize::from(positions.number(member, position) == position);
            }
            // What waits once waits to the end, but for a draw.
            Number::Waits(why) if why != WaitReason::TurnLost => break,
            Number::Waits(_) => {}
        }
        if position == FOLLOWED || pass.looks() > enough {
            break;
        }
        position += 1;
        decision = pass.decide(place, None);
    }
    positions
}
