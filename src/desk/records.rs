//! The checks, in one order, and ids that become numbers.
//!
//! The order makes the fault that is reported predictable: the version, the sizes, then the
//! snapshot from top to bottom, in each list the records' fields first and then the ids that stand twice.

use super::accounts::{Accounts, STEP, accounts};
use super::classes::{Classes, Profiles, classes, slots};
use super::{AgentId, Class, ClassId, Desk, Lost, Member, Rotation, RotationId, Team, TeamId};
use crate::error::{Error, ErrorKind};
use crate::ids::{self, Ids, Numbering, half, intern, pair, parts};
use crate::order::order;
use crate::snapshot::{
    self, Assignment, Conversation, Cursor, MAX_AGENTS, MAX_CONVERSATIONS, MAX_ID_BYTES, MAX_INTEGER,
    MAX_LEVEL, MAX_LOAD, MAX_MEMBERS, MAX_OVERFLOW, MAX_PRIORITY, MAX_SET_SEATS, MAX_SKILLS, MAX_TEAMS,
    MAX_TIER, MAX_WEIGHT, MAX_WISHES, Objective, Rule, SeatSet, Snapshot, WIRE_VERSION,
};
use alloc::{vec, vec::Vec};
use core::fmt;

/// The most draws that the teams of `libredesk_2026` may need in one call: that rule draws up to
/// once per member for every conversation.
const MAX_DRAWS: usize = 100_000_000;

/// The most times that a member is asked for, once for each channel of the conversations that are offered to the team.
pub(super) const MAX_MEMBER_CHANNELS: usize = 4_000_000;
const _: () =
    assert!(MAX_MEMBERS + MAX_TEAMS <= MAX_MEMBER_CHANNELS, "without channels there are never too many");

impl Desk {
    /// Returns the desk that the snapshot describes.
    ///
    /// # Errors
    ///
    /// `UnsupportedVersion`, `LimitExceeded`, `OutOfRange`, `InvalidId`, `DuplicateId` and
    /// `MixedRotation`, in the order of the module's documentation.
    pub(crate) fn new(snapshot: &Snapshot<'_>) -> Result<Self, Error> {
        version(snapshot.version.into())?;
        let plain = snapshot.conversations.iter().all(is_plain);
        sizes(snapshot, plain)?;
        at_most(snapshot.seed.unwrap_or(0), MAX_INTEGER, format_args!("/seed"))?;
        at_most(snapshot.now.unwrap_or(0), MAX_INTEGER, format_args!("/now"))?;
        within(snapshot.ageing.unwrap_or(1), 1, MAX_INTEGER, format_args!("/ageing"))?;
        let listed = agents(snapshot)?;
        let by_team = teams(snapshot)?;
        let people = People::new(snapshot, &listed)?;
        let (mut teams, mut rotations, by_rotation) = rotations(snapshot)?;
        let queue = conversations(snapshot, plain, &by_team)?;
        overflow(snapshot, &mut teams, &by_team);
        if !plain {
            needs_now(snapshot, &queue.served_by)?;
        }
        let (numbers, profile_of, profiles) = Numbers::new(snapshot, plain);
        let known = Profiles { all: &profiles, of: &profile_of };
        let Classes { classes, asks, needs, queue, preferred, held, one_class_each, looks } =
            classes(snapshot, &queue, &teams, &mut rotations, &people, &numbers, known)?;
        cursors(snapshot, &mut rotations, &by_rotation, &people)?;
        let served_last = lost_claims(snapshot, &mut rotations, &teams, &by_team, &people)?;
        let members = members(snapshot, &teams, &people);
        let Accounts { agents, loads, channels, steps } =
            accounts(snapshot, &teams, &people, &numbers, &profile_of)?;
        // Each is looked at when the plan begins, several times.
        let looks = looks + STEP * steps.len() as u64;
        let strangers = people.strangers.first;
        let untouched = rotations.iter().filter(|rotation| rotation.rule.is_none());
        let untouched = untouched.filter_map(|rotation| Some(&snapshot.cursors[rotation.cursor?]));
        let seats_left = MAX_SET_SEATS - untouched.map(seats_named).sum::<usize>();
        let mut order = order(snapshot, plain, &served_last);
        let most = snapshot.objective == Objective::Most;
        if most {
            order = legacy_first(order, &queue, &classes, &teams);
        }
        let mut desk = Self {
            agents,
            loads,
            channels,
            steps,
            profiles,
            strangers,
            teams,
            members,
            rotations,
            classes,
            asks,
            needs,
            queue,
            order,
            preferred,
            held,
            served_last,
            one_class_each,
            most,
            looks,
            seats_left,
        };
        draws(&desk)?;
        member_channels(&desk)?;
        slots(&mut desk.asks, &desk.teams, &desk.rotations);
        Ok(desk)
    }
}

/// The numbers of names that stand in several places.
pub(super) struct Numbers<'a> {
    /// The channels that some conversation came by.
    pub(super) channels: Ids<'a>,
    /// Which of the skills each need names, conversation by conversation.
    pub(super) needed: Vec<u32>,
    /// By which of the channels each conversation came that came by one.
    pub(super) came_by: Vec<u32>,
}

impl<'a> Numbers<'a> {
    /// Returns them, and the profile of each agent: what they know of what is needed.
    fn new(snapshot: &'a Snapshot<'_>, plain: bool) -> (Self, Vec<usize>, Vec<Vec<u64>>) {
        let saying_more = if plain { &[] } else { &*snapshot.conversations };
        let conversations = || saying_more.iter();
        let needed = conversations().flat_map(|one| one.needs.iter().map(|need| &*need.skill));
        let (skills, needed) = intern(&needed.collect::<Vec<_>>());
        let (channels, came_by) =
            intern(&conversations().filter_map(|one| one.channel.as_deref()).collect::<Vec<_>>());
        let mut numbers = Numbering::default();
        numbers.insert(Vec::new(), 0);
        let mut profiles = vec![Vec::new()];
        let profile_of = snapshot.agents.iter().map(|agent| {
            if skills.len() == 0 || agent.skills.is_empty() {
                return 0;
            }
            let known =
                agent.skills.iter().filter_map(|own| Some(pair(number(&skills, &own.skill)?, own.level)));
            let mut profile: Vec<u64> = known.collect();
            profile.sort_unstable();
            let found = numbers.number(profile.iter().flat_map(|&own| parts(own)).collect(), profiles.len());
            if found == profiles.len() {
                profiles.push(profile);
            }
            found
        });
        let profile_of = profile_of.collect();
        (Self { channels, needed, came_by }, profile_of, profiles)
    }
}

/// Returns the place of an id as a number.
pub(super) fn number(ids: &Ids<'_>, id: &str) -> Option<u32> {
    ids.find(id).map(half)
}

/// Returns the serving order in which the conversations of legacy teams come before all others.
fn legacy_first(
    order: Option<Vec<usize>>,
    queue: &[ClassId],
    classes: &[Class],
    teams: &[Team],
) -> Option<Vec<usize>> {
    if !teams.iter().any(Team::is_legacy) {
        return order;
    }
    let order = order.unwrap_or_else(|| (0..queue.len()).collect());
    let is_first = |&conversation: &usize| {
        let team = classes[queue[conversation].place()].team;
        team.is_some_and(|team| teams[team.place()].is_legacy())
    };
    let (mut first, rest): (Vec<_>, Vec<_>) = order.into_iter().partition(is_first);
    first.extend(rest);
    Some(first)
}

/// Whom an id names: an agent of the snapshot, or somebody whom only members name.
pub(super) struct People<'a, 'i> {
    pub(super) listed: &'i Ids<'a>,
    strangers: Strangers<'a>,
    /// The agent of each member, team by team.
    pub(super) of_members: Vec<AgentId>,
}

struct Strangers<'a> {
    ids: Ids<'a>,
    /// The team and the place in it that name each first.
    first: Vec<(TeamId, usize)>,
}

impl<'a, 'i> People<'a, 'i> {
    /// Resolves the members of all teams, each agent once in a team.
    fn new(snapshot: &'a Snapshot<'_>, listed: &'i Ids<'a>) -> Result<Self, Error> {
        let members = || {
            let teams = snapshot.teams.iter().enumerate();
            teams.flat_map(|(team, record)| {
                record
                    .members
                    .iter()
                    .enumerate()
                    .map(move |(at, member)| (TeamId::new(team), at, &*member.agent))
            })
        };
        let found: Vec<_> = members().map(|(.., id)| listed.find(id)).collect();
        let unlisted =
            || members().zip(&found).filter(|(_, found)| found.is_none()).map(|(member, _)| member);
        let (ids, numbers) = intern(&unlisted().map(|(.., id)| id).collect::<Vec<_>>());
        let mut first = Vec::with_capacity(ids.len());
        for ((team, at, _), &number) in unlisted().zip(&numbers) {
            if number as usize == first.len() {
                first.push((team, at));
            }
        }
        let mut numbers = numbers.into_iter();
        let stranger =
            || listed.len() + numbers.next().expect("one number for each unlisted member") as usize;
        let mut stranger = stranger;
        let of_members: Vec<_> =
            found.into_iter().map(|found| AgentId::new(found.unwrap_or_else(&mut stranger))).collect();
        let mut named_by = vec![None; listed.len() + ids.len()];
        for ((team, at, id), agent) in members().zip(&of_members) {
            if named_by[agent.place()].replace(team) == Some(team) {
                return Err(duplicate(id, format_args!("/teams/{}/members/{at}/agent", team.place())));
            }
        }
        Ok(Self { listed, strangers: Strangers { ids, first }, of_members })
    }

    fn find(&self, id: &str) -> Option<AgentId> {
        let stranger = || Some(self.listed.len() + self.strangers.ids.find(id)?);
        self.listed.find(id).or_else(stranger).map(AgentId::new)
    }
}

/// Refuses every wire version but ours.
pub(crate) fn version(version: u64) -> Result<(), Error> {
    if version == u64::from(WIRE_VERSION) {
        return Ok(());
    }
    let detail = format_args!("expected wire version {WIRE_VERSION}, found {version}");
    Err(Error::new(ErrorKind::UnsupportedVersion, &"/version", &detail))
}

fn sizes(snapshot: &Snapshot<'_>, plain: bool) -> Result<(), Error> {
    let limit = |count: usize, most: usize, path: &str, what: &str| {
        if count <= most {
            return Ok(());
        }
        let detail = format_args!("expected at most {most} {what}, found {count}");
        Err(Error::new(ErrorKind::LimitExceeded, &path, &detail))
    };
    limit(snapshot.agents.len(), MAX_AGENTS, "/agents", "agents")?;
    let skills = snapshot.agents.iter().map(|agent| agent.skills.len() + agent.channels.len()).sum();
    limit(skills, MAX_SKILLS, "/agents", "skills and channels of all agents")?;
    limit(snapshot.teams.len(), MAX_TEAMS, "/teams", "teams")?;
    let members = snapshot.teams.iter().map(|team| team.members.len()).sum();
    limit(members, MAX_MEMBERS, "/teams", "members in all teams")?;
    let overflow = snapshot.teams.iter().map(|team| team.overflow.len()).sum();
    limit(overflow, MAX_OVERFLOW, "/teams", "entries in the overflow of all teams")?;
    limit(snapshot.conversations.len(), MAX_CONVERSATIONS, "/conversations", "conversations")?;
    let wishes = |one: &Conversation<'_>| one.needs.len() + one.preferred.len() + one.excluded.len();
    let saying_more = if plain { &[] } else { &*snapshot.conversations };
    let wishes = saying_more.iter().map(wishes).sum();
    limit(wishes, MAX_WISHES, "/conversations", "needs, preferred and excluded of all conversations")?;
    limit(snapshot.cursors.len(), MAX_TEAMS, "/cursors", "cursors")?;
    let turns = snapshot.cursors.iter().map(|cursor| cursor.turns.len()).sum();
    limit(turns, MAX_MEMBERS, "/cursors", "turns in all cursors")?;
    let seats = snapshot.cursors.iter().map(seats_named).sum();
    limit(seats, MAX_SET_SEATS, "/cursors", "seats in the sets of all cursors")?;
    limit(snapshot.lost_claims.len(), MAX_CONVERSATIONS, "/lost_claims", "lost claims")
}

fn agents<'a>(snapshot: &'a Snapshot<'_>) -> Result<Ids<'a>, Error> {
    for (place, agent) in snapshot.agents.iter().enumerate() {
        valid(&agent.id, format_args!("/agents/{place}/id"))?;
        at_most(agent.load.unwrap_or(0), MAX_LOAD, format_args!("/agents/{place}/load"))?;
        at_most(agent.capacity.unwrap_or(0), MAX_LOAD, format_args!("/agents/{place}/capacity"))?;
        at_most(agent.max_new.unwrap_or(0), MAX_LOAD, format_args!("/agents/{place}/max_new"))?;
        if !agent.skills.is_empty() {
            skills(agent, format_args!("/agents/{place}/skills"))?;
        }
        if !agent.channels.is_empty() {
            channels(agent, format_args!("/agents/{place}/channels"))?;
        }
    }
    let ids = snapshot.agents.iter().map(|agent| &*agent.id).collect();
    distinct(ids, format_args!("/agents"), "id")
}

fn skills(agent: &snapshot::Agent<'_>, path: fmt::Arguments<'_>) -> Result<(), Error> {
    for (at, own) in agent.skills.iter().enumerate() {
        valid(&own.skill, format_args!("{path}/{at}/skill"))?;
        within(own.level, 1, MAX_LEVEL, format_args!("{path}/{at}/level"))?;
    }
    distinct(agent.skills.iter().map(|own| &*own.skill).collect(), path, "skill").map(drop)
}

fn channels(agent: &snapshot::Agent<'_>, path: fmt::Arguments<'_>) -> Result<(), Error> {
    for (at, own) in agent.channels.iter().enumerate() {
        valid(&own.channel, format_args!("{path}/{at}/channel"))?;
        at_most(own.load.unwrap_or(0), MAX_LOAD, format_args!("{path}/{at}/load"))?;
        at_most(own.capacity.unwrap_or(0), MAX_LOAD, format_args!("{path}/{at}/capacity"))?;
    }
    distinct(agent.channels.iter().map(|own| &*own.channel).collect(), path, "channel").map(drop)
}

fn teams<'a>(snapshot: &'a Snapshot<'_>) -> Result<Ids<'a>, Error> {
    for (place, record) in snapshot.teams.iter().enumerate() {
        valid(&record.id, format_args!("/teams/{place}/id"))?;
        if let Some(rotation) = &record.rotation {
            valid(rotation, format_args!("/teams/{place}/rotation"))?;
        }
        at_most(record.max_load.unwrap_or(0), MAX_LOAD, format_args!("/teams/{place}/max_load"))?;
        for (at, overflow) in record.overflow.iter().enumerate() {
            valid(&overflow.team, format_args!("/teams/{place}/overflow/{at}/team"))?;
            at_most(overflow.after, MAX_INTEGER, format_args!("/teams/{place}/overflow/{at}/after"))?;
        }
        for (at, member) in record.members.iter().enumerate() {
            valid(&member.agent, format_args!("/teams/{place}/members/{at}/agent"))?;
            at_most(member.weight, MAX_WEIGHT, format_args!("/teams/{place}/members/{at}/weight"))?;
            at_most(member.tier, MAX_TIER, format_args!("/teams/{place}/members/{at}/tier"))?;
        }
    }
    let ids = snapshot.teams.iter().map(|team| &*team.id).collect();
    distinct(ids, format_args!("/teams"), "id")
}

const fn rule(assignment: Assignment) -> Option<Rule> {
    match assignment {
        Assignment::RoundRobin => Some(Rule::RoundRobin),
        Assignment::LeastLoaded => Some(Rule::LeastLoaded),
        Assignment::LeastRecent => Some(Rule::LeastRecent),
        Assignment::Libredesk2025 => Some(Rule::Libredesk2025),
        Assignment::Libredesk2026 => Some(Rule::Libredesk2026),
        Assignment::Manual => None,
    }
}

/// Whose the conversations are.
pub(super) struct Queue<'a> {
    /// The team of each.
    pub(super) served_by: Vec<Option<TeamId>>,
    /// The ids of those that the snapshot does not have, in the same order.
    pub(super) unknown: Vec<&'a str>,
    /// Whether no conversation says more.
    pub(super) plain: bool,
}

fn conversations<'a>(snapshot: &'a Snapshot<'_>, plain: bool, by_team: &Ids<'_>) -> Result<Queue<'a>, Error> {
    let mut teams = Vec::with_capacity(snapshot.conversations.len());
    let mut unknown = Vec::new();
    // While the conversation is at hand: they are too many to be looked at once more.
    let mut hashes = Vec::with_capacity(snapshot.conversations.len());
    for (place, conversation) in snapshot.conversations.iter().enumerate() {
        let team = by_team.find(&conversation.team);
        if team.is_none() {
            unknown.push(&*conversation.team);
        }
        // The ids of teams are checked already.
        if !plain || team.is_none() || !is_id(&conversation.id) {
            says(conversation, format_args!("/conversations/{place}"))?;
        }
        teams.push(team.map(TeamId::new));
        hashes.push(ids::hash(&conversation.id));
    }
    let id = |place: usize| &*snapshot.conversations[place].id;
    match ids::repeated(hashes, &id) {
        None => Ok(Queue { served_by: teams, unknown, plain }),
        Some(place) => Err(duplicate(id(place), format_args!("/conversations/{place}/id"))),
    }
}

/// Returns whether a conversation says nothing but whose it is.
pub(super) fn is_plain(conversation: &Conversation<'_>) -> bool {
    let Conversation { id: _, team: _, channel, priority, since, due, needs, preferred, .. } = conversation;
    let Conversation { hold_for, excluded, held_by, .. } = conversation;
    channel.is_none()
        && *priority == 0
        && since.is_none()
        && due.is_none()
        && needs.is_empty()
        && preferred.is_empty()
        && hold_for.is_none()
        && excluded.is_empty()
        && held_by.is_none()
}

/// Checks what a conversation says.
#[inline(never)]
fn says(conversation: &Conversation<'_>, path: fmt::Arguments<'_>) -> Result<(), Error> {
    let time = |time: Option<u64>, field: fmt::Arguments<'_>| at_most(time.unwrap_or(0), MAX_INTEGER, field);
    valid(&conversation.id, format_args!("{path}/id"))?;
    valid(&conversation.team, format_args!("{path}/team"))?;
    if let Some(channel) = &conversation.channel {
        valid(channel, format_args!("{path}/channel"))?;
    }
    if conversation.priority.unsigned_abs() > MAX_PRIORITY.unsigned_abs() {
        let found = conversation.priority;
        let detail = format_args!("expected an integer of -{MAX_PRIORITY} to {MAX_PRIORITY}, found {found}");
        return Err(Error::new(ErrorKind::OutOfRange, &format_args!("{path}/priority"), &detail));
    }
    time(conversation.since, format_args!("{path}/since"))?;
    time(conversation.due, format_args!("{path}/due"))?;
    for (at, need) in conversation.needs.iter().enumerate() {
        valid(&need.skill, format_args!("{path}/needs/{at}/skill"))?;
        within(need.level, 1, MAX_LEVEL, format_args!("{path}/needs/{at}/level"))?;
        time(need.relax_after, format_args!("{path}/needs/{at}/relax_after"))?;
    }
    for (at, agent) in conversation.preferred.iter().enumerate() {
        valid(agent, format_args!("{path}/preferred/{at}"))?;
    }
    time(conversation.hold_for, format_args!("{path}/hold_for"))?;
    for (at, agent) in conversation.excluded.iter().enumerate() {
        valid(agent, format_args!("{path}/excluded/{at}"))?;
    }
    conversation.held_by.as_ref().map_or(Ok(()), |agent| valid(agent, format_args!("{path}/held_by")))
}

/// Resolves the teams that may serve the conversations of others: those that there are and that have a rule of ours.
fn overflow(snapshot: &Snapshot<'_>, teams: &mut [Team], by_team: &Ids<'_>) {
    // The last team that named each, so that of one named twice the first entry counts.
    let mut named_by =
        vec![None; if snapshot.teams.iter().any(|team| !team.overflow.is_empty()) { teams.len() } else { 0 }];
    for (place, record) in snapshot.teams.iter().enumerate().filter(|(_, record)| !record.overflow.is_empty())
    {
        if !teams[place].is_ours() {
            continue;
        }
        named_by[place] = Some(place);
        let open = record.overflow.iter().filter_map(|entry| {
            let team = by_team.find(&entry.team).filter(|&team| teams[team].is_ours())?;
            (named_by[team].replace(place) != Some(place)).then_some((TeamId::new(team), entry.after))
        });
        teams[place].overflow = open.collect();
    }
}

/// Refuses a snapshot that does not say what time it is, where something waits for a time.
fn needs_now(snapshot: &Snapshot<'_>, served_by: &[Option<TeamId>]) -> Result<(), Error> {
    if snapshot.now.is_some() {
        return Ok(());
    }
    let waits = |(conversation, team): (&Conversation<'_>, &Option<TeamId>)| {
        let overflows = |team: TeamId| !snapshot.teams[team.place()].overflow.is_empty();
        conversation.since.is_some()
            && (snapshot.ageing.is_some()
                || conversation.hold_for.is_some()
                || conversation.needs.iter().any(|need| need.relax_after.is_some())
                || team.is_some_and(overflows))
    };
    match snapshot.conversations.iter().zip(served_by).position(waits) {
        None => Ok(()),
        Some(place) => {
            let detail = format_args!(
                "expected the moment of the snapshot, since the conversation at /conversations/{place} waits for a time"
            );
            Err(Error::new(ErrorKind::MissingField, &"/now", &detail))
        }
    }
}

fn members(snapshot: &Snapshot<'_>, teams: &[Team], people: &People<'_, '_>) -> Vec<Member> {
    // Words become numbers, so that a long list of assignable ones costs nothing per member.
    let (words, word_of) =
        intern(&snapshot.agents.iter().map(|agent| &*agent.availability).collect::<Vec<_>>());
    let (mut assignable_in, mut fallback_in) = (vec![None; words.len()], Vec::new());
    let mut members = Vec::with_capacity(people.of_members.len());
    let mut agents = people.of_members.iter();
    for (team, record) in snapshot.teams.iter().enumerate() {
        for word in record.assignable.iter().filter_map(|word| words.find(word)) {
            assignable_in[word] = Some(team);
        }
        // The legacy rules know neither fallback nor tiers.
        let legacy = teams[team].is_legacy();
        if !legacy && !record.fallback.is_empty() {
            fallback_in.resize(words.len(), None);
            for word in record.fallback.iter().filter_map(|word| words.find(word)) {
                fallback_in[word] = Some(team);
            }
        }
        members.extend(record.members.iter().zip(&mut agents).map(|(member, &agent)| {
            let rank = word_of.get(agent.place()).and_then(|&word| {
                if assignable_in[word as usize] == Some(team) {
                    Some(0)
                } else {
                    (fallback_in.get(word as usize)? == &Some(team)).then_some(FALLBACK)
                }
            });
            let tier = if legacy { 0 } else { u8::try_from(member.tier).expect("there are ten tiers") };
            Member { agent, weight: member.weight, rank: rank.map(|rank| rank + tier) }
        }));
    }
    members
}

/// How much later those are asked whose availability is only a fallback.
const FALLBACK: u8 = 10;
const _: () = assert!(MAX_TIER < FALLBACK as u32, "every tier comes before");

/// Returns the rotations before any cursor is read, and tells the teams which is theirs.
fn rotations<'a>(snapshot: &'a Snapshot<'_>) -> Result<(Vec<Team>, Vec<Rotation>, Ids<'a>), Error> {
    let name = |record: &'a snapshot::Team<'_>| record.rotation.as_ref().map_or(&*record.id, |name| &**name);
    let (names, numbers) = intern(&snapshot.teams.iter().map(name).collect::<Vec<_>>());
    let shuffle = |name: &str| snapshot.seed.map(|seed| seed ^ fnv_1a(name.as_bytes()));
    let rotation = |name| Rotation { shuffle: shuffle(name), interchangeable: true, ..Rotation::default() };
    let mut rotations: Vec<_> = names.iter().map(rotation).collect();
    let mut teams = Vec::with_capacity(snapshot.teams.len());
    let mut start = 0;
    for (place, (record, number)) in snapshot.teams.iter().zip(numbers).enumerate() {
        let id = RotationId::new(number as usize);
        let rotation = &mut rotations[id.place()];
        let members = start..start + record.members.len();
        start = members.end;
        let rule = rule(record.assignment);
        teams.push(Team {
            rule,
            max_load: record.max_load.unwrap_or(MAX_LOAD),
            rotation: id,
            lane: rotation.teams.len(),
            overflow: Vec::new(),
            members,
        });
        rotation.teams.push(TeamId::new(place));
        if let Some(rule) = rule
            && let Some(first) = rotation.rule.replace(rule)
            && (first != rule || rule.is_legacy())
        {
            let path = format_args!("/teams/{place}/rotation");
            let detail = "expected teams of one assignment, and no legacy one, to share a rotation";
            return Err(Error::new(ErrorKind::MixedRotation, &path, &detail));
        }
    }
    Ok((teams, rotations, names))
}

/// Returns a hash that gives each rotation numbers of its own to shuffle by: FNV-1a (Fowler, Noll and Vo).
fn fnv_1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

fn cursors(
    snapshot: &Snapshot<'_>,
    rotations: &mut [Rotation],
    by_rotation: &Ids<'_>,
    people: &People<'_, '_>,
) -> Result<(), Error> {
    for (place, cursor) in snapshot.cursors.iter().enumerate() {
        valid(&cursor.rotation, format_args!("/cursors/{place}/rotation"))?;
        for (at, turn) in cursor.turns.iter().enumerate() {
            valid(&turn.agent, format_args!("/cursors/{place}/turns/{at}/agent"))?;
            let owed = turn.owed.unwrap_or(0).unsigned_abs();
            at_most(owed, MAX_INTEGER, format_args!("/cursors/{place}/turns/{at}/owed"))?;
        }
        for (at, set) in cursor.sets.iter().enumerate() {
            seats(set, at, cursor.turns.len(), format_args!("/cursors/{place}/sets/{at}"))?;
        }
        let ids = cursor.turns.iter().map(|turn| &*turn.agent).collect();
        distinct(ids, format_args!("/cursors/{place}/turns"), "agent")?;
        if let Some(rotation) = by_rotation.find(&cursor.rotation) {
            let rotation = &mut rotations[rotation];
            rotation.cursor = Some(place);
            rotation.written_by = Some(cursor.rule);
            let turns = cursor.turns.iter();
            rotation.turns = turns.map(|turn| (people.find(&turn.agent), turn.owed.unwrap_or(0))).collect();
        }
    }
    let ids = snapshot.cursors.iter().map(|cursor| &*cursor.rotation).collect();
    distinct(ids, format_args!("/cursors"), "rotation")?;
    Ok(())
}

fn seats_named(cursor: &Cursor<'_>) -> usize {
    cursor.sets.iter().map(|set| set.seats.len()).sum()
}

/// Refuses a set that no plan writes: of seats that the turns do not have, out of order, or from a later one.
fn seats(set: &SeatSet, place: usize, turns: usize, path: fmt::Arguments<'_>) -> Result<(), Error> {
    if let Some(from) = set.from
        && from as usize >= place
    {
        let detail = format_args!("expected the place of an earlier set, found {from}");
        return Err(Error::new(ErrorKind::OutOfRange, &format_args!("{path}/from"), &detail));
    }
    let mut next = 0;
    for (at, &seat) in set.seats.iter().enumerate() {
        if seat < next || seat as usize >= turns {
            let detail = format_args!("expected places among {turns} turns in ascending order, found {seat}");
            return Err(Error::new(ErrorKind::OutOfRange, &format_args!("{path}/seats/{at}"), &detail));
        }
        next = seat + 1;
    }
    Ok(())
}

/// Hands each lost claim to its rotation, and returns the conversations that they put last.
fn lost_claims(
    snapshot: &Snapshot<'_>,
    rotations: &mut [Rotation],
    teams: &[Team],
    by_team: &Ids<'_>,
    people: &People<'_, '_>,
) -> Result<Vec<(usize, Option<AgentId>)>, Error> {
    if snapshot.lost_claims.is_empty() {
        return Ok(Vec::new());
    }
    let mut agents = Vec::with_capacity(snapshot.lost_claims.len());
    for (place, claim) in snapshot.lost_claims.iter().enumerate() {
        valid(&claim.conversation, format_args!("/lost_claims/{place}/conversation"))?;
        valid(&claim.team, format_args!("/lost_claims/{place}/team"))?;
        if let Some(agent) = &claim.agent {
            valid(agent, format_args!("/lost_claims/{place}/agent"))?;
        }
        if let Some(held_by) = &claim.held_by {
            valid(held_by, format_args!("/lost_claims/{place}/held_by"))?;
        }
        let agent = claim.agent.as_ref().and_then(|agent| people.find(agent));
        agents.push(agent);
        if let Some(by) = &claim.by {
            valid(by, format_args!("/lost_claims/{place}/by"))?;
        }
        let team = by_team.find(claim.by.as_ref().unwrap_or(&claim.team)).map(|team| &teams[team]);
        let team = team.filter(|team| team.rule.is_some());
        if let (Some(team), Some(agent)) = (team, agent) {
            let rotation = &mut rotations[team.rotation.place()];
            rotation.lost.push(Lost { agent, set: claim.set as usize });
            if let (true, Some(cursor)) = (rotation.sets.is_empty(), rotation.cursor) {
                rotation.sets.clone_from(&snapshot.cursors[cursor].sets);
            }
        }
    }
    let ids = snapshot.lost_claims.iter().map(|claim| &*claim.conversation).collect();
    let lost = distinct(ids, format_args!("/lost_claims"), "conversation")?;
    let conversations = snapshot.conversations.iter().enumerate();
    Ok(conversations.filter_map(|(place, record)| Some((place, agents[lost.find(&record.id)?]))).collect())
}

fn draws(desk: &Desk) -> Result<(), Error> {
    let drawing = |team: &TeamId| desk.teams[team.place()].rule == Some(Rule::Libredesk2026);
    if !desk.teams.iter().any(|team| team.rule == Some(Rule::Libredesk2026)) {
        return Ok(());
    }
    let teams = desk.queue.iter().filter_map(|class| desk.classes[class.place()].team).filter(drawing);
    let draws = teams.map(|team| desk.members(team).len()).fold(0, usize::saturating_add);
    if draws <= MAX_DRAWS {
        return Ok(());
    }
    let detail = format_args!(
        "expected at most {MAX_DRAWS} draws (members times conversations) in teams of libredesk_2026, found {draws}"
    );
    Err(Error::new(ErrorKind::LimitExceeded, &"/conversations", &detail))
}

fn member_channels(desk: &Desk) -> Result<(), Error> {
    // A team is looked at, too, whether it has members or not.
    let members = |rotation: &Rotation| {
        let members = rotation.teams.iter().map(|&team| desk.members(team).len() + 1).sum::<usize>();
        members.saturating_mul(rotation.channels.len())
    };
    let found: usize = desk.rotations.iter().map(members).fold(0, usize::saturating_add);
    if found <= MAX_MEMBER_CHANNELS {
        return Ok(());
    }
    let detail = format_args!(
        "expected at most {MAX_MEMBER_CHANNELS} members, each counted once for every channel by which conversations \
         came for the rotation, found {found}"
    );
    Err(Error::new(ErrorKind::LimitExceeded, &"/conversations", &detail))
}

fn is_id(id: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&id.len())
}

fn valid(id: &str, path: fmt::Arguments<'_>) -> Result<(), Error> {
    if is_id(id) {
        return Ok(());
    }
    let detail = format_args!("expected an id of 1 to {MAX_ID_BYTES} bytes, found {} bytes", id.len());
    Err(Error::new(ErrorKind::InvalidId, &path, &detail))
}

fn at_most<N: Into<u64>>(value: N, most: N, path: fmt::Arguments<'_>) -> Result<(), Error> {
    let (value, most) = (value.into(), most.into());
    if value <= most {
        return Ok(());
    }
    let detail = format_args!("expected an integer of at most {most}, found {value}");
    Err(Error::new(ErrorKind::OutOfRange, &path, &detail))
}

fn within<N: Into<u64>>(value: N, least: N, most: N, path: fmt::Arguments<'_>) -> Result<(), Error> {
    let (value, least) = (value.into(), least.into());
    let most = most.into();
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let detail = format_args!("expected an integer of {least} to {most}, found {value}");
    Err(Error::new(ErrorKind::OutOfRange, &path, &detail))
}

/// Returns the index over the ids in one field of a list's records.
fn distinct<'a>(ids: Vec<&'a str>, list: fmt::Arguments<'_>, field: &str) -> Result<Ids<'a>, Error> {
    Ids::new(ids).map_err(|(id, place)| duplicate(id, format_args!("{list}/{place}/{field}")))
}

fn duplicate(id: &str, path: fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::DuplicateId, &path, &format_args!("expected each id once, found `{id}` again"))
}

#[cfg(test)]
mod tests {
    use super::fnv_1a;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(
            [fnv_1a(b""), fnv_1a(b"a"), fnv_1a(b"foobar")],
            [0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8]
        );
    }
}
