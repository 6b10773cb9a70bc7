//! The seam between what hangs on a central and the session with it: calls of the JSON API, for centrals that keep their
//! interfaces closed.
//!
//! Does NOT log in (`session`) and does NOT know methods.

use async_trait::async_trait;
use loom_domain::ports::CcuError;
use serde_json::{Map, Value};

/// Calls methods of the JSON API inside a session.
#[async_trait]
pub(crate) trait JsonCalls: Send + Sync {
    /// Calls `method` with named values; the session is added.
    async fn call(&self, method: &str, params: Map<String, Value>) -> Result<Value, JsonFailure>;
}

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum JsonFailure {
    /// The central said no.
    Answered {
        /// Its code; what it means depends on the method.
        code: i64,
        /// What it says, in one line.
        message: String,
    },
    /// There is no answer.
    Ccu(CcuError),
}
