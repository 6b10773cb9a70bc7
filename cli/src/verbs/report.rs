//! The pieces of JSON and text several verbs report alike.
//!
//! Does NOT print. Field names here are a contract with scripts (`docs/cli-json.md`).

pub(super) use loom_app::archive_json::{
    format, hinted_key, listed_key, recipients, sealed_for, sealed_values as sealed, used_key,
};
use loom_domain::archive::{ArchiveLock, DatabaseFacts, Manifest, MemberPath, SealedTally};
use loom_domain::ports::ResolvedKey;
use loom_domain::restore_plan::schema_words;
use serde_json::{Value, json};

/// One database.
pub(super) fn database(member: &MemberPath, facts: &DatabaseFacts) -> Value {
    json!({
        "member": member.as_str(),
        "lineage": facts.lineage.as_str(),
        "schema_version": facts.schema_version,
        "rows": facts.tables,
    })
}

/// The databases a manifest describes.
pub(super) fn databases(manifest: &Manifest) -> Value {
    manifest.databases.iter().map(|listed| database(&listed.member, &listed.facts)).collect()
}

/// One database in words: `loom 100, 12 tables, 345 rows`.
pub(super) fn database_words(facts: &DatabaseFacts) -> String {
    let rows: u64 = facts.tables.values().sum();
    let schema = schema_words(facts.lineage, facts.schema_version);
    format!("schema {schema}, {} tables, {rows} rows", facts.tables.len())
}

/// For whom an archive is sealed, in a few words: `2 recipients`, `a passphrase`, `the master key`.
pub(super) fn sealed_for_words(lock: &ArchiveLock) -> String {
    match lock {
        ArchiveLock::Recipients { kinds, .. } if kinds.len() == 1 => "1 recipient".to_owned(),
        ArchiveLock::Recipients { kinds, .. } => format!("{} recipients", kinds.len()),
        other => other.to_string(),
    }
}

/// The same with all there is to tell, to be read after "sealed".
pub(super) fn sealed_how(lock: &ArchiveLock) -> String {
    match lock {
        ArchiveLock::Recipients { .. } => format!("for {lock}"),
        ArchiveLock::MasterKey | ArchiveLock::Passphrase => format!("with {lock}"),
    }
}

/// Sealed values in words.
pub(super) fn sealed_words(tally: &SealedTally, key: Option<&ResolvedKey>) -> String {
    match (tally.total, tally.unreadable, key) {
        (0, _, _) => "no sealed values".to_owned(),
        (total, 0, Some(key)) => {
            format!("{total} of {total} sealed values open with the key from {}", key.source)
        }
        (total, unreadable, Some(key)) => format!(
            "{unreadable} of {total} sealed values do not open with the key from {} ({}): {}",
            key.source,
            tally.unreadable_places.join(", "),
            tally.why_in_words().join("; ")
        ),
        (total, _, None) => {
            format!("{total} sealed values, and no master key at hand: {}", tally.why_in_words().join("; "))
        }
    }
}
