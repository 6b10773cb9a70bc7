//! The way of a central back from its restart.
//!
//! Does NOT compare anything but who comes back. Users, passwords and addresses of the central now come from the backup.

use super::RestoreCentral;
use super::differences::Present;
use super::restarting::Up;
use super::stop::{Stop, interrupted};
use super::waiting::{Waiting, Words};
use crate::ccu_serial::is_another_central;
use crate::central::CentralName;
use crate::ports::Stage;
use crate::usecases::back_up_central::BackUpCentralError;
use jiff::Timestamp;
use std::time::Duration;

const WORDS: Words = Words {
    late: ("the central did not come back", ""),
    late_hint: "look at the central; its address now comes from the backup too; correct it if needed, then resume the restore",
    locked_out: "the central is back, but its users and passwords now come from the backup",
};

/// A central that went away and was missed by so many looks, with growing pauses between them, was not merely misheard.
const CLEARLY_AWAY: u32 = 3;

/// How long to wait for a central that restarts, counted in pauses; what calls take comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WayBackPatience {
    /// First pause between two looks at it; the pauses double.
    pub first_pause: Duration,
    /// Longest pause: a central that boots must not be bothered.
    pub longest_pause: Duration,
    /// For it to go away after it was told to restart.
    pub until_away: Duration,
    /// For it to come back.
    pub until_back: Duration,
    /// For all devices to show after it came back.
    pub until_settled: Duration,
}

/// Whether the central was away or booting since it was told to restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Away {
    /// It was, or it is too late to tell.
    Seen,
    /// It still answered when it was asked last, or was not asked yet.
    NotSeenYet,
}

impl Default for WayBackPatience {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_secs(60),
            until_away: Duration::from_secs(60),
            until_back: Duration::from_secs(30 * 60),
            until_settled: Duration::from_secs(10 * 60),
        }
    }
}

impl RestoreCentral {
    /// Waits until the central is back from the restart it was told of after `since`, and lets us in.
    pub(super) async fn way_back(
        &self,
        target: &CentralName,
        away: Away,
        since: Timestamp,
        serial: Option<&str>,
    ) -> Result<Present, Stop> {
        self.progress.begin(Stage::Wait, target.as_str(), None);
        let mut has_restarted = away == Away::Seen;
        let mut watched = Duration::ZERO;
        loop {
            let goes_away = !has_restarted && self.goes_away(&mut watched).await;
            has_restarted = has_restarted || goes_away;
            let (back, missed) = self.comes_back().await?;
            is_the_one(serial, &back.serial)?;
            // A question that was lost looks like a restart; how long it has been up tells the two apart. What was clearly
            // seen stands: the clock here may have been set meanwhile.
            if !(goes_away && missed >= CLEARLY_AWAY) {
                has_restarted = back.has_restarted_since(since).unwrap_or(has_restarted);
            }
            if has_restarted || watched >= self.patience.until_away {
                return Ok(Present { firmware: back.firmware, has_restarted, ..Present::default() });
            }
            self.watch_on(&mut watched).await;
        }
    }

    /// Whether the central is seen to be away before it has been watched for long enough.
    async fn goes_away(&self, watched: &mut Duration) -> bool {
        while self.gateway.is_ready().await.is_ok() {
            if *watched >= self.patience.until_away {
                return false;
            }
            self.watch_on(watched).await;
        }
        true
    }

    async fn watch_on(&self, watched: &mut Duration) {
        self.pauses.pause(self.patience.first_pause).await;
        *watched += self.patience.first_pause;
    }

    /// The central once it answers, and how many looks missed it before.
    async fn comes_back(&self) -> Result<(Up, u32), Stop> {
        let mut waiting = Waiting::new(self, WORDS);
        // Whatever it held for us is from before.
        let mut afresh = true;
        let mut missed = 0;
        loop {
            match self.ask_up(&mut afresh).await {
                Ok(up) => return Ok((up, missed)),
                Err(error) => waiting.after(error).await?,
            }
            missed += 1;
        }
    }
}

/// Stops before anything is done to another central than the one that took the backup over.
pub(super) fn is_the_one(expected: Option<&str>, found: &str) -> Result<(), Stop> {
    if !is_another_central(expected, found) {
        return Ok(());
    }
    Err(interrupted(
        &BackUpCentralError::another_central(expected, found.to_owned()),
        "the address of the restored central now comes from the backup; when it is correct, resume the restore",
    ))
}
