//! A caller of the API: one credential, and requests with it.
//!
//! Does NOT keep cookies by itself: a session is a credential like the others, so that a test sees what is sent.

use crate::answer::Answer;
use crate::daemon::TestDaemon;
use crate::socket::Socket;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Prefix of the API.
pub const PREFIX: &str = "/api/v1";
/// Cookie of a session.
pub const SESSION_COOKIE: &str = "openccu_loom_session";
/// Cookie that is repeated in the header `X-CSRF-Token`.
pub const CSRF_COOKIE: &str = "openccu_loom_csrf";

/// How a caller says who it is.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Not at all.
    None,
    /// By a token.
    Bearer(String),
    /// By name and password.
    Basic(String, String),
    /// By the cookies of a login, and the header that repeats one of them.
    Session(Session),
    /// By an `Authorization` header of these words.
    Header(String),
}

/// The two cookies of a login.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session.
    pub id: String,
    /// The value against forged requests.
    pub csrf: String,
}

/// A caller.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    credential: Credential,
}

impl Session {
    /// Logs in.
    pub async fn open(daemon: &TestDaemon, username: &str, password: &str) -> Self {
        let asked = json!({ "username": username, "password": password });
        let answer = daemon.anonymous().post("/auth/login", &asked).await.expect(200);
        Self { id: answer.cookie(SESSION_COOKIE), csrf: answer.cookie(CSRF_COOKIE) }
    }

    /// The `Cookie` header of it.
    pub fn cookies(&self) -> String {
        format!("{SESSION_COOKIE}={}; {CSRF_COOKIE}={}", self.id, self.csrf)
    }
}

impl Client {
    /// A caller that uses the connections of `http`.
    pub fn new(http: reqwest::Client, address: SocketAddr, credential: Credential) -> Self {
        Self { http, address, credential }
    }

    /// The same caller, from another address of this machine: throttles count by address.
    pub fn from_address(&self, last: u8) -> Self {
        let builder = reqwest::Client::builder().no_proxy().local_address(Some([127, 0, 0, last].into()));
        Self { http: builder.build().unwrap(), ..self.clone() }
    }

    /// A request with the credential; `path` is below the prefix.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.outside(method, &format!("{PREFIX}{path}"))
    }

    /// A request with the credential; `path` is the whole path.
    pub fn outside(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        self.headers().into_iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// The headers that say who calls.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        match &self.credential {
            Credential::None => Vec::new(),
            Credential::Bearer(token) => vec![("Authorization", format!("Bearer {token}"))],
            Credential::Basic(user, password) => {
                let encoded = STANDARD.encode(format!("{user}:{password}"));
                vec![("Authorization", format!("Basic {encoded}"))]
            }
            Credential::Session(session) => {
                vec![("Cookie", session.cookies()), ("X-CSRF-Token", session.csrf.clone())]
            }
            Credential::Header(words) => vec![("Authorization", words.clone())],
        }
    }

    /// Sends a `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request("GET", path)).await
    }

    /// Sends a `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request("DELETE", path)).await
    }

    /// Sends a `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request("POST", path).json(body)).await
    }

    /// Sends a `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request("PUT", path).json(body)).await
    }

    /// Sends a `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request("PATCH", path).json(body)).await
    }

    /// Opens the WebSocket.
    pub async fn listen(&self) -> Socket {
        self.try_listen(&[]).await.unwrap()
    }

    /// Opens the WebSocket with more headers; an error is the status it was refused with.
    pub async fn try_listen(&self, more: &[(&'static str, &str)]) -> Result<Socket, u16> {
        let mut headers = self.headers();
        headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Socket::open(self.address, &headers).await
    }
}
