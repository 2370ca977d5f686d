//! The door to the desk's database.

use crate::settings::How;
use serde::Deserialize;
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, types::Json};
use std::{collections::BTreeMap, str::FromStr as _, time::Duration};
use thiserror::Error;

const STATE: &str = include_str!("../../../sql/state.sql");
const SNAPSHOT: &str = include_str!("../../../sql/snapshot.sql");
const CLAIM: &str = include_str!("../../../sql/claim.sql");
const END: &str = include_str!("../../../sql/claim-end.sql");

/// Why a tick came to nothing.
#[derive(Debug, Error)]
pub(crate) enum Fault {
    /// The database is gone, or does not answer.
    #[error("{0}")]
    Lost(String),
    /// The database is there, and does not let the host in.
    #[error("{0}")]
    ShutOut(String),
    /// The database refused something.
    #[error("{message}")]
    Database { code: String, message: String },
    #[error(transparent)]
    Evenhand(#[from] evenhand_wasmtime::Error),
    #[error("{0}")]
    Other(String),
}

/// What the snapshot statement returns.
pub(crate) struct Snapshot {
    pub(crate) version: i64,
    pub(crate) text: String,
    pub(crate) names: Names,
    pub(crate) unused: Unused,
}

/// What people call the teams, the agents and, by the number that Libredesk shows, the conversations that wait; by id.
#[derive(Deserialize)]
pub(crate) struct Names {
    pub(crate) teams: BTreeMap<String, String>,
    pub(crate) agents: BTreeMap<String, String>,
    pub(crate) conversations: BTreeMap<String, String>,
}

/// The settings that do nothing now.
#[derive(Deserialize)]
pub(crate) struct Unused {
    pub(crate) rules: Vec<Value>,
    pub(crate) weights: Vec<Value>,
    pub(crate) capacities: Vec<Value>,
}

/// What the claim statement returns.
pub(crate) struct Claimed {
    pub(crate) won: bool,
    pub(crate) assigned: i32,
    pub(crate) lost: Vec<Lost>,
}

impl Claimed {
    fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            won: row.try_get("won")?,
            assigned: row.try_get("claimed")?,
            lost: row.try_get::<Json<_>, _>("lost")?.0,
        })
    }
}

/// A decision that did not come through.
#[derive(Deserialize)]
pub(crate) struct Lost {
    pub(crate) conversation: String,
}

/// A desk; it connects with the first statement, and again after one that was lost.
pub(crate) struct Desk {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    timeout: Duration,
}

impl Desk {
    pub(crate) fn new(url: &str, timeout: Duration) -> Result<Self, Fault> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("evenhand")
            // To compile the snapshot to machine code takes longer than to run it.
            .options([("statement_timeout", format!("{}ms", timeout.as_millis())), ("jit", "off".to_owned())])
            .disable_statement_logging();
        Ok(Self { options, connection: None, timeout })
    }

    /// Returns which desk it is, for people.
    pub(crate) fn title(&self) -> String {
        let (host, port) = (self.options.get_host(), self.options.get_port());
        format!("PostgreSQL at {host}:{port}, database {}", self.options.get_database().unwrap_or_default())
    }

    pub(crate) async fn connect(&mut self) -> Result<(), Fault> {
        self.ask(async |_| Ok(())).await
    }

    /// Makes sure that Evenhand's table is there.
    pub(crate) async fn prepare(&mut self) -> Result<(), Fault> {
        self.run(STATE).await
    }

    /// Begins a transaction that is undone, with Evenhand's table there even where it is not yet.
    pub(crate) async fn begin_dry(&mut self) -> Result<(), Fault> {
        self.run("BEGIN").await?;
        self.run(STATE).await
    }

    pub(crate) async fn undo(&mut self) -> Result<(), Fault> {
        self.run("ROLLBACK").await
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), Fault> {
        self.ask(async |connection| sqlx::raw_sql(sql).execute(connection).await.map(|_| ())).await
    }

    /// Reads the desk; `None` where Evenhand's row is not there.
    pub(crate) async fn snapshot(&mut self, how: &How) -> Result<Option<Snapshot>, Fault> {
        self.ask(async |connection| {
            let row =
                sqlx::query(SNAPSHOT).persistent(false).bind(Json(how)).fetch_optional(connection).await?;
            row.map(|row| {
                Ok(Snapshot {
                    version: row.try_get("version")?,
                    text: row.try_get("snapshot")?,
                    names: row.try_get::<Json<_>, _>("names")?.0,
                    unused: row.try_get::<Json<_>, _>("unused")?.0,
                })
            })
            .transpose()
        })
        .await
    }

    /// Writes a plan. It is handed over as text: `jsonb` would not keep the cursors to the letter.
    pub(crate) async fn claim(&mut self, version: i64, plan: &str) -> Result<Claimed, Fault> {
        self.ask(async |connection| {
            let row =
                sqlx::query(CLAIM).persistent(false).bind(version).bind(plan).fetch_one(connection).await?;
            Claimed::of(&row)
        })
        .await
    }

    /// Settles a plan that another host left in the middle of writing it through Libredesk's API, unless that host may
    /// still be at work; `None` where there was none.
    pub(crate) async fn settle(&mut self) -> Result<Option<Claimed>, Fault> {
        self.ask(async |connection| {
            let row = sqlx::query(END)
                .persistent(false)
                .bind(None::<i64>)
                .bind(Json(serde_json::Map::new()))
                .fetch_one(connection)
                .await?;
            let settled = Claimed::of(&row)?;
            Ok(settled.won.then_some(settled))
        })
        .await
    }

    pub(crate) async fn close(self) {
        if let Some(connection) = self.connection {
            _ = connection.close().await;
        }
    }

    /// Asks the server, which ends a statement that takes too long; where not even that is heard of, it is given up.
    async fn ask<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Fault> {
        let short = self.timeout.min(Duration::from_secs(10));
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => within(short, self.options.connect()).await?,
        };
        let answer = within(self.timeout + short, work(&mut connection)).await;
        // One that broke, or whose statement is still under way, is not asked again.
        if !matches!(answer, Err(Fault::Lost(_))) {
            self.connection = Some(connection);
        }
        answer
    }
}

async fn within<T>(time: Duration, work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Fault> {
    match tokio::time::timeout(time, work).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Fault::Lost(format!("no answer within {} s", time.as_secs_f64()))),
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => Self::Lost(error.to_string()),
            sqlx::Error::Configuration(error) | sqlx::Error::Tls(error) => Self::ShutOut(error.to_string()),
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default().into_owned();
                let message = error.message().to_owned();
                match &*code {
                    // shut down, crashed, starting, idle for too long; took too long; too many connections
                    "57P01" | "57P02" | "57P03" | "57P05" | "57014" | "53300" => Self::Lost(message),
                    _ if code.starts_with("08") => Self::Lost(message),
                    _ if code.starts_with("28") || code == "3D000" => Self::ShutOut(message),
                    _ => Self::Database { code, message },
                }
            }
            error => Self::Other(error.to_string()),
        }
    }
}
