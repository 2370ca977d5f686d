//! The desk in numbers: what is past here can be neither malformed nor without meaning, and knows no names.

mod accounts;
mod classes;
mod records;

use crate::error::{Error, ErrorKind};
use crate::ids::parts;
use crate::snapshot::{Rule, SeatSet};
use alloc::{vec, vec::Vec};
use core::ops::Range;

pub(crate) use classes::all_in_force;
#[cfg(feature = "json")]
pub(crate) use records::version;

/// The most looks in one call: at groups of members, which is what a pick costs where no two members are alike, and at whatever
/// else goes by how different members and conversations are. A look is some hundred instructions of WebAssembly.
pub(crate) const MAX_LOOKS: u64 = 2_000_000_000;

/// Refuses what takes more looks.
pub(crate) fn within_looks(looks: u64) -> Result<(), Error> {
    if looks <= MAX_LOOKS {
        return Ok(());
    }
    let detail = format_args!(
        "expected at most {MAX_LOOKS} looks at groups of members (of one weight and skills, in the same teams), found \
         more; plan fewer conversations at once, give members fewer different weights and skills, or conversations \
         fewer different wishes (channels, needs, excluded and preferred agents, teams to overflow to)"
    );
    Err(Error::new(ErrorKind::LimitExceeded, &"/conversations", &detail))
}

/// Returns what a list says of a conversation: it ascends by conversation, and most desks have nothing in it.
#[inline]
pub(crate) fn said_of<T>(list: &[(usize, T)], conversation: usize) -> Option<&T> {
    if list.is_empty() {
        return None;
    }
    let at = list.binary_search_by_key(&conversation, |&(of, _)| of).ok()?;
    Some(&list[at].1)
}

/// Returns whether skills reach the levels that are needed, both pairs of a skill and a level, ascending.
fn qualifies(profile: &[u64], needs: &[u64]) -> bool {
    needs.iter().all(|&need| {
        let at = profile.partition_point(|&own| own < need);
        profile.get(at).is_some_and(|&own| parts(own)[0] == parts(need)[0])
    })
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) struct $name(u32);

        impl $name {
            /// Returns the number of what stands at a place of its list.
            pub(crate) fn new(place: usize) -> Self {
                Self(u32::try_from(place).expect("the sizes are checked first: every list is shorter than 2^32"))
            }

            /// Returns the place in its list.
            pub(crate) const fn place(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

numbers! {
    /// An agent of the snapshot; from the number of agents on, somebody whom only members name.
    AgentId
    TeamId
    /// A rotation, in the order of their first teams.
    RotationId
    /// Conversations that the same agents may take, in the order of their first.
    ClassId
    /// A member's place in a rotation.
    Seat
    /// A list of needs, as a set; the first is the empty one.
    NeedsId
    /// A load that is counted: that of each agent, then those of their channels, then what teams of one limit or a lower one add to these.
    Counter
}

/// A channel that some conversation came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChannelId(u32);

impl Counter {
    /// Returns the counter of an agent's whole load.
    pub(crate) const fn of(agent: AgentId) -> Self {
        Self(agent.0)
    }
}

pub(crate) struct Desk {
    /// The agents, as they came.
    pub(crate) agents: Vec<Agent>,
    /// The loads at the start of the plan; `None`: the host could not count.
    pub(crate) loads: Vec<Option<u32>>,
    /// The channels of all agents, agent by agent: those that some conversation came by.
    // INVARIANT: those of one agent ascend.
    channels: Vec<AgentChannel>,
    /// The limits that teams set, agent by agent, for what comes by no channel of theirs and then channel by channel; only where the
    /// plan is judged as a whole.
    // INVARIANT: those of one agent and channel ascend, each once.
    steps: Vec<Step>,
    /// What the agents know: each different list of pairs of a skill and a level, ascending. Only skills that are needed count.
    pub(crate) profiles: Vec<Vec<u64>>,
    /// Those whom only members name: the team and the place in it that name each first.
    pub(crate) strangers: Vec<(TeamId, usize)>,
    /// The teams, as they came.
    pub(crate) teams: Vec<Team>,
    /// The members of all teams, team by team.
    pub(crate) members: Vec<Member>,
    pub(crate) rotations: Vec<Rotation>,
    pub(crate) classes: Vec<Class>,
    /// Whom the conversations of the classes are offered to.
    asks: Vec<Ask>,
    /// Each different list of needs, likewise.
    pub(crate) needs: Vec<Vec<u64>>,
    /// The class of each conversation, as they came.
    pub(crate) queue: Vec<ClassId>,
    /// The serving order; `None`: as they came.
    pub(crate) order: Option<Vec<usize>>,
    /// The conversations that prefer somebody, as they came, and whom.
    preferred: Vec<(usize, Vec<AgentId>)>,
    /// The conversations that some agent holds, as they came, and who.
    pub(crate) held: Vec<(usize, AgentId)>,
    /// The conversations of lost claims, as they came, which are served after all others: each with
    /// the agent who is no candidate for it until nobody else is.
    pub(crate) served_last: Vec<(usize, Option<AgentId>)>,
    /// Whether no two classes are of one team.
    pub(crate) one_class_each: bool,
    /// Whether the plan is to serve the most.
    pub(crate) most: bool,
    /// How many looks it took to find the classes.
    pub(crate) looks: u64,
    /// How many seats the sets of the cursors may name, so that the next call takes them: what those
    /// that are passed on untouched leave.
    pub(crate) seats_left: usize,
}

pub(crate) struct Agent {
    pub(crate) capacity: u32,
    /// The load that the agent has with as many new ones as one plan may give.
    pub(crate) new_limit: u32,
    /// Which of the profiles is theirs.
    pub(crate) profile: usize,
    /// Where their channels stand.
    channels: Range<usize>,
    /// Where the limits stand that teams set for what comes by none of them.
    steps: Range<usize>,
}

#[derive(Clone)]
pub(crate) struct AgentChannel {
    channel: ChannelId,
    pub(crate) counter: Counter,
    pub(crate) capacity: u32,
    steps: Range<usize>,
}

/// A limit that teams set for an agent. What those of a lower one give counts, too.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) limit: u32,
    pub(crate) counter: Counter,
}

pub(crate) struct Team {
    /// `None` where people assign.
    pub(crate) rule: Option<Rule>,
    pub(crate) max_load: u32,
    pub(crate) rotation: RotationId,
    /// Its place among the teams of its rotation.
    pub(crate) lane: usize,
    /// Teams that may serve its conversations after so many milliseconds, in their order.
    overflow: Vec<(TeamId, u64)>,
    /// Where its members stand in [`Desk::members`].
    members: Range<usize>,
}

/// The parts of a member that do not change during a plan.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(crate) agent: AgentId,
    pub(crate) weight: u32,
    /// The lower it is the earlier they are asked; `None` where the team gives no new work to the agent's availability.
    pub(crate) rank: Option<u8>,
}

/// Whose turn it is, as the last plan left it.
#[derive(Default)]
pub(crate) struct Rotation {
    /// Its teams, in their order.
    pub(crate) teams: Vec<TeamId>,
    /// The rule of those that rotate; `None` where people assign in all of them.
    pub(crate) rule: Option<Rule>,
    /// Where its cursor stands in the snapshot.
    pub(crate) cursor: Option<usize>,
    /// The channels of the conversations that are offered to its teams, in order of the first; `None` for those of none.
    pub(crate) channels: Vec<Option<ChannelId>>,
    /// How many classes its teams are asked for, each team for itself.
    pub(crate) views: usize,
    /// Whether some class asks for skills.
    pub(crate) skilled: bool,
    /// Whether all seats at work may take whatever comes.
    pub(crate) interchangeable: bool,
    /// The rule that wrote the cursor.
    pub(crate) written_by: Option<Rule>,
    /// The cursor's turns: whose, and what is owed; `None` for somebody whom no member names any more.
    pub(crate) turns: Vec<(Option<AgentId>, i64)>,
    /// The cursor's sets, where a claim was lost.
    pub(crate) sets: Vec<SeatSet>,
    /// The lost claims of its teams that rotate.
    pub(crate) lost: Vec<Lost>,
    /// What newcomers are shuffled by; `None`: they join in the order given.
    pub(crate) shuffle: Option<u64>,
}

/// A decision of the last plan that could not be written.
#[derive(Clone, Copy)]
pub(crate) struct Lost {
    pub(crate) agent: AgentId,
    /// Which of the cursor's sets shared in the pick; perhaps none of them.
    pub(crate) set: usize,
}

/// Conversations that the same agents may take.
pub(crate) struct Class {
    /// `None` where the snapshot has no such team.
    pub(crate) team: Option<TeamId>,
    /// The number of its team, those behind the teams of the snapshot included.
    pub(crate) team_number: usize,
    pub(crate) channel: Option<ChannelId>,
    pub(crate) needs: NeedsId,
    /// Who does not get them, ascending.
    pub(crate) excluded: Vec<AgentId>,
    /// For whom they are held, ascending.
    pub(crate) held_for: Option<Vec<AgentId>>,
    /// Whether one team is asked for them, and whoever of it is at work.
    for_anybody: bool,
    /// Whom they are offered to, in this order.
    asks: Range<usize>,
}

/// A team that is offered the conversations of a class.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) team: TeamId,
    pub(crate) rotation: RotationId,
    /// Who of its rotation may be asked: its place among the team's and channel's.
    pub(crate) slot: usize,
    /// The place of the channel among those of the rotation.
    pub(crate) channel: usize,
    /// Its number among the asks of the rotation.
    pub(crate) view: usize,
}

impl Team {
    /// Returns whether it picks by a rule of ours: neither people assign nor a rule of the past.
    pub(crate) fn is_ours(&self) -> bool {
        self.rule.is_some_and(|rule| !rule.is_legacy())
    }

    /// Returns whether it has a rule of the past.
    pub(crate) fn is_legacy(&self) -> bool {
        self.rule.is_some_and(Rule::is_legacy)
    }
}

impl Rotation {
    /// Returns the number of a team's place and a channel's together.
    pub(crate) const fn slot(&self, lane: usize, channel: usize) -> usize {
        lane * self.channels.len() + channel
    }
}

impl Class {
    /// Returns what people are told of a conversation that waits for a reason.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer teams than 2^32")]
    pub(crate) fn told(&self, why: u32, channel: Option<ChannelId>) -> Vec<u32> {
        vec![self.team_number as u32, why, channel.map_or(0, |channel| channel.0 + 1), self.needs.0]
    }
}

impl Desk {
    /// Returns the members of a team, as they came.
    pub(crate) fn members(&self, team: TeamId) -> &[Member] {
        &self.members[self.teams[team.place()].members.clone()]
    }

    /// Returns the only team that is asked for the conversations of a class, where nobody is asked before others or not at all.
    pub(crate) fn only_ask(&self, class: &Class) -> Option<&Ask> {
        class.for_anybody.then(|| &self.asks[class.asks.start])
    }

    /// Returns whom the conversations of a class are offered to, in this order.
    pub(crate) fn asks(&self, class: &Class) -> &[Ask] {
        &self.asks[class.asks.clone()]
    }

    /// Returns the agent's own account of a channel; `None` where they list none of that name.
    pub(crate) fn channel_of(&self, agent: AgentId, channel: Option<ChannelId>) -> Option<&AgentChannel> {
        let channel = channel?;
        let listed = &self.channels[self.agents[agent.place()].channels.clone()];
        listed.binary_search_by_key(&channel, |own| own.channel).ok().map(|at| &listed[at])
    }

    /// Returns the limits of an agent that what comes by a channel counts for, from a team's own upward.
    pub(crate) fn steps(&self, agent: AgentId, channel: Option<ChannelId>, max_load: u32) -> &[Step] {
        if self.steps.is_empty() {
            return &[];
        }
        let own = self.channel_of(agent, channel).map(|own| &own.steps);
        let steps = &self.steps[own.unwrap_or(&self.agents[agent.place()].steps).clone()];
        &steps[steps.partition_point(|step| step.limit < max_load)..]
    }

    /// Returns the innermost counter that what comes by a channel from a team counts for.
    pub(crate) fn innermost(&self, agent: AgentId, channel: Option<ChannelId>, max_load: u32) -> Counter {
        let step = self.steps(agent, channel, max_load).first().map(|step| step.counter);
        let own = || self.channel_of(agent, channel).map_or(Counter::of(agent), |own| own.counter);
        step.unwrap_or_else(own)
    }

    /// Returns how many limits there are around each other, at most, for what an agent takes.
    pub(crate) fn depth(&self, agent: AgentId) -> usize {
        let of = &self.agents[agent.place()];
        let channels = self.channels[of.channels.clone()].iter();
        1 + channels.map(|own| 1 + own.steps.len()).max().unwrap_or(0).max(of.steps.len())
    }

    /// Tells every counter, the load with which it is full, and the counter around it.
    pub(crate) fn each_limit(&self, mut tell: impl FnMut(Counter, u32, Option<Counter>)) {
        let chain =
            |steps: &Range<usize>, outer: Counter, tell: &mut dyn FnMut(Counter, u32, Option<Counter>)| {
                let steps = &self.steps[steps.clone()];
                let next = steps.iter().skip(1).map(|step| step.counter).chain([outer]);
                steps.iter().zip(next).for_each(|(step, next)| tell(step.counter, step.limit, Some(next)));
            };
        for (place, agent) in self.agents.iter().enumerate() {
            let whole = Counter::of(AgentId::new(place));
            tell(whole, agent.capacity.min(agent.new_limit), None);
            chain(&agent.steps, whole, &mut tell);
            for own in &self.channels[agent.channels.clone()] {
                tell(own.counter, own.capacity, Some(whole));
                chain(&own.steps, own.counter, &mut tell);
            }
        }
    }

    /// Returns whether an agent knows what a list of needs asks for.
    pub(crate) fn qualifies(&self, profile: usize, needs: NeedsId) -> bool {
        qualifies(&self.profiles[profile], &self.needs[needs.place()])
    }

    /// Yields the conversations in serving order.
    pub(crate) fn serving(&self) -> impl Iterator<Item = usize> {
        let order = self.order.as_ref();
        (0..self.queue.len()).map(move |place| order.map_or(place, |order| order[place]))
    }

    /// Returns whether a claim of a conversation was lost.
    pub(crate) fn is_lost(&self, conversation: usize) -> bool {
        said_of(&self.served_last, conversation).is_some()
    }

    /// Returns who lost a conversation, and is no candidate for it until nobody else is.
    pub(crate) fn asked_last(&self, conversation: usize) -> Option<AgentId> {
        *said_of(&self.served_last, conversation)?
    }

    /// Returns whom a conversation prefers.
    pub(crate) fn preferred_by(&self, conversation: usize) -> &[AgentId] {
        said_of(&self.preferred, conversation).map_or(&[], Vec::as_slice)
    }

    /// Returns whether an agent holds a conversation.
    pub(crate) fn holds(&self, conversation: usize, agent: AgentId) -> bool {
        said_of(&self.held, conversation) == Some(&agent)
    }

    /// Returns whether a team picks by a rule of ours.
    pub(crate) fn is_ours(&self, team: Option<TeamId>) -> bool {
        team.is_some_and(|team| self.teams[team.place()].is_ours())
    }

    /// Returns whether a team has a rule of the past.
    pub(crate) fn is_legacy(&self, team: Option<TeamId>) -> bool {
        team.is_some_and(|team| self.teams[team.place()].is_legacy())
    }

    /// Returns how many different people there are: the agents, and those whom only members name.
    pub(crate) fn people_count(&self) -> usize {
        self.agents.len() + self.strangers.len()
    }
}
