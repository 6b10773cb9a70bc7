//! Logging in and renewing. Does NOT keep the session (`session`) and is called under its lock only.

use super::open::OpenSession;
use super::{Session, SessionId};
use crate::json::{JsonError, JsonRpc};
use loom_domain::ccu::CcuAccess;
use loom_domain::ports::CcuError;
use loom_domain::secret::SecretText;
use serde_json::{Map, Value};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Attempts while the central has no session to give; with a wrong password each of them is seen by its owner.
const ATTEMPTS: u32 = 4;
/// Longest pause between two of them.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How often a session is asked for while the central gives none.
pub(super) enum Persistence {
    /// Some times, after pauses that grow from this one: one may be freed, or the central is about to be ready.
    Patient(Duration),
    /// Once; its refusal stands.
    Once(OnceLock<Refusal>),
}

/// Who logs in.
pub(super) struct Credentials {
    username: String,
    password: SecretText,
}

/// Why no session was given this time.
enum NoSession {
    /// The central gives none.
    Refused(Refusal),
    /// Anything else; trying again at once is no use.
    Final(CcuError),
}

/// Why a central gives no session.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// Wrong user or password, or no session left: the central does not tell which.
    NotLetIn,
    /// The central takes no logins now.
    Busy,
}

impl Credentials {
    /// The credentials in `access`, if there are any.
    pub(super) fn of(access: &CcuAccess) -> Option<Self> {
        let username = access.username.clone().filter(|name| !name.is_empty())?;
        Some(Self { username, password: access.password.clone().unwrap_or_else(|| SecretText::new("")) })
    }
}

impl Session {
    /// Opens a session, as persistently as it was made.
    pub(super) async fn log_in(&self) -> Result<OpenSession, CcuError> {
        let Some(credentials) = &self.credentials else {
            return Err(CcuError::Unauthorized(
                "no user is configured for it\nhint: set `username` and `password` of the central".to_owned(),
            ));
        };
        match &self.persistence {
            Persistence::Patient(pause) => self.log_in_patiently(credentials, *pause).await,
            Persistence::Once(refused) => match refused.get() {
                Some(refusal) => Err((*refusal).into()),
                None => self.try_log_in(credentials).await.map_err(|reason| {
                    if let NoSession::Refused(refusal) = reason {
                        refused.get_or_init(|| refusal);
                    }
                    reason.into()
                }),
            },
        }
    }

    async fn log_in_patiently(
        &self,
        credentials: &Arc<Credentials>,
        mut pause: Duration,
    ) -> Result<OpenSession, CcuError> {
        for _ in 1..ATTEMPTS {
            match self.try_log_in(credentials).await {
                Ok(session) => return Ok(session),
                Err(NoSession::Final(error)) => return Err(error),
                Err(NoSession::Refused(_)) => {}
            }
            tracing::debug!(
                pause_ms = pause.as_millis(),
                "the central gives no session now; trying again later"
            );
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
        self.try_log_in(credentials).await.map_err(CcuError::from)
    }

    /// Whether the central still knows the session, and for longer now.
    pub(super) async fn renewed(&self, id: &SessionId) -> Result<bool, CcuError> {
        match self.json.call("Session.renew", id.signed(Map::new())).await {
            Ok(answer) => Ok(answer != Value::Bool(false)),
            Err(JsonError::Fault(_)) => Ok(false),
            Err(JsonError::Ccu(error)) => Err(error),
        }
    }

    /// One attempt, on a task of its own: whoever waits may give up, and then the session has to be given back.
    async fn try_log_in(&self, credentials: &Arc<Credentials>) -> Result<OpenSession, NoSession> {
        let (json, credentials) = (self.json.clone(), credentials.clone());
        let attempt = tokio::spawn(async move { log_in_once(json, &credentials).await });
        let lost = |_| NoSession::Final(CcuError::NotReady("the login was broken off".to_owned()));
        attempt.await.map_err(lost)?
    }
}

async fn log_in_once(json: JsonRpc, credentials: &Credentials) -> Result<OpenSession, NoSession> {
    let params = Map::from_iter([
        ("username".to_owned(), Value::from(credentials.username.as_str())),
        ("password".to_owned(), Value::from(credentials.password.reveal())),
    ]);
    match json.call("Session.login", params).await {
        Ok(Value::String(id)) if id.is_empty() => Err(NoSession::Refused(Refusal::NotLetIn)),
        Ok(Value::String(id)) => match SessionId::parse(&id) {
            Some(id) => Ok(OpenSession::new(id, json)),
            None => Err(NoSession::Final(no_id())),
        },
        Ok(_) => Err(NoSession::Final(no_id())),
        Err(JsonError::Fault(fault)) => Err(match fault.code() {
            501 => NoSession::Refused(Refusal::NotLetIn),
            503 => NoSession::Refused(Refusal::Busy),
            _ => NoSession::Final(fault.without(credentials.password.reveal()).into()),
        }),
        Err(JsonError::Ccu(error)) => Err(NoSession::Final(error)),
    }
}

fn no_id() -> CcuError {
    CcuError::Misbehaved("`Session.login` was answered with something that is no session".to_owned())
}

impl From<NoSession> for CcuError {
    fn from(reason: NoSession) -> Self {
        match reason {
            NoSession::Refused(refusal) => refusal.into(),
            NoSession::Final(error) => error,
        }
    }
}

impl From<Refusal> for CcuError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotLetIn => Self::Unauthorized(
                "the user or the password is wrong, or all its sessions are taken (code 501)\nhint: check user and password of \
                 the central; if they are right, log out of its pages elsewhere, or restart it: it frees sessions slowly"
                    .to_owned(),
            ),
            Refusal::Busy => Self::NotReady(
                "it takes no logins now, because its logic process does not run or all its sessions are taken (code 503)\nhint: wait \
                 some minutes; if it stays, log out of its pages elsewhere, or restart it"
                    .to_owned(),
            ),
        }
    }
}
