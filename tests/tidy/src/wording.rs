//! Texts speak of the project: not of one machine, one tracker or one registry. Does NOT judge style.

/// What no text may contain, and why.
const FORBIDDEN: [(&str, &str); 9] = [
    ("/work/", "is a path of one machine"),
    ("/root/", "is a path of one machine"),
    ("/tmp/", "is a path of one machine; use the folder the program is given"),
    ("issue #", "names a tracker's number; say what was wrong instead"),
    ("pypi.org", "names a registry"),
    ("npmjs", "names a registry"),
    ("index.crates.io", "names a registry"),
    ("FIXME", "is unfinished work"),
    ("TODO", "is unfinished work"),
];

/// Findings about one text file of any kind.
pub fn check(path: &str, text: &str) -> Vec<String> {
    // This list itself, and what cargo writes.
    if path == "tests/tidy/src/wording.rs" || path == "Cargo.lock" || path.starts_with("fixtures/") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (word, why) in FORBIDDEN {
            if line.contains(word) {
                findings.push(format!("{path}:{}: `{word}` {why}", number + 1));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_forbidden_word_is_found_with_its_line() {
        for (word, _) in FORBIDDEN {
            let findings = check("docs/x.md", &format!("fine\nsee {word}1\n"));
            assert!(findings[0].starts_with("docs/x.md:2: "), "{word}");
        }
    }
}
