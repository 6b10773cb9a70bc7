//! A port is one role: at most five methods, each of them required.
//!
//! Does NOT check that its contract has cases; the contract crate does.

const MAX_METHODS: usize = 5;

/// Findings about one file of `domain/src/ports`.
pub fn check(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut current: Option<(String, usize)> = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("pub trait ") {
            let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or(rest);
            current = (!line.ends_with("{}")).then(|| (name.to_owned(), 0));
        } else if line == "}" {
            if let Some((name, methods)) = current.take().filter(|(_, methods)| *methods > MAX_METHODS) {
                findings.push(format!("{path}: `{name}` has {methods} methods, {MAX_METHODS} at the most"));
            }
        } else if let Some((name, methods)) = &mut current {
            let inside = line.strip_prefix("    ").unwrap_or_default();
            *methods += usize::from(inside.starts_with("fn ") || inside.starts_with("async fn "));
            if inside == "}" || (inside.contains("fn ") && inside.ends_with('}')) {
                findings.push(format!("{path}: `{name}` has a method with a body; ports only require"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sixth_method_is_found() {
        let methods = "    fn a(&self);\n".repeat(6);
        let text = format!("pub trait Wide: Send {{\n{methods}}}\n");
        assert_eq!(check("p.rs", &text), ["p.rs: `Wide` has 6 methods, 5 at the most"]);
        let narrow = text.replacen("    fn a(&self);\n", "    /// fn\n", 1);
        assert!(check("p.rs", &narrow).is_empty());
    }

    #[test]
    fn a_method_with_a_body_is_found() {
        let text = "pub trait Lazy {\n    fn a(&self) -> u8 {\n        1\n    }\n}\n";
        assert!(check("p.rs", text)[0].contains("`Lazy` has a method with a body"));
        assert!(check("p.rs", "pub trait Lazy {\n    fn a(&self) {}\n}\n")[0].contains("body"));
    }

    #[test]
    fn a_trait_without_methods_hides_nothing_after_it() {
        let text = "pub trait All: A + B {}\nimpl<T> All for T {\n    fn x() {\n    }\n}\n";
        assert!(check("p.rs", text).is_empty());
    }
}
