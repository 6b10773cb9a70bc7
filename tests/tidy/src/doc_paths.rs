//! Paths that docs name exist: links and backticks in Markdown, backticks in Rust doc comments.
//!
//! Does NOT follow links out of the repository, and takes only what begins like one of its rooms for a path.

/// Beginnings that make a word in backticks a path of this repository.
const ROOMS: [&str; 9] =
    [".ci/", "adapters/", "app/", "cli/", "docs/", "domain/", "fixtures/", "tests/", "migrations/"];

/// A path that a text names, and the line it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Line, from 1.
    pub line: usize,
    /// The path as written, without a fragment; up to its last whole part if it holds a wildcard.
    pub path: String,
}

/// The paths one file names.
pub fn named(path: &str, text: &str) -> Vec<Named> {
    let markdown = path.ends_with(".md");
    let mut named = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        let line = match (markdown, line.trim_start()) {
            (true, line) if line.starts_with("```") => {
                fenced = !fenced;
                continue;
            }
            (true, line) if !fenced => line,
            (false, line) if line.starts_with("//!") || line.starts_with("///") => &line[3..],
            _ => continue,
        };
        let ticked = line.split('`').skip(1).step_by(2).filter(|word| in_a_room(word)).map(solid);
        let linked = links(line).filter(|_| markdown);
        let paths = ticked.chain(linked).filter(|path| !path.is_empty());
        named.extend(paths.map(|path| Named { line: number + 1, path: path.to_owned() }));
    }
    named
}

/// Findings about one file. `exists` looks a path up from the root of the repository.
pub fn check(path: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for Named { line, path: target } in named(path, text) {
        if !places(path).iter().any(|place| exists(&format!("{place}{target}"))) {
            findings.push(format!("{path}:{line}: `{target}` does not exist"));
        }
    }
    findings
}

/// Where a path in `file` may start: at the root or at any folder above the file.
fn places(file: &str) -> Vec<&str> {
    let above = file.match_indices('/').map(|(at, _)| &file[..=at]);
    std::iter::once("").chain(above).collect()
}

fn in_a_room(word: &str) -> bool {
    ROOMS.iter().any(|room| word.starts_with(room)) && !word.contains(' ')
}

/// Cuts a path before its first wildcard or placeholder, back to a whole folder.
fn solid(path: &str) -> &str {
    let path = path.split(['#', ':']).next().unwrap_or(path);
    match path.find(['*', '<', '{', '…']) {
        None => path,
        Some(at) => path[..at].rsplit_once('/').map_or("", |(folder, _)| folder),
    }
}

fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let inside = targets.filter(|target| !target.contains("://") && !target.starts_with(['#', '<']));
    inside.map(|target| target.split('#').next().unwrap_or(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check(path, text, |path| ["docs/format.md", "docs", "domain/src/ports"].contains(&path))
    }

    #[test]
    fn a_dead_path_is_found_in_markdown_and_in_doc_comments() {
        assert_eq!(
            findings("README.md", "see `docs/gone.md`"),
            ["README.md:1: `docs/gone.md` does not exist"]
        );
        assert_eq!(findings("README.md", "[x](docs/gone.md#a)").len(), 1);
        assert_eq!(findings("a/src/x.rs", "//! x\n//! (`docs/gone.md`)").len(), 1);
        assert_eq!(findings("a/src/x.rs", "/// `domain/src/gone/*.rs`").len(), 1);
    }

    #[test]
    fn living_paths_commands_and_code_are_left_alone() {
        let text = "`docs/format.md` `docs/format.md#a` `domain/src/ports/*.rs` [y](format.md) [z](https://x.y/z)\n\
                    `cli/ and app/` `archive::limits`\n```\n`docs/gone.md`\n```\n";
        assert_eq!(findings("docs/x.md", text), Vec::<String>::new());
        assert!(findings("a/src/x.rs", "let a = \"`docs/gone.md`\";").is_empty());
    }
}
