//! Watching work of the daemon to its end by asking again and again.
//!
//! Does NOT start it, and does NOT end it when it stops watching.

use crate::daemon_client::DaemonError;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a daemon may be away, such as for a restart, before watching is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until `look` says that it has ended, and hands the last answer back.
pub(crate) async fn to_the_end<T>(
    ask: impl AsyncFn() -> Result<T, DaemonError>,
    mut look: impl FnMut(&T) -> bool,
) -> Result<T, DaemonError> {
    let mut away_since = None;
    loop {
        match ask().await {
            Ok(answer) => {
                away_since = None;
                if look(&answer) {
                    return Ok(answer);
                }
            }
            Err(error) if error.may_pass() => {
                let since = *away_since.get_or_insert_with(|| {
                    crate::output::note(&format!("{error}; trying on for {} s", PATIENCE.as_secs()));
                    Instant::now()
                });
                if since.elapsed() > PATIENCE {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        sleep(PAUSE).await;
    }
}
