//! Changes that are under way: a stop waits for them, also for those nobody waits for any more.
//!
//! Does NOT run or end them.

use tokio::sync::watch;

/// How many changes are under way.
pub(crate) struct Changes(watch::Sender<usize>);

/// One change; it is over when this is dropped.
pub(super) struct Change(watch::Sender<usize>);

impl Changes {
    /// None.
    pub(super) fn none() -> Self {
        Self(watch::Sender::new(0))
    }

    /// One more.
    pub(super) fn begin(&self) -> Change {
        self.0.send_modify(|under_way| *under_way += 1);
        Change(self.0.clone())
    }

    /// Waits until there is none.
    pub(crate) async fn all_ended(&self) {
        // There is a sender as long as this waits.
        let _ = self.0.subscribe().wait_for(|under_way| *under_way == 0).await;
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        self.0.send_modify(|under_way| *under_way -= 1);
    }
}
