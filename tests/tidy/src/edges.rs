//! Which crate may know which: arrows point inward, and one library has one owner.
//!
//! Does NOT see what arrives through another crate; `deny.toml` watches that.

use serde_json::Value;

/// Crates only their owners may name.
const OWNED: [(&str, &str); 20] = [
    ("diesel", "loom-adapter-sqlite"),
    ("diesel_migrations", "loom-adapter-sqlite"),
    ("libsqlite3-sys", "loom-adapter-sqlite"),
    ("actix-web", "loom-app"),
    ("config", "loom-app"),
    ("clap", "loom-cli"),
    ("clap_complete", "loom-cli"),
    ("clap_mangen", "loom-cli"),
    ("indicatif", "loom-cli"),
    ("quick-xml", "loom-adapter-homematic"),
    ("encoding_rs", "loom-adapter-homematic"),
    ("hyper", "loom-adapter-homematic"),
    ("hyper-rustls", "loom-adapter-homematic"),
    ("hyper-util", "loom-adapter-homematic"),
    // The way to a key service.
    ("hyper", "loom-adapter-keys"),
    ("hyper-rustls", "loom-adapter-keys"),
    ("hyper-util", "loom-adapter-keys"),
    ("reqsign-core", "loom-adapter-keys"),
    ("reqsign-aws-v4", "loom-adapter-keys"),
    ("cryptoki", "loom-adapter-keys"),
];

/// Crates the domain may name: they compute and do nothing else. A new one is a decision, so it is added here.
const PURE: [&str; 15] = [
    "aes-gcm",
    "async-lock",
    "async-trait",
    "base64",
    "bytes",
    "chacha20poly1305",
    "flate2",
    "jiff",
    "serde",
    "serde_json",
    "sha2",
    "strsim",
    "subtle",
    "thiserror",
    "zeroize",
];

/// Dependencies that no source of their crate names, for they are there for a feature.
const UNNAMED: [(&str, &str); 1] = [("loom-adapter-sqlite", "libsqlite3-sys")];

/// One dependency as a manifest declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The crate that names the other.
    pub from: String,
    /// The crate that is named.
    pub to: String,
    /// Whether only its tests do.
    pub dev: bool,
    /// Path of the manifest that says so.
    pub manifest: String,
}

/// The edges in the output of `cargo metadata --no-deps --format-version 1`; `None` if it is something else.
pub fn parse(metadata: &str) -> Option<Vec<Edge>> {
    let metadata: Value = serde_json::from_str(metadata).ok()?;
    let mut edges = Vec::new();
    for package in metadata["packages"].as_array()? {
        for dependency in package["dependencies"].as_array()? {
            edges.push(Edge {
                from: package["name"].as_str()?.to_owned(),
                to: dependency["name"].as_str()?.to_owned(),
                dev: dependency["kind"].as_str() == Some("dev"),
                manifest: package["manifest_path"].as_str()?.to_owned(),
            });
        }
    }
    Some(edges)
}

/// Findings about all edges.
pub fn check(edges: &[Edge]) -> Vec<String> {
    edges.iter().filter(|edge| !allowed(edge)).map(sentence).collect()
}

/// Findings about dependencies that nothing in their crate names. `source` is all Rust of a crate, by its manifest.
pub fn check_named(edges: &[Edge], source: impl Fn(&str) -> String) -> Vec<String> {
    let mut findings = Vec::new();
    for edges in edges.chunk_by(|one, other| one.manifest == other.manifest) {
        let source = source(&edges[0].manifest);
        let unnamed = edges.iter().filter(|edge| {
            !UNNAMED.contains(&(edge.from.as_str(), edge.to.as_str())) && !names(&source, &edge.to)
        });
        findings.extend(unnamed.map(|edge| format!("{}: nothing names `{}`", edge.from, edge.to)));
    }
    findings
}

/// Whether a source goes into a library, as in `library::`, or takes it in whole.
fn names(source: &str, library: &str) -> bool {
    let library = library.replace('-', "_");
    source.match_indices(&library).any(|(at, _)| {
        let inside = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let after = &source[at + library.len()..];
        !source[..at].ends_with(inside) && ["::", ";", " as "].iter().any(|end| after.starts_with(end))
    })
}

fn allowed(Edge { from, to, dev, .. }: &Edge) -> bool {
    let mut owners = OWNED.iter().filter(|(library, _)| library == to).peekable();
    if owners.peek().is_some() {
        return owners.any(|(_, owner)| owner == from);
    }
    if !to.starts_with("loom-") {
        return from != "loom-domain" || *dev || PURE.contains(&to.as_str());
    }
    let (from, to) = (from.as_str(), to.as_str());
    let to_adapter = to.starts_with("loom-adapter-");
    match from {
        "loom-domain" => *dev && matches!(to, "loom-adapter-memory" | "loom-contract"),
        _ if from.starts_with("loom-adapter-") => {
            to == "loom-domain" || (*dev && matches!(to, "loom-contract" | "loom-sim-ccu"))
        }
        "loom-app" => {
            matches!(to, "loom-domain" | "loom-sim-ccu") || to_adapter || (*dev && to == "loom-contract")
        }
        "loom-cli" => matches!(to, "loom-app" | "loom-domain"),
        "loom-contract" => to == "loom-domain",
        "loom-e2e" | "loom-bench" | "loom-api-tests" => true,
        "loom-foreign-ccu" => *dev,
        _ => false,
    }
}

fn sentence(edge: &Edge) -> String {
    let how = if edge.dev { "its tests must not name" } else { "must not name" };
    format!("{}: {how} `{}`", edge.from, edge.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, to: &str, dev: bool) -> Edge {
        Edge { from: from.to_owned(), to: to.to_owned(), dev, manifest: format!("/{from}/Cargo.toml") }
    }

    #[test]
    fn edges_that_point_outward_or_sideways_are_found() {
        for (from, to) in [
            ("loom-domain", "loom-app"),
            ("loom-domain", "tokio"),
            ("loom-adapter-keys", "loom-adapter-archive"),
            ("loom-adapter-memory", "loom-contract"),
            ("loom-cli", "loom-adapter-sqlite"),
            ("loom-app", "clap"),
            ("loom-app", "diesel"),
            ("loom-app", "hyper"),
            ("loom-app", "cryptoki"),
            ("loom-tidy", "loom-domain"),
            ("loom-sim-ccu", "loom-domain"),
            ("loom-adapter-archive", "loom-sim-ccu"),
            ("loom-cli", "loom-sim-ccu"),
            ("loom-foreign-ccu", "loom-domain"),
        ] {
            assert_eq!(check(&[edge(from, to, false)]).len(), 1, "{from} → {to}");
        }
        assert_eq!(check(&[edge("loom-domain", "loom-adapter-sqlite", true)]).len(), 1);
    }

    #[test]
    fn edges_that_point_inward_are_fine() {
        let fine = [
            edge("loom-cli", "loom-app", false),
            edge("loom-app", "loom-adapter-sqlite", false),
            edge("loom-adapter-sqlite", "loom-domain", false),
            edge("loom-adapter-sqlite", "diesel", false),
            edge("loom-adapter-homematic", "hyper", false),
            edge("loom-adapter-keys", "hyper", false),
            edge("loom-adapter-sqlite", "loom-contract", true),
            edge("loom-domain", "loom-adapter-memory", true),
            edge("loom-domain", "tokio", true),
            edge("loom-adapter-archive", "loom-sim-ccu", true),
            edge("loom-app", "loom-sim-ccu", false),
            edge("loom-foreign-ccu", "loom-adapter-homematic", true),
        ];
        assert_eq!(check(&fine), Vec::<String>::new());
    }

    #[test]
    fn dependencies_nothing_names_are_found() {
        let source =
            "use quick_xml::Reader;\nuse jiff;\n// tokio\ncrate::bytes::x();\nuse serde_json as json;";
        let named = ["quick-xml", "jiff", "serde_json"].map(|to| edge("loom-cli", to, false));
        assert_eq!(check_named(&named, |_| source.to_owned()), Vec::<String>::new());
        for to in ["tokio", "bytes", "xml", "quick", "serde"] {
            let wanted = [format!("loom-cli: nothing names `{to}`")];
            assert_eq!(check_named(&[edge("loom-cli", to, true)], |_| source.to_owned()), wanted);
        }
    }

    #[test]
    fn metadata_is_read() {
        let json = r#"{"packages":[{"name":"loom-cli","manifest_path":"/loom-cli/Cargo.toml","dependencies":[
            {"name":"clap","kind":null},{"name":"insta","kind":"dev"}]}]}"#;
        let wanted = [edge("loom-cli", "clap", false), edge("loom-cli", "insta", true)];
        assert_eq!(parse(json).unwrap(), wanted);
        assert!(parse("{}").is_none());
    }
}
