//! The repository as a list of texts. Does NOT look into build output or what `.gitignore` names at the root.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One text file.
#[derive(Debug, Clone)]
pub struct TextFile {
    /// Path from the root, with `/`.
    pub path: String,
    /// Contents.
    pub text: String,
}

/// The root of the repository this crate was built from.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Names at the root, sorted, without what `.gitignore` hides there.
pub fn top_level(root: &Path) -> io::Result<Vec<String>> {
    let hidden = fs::read_to_string(root.join(".gitignore"))?;
    let hidden: Vec<&str> = hidden.lines().map(|line| line.trim_matches('/')).collect();
    let mut names = Vec::new();
    for entry in fs::read_dir(root)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != ".git" && !hidden.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Every text file below the root, sorted by path; files that are not UTF-8 are fixtures and left out.
pub fn text_files(root: &Path) -> io::Result<Vec<TextFile>> {
    let mut files = Vec::new();
    let mut pending = top_level(root)?;
    while let Some(path) = pending.pop() {
        let place = root.join(&path);
        if place.is_dir() {
            for entry in fs::read_dir(&place)? {
                let name = entry?.file_name().to_string_lossy().into_owned();
                if name != "target" {
                    pending.push(format!("{path}/{name}"));
                }
            }
        } else if let Ok(text) = fs::read_to_string(&place) {
            files.push(TextFile { path, text });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
