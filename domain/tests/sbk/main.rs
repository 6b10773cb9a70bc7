//! The judge of CCU backups before good ones and bad ones.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests, their shared parts included")]

mod beginnings;
mod chunks;
mod court;
mod cuts;
mod damages;
mod firmware_versions;
mod flipped_bits;
mod good;
mod hostile;
mod inner_damages;
mod tar_forms;
