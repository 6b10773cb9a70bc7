//! The file in which an operator keeps a new master key: a key file, or what the daemon's environment is set from.
//!
//! Does NOT write it: a key that is nowhere but in the environment of a command is gone with the command.

use super::KeyJobError;
use crate::bootstrap::SECRET_KEY_VARIABLE;
use crate::config::parse_env_file;
use loom_domain::secret::MasterKey;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// The line of an environment file with the new key, while the old one is in the line of its own name.
pub const NEW_SECRET_KEY_VARIABLE: &str = "OPENCCU_LOOM_NEW_SECRET_KEY";

/// Most bytes of such a file.
const MAX_BYTES: u64 = 64 * 1024;

/// Reads the new key. Errors quote nothing of the file.
pub(super) fn read(path: &Path) -> Result<MasterKey, KeyJobError> {
    let bad = |reason: String| KeyJobError::NewKeyFile { path: path.display().to_string(), reason };
    let text = read_text(path).map_err(|error| bad(error.to_string()))?;
    if let Ok(key) = MasterKey::from_base64(&text) {
        return Ok(key);
    }
    let variables = parse_env_file(&text).map_err(bad)?;
    let set = [NEW_SECRET_KEY_VARIABLE, SECRET_KEY_VARIABLE].into_iter().find_map(|name| {
        let value = variables.get(name).filter(|value| !value.is_empty())?;
        Some((name, value))
    });
    let (name, value) = set.ok_or_else(|| bad(format!("it has no line `{NEW_SECRET_KEY_VARIABLE}=…`")))?;
    MasterKey::from_base64(value).map_err(|error| bad(format!("`{name}`: {error}")))
}

fn read_text(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    File::open(path)?.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(text: &str) -> Result<MasterKey, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_file_and_both_lines_of_an_environment_file_are_understood_and_the_new_one_first() {
        let (old, new) = (MasterKey::from_bytes([1; 32]), MasterKey::from_bytes([2; 32]));
        let line = |name: &str, key: &MasterKey| format!("{name}={}\n", *key.to_base64());
        let new_line = line(NEW_SECRET_KEY_VARIABLE, &new);
        let both = format!("# keys\n{new_line}{}", line(SECRET_KEY_VARIABLE, &old));
        for text in [format!("{}\n", *new.to_base64()), new_line, both, line(SECRET_KEY_VARIABLE, &new)] {
            assert_eq!(read_from(&text).unwrap(), new, "{text}");
        }
    }

    #[test]
    fn what_holds_no_key_is_told_without_a_word_of_it() {
        for text in ["", "A=planted", "planted", "OPENCCU_LOOM_NEW_SECRET_KEY=planted"] {
            let error = read_from(text).unwrap_err();
            assert!(error.contains("OPENCCU_LOOM_NEW_SECRET_KEY") && !error.contains("planted"), "{error}");
        }
        assert!(read(Path::new("/no/such/file")).unwrap_err().to_string().contains("/no/such/file"));
    }
}
