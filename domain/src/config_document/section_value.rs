//! The value of one section in a document: which leaves are secret, and what does not belong into it.
//!
//! Does NOT check values (`config_schema`).

use crate::config_schema::nested::{find, take};
use crate::config_schema::{Home, SECTIONS, section_of, settings};
use crate::secret::classify::{LeafKind, SECRET_LEAVES, SecretLeaf};
use serde_json::Value;

/// The secret leaves a stored section of this name may have.
///
/// Maps of secrets are none of them: accounts are never kept in a section, and [`strip`] takes them out.
pub(crate) fn secret_leaves(section: &str) -> impl Iterator<Item = &'static SecretLeaf> {
    SECRET_LEAVES.iter().filter(move |leaf| leaf.section == section && leaf.kind != LeafKind::TextMap)
}

/// Takes out of a section what is never kept in it: other sections nested in it, the bind address, accounts. Gives the
/// full paths of what was there.
pub(crate) fn strip(section: &str, value: &mut Value) -> Vec<&'static str> {
    let fields = settings()
        .filter(|field| field.home != Home::Section && section_of(field.path) == Some(section))
        .map(|field| field.path);
    let nested = SECTIONS.iter().map(|section| section.name);
    let mut taken = Vec::new();
    for path in fields.chain(nested) {
        let inner = path.strip_prefix(section).and_then(|inner| inner.strip_prefix('.'));
        if let Some(inner) = inner.filter(|inner| find(value, inner).is_some()) {
            take(value, inner);
            taken.push(path);
        }
    }
    taken
}
