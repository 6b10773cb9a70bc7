//! What several rules have to know of a Rust file: where its inline tests begin, and which lines are code.
//!
//! Does NOT parse Rust; the house writes its test modules last and in one way.

/// Index of the line where the inline tests begin, or the number of lines.
pub(crate) fn inline_tests_at(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let starts = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests {");
    lines.windows(2).position(starts).unwrap_or(lines.len())
}

/// The lines before the inline tests that are not comments, with their numbers from 1.
pub(crate) fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().take(inline_tests_at(text)).enumerate();
    lines.filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(at, line)| (at + 1, line))
}

/// Says whether a file holds nothing but tests or an example, or only serves them.
pub(crate) fn is_test(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "examples"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_ends_where_inline_tests_begin() {
        let text = "//! x\nfn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        assert_eq!(code_lines(text).collect::<Vec<_>>(), [(2, "fn a() {}")]);
        assert_eq!(inline_tests_at("a\n#[cfg(test)]\nmod tests;\n"), 3);
    }
}
