//! How the host ends: told by a signal, and never without limit.

use crate::log::Log;
use std::{io, time::Duration};
use tokio::sync::watch;

/// The exit code of a host whose running tick took longer than the grace it had.
const OUT_OF_GRACE: i32 = 4;

/// Knows whether the host is to end.
pub(crate) struct End(watch::Receiver<bool>);

impl End {
    /// Returns once the host is to end.
    pub(crate) async fn told(&mut self) {
        // The sender lives as long as the process.
        _ = self.0.wait_for(|told| *told).await;
    }
}

/// Listens for signals from now on. With the first, or when nobody reads the log any longer, the host is told to end. If it
/// is still there `grace` later, or a second signal comes, the process ends at once: a claim is one statement, so that
/// harms nothing.
pub(crate) fn listen(grace: Duration) -> (Log, End) {
    let (sender, receiver) = watch::channel(false);
    let log = Log::new(sender.clone());
    let mut end = End(receiver.clone());
    let of_task = log.clone();
    tokio::spawn(async move {
        let Ok(mut signals) = Signals::new() else { return };
        tokio::select! {
            () = end.told() => {}
            (name, _) = signals.next() => {
                of_task.say(&format!("{name}: ending after the running tick"));
                sender.send_replace(true);
            }
        }
        tokio::select! {
            (_, code) = signals.next() => std::process::exit(code),
            () = tokio::time::sleep(grace) => {
                let text = "the running tick did not end within";
                of_task.error(&format!("{text} {} s and is left; its claim is written whole or not at all", grace.as_secs_f64()));
                std::process::exit(OUT_OF_GRACE);
            }
        }
    });
    (log, End(receiver))
}

/// The signals that end a host.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Returns the next one's name, and the exit code of a process that it ends.
    async fn next(&mut self) -> (&'static str, i32) {
        tokio::select! {
            _ = self.interrupt.recv() => ("SIGINT", 130),
            _ = self.terminate.recv() => ("SIGTERM", 143),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "where there are signals this can fail")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> (&'static str, i32) {
        _ = tokio::signal::ctrl_c().await;
        ("Ctrl-C", 130)
    }
}
