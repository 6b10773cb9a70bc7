//! Archives as Go daemons write them, built byte by byte: members, manifest, pax headers, tar, gzip.
//!
//! Does NOT seal them (`sealed_container`) and does NOT use a line of the program under test.

use crate::contents::hash;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const TAKEN_AT: &str = "2026-06-08T12:00:00Z";

/// An archive to be built. Wrong archives are built by the same means as right ones.
#[derive(Debug, Clone)]
pub struct UpstreamArchive {
    members: Vec<(String, Vec<u8>)>,
    hashes: Vec<(String, String)>,
    schema_version: Option<i64>,
    created_at: String,
}

impl Default for UpstreamArchive {
    fn default() -> Self {
        Self {
            members: Vec::new(),
            hashes: Vec::new(),
            schema_version: Some(45),
            created_at: TAKEN_AT.to_owned(),
        }
    }
}

impl UpstreamArchive {
    /// An archive of one database, `state/openccu-loom.db`.
    pub fn of_database(bytes: &[u8]) -> Self {
        Self::default().member("state/openccu-loom.db", bytes)
    }

    /// Adds a file and lists its hash.
    #[must_use]
    pub fn member(mut self, name: &str, bytes: &[u8]) -> Self {
        self.hashes.push((name.to_owned(), hash(bytes)));
        self.unlisted(name, bytes)
    }

    /// Adds a file the manifest does not know.
    #[must_use]
    pub fn unlisted(mut self, name: &str, bytes: &[u8]) -> Self {
        self.members.push((name.to_owned(), bytes.to_vec()));
        self
    }

    /// Lists another hash for `name` than that of its bytes.
    #[must_use]
    pub fn with_wrong_hash(mut self, name: &str) -> Self {
        for (_, listed) in self.hashes.iter_mut().filter(|(listed, _)| listed == name) {
            *listed = hash(b"something else");
        }
        self
    }

    /// Stamps another schema version.
    #[must_use]
    pub fn with_schema_version(self, version: i64) -> Self {
        Self { schema_version: Some(version), ..self }
    }

    /// Stamps another time; RFC 3339.
    #[must_use]
    pub fn taken_at(self, created_at: &str) -> Self {
        Self { created_at: created_at.to_owned(), ..self }
    }

    /// The manifest, pretty printed as Go's encoder does.
    pub fn manifest(&self) -> Vec<u8> {
        let hashes: serde_json::Map<_, _> =
            self.hashes.iter().map(|(name, hash)| (name.clone(), hash.clone().into())).collect();
        let versions = match self.schema_version {
            Some(version) => serde_json::json!({ "openccu-loom.db": version }),
            None => serde_json::json!({}),
        };
        let manifest = serde_json::json!({
            "daemon_version": "0.63.0",
            "schema_versions": versions,
            "created_at": self.created_at,
            "sha256": hashes,
        });
        serde_json::to_vec_pretty(&manifest).unwrap()
    }

    /// The gzipped tar, manifest last.
    pub fn tar_gz(&self) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, bytes) in &self.members {
            append(&mut tar, name, bytes);
        }
        append(&mut tar, "manifest.json", &self.manifest());
        tar.extend([0; 1024]);
        gzip(&tar)
    }
}

/// One ordinary gzip member.
pub fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// Appends one regular file, 0600. A name that is not ASCII or too long gets a pax header, as Go writes it.
pub fn append(tar: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    if !name.is_ascii() || name.len() > 100 {
        let record = pax_record("path", name);
        block(tar, b"PaxHeaders.0/member", b'x', record.as_bytes());
    }
    let plain: Vec<u8> = name.bytes().filter(u8::is_ascii).take(100).collect();
    block(tar, &plain, b'0', bytes);
}

/// `<length> <key>=<value>\n`, where the length counts its own digits too.
fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while format!("{length}{rest}").len() != length {
        length = format!("{length}{rest}").len();
    }
    format!("{length}{rest}")
}

/// A ustar header and the content, padded to 512 bytes.
fn block(tar: &mut Vec<u8>, name: &[u8], kind: u8, content: &[u8]) {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
    put(0, name);
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"15057777600\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar.extend(header);
    tar.extend(content);
    tar.resize(tar.len().next_multiple_of(512), 0);
}
