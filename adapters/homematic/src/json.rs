//! JSON-RPC: one call, one answer. Does NOT log in or try again (`session`).

mod answer;
mod fault;
mod lenient;

pub(crate) use fault::JsonFault;

use crate::http::{HttpClient, HttpRequest};
use bytes::Bytes;
use loom_domain::ports::CcuError;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Largest answer: a list of some ten thousand devices with all their fields.
const ANSWER_LIMIT: usize = 64 << 20;
const PATH: &str = "/api/homematic.cgi";
const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// The JSON API of one central.
#[derive(Clone)]
pub(crate) struct JsonRpc {
    http: HttpClient,
}

/// Why a call has no result.
#[derive(Debug)]
pub(crate) enum JsonError {
    /// The central said no.
    Fault(JsonFault),
    /// There is no answer, or none that makes sense.
    Ccu(CcuError),
}

impl JsonRpc {
    /// The JSON API behind `http`.
    pub(crate) fn new(http: HttpClient) -> Self {
        Self { http }
    }

    /// Calls `method` with named values.
    pub(crate) async fn call(&self, method: &str, params: Map<String, Value>) -> Result<Value, JsonError> {
        self.send(method, request(method, params), None).await
    }

    /// Calls `method` and waits for its answer no longer than `limit`.
    pub(crate) async fn call_within(
        &self,
        method: &str,
        params: Map<String, Value>,
        limit: Duration,
    ) -> Result<Value, JsonError> {
        self.send(method, request(method, params), Some(limit)).await
    }

    async fn send(&self, method: &str, body: String, limit: Option<Duration>) -> Result<Value, JsonError> {
        let body = Bytes::from(body);
        let request = || {
            let request = HttpRequest::post(self.http.json(), PATH, CONTENT_TYPE, body.clone());
            match limit {
                Some(limit) => request.first_byte(limit).total(limit),
                None => request,
            }
        };
        let answer = match method {
            // A second login would leave the session of a first one behind whose answer got lost.
            "Session.login" => self.http.send(request()).await,
            // Everything else may be asked twice.
            _ => self.http.send_again_once(request).await,
        };
        let answer = answer.map_err(CcuError::from)?;
        match answer.status {
            200 => {}
            503 => {
                return Err(
                    CcuError::NotReady(format!("its JSON API answers status 503 to `{method}`")).into()
                );
            }
            status => return Err(strange(method, &format!("status {status}")).into()),
        }
        let body = answer.read_at_most(ANSWER_LIMIT).await.map_err(CcuError::from)?;
        match answer::read(method, &body) {
            Ok(result) => result.map_err(JsonError::Fault),
            Err(why) => Err(strange(method, &format!("something that is no JSON-RPC answer: {why}")).into()),
        }
    }
}

fn strange(method: &str, what: &str) -> CcuError {
    CcuError::Misbehaved(format!(
        "`{method}` was answered with {what}\nhint: check whether host and port of the central lead to its JSON API"
    ))
}

/// A request in ASCII, so that it does not depend on what charset the central takes it for.
fn request(method: &str, params: Map<String, Value>) -> String {
    let document = json!({ "version": "1.1", "jsonrpc": "1.1", "id": 1, "method": method, "params": params })
        .to_string();
    let mut ascii = String::with_capacity(document.len());
    for letter in document.chars() {
        match u32::from(letter) {
            // The central's parser does not know pairs of surrogates, so what lies beyond goes as it is.
            code @ 0x80..=0xffff => ascii.push_str(&format!("\\u{code:04x}")),
            _ => ascii.push(letter),
        }
    }
    ascii
}

/// Reads a body as the answer to some call, for fuzzing.
pub(crate) fn read_answer(body: &[u8]) -> bool {
    matches!(answer::read("fuzz", body), Ok(Ok(_)))
}

/// Reads what a script printed as a document. `None`: it is none.
pub(crate) fn read_printed(printed: &str) -> Option<Value> {
    lenient::parse(printed.as_bytes()).ok()
}

impl From<CcuError> for JsonError {
    fn from(error: CcuError) -> Self {
        Self::Ccu(error)
    }
}

impl From<JsonError> for CcuError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Fault(fault) => fault.into(),
            JsonError::Ccu(error) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_ascii_below_the_surrogates() {
        let params = Map::from_iter([("password".to_owned(), json!("Schlüssel \"€\" 🔑\n"))]);
        let request = request("Session.login", params);
        assert!(request.contains(r#""password":"Schl\u00fcssel \"\u20ac\" 🔑\n""#), "{request}");
        assert!(request.contains(r#""method":"Session.login""#));
    }
}
