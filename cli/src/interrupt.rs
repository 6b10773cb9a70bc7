//! Signals that ask the program to end: an unfinished verb is dropped, a swap of files that has begun is not, and a verb
//! that waits for the daemon may be told first.
//!
//! Does NOT handle `SIGKILL`: nobody can; the next command brings a swap to its end then.

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use loom_domain::ports::Recovery;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// Whether live files are being replaced. One process runs one verb.
static MUST_FINISH: AtomicBool = AtomicBool::new(false);
/// Whether the verb wants to hear of the next signal instead of being dropped.
static WANTS_TO_HEAR: AtomicBool = AtomicBool::new(false);
static HEARD: Notify = Notify::const_new();
/// Whether a signal came while [`finish`] was at work.
static ASKED: AtomicBool = AtomicBool::new(false);
/// What is said of a verb that was dropped.
static LAST_WORDS: Mutex<&str> = Mutex::new(
    "interrupted: no live file was replaced, and an archive stands under its name only if it is complete",
);

/// From now on signals wait for the verb's own end.
pub(crate) fn must_finish() {
    MUST_FINISH.store(true, Ordering::SeqCst);
}

/// Brings what an earlier run left to its end, whatever signals come; one that came ends the verb then.
pub(crate) async fn finish<E>(work: impl Future<Output = Result<Recovery, E>>) -> Result<Recovery, Failure>
where
    Failure: From<E>,
{
    must_finish();
    let done = work.await;
    MUST_FINISH.store(false, Ordering::SeqCst);
    go_on(done?, ASKED.load(Ordering::SeqCst))
}

/// Whether the verb goes on after a recovery, and what is said if not.
fn go_on(recovery: Recovery, asked_to_end: bool) -> Result<Recovery, Failure> {
    match recovery {
        recovery if !asked_to_end => Ok(recovery),
        Recovery::NothingToDo => Err(dropped()),
        Recovery::RolledBack | Recovery::RolledForward => Err(Failure::Other(
            "interrupted: what an earlier restore had left was brought to its end, and nothing else was done"
                .to_owned(),
        )),
    }
}

/// What is said if a signal ends the verb from here on.
pub(crate) fn last_words(words: &'static str) {
    *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

/// Waits for a signal, which does not end the verb then; the one after it does.
pub(crate) async fn asked_to_end() {
    struct Listening;
    impl Drop for Listening {
        fn drop(&mut self) {
            WANTS_TO_HEAR.store(false, Ordering::SeqCst);
        }
    }
    let listening = Listening;
    WANTS_TO_HEAR.store(true, Ordering::SeqCst);
    HEARD.notified().await;
    drop(listening);
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
        if WANTS_TO_HEAR.swap(false, Ordering::SeqCst) {
            HEARD.notify_one();
        } else if MUST_FINISH.load(Ordering::SeqCst) {
            ASKED.store(true, Ordering::SeqCst);
        } else {
            return Err(dropped());
        }
    }
}

fn dropped() -> Failure {
    let words = *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    Failure::Other(words.to_owned())
}

async fn next(signal: &mut Signal) {
    signal.recv().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_domain::ports::TargetError;

    fn words(failure: Result<Recovery, Failure>) -> String {
        failure.err().map(|failure| failure.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_signal_during_a_recovery_tells_what_was_recovered() {
        for recovery in [Recovery::RolledBack, Recovery::RolledForward] {
            assert!(words(go_on(recovery, true)).contains("was brought to its end"));
        }
        let idle = words(go_on(Recovery::NothingToDo, true));
        assert!(idle.starts_with("interrupted: no live file was replaced"), "{idle}");
        assert_eq!(go_on(Recovery::RolledForward, false).ok(), Some(Recovery::RolledForward));
    }

    #[tokio::test]
    async fn a_recovery_that_failed_says_so_whatever_signals_came() {
        ASKED.store(true, Ordering::SeqCst);
        let failed = async { Err(TargetError::NothingToUndo("/data".to_owned())) };
        let told = words(finish(failed).await);
        assert!(told.contains("/data") && !told.contains("interrupted"), "{told}");
        assert!(!MUST_FINISH.load(Ordering::SeqCst));
    }
}
