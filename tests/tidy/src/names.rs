//! Names of source files: a path tells what lives there. Does NOT look inside.

const EMPTY_NAMES: [&str; 10] =
    ["utils", "util", "common", "helpers", "helper", "imp", "types", "misc", "shared", "errors"];

/// Findings about one path of a Rust file.
pub fn check(path: &str) -> Vec<String> {
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    if stem == "mod" {
        return vec![format!("{path}: write `x.rs` beside the folder `x/`")];
    }
    if EMPTY_NAMES.contains(&stem) {
        return vec![format!("{path}: `{stem}` says nothing about what is inside")];
    }
    if stem == "error" && !path.starts_with("adapters/") {
        return vec![format!("{path}: errors live with the port or use case they belong to")];
    }
    Vec::new()
}

/// Folders of modules without the file that opens them. `paths` are all Rust files of the repository.
pub fn folders_without_a_door(paths: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for path in paths {
        let Some((folder, _)) = path.rsplit_once('/') else { continue };
        let inside_src = folder.split_once("/src/").is_some();
        let door = format!("{folder}.rs");
        if inside_src && !folder.ends_with("/bin") && !paths.contains(&door.as_str()) {
            findings.push(format!("{path}: `{door}` is missing"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_say_nothing_are_found() {
        for path in ["a/src/x/mod.rs", "a/src/utils.rs", "a/src/types.rs", "domain/src/error.rs"] {
            assert_eq!(check(path).len(), 1, "{path}");
        }
        assert!(check("adapters/sqlite/src/error.rs").is_empty());
        assert!(check("a/src/model.rs").is_empty());
    }

    #[test]
    fn a_folder_needs_its_file_beside_it() {
        let alone = ["a/src/lib.rs", "a/src/x/y.rs"];
        assert_eq!(folders_without_a_door(&alone), ["a/src/x/y.rs: `a/src/x.rs` is missing"]);
        assert!(folders_without_a_door(&["a/src/lib.rs", "a/src/x.rs", "a/src/x/y.rs"]).is_empty());
    }
}
