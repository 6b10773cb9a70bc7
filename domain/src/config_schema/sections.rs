//! The sections and what belongs to each: a path belongs to the longest section name that begins it.
//!
//! Does NOT store sections (`ports::config_sections`) and does NOT check values (`check`).

use super::nested::{find, put_at, take};
use super::{Home, settings};
use serde_json::{Map, Value, json};

/// A section.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Its name, one of [`SECTION_NAMES`](crate::config_section::SECTION_NAMES).
    pub name: &'static str,
    /// Whether this program knows all there can be in it.
    pub openness: Openness,
    /// What it is about.
    pub sentence: &'static str,
}

/// Whether a program knows all settings of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Openness {
    /// It does: a setting it does not know is a mistake.
    Closed,
    /// The section also keeps settings for other parts of the product: an unknown one is kept.
    Open,
}

const fn closed(name: &'static str, sentence: &'static str) -> Section {
    Section { name, openness: Openness::Closed, sentence }
}

const fn open(name: &'static str, sentence: &'static str) -> Section {
    Section { name, openness: Openness::Open, sentence }
}

/// Every section, in the order they are exported.
pub const SECTIONS: [Section; 18] = [
    closed("locale", "Language and look."),
    open("north.mqtt", "The MQTT bridge, a part this program does not have."),
    open("north.matter", "The Matter bridge, a part this program does not have."),
    open("north.mcp", "The MCP endpoint for language models, a part this program does not have."),
    open("north.discovery", "How the daemon makes itself known on the network, which this program does not."),
    open("north.webhook", "Webhooks out and in, a part this program does not have."),
    closed("north.rest", "The HTTP API."),
    closed(
        "north.rest.auth.oidc",
        "Login through an OpenID Connect provider, which this program does not offer.",
    ),
    closed("north.rest.auth.ccu", "Login with the accounts of a central, which this program does not offer."),
    closed(
        "north.rest.auth.ha_ingress",
        "Login through the ingress of Home Assistant, which this program does not offer.",
    ),
    open("north.ui", "The web pages."),
    closed("callback", "Where centrals deliver their events to."),
    open("ccu_data", "Texts and forms for devices, a part this program does not have."),
    open("reliability", "How patiently and how often centrals are spoken to."),
    closed("persistence", "Caches and the measurement history, parts this program does not have."),
    open("alarm", "The alarm panel, a part this program does not have."),
    closed("security", "How secrets are kept."),
    closed("backup", "Backups of centrals (`.sbk`)."),
];

/// The section of this name.
pub fn find_section(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.name == name)
}

/// The section a dotted path belongs to, whether there is such a setting or not.
pub fn section_of(path: &str) -> Option<&'static str> {
    let names = SECTIONS.iter().map(|section| section.name).filter(|name| is_within(path, name));
    names.max_by_key(|name| name.len())
}

/// Whether `path` is `prefix` or below it.
pub(super) fn is_within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Sections nested in this one.
pub(super) fn nested_in(section: &str) -> impl Iterator<Item = &'static str> {
    let names = SECTIONS.iter().map(|section| section.name);
    names.filter(move |name| *name != section && is_within(name, section))
}

/// Brings a section or document into the one shape the rest knows: `locale: de` means `locale: {locale: de}`.
pub fn normalize_document(mut document: Value) -> Value {
    if let Some(locale) = document.get_mut("locale") {
        *locale = normalize_section("locale", locale.take());
    }
    document
}

/// The same for the value of one section.
pub fn normalize_section(name: &str, value: Value) -> Value {
    match value {
        Value::String(text) if name == "locale" => json!({ "locale": text }),
        other => other,
    }
}

/// The sections a nested document holds, each as it would be stored: without nested sections, and without what is
/// never kept in a section. A section that is not in the document, or empty there, is left out.
pub fn split_sections(document: &Value) -> Vec<(&'static str, Value)> {
    let mut document = normalize_document(document.clone());
    for field in settings().filter(|field| field.home != Home::Section) {
        take(&mut document, field.path);
    }
    let mut sections = Vec::new();
    for Section { name, .. } in &SECTIONS {
        let Some(mut value) = find(&document, name).cloned() else { continue };
        for nested in nested_in(name) {
            let inner = nested.strip_prefix(name).and_then(|inner| inner.strip_prefix('.'));
            inner.map(|inner| take(&mut value, inner));
        }
        if value.as_object().is_some_and(|value| !value.is_empty()) {
            sections.push((*name, value));
        }
    }
    sections
}

/// One nested document out of sections: the reverse of [`split_sections`], in any order.
pub fn join_sections<'a>(sections: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Value {
    let mut sections: Vec<_> = sections.into_iter().collect();
    // The outer section first: a nested one is put into it.
    sections.sort_by_key(|(name, _)| name.len());
    let mut document = Value::Object(Map::new());
    for (name, value) in sections {
        put_at(&mut document, name, normalize_section(name, value.clone()));
    }
    document
}

#[cfg(test)]
mod tests;
