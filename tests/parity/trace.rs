//! The recorded runs as they are written down: one scenario per line.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One engine's life, from an empty memory on.
#[derive(Debug, Deserialize)]
pub(crate) struct Scenario {
    #[serde(rename = "v")]
    pub(crate) engine: Engine,
    #[serde(rename = "s")]
    pub(crate) number: u32,
    pub(crate) ticks: Vec<Tick>,
}

/// Which version of the original ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Engine {
    /// Before 2026-04-21: one try for each conversation, written without a condition.
    Seed,
    /// August 2026: up to pool-size tries, each a claim that can be refused.
    Now,
}

/// One reload of the pools, then one assignment pass.
#[derive(Debug, Deserialize)]
pub(crate) struct Tick {
    pub(crate) n: u32,
    /// 1: a new engine, which knows no pools and no caps.
    #[serde(default)]
    pub(crate) restart: u8,
    /// `(id, type, cap)`: type 1 is Manual, cap 0 is no limit. `None`: the call failed.
    pub(crate) teams: Option<Vec<(u32, u8, u32)>>,
    /// The members of the teams the engine asked for; `None`: that call failed.
    #[serde(rename = "mem")]
    pub(crate) members: BTreeMap<u32, Option<Vec<(u32, u8)>>>,
    /// Open conversations per user; users that are not listed have none.
    #[serde(rename = "cnt")]
    pub(crate) counts: Vec<(u32, u32)>,
    /// The unassigned conversations; `None`: the listing failed.
    #[serde(rename = "conv")]
    pub(crate) conversations: Option<Vec<Conversation>>,
    #[serde(default)]
    pub(crate) fault: Fault,
    pub(crate) before: Vec<PoolRow>,
    /// The users who were appended to a pool, in that order.
    #[serde(rename = "app")]
    pub(crate) appended: Vec<(u32, Vec<u32>)>,
    #[serde(rename = "out")]
    pub(crate) tries: Vec<Try>,
    pub(crate) after: Vec<PoolRow>,
}

/// What the store was made to get wrong.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Fault {
    /// Users whose every count fails.
    #[serde(default)]
    pub(crate) count_user: Vec<u32>,
    /// The count calls of the tick that fail, from 1.
    #[serde(default)]
    pub(crate) count_call: Vec<u32>,
    /// `(conversation, mode, argument)`: what happens when it is written.
    #[serde(default)]
    pub(crate) update: Vec<(u32, u8, u32)>,
}

/// A pool: team, cap, users in pool order, and the current of each.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct PoolRow(pub(crate) u32, pub(crate) u32, pub(crate) Vec<u32>, pub(crate) Vec<i64>);

/// Conversation, user, code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Try(pub(crate) u32, pub(crate) u32, pub(crate) u8);

/// A conversation without a user, `[id, team]`, or `[id, team, 0]` where it is not open.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Vec<u32>")]
pub(crate) struct Conversation {
    pub(crate) id: u32,
    pub(crate) team: u32,
    pub(crate) open: bool,
}

impl TryFrom<Vec<u32>> for Conversation {
    type Error = String;

    fn try_from(row: Vec<u32>) -> Result<Self, String> {
        match row[..] {
            [id, team] => Ok(Self { id, team, open: true }),
            [id, team, 0] => Ok(Self { id, team, open: false }),
            _ => Err(format!("{row:?} is no conversation")),
        }
    }
}
