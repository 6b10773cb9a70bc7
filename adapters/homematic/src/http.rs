//! The one HTTP client of this crate: connections, patience, certificates, bodies with limits, failures in words.
//!
//! Does NOT know what is asked. It follows no redirect (a question that is sent on comes back as a page) and uses no proxy.

mod answer;
mod certificates;
mod connector;
mod endpoint;
mod error;
mod request;

pub(crate) use answer::HttpAnswer;
pub(crate) use endpoint::Endpoint;
pub(crate) use error::HttpError;
pub(crate) use request::HttpRequest;

use certificates::Shown;
use connector::PatientConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use loom_domain::ccu::{CcuAccess, CcuPatience, CcuTls};
use request::Body;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Centrals close an idle connection after 60 s; one that is about to be closed is not used any more.
const IDLE_CONNECTION: Duration = Duration::from_secs(50);

/// How long a body may take altogether, as a multiple of its longest pause, where nobody says otherwise: one that drips
/// never pauses for long.
pub(crate) const BODY_PAUSES: u32 = 5;

/// Connections to each port that are kept for the next question.
const IDLE_CONNECTIONS: usize = 3;

/// Asks one central over HTTP. Clones share their connections.
#[derive(Clone)]
pub(crate) struct HttpClient {
    // A set-up that cannot be made shows with the first question: making a client touches nothing.
    client: Result<Client<PatientConnector, Body>, Arc<str>>,
    shown: Shown,
    host: Arc<str>,
    web: (Option<u16>, Option<u16>),
    tls: bool,
    patience: CcuPatience,
}

impl HttpClient {
    /// A client to the central behind `access`.
    pub(crate) fn new(access: &CcuAccess) -> Self {
        let shown = Shown::default();
        let client = certificates::config(&access.tls, shown.clone())
            .map(|tls| {
                Client::builder(TokioExecutor::new())
                    .pool_timer(TokioTimer::new())
                    .pool_idle_timeout(IDLE_CONNECTION)
                    .pool_max_idle_per_host(IDLE_CONNECTIONS)
                    .build(PatientConnector::new(tls, access.patience.connect))
            })
            .map_err(Arc::from);
        Self {
            client,
            shown,
            host: access.host.as_str().into(),
            web: (access.web_port, access.json_port),
            tls: access.tls != CcuTls::Off,
            patience: access.patience,
        }
    }

    /// The web pages.
    pub(crate) fn web(&self) -> Endpoint {
        self.endpoint(self.web.0.unwrap_or(if self.tls { 443 } else { 80 }))
    }

    /// The JSON API.
    pub(crate) fn json(&self) -> Endpoint {
        self.web.1.map_or_else(|| self.web(), |port| self.endpoint(port))
    }

    /// A port of the central, with TLS if it is configured.
    pub(crate) fn endpoint(&self, port: u16) -> Endpoint {
        Endpoint::new(self.host.clone(), port, self.tls)
    }

    /// A port of the central that never speaks TLS.
    pub(crate) fn plain_endpoint(&self, port: u16) -> Endpoint {
        Endpoint::new(self.host.clone(), port, false)
    }

    /// SHA-256 of the certificate that was shown last, accepted or not: 64 lower-case hex digits.
    pub(crate) fn shown_fingerprint(&self) -> Option<String> {
        self.shown.get()
    }

    /// Asks. Any status but a redirect is an answer; its body waits to be read.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let at = request.endpoint.clone();
        let client = self.client.as_ref().map_err(|why| HttpError::Setup(why.to_string()))?;
        let first_byte = request.first_byte.unwrap_or(self.patience.answer);
        let idle = request.idle.unwrap_or(self.patience.idle);
        let deadline = request.total.map(|total| Instant::now() + total);
        let patience = request.total.map_or(first_byte, |total| total.min(first_byte));
        // The connector has its own limit.
        let asking = timeout(self.patience.connect + patience, client.request(request.build()?));
        let answer = match asking.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                return Err(HttpError::of(&error, &at, self.patience.connect, self.shown_fingerprint()));
            }
            Err(_) => return Err(HttpError::Silent { at, after: patience }),
        };
        let deadline = deadline.unwrap_or_else(|| Instant::now() + BODY_PAUSES * idle);
        HttpAnswer::accept(answer, at, idle, deadline)
    }

    /// Asks what may be asked twice, and does so if the connection went away before an answer came: a central closes each
    /// after 50 questions.
    pub(crate) async fn send_again_once(
        &self,
        request: impl Fn() -> HttpRequest,
    ) -> Result<HttpAnswer, HttpError> {
        match self.send(request()).await {
            Err(error) if error.broke_before_answer() => self.send(request()).await,
            answer => answer,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
