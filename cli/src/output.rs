//! Output: results on standard output, notes and errors on standard error.
//!
//! The only place that prints. Does NOT decide what is said. A reader that went away is no error of ours.

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a result could not be written although somebody reads.
static LOST: AtomicBool = AtomicBool::new(false);

/// One result, as text.
pub(crate) fn text(line: &str) {
    script(&printable(line));
}

/// A result of our own making, as it is.
pub(crate) fn script(lines: &str) {
    if let Err(error) = writeln!(std::io::stdout().lock(), "{lines}") {
        lost(&error);
    }
}

fn lost(error: &std::io::Error) {
    if error.kind() != std::io::ErrorKind::BrokenPipe && !LOST.swap(true, Ordering::Relaxed) {
        let _ = writeln!(std::io::stderr().lock(), "error: standard output cannot be written: {error}");
    }
}

/// A result that is no text, as it is.
pub(crate) fn bytes(result: &[u8]) {
    let mut stdout = std::io::stdout().lock();
    if let Err(error) = stdout.write_all(result).and_then(|()| stdout.flush()) {
        lost(&error);
    }
}

/// Whether a result was lost because standard output could not be written.
pub(crate) fn was_lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// One result, as a single line of JSON.
pub(crate) fn json(value: &Value) {
    script(&json_line(value));
}

/// A single line of JSON without anything a terminal acts on: of that, JSON itself lets DEL and the C1 characters stand.
pub(crate) fn json_line(value: &Value) -> String {
    escaped(&value.to_string(), |c| format!("\\u{:04x}", u32::from(c))).into_owned()
}

/// Something the operator should know.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "note: {}", printable(line));
}

/// Something the operator should act on.
pub(crate) fn warning(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "warning: {}", printable(line));
}

/// A question on the terminal; the answer is typed behind it.
pub(crate) fn question(words: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "{}", printable(words)).and_then(|()| stderr.flush());
}

/// Why the run failed; with `--json` also as a line of JSON.
pub(crate) fn failure(failure: &Failure, code: ExitCode, as_json: bool) {
    let words = failure.words();
    let _ = writeln!(std::io::stderr().lock(), "error: {}", printable(&words));
    if as_json {
        json(&json!({ "error": words, "exit_code": code.number() }));
    }
}

/// The text without anything a terminal acts on: names and words out of an archive are a stranger's. Line ends stay.
fn printable(line: &str) -> Cow<'_, str> {
    escaped(line, |c| c.escape_default().to_string())
}

fn escaped(line: &str, escape: impl Fn(char) -> String) -> Cow<'_, str> {
    let acts = |c: char| c.is_control() && c != '\n';
    if !line.contains(acts) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(line.chars().map(|c| if acts(c) { escape(c) } else { c.to_string() }).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_on_is_shown_escaped() {
        assert_eq!(printable("a\u{1b}]0;x\u{7}\nb\u{9b}2J"), "a\\u{1b}]0;x\\u{7}\nb\\u{9b}2J");
        assert!(matches!(printable("Küche\nFlur"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_without_what_a_terminal_acts_on_is_the_same_json() {
        let value = json!({ "a\u{7f}b": ["\u{85}", "\u{1b}[2J\n", "Küche \\u{7f}"] });
        let line = json_line(&value);
        assert!(!line.contains(char::is_control), "{line:?}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
    }
}
