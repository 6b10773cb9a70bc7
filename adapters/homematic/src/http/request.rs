//! One HTTP request on its way out. Its length is always said, because centrals read no other bodies.
//!
//! Does NOT encode paths: the pages of a central want some letters raw that others would escape.

use super::{Endpoint, HttpError};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request};
use loom_domain::ports::{BoxError, Content};
use loom_domain::secret::SecretText;
use std::time::Duration;

/// A body in the form the client sends.
pub(super) type Body = UnsyncBoxBody<Bytes, BoxError>;

/// One question.
pub(crate) struct HttpRequest {
    pub(super) endpoint: Endpoint,
    pub(super) first_byte: Option<Duration>,
    pub(super) idle: Option<Duration>,
    pub(super) total: Option<Duration>,
    method: Method,
    path: String,
    headers: Vec<(HeaderName, Result<HeaderValue, ()>)>,
    length: u64,
    body: Body,
}

impl HttpRequest {
    /// Asks for a page. `path` with its query goes out as it is.
    pub(crate) fn get(endpoint: Endpoint, path: impl Into<String>) -> Self {
        Self::new(endpoint, Method::GET, path.into(), 0, whole(Bytes::new()))
    }

    /// Sends a body.
    pub(crate) fn post(
        endpoint: Endpoint,
        path: impl Into<String>,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Self {
        let body = body.into();
        Self::new(endpoint, Method::POST, path.into(), body.len() as u64, whole(body))
            .header(CONTENT_TYPE, content_type)
    }

    /// Sends `prefix`, exactly `length` bytes of `content`, and `suffix`. A content of another length breaks the request off
    /// before its end.
    pub(crate) fn post_content(
        endpoint: Endpoint,
        path: impl Into<String>,
        content_type: &str,
        length: u64,
        (prefix, content, suffix): (Bytes, Box<dyn Content>, Bytes),
    ) -> Self {
        let whole = length + (prefix.len() + suffix.len()) as u64;
        Self::new(endpoint, Method::POST, path.into(), whole, streamed(length, prefix, content, suffix))
            .header(CONTENT_TYPE, content_type)
    }

    fn new(endpoint: Endpoint, method: Method, path: String, length: u64, body: Body) -> Self {
        let (first_byte, idle, total) = (None, None, None);
        Self { endpoint, first_byte, idle, total, method, path, headers: Vec::new(), length, body }
            .header(USER_AGENT, concat!("OpenCCU-Loom/", env!("CARGO_PKG_VERSION")))
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.push((name, HeaderValue::from_str(value).map_err(|_| ())));
        self
    }

    /// Names a user with HTTP Basic.
    pub(crate) fn with_basic(mut self, user: &str, password: &SecretText) -> Self {
        let pair = SecretText::new(format!("{user}:{}", password.reveal()));
        let value = SecretText::new(format!("Basic {}", BASE64_STANDARD.encode(pair.reveal())));
        let value = HeaderValue::from_str(value.reveal()).map_err(|_| ()).map(|mut value| {
            value.set_sensitive(true);
            value
        });
        self.headers.push((AUTHORIZATION, value));
        self
    }

    /// How long the first byte of the answer may take, from now on.
    pub(crate) fn first_byte(mut self, patience: Duration) -> Self {
        self.first_byte = Some(patience);
        self
    }

    /// How long the body may pause.
    pub(crate) fn idle(mut self, patience: Duration) -> Self {
        self.idle = Some(patience);
        self
    }

    /// How long everything may take; without it, the body may take [`BODY_PAUSES`](super::BODY_PAUSES) of its pauses.
    pub(crate) fn total(mut self, patience: Duration) -> Self {
        self.total = Some(patience);
        self
    }

    pub(super) fn build(self) -> Result<Request<Body>, HttpError> {
        let mut request = Request::builder().method(&self.method).uri(self.endpoint.url(&self.path));
        for (name, value) in self.headers {
            let value = value.map_err(|()| HttpError::Setup(format!("no value for the header `{name}`")))?;
            request = request.header(name, value);
        }
        if self.method == Method::POST {
            request = request.header(CONTENT_LENGTH, self.length);
        }
        // The path may hold a session, so it is not shown.
        request
            .body(self.body)
            .map_err(|_| HttpError::Setup(format!("no address can be made of `{}`", self.endpoint)))
    }
}

fn whole(body: Bytes) -> Body {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}

fn streamed(length: u64, prefix: Bytes, content: Box<dyn Content>, suffix: Bytes) -> Body {
    let middle = stream::unfold(Some((content, length)), |state| async move {
        let (mut content, left) = state?;
        match content.next_chunk().await {
            Ok(Some(chunk)) => match left.checked_sub(chunk.len() as u64) {
                Some(left) => Some((Ok(chunk), Some((content, left)))),
                None => Some((Err(BoxError::from("the content is longer than announced")), None)),
            },
            Ok(None) if left == 0 => None,
            Ok(None) => Some((Err(BoxError::from("the content is shorter than announced")), None)),
            Err(error) => Some((Err(error.into()), None)),
        }
    });
    let ends = |bytes: Bytes| stream::iter((!bytes.is_empty()).then_some(Ok(bytes)));
    let chunks = ends(prefix).chain(middle).chain(ends(suffix));
    StreamBody::new(chunks.map(|chunk| chunk.map(Frame::data))).boxed_unsync()
}
