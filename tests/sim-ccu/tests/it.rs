//! The simulated central, spoken to by clients that share no code with it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "it/backup.rs"]
mod backup;
#[path = "it/binary.rs"]
mod binary;
#[path = "it/browser.rs"]
mod browser;
#[path = "it/json.rs"]
mod json;
#[path = "it/power.rs"]
mod power;
#[path = "it/program.rs"]
mod program;
#[path = "it/restore.rs"]
mod restore;
#[cfg(feature = "tls")]
#[path = "it/tls.rs"]
mod tls;
#[path = "it/xml.rs"]
mod xml;
