//! The manifest's JSON form. The shapes here are disk format: fields are added, never renamed or removed.
//!
//! Does NOT judge the manifest beyond being well formed and free of contradictions.

use super::{
    BadManifest, FormatVersion, LeftOut, ListedDatabase, ListedFile, ListedKey, Manifest, UnopenedValues,
};
use crate::archive::layout::{MAIN_DATABASE, STATE_FOLDER};
use crate::archive::{DatabaseFacts, MemberPath, SchemaLineage};
use crate::secret::{KeyFingerprint, Wrapper};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
struct Document {
    #[serde(default)]
    daemon_version: String,
    #[serde(default)]
    schema_versions: BTreeMap<String, i64>,
    created_at: String,
    #[serde(default)]
    sha256: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileDto>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    databases: Vec<DatabaseDto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    master_key: Option<KeyDto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_values: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unopened: Option<UnopenedDto>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOutDto>,
}

#[derive(Serialize, Deserialize)]
struct FileDto {
    path: String,
    bytes: u64,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct DatabaseDto {
    member: String,
    lineage: String,
    schema_version: Option<i64>,
    rows: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
struct KeyDto {
    fingerprint: String,
    inside: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrapped_by: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct UnopenedDto {
    values: u64,
    unnamed: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    other_keys: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct LeftOutDto {
    path: String,
    reason: String,
}

pub(super) fn write(manifest: &Manifest) -> Vec<u8> {
    let main = MemberPath::parse(MAIN_DATABASE.as_bytes()).map(|path| path.under(STATE_FOLDER)).ok();
    let main_version = manifest
        .databases
        .iter()
        .filter(|database| Some(&database.member) == main.as_ref())
        .find_map(|database| database.facts.schema_version);
    let document = Document {
        daemon_version: manifest.daemon_version.clone(),
        schema_versions: main_version
            .map(|version| (MAIN_DATABASE.to_owned(), version))
            .into_iter()
            .collect(),
        created_at: manifest.created_at.to_string(),
        sha256: manifest
            .files
            .iter()
            .map(|(path, file)| (path.as_str().to_owned(), file.sha256.clone()))
            .collect(),
        format_version: manifest.format.map(|v| format!("{}.{}", v.major, v.minor)),
        host: manifest.host.clone(),
        files: manifest
            .files
            .iter()
            .filter_map(|(path, file)| {
                let path = path.as_str().to_owned();
                file.bytes.map(|bytes| FileDto { path, bytes, sha256: file.sha256.clone() })
            })
            .collect(),
        databases: manifest
            .databases
            .iter()
            .map(|database| DatabaseDto {
                member: database.member.as_str().to_owned(),
                lineage: database.facts.lineage.as_str().to_owned(),
                schema_version: database.facts.schema_version,
                rows: database.facts.tables.clone(),
            })
            .collect(),
        master_key: manifest.master_key.as_ref().map(|key| KeyDto {
            fingerprint: key.fingerprint.as_str().to_owned(),
            inside: key.inside,
            wrapped_by: key.wrapped_by.map(|wrapper| wrapper.as_str().to_owned()),
        }),
        sealed_values: manifest.sealed_values,
        unopened: (manifest.unopened != UnopenedValues::default()).then(|| UnopenedDto {
            values: manifest.unopened.values,
            unnamed: manifest.unopened.unnamed,
            other_keys: manifest.unopened.other_keys.iter().map(ToString::to_string).collect(),
        }),
        left_out: manifest
            .left_out
            .iter()
            .map(|left| LeftOutDto { path: left.path.clone(), reason: left.reason.clone() })
            .collect(),
    };
    // A tree of strings and numbers always serialises; an empty vector would be refused by every reader.
    let mut bytes = serde_json::to_vec_pretty(&document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Result<Manifest, BadManifest> {
    let document: Document = serde_json::from_slice(bytes).map_err(malformed)?;
    let created_at: Timestamp =
        document.created_at.parse().map_err(|e| malformed(format!("`created_at`: {e}")))?;
    let format = document.format_version.as_deref().map(parse_format).transpose()?;
    if let Some(version) = format {
        version.check_readable()?;
    }
    let mut files = BTreeMap::new();
    for (path, sha256) in document.sha256 {
        files.insert(member(&path)?, ListedFile { bytes: None, sha256: digest(sha256)? });
    }
    if format.is_some() && document.files.len() != files.len() {
        return Err(malformed("`files` and `sha256` list different members"));
    }
    for file in document.files {
        let path = member(&file.path)?;
        match files.get_mut(&path) {
            Some(listed) if listed.sha256 == file.sha256 && listed.bytes.is_none() => {
                listed.bytes = Some(file.bytes);
            }
            _ => return Err(BadManifest::Contradiction(path)),
        }
    }
    let mut databases = Vec::new();
    for database in document.databases {
        let facts = DatabaseFacts {
            lineage: SchemaLineage::parse(&database.lineage),
            schema_version: database.schema_version,
            tables: database.rows,
        };
        databases.push(ListedDatabase { member: member(&database.member)?, facts });
    }
    if let Some(database) = databases.iter().find(|database| !files.contains_key(&database.member)) {
        return Err(BadManifest::Contradiction(database.member.clone()));
    }
    let master_key = document.master_key.map(|key| {
        let fingerprint = fingerprint("master_key.fingerprint", &key.fingerprint)?;
        // A wrapper of a later version is news, not a mistake.
        let wrapped_by =
            Wrapper::ALL.into_iter().find(|wrapper| Some(wrapper.as_str()) == key.wrapped_by.as_deref());
        Ok(ListedKey { fingerprint, inside: key.inside, wrapped_by })
    });
    let unopened = document.unopened.map(|unopened| {
        let other_keys = unopened.other_keys.iter().map(|key| fingerprint("unopened.other_keys", key));
        Ok(UnopenedValues {
            values: unopened.values,
            unnamed: unopened.unnamed,
            other_keys: other_keys.collect::<Result<_, _>>()?,
        })
    });
    Ok(Manifest {
        daemon_version: document.daemon_version,
        format,
        created_at,
        host: document.host,
        files,
        databases,
        master_key: master_key.transpose()?,
        sealed_values: document.sealed_values,
        unopened: unopened.transpose()?.unwrap_or_default(),
        left_out: document
            .left_out
            .into_iter()
            .map(|left| LeftOut { path: left.path, reason: left.reason })
            .collect(),
    })
}

fn parse_format(text: &str) -> Result<FormatVersion, BadManifest> {
    let parsed = text.split_once('.').and_then(|(major, minor)| {
        Some(FormatVersion { major: major.parse().ok()?, minor: minor.parse().ok()? })
    });
    parsed.ok_or_else(|| malformed("`format_version` is not `major.minor`"))
}

fn fingerprint(field: &str, hex: &str) -> Result<KeyFingerprint, BadManifest> {
    KeyFingerprint::parse(hex).ok_or_else(|| malformed(format!("`{field}` is not 16 hex digits")))
}

fn member(path: &str) -> Result<MemberPath, BadManifest> {
    MemberPath::parse(path.as_bytes()).map_err(malformed)
}

fn digest(text: String) -> Result<String, BadManifest> {
    let hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if hex { Ok(text.to_ascii_lowercase()) } else { Err(malformed("a `sha256` is not 64 hex digits")) }
}

fn malformed(reason: impl ToString) -> BadManifest {
    BadManifest::Malformed(reason.to_string())
}
