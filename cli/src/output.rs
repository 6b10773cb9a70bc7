//! Output: results on standard output, notes and errors on standard error.
//!
//! The only place that prints. Does NOT decide what is said. A reader that went away is no error of ours.

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use serde_json::{Value, json};
use std::io::Write;

/// One result, as text.
pub(crate) fn text(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// One result, as a single line of JSON.
pub(crate) fn json(value: &Value) {
    text(&value.to_string());
}

/// Something the operator should know.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "note: {line}");
}

/// Something the operator should act on.
pub(crate) fn warning(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "warning: {line}");
}

/// Why the run failed; with `--json` also as a line of JSON.
pub(crate) fn failure(failure: &Failure, code: ExitCode, as_json: bool) {
    let _ = writeln!(std::io::stderr().lock(), "error: {failure}");
    if as_json {
        json(&json!({ "error": failure.to_string(), "exit_code": code.number() }));
    }
}

/// `1.5 MiB`, and the like.
pub(crate) fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// Rows of cells under headings, columns aligned.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|heading| heading.len())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text(padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    line(&mut headings.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}
