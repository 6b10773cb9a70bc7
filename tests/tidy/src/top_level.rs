//! The rooms of the house: the top level of the repository is fixed. Does NOT look into the rooms.

const ROOMS: [&str; 11] = [
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "adapters",
    "app",
    "cli",
    "docs",
    "domain",
    "fixtures",
    "justfile",
    "tests",
];

/// Files that tools and people expect at the root of a repository.
const HABITS: [&str; 12] = [
    ".ci",
    ".editorconfig",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "SECURITY.md",
    "clippy.toml",
    "deny.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

/// Findings about the names at the root.
pub fn check(names: &[String]) -> Vec<String> {
    let known: Vec<&str> = ROOMS.into_iter().chain(HABITS).collect();
    let surplus = names.iter().filter(|name| !known.contains(&name.as_str()));
    let missing = known.iter().filter(|name| !names.iter().any(|has| has == *name));
    surplus
        .map(|name| format!("{name}: does not belong at the top level"))
        .chain(missing.map(|name| format!("{name}: is missing at the top level")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_room_and_a_missing_one_are_found() {
        let mut names: Vec<String> = ROOMS.into_iter().chain(HABITS).map(str::to_owned).collect();
        assert!(check(&names).is_empty());
        names[0] = "src".to_owned();
        let wanted = ["src: does not belong at the top level", "Cargo.lock: is missing at the top level"];
        assert_eq!(check(&names), wanted);
    }
}
