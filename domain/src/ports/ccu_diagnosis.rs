//! The diagnosis role of a central: what works on the way to it and what does not.
//!
//! Does NOT mend anything, and changes nothing on the central.

use async_trait::async_trait;

/// Tries every way to a central. Driven port; adapters: `homematic`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::ccu_gateway`)
/// - A diagnosis always ends with findings, however sick the central is, and each that is not fine says what to do.
#[async_trait]
pub trait CcuDiagnosis: Send + Sync {
    /// Tries everything, one after another, and never longer than a minute or two.
    async fn diagnose(&self) -> Vec<CcuFinding>;
}

/// What one attempt showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CcuFinding {
    /// What was tried, in words: `web pages on port 80`.
    pub subject: String,
    /// How it went.
    pub outcome: CcuFindingOutcome,
    /// What was seen, in words.
    pub detail: String,
    /// What to do about it; always there unless it is fine or was skipped.
    pub hint: Option<String>,
}

/// How one attempt went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CcuFindingOutcome {
    /// It works.
    Fine,
    /// It works, but something should be looked at.
    Odd,
    /// It does not work.
    Broken,
    /// It was not tried, because something it needs does not work or is not configured.
    Skipped,
}
