//! The pieces of JSON and text several verbs report alike.
//!
//! Does NOT print. Field names here are a contract with scripts (`docs/cli-json.md`).

use loom_domain::archive::{DatabaseFacts, Manifest, MemberPath, SealedTally};
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

/// The key named by a manifest.
pub(super) fn listed_key(manifest: &Manifest) -> Value {
    manifest
        .master_key
        .as_ref()
        .map_or(Value::Null, |key| json!({ "fingerprint": key.fingerprint.as_str(), "inside": key.inside }))
}

/// The key sealed values were tried with.
pub(super) fn used_key(key: Option<&ResolvedKey>) -> Value {
    key.map_or(Value::Null, |resolved| {
        json!({ "fingerprint": resolved.key.fingerprint().as_str(), "source": resolved.source.to_string() })
    })
}

/// The sealed values.
pub(super) fn sealed(tally: &SealedTally) -> Value {
    json!({
        "total": tally.total,
        "unreadable": tally.unreadable,
        "unreadable_places": tally.unreadable_places,
    })
}

/// Sealed values in words.
pub(super) fn sealed_words(tally: &SealedTally, key: Option<&ResolvedKey>) -> String {
    match (tally.total, tally.unreadable, key) {
        (0, _, _) => "no sealed values".to_owned(),
        (total, 0, Some(key)) => {
            format!("{total} of {total} sealed values open with the key from {}", key.source)
        }
        (total, unreadable, Some(key)) => format!(
            "{unreadable} of {total} sealed values do not open with the key from {} ({})",
            key.source,
            tally.unreadable_places.join(", ")
        ),
        (total, _, None) => format!("{total} sealed values, and no master key at hand to open them"),
    }
}
