//! An open session, which gives itself back: whatever happens to it, the central gets to know its end.
//!
//! Does NOT open sessions (`login`).

use super::SessionId;
use crate::json::JsonRpc;
use loom_domain::ports::CcuError;
use serde_json::Map;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// How long the goodbye may take; nothing depends on it.
const LOGOUT_WITHIN: Duration = Duration::from_secs(10);

/// A session and when it was last of use.
pub(super) struct OpenSession {
    pub(super) id: SessionId,
    last_use: Instant,
    json: JsonRpc,
    given_back: bool,
}

impl OpenSession {
    pub(super) fn new(id: SessionId, json: JsonRpc) -> Self {
        Self { id, last_use: Instant::now(), json, given_back: false }
    }

    /// How long nobody has used it.
    pub(super) fn idle(&self) -> Duration {
        self.last_use.elapsed()
    }

    /// Its id, for one use now.
    pub(super) fn used(&mut self) -> SessionId {
        self.last_use = Instant::now();
        self.id.clone()
    }

    /// Gives it back.
    pub(super) async fn end(mut self) {
        log_out(&self.json, &self.id).await;
        self.given_back = true;
    }

    /// Lets go of it without a word, because the central forgets it as well.
    pub(super) fn forget(mut self) {
        self.given_back = true;
    }
}

async fn log_out(json: &JsonRpc, id: &SessionId) {
    if let Err(error) = json.call_within("Session.logout", id.signed(Map::new()), LOGOUT_WITHIN).await {
        let error = CcuError::from(id.kept_out_of(error));
        tracing::debug!(%error, "the session with the central could not be given back");
    }
}

impl Drop for OpenSession {
    fn drop(&mut self) {
        // The last resort, for work that was given up: whoever ends well says farewell.
        if let (false, Ok(runtime)) = (self.given_back, Handle::try_current()) {
            let (json, id) = (self.json.clone(), self.id.clone());
            runtime.spawn(async move { log_out(&json, &id).await });
        }
    }
}
