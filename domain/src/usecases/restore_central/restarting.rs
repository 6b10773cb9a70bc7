//! The restart of a central: told once, and told again only where it is known that it did not take place.
//!
//! Does NOT wait for its way back (`way_back`).

use super::RestoreCentral;
use super::settling::Expectation;
use super::stop::{Stop, interrupted};
use super::waiting::{Waiting, Words};
use super::way_back::{Away, is_the_one};
use crate::ccu::CcuFacts;
use crate::ports::{CcuError, Stage};
use jiff::{SignedDuration, Timestamp};

/// How far the clocks here and there may be apart. A central that took a backup over was up for longer than that before.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(30);

const WORDS: Words = Words {
    late: ("the central did not answer", ", so it is not known whether it has restarted"),
    late_hint: "look at the central; its address may come from the backup now; correct it if needed, then resume the restore",
    locked_out: "users and passwords of the central have changed, a sign that it took the backup over and restarted: they now \
                 come from the backup",
};

/// A central that answers.
pub(super) struct Up {
    pub(super) serial: String,
    pub(super) firmware: String,
    /// When it was started, if it can tell.
    started: Option<Timestamp>,
}

impl RestoreCentral {
    /// Has the central restart; the step is on record since `since`.
    pub(super) async fn restart(&self, since: Timestamp, expected: &Expectation<'_>) -> Result<Away, Stop> {
        let Err(first) = self.gateway.restart().await else { return Ok(Away::NotSeenYet) };
        self.pauses.pause(self.patience.first_pause).await;
        // It may have heard it all the same, and then there is nothing to see but that.
        if self.has_restarted(since, expected).await? {
            return Ok(Away::Seen);
        }
        if first.may_pass() && self.gateway.restart().await.is_ok() {
            return Ok(Away::NotSeenYet);
        }
        let has = if expected.is_doubtful { "may have" } else { "has" };
        Err(interrupted(
            &format!("the central {has} the backup, but does not restart: {first}"),
            "restart the central by hand, or resume the restore to have it told once more",
        ))
    }

    /// Whether the central was started after `since`, asked once it answers. One that cannot tell has not.
    pub(super) async fn has_restarted(
        &self,
        since: Timestamp,
        expected: &Expectation<'_>,
    ) -> Result<bool, Stop> {
        self.progress.begin(Stage::Wait, "whether the central has restarted", None);
        let mut waiting = Waiting::new(self, WORDS);
        loop {
            match self.ask_up(&mut false).await {
                Ok(up) => {
                    is_the_one(expected.serial.as_deref(), &up.serial)?;
                    return Ok(up.has_restarted_since(since).unwrap_or(false));
                }
                Err(error) => waiting.after(error).await?,
            }
        }
    }

    /// What the central says of itself once it is up. With `afresh` the first answer ends a conversation from before.
    pub(super) async fn ask_up(&self, afresh: &mut bool) -> Result<Up, CcuError> {
        self.gateway.is_ready().await?;
        if std::mem::take(afresh) {
            self.gateway.farewell().await;
        }
        let CcuFacts { serial, firmware, .. } = self.gateway.identity().await?;
        let started = match self.gateway.up_for().await {
            Ok(up_for) => self.clock.now().checked_sub(up_for).ok(),
            Err(CcuError::Refused(_) | CcuError::Misbehaved(_)) => None,
            Err(error) => return Err(error),
        };
        Ok(Up { serial, firmware, started })
    }
}

impl Up {
    /// Whether the central was started after `since`; `None` if it cannot tell.
    pub(super) fn has_restarted_since(&self, since: Timestamp) -> Option<bool> {
        self.started.map(|started| started.duration_since(since) >= -CLOCKS_APART)
    }
}
