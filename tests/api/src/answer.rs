//! An answer of the daemon, read to its end, and what every answer or problem has to look like.
//!
//! Does NOT know single routes.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Path of the request, without its query.
    pub path: String,
}

impl Answer {
    /// Sends a request and reads its answer.
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let path = request.url().path().to_owned();
        let response = client.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap(), path }
    }

    /// Goes on only with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.path, self.text());
        self
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A header, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The `Set-Cookie` header of this cookie, if there is one.
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        all.into_iter().find(|cookie| cookie.split('=').next() == Some(name))
    }

    /// The value of a cookie that was set.
    #[track_caller]
    pub fn cookie(&self, name: &str) -> String {
        let set = self.set_cookie(name).unwrap_or_else(|| panic!("no cookie `{name}` was set"));
        let pair = set.split(';').next().unwrap();
        pair.split_once('=').unwrap().1.to_owned()
    }

    /// Goes on only with a whole problem of this status and code; hands out its body.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let told = format!("{} {}: {}", self.status, self.path, self.text());
        assert_eq!(self.status, status, "{told}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{told}");
        assert_eq!(self.header("x-problem-code"), code, "{told}");
        assert!(!self.header("x-request-id").is_empty(), "{told}");
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{told}");
        let body = self.json();
        assert_eq!(body["code"], code, "{told}");
        assert_eq!(body["status"], status, "{told}");
        assert_eq!(body["type"], format!("https://openccu-loom.dev/errors/{code}"), "{told}");
        assert_eq!(body["instance"], self.path.as_str(), "{told}");
        assert!(body["title"].is_string() && body["detail"].is_string(), "{told}");
        let known = ["type", "title", "status", "detail", "instance", "code", "errors"];
        assert!(body.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{told}");
        body
    }
}
