//! The journal of a switch: that one was begun, from which key to which, and where the new one goes. JSON without secrets.
//!
//! Does NOT say how far the switch came: every step of it can be done again.

use super::files::{publish, remove};
use crate::key_text;
use loom_domain::ports::{KeyError, KeySource, KeyTarget, OldKeyFate, PendingSwitch, SwitchOrder};
use loom_domain::secret::KeyFingerprint;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Most bytes of a journal. One has some two hundred.
const MAX_BYTES: u16 = 4096;
const VERSION: u64 = 1;
const NAME: &str = ".loom-key-switch.json";

/// The journal of one data dir.
pub(super) struct Journal<'a> {
    pub(super) folder: &'a Path,
}

impl Journal<'_> {
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    /// Whether there is one, readable or not.
    pub(super) fn exists(&self) -> bool {
        self.path().symlink_metadata().is_ok()
    }

    /// Writes it, unless there is one: `AlreadyExists`. It is durable once the folder is synced.
    pub(super) fn write(&self, pending: &PendingSwitch) -> io::Result<()> {
        let PendingSwitch { order, to } = pending;
        let document = json!({
            "version": VERSION,
            "from": order.from.as_str(),
            "to": to.as_str(),
            "target": order.target.as_str(),
            "old": match order.old {
                OldKeyFate::Kept => "kept",
                OldKeyFate::Copied => "copied",
                OldKeyFate::Removed => "removed",
            },
            "begun_at": order.begun_at.to_string(),
        });
        publish(self.folder, NAME, format!("{document:#}\n").as_bytes())
    }

    /// The switch it tells of; `None` if there is no journal. One that cannot be read is an error: it was written whole.
    pub(super) fn read(&self) -> Result<Option<PendingSwitch>, KeyError> {
        let path = self.path();
        let unreadable = |cause: io::Error| KeyError::Unreadable {
            origin: KeySource::File(path.display().to_string()),
            cause: cause.into(),
        };
        let bytes = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.and_then(|file| key_text::read(file, MAX_BYTES)).map_err(unreadable)?,
        };
        let read = serde_json::from_slice(&bytes).ok().as_ref().and_then(of_document);
        let strange =
            || unreadable(io::Error::new(ErrorKind::InvalidData, "it is no journal of a change of the key"));
        read.map(Some).ok_or_else(strange)
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        remove(&self.path())
    }
}

fn of_document(document: &Value) -> Option<PendingSwitch> {
    let text = |key: &str| document[key].as_str();
    let order = SwitchOrder {
        from: KeyFingerprint::parse(text("from")?)?,
        target: KeyTarget::parse(text("target")?)?,
        old: match text("old")? {
            "kept" => OldKeyFate::Kept,
            "copied" => OldKeyFate::Copied,
            "removed" => OldKeyFate::Removed,
            _ => return None,
        },
        begun_at: text("begun_at")?.parse().ok()?,
    };
    let known = document["version"].as_u64() == Some(VERSION);
    known.then_some(PendingSwitch { order, to: KeyFingerprint::parse(text("to")?)? })
}
