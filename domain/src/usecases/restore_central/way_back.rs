//! The restart of a central, and the way back from it.
//!
//! Does NOT compare anything but who comes back. Users, passwords and addresses of the central now come from the backup.

use super::RestoreCentral;
use super::differences::Present;
use super::stop::{Stop, interrupted};
use crate::ccu_serial::is_another_central;
use crate::central::CentralName;
use crate::ports::{CcuError, Stage};
use crate::usecases::back_up_central::BackUpCentralError;
use std::time::Duration;

/// A central that boots may say so of users it has not read yet.
const UNAUTHORIZED_IN_A_ROW: u32 = 3;

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
    /// Has the central restart. One that went away while it was told has understood.
    pub(super) async fn restart(&self) -> Result<Away, Stop> {
        let Err(first) = self.gateway.restart().await else { return Ok(Away::NotSeenYet) };
        self.pauses.pause(self.patience.first_pause).await;
        if self.gateway.is_ready().await.is_err() {
            return Ok(Away::Seen);
        }
        if first.may_pass() && self.gateway.restart().await.is_ok() {
            return Ok(Away::NotSeenYet);
        }
        let reason = format!("the central has the backup, but does not restart: {first}");
        Err(interrupted(
            &reason,
            "restart the central by hand, or resume the restore to have it told once more",
        ))
    }

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
        let mut pause = self.patience.first_pause;
        let mut waited = Duration::ZERO;
        let mut unauthorized = 0;
        loop {
            let error = match self.look(&mut fresh).await {
                Ok((found, firmware)) => {
                    is_the_one(serial, found)?;
                    return Ok(Present { firmware, was_away, ..Present::default() });
                }
                Err(error) => error,
            };
            unauthorized = if matches!(error, CcuError::Unauthorized(_)) { unauthorized + 1 } else { 0 };
            if unauthorized >= UNAUTHORIZED_IN_A_ROW {
                return Err(interrupted(
                    &format!(
                        "the central is back, but its users and passwords now come from the backup: {error}"
                    ),
                    "set user and password of the central to those from the time of the backup, then resume the restore",
                ));
            }
            if waited >= self.patience.until_back {
                let minutes = self.patience.until_back.as_secs() / 60;
                return Err(interrupted(
                    &format!("the central did not come back within {minutes} minutes: {error}"),
                    "look at the central; its address now comes from the backup too; correct it if needed, then resume the \
                     restore",
                ));
            }
            self.pauses.pause(pause).await;
            waited += pause;
            pause = (pause * 2).min(self.patience.longest_pause);
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

fn is_the_one(expected: Option<&str>, found: String) -> Result<(), Stop> {
    if !is_another_central(expected, &found) {
        return Ok(());
    }
    Err(interrupted(
        &BackUpCentralError::another_central(expected, found),
        "the address of the restored central now comes from the backup; when it is correct, resume the restore",
    ))
}
