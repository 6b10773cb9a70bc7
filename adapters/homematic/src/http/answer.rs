//! One HTTP answer: its head, and its body under limits of time and size. Does NOT interpret it.

use super::{Endpoint, HttpError};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, LOCATION};
use hyper::{HeaderMap, Response};
use loom_domain::ports::{Content, MAX_CHUNK_BYTES, ReadError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The answer to one request.
pub(crate) struct HttpAnswer {
    /// Its status.
    pub(crate) status: u16,
    headers: HeaderMap,
    body: Incoming,
    at: Endpoint,
    idle: Duration,
    deadline: Instant,
}

impl std::fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Headers may hold a session.
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl HttpAnswer {
    pub(super) fn accept(
        answer: Response<Incoming>,
        at: Endpoint,
        idle: Duration,
        deadline: Instant,
    ) -> Result<Self, HttpError> {
        let (head, body) = answer.into_parts();
        let answer = Self { status: head.status.as_u16(), headers: head.headers, body, at, idle, deadline };
        // 304 answers a question nobody here asks, but it sends nobody elsewhere either.
        if matches!(answer.status, 300..=303 | 305..=399) {
            return Err(HttpError::redirected(answer.header(LOCATION.as_str()), &answer.at));
        }
        Ok(answer)
    }

    /// A header, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How many bytes the body has, where that was said. Then exactly so many come, or an error.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.header(CONTENT_LENGTH.as_str())?.trim().parse().ok()
    }

    /// The next bytes of the body; `None` after the last ones.
    pub(crate) async fn next_chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            // A body that always has bytes ready would never let the timeout come to its turn.
            if left.is_zero() {
                return Err(HttpError::TooSlow { at: self.at.clone() });
            }
            let patience = left.min(self.idle);
            let frame = match timeout(patience, self.body.frame()).await {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(HttpError::cut_off(&error, &self.at)),
                Err(_) if patience < self.idle => return Err(HttpError::TooSlow { at: self.at.clone() }),
                Err(_) => return Err(HttpError::Stalled { at: self.at.clone(), after: self.idle }),
            };
            match frame.into_data() {
                Ok(data) if !data.is_empty() => return Ok(Some(data)),
                // Trailers and empty frames carry nothing.
                _ => {}
            }
        }
    }

    /// The whole body, if it has at most `limit` bytes.
    pub(crate) async fn read_at_most(mut self, limit: usize) -> Result<Bytes, HttpError> {
        let too_long = |at: &Endpoint| HttpError::TooLong { at: at.clone(), limit };
        if self.announced().is_some_and(|bytes| bytes > limit as u64) {
            return Err(too_long(&self.at));
        }
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.next_chunk().await? {
            if chunk.len() > limit - whole.len() {
                return Err(too_long(&self.at));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// The body as a content called `name` in errors; `first` are bytes of it that were read already.
    pub(crate) fn into_content(self, name: impl Into<String>, first: Bytes) -> Box<dyn Content> {
        Box::new(AnswerContent { answer: self, name: name.into(), rest: first })
    }
}

struct AnswerContent {
    answer: HttpAnswer,
    name: String,
    rest: Bytes,
}

#[async_trait]
impl Content for AnswerContent {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        if self.rest.is_empty() {
            let next = self.answer.next_chunk().await;
            let next = next.map_err(|error| ReadError { path: self.name.clone(), source: error.into() })?;
            let Some(next) = next else { return Ok(None) };
            self.rest = next;
        }
        let bytes = self.rest.len().min(MAX_CHUNK_BYTES);
        Ok(Some(self.rest.split_to(bytes)))
    }
}
