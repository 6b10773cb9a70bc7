//! Archives as somebody who means harm would write them: raw tar headers, any name, any number.
//!
//! Each begins with a good main database, so that only the one hostile thing is wrong. Does NOT judge anything.

use flate2::Compression;
use flate2::write::GzEncoder;
use loom_e2e::contents::hash;
use loom_e2e::data_dir::sqlite;
use std::io::Write;
use std::sync::OnceLock;
use tar::{EntryType, Header};

pub(crate) const DATABASE: &[u8] = b"state/openccu-loom.db";

/// An archive to be forged.
#[derive(Clone, Default)]
pub(crate) struct Forgery {
    tar: Vec<u8>,
    hashes: serde_json::Map<String, serde_json::Value>,
}

impl Forgery {
    /// Nothing in it yet.
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    /// One good database in it.
    pub(crate) fn with_database() -> Self {
        Self::empty().file(DATABASE, good_database())
    }

    /// A file that is listed if its name is text.
    pub(crate) fn file(mut self, name: &[u8], content: &[u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(name) {
            self.hashes.insert(text.to_owned(), hash(content).into());
        }
        self.unlisted(name, content)
    }

    /// A file the manifest does not name.
    pub(crate) fn unlisted(self, name: &[u8], content: &[u8]) -> Self {
        self.entry(EntryType::Regular, name, content)
    }

    /// An entry of any kind; a name over 100 bytes gets a GNU long name.
    pub(crate) fn entry(mut self, kind: EntryType, name: &[u8], content: &[u8]) -> Self {
        if name.len() > 100 {
            self = self.entry(EntryType::GNULongName, b"././@LongLink", &[name, b"\0"].concat());
        }
        self.header(kind, name, content.len() as u64).bytes(content)
    }

    /// A link of either kind.
    pub(crate) fn link(mut self, kind: EntryType, name: &[u8], target: &str) -> Self {
        let mut header = header(kind, name, 0);
        header.set_link_name(target).unwrap();
        header.set_cksum();
        self.tar.extend(header.as_bytes());
        self
    }

    /// A pax header for the entry to come.
    pub(crate) fn pax(self, key: &str, value: &[u8]) -> Self {
        let rest = [b" ", key.as_bytes(), b"=", value, b"\n"].concat();
        let digits = (1..9).find(|digits| (digits + rest.len()).to_string().len() == *digits).unwrap();
        let record = [(digits + rest.len()).to_string().as_bytes(), &rest].concat();
        self.entry(EntryType::XHeader, b"PaxHeaders/x", &record)
    }

    /// A header alone, announcing any size.
    pub(crate) fn header(mut self, kind: EntryType, name: &[u8], size: u64) -> Self {
        self.tar.extend(header(kind, name, size).as_bytes());
        self
    }

    /// The manifest that belongs here, with `change` made to it.
    pub(crate) fn manifest(self, change: impl FnOnce(&mut serde_json::Value)) -> Self {
        let mut manifest = serde_json::json!({
            "daemon_version": "0.63.0",
            "schema_versions": { "openccu-loom.db": 45 },
            "created_at": "2026-06-08T12:00:00Z",
            "sha256": self.hashes,
        });
        change(&mut manifest);
        let bytes = serde_json::to_vec(&manifest).unwrap();
        self.unlisted(b"manifest.json", &bytes)
    }

    /// With the manifest that belongs here, as a gzip file.
    pub(crate) fn sealed_off(self) -> Vec<u8> {
        self.manifest(|_| {}).gzipped()
    }

    /// As it is, with an end mark, as a gzip file.
    pub(crate) fn gzipped(mut self) -> Vec<u8> {
        self.tar.extend([0; 1024]);
        gzip(|encoder| encoder.write_all(&self.tar).unwrap())
    }

    /// Raw bytes, padded to a whole number of blocks.
    pub(crate) fn bytes(mut self, content: &[u8]) -> Self {
        self.tar.extend(content);
        self.tar.resize(self.tar.len().next_multiple_of(512), 0);
        self
    }

    /// The stream so far.
    pub(crate) fn tar(self) -> Vec<u8> {
        self.tar
    }
}

/// What `write` writes, as one gzip member.
pub(crate) fn gzip(write: impl FnOnce(&mut GzEncoder<Vec<u8>>)) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    write(&mut encoder);
    encoder.finish().unwrap()
}

/// A small main database of a Go daemon.
pub(crate) fn good_database() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made.db");
        sqlite(
            &path,
            "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id INTEGER, is_applied INTEGER);
             INSERT INTO goose_db_version VALUES (1, 45, 1);
             CREATE TABLE users (subject TEXT PRIMARY KEY, role TEXT);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO users SELECT 'user' || i, 'viewer' FROM n;
             CREATE INDEX users_role ON users (role, subject);",
        );
        std::fs::read(path).unwrap()
    })
}

/// A GNU header; the name is cut to what fits.
fn header(kind: EntryType, name: &[u8], size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o600);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1_780_000_000);
    header.set_size(size);
    let fits = name.len().min(100);
    header.as_old_mut().name[..fits].copy_from_slice(&name[..fits]);
    header.set_cksum();
    header
}
