//! The sheet as plain text, 80 columns wide. Does NOT choose words.

use super::qr::{QUIET, Squares};
use super::sheet::{Block, Sheet};
use std::fmt::Write;
use zeroize::Zeroizing;

const COLUMNS: usize = 80;
/// More than any sheet has, so that no copy of it is left behind where a buffer grew.
const ROOM: usize = 64 << 10;

pub(super) fn render(sheet: &Sheet) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(String::with_capacity(ROOM));
    let title = &sheet.title;
    line(&mut text, title);
    line(&mut text, &"=".repeat(title.chars().count()));
    let mut code_is_due = true;
    for block in &sheet.blocks {
        if code_is_due && matches!(block, Block::Heading(_)) {
            code(&mut text, sheet);
            code_is_due = false;
        }
        put(&mut text, block);
    }
    Zeroizing::new(std::mem::take(&mut *text).into_bytes())
}

fn put(text: &mut String, block: &Block) {
    match block {
        Block::Paragraph(words) => {
            line(text, "");
            wrapped(text, words, "");
        }
        Block::Warning(words) => {
            line(text, "");
            wrapped(text, words, "!! ");
        }
        Block::Heading(words) => {
            line(text, "");
            line(text, words);
            line(text, &"-".repeat(words.chars().count()));
        }
        Block::Fact(label, words) => {
            line(text, "");
            line(text, &format!("{label}:"));
            wrapped(text, words, "  ");
        }
        Block::Secret(label, secret) => {
            line(text, "");
            line(text, &format!("{label}:"));
            line(text, "");
            text.push_str("  ");
            line(text, secret);
        }
        Block::Command(purpose, command) => {
            line(text, "");
            wrapped(text, purpose, "");
            line(text, &format!("    {command}"));
        }
        Block::Program(program) => {
            line(text, "");
            program.lines().for_each(|typed| line(text, format!("    {typed}").trim_end()));
        }
        Block::Blank(label) => {
            line(text, "");
            let used = label.chars().count() + 2;
            line(text, &format!("{label}: {}", "_".repeat(COLUMNS.saturating_sub(used))));
        }
        Block::Ruled(lines) => {
            for _ in 0..*lines {
                line(text, "");
                line(text, &"_".repeat(COLUMNS));
            }
        }
        // Printers begin a page there, terminals show nothing.
        Block::NextPage => text.push('\u{c}'),
    }
}

/// Two rows of modules in one line of half blocks. Dark on light, as on paper; most readers take the reverse too.
fn code(text: &mut String, sheet: &Sheet) {
    let Some(squares) = Squares::of(&sheet.code) else { return };
    line(text, "");
    let all = squares.width + 2 * QUIET;
    let is_dark = |row: usize, column: usize| {
        row >= QUIET && column >= QUIET && squares.is_dark(row - QUIET, column - QUIET)
    };
    for row in (0..all).step_by(2) {
        for column in 0..all {
            text.push(match (is_dark(row, column), is_dark(row + 1, column)) {
                (false, false) => ' ',
                (true, false) => '▀',
                (false, true) => '▄',
                (true, true) => '█',
            });
        }
        while text.ends_with(' ') {
            text.pop();
        }
        text.push('\n');
    }
    wrapped(text, &sheet.code_caption, "");
}

fn wrapped(text: &mut String, words: &str, indent: &str) {
    let mut used = 0;
    for word in words.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > COLUMNS {
            text.push('\n');
            used = 0;
        }
        if used == 0 {
            text.push_str(indent);
            used = indent.chars().count();
        } else {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += length;
    }
    text.push('\n');
}

fn line(text: &mut String, words: &str) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{words}");
}
