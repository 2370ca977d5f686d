//! The desk of one tick as the original's engine saw it, put as a snapshot.
//!
//! The engine remembers more than the stores say: it keeps the pool and the cap of a team that
//! turned Manual, was deleted, or whose members could not be read, and goes on serving it. Such a
//! team is passed with its pool as its members and every availability assignable.

use super::trace::{Conversation, Engine, PoolRow, Tick};
use crate::support::sound;
use evenhand::{
    Agent, Assignment, Cursor, Decision, LoadChange, Member, Outcome, Rule, Snapshot, Team, Turn, WaitReason,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

const MANUAL: u8 = 1;

/// The words for the trace's statuses, and one for users of whom only a pool knows.
const STATUSES: [&str; 6] = ["online", "away", "away_manual", "offline", "away_and_reassigning", "unlisted"];

/// The original passes over those who are away by their own choice, and no others.
const SERVED: [&str; 3] = ["online", "away", "offline"];

/// One pool in the engine's memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pool {
    /// 0: no limit.
    pub(crate) cap: u32,
    pub(crate) turns: Vec<(u32, i64)>,
}

/// The engine's memory: its pools by team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pools(pub(crate) BTreeMap<u32, Pool>);

impl Pools {
    pub(crate) fn from_rows(rows: &[PoolRow]) -> Self {
        let pool = |row: &PoolRow| Pool {
            cap: row.1,
            turns: row.2.iter().copied().zip(row.3.iter().copied()).collect(),
        };
        Self(rows.iter().map(|row| (row.0, pool(row))).collect())
    }

    pub(crate) fn rows(&self) -> Vec<PoolRow> {
        let row = |(&team, pool): (&u32, &Pool)| {
            let (users, currents) = pool.turns.iter().copied().unzip();
            PoolRow(team, pool.cap, users, currents)
        };
        self.0.iter().map(row).collect()
    }
}

/// The teams of one tick and the availability of their people.
pub(crate) struct Desk {
    engine: Engine,
    teams: Vec<DeskTeam>,
    availability: BTreeMap<u32, &'static str>,
}

struct DeskTeam {
    id: u32,
    manual: bool,
    cap: u32,
    assignable: &'static [&'static str],
    members: Vec<u32>,
}

/// A plan in the trace's numbers.
pub(crate) struct Planned {
    /// The user who takes it, or why it waits.
    pub(crate) decisions: Vec<Result<u32, WaitReason>>,
    pub(crate) pools: Pools,
    /// User, load before, load after.
    pub(crate) loads: Vec<(u32, u32, u32)>,
}

impl Desk {
    pub(crate) fn new(engine: Engine, tick: &Tick, pools: &Pools) -> Self {
        let mut desk = Self { engine, teams: Vec::new(), availability: BTreeMap::new() };
        for pool in pools.0.values() {
            desk.availability.extend(pool.turns.iter().map(|turn| (turn.0, STATUSES[5])));
        }
        for &(user, status) in tick.members.values().flatten().flatten() {
            desk.availability.insert(user, STATUSES[usize::from(status)]);
        }
        for &(id, kind, cap) in tick.teams.iter().flatten() {
            let listed = tick.members.get(&id).and_then(Option::as_ref);
            if kind != MANUAL
                && let Some(listed) = listed
            {
                desk.teams.push(DeskTeam {
                    id,
                    manual: false,
                    cap,
                    assignable: &SERVED,
                    members: joining_order(tick, id, listed),
                });
            } else if kind == MANUAL && !pools.0.contains_key(&id) {
                let members = Vec::new();
                desk.teams.push(DeskTeam { id, manual: true, cap, assignable: &SERVED, members });
            }
        }
        let served: BTreeSet<u32> = desk.teams.iter().map(|team| team.id).collect();
        for (&id, pool) in pools.0.iter().filter(|(id, _)| !served.contains(id)) {
            let members = pool.turns.iter().map(|turn| turn.0).collect();
            desk.teams.push(DeskTeam { id, manual: false, cap: pool.cap, assignable: &STATUSES, members });
        }
        desk
    }

    /// Returns a desk of one pool where everybody has room: its first conversation goes to
    /// whoever is drawn.
    pub(crate) fn of_pool(engine: Engine, id: u32, pool: &Pool) -> Self {
        let members: Vec<u32> = pool.turns.iter().map(|turn| turn.0).collect();
        Self {
            engine,
            availability: members.iter().map(|&user| (user, STATUSES[0])).collect(),
            teams: vec![DeskTeam { id, manual: false, cap: 0, assignable: &SERVED, members }],
        }
    }

    /// Returns why a conversation of this team waits where nobody was drawn for it, or `None`
    /// where somebody has to be drawn.
    pub(crate) fn idle(&self, team: u32, pools: &Pools) -> Option<WaitReason> {
        let Some(team) = self.teams.iter().find(|row| row.id == team) else {
            return Some(WaitReason::UnknownTeam);
        };
        match pools.0.get(&team.id) {
            _ if team.manual => Some(WaitReason::ManualTeam),
            Some(pool) if !pool.turns.is_empty() => None,
            _ if team.members.is_empty() => Some(WaitReason::NoMembers),
            _ => Some(WaitReason::NobodyAvailable),
        }
    }

    /// Plans a queue on this desk. `load` is what the host could count for a user.
    pub(crate) fn plan(
        &self,
        pools: &Pools,
        load: impl Fn(u32) -> Option<u32>,
        queue: &[Conversation],
    ) -> Result<Planned, String> {
        let snapshot = Snapshot {
            agents: (self.availability.iter())
                .map(|(&user, &status)| Agent {
                    id: id(user),
                    availability: status.into(),
                    load: load(user),
                    ..Agent::default()
                })
                .collect(),
            teams: self.teams.iter().map(|team| self.team(team)).collect(),
            conversations: (queue.iter())
                .map(|row| evenhand::Conversation {
                    id: id(row.id),
                    team: id(row.team),
                    ..evenhand::Conversation::default()
                })
                .collect(),
            cursors: pools.0.iter().map(|(&team, pool)| self.cursor(team, pool)).collect(),
            ..Snapshot::default()
        };
        let plan = evenhand::plan(&snapshot).map_err(|error| format!("the plan was refused: {error}"))?;
        sound::assert_sound(&snapshot, &plan);
        let decisions = queue.iter().zip(&plan.decisions).map(|(row, decision)| outcome(*row, decision));
        Ok(Planned {
            decisions: decisions.collect::<Result<_, _>>()?,
            pools: Pools(plan.cursors.iter().map(|cursor| self.pool(cursor)).collect::<Result<_, _>>()?),
            loads: plan.loads.iter().map(load_change).collect::<Result<_, _>>()?,
        })
    }

    fn team(&self, team: &DeskTeam) -> Team<'static> {
        Team {
            id: id(team.id),
            assignment: match self.engine {
                _ if team.manual => Assignment::Manual,
                Engine::Seed => Assignment::Libredesk2025,
                Engine::Now => Assignment::Libredesk2026,
            },
            max_load: (team.cap != 0).then_some(team.cap),
            assignable: team.assignable.iter().map(|&word| word.into()).collect(),
            members: team
                .members
                .iter()
                .map(|&user| Member { agent: id(user), weight: 1, ..Member::default() })
                .collect(),
            ..Team::default()
        }
    }

    fn rule(&self) -> Rule {
        match self.engine {
            Engine::Seed => Rule::Libredesk2025,
            Engine::Now => Rule::Libredesk2026,
        }
    }

    fn cursor(&self, team: u32, pool: &Pool) -> Cursor<'static> {
        let turns = pool.turns.iter().map(|&(user, owed)| Turn { agent: id(user), owed: Some(owed) });
        Cursor { rotation: id(team), rule: self.rule(), turns: turns.collect(), ..Cursor::default() }
    }

    fn pool(&self, cursor: &Cursor<'_>) -> Result<(u32, Pool), String> {
        if cursor.rule != self.rule() {
            return Err(format!("rotation {} has a cursor of the rule {:?}", cursor.rotation, cursor.rule));
        }
        let team = number(&cursor.rotation)?;
        let row = self.teams.iter().find(|row| row.id == team);
        let row = row.ok_or_else(|| format!("team {team} is gone and has a cursor"))?;
        let turns = cursor.turns.iter().map(|turn| {
            let owed = turn.owed.ok_or_else(|| format!("team {team} does not say what it owes"))?;
            Ok((number(&turn.agent)?, owed))
        });
        Ok((team, Pool { cap: row.cap, turns: turns.collect::<Result<_, String>>()? }))
    }
}

/// Returns the members in the order in which the engine's shuffle had the newcomers join.
fn joining_order(tick: &Tick, team: u32, listed: &[(u32, u8)]) -> Vec<u32> {
    let appended = tick.appended.iter().find(|row| row.0 == team).map_or(&[][..], |row| &row.1);
    let mut members: Vec<u32> = listed.iter().map(|row| row.0).collect();
    members.sort_by_key(|user| appended.iter().position(|row| row == user));
    members
}

fn outcome(row: Conversation, decision: &Decision<'_>) -> Result<Result<u32, WaitReason>, String> {
    if (number(decision.conversation)?, number(decision.team)?) != (row.id, row.team) {
        return Err(format!("conversation {} got the decision {decision:?}", row.id));
    }
    match decision.outcome {
        Outcome::Assigned { agent, why: evenhand::AssignReason::Turn } => Ok(Ok(number(agent)?)),
        Outcome::Assigned { why, .. } => Err(format!("conversation {} is assigned as {why:?}", row.id)),
        Outcome::Waits(why) => Ok(Err(why)),
    }
}

fn load_change(change: &LoadChange<'_>) -> Result<(u32, u32, u32), String> {
    Ok((number(change.agent)?, change.before, change.after))
}

fn id(number: u32) -> Cow<'static, str> {
    number.to_string().into()
}

fn number(id: &str) -> Result<u32, String> {
    id.parse().map_err(|_| format!("the plan names `{id}`"))
}
