//! A file longer than a few screens has a second room in it, and a comment wider than the screen is not read.
//!
//! Does NOT count inline unit tests as part of the file; the width of code is rustfmt's.

use crate::source::inline_tests_at;

const MAX_LINES: usize = 400;
const MAX_INLINE_TESTS: usize = 80;
const MAX_COMMENT_WIDTH: usize = 125;

/// Findings about one Rust file.
pub fn check(path: &str, text: &str) -> Vec<String> {
    let code = inline_tests_at(text);
    let tests = text.lines().count() - code;
    let mut findings = Vec::new();
    if code > MAX_LINES {
        findings.push(format!("{path}: {code} lines, {MAX_LINES} at the most"));
    }
    if tests > MAX_INLINE_TESTS {
        let sibling = path.replace(".rs", "/tests.rs");
        findings.push(format!("{path}: {tests} lines of inline tests, move them to `{sibling}`"));
    }
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("//") && line.chars().count() > MAX_COMMENT_WIDTH {
            findings.push(format!("{path}:{}: the comment is wider than {MAX_COMMENT_WIDTH}", at + 1));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_code_and_not_inline_tests() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(77));
        assert!(check("x.rs", &("\n".repeat(400) + &tests)).is_empty());
        assert!(check("x.rs", &"\n".repeat(401))[0].contains("401 lines"));
    }

    #[test]
    fn a_wide_comment_is_found() {
        let wide = format!("//! x\n    // {}\n", "ö".repeat(119));
        assert_eq!(check("x.rs", &wide), ["x.rs:2: the comment is wider than 125"]);
        assert!(check("x.rs", &wide.replacen('ö', "", 1)).is_empty());
        assert!(check("x.rs", &format!("let a = \"{}\";", "ö".repeat(200))).is_empty());
    }

    #[test]
    fn many_inline_tests_are_sent_to_a_sibling() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(78));
        assert!(check("a/x.rs", &tests)[0].contains("`a/x/tests.rs`"));
    }
}
