//! A daemon that answers as a test scripts it, over plain sockets, and remembers what it was asked.
//!
//! For what a real daemon does rarely or never: fail in each way, stop in the middle, send other bytes. Does NOT know the
//! API.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// A daemon that is scripted. It answers until the process ends.
pub struct ScriptedDaemon {
    address: SocketAddr,
    state: Arc<State>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method and path below `/api/v1`, as in `GET /backups`.
    pub line: String,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    media_type: &'static str,
    body: Vec<u8>,
    announced: usize,
    stands_still: bool,
}

#[derive(Default)]
struct State {
    script: Mutex<BTreeMap<String, Vec<Answer>>>,
    asked: Mutex<Vec<Request>>,
    more: Condvar,
}

impl Answer {
    /// JSON with a status.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::of(status, "application/json", body.to_string().into_bytes())
    }

    /// A refusal in words (RFC 9457).
    pub fn problem(status: u16, detail: &str) -> Self {
        let body = json!({ "status": status, "title": "No", "detail": detail, "code": "x" });
        Self::of(status, "application/problem+json", body.to_string().into_bytes())
    }

    /// Bytes.
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::of(200, "application/octet-stream", bytes.to_vec())
    }

    /// No body.
    pub fn nothing(status: u16) -> Self {
        Self::of(status, "text/plain", Vec::new())
    }

    /// The connection ends that many bytes too early.
    #[must_use]
    pub fn cut_off(mut self, missing: usize) -> Self {
        self.body.truncate(self.body.len() - missing);
        self
    }

    /// Nothing comes after the bytes there are, and the connection stays.
    #[must_use]
    pub fn standing_still(self) -> Self {
        Self { stands_still: true, ..self }
    }

    fn of(status: u16, media_type: &'static str, body: Vec<u8>) -> Self {
        Self { status, media_type, announced: body.len(), body, stands_still: false }
    }
}

impl Default for ScriptedDaemon {
    fn default() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<State>::default();
        let serving = Arc::clone(&state);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let state = Arc::clone(&serving);
                std::thread::spawn(move || state.serve(&connection));
            }
        });
        Self { address, state }
    }
}

impl ScriptedDaemon {
    /// Answers a request, such as `GET /backups`. Several answers to one are given one after the other, the last for ever.
    #[must_use]
    pub fn on(self, line: &str, answer: Answer) -> Self {
        self.state.script.lock().unwrap().entry(line.to_owned()).or_default().push(answer);
        self
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything it was asked so far.
    pub fn asked(&self) -> Vec<Request> {
        self.state.asked.lock().unwrap().clone()
    }

    /// The lines of everything it was asked so far.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|request| request.line).collect()
    }

    /// The first request of that line, waited for.
    pub fn until_asked(&self, line: &str) -> Request {
        let asked = self.state.asked.lock().unwrap();
        let missing = |asked: &mut Vec<Request>| asked.iter().all(|request| request.line != line);
        let asked = self.state.more.wait_while(asked, missing).unwrap();
        asked.iter().find(|request| request.line == line).unwrap().clone()
    }
}

impl Request {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl State {
    fn serve(&self, mut connection: &TcpStream) {
        let Some(request) = read(connection) else { return };
        let answer = self.answer_to(&request.line);
        self.asked.lock().unwrap().push(request);
        self.more.notify_all();
        let head = format!(
            "HTTP/1.1 {} Scripted\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            answer.status, answer.media_type, answer.announced
        );
        let written = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&answer.body));
        if answer.stands_still && written.is_ok() {
            // Until the other side goes away.
            drop(connection.read(&mut [0]));
        }
    }

    fn answer_to(&self, line: &str) -> Answer {
        let mut script = self.script.lock().unwrap();
        match script.get_mut(line) {
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers[0].clone(),
            None => Answer::problem(404, &format!("`{line}` is not in the script")),
        }
    }
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (method, rest) = line.split_once(' ')?;
    let path = rest.split(' ').next()?.strip_prefix("/api/v1")?;
    let line = format!("{method} {path}");
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line, headers, body })
}
