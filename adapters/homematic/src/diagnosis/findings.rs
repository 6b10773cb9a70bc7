//! Makes findings: each that is not fine and was not skipped has a hint. Does NOT try anything.

use loom_domain::ports::{CcuFinding, CcuFindingOutcome};
use loom_domain::words::reason_and_hint;
use std::fmt::Display;

/// It works.
pub(super) fn fine(subject: impl Into<String>, detail: impl Into<String>) -> CcuFinding {
    let outcome = CcuFindingOutcome::Fine;
    CcuFinding { subject: subject.into(), outcome, detail: detail.into(), hint: None }
}

/// It works, but.
pub(super) fn odd(subject: impl Into<String>, detail: impl Into<String>, hint: &str) -> CcuFinding {
    CcuFinding { outcome: CcuFindingOutcome::Odd, ..broken(subject, detail, hint) }
}

/// It does not work.
pub(super) fn broken(subject: impl Into<String>, detail: impl Into<String>, hint: &str) -> CcuFinding {
    let outcome = CcuFindingOutcome::Broken;
    CcuFinding { subject: subject.into(), outcome, detail: detail.into(), hint: Some(hint.to_owned()) }
}

/// It was not tried.
pub(super) fn skipped(subject: impl Into<String>, detail: impl Into<String>) -> CcuFinding {
    CcuFinding { outcome: CcuFindingOutcome::Skipped, ..fine(subject, detail) }
}

/// It does not work, as `error` says; `hint` serves if the error has none of its own.
pub(super) fn about(subject: impl Into<String>, error: &impl Display, hint: &str) -> CcuFinding {
    let (detail, own) = reason_and_hint(error);
    broken(subject, detail, own.as_deref().unwrap_or(hint))
}

pub(super) fn is_fine(finding: &CcuFinding) -> bool {
    finding.outcome == CcuFindingOutcome::Fine
}

pub(super) fn is_broken(finding: &CcuFinding) -> bool {
    finding.outcome == CcuFindingOutcome::Broken
}
