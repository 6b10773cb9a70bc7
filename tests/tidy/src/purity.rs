//! The domain does no I/O: it names no file system, socket, clock, environment or thread.
//!
//! Does NOT look at the domain's tests.

use crate::source::{code_lines, is_test};

const OUTSIDE: [&str; 11] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "std::os::",
    "std::io",
    "tokio::",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
];

/// Findings about one Rust file.
pub fn check(path: &str, text: &str) -> Vec<String> {
    if !path.starts_with("domain/") || is_test(path) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in code_lines(text) {
        if let Some(word) = OUTSIDE.iter().find(|word| line.contains(*word)) {
            findings.push(format!("{path}:{number}: the domain does no I/O, `{word}` belongs behind a port"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_or_a_file_in_the_domain_is_found() {
        let text = "//! x\nuse std::fs::File;\nlet now = jiff::Timestamp::now();\n";
        assert_eq!(check("domain/src/x.rs", text).len(), 2);
        assert!(check("app/src/x.rs", text).is_empty());
        assert!(check("domain/src/x/tests.rs", text).is_empty());
    }
}
