//! Every Rust file opens by saying what it is, and what it does not do. Does NOT check that it is true.

use crate::source::is_test;

/// Words that draw a line. One of them in the header is enough.
const LIMITS: [&str; 9] = ["not", "never", "nothing", "no", "none", "nor", "cannot", "nobody", "without"];

/// Findings about one Rust file.
pub fn check(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let header = lines.collect::<Vec<_>>().join(" ").to_lowercase();
    if header.trim().is_empty() {
        return vec![format!("{path}: does not open with `//!`")];
    }
    if header.contains("being built") {
        return vec![format!("{path}: is a placeholder")];
    }
    let draws_a_line = header.split(|c: char| !c.is_alphanumeric()).any(|word| LIMITS.contains(&word));
    if is_test(path) || draws_a_line {
        return Vec::new();
    }
    vec![format!("{path}: its header does not say what the file does NOT do")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_found() {
        assert!(check("a/src/x.rs", "use std::fs;\n")[0].contains("does not open"));
        assert!(check("a/src/x.rs", "// a comment\n//! late\n")[0].contains("does not open"));
    }

    #[test]
    fn a_header_without_a_limit_is_found_except_in_tests() {
        assert!(check("a/src/x.rs", "//! Does this and notes that.\n")[0].contains("NOT do"));
        assert!(check("a/src/x/tests.rs", "//! Cases of x.\n").is_empty());
        assert!(check("tests/e2e/tests/x.rs", "//! A story.\n").is_empty());
    }

    #[test]
    fn a_header_may_be_longer_than_one_line() {
        assert!(check("a/src/x.rs", "//! Reads.\n//!\n//! Does NOT write.\nfn a() {}\n").is_empty());
    }

    #[test]
    fn a_placeholder_is_found_in_tests_too() {
        assert!(check("tests/e2e/src/lib.rs", "//! Being built.\n")[0].contains("placeholder"));
    }
}
