//! The snapshot checked once and indexed: ids become small numbers, and nothing past here can be malformed.
//!
//! Checks run in one order, so that the fault reported is predictable: the version, the sizes,
//! then the snapshot from top to bottom, in each list the records' fields first and then the ids
//! that stand twice.

use crate::error::{Error, ErrorKind};
use crate::ids::{self, Ids};
use crate::snapshot::{
    Assignment, Cursor, MAX_AGENTS, MAX_CONVERSATIONS, MAX_ID_BYTES, MAX_INTEGER, MAX_LOAD, MAX_MEMBERS,
    MAX_TEAMS, MAX_WEIGHT, Snapshot, Team as Record, WIRE_VERSION,
};
use alloc::{collections::BTreeMap, vec, vec::Vec};
use core::{fmt, ops::Range};

/// The most draws that the teams of `libredesk_2026` may need in one call: that rule draws up to
/// once per member for every conversation.
const MAX_DRAWS: usize = 100_000_000;

/// A snapshot whose ids are resolved.
pub(crate) struct Desk<'a> {
    pub(crate) snapshot: &'a Snapshot<'a>,
    /// The teams, as they came.
    pub(crate) teams: Vec<Team<'a>>,
    /// The members of all teams, team by team.
    pub(crate) members: Vec<Member>,
    /// The team of each conversation; `None` where the snapshot has no such team.
    pub(crate) queue: Vec<Option<u32>>,
}

/// A team whose cursor and lost claims point at its members.
pub(crate) struct Team<'a> {
    pub(crate) record: &'a Record<'a>,
    /// Its members' places in [`Desk::members`].
    pub(crate) members: Range<usize>,
    pub(crate) cursor: Option<&'a Cursor<'a>>,
    /// The cursor's turns of those who are still members: whose, counted within the team, and what is owed.
    pub(crate) turns: Vec<(usize, i64)>,
    /// Whose decisions were lost, counted within the team, once per claim.
    pub(crate) lost: Vec<usize>,
}

/// A member as far as it stays the same during a plan.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    /// The agent's place in the snapshot; `None` for one whom the snapshot does not list.
    pub(crate) agent: Option<usize>,
    pub(crate) weight: u32,
    /// Whether the team gives new work to the agent's availability.
    pub(crate) assignable: bool,
}

impl<'a> Desk<'a> {
    /// Returns the desk that the snapshot describes.
    ///
    /// # Errors
    ///
    /// `UnsupportedVersion`, `LimitExceeded`, `OutOfRange`, `InvalidId` and `DuplicateId`, in the
    /// order of the module's documentation.
    pub(crate) fn new(snapshot: &'a Snapshot<'_>) -> Result<Self, Error> {
        version(snapshot.version.into())?;
        sizes(snapshot)?;
        at_most(snapshot.seed.unwrap_or(0), MAX_INTEGER, format_args!("/seed"))?;
        let agents = agents(snapshot)?;
        let (mut teams, by_team) = teams(snapshot)?;
        let people = people(snapshot)?;
        let queue = queue(snapshot, &by_team)?;
        cursors(snapshot, &mut teams, &by_team, &people)?;
        lost_claims(snapshot, &mut teams, &by_team, &people)?;
        draws(&teams, &queue)?;
        let members = members(snapshot, &agents);
        Ok(Self { snapshot, teams, members, queue })
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
    limit(snapshot.lost_claims.len(), MAX_CONVERSATIONS, "/lost_claims", "lost claims")
}

fn agents<'a>(snapshot: &'a Snapshot<'_>) -> Result<Ids<'a>, Error> {
    for (place, agent) in snapshot.agents.iter().enumerate() {
        valid(&agent.id, format_args!("/agents/{place}/id"))?;
        at_most(agent.load.unwrap_or(0), MAX_LOAD, format_args!("/agents/{place}/load"))?;
        at_most(agent.capacity.unwrap_or(0), MAX_LOAD, format_args!("/agents/{place}/capacity"))?;
    }
    distinct(snapshot.agents.iter().map(|agent| &*agent.id).collect(), format_args!("/agents"), "id")
}

fn teams<'a>(snapshot: &'a Snapshot<'_>) -> Result<(Vec<Team<'a>>, Ids<'a>), Error> {
    let mut teams = Vec::with_capacity(snapshot.teams.len());
    let mut start = 0;
    for (place, record) in snapshot.teams.iter().enumerate() {
        valid(&record.id, format_args!("/teams/{place}/id"))?;
        at_most(record.max_load.unwrap_or(0), MAX_LOAD, format_args!("/teams/{place}/max_load"))?;
        for (at, member) in record.members.iter().enumerate() {
            valid(&member.agent, format_args!("/teams/{place}/members/{at}/agent"))?;
            at_most(member.weight, MAX_WEIGHT, format_args!("/teams/{place}/members/{at}/weight"))?;
        }
        let members = start..start + record.members.len();
        start = members.end;
        teams.push(Team { record, members, cursor: None, turns: Vec::new(), lost: Vec::new() });
    }
    let ids = snapshot.teams.iter().map(|team| &*team.id).collect();
    Ok((teams, distinct(ids, format_args!("/teams"), "id")?))
}

/// Returns the ids of each team's members.
fn people<'a>(snapshot: &'a Snapshot<'_>) -> Result<Vec<Ids<'a>>, Error> {
    let teams = snapshot.teams.iter().enumerate();
    let ids = |record: &'a Record<'_>| record.members.iter().map(|member| &*member.agent).collect();
    teams
        .map(|(team, record)| distinct(ids(record), format_args!("/teams/{team}/members"), "agent"))
        .collect()
}

fn queue(snapshot: &Snapshot<'_>, by_team: &Ids<'_>) -> Result<Vec<Option<u32>>, Error> {
    let mut queue = Vec::with_capacity(snapshot.conversations.len());
    for (place, conversation) in snapshot.conversations.iter().enumerate() {
        valid(&conversation.id, format_args!("/conversations/{place}/id"))?;
        let team = by_team.find(&conversation.team);
        if team.is_none() {
            valid(&conversation.team, format_args!("/conversations/{place}/team"))?;
        }
        queue.push(team.and_then(|team| u32::try_from(team).ok()));
    }
    let id = |place: usize| &*snapshot.conversations[place].id;
    match ids::index(queue.len(), id) {
        Ok(_) => Ok(queue),
        Err(place) => Err(again(id(place), format_args!("/conversations/{place}/id"))),
    }
}

fn members(snapshot: &Snapshot<'_>, agents: &Ids<'_>) -> Vec<Member> {
    // Words become numbers, so that a long list of assignable ones costs nothing per member.
    let mut words = BTreeMap::new();
    let word_of: Vec<usize> = snapshot
        .agents
        .iter()
        .map(|agent| {
            let next = words.len();
            *words.entry(&*agent.availability).or_insert(next)
        })
        .collect();
    let mut assignable_in = vec![None; words.len()];
    let mut members = Vec::new();
    for (team, record) in snapshot.teams.iter().enumerate() {
        for word in &record.assignable {
            if let Some(&word) = words.get(&**word) {
                assignable_in[word] = Some(team);
            }
        }
        members.extend(record.members.iter().map(|member| {
            let agent = agents.find(&member.agent);
            let assignable = agent.is_some_and(|agent| assignable_in[word_of[agent]] == Some(team));
            Member { agent, weight: member.weight, assignable }
        }));
    }
    members
}

fn cursors<'a>(
    snapshot: &'a Snapshot<'_>,
    teams: &mut [Team<'a>],
    by_team: &Ids<'_>,
    people: &[Ids<'_>],
) -> Result<(), Error> {
    for (place, cursor) in snapshot.cursors.iter().enumerate() {
        valid(&cursor.team, format_args!("/cursors/{place}/team"))?;
        for (at, turn) in cursor.turns.iter().enumerate() {
            valid(&turn.agent, format_args!("/cursors/{place}/turns/{at}/agent"))?;
            at_most(turn.owed.unsigned_abs(), MAX_INTEGER, format_args!("/cursors/{place}/turns/{at}/owed"))?;
        }
        let ids = cursor.turns.iter().map(|turn| &*turn.agent).collect();
        distinct(ids, format_args!("/cursors/{place}/turns"), "agent")?;
        if let Some(team) = by_team.find(&cursor.team) {
            teams[team].cursor = Some(cursor);
            let turns = cursor.turns.iter();
            teams[team].turns =
                turns.filter_map(|turn| Some((people[team].find(&turn.agent)?, turn.owed))).collect();
        }
    }
    let ids = snapshot.cursors.iter().map(|cursor| &*cursor.team).collect();
    distinct(ids, format_args!("/cursors"), "team")?;
    Ok(())
}

fn lost_claims(
    snapshot: &Snapshot<'_>,
    teams: &mut [Team<'_>],
    by_team: &Ids<'_>,
    people: &[Ids<'_>],
) -> Result<(), Error> {
    for (place, claim) in snapshot.lost_claims.iter().enumerate() {
        valid(&claim.team, format_args!("/lost_claims/{place}/team"))?;
        valid(&claim.agent, format_args!("/lost_claims/{place}/agent"))?;
        if let Some(team) = by_team.find(&claim.team) {
            teams[team].lost.extend(people[team].find(&claim.agent));
        }
    }
    Ok(())
}

fn draws(teams: &[Team<'_>], queue: &[Option<u32>]) -> Result<(), Error> {
    let draws: usize = queue
        .iter()
        .flatten()
        .map(|&team| &teams[team as usize])
        .filter(|team| team.record.assignment == Assignment::Libredesk2026)
        .map(|team| team.members.len())
        .fold(0, usize::saturating_add);
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
    Ids::new(ids).map_err(|(id, place)| again(id, format_args!("{list}/{place}/{field}")))
}

fn again(id: &str, path: fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::DuplicateId, &path, &format_args!("expected each id once, found `{id}` again"))
}
