//! One tick: read the desk, plan, write the plan. Two statements, whatever the size of the desk.

use crate::desk::{Claimed, Desk, Fault, Names, Unused};
use crate::settings::How;
use evenhand_wasmtime::{Call, Limits, Plan, Planner};
use std::sync::Arc;
use std::time::{Duration, Instant};

const LOST_ROW: &str = "evenhand_state has lost its row, and with it whose turn it is; put the row back from a backup, \
                        or begin with level turns: INSERT INTO evenhand_state DEFAULT VALUES";

/// A desk and its plan.
pub(crate) struct Seen {
    pub(crate) plan: Plan,
    pub(crate) names: Names,
    pub(crate) unused: Unused,
}

/// What a tick did.
pub(crate) struct Outcome {
    pub(crate) seen: Seen,
    pub(crate) claimed: Claimed,
    pub(crate) time: Duration,
}

pub(crate) struct Ticker {
    planner: Arc<Planner>,
    how: How,
}

impl Ticker {
    pub(crate) const fn new(planner: Arc<Planner>, how: How) -> Self {
        Self { planner, how }
    }

    /// Runs one tick. Where it fails nothing is written.
    pub(crate) async fn tick(&self, desk: &mut Desk) -> Result<Outcome, Fault> {
        let started = Instant::now();
        let (version, plan, seen) = self.look(desk).await?;
        let claimed = desk.claim(version, &plan).await?;
        Ok(Outcome { seen, claimed, time: started.elapsed() })
    }

    /// Plans as a tick would, and writes nothing.
    pub(crate) async fn dry_run(&self, desk: &mut Desk) -> Result<Seen, Fault> {
        desk.begin_dry().await?;
        let seen = self.look(desk).await;
        desk.undo().await?;
        seen.map(|(.., seen)| seen)
    }

    async fn look(&self, desk: &mut Desk) -> Result<(i64, String, Seen), Fault> {
        let snapshot = desk.snapshot(&self.how).await?.ok_or_else(|| Fault::Other(LOST_ROW.to_owned()))?;
        let plan = self.plan(snapshot.text).await?;
        let read = serde_json::from_str(&plan).map_err(|error| Fault::Other(error.to_string()))?;
        Ok((snapshot.version, plan, Seen { plan: read, names: snapshot.names, unused: snapshot.unused }))
    }

    /// Plans on another thread, so that a signal is heard meanwhile.
    async fn plan(&self, snapshot: String) -> Result<String, Fault> {
        let planner = Arc::clone(&self.planner);
        let call = move || planner.call(snapshot.as_bytes(), Limits::of(snapshot.as_bytes()));
        let Call { answer, .. } =
            tokio::task::spawn_blocking(call).await.map_err(|error| Fault::Other(error.to_string()))?;
        Ok(answer?)
    }
}
