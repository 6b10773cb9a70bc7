//! The `.env` file: variables that the environment does not set.
//!
//! Does NOT change the environment of the process, and puts nothing in for `$NAME`: a password may hold a dollar sign.
//! Errors name lines, never what stands in them.

use super::ConfigError;
use super::overlay::is_known;
use crate::wire::Environment;
use loom_domain::archive::MemberPath;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Names that mean "no file".
const NO_FILE: [&str; 3] = ["", "-", "/dev/null"];

/// What the file adds.
#[derive(Default)]
pub(super) struct Added {
    path: PathBuf,
    variables: Variables,
}

/// Values by their names. Among them may be keys and passwords.
type Variables = BTreeMap<String, Zeroizing<String>>;

/// Reads the file `name`, from `folder` if it is relative. A missing one adds nothing.
pub(super) fn load(folder: &Path, name: &str) -> Result<Added, ConfigError> {
    if NO_FILE.contains(&name.trim()) {
        return Ok(Added::default());
    }
    let path = folder.join(name);
    let unusable = |reason: String| ConfigError::EnvFile { path: path.display().to_string(), reason };
    let text = match std::fs::read(&path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| unusable("it is no UTF-8 text".to_owned()))?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Added::default()),
        Err(error) => return Err(unusable(error.to_string())),
    };
    let variables = parse(&text).map_err(unusable)?;
    Ok(Added { path, variables })
}

/// Where in the data dir the file `name` may lie, in the form of archives. The current folder of a daemon is its data dir
/// where a unit or an image says so; that of a command is any.
pub(super) fn places_in(data_dir: &Path, name: &str) -> Vec<MemberPath> {
    let name = name.trim();
    let Some(data_dir) = std::path::absolute(data_dir).ok().filter(|_| !NO_FILE.contains(&name)) else {
        return Vec::new();
    };
    let places = std::path::absolute(name).into_iter().chain([data_dir.join(name)]);
    let inside = places.filter_map(|place| {
        MemberPath::parse(place.strip_prefix(&data_dir).ok()?.as_os_str().as_encoded_bytes()).ok()
    });
    let mut inside: Vec<_> = inside.collect();
    inside.dedup();
    inside
}

impl Added {
    /// Variables of the project's own that nobody reads.
    pub(super) fn warnings(&self) -> Vec<String> {
        let unknown =
            self.variables.keys().filter(|name| name.starts_with("OPENCCU_LOOM_") && !is_known(name));
        let path = self.path.display();
        unknown.map(|name| format!("environment file `{path}`: `{name}` is no known variable")).collect()
    }

    /// The environment with what the file adds. A variable that is set wins, even if it is empty.
    pub(super) fn onto(self, environment: &Environment) -> Environment {
        if self.variables.is_empty() {
            return Arc::clone(environment);
        }
        let (outer, variables) = (Arc::clone(environment), self.variables);
        Arc::new(move |name| {
            outer(name).or_else(|| variables.get(name).map(|value| OsString::from(value.as_str())))
        })
    }
}

/// `KEY=VALUE` lines; the later of two wins. An error is the line's number and what is missing there.
pub(crate) fn parse(text: &str) -> Result<Variables, String> {
    let mut variables = BTreeMap::new();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = at + 1;
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=').ok_or_else(|| format!("line {number} has no `=`"))?;
        let name = name.trim();
        let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !fits || name.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(format!("line {number} has no name of letters, digits and `_` before the `=`"));
        }
        let value = unquoted(value.trim()).map_err(|missing| format!("line {number} {missing}"))?;
        variables.insert(name.to_owned(), value);
    }
    Ok(variables)
}

/// Text in single quotes is taken as it is, in double quotes `\n`, `\"` and `\\` have their meaning, and without
/// quotes ` #` begins a comment.
fn unquoted(value: &str) -> Result<Zeroizing<String>, &'static str> {
    const MORE: &str = "goes on after the closing quote";
    let only_comment = |rest: &str| rest.trim().is_empty() || rest.trim_start().starts_with('#');
    if let Some(inner) = value.strip_prefix('\'') {
        let (inner, rest) = inner.split_once('\'').ok_or("has no closing quote")?;
        return if only_comment(rest) { Ok(Zeroizing::new(inner.to_owned())) } else { Err(MORE) };
    }
    let Some(inner) = value.strip_prefix('"') else {
        let comment = value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len());
        let bare = value.get(..comment).unwrap_or(value);
        return Ok(Zeroizing::new(if value.starts_with('#') {
            String::new()
        } else {
            bare.trim_end().to_owned()
        }));
    };
    // What is put in is never longer, so it does not grow and leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(inner.len()));
    let mut chars = inner.chars();
    while let Some(next) = chars.next() {
        match next {
            '"' if only_comment(chars.as_str()) => return Ok(text),
            '"' => return Err(MORE),
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some(other @ ('"' | '\\' | '$')) => text.push(other),
                Some(other) => text.extend(['\\', other]),
                None => break,
            },
            other => text.push(other),
        }
    }
    Err("has no closing quote")
}

#[cfg(test)]
mod tests;
