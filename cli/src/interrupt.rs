//! Signals that ask the program to end: an unfinished verb is dropped, a swap of files that has begun is not.
//!
//! Does NOT handle `SIGKILL`: nobody can; the next command brings a swap to its end then.

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether live files are being replaced. One process runs one verb.
static MUST_FINISH: AtomicBool = AtomicBool::new(false);

/// From now on signals wait for the verb's own end.
pub(crate) fn must_finish() {
    MUST_FINISH.store(true, Ordering::SeqCst);
}

/// Runs the verb until its end or a signal. Dropped where it stands, it removes all that was staged.
pub(crate) async fn until_signalled(
    verb: impl Future<Output = Result<ExitCode, Failure>>,
) -> Result<ExitCode, Failure> {
    let listen =
        |kind| signal(kind).map_err(|error| Failure::Other(format!("failed to listen for signals: {error}")));
    let mut signals =
        [listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?, listen(SignalKind::hangup())?];
    let mut verb = pin!(verb);
    loop {
        let [interrupt, terminate, hangup] = &mut signals;
        tokio::select! {
            ended = &mut verb => return ended,
            () = next(interrupt) => {}
            () = next(terminate) => {}
            () = next(hangup) => {}
        }
        if !MUST_FINISH.load(Ordering::SeqCst) {
            return Err(Failure::Other(
                "interrupted: no live file was replaced, and an archive stands under its name only if it is complete"
                    .to_owned(),
            ));
        }
    }
}

async fn next(signal: &mut Signal) {
    signal.recv().await;
}
