//! The one session with a central: taken when it is first needed, kept alive, always given back.
//!
//! A central has few sessions and frees them slowly, so one that leaks locks people out of its own pages. Login and renewal
//! are one at a time, requests three at a time. Does NOT know what is asked (`identity`, `pages`, `security_key`).

mod id;
mod login;
mod open;

pub(crate) use id::SessionId;

use crate::json::{JsonError, JsonRpc};
use crate::json_calls::{JsonCalls, JsonFailure};
use async_trait::async_trait;
use login::{Credentials, Persistence};
use loom_domain::ccu::CcuAccess;
use loom_domain::ports::CcuError;
use open::OpenSession;
use serde_json::{Map, Value};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

/// Requests at once; more only queue up inside the central.
const REQUESTS_AT_ONCE: usize = 3;
/// Idle time after which a session is renewed before it is used; centrals drop them from 180 s on.
const RENEW_AFTER: Duration = Duration::from_secs(90);

/// The session with one central.
pub(crate) struct Session {
    json: JsonRpc,
    credentials: Option<Arc<Credentials>>,
    persistence: Persistence,
    renew_after: Duration,
    open: Mutex<Option<OpenSession>>,
    places: Semaphore,
}

impl Session {
    /// A session to be; nothing is sent before it is needed.
    pub(crate) fn new(access: &CcuAccess, json: JsonRpc) -> Self {
        Self::with(Persistence::Patient(access.patience.retry_after), access, json)
    }

    /// A session to be that is asked for once: whoever needs it after a refusal is told the same at once.
    pub(crate) fn asked_for_once(access: &CcuAccess, json: JsonRpc) -> Self {
        Self::with(Persistence::Once(OnceLock::new()), access, json)
    }

    fn with(persistence: Persistence, access: &CcuAccess, json: JsonRpc) -> Self {
        Self {
            json,
            credentials: Credentials::of(access).map(Arc::new),
            persistence,
            renew_after: RENEW_AFTER,
            open: Mutex::new(None),
            places: Semaphore::new(REQUESTS_AT_ONCE),
        }
    }

    /// Calls `method` inside the session. A session that got lost is replaced once.
    pub(crate) async fn ask(&self, method: &str, params: Map<String, Value>) -> Result<Value, JsonError> {
        let _place = self.place().await;
        let id = self.id().await?;
        let lost = match self.json.call(method, id.signed(params.clone())).await {
            Err(JsonError::Fault(fault)) if fault.is_access_denied() => id,
            answer => return answer.map_err(|error| id.kept_out_of(error)),
        };
        let id = self.id_instead_of(&lost).await?;
        match self.json.call(method, id.signed(params)).await {
            Err(JsonError::Fault(fault)) if fault.is_access_denied() => {
                Err(self.not_allowed(method).await.into())
            }
            answer => answer.map_err(|error| id.kept_out_of(error)),
        }
    }

    /// Calls `method` without a session.
    pub(crate) async fn ask_openly(&self, method: &str) -> Result<Value, JsonError> {
        let _place = self.place().await;
        self.json.call(method, Map::new()).await
    }

    /// A place among the requests at once; given back when it is dropped.
    pub(crate) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed; without a place the request goes out all the same.
        self.places.acquire().await.ok()
    }

    /// A session that is open and fresh enough for one request.
    pub(crate) async fn id(&self) -> Result<SessionId, CcuError> {
        let mut open = self.open.lock().await;
        if let Some(session) = open.as_mut()
            && (session.idle() < self.renew_after || self.renewed(&session.id).await?)
        {
            return Ok(session.used());
        }
        self.reopened(&mut open).await
    }

    /// Another session than `lost`, which was not accepted. Somebody else may have fetched it already.
    pub(crate) async fn id_instead_of(&self, lost: &SessionId) -> Result<SessionId, CcuError> {
        let mut open = self.open.lock().await;
        match open.as_mut() {
            Some(session) if session.id != *lost => Ok(session.used()),
            _ => self.reopened(&mut open).await,
        }
    }

    async fn reopened(&self, open: &mut Option<OpenSession>) -> Result<SessionId, CcuError> {
        // It may be alive, and only not allowed to do what was asked; it must not stay behind.
        if let Some(session) = open.take() {
            tracing::debug!("the session with the central is not accepted any more; logging in again");
            session.end().await;
        }
        Ok(open.insert(self.log_in().await?).used())
    }

    /// Why a session that was opened just now may not do `what`.
    pub(crate) async fn not_allowed(&self, what: &str) -> CcuError {
        match self.json.call("ReGa.isPresent", Map::new()).await {
            // Without its logic process no user has any rights.
            Ok(Value::Bool(false)) => CcuError::NotReady(
                "its logic process does not answer\nhint: wait some minutes; if it stays, restart the central".to_owned(),
            ),
            _ => CcuError::Unauthorized(format!(
                "`{what}` is refused to a session opened just now\nhint: the configured user has to be an administrator of the \
                 central"
            )),
        }
    }

    /// Gives the session back, if there is one.
    pub(crate) async fn end(&self) {
        let _place = self.place().await;
        if let Some(session) = self.open.lock().await.take() {
            session.end().await;
        }
    }

    /// Forgets a session that the central forgets as well, because it restarts.
    pub(crate) async fn forget(&self) {
        if let Some(session) = self.open.lock().await.take() {
            session.forget();
        }
    }
}

#[async_trait]
impl JsonCalls for Session {
    async fn call(&self, method: &str, params: Map<String, Value>) -> Result<Value, JsonFailure> {
        self.ask(method, params).await.map_err(|error| match error {
            JsonError::Fault(fault) => {
                JsonFailure::Answered { code: fault.code(), message: fault.message().to_owned() }
            }
            JsonError::Ccu(error) => JsonFailure::Ccu(error),
        })
    }
}

#[cfg(test)]
mod tests;
