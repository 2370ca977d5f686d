//! The checks, in one order, and ids that become numbers.
//!
//! The order makes the fault that is reported predictable: the version, the sizes, then the
//! snapshot from top to bottom, in each list the records' fields first and then the ids that stand twice.

use super::{Agent, AgentId, Desk, Lost, Member, Rotation, RotationId, Team, TeamId, classes::classes};
use crate::error::{Error, ErrorKind};
use crate::ids::{self, Ids, intern};
use crate::snapshot::{
    self, Assignment, Cursor, MAX_AGENTS, MAX_CONVERSATIONS, MAX_ID_BYTES, MAX_INTEGER, MAX_LOAD,
    MAX_MEMBERS, MAX_SET_SEATS, MAX_TEAMS, MAX_WEIGHT, Rule, SeatSet, Snapshot, WIRE_VERSION,
};
use alloc::{vec, vec::Vec};
use core::fmt;

/// The most draws that the teams of `libredesk_2026` may need in one call: that rule draws up to
/// once per member for every conversation.
const MAX_DRAWS: usize = 100_000_000;

impl Desk {
    /// Returns the desk that the snapshot describes.
    ///
    /// # Errors
    ///
    /// `UnsupportedVersion`, `LimitExceeded`, `OutOfRange`, `InvalidId`, `DuplicateId` and
    /// `MixedRotation`, in the order of the module's documentation.
    pub(crate) fn new(snapshot: &Snapshot<'_>) -> Result<Self, Error> {
        version(snapshot.version.into())?;
        sizes(snapshot)?;
        at_most(snapshot.seed.unwrap_or(0), MAX_INTEGER, format_args!("/seed"))?;
        let (agents, listed) = agents(snapshot)?;
        let by_team = teams(snapshot)?;
        let people = People::new(snapshot, &listed)?;
        let (teams, mut rotations, by_rotation) = rotations(snapshot)?;
        let (served_by, unknown) = conversations(snapshot, &by_team)?;
        let (classes, queue) = classes(teams.len(), &served_by, &unknown);
        cursors(snapshot, &mut rotations, &by_rotation, &people)?;
        let served_last = lost_claims(snapshot, &mut rotations, &teams, &by_team, &people)?;
        let members = members(snapshot, &people);
        let strangers = people.strangers.first;
        let untouched = rotations.iter().filter(|rotation| rotation.rule.is_none());
        let untouched = untouched.filter_map(|rotation| Some(&snapshot.cursors[rotation.cursor?]));
        let seats_left = MAX_SET_SEATS - untouched.map(seats_named).sum::<usize>();
        let desk =
            Self { agents, strangers, teams, members, rotations, classes, queue, served_last, seats_left };
        draws(&desk)?;
        Ok(desk)
    }
}

/// Whom an id names: an agent of the snapshot, or somebody whom only members name.
struct People<'a, 'i> {
    listed: &'i Ids<'a>,
    strangers: Strangers<'a>,
    /// The agent of each member, team by team.
    of_members: Vec<AgentId>,
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

fn sizes(snapshot: &Snapshot<'_>) -> Result<(), Error> {
    let limit = |count: usize, most: usize, path: &str, what: &str| {
        if count <= most {
            return Ok(());
        }
        let detail = format_args!("expected at most {most} {what}, found {count}");
        Err(Error::new(ErrorKind::LimitExceeded, &path, &detail))
    };
    limit(snapshot.agents.len(), MAX_AGENTS, "/agents", "agents")?;
    limit(snapshot.teams.len(), MAX_TEAMS, "/teams", "teams")?;
    let members = snapshot.teams.iter().map(|team| team.members.len()).sum();
    limit(members, MAX_MEMBERS, "/teams", "members in all teams")?;
    limit(snapshot.conversations.len(), MAX_CONVERSATIONS, "/conversations", "conversations")?;
    limit(snapshot.cursors.len(), MAX_TEAMS, "/cursors", "cursors")?;
    let turns = snapshot.cursors.iter().map(|cursor| cursor.turns.len()).sum();
    limit(turns, MAX_MEMBERS, "/cursors", "turns in all cursors")?;
    let seats = snapshot.cursors.iter().map(seats_named).sum();
    limit(seats, MAX_SET_SEATS, "/cursors", "seats in the sets of all cursors")?;
    limit(snapshot.lost_claims.len(), MAX_CONVERSATIONS, "/lost_claims", "lost claims")
}

fn agents<'a>(snapshot: &'a Snapshot<'_>) -> Result<(Vec<Agent>, Ids<'a>), Error> {
    for (place, agent) in snapshot.agents.iter().enumerate() {
        valid(&agent.id, format_args!("/agents/{place}/id"))?;
        at_most(agent.load.unwrap_or(0), MAX_LOAD, format_args!("/agents/{place}/load"))?;
        at_most(agent.capacity.unwrap_or(0), MAX_LOAD, format_args!("/agents/{place}/capacity"))?;
    }
    let ids = snapshot.agents.iter().map(|agent| &*agent.id).collect();
    let ids = distinct(ids, format_args!("/agents"), "id")?;
    let agent = |agent: &snapshot::Agent<'_>| Agent {
        load: agent.load,
        capacity: agent.capacity.unwrap_or(MAX_LOAD),
    };
    Ok((snapshot.agents.iter().map(agent).collect(), ids))
}

fn teams<'a>(snapshot: &'a Snapshot<'_>) -> Result<Ids<'a>, Error> {
    for (place, record) in snapshot.teams.iter().enumerate() {
        valid(&record.id, format_args!("/teams/{place}/id"))?;
        if let Some(rotation) = &record.rotation {
            valid(rotation, format_args!("/teams/{place}/rotation"))?;
        }
        at_most(record.max_load.unwrap_or(0), MAX_LOAD, format_args!("/teams/{place}/max_load"))?;
        for (at, member) in record.members.iter().enumerate() {
            valid(&member.agent, format_args!("/teams/{place}/members/{at}/agent"))?;
            at_most(member.weight, MAX_WEIGHT, format_args!("/teams/{place}/members/{at}/weight"))?;
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

/// Returns the team of each conversation, and the ids of those that the snapshot does not have.
fn conversations<'a>(
    snapshot: &'a Snapshot<'_>,
    by_team: &Ids<'_>,
) -> Result<(Vec<Option<TeamId>>, Vec<&'a str>), Error> {
    let mut teams = Vec::with_capacity(snapshot.conversations.len());
    let mut unknown = Vec::new();
    for (place, conversation) in snapshot.conversations.iter().enumerate() {
        valid(&conversation.id, format_args!("/conversations/{place}/id"))?;
        let team = by_team.find(&conversation.team);
        if team.is_none() {
            valid(&conversation.team, format_args!("/conversations/{place}/team"))?;
            unknown.push(&*conversation.team);
        }
        teams.push(team.map(TeamId::new));
    }
    let id = |place: usize| &*snapshot.conversations[place].id;
    match ids::repeated(teams.len(), &id) {
        None => Ok((teams, unknown)),
        Some(place) => Err(duplicate(id(place), format_args!("/conversations/{place}/id"))),
    }
}

fn members(snapshot: &Snapshot<'_>, people: &People<'_, '_>) -> Vec<Member> {
    // Words become numbers, so that a long list of assignable ones costs nothing per member.
    let (words, word_of) =
        intern(&snapshot.agents.iter().map(|agent| &*agent.availability).collect::<Vec<_>>());
    let mut assignable_in = vec![None; words.len()];
    let mut members = Vec::with_capacity(people.of_members.len());
    let mut agents = people.of_members.iter();
    for (team, record) in snapshot.teams.iter().enumerate() {
        for word in record.assignable.iter().filter_map(|word| words.find(word)) {
            assignable_in[word] = Some(team);
        }
        members.extend(record.members.iter().zip(&mut agents).map(|(member, &agent)| {
            let word = word_of.get(agent.place());
            let assignable = word.is_some_and(|&word| assignable_in[word as usize] == Some(team));
            Member { agent, weight: member.weight, assignable }
        }));
    }
    members
}

/// Returns the teams, and the rotations before any cursor is read.
fn rotations<'a>(snapshot: &'a Snapshot<'_>) -> Result<(Vec<Team>, Vec<Rotation>, Ids<'a>), Error> {
    let name = |record: &'a snapshot::Team<'_>| record.rotation.as_ref().map_or(&*record.id, |name| &**name);
    let (names, numbers) = intern(&snapshot.teams.iter().map(name).collect::<Vec<_>>());
    let shuffle = |name: &str| snapshot.seed.map(|seed| seed ^ fnv_1a(name.as_bytes()));
    let mut rotations: Vec<_> =
        names.iter().map(|name| Rotation { shuffle: shuffle(name), ..Rotation::default() }).collect();
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
        let agent = claim.agent.as_ref().and_then(|agent| people.find(agent));
        agents.push(agent);
        let team = by_team.find(&claim.team).map(|team| &teams[team]).filter(|team| team.rule.is_some());
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

fn valid(id: &str, path: fmt::Arguments<'_>) -> Result<(), Error> {
    if (1..=MAX_ID_BYTES).contains(&id.len()) {
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
