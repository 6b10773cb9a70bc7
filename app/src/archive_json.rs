//! The pieces of JSON that tell of archives, the same on the command line and over REST.
//!
//! Field names here are a contract with scripts (`docs/cli-json.md`). Does NOT print or answer.

use loom_domain::archive::{ArchiveFormat, ArchiveLock, Manifest, SealedTally};
use loom_domain::ports::{ArchiveKind, ResolvedKey};
use loom_domain::secret::{KeyFingerprint, Wrapper};
use loom_domain::usecases::seen_recipients;
use serde_json::{Value, json};

/// The key that a manifest names.
pub fn listed_key(manifest: &Manifest) -> Value {
    manifest.master_key.as_ref().map_or(Value::Null, |key| {
        json!({
            "fingerprint": key.fingerprint.as_str(),
            "inside": key.inside,
            "wrapped_by": key.wrapped_by.map(Wrapper::as_str),
            "proven": true,
        })
    })
}

/// The key that a closed archive names from outside: nobody knows whether that is true before it is opened.
pub fn hinted_key(lock: Option<&ArchiveLock>) -> Value {
    let Some(ArchiveLock::Recipients { hint, .. }) = lock else { return Value::Null };
    hint.master_key.fingerprint().map_or(
        Value::Null,
        |key| json!({ "fingerprint": key.as_str(), "inside": null, "wrapped_by": null, "proven": false }),
    )
}

/// The key that sealed values were tried with.
pub fn used_key(key: Option<&ResolvedKey>) -> Value {
    key.map_or(Value::Null, |resolved| {
        json!({ "fingerprint": resolved.key.fingerprint().as_str(), "source": resolved.source.to_string() })
    })
}

/// For whom an archive is sealed.
pub fn sealed_for(lock: Option<&ArchiveLock>) -> Value {
    lock.map_or(Value::Null, |lock| lock.as_str().into())
}

/// The recipients an archive is sealed for.
pub fn recipients(lock: Option<&ArchiveLock>) -> Value {
    let seen = lock.map(seen_recipients).unwrap_or_default().into_iter();
    seen.map(|seen| json!({ "kind": seen.kind, "fingerprint": seen.fingerprint })).collect()
}

/// How an archive is packed, as its contents say.
pub fn format(kind: ArchiveKind) -> &'static str {
    match kind {
        ArchiveKind::Loom | ArchiveKind::TarGz => ArchiveFormat::TarGz.as_str(),
        ArchiveKind::TarZst => ArchiveFormat::TarZst.as_str(),
        ArchiveKind::Zip => ArchiveFormat::Zip.as_str(),
    }
}

/// The sealed values of a state, as they were tried.
pub fn sealed_values(tally: &SealedTally) -> Value {
    let tables = tally.tables.iter().map(|(name, table)| {
        (name.clone(), json!({ "v1": table.v1, "v2": table.v2, "unreadable": table.unreadable }))
    });
    json!({
        "total": tally.total,
        "unreadable": tally.unreadable,
        "unreadable_places": tally.unreadable_places,
        "v1": tally.tables.values().map(|table| table.v1).sum::<u64>(),
        "v2": tally.tables.values().map(|table| table.v2).sum::<u64>(),
        "tables": tables.collect::<Value>(),
        "other_keys": tally.other_keys.iter().map(KeyFingerprint::as_str).collect::<Value>(),
    })
}
