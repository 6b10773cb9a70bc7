//! A batch of configuration changes: several sections and centrals that change at one instant.
//!
//! Does NOT validate settings and does NOT decide what a first run seeds.

use crate::central::{Central, CentralName};
use crate::config_section::SectionWrite;
use jiff::Timestamp;

/// What changes together: an import, a first-run seeding, or the settings of one form.
///
/// Removals come before writes and puts. [`ConfigBatch::default`] changes nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfigBatch {
    /// Sections to write, in this order.
    pub sections: Vec<SectionWrite>,
    /// Names of sections to remove; those that are gone are passed over.
    pub removed_sections: Vec<String>,
    /// Centrals to insert or replace, each as a whole.
    pub centrals: Vec<Central>,
    /// Centrals to remove; those that are gone are passed over.
    pub removed_centrals: Vec<CentralName>,
    /// Marks the state as seeded by a first run. The first mark stays.
    pub seeded_at: Option<Timestamp>,
}
