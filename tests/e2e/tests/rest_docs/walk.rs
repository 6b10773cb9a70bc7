//! The way through the document: each block in its turn, with what earlier answers gave.
//!
//! A word in braces is filled with the newest value of that name: a field of a body, a header, a cookie; `list.field` is
//! that of the first in a list. Does NOT read the document.

use crate::compare::{alike, differences};
use crate::exchange::{Exchange, Message};
use crate::page::Turn;
use crate::socket::Socket;
use loom_e2e::docs::run_plainly;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

/// Jobs take a moment: what is read is read again for so long until it is as printed.
const WITHIN: Duration = Duration::from_secs(120);

/// Where the walk is.
pub(crate) struct Walk {
    address: SocketAddr,
    values: BTreeMap<String, String>,
    stand_ins: Vec<(String, String)>,
    socket: Option<Socket>,
}

impl Walk {
    /// A walk that has not begun; what is printed is replaced by what stands for it here.
    pub(crate) fn new(address: SocketAddr, stand_ins: Vec<(String, String)>) -> Self {
        Self { address, values: BTreeMap::new(), stand_ins, socket: None }
    }

    /// Types a script; what it leaves in `TOKEN` is the token from there on.
    pub(crate) fn type_in(&mut self, step: &str, folder: &Path, script: &str) {
        let token = self.values.get("token").cloned().unwrap_or_default();
        let script = script.replace("http://localhost:8119", &format!("http://{}", self.address));
        let said =
            run_plainly(folder, &format!("set -eu\nTOKEN={token}\n{script}\nprintf '\\n%s' \"$TOKEN\""));
        assert_eq!(said.code, Some(0), "{step}\n{}", said.words());
        let text = said.text();
        let token = text.rsplit('\n').next().unwrap_or_default();
        assert_eq!(token.len(), 43, "{step}\nno token: {text}");
        self.values.insert("token".to_owned(), token.to_owned());
    }

    /// Sends a request; the answer has to be the printed one.
    pub(crate) fn exchange(&mut self, step: &str, exchange: &Exchange) {
        let request = self.filled(&exchange.request);
        let reads = exchange.method() == "GET";
        let began = Instant::now();
        loop {
            let mut stream = request.send(self.address);
            let answer = Message::receive(&mut stream);
            let wrong = self.wrong(&exchange.response, &answer);
            if wrong.is_empty() {
                self.remember(&answer);
                if answer.first.contains(" 101 ") {
                    self.end();
                    self.socket = Some(Socket::new(stream));
                }
                return;
            }
            if !reads || began.elapsed() > WITHIN {
                let told = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
                let told: String = told.collect();
                panic!("{step}\n{}\n---\n{}\n{told}\n{}", wrong.join("\n"), answer.first, answer.text());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Speaks on the open WebSocket, and hears what is printed. Signs of life, progress and how centrals are come when they
    /// come.
    pub(crate) fn converse(&mut self, step: &str, turns: &[Turn]) {
        for turn in turns {
            match turn {
                Turn::Sent(text) => {
                    let text = self.fill(text);
                    self.open_socket(step).say(text);
                }
                Turn::Received(text) => {
                    let printed: Value = serde_json::from_str(&self.fill(text)).unwrap();
                    let heard = loop {
                        let heard = self.open_socket(step).hear();
                        let by_the_way = heard["op"] == "ping"
                            || ["JobProgress", "CentralStatusChanged"]
                                .iter()
                                .any(|word| heard["type"] == *word);
                        if !by_the_way || heard["type"] == printed["type"] && heard["op"] == printed["op"] {
                            break heard;
                        }
                    };
                    let wrong = differences(&printed, &heard);
                    assert!(wrong.is_empty(), "{step}\n{}\n---\n{heard}", wrong.join("\n"));
                    collect(&heard, &mut self.values);
                }
            }
        }
    }

    /// Closes what is open.
    pub(crate) fn end(&mut self) {
        if let Some(socket) = self.socket.take() {
            socket.close();
        }
    }

    fn filled(&self, message: &Message) -> Message {
        let body = self.fill(&message.text());
        let is_form = message.header("Content-Type").is_some_and(|kind| kind.starts_with("multipart/"));
        Message {
            first: self.fill(&message.first),
            headers: message.headers.iter().map(|(name, value)| (name.clone(), self.fill(value))).collect(),
            // Lines of a form end as lines of a head do.
            body: if is_form { body.replace('\n', "\r\n") + "\r\n" } else { body }.into_bytes(),
        }
    }

    /// A printed text with the values of this walk.
    fn fill(&self, text: &str) -> String {
        let text =
            self.stand_ins.iter().fold(text.to_owned(), |text, (printed, here)| text.replace(printed, here));
        self.values.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    fn open_socket(&mut self, step: &str) -> &mut Socket {
        self.socket.as_mut().unwrap_or_else(|| panic!("{step}\nno WebSocket is open"))
    }

    /// How an answer differs from the printed one.
    fn wrong(&self, printed: &Message, answer: &Message) -> Vec<String> {
        let mut wrong = Vec::new();
        if printed.first != answer.first {
            wrong.push(format!("`{}` is printed", printed.first));
        }
        for (name, value) in &printed.headers {
            let value = self.fill(value);
            let told = answer.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
            let is_tag = name == "ETag";
            if !told.clone().any(|(_, other)| is_tag || alike(&value, other)) {
                let told: Vec<_> = told.map(|(_, other)| other).collect();
                wrong.push(format!("header `{name}: {value}` is printed, there is {told:?}"));
            }
        }
        let text = printed.text();
        match (text.as_str(), serde_json::from_slice::<Value>(&answer.body)) {
            ("…", _) if !answer.body.is_empty() => {}
            ("", _) => wrong.extend((!answer.body.is_empty()).then(|| "no body is printed".to_owned())),
            (text, Ok(answered)) => {
                let text = self.fill(text);
                let printed = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
                wrong.extend(differences(&printed, &answered));
            }
            (text, Err(_)) => wrong.extend(missing_figures(text, &answer.text())),
        }
        wrong
    }

    fn remember(&mut self, answer: &Message) {
        for (name, value) in &answer.headers {
            if name.eq_ignore_ascii_case("set-cookie") {
                let cookie = value.split(';').next().and_then(|cookie| cookie.split_once('='));
                self.values.extend(cookie.map(|(name, value)| (name.to_owned(), value.to_owned())));
            } else {
                self.values.insert(name.to_ascii_lowercase(), value.clone());
            }
        }
        collect(&serde_json::from_slice(&answer.body).unwrap_or_default(), &mut self.values);
    }
}

/// Keeps the fields of a body by their names.
fn collect(body: &Value, values: &mut BTreeMap<String, String>) {
    for (name, value) in body.as_object().into_iter().flatten() {
        match value {
            // That of the beginning stays.
            Value::String(_) if name == "token" => {}
            Value::String(text) => _ = values.insert(name.clone(), text.clone()),
            Value::Number(number) => _ = values.insert(name.clone(), number.to_string()),
            Value::Array(list) => {
                for (field, value) in list.first().and_then(Value::as_object).into_iter().flatten() {
                    let value = value.as_str().map(str::to_owned);
                    values.extend(value.map(|value| (format!("{name}.{field}"), value)));
                }
            }
            _ => {}
        }
    }
}

/// Printed lines of figures that are not told: the figure itself may differ.
fn missing_figures(printed: &str, told: &str) -> Vec<String> {
    let name = |line: &str| line.rsplit_once(' ').map_or(line.to_owned(), |(name, _)| name.to_owned());
    let told: Vec<_> = told.lines().map(name).collect();
    let lines = printed.lines().filter(|line| *line != "…");
    lines.filter(|line| !told.contains(&name(line))).map(|line| format!("`{line}` is not told")).collect()
}
