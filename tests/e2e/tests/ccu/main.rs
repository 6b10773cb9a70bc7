//! Stories of `openccu-loom ccu` with a scripted daemon: what is asked, what is said, with which exit code.
//!
//! Does NOT try it with a real daemon.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod asking;
mod backing_up;
mod centrals;
mod downloading;
mod fields;
mod restoring;
mod uploading;
mod verifying;

use loom_e2e::run::{Outcome, run};
use loom_e2e::scripted_daemon::{Answer, ScriptedDaemon};
use loom_e2e::story::Story;
use serde_json::{Value, json};

const TOKEN: &str = "loomtoken1234567890secret";
const SHA256_OF_HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// A folder, and a token for the daemon that no run may say.
fn story() -> Story {
    let mut story = Story::empty();
    story.set_secret("OPENCCU_LOOM_TOKEN", TOKEN);
    story
}

/// A CCU backup as a daemon tells it, with some fields in another way.
fn entry(other: &Value) -> Value {
    let mut entry = json!({
        "id": "ccu3-20261123-031500", "central": "ccu3", "bytes": 5, "created_at": "2026-11-23T03:15:00Z",
        "filename": "ccu3-3.87.6-2026-11-23-0415.sbk", "state": "completed", "sha256": SHA256_OF_HELLO,
        "available": true, "job": "0",
        "contents": {
            "firmware": "3.87.6", "key_index": 1, "devices": { "HmIP-RF": 12 }, "warnings": ["odd thing"],
        },
    });
    for (field, value) in other.as_object().unwrap() {
        entry[field] = value.clone();
    }
    entry
}

fn failed(kind: &str) -> Value {
    entry(&json!({
        "state": "failed", "failure": kind, "reason": "it went wrong", "hint": "mend it", "available": false,
    }))
}

#[track_caller]
fn ccu(story: &Story, daemon: &ScriptedDaemon, words: &str) -> Outcome {
    story.run(&format!("ccu {words} --url {}", daemon.url()))
}
