//! What a data dir holds has no place in the repository: keys and databases. Does NOT look at fixtures, which are made up.

const PRIVATE: [&str; 2] = ["secret.key", "openccu-loom.db"];

/// A finding if the file at `path` is part of somebody's data dir.
pub fn check(path: &str) -> Vec<String> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let of_daemon = name.starts_with("openccu-loom.") && name.ends_with(".lock");
    let made_up = folders.split('/').any(|folder| folder == "fixtures");
    match !made_up && (of_daemon || PRIVATE.contains(&name)) {
        true => vec![format!("{path}: a data dir does not belong in the repository")],
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_dir_is_found_and_a_fixture_is_not() {
        for path in ["secret.key", "tests/api/var/openccu-loom.db", "var/openccu-loom.lock"] {
            assert_eq!(check(path), [format!("{path}: a data dir does not belong in the repository")]);
        }
        assert_eq!(check("var/openccu-loom.db-migrate.lock").len(), 1);
        for path in ["fixtures/go/openccu-loom.db", "tests/e2e/fixtures/secret.key", "Cargo.lock"] {
            assert!(check(path).is_empty(), "{path}");
        }
    }
}
