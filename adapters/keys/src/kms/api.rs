//! The two calls of the service that wrapping needs, signed, bounded in time, and tried again where that may help.
//!
//! Does NOT know master keys: bytes go in and come out.

use super::credentials::signer;
use super::failure::Failure;
use super::http::HttpClient;
use super::patience::KmsPatience;
use super::place::Place;
use crate::env::Lookup;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request};
use reqsign_aws_v4::Credential;
use reqsign_core::Signer;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use zeroize::{Zeroize as _, Zeroizing};

const AGENT: &str = concat!("OpenCCU-Loom/", env!("CARGO_PKG_VERSION"));

/// Most characters of the service's words that are shown.
const MAX_WORDS: usize = 300;

/// What `Encrypt` gave.
pub(super) struct Encrypted {
    /// The ciphertext, which names its key in its own way.
    pub(super) ciphertext: Vec<u8>,
    /// ARN of the key that was used.
    pub(super) key_id: Option<String>,
}

/// Calls about one key.
pub(super) struct Api<'a> {
    place: &'a Place,
    patience: KmsPatience,
    http: Arc<HttpClient>,
    signer: Signer<Credential>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EncryptRequest<'a> {
    key_id: &'a str,
    plaintext: &'a str,
    encryption_context: &'a BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EncryptAnswer {
    ciphertext_blob: String,
    key_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DecryptRequest<'a> {
    key_id: &'a str,
    ciphertext_blob: &'a str,
    encryption_context: &'a BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DecryptAnswer {
    plaintext: String,
}

/// How the service says no; both spellings of the message are in use.
#[derive(Deserialize, Default)]
struct Refusal {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(alias = "Message", default)]
    message: String,
}

impl<'a> Api<'a> {
    pub(super) fn new(place: &'a Place, lookup: Arc<Lookup>, patience: KmsPatience) -> Self {
        let http = Arc::new(HttpClient::new(patience.connect));
        Self { place, patience, signer: signer(&place.region, lookup, http.clone()), http }
    }

    /// Has the key encrypt `plaintext`, bound to `context`.
    pub(super) async fn encrypt(
        &self,
        plaintext: &[u8],
        context: &BTreeMap<String, String>,
    ) -> Result<Encrypted, Failure> {
        let plaintext = Zeroizing::new(STANDARD.encode(plaintext));
        let request =
            EncryptRequest { key_id: &self.place.key_id, plaintext: &plaintext, encryption_context: context };
        let answer = self.call("TrentService.Encrypt", &request).await?;
        let answer: EncryptAnswer =
            serde_json::from_slice(&answer).map_err(|_| self.strange("no JSON of `Encrypt`"))?;
        let ciphertext = STANDARD.decode(answer.ciphertext_blob);
        let ciphertext = ciphertext.map_err(|_| self.strange("`CiphertextBlob` is not base64"))?;
        Ok(Encrypted { ciphertext, key_id: answer.key_id })
    }

    /// Has the key decrypt `ciphertext`, which was bound to `context`.
    pub(super) async fn decrypt(
        &self,
        ciphertext: &[u8],
        context: &BTreeMap<String, String>,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let ciphertext = STANDARD.encode(ciphertext);
        let request = DecryptRequest {
            key_id: &self.place.key_id,
            ciphertext_blob: &ciphertext,
            encryption_context: context,
        };
        let answer = self.call("TrentService.Decrypt", &request).await?;
        // No words of the JSON reader: it quotes what it does not expect.
        let answer = serde_json::from_slice(&answer).map(|DecryptAnswer { plaintext }| plaintext);
        let plaintext = Zeroizing::new(answer.map_err(|_| self.strange("no JSON of `Decrypt`"))?);
        // Room for all of it at once: a vector that grows would leave copies of the key behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(plaintext.len()));
        let decoded = STANDARD.decode_vec(plaintext.as_bytes(), &mut bytes);
        decoded.map_err(|_| self.strange("`Plaintext` is not base64"))?;
        Ok(bytes)
    }

    async fn call(
        &self,
        target: &'static str,
        request: &impl Serialize,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        // Room for all of it at once: a vector that grows would leave copies of the key behind.
        let mut body = Vec::with_capacity(16 * 1024);
        serde_json::to_writer(&mut body, request).map_err(|_| self.strange("the request has no JSON"))?;
        let body = Wiped(body.into());
        let deadline = Instant::now() + self.patience.total;
        let mut tries = 0;
        loop {
            tries += 1;
            let left = deadline.saturating_duration_since(Instant::now());
            let limit = self.patience.try_for.min(left);
            let outcome = timeout(limit, self.ask(target, &body)).await;
            let failure = match outcome.unwrap_or_else(|_| Err(self.silent(limit))) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause = self.patience.pause_after(tries);
            let is_last = tries >= self.patience.tries || Instant::now() + pause >= deadline;
            if is_last || !failure.passes() {
                return Err(failure);
            }
            sleep(pause).await;
        }
    }

    async fn ask(&self, target: &'static str, body: &Wiped) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.place.uri)
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            .header("x-amz-content-sha256", hex(&Sha256::digest(&body.0)))
            .body(body.0.clone())
            .map_err(|_| self.strange("the address makes no request"))?;
        let (mut head, body) = request.into_parts();
        self.signer.sign(&mut head, None).await.map_err(|_| Failure::NoCredentials)?;
        // Not signed: proxies may change it.
        head.headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let answer = self.http.send(Request::from_parts(head, body)).await;
        let answer = answer.map_err(|why| Failure::NoAnswer { at: self.place.uri.to_string(), why })?;
        match answer.status() {
            status if status.is_success() => Ok(answer.into_body()),
            status => Err(refusal(status.as_u16(), answer.headers(), answer.body())),
        }
    }

    fn strange(&self, why: &'static str) -> Failure {
        Failure::Strange { at: self.place.uri.to_string(), why }
    }

    fn silent(&self, after: Duration) -> Failure {
        let why = format!("nothing came within {:.1} s", after.as_secs_f32());
        Failure::NoAnswer { at: self.place.uri.to_string(), why }
    }
}

/// A request that may hold a key: wiped when the last copy goes.
struct Wiped(Bytes);

impl Drop for Wiped {
    fn drop(&mut self) {
        if let Ok(mut bytes) = std::mem::take(&mut self.0).try_into_mut() {
            bytes.as_mut().zeroize();
        }
    }
}

fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> Failure {
    let said: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let named = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    let kind = if said.kind.is_empty() { named.unwrap_or_default() } else { &said.kind };
    // `com.amazonaws.kms#Name`, or `Name:http://…` in the header.
    let code = kind.rsplit('#').next().and_then(|kind| kind.split(':').next()).unwrap_or_default();
    let words = |text: &str| text.chars().filter(|sign| !sign.is_control()).take(MAX_WORDS).collect();
    let code: String = words(code);
    Failure::Refused {
        status,
        code: if code.is_empty() { "no exception named".to_owned() } else { code },
        message: match said.message.as_str() {
            "" if body.is_empty() => "without a word".to_owned(),
            // Whatever stands before the service speaks a language of its own.
            "" => words(&String::from_utf8_lossy(body)),
            message => words(message),
        },
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
