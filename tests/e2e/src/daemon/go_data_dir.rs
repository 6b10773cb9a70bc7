//! The data dir of a Go daemon, in a folder to run daemons in.
//!
//! Does NOT run a Go daemon: tables and rows are those of `fixtures/go-daemon`.

use super::DaemonFolder;
use crate::contents::hash;
use crate::data_dir::sqlite;
use crate::docs::document;
use crate::sealing::{key_file, seal, write_key_file};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Its master key.
pub const KEY: [u8; 32] = [42; 32];
/// The admin's password as it is stored; a published test vector of bcrypt.
pub const HASH: &str = "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC";
/// The admin's password.
pub const PASSWORD: &str = "abcdefghijklmnopqrstuvwxyz";
/// A token of the admin.
pub const TOKEN: &str = "a token the Go daemon made";

/// What a Go daemon leaves: rows in every table, secrets that open, an admin, a token, a session that goes on. `changes` is
/// SQL that is run at the end.
pub fn go_data_dir(changes: &str) -> DaemonFolder {
    let folder = DaemonFolder::default();
    let data = folder.data();
    fs::create_dir_all(data.join("certs")).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    sqlite(&folder.database(), &document("fixtures/go-daemon/schema-45.sql"));
    sqlite(&folder.database(), &document("fixtures/go-daemon/rows.sql"));
    let (central, mqtt) = (seal(KEY, "central secret"), seal(KEY, "mqtt secret"));
    let digest = hash(TOKEN.as_bytes());
    let (fingerprint, _) = digest.split_at(12);
    let rows = format!(
        "UPDATE users SET password_hash = '{HASH}' WHERE subject = 'Änne';
         UPDATE centrals SET password_plain = '{central}' WHERE name = 'haus';
         UPDATE config_sections SET value_json = '{{\"password\":\"{mqtt}\"}}' WHERE section = 'north.mqtt';
         UPDATE auth_sessions SET expires_unix = 4000000000;
         INSERT INTO tokens VALUES ('{fingerprint}', '{digest}', 'Änne', 'admin', '2026-06-08 10:00:00', NULL, NULL);
         {changes}
         PRAGMA wal_checkpoint(TRUNCATE);"
    );
    sqlite(&folder.database(), &rows);
    write_key_file(&data.join("secret.key"), key_file(KEY));
    fs::write(data.join("certs/leaf.pem"), "-- leaf --\n").unwrap();
    folder
}
