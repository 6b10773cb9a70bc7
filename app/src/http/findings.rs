//! Findings of the domain as problems of a request.
//!
//! Does NOT find anything.

use super::problem::{FieldError, Problem};
use loom_domain::config_schema::{Finding, Problem as Odd};

/// 400 with one entry per finding.
pub(crate) fn refuse(findings: &[Finding]) -> Problem {
    let words: Vec<String> = findings.iter().take(5).map(ToString::to_string).collect();
    let more = findings.len().saturating_sub(words.len());
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Problem::not_valid(format!("{}{more}", words.join("; ")), findings.iter().map(field).collect())
}

fn field(finding: &Finding) -> FieldError {
    let bound = |number: i128| i64::try_from(number).ok();
    let (min, max) = match finding.problem {
        Odd::OutOfRange { min, max } => (bound(min), bound(max)),
        _ => (None, None),
    };
    FieldError { field: finding.path.clone(), reason: finding.to_string(), min, max }
}
