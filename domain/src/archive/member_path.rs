//! The name of a member: a relative path that can be trusted to stay inside the folder it is put under.
//!
//! Does NOT touch files. What is refused here never reaches an adapter's file system.

use std::fmt;

/// Longest name in bytes.
const MAX_BYTES: usize = 1024;
/// Longest part between two slashes in bytes; the limit of every common file system.
const MAX_PART_BYTES: usize = 255;

/// A relative path with `/` between its parts: UTF-8, at most 1,024 bytes, no part empty, `.`, `..`, over 255 bytes
/// or with a NUL. A leading `./` and a trailing `/` are dropped, so one file has one name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberPath(String);

/// Why a name was refused; shows the name escaped and shortened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name `{name}` {reason}")]
pub struct BadMemberPath {
    /// The name, escaped for a terminal and cut after 80 characters.
    pub name: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl MemberPath {
    /// Accepts a name as found in an archive.
    pub fn parse(raw: &[u8]) -> Result<Self, BadMemberPath> {
        let bad = |reason| Err(BadMemberPath { name: shorten(&String::from_utf8_lossy(raw)), reason });
        let Ok(text) = std::str::from_utf8(raw) else { return bad("is not UTF-8") };
        if raw.len() > MAX_BYTES {
            return bad("is longer than 1024 bytes");
        }
        if text.starts_with('/') {
            return bad("is an absolute path");
        }
        let text = text.strip_prefix("./").unwrap_or(text);
        let text = text.strip_suffix('/').unwrap_or(text);
        for part in text.split('/') {
            match part {
                "" => return bad("is empty or is an absolute path behind a prefix (it has an empty part)"),
                "." | ".." => return bad("escapes data dir (it has a part `.` or `..`)"),
                _ if part.len() > MAX_PART_BYTES => return bad("has a part longer than 255 bytes"),
                _ if part.contains('\0') => return bad("holds a NUL character"),
                _ => {}
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// This path below `folder`, a single plain name such as `state`.
    pub fn under(&self, folder: &str) -> Self {
        Self(format!("{folder}/{}", self.0))
    }

    /// The path `name` inside this folder; refused if the result is no member path.
    pub fn join(&self, name: &str) -> Result<Self, BadMemberPath> {
        Self::parse(format!("{}/{name}", self.0).as_bytes())
    }

    /// What follows `folder/`, if this path lies below it.
    pub fn strip(&self, folder: &str) -> Option<Self> {
        let rest = self.0.strip_prefix(folder)?.strip_prefix('/')?;
        Some(Self(rest.to_owned()))
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The path as text; it may hold any character but NUL, so escape it for a terminal (`Display` does).
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shorten(&self.0))
    }
}

impl fmt::Debug for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

/// Control characters escaped, cut after 80 characters in the middle: names from archives reach terminals and logs.
fn shorten(name: &str) -> String {
    let shown: Vec<char> = name
        .chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect();
    if shown.len() <= 80 {
        return shown.into_iter().collect();
    }
    let (head, tail) = (&shown[..50], &shown[shown.len() - 27..]);
    head.iter().chain(['…'].iter()).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_relative_names_are_accepted_as_they_are() {
        for name in ["a", "state/openccu-loom.db", "state/Küche/ö.json", "state/..hidden", "a\\b"] {
            assert_eq!(MemberPath::parse(name.as_bytes()).unwrap().as_str(), name);
        }
    }

    #[test]
    fn one_file_has_one_name() {
        assert_eq!(MemberPath::parse(b"./state/x/").unwrap(), MemberPath::parse(b"state/x").unwrap());
    }

    #[test]
    fn names_that_could_leave_the_folder_are_refused() {
        for (name, reason) in [
            ("/etc/passwd", "absolute path"),
            ("state//etc/passwd", "absolute path"),
            ("../x", "escapes data dir"),
            ("state/../../x", "escapes data dir"),
            ("state/..", "escapes data dir"),
            ("state/./x", "escapes data dir"),
            (".", "escapes data dir"),
            ("", "empty"),
            ("/", "absolute path"),
            ("state/a\0b", "NUL"),
        ] {
            let refused = MemberPath::parse(name.as_bytes()).unwrap_err();
            assert!(refused.to_string().contains(reason), "{refused}");
        }
    }

    #[test]
    fn names_longer_than_the_limits_are_refused_and_shown_short() {
        let long = vec![b'x'; 4096];
        assert!(MemberPath::parse(&long).unwrap_err().to_string().len() < 200);
        assert!(MemberPath::parse(&vec![b'x'; 256]).is_err());
        assert!(MemberPath::parse(&vec![b'x'; 255]).is_ok());
    }

    #[test]
    fn a_terminal_escape_in_a_name_is_shown_escaped() {
        let path = MemberPath::parse(b"state/\x1b[2Jx").unwrap();
        assert_eq!(path.to_string(), "state/\\u{1b}[2Jx");
    }

    #[test]
    fn a_name_that_is_not_utf8_is_refused() {
        assert_eq!(MemberPath::parse(b"state/\xff").unwrap_err().reason, "is not UTF-8");
    }
}
