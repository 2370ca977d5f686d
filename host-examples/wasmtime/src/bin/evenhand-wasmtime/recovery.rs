//! A database that is lost and comes back.

use crate::{desk::Fault, end::End};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use std::time::{Duration, Instant};

/// Runs `attempt`, and again as long as the database is lost: half a second later, then less often, twice a minute at the
/// least, and never two hosts in step. `lost` is called once, `back` when it answers again.
///
/// Returns `None` when the host is told to end in a pause; an attempt that is under way is waited for.
pub(crate) async fn until_it_answers<T>(
    end: &mut End,
    mut attempt: impl AsyncFnMut() -> Result<T, Fault>,
    lost: impl Fn(&str),
    back: impl Fn(Duration),
) -> Option<Result<T, Fault>> {
    let pace = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(15))
        .with_jitter()
        .without_max_times();
    let mut pauses = pace.build();
    let mut since = None;
    loop {
        match attempt().await {
            Err(Fault::Lost(why)) => {
                if since.is_none() {
                    lost(&why);
                    since = Some(Instant::now());
                }
            }
            answer => {
                if let Some(since) = since {
                    back(since.elapsed());
                }
                return Some(answer);
            }
        }
        let pause = pauses.next().unwrap_or(Duration::from_secs(15));
        tokio::select! {
            () = end.told() => return None,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
