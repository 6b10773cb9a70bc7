//! The way of a central back from its restart.
//!
//! Does NOT compare anything but who comes back. Users, passwords and addresses of the central now come from the backup.

use super::RestoreCentral;
use super::differences::Present;
use super::stop::{Stop, interrupted};
use super::waiting::{Waiting, Words};
use crate::ccu_serial::is_another_central;
use crate::central::CentralName;
use crate::ports::{CcuError, Stage};
use crate::usecases::back_up_central::BackUpCentralError;
use std::time::Duration;

const WORDS: Words = Words {
    late: ("the central did not come back", ""),
    late_hint: "look at the central; its address now comes from the backup too; correct it if needed, then resume the restore",
    locked_out: "the central is back, but its users and passwords now come from the backup",
};

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
    /// Waits until the central is back and lets us in.
    pub(super) async fn way_back(
        &self,
        target: &CentralName,
        away: Away,
        serial: Option<&str>,
    ) -> Result<Present, Stop> {
        self.progress.begin(Stage::Wait, target.as_str(), None);
        let was_away = away == Away::Seen || self.goes_away().await;
        // Whatever it held for us is from before.
        let mut fresh = false;
        let mut waiting = Waiting::new(self, WORDS);
        loop {
            match self.look(&mut fresh).await {
                Ok((found, firmware)) => {
                    is_the_one(serial, found)?;
                    return Ok(Present { firmware, was_away, ..Present::default() });
                }
                Err(error) => waiting.after(error).await?,
            }
        }
    }

    /// Whether the central was seen to be away within its time.
    async fn goes_away(&self) -> bool {
        let mut waited = Duration::ZERO;
        while self.gateway.is_ready().await.is_ok() {
            if waited >= self.patience.until_away {
                return false;
            }
            self.pauses.pause(self.patience.first_pause).await;
            waited += self.patience.first_pause;
        }
        true
    }

    /// Serial number and firmware of the central, once it is up.
    async fn look(&self, fresh: &mut bool) -> Result<(String, String), CcuError> {
        self.gateway.is_ready().await?;
        if !std::mem::replace(fresh, true) {
            self.gateway.farewell().await;
        }
        let facts = self.gateway.identity().await?;
        Ok((facts.serial, facts.firmware))
    }
}

/// Stops before anything is done to another central than the one that took the backup over.
pub(super) fn is_the_one(expected: Option<&str>, found: String) -> Result<(), Stop> {
    if !is_another_central(expected, &found) {
        return Ok(());
    }
    Err(interrupted(
        &BackUpCentralError::another_central(expected, found),
        "the address of the restored central now comes from the backup; when it is correct, resume the restore",
    ))
}
