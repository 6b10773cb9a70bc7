//! A client that changes users, tokens, centrals and a section, and remembers what was answered.
//!
//! One change is under way at a time. The one a kill cut off may have been carried out or not; each other one has to be
//! as it was answered. Does NOT kill.

use loom_e2e::daemon::DaemonFolder;
use loom_e2e::daemon::client::Client;
use loom_e2e::data_dir::sqlite;
use loom_e2e::sealing::{open_v2, read_key_file};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What one changer has made.
#[derive(Debug, Clone, Default, PartialEq)]
struct Made {
    /// Name → role.
    users: BTreeMap<String, String>,
    /// Fingerprint → token; the token of one that was never answered is not known.
    tokens: BTreeMap<String, Option<String>>,
    /// Name → password.
    centrals: BTreeMap<String, String>,
    /// A text in a section of its own.
    text: Option<String>,
}

/// A change.
#[derive(Debug, Clone)]
enum Change {
    AddUser(String),
    PromoteUser(String),
    RemoveUser(String),
    AddToken,
    RevokeToken(String),
    AddCentral(String, String),
    SetPassword(String, String),
    RemoveCentral(String),
    WriteSection(String),
}

/// The client.
pub(super) struct Changer {
    number: u64,
    count: u64,
    made: Made,
    cut_off: Option<Change>,
}

impl Changer {
    /// Changers of different numbers keep out of each other's way.
    pub(super) fn new(number: u64) -> Self {
        Self { number, count: 0, made: Made::default(), cut_off: None }
    }

    /// Changes one thing after the other until the daemon is gone; how many were answered.
    pub(super) fn run(&mut self, admin: &Client) -> usize {
        for answered in 0.. {
            let change = self.next();
            let (method, path, body) = change.request(self.number);
            match admin.try_send(method, &path, body.as_ref()) {
                Ok(answer) => {
                    assert!((200..300).contains(&answer.status), "{change:?}: {}", answer.text());
                    let body = if answer.body.is_empty() { Value::Null } else { answer.json() };
                    change.apply(&mut self.made, &body);
                }
                Err(_) => {
                    self.cut_off = Some(change);
                    return answered;
                }
            }
        }
        unreachable!()
    }

    /// Asserts that everything answered is there, and that the change cut off was carried out wholly or not at all;
    /// `true` if it was.
    #[track_caller]
    pub(super) fn finds_everything(&mut self, folder: &DaemonFolder, admin: &Client) -> bool {
        let found = self.look(folder, admin);
        let change = self.cut_off.take().unwrap();
        if found == self.made {
            return false;
        }
        let mut carried_out = self.made.clone();
        match &change {
            Change::AddToken => {
                let unknown = found.tokens.keys().filter(|name| !self.made.tokens.contains_key(*name));
                carried_out.tokens.extend(unknown.take(1).map(|name| (name.clone(), None)));
            }
            change => change.apply(&mut carried_out, &Value::Null),
        }
        assert_eq!(found, carried_out, "{change:?} was cut off");
        self.made = carried_out;
        true
    }

    fn look(&self, folder: &DaemonFolder, admin: &Client) -> Made {
        let number = self.number;
        let key = read_key_file(&folder.data().join("secret.key"));
        let rows = |path: &str| admin.get(path).gives(200).json().as_array().unwrap().clone();
        let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
        let users = rows("/users").into_iter().map(|row| (text(&row, "subject"), text(&row, "role")));
        let tokens = rows("/auth/tokens/v2").into_iter().filter(|row| row["subject"] == format!("t{number}"));
        let tokens = tokens.map(|row| text(&row, "fingerprint")).map(|fingerprint| {
            let known = self.made.tokens.get(&fingerprint).cloned().flatten();
            if let Some(token) = &known {
                admin.without_credential().token(token).get("/auth/me").gives(200);
            }
            (fingerprint, known)
        });
        let sealed = sqlite(&folder.database(), "SELECT name || ' ' || password_plain FROM centrals");
        let centrals = sealed.lines().map(|line| {
            let (name, sealed) = line.split_once(' ').unwrap();
            let place = ["centrals", name, "password_plain"];
            (name.to_owned(), open_v2(key, place, sealed).unwrap())
        });
        let section = admin.get(&format!("/config/sections/{}", section(number)));
        let mine = |name: &String| name.starts_with(&format!("o{number}-"));
        Made {
            users: users.filter(|(name, _)| mine(name)).collect(),
            tokens: tokens.collect(),
            centrals: centrals.filter(|(name, _)| mine(name)).collect(),
            text: (section.status == 200).then(|| text(&section.json(), field(number))),
        }
    }

    /// Makes, changes and removes in turns, so that a few of everything are there.
    fn next(&mut self) -> Change {
        self.count += 1;
        let fresh = format!("o{}-{}", self.number, self.count);
        let made = &self.made;
        let (user, central) = (made.users.keys().next().cloned(), made.centrals.keys().next().cloned());
        let token = made.tokens.keys().next().cloned();
        match (self.count * 7 + self.number) % 11 {
            0 => Change::AddUser(fresh),
            1 | 2 => Change::AddToken,
            3 | 4 => Change::AddCentral(fresh.clone(), format!("secret of {fresh}")),
            5 if user.is_some() => Change::PromoteUser(user.unwrap()),
            6 if made.users.len() > 2 => Change::RemoveUser(user.unwrap()),
            7 if made.tokens.len() > 2 => Change::RevokeToken(token.unwrap()),
            8 if central.is_some() => Change::SetPassword(central.unwrap(), format!("new secret {fresh}")),
            9 if made.centrals.len() > 3 => Change::RemoveCentral(central.unwrap()),
            _ => Change::WriteSection(fresh),
        }
    }
}

impl Change {
    fn request(&self, number: u64) -> (&'static str, String, Option<Value>) {
        match self {
            Self::AddUser(name) => {
                let body = json!({ "username": name, "password": "long enough", "role": "viewer" });
                ("POST", "/users".to_owned(), Some(body))
            }
            Self::PromoteUser(name) => {
                ("PATCH", format!("/users/{name}"), Some(json!({ "role": "operator" })))
            }
            Self::RemoveUser(name) => ("DELETE", format!("/users/{name}"), None),
            Self::AddToken => {
                let body = json!({ "subject": format!("t{number}"), "role": "viewer" });
                ("POST", "/auth/tokens/v2".to_owned(), Some(body))
            }
            Self::RevokeToken(name) => ("DELETE", format!("/auth/tokens/v2/{name}"), None),
            Self::AddCentral(name, password) => {
                ("POST", "/centrals".to_owned(), Some(crate::central(name, password)))
            }
            Self::SetPassword(name, password) => {
                let body = json!({ "enabled": true, "interfaces": ["HmIP-RF"], "password_plain": password });
                ("PUT", format!("/centrals/{name}"), Some(body))
            }
            Self::RemoveCentral(name) => ("DELETE", format!("/centrals/{name}"), None),
            Self::WriteSection(text) => {
                let body = json!({ (field(number)): text });
                ("PUT", format!("/config/sections/{}", section(number)), Some(body))
            }
        }
    }

    /// What it comes to, once it was answered with `answer`.
    fn apply(&self, made: &mut Made, answer: &Value) {
        match self {
            Self::AddUser(name) => drop(made.users.insert(name.clone(), "viewer".to_owned())),
            Self::PromoteUser(name) => drop(made.users.insert(name.clone(), "operator".to_owned())),
            Self::RemoveUser(name) => drop(made.users.remove(name)),
            Self::AddToken => {
                let text = |field: &str| answer[field].as_str().unwrap().to_owned();
                made.tokens.insert(text("fingerprint"), Some(text("token")));
            }
            Self::RevokeToken(name) => drop(made.tokens.remove(name)),
            Self::AddCentral(name, password) | Self::SetPassword(name, password) => {
                made.centrals.insert(name.clone(), password.clone());
            }
            Self::RemoveCentral(name) => drop(made.centrals.remove(name)),
            Self::WriteSection(text) => made.text = Some(text.clone()),
        }
    }
}

/// The section one changer has to itself, and a text in it.
fn section(number: u64) -> &'static str {
    ["north.mqtt", "north.rest"][usize::try_from(number).unwrap()]
}

fn field(number: u64) -> &'static str {
    ["client_id", "public_url"][usize::try_from(number).unwrap()]
}
