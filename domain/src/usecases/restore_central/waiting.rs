//! How long, and with what pauses, a central that does not answer yet is asked again.
//!
//! Does NOT ask it.

use super::RestoreCentral;
use super::stop::{Stop, interrupted};
use crate::ports::CcuError;
use std::time::Duration;

/// A central that boots may say so of users it has not read yet.
const UNAUTHORIZED_IN_A_ROW: u32 = 3;

/// One wait for a central.
pub(super) struct Waiting<'a> {
    restore: &'a RestoreCentral,
    words: Words,
    pause: Duration,
    waited: Duration,
    unauthorized: u32,
}

/// How its two ends read; the error follows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// It did not answer in time; the minutes go between the two.
    pub(super) late: (&'static str, &'static str),
    pub(super) late_hint: &'static str,
    /// It does not let us in.
    pub(super) locked_out: &'static str,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(restore: &'a RestoreCentral, words: Words) -> Self {
        let pause = restore.patience.first_pause;
        Self { restore, words, pause, waited: Duration::ZERO, unauthorized: 0 }
    }

    /// Lets time pass after the central answered with `error`.
    ///
    /// # Errors
    /// It has been waited for long enough, or it lets nobody in.
    pub(super) async fn after(&mut self, error: CcuError) -> Result<(), Stop> {
        let patience = self.restore.patience;
        self.unauthorized =
            if matches!(error, CcuError::Unauthorized(_)) { self.unauthorized + 1 } else { 0 };
        if self.unauthorized >= UNAUTHORIZED_IN_A_ROW {
            return Err(interrupted(
                &format!("{}: {error}", self.words.locked_out),
                "set user and password of the central to those from the time of the backup, then resume the restore",
            ));
        }
        if self.waited >= patience.until_back {
            let (before, after) = self.words.late;
            let minutes = patience.until_back.as_secs() / 60;
            let reason = format!("{before} within {minutes} minutes{after}: {error}");
            return Err(interrupted(&reason, self.words.late_hint));
        }
        self.restore.pauses.pause(self.pause).await;
        self.waited += self.pause;
        self.pause = (self.pause * 2).min(patience.longest_pause);
        Ok(())
    }
}
