//! A client of the HTTP API over plain sockets: one connection a request, nothing kept, nothing followed.
//!
//! Does NOT repeat a request: whether it was carried out is what tests ask.

use super::{LONG, eventually};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Prefix of the API's routes.
pub const PREFIX: &str = "/api/v1";
/// Name of the first admin.
pub const ADMIN: &str = "änne";
/// Password of the first admin.
pub const PASSWORD: &str = "correct horse battery";

/// A client with or without a credential.
#[derive(Debug, Clone)]
pub struct Client {
    address: SocketAddr,
    headers: Vec<(&'static str, String)>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// A client without a credential.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, headers: Vec::new() }
    }

    /// The same for another daemon, such as the next one on a data dir.
    #[must_use]
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// The same without a credential.
    #[must_use]
    pub fn without_credential(&self) -> Self {
        Self::new(self.address)
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.into()));
        client
    }

    /// The same with name and password.
    #[must_use]
    pub fn user(&self, name: &str, password: &str) -> Self {
        self.with("Authorization", format!("Basic {}", STANDARD.encode(format!("{name}:{password}"))))
    }

    /// The same with a token.
    #[must_use]
    pub fn token(&self, token: &str) -> Self {
        self.with("Authorization", format!("Bearer {token}"))
    }

    /// Makes the first admin and a token of it; a client with that token.
    #[track_caller]
    pub fn set_up(&self) -> Self {
        let setup = json!({
            "admin": { "username": ADMIN, "password": PASSWORD },
            "locale": { "locale": "de", "theme": "dark" },
        });
        self.post("/setup", &setup).gives(204);
        self.token(&self.user(ADMIN, PASSWORD).new_token("cron"))
    }

    /// Creates a token of an admin.
    #[track_caller]
    pub fn new_token(&self, subject: &str) -> String {
        let made = self.post("/auth/tokens/v2", &json!({ "subject": subject, "role": "admin" }));
        made.gives(201).json()["token"].as_str().unwrap().to_owned()
    }

    /// Takes a backup and waits for its archive; hands back its id.
    #[track_caller]
    pub fn take_backup(&self) -> String {
        let begun = self.post("/state-backups", &json!({})).gives(202).json();
        let (id, job) = (begun["id"].as_str().unwrap(), begun["job"].as_str().unwrap());
        assert_eq!(self.job(job)["state"], "completed", "{:?}", self.job(job));
        id.to_owned()
    }

    /// Waits for the end of a job and hands it back.
    #[track_caller]
    pub fn job(&self, id: &str) -> Value {
        eventually("the end of a job", || {
            let job = self.get(&format!("/jobs/{id}")).gives(200).json();
            ["completed", "failed"].iter().any(|state| job["state"] == *state).then_some(job)
        })
    }

    /// One part of `/health`.
    #[track_caller]
    pub fn health_of(&self, part: &str) -> Value {
        let report = self.get("/health").json();
        let found = report["components"].as_array().unwrap().iter().find(|found| found["name"] == part);
        found.unwrap_or_else(|| panic!("no `{part}` in {report}")).clone()
    }

    /// `GET`.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    /// `POST` with a JSON body.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body))
    }

    /// `PUT` with a JSON body.
    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, Some(body))
    }

    /// `DELETE`.
    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    /// Sends a request to a path below the prefix; the daemon has to answer.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.try_send(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same to a daemon that may die meanwhile.
    pub fn try_send(&self, method: &str, path: &str, body: Option<&Value>) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(LONG))?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut head = format!("{method} {PREFIX}{path} HTTP/1.1\r\nHost: loom\r\nConnection: close\r\n");
        head += &format!("Content-Length: {}\r\nContent-Type: application/json\r\n", body.len());
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        parse(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Answer {
    /// Asserts the status.
    #[track_caller]
    pub fn gives(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a cookie that was set.
    #[track_caller]
    pub fn cookie(&self, name: &str) -> String {
        let set = self.headers.iter().filter(|(header, _)| header == "set-cookie");
        let mut values =
            set.filter_map(|(_, value)| value.strip_prefix(name)?.strip_prefix('=')?.split(';').next());
        values.next().unwrap_or_else(|| panic!("no cookie `{name}`: {:?}", self.headers)).to_owned()
    }
}

/// A whole answer, or nothing: a body that was cut off was not answered.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let rest = &bytes[end + 4..];
    let body = match header("transfer-encoding") {
        Some(_) => dechunked(rest)?,
        None => {
            let length = header("content-length").map_or(Some(0), |length| length.parse().ok())?;
            (rest.len() == length).then(|| rest.to_vec())?
        }
    };
    Some(Answer { status, headers, body })
}

fn dechunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        let chunk = rest.get(end + 2..end + 2 + length)?;
        if length == 0 {
            return Some(body);
        }
        body.extend(chunk);
        rest = rest.get(end + 4 + length..)?;
    }
}
