//! The original's loop, with every decision taken by `evenhand::plan`.
//!
//! A tick is planned as one queue. The plan holds as long as the stores do what it expects; where
//! one does not (a count or a write that fails, a conversation taken by somebody else or not
//! open), the rest is planned again from there. Which users were drawn on the way is read from
//! the same rule, draw by draw, and has to lead to the very cursors that the plan gave.

use super::desk::{Desk, Planned, Pool, Pools};
use super::store::{Store, code};
use super::trace::{Conversation, Engine, Tick, Try};
use evenhand::WaitReason;
use std::collections::BTreeSet;

/// The engine's memory between two ticks.
pub(crate) struct Host {
    engine: Engine,
    pub(crate) pools: Pools,
}

/// What one tick did.
pub(crate) struct Played {
    pub(crate) tries: Vec<Try>,
    pub(crate) appended: Vec<(u32, Vec<u32>)>,
    /// How often the queue was planned: once where every store did what the plan expected.
    pub(crate) plans: u32,
}

/// How far a plan held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    AsPlanned,
    /// The conversation is settled, but the loads are not those of the plan.
    Settled,
    /// The conversation still waits, with this many tries left.
    Retry(usize),
}

impl Host {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, pools: Pools::default() }
    }

    pub(crate) fn restart(&mut self) {
        self.pools = Pools::default();
    }

    /// Plays one tick.
    ///
    /// # Errors
    ///
    /// Says in what the plan contradicts itself.
    pub(crate) fn play(&mut self, tick: &Tick) -> Result<Played, String> {
        let desk = Desk::new(self.engine, tick, &self.pools);
        let mut store = Store::new(self.engine, tick);
        let mut queue = tick.conversations.as_deref().unwrap_or_default();
        let mut played = Played { tries: Vec::new(), appended: Vec::new(), plans: 0 };

        let opened = plan(&desk, &self.pools, &store, &[])?.pools;
        played.appended = appended(&self.pools, &opened);
        let mut walked = opened;
        loop {
            played.plans += 1;
            let planned = plan(&desk, &self.pools, &store, queue)?;
            let departure =
                self.follow(&desk, &planned, queue, &mut walked, &mut store, &mut played.tries)?;
            self.pools = walked.clone();
            let Some(done) = departure else { return Ok(played) };
            queue = &queue[done..];
        }
    }

    /// Follows a plan through the queue. Returns how many conversations were settled when the
    /// plan stopped holding, or `None` where it held to the end.
    fn follow(
        &self,
        desk: &Desk,
        planned: &Planned,
        queue: &[Conversation],
        walked: &mut Pools,
        store: &mut Store<'_>,
        tries: &mut Vec<Try>,
    ) -> Result<Option<usize>, String> {
        let held_before: Vec<(u32, u32)> =
            planned.loads.iter().map(|&(user, ..)| (user, store.held(user))).collect();
        for (index, &row) in queue.iter().enumerate() {
            let decision = planned.decisions[index];
            if let Some(why) = desk.idle(row.team, walked) {
                if decision != Err(why) {
                    return Err(format!("conversation {}: {decision:?}, expected {why:?}", row.id));
                }
                continue;
            }
            let pool = walked.0.entry(row.team).or_default();
            let most = match self.engine {
                Engine::Seed => 1,
                Engine::Now => pool.turns.len(),
            };
            let mut held = self.try_users(row, decision, most, pool, store, tries)?;
            if held == Held::AsPlanned {
                continue;
            }
            while let Held::Retry(left @ 1..) = held {
                let again = plan(desk, walked, store, &[row])?.decisions[0];
                let pool = walked.0.entry(row.team).or_default();
                held = self.try_users(row, again, left, pool, store, tries)?;
            }
            return Ok(Some(index + 1));
        }
        if planned.pools != *walked {
            return Err(format!(
                "the plan's cursors {:?} are not where its draws lead, {:?}",
                planned.pools.rows(),
                walked.rows()
            ));
        }
        let loads: Vec<(u32, u32, u32)> =
            held_before.iter().map(|&(user, held)| (user, held, store.held(user))).collect();
        if planned.loads != loads {
            return Err(format!("the plan's loads {:?} are not those written, {loads:?}", planned.loads));
        }
        Ok(None)
    }

    /// Draws users for one conversation, at most `most`, until one of them has it.
    fn try_users(
        &self,
        row: Conversation,
        decision: Result<u32, WaitReason>,
        most: usize,
        pool: &mut Pool,
        store: &mut Store<'_>,
        tries: &mut Vec<Try>,
    ) -> Result<Held, String> {
        for left in (0..most).rev() {
            let drawn = self.draw(row, pool)?;
            if decision == Ok(drawn) && store.uncountable(drawn) {
                return Err(format!("conversation {} goes to {drawn}, whose load is unknown", row.id));
            }
            let counted = store.count(drawn);
            let code = match (counted, decision == Ok(drawn)) {
                (false, _) => code::NOT_COUNTED,
                (true, false) => code::FULL,
                (true, true) => store.write(row, drawn),
            };
            tries.push(Try(row.id, drawn, code));
            if decision != Ok(drawn) {
                continue;
            }
            return Ok(match code {
                code::ASSIGNED if row.open => Held::AsPlanned,
                code::ASSIGNED | code::ALREADY_ASSIGNED => Held::Settled,
                _ => Held::Retry(left),
            });
        }
        match decision {
            Err(WaitReason::TurnLost) => Ok(Held::AsPlanned),
            Err(why) => Err(format!("conversation {} waits as {why:?} though somebody was drawn", row.id)),
            // Only a retry may run out before the user is drawn whom a fresh plan would reach.
            Ok(_) => Ok(Held::Settled),
        }
    }

    /// Returns whose turn it is, and moves the pool on by that one draw.
    fn draw(&self, row: Conversation, pool: &mut Pool) -> Result<u32, String> {
        let alone = Pools([(row.team, Pool { cap: 0, turns: pool.turns.clone() })].into());
        let desk = Desk::of_pool(self.engine, row.team, pool);
        let mut planned = desk.plan(&alone, |_| Some(0), &[row])?;
        let drawn = planned.decisions[0].map_err(|why| format!("nobody was drawn: {why:?}"))?;
        pool.turns = planned.pools.0.remove(&row.team).unwrap_or_default().turns;
        Ok(drawn)
    }
}

fn plan(desk: &Desk, pools: &Pools, store: &Store<'_>, queue: &[Conversation]) -> Result<Planned, String> {
    desk.plan(pools, |user| (!store.uncountable(user)).then(|| store.held(user)), queue)
}

/// Returns the users whom the reload appended to a pool, in that order.
fn appended(before: &Pools, opened: &Pools) -> Vec<(u32, Vec<u32>)> {
    let mut rows = Vec::new();
    for (&team, pool) in &opened.0 {
        let known: BTreeSet<u32> =
            before.0.get(&team).into_iter().flat_map(|pool| &pool.turns).map(|turn| turn.0).collect();
        let new: Vec<u32> =
            pool.turns.iter().map(|turn| turn.0).filter(|user| !known.contains(user)).collect();
        if !new.is_empty() {
            rows.push((team, new));
        }
    }
    rows
}
