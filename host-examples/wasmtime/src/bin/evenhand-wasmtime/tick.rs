//! One tick: read the desk, plan, write the plan. Two statements, whatever the size of the desk, and a third where
//! another host was in the way.

use crate::desk::{Claimed, Desk, Fault, Names, Unused};
use crate::settings::How;
use evenhand_wasmtime::{Call, Error, Limits, Plan, Planner};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LOST_ROW: &str = "evenhand_state has lost its row, and with it whose turn it is; put the row back from a backup, \
                        or begin with level turns: INSERT INTO evenhand_state DEFAULT VALUES";

/// A desk and its plan.
pub(crate) struct Seen {
    pub(crate) plan: Plan,
    pub(crate) names: Names,
    pub(crate) unused: Unused,
    /// Why it was planned in order, where it was to be the most.
    pub(crate) too_much: Option<String>,
}

/// What a tick did.
pub(crate) struct Outcome {
    pub(crate) seen: Seen,
    pub(crate) claimed: Claimed,
    /// What came of a plan that another host had left in the middle.
    pub(crate) settled: Option<Claimed>,
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
        let settled = if claimed.won { None } else { desk.settle().await? };
        Ok(Outcome { seen, claimed, settled, time: started.elapsed() })
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
        let (plan, too_much) = self.plan(snapshot.text).await?;
        let read = serde_json::from_str(&plan).map_err(|error| Fault::Other(error.to_string()))?;
        let seen = Seen { plan: read, names: snapshot.names, unused: snapshot.unused, too_much };
        Ok((snapshot.version, plan, seen))
    }

    /// Plans on another thread, so that a signal is heard meanwhile.
    async fn plan(&self, snapshot: String) -> Result<(String, Option<String>), Fault> {
        let planner = Arc::clone(&self.planner);
        let call = move || {
            planned(&snapshot, |snapshot| {
                let Call { answer, .. } = planner.call(snapshot.as_bytes(), Limits::of(snapshot.as_bytes()));
                answer
            })
        };
        Ok(tokio::task::spawn_blocking(call).await.map_err(|error| Fault::Other(error.to_string()))??)
    }
}

/// Plans a snapshot, in order where the most that can be served is too much work; the second says why, if so.
fn planned(
    snapshot: &str,
    plan: impl Fn(&str) -> Result<String, Error>,
) -> Result<(String, Option<String>), Error> {
    let refusal = match plan(snapshot) {
        Err(Error::Refused(refusal)) if refusal.code == "limit_exceeded" => refusal,
        answer => return answer.map(|plan| (plan, None)),
    };
    let in_order = in_order(snapshot).and_then(|snapshot| plan(&snapshot).ok());
    // What is too large for either is refused as it was first.
    let too_much = refusal.message.clone();
    in_order.map(|plan| (plan, Some(too_much))).ok_or(Error::Refused(refusal))
}

/// Returns the snapshot with the other objective, where it is `most`.
fn in_order(snapshot: &str) -> Option<String> {
    let mut snapshot: Value = serde_json::from_str(snapshot).ok()?;
    let objective = snapshot.get_mut("objective")?;
    (objective == "most").then(|| *objective = "in_order".into())?;
    Some(snapshot.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenhand_wasmtime::Refusal;

    const MOST: &str = r#"{"version":1,"objective":"most"}"#;
    const IN_ORDER: &str = r#"{"objective":"in_order","version":1}"#;

    fn refuses(code: &str, message: &str) -> Result<String, Error> {
        Err(Error::Refused(Refusal {
            code: code.to_owned(),
            path: "/conversations".to_owned(),
            message: message.to_owned(),
        }))
    }

    #[test]
    fn where_the_most_is_too_much_work_it_is_planned_in_order() {
        let plan = |snapshot: &str| {
            if snapshot == MOST {
                refuses("limit_exceeded", "too many looks")
            } else {
                Ok(snapshot.to_owned())
            }
        };
        let planned = |snapshot| planned(snapshot, plan).expect("a plan");
        assert_eq!(planned(MOST), (IN_ORDER.to_owned(), Some("too many looks".to_owned())));
        assert_eq!(planned("{}"), ("{}".to_owned(), None));
    }

    #[test]
    fn what_is_refused_otherwise_is_refused_as_it_was_first() {
        for (snapshot, code) in [(MOST, "limit_exceeded"), ("{}", "limit_exceeded"), (MOST, "unknown_value")]
        {
            let refused = planned(snapshot, |given| refuses(code, given)).expect_err("refused");
            assert_eq!(refused.to_string(), format!("the snapshot was refused, {code}: {snapshot}"));
        }
    }
}
