//! Printing belongs to the command line. Does NOT mind build scripts, whose output is cargo's, and tests.

use crate::source::{code_lines, is_test};

const WAYS: [&str; 6] = ["println!", "eprintln!", "print!(", "eprint!(", "io::stdout", "io::stderr"];

/// Findings about one Rust file.
pub fn check(path: &str, text: &str) -> Vec<String> {
    if path.starts_with("cli/") || path.ends_with("/build.rs") || is_test(path) {
        return Vec::new();
    }
    let prints = |line: &str| WAYS.iter().any(|name| line.contains(name));
    let found = code_lines(text).filter(|(_, line)| prints(line));
    found.map(|(number, _)| format!("{path}:{number}: only the command line prints")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_outside_of_the_command_line_is_found() {
        let text = "//! x\nfn a() {\n    println!(\"x\");\n}\n";
        assert_eq!(check("app/src/x.rs", text), ["app/src/x.rs:3: only the command line prints"]);
        for path in ["cli/src/output.rs", "adapters/sqlite/build.rs", "tests/bench/src/main.rs"] {
            assert!(check(path, text).is_empty(), "{path}");
        }
    }

    #[test]
    fn a_comment_may_speak_of_printing() {
        assert!(check("app/src/x.rs", "// eprintln! is for `cli`.\n").is_empty());
    }
}
