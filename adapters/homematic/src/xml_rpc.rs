//! XML-RPC as the interfaces of centrals speak it: over HTTP, in ISO-8859-1, with HTTP Basic where a user is asked for.
//!
//! Does NOT know the interfaces (`interfaces`) or what a fault means to whom (`devices`).

mod reader;
mod writer;

pub(crate) use reader::response;

use crate::http::{Endpoint, HttpClient, HttpRequest};
use crate::rpc::{Answer, MAX_ANSWER_BYTES, RpcError};
use loom_domain::secret::SecretText;
use serde_json::Value;
use std::time::Duration;

const CONTENT_TYPE: &str = "text/xml; charset=iso-8859-1";

/// Calls interfaces over XML-RPC.
#[derive(Clone)]
pub(crate) struct XmlRpc {
    http: HttpClient,
    user: Option<(String, SecretText)>,
    retry_after: Duration,
}

impl XmlRpc {
    /// Calls as that user; a refused log-in is tried again after `retry_after`.
    pub(crate) fn new(http: HttpClient, user: Option<(String, SecretText)>, retry_after: Duration) -> Self {
        Self { http, user, retry_after }
    }

    /// Calls a method that only reads, so it may be called twice.
    pub(crate) async fn call(
        &self,
        at: &Endpoint,
        path: &str,
        method: &str,
        params: &[Value],
    ) -> Result<Answer, RpcError> {
        let body = writer::call(method, params).map_err(RpcError::Unsendable)?;
        match self.ask(at, path, &body).await {
            // The central asks its logic process who the user is, and takes a busy one for a no.
            Err(RpcError::Unauthorized { .. }) if self.user.is_some() => {
                tokio::time::sleep(self.retry_after).await;
                self.ask(at, path, &body).await
            }
            answer => answer,
        }
    }

    async fn ask(&self, at: &Endpoint, path: &str, body: &[u8]) -> Result<Answer, RpcError> {
        let request = || {
            let request = HttpRequest::post(at.clone(), path, CONTENT_TYPE, body.to_vec());
            match &self.user {
                Some((name, password)) => request.with_basic(name, password),
                None => request,
            }
        };
        let answer = self.http.send_again_once(request).await?;
        match answer.status {
            200 => {}
            401 => return Err(RpcError::unauthorized(at.clone(), self.user.is_some())),
            503 => return Err(RpcError::NotReady { at: at.clone() }),
            status => return Err(RpcError::Status { at: at.clone(), status }),
        }
        let bytes = answer.read_at_most(MAX_ANSWER_BYTES).await?;
        response(&bytes).map_err(|why| RpcError::Unreadable { at: at.clone(), why })
    }
}

#[cfg(test)]
mod tests;
