//! What is said, in lines on the standard output.

use std::io::{self, Write as _};
use tokio::sync::watch;

/// The log of a host.
#[derive(Clone)]
pub(crate) struct Log(watch::Sender<bool>);

impl Log {
    /// Returns a log that says it here when nobody reads it any longer: a reason to stop, not to crash.
    pub(crate) const fn new(end: watch::Sender<bool>) -> Self {
        Self(end)
    }

    /// Says a line, with the time.
    pub(crate) fn say(&self, line: &str) {
        self.plain(&format!("{} {line}", jiff::Zoned::now().strftime("%H:%M:%S")));
    }

    /// Says what went wrong.
    pub(crate) fn error(&self, line: &str) {
        self.say(&format!("error: {line}"));
    }

    /// Says a line as it stands.
    pub(crate) fn plain(&self, line: &str) {
        if writeln!(io::stdout(), "{line}").is_err() {
            self.0.send_replace(true);
        }
    }
}
