//! A file longer than a few screens has a second room in it. Does NOT count inline unit tests as part of the file.

use crate::source::inline_tests_at;

const MAX_LINES: usize = 400;
const MAX_INLINE_TESTS: usize = 80;

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
    fn many_inline_tests_are_sent_to_a_sibling() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(78));
        assert!(check("a/x.rs", &tests)[0].contains("`a/x/tests.rs`"));
    }
}
