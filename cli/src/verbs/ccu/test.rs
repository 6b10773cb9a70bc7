//! `ccu test`: every way to a central, tried by the daemon.
//!
//! Does NOT try anything itself: what counts is the way from the daemon.

use super::Asked;
use crate::args::CcuTestArgs;
use crate::daemon_client::{Diagnosis, Finding};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use crate::terminal_progress::OfDaemon;
use serde_json::{Value, json};
use std::io::IsTerminal;

pub(super) async fn run(args: CcuTestArgs) -> Result<ExitCode, Failure> {
    let client = super::client(&args.daemon)?;
    let waiting = OfDaemon::waiting(args.daemon.json, &format!("trying every way to {}", args.name));
    let diagnosis = client.diagnose(&args.name).await;
    drop(waiting);
    let diagnosis = diagnosis.asked_to(|| format!("test the central `{}`", args.name))?;
    match args.daemon.json {
        true => output::json(&as_json(&diagnosis)),
        false => print(&diagnosis),
    }
    Ok(if diagnosis.works { ExitCode::Done } else { ExitCode::Central })
}

fn as_json(diagnosis: &Diagnosis) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "subject": finding.subject,
            "outcome": finding.outcome,
            "detail": finding.detail,
            "hint": finding.hint,
        })
    };
    json!({
        "name": diagnosis.name,
        "works": diagnosis.works,
        "findings": diagnosis.findings.iter().map(finding).collect::<Value>(),
    })
}

fn print(diagnosis: &Diagnosis) {
    let on_terminal = std::io::stdout().is_terminal();
    for finding in &diagnosis.findings {
        let mark = mark(&finding.outcome, on_terminal);
        output::text(&format!("{mark:<9}{}: {}", finding.subject, finding.detail));
        if let Some(hint) = &finding.hint {
            output::text(&format!("{:9}hint: {hint}", ""));
        }
    }
    let words = if diagnosis.works { "works" } else { "does NOT work" };
    output::text(&format!("{} {words}", diagnosis.name));
}

fn mark(outcome: &str, on_terminal: bool) -> &str {
    match (outcome, on_terminal) {
        ("fine", true) => "✓ fine",
        ("odd", true) => "! odd",
        ("broken", true) => "✗ BROKEN",
        ("skipped", true) => "- skipped",
        ("broken", false) => "BROKEN",
        (other, _) => other,
    }
}
