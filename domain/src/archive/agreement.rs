//! Agreement: does what was found in an archive agree with its manifest?
//!
//! Does NOT read archives or databases; it compares two accounts of one archive.

use super::{DatabaseFacts, Manifest, MemberPath};
use std::collections::BTreeMap;

/// One file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hex digits.
    pub sha256: String,
}

/// One point on which archive and manifest disagree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Disagreement {
    /// Listed, not found.
    #[error("member `{0}` is listed in the manifest but missing")]
    Missing(MemberPath),
    /// Found, not listed.
    #[error("member `{0}` is not listed in the manifest")]
    Unlisted(MemberPath),
    /// Found with another size.
    #[error("member `{member}` has {found} bytes, the manifest says {listed}")]
    Size {
        /// The member.
        member: MemberPath,
        /// Bytes found.
        found: u64,
        /// Bytes listed.
        listed: u64,
    },
    /// Found with another hash.
    #[error("sha256 mismatch: member `{0}` is not what the manifest says")]
    Hash(MemberPath),
    /// The main database is not there at all.
    #[error("the archive holds no `state/openccu-loom.db`")]
    NoMainDatabase,
    /// A database says something else of itself than the manifest does.
    #[error("database `{member}` differs from the manifest: {what}")]
    Facts {
        /// The member.
        member: MemberPath,
        /// What differs.
        what: String,
    },
}

/// Every disagreement about files, in the order of their names.
pub fn compare_files(manifest: &Manifest, found: &BTreeMap<MemberPath, FoundFile>) -> Vec<Disagreement> {
    let mut points = Vec::new();
    for (path, listed) in &manifest.files {
        let Some(file) = found.get(path) else {
            points.push(Disagreement::Missing(path.clone()));
            continue;
        };
        match listed.bytes {
            Some(bytes) if bytes != file.bytes => {
                points.push(Disagreement::Size { member: path.clone(), found: file.bytes, listed: bytes })
            }
            _ if listed.sha256 != file.sha256 => points.push(Disagreement::Hash(path.clone())),
            _ => {}
        }
    }
    let unlisted = found.keys().filter(|path| !manifest.files.contains_key(path));
    points.extend(unlisted.cloned().map(Disagreement::Unlisted));
    if !found.keys().any(|path| path.as_str() == "state/openccu-loom.db") {
        points.push(Disagreement::NoMainDatabase);
    }
    points
}

/// The disagreement about one database, if there is one. A database the manifest does not describe agrees.
pub fn compare_database(
    manifest: &Manifest,
    member: &MemberPath,
    found: &DatabaseFacts,
) -> Option<Disagreement> {
    let listed = &manifest.databases.iter().find(|database| database.member == *member)?.facts;
    let differs = |what: String| Some(Disagreement::Facts { member: member.clone(), what });
    if (listed.lineage, listed.schema_version) != (found.lineage, found.schema_version) {
        return differs(format!(
            "schema {} {:?} is listed, {} {:?} was found",
            listed.lineage.as_str(),
            listed.schema_version,
            found.lineage.as_str(),
            found.schema_version
        ));
    }
    let names = listed.tables.keys().chain(found.tables.keys());
    let name = names.into_iter().find(|name| listed.tables.get(*name) != found.tables.get(*name))?;
    let rows = |facts: &DatabaseFacts| match facts.tables.get(name) {
        Some(rows) => format!("{rows} rows"),
        None => "no such table".to_owned(),
    };
    differs(format!("table `{name}`: {} listed, {} found", rows(listed), rows(found)))
}

#[cfg(test)]
mod tests;
