//! Config sections: the settings that live in the state and not in `config.yaml`.
//!
//! Does NOT know the schema of a section; it names the sections there are and what is stored of one.

use jiff::Timestamp;
use serde_json::Value;

/// Names of the sections a daemon stores, in the order they are exported.
pub const SECTION_NAMES: [&str; 18] = [
    "locale",
    "north.mqtt",
    "north.matter",
    "north.mcp",
    "north.discovery",
    "north.webhook",
    "north.rest",
    "north.rest.auth.oidc",
    "north.rest.auth.ccu",
    "north.rest.auth.ha_ingress",
    "north.ui",
    "callback",
    "ccu_data",
    "reliability",
    "persistence",
    "alarm",
    "security",
    "backup",
];

/// The schema version every stored section carries today.
pub const SECTION_SCHEMA_VERSION: i32 = 1;

/// One stored section.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigSection {
    /// Its name, one of [`SECTION_NAMES`].
    pub name: String,
    /// The settings (a JSON object); secret leaves are sealed at rest.
    pub value: Value,
    /// Counts the writes, from 1. A writer names the version it read, so that no change is lost.
    pub version: i64,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// Who wrote it last.
    pub updated_by: String,
}

/// A write of one section.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionWrite {
    /// Name of the section.
    pub name: String,
    /// The whole new value.
    pub value: Value,
    /// What the writer saw.
    pub expected: ExpectedVersion,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// What a writer believes to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Write whatever is there.
    Any,
    /// Write only if no such section is stored.
    Absent,
    /// Write only over exactly this version.
    Exactly(i64),
}
