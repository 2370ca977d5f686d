//! The desk in numbers: what is past here can be neither malformed nor without meaning, and knows no names.

mod classes;
mod records;

use crate::snapshot::{Rule, SeatSet};
use alloc::vec::Vec;
use core::ops::Range;

#[cfg(feature = "json")]
pub(crate) use records::version;

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
}

pub(crate) struct Desk {
    /// The agents, as they came.
    pub(crate) agents: Vec<Agent>,
    /// Those whom only members name: the team and the place in it that name each first.
    pub(crate) strangers: Vec<(TeamId, usize)>,
    /// The teams, as they came.
    pub(crate) teams: Vec<Team>,
    /// The members of all teams, team by team.
    pub(crate) members: Vec<Member>,
    pub(crate) rotations: Vec<Rotation>,
    pub(crate) classes: Vec<Class>,
    /// The class of each conversation, as they came.
    pub(crate) queue: Vec<ClassId>,
    /// The conversations of lost claims, as they came, which are served after all others: each with
    /// the agent who is no candidate for it until nobody else is.
    pub(crate) served_last: Vec<(usize, Option<AgentId>)>,
    /// How many seats the sets of the cursors may name, so that the next call takes them: what those
    /// that are passed on untouched leave.
    pub(crate) seats_left: usize,
}

pub(crate) struct Agent {
    /// `None`: the host could not count.
    pub(crate) load: Option<u32>,
    pub(crate) capacity: u32,
}

pub(crate) struct Team {
    /// `None` where people assign.
    pub(crate) rule: Option<Rule>,
    pub(crate) max_load: u32,
    pub(crate) rotation: RotationId,
    /// Its place among the teams of its rotation.
    pub(crate) lane: usize,
    /// Where its members stand in [`Desk::members`].
    members: Range<usize>,
}

/// The parts of a member that do not change during a plan.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(crate) agent: AgentId,
    pub(crate) weight: u32,
    /// Whether the team gives new work to the agent's availability.
    pub(crate) assignable: bool,
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
    /// The first of its conversations.
    pub(crate) first: usize,
}

impl Desk {
    /// Returns the members of a team, as they came.
    pub(crate) fn members(&self, team: TeamId) -> &[Member] {
        &self.members[self.teams[team.place()].members.clone()]
    }

    /// Returns how many different people there are: the agents, and those whom only members name.
    pub(crate) fn people_count(&self) -> usize {
        self.agents.len() + self.strangers.len()
    }
}
