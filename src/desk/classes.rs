//! Which conversations are of one class, so that what one of them learns the others know, and whom they are offered to.
//!
//! Words, times and wishes end here: which teams are open by now, which needs are in force, who is
//! excluded, and for whom a conversation is held.

use super::records::{Numbers, People, Queue, is_plain};
use super::{
    AgentId, Ask, ChannelId, Class, ClassId, NeedsId, Rotation, Team, TeamId, qualifies, within_looks,
};
use crate::error::{Error, ErrorKind};
use crate::ids::{Numbering, intern, pair, parts};
use crate::order::waited;
use crate::snapshot::{Conversation, MAX_CONVERSATIONS, Need, Snapshot};
use alloc::{borrow::Cow, vec, vec::Vec};
use core::{iter, mem, slice};

pub(super) struct Classes {
    pub(super) classes: Vec<Class>,
    pub(super) asks: Vec<Ask>,
    pub(super) needs: Vec<Vec<u64>>,
    /// The class of each conversation, as they came.
    pub(super) queue: Vec<ClassId>,
    pub(super) preferred: Vec<(usize, Vec<AgentId>)>,
    pub(super) held: Vec<(usize, AgentId)>,
    /// Whether no two classes are of one team.
    pub(super) one_class_each: bool,
    /// How many looks they took.
    pub(super) looks: u64,
}

/// The most teams that are asked for all classes together, each counted once for each class.
const MAX_ASKS: usize = 2_000_000;
const _: () = assert!(MAX_CONVERSATIONS <= MAX_ASKS, "where nothing overflows there are never too many");
/// As many looks as it costs to find out whether a team is open to a conversation, and to tell its class from others,
const OPEN: u64 = 2;
/// to note that a team is asked for a class.
const ASK: u64 = 50;

/// What makes a class, and nothing else does: numbers for which any two conversations of it are the same.
#[derive(Default)]
struct Traits {
    /// The number of the team, unknown ones behind those of the snapshot.
    team: usize,
    open: Vec<TeamId>,
    channel: Option<ChannelId>,
    needs: Vec<u64>,
    excluded: Vec<AgentId>,
    held_for: Option<Vec<AgentId>>,
}

impl Traits {
    /// Returns whether nothing but the team makes the class.
    fn is_team_alone(&self) -> bool {
        let Self { team: _, open, channel, needs, excluded, held_for } = self;
        open.is_empty() && channel.is_none() && needs.is_empty() && excluded.is_empty() && held_for.is_none()
    }

    /// Writes them as a list, which no others have: lists behind how long they are.
    #[expect(clippy::cast_possible_truncation, reason = "every list of a snapshot is shorter than 2^32")]
    fn write(&self, list: &mut Vec<u32>) {
        let Self { team, open, channel, needs, excluded, held_for } = self;
        list.clear();
        list.extend([*team as u32, channel.map_or(0, |channel| channel.0 + 1)]);
        let mut add = |part: &mut dyn ExactSizeIterator<Item = u32>| {
            list.push(part.len() as u32);
            list.extend(part);
        };
        add(&mut open.iter().map(|team| team.0));
        add(&mut needs.iter().map(|&need| parts(need)[0]));
        add(&mut needs.iter().map(|&need| parts(need)[1]));
        add(&mut excluded.iter().map(|agent| agent.0));
        if let Some(held_for) = held_for {
            add(&mut held_for.iter().map(|agent| agent.0));
        }
    }
}

/// Returns the classes, in order of first appearance.
///
/// # Errors
///
/// `LimitExceeded`, where there is too much that they are offered to.
pub(super) fn classes(
    snapshot: &Snapshot<'_>,
    queue: &Queue<'_>,
    teams: &[Team],
    rotations: &mut [Rotation],
    people: &People<'_, '_>,
    numbers: &Numbers<'_>,
    profiles: Profiles<'_>,
) -> Result<Classes, Error> {
    let Queue { served_by, unknown, plain } = queue;
    let (names, numbers_of_unknown) = intern(unknown);
    let mut numbers_of_unknown = numbers_of_unknown.into_iter();
    let mut unknown = || numbers_of_unknown.next().expect("one number for each unknown team") as usize;
    let mut number = |team: Option<TeamId>| team.map_or_else(|| teams.len() + unknown(), TeamId::place);
    let mut known = Known {
        teams,
        rotations,
        classes: Vec::new(),
        asks: Vec::new(),
        needs: Vec::new(),
        by_needs: Numbering::default(),
        by_channel: Numbering::default(),
    };
    // The first is the empty list.
    known.number_of_needs(Vec::new());
    // Of the conversations that say nothing but whose they are.
    let mut of_team = vec![None; teams.len() + names.len()];
    let mut of_team_alone = |known: &mut Known<'_>, number: usize, team| {
        *of_team[number].get_or_insert_with(|| known.add(team, Traits { team: number, ..Traits::default() }))
    };
    let (mut preferred, mut held) = (Vec::new(), Vec::new());
    let mut looks = 0;
    let queue: Vec<_> = if *plain && teams.iter().all(|team| team.overflow.is_empty()) {
        served_by.iter().map(|&team| of_team_alone(&mut known, number(team), team)).collect()
    } else {
        let mut resolver = Resolver::new(snapshot, teams, people, numbers, profiles);
        let mut by_traits = Numbering::default();
        // Both are filled anew for each conversation.
        let (mut traits, mut list) = (Traits::default(), Vec::new());
        let conversations = snapshot.conversations.iter().zip(served_by).enumerate();
        let class = |(place, (conversation, &team)): (usize, (&Conversation<'_>, &Option<TeamId>))| {
            let number = number(team);
            let overflows = team.is_some_and(|team| !teams[team.place()].overflow.is_empty());
            if !overflows && is_plain(conversation) {
                return Ok(of_team_alone(&mut known, number, team));
            }
            if let Some(agents) = resolver.preferred(team, conversation) {
                preferred.push((place, agents));
            }
            if let Some(holder) = conversation.held_by.as_ref().and_then(|id| people.listed.find(id)) {
                held.push((place, AgentId::new(holder)));
            }
            resolver.find(number, team, conversation, &mut traits)?;
            if traits.is_team_alone() {
                return Ok(of_team_alone(&mut known, number, team));
            }
            traits.write(&mut list);
            if let Some(class) = by_traits.find(&list) {
                return Ok(ClassId::new(class));
            }
            let class = known.add(team, mem::take(&mut traits));
            by_traits.insert(list.clone(), class.place());
            few_asks(known.asks.len()).map(|()| class)
        };
        let queue = conversations.map(class).collect::<Result<_, Error>>()?;
        looks = resolver.looks + ASK * known.asks.len() as u64;
        queue
    };
    let Known { rotations, mut classes, asks, needs, .. } = known;
    for class in &mut classes {
        class.for_anybody = class.asks.len() == 1
            && needs[class.needs.place()].is_empty()
            && class.excluded.is_empty()
            && class.held_for.is_none()
            && preferred.is_empty();
    }
    for &(conversation, _) in &preferred {
        for ask in &asks[classes[queue[conversation].place()].asks.clone()] {
            rotations[teams[ask.team.place()].rotation.place()].interchangeable = false;
        }
    }
    for rotation in &mut *rotations {
        if rotation.channels.is_empty() {
            rotation.channels.push(None);
        }
        rotation.interchangeable &= rotation.teams.len() == 1 && rotation.views <= 1;
    }
    let one_class_each = classes.len() == of_team.iter().flatten().count();
    Ok(Classes { classes, asks, needs, queue, preferred, held, one_class_each, looks })
}

fn few_asks(found: usize) -> Result<(), Error> {
    if found <= MAX_ASKS {
        return Ok(());
    }
    let detail = format_args!(
        "expected at most {MAX_ASKS} teams, each counted once for all conversations with the same wishes that are \
         offered to it, found more; let fewer teams overflow, or give conversations fewer different wishes"
    );
    Err(Error::new(ErrorKind::LimitExceeded, &"/conversations", &detail))
}

/// The classes that there are so far.
struct Known<'t> {
    teams: &'t [Team],
    rotations: &'t mut [Rotation],
    classes: Vec<Class>,
    asks: Vec<Ask>,
    needs: Vec<Vec<u64>>,
    by_needs: Numbering,
    /// The places of the channels among those of their rotations.
    by_channel: Numbering,
}

impl Known<'_> {
    /// Returns a new class of a team's conversations.
    // Apart from who calls it, so that the loops over conversations are short.
    #[inline(never)]
    fn add(&mut self, team: Option<TeamId>, of: Traits) -> ClassId {
        let from = self.asks.len();
        let asked = team.filter(|team| self.teams[team.place()].rule.is_some());
        for team in asked.into_iter().chain(of.open) {
            let team_of = &self.teams[team.place()];
            let number = team_of.rotation;
            let rotation = &mut self.rotations[number.place()];
            // To the legacy rules all channels are one.
            let channel = of.channel.filter(|_| team_of.is_ours());
            let next = rotation.channels.len();
            // Nearly always the first: most desks have no channels.
            let place = if rotation.channels.first() == Some(&channel) {
                0
            } else {
                let named = vec![number.0, channel.map_or(0, |channel| channel.0 + 1)];
                self.by_channel.number(named, next)
            };
            if place == next {
                rotation.channels.push(channel);
            }
            // The slot is known once all channels are.
            self.asks.push(Ask { team, rotation: number, slot: 0, channel: place, view: rotation.views });
            rotation.views += 1;
            rotation.skilled |= !of.needs.is_empty();
            rotation.interchangeable &=
                of.needs.is_empty() && of.excluded.is_empty() && of.held_for.is_none();
        }
        let needs = self.number_of_needs(of.needs);
        self.classes.push(Class {
            team,
            team_number: of.team,
            channel: of.channel,
            needs,
            excluded: of.excluded,
            held_for: of.held_for,
            for_anybody: false,
            asks: from..self.asks.len(),
        });
        ClassId::new(self.classes.len() - 1)
    }

    fn number_of_needs(&mut self, needs: Vec<u64>) -> NeedsId {
        let list = needs.iter().flat_map(|&need| parts(need)).collect();
        let number = self.by_needs.number(list, self.needs.len());
        if number == self.needs.len() {
            self.needs.push(needs);
        }
        NeedsId::new(number)
    }
}

/// Numbers the slots, once it is known that there are not too many.
pub(super) fn slots(asks: &mut [Ask], teams: &[Team], rotations: &[Rotation]) {
    for ask in asks {
        let Team { rotation, lane, .. } = teams[ask.team.place()];
        ask.slot = rotations[rotation.place()].slot(lane, ask.channel);
    }
}

/// What agents know: the profiles, and which of them each agent has.
#[derive(Clone, Copy)]
pub(super) struct Profiles<'p> {
    pub(super) all: &'p [Vec<u64>],
    pub(super) of: &'p [usize],
}

/// Finds what makes the class of each conversation.
struct Resolver<'s, 'r> {
    snapshot: &'s Snapshot<'r>,
    teams: &'s [Team],
    people: &'s People<'s, 's>,
    profiles: Profiles<'s>,
    /// The numbers of the needs that come next, and of the channels.
    needed: slice::Iter<'s, u32>,
    came_by: slice::Iter<'s, u32>,
    /// The teams in which each agent has a weight, where it matters: pairs of an agent and a team, ascending.
    memberships: Vec<u64>,
    looks: u64,
}

impl<'s, 'r> Resolver<'s, 'r> {
    fn new(
        snapshot: &'s Snapshot<'r>,
        teams: &'s [Team],
        people: &'s People<'s, 's>,
        numbers: &'s Numbers<'s>,
        profiles: Profiles<'s>,
    ) -> Self {
        let holds = snapshot.conversations.iter().any(|conversation| conversation.hold_for.is_some());
        let members = snapshot.teams.iter().enumerate();
        let members = members.flat_map(|(team, record)| record.members.iter().map(move |one| (team, one)));
        let weighed = members.zip(&people.of_members).filter(|((_, member), _)| member.weight > 0);
        let membership = |((team, _), &agent): ((usize, _), &AgentId)| pair(agent.0, TeamId::new(team).0);
        let mut memberships: Vec<_> = if holds { weighed.map(membership).collect() } else { Vec::new() };
        memberships.sort_unstable();
        let (needed, came_by) = (numbers.needed.iter(), numbers.came_by.iter());
        Self { snapshot, teams, people, profiles, needed, came_by, memberships, looks: 0 }
    }

    /// Finds what makes the class of a conversation; conversations come in their order.
    ///
    /// # Errors
    ///
    /// `LimitExceeded`, where too many teams are open to too many conversations, or too many of them are held.
    fn find(
        &mut self,
        number: usize,
        team: Option<TeamId>,
        conversation: &Conversation<'_>,
        found: &mut Traits,
    ) -> Result<(), Error> {
        let waited = waited(self.snapshot, conversation.since);
        let Traits { team: of, open, channel, needs, excluded, held_for } = found;
        (*of, *held_for) = (number, None);
        open.clear();
        needs.clear();
        excluded.clear();
        let came_by = &mut self.came_by;
        let came_by =
            conversation.channel.as_ref().map(|_| came_by.next().expect("each channel has a number"));
        *channel = came_by.map(|&channel| ChannelId(channel));
        for need in &conversation.needs {
            let skill = *self.needed.next().expect("each need has a number");
            if in_force(need, waited) {
                needs.push(pair(skill, need.level));
            }
        }
        // Of several for one skill the highest level counts.
        needs.sort_unstable();
        needs.dedup_by(|later, need| {
            let same = parts(*later)[0] == parts(*need)[0];
            if same {
                *need = *later;
            }
            same
        });
        // Where nobody is asked they are told apart among those who wait.
        let Some((team, rule)) = team.and_then(|team| Some((team, self.teams[team.place()].rule?))) else {
            return Ok(());
        };
        if rule.is_legacy() {
            needs.clear();
            return Ok(());
        }
        let overflow = &self.teams[team.place()].overflow;
        self.looks += OPEN * overflow.len() as u64;
        open.extend(overflow.iter().filter(|(_, after)| *after <= waited).map(|&(team, _)| team));
        *excluded = self.agents(conversation.excluded.iter().chain(&conversation.held_by));
        let held = conversation.hold_for.is_some_and(|hold_for| waited < hold_for);
        *held_for = held.then(|| {
            let mut preferred = self.agents(&conversation.preferred);
            preferred.retain(|agent| excluded.binary_search(agent).is_err());
            preferred
        });
        let asked = || iter::once(&team).chain(&*open);
        let holders = held_for.as_ref().map_or(0, Vec::len);
        self.looks += holders as u64 * (needs.len() + open.len()) as u64;
        within_looks(self.looks)?;
        *held_for = held_for.take().filter(|preferred| {
            preferred.iter().any(|&agent| {
                let knows = qualifies(&self.profiles.all[self.profiles.of[agent.place()]], needs);
                knows && asked().any(|&team| self.memberships.binary_search(&pair(agent.0, team.0)).is_ok())
            })
        });
        Ok(())
    }

    /// Returns the agents of the snapshot whom a conversation prefers, in its order; `None` for nobody.
    fn preferred(&self, team: Option<TeamId>, conversation: &Conversation<'_>) -> Option<Vec<AgentId>> {
        let rule = team.and_then(|team| self.teams[team.place()].rule)?;
        let known = conversation.preferred.iter().filter_map(|id| self.people.listed.find(id));
        let known: Vec<_> = known.map(AgentId::new).collect();
        (!rule.is_legacy() && !known.is_empty()).then_some(known)
    }

    /// Returns the agents of the snapshot among some ids, ascending.
    fn agents<'i>(&self, ids: impl IntoIterator<Item = &'i Cow<'i, str>>) -> Vec<AgentId> {
        let known = ids.into_iter().filter_map(|id| self.people.listed.find(id));
        let mut known: Vec<u64> = known.map(|place| place as u64).collect();
        known.sort_unstable();
        known.dedup();
        known.into_iter().map(|place| AgentId(parts(place)[1])).collect()
    }
}

fn in_force(need: &Need<'_>, waited: u64) -> bool {
    need.relax_after.is_none_or(|after| waited < after)
}

/// Returns the needs that are in force after so much waiting: the first of each skill, in their order, and the highest level of it.
pub(crate) fn all_in_force<'n, 's>(needs: &'n [Need<'s>], waited: u64) -> Vec<(&'n Need<'s>, u32)> {
    if needs.is_empty() {
        return Vec::new();
    }
    let now: Vec<_> = needs.iter().filter(|need| in_force(need, waited)).collect();
    let (skills, numbers) = intern(&now.iter().map(|need| &*need.skill).collect::<Vec<_>>());
    let mut found: Vec<(&Need<'_>, u32)> = Vec::with_capacity(skills.len());
    for (need, number) in now.into_iter().zip(numbers) {
        match found.get_mut(number as usize) {
            Some((_, level)) => *level = need.level.max(*level),
            None => found.push((need, need.level)),
        }
    }
    found
}
