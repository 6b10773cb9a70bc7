//! The file in which an operator keeps a new master key: a key file, or what the daemon's environment is set from.
//!
//! Does NOT write it: a key that is nowhere but in the environment of a command is gone with the command.

use super::KeyJobError;
use crate::bootstrap::SECRET_KEY_VARIABLE;
use crate::config::parse_env_file;
use loom_domain::ports::KeyTarget;
use loom_domain::secret::MasterKey;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// The line of an environment file with the new key, while the old one is in the line of its own name.
pub const NEW_SECRET_KEY_VARIABLE: &str = "OPENCCU_LOOM_NEW_SECRET_KEY";

/// Most bytes of such a file.
const MAX_BYTES: u16 = u16::MAX;

/// Reads the new key. Where it lies in no other place afterwards, that is a file which outlasts a power cut from here on.
/// Errors quote nothing of it.
pub(super) fn read(path: &Path, target: KeyTarget) -> Result<MasterKey, KeyJobError> {
    let shown = || path.display().to_string();
    let bad = |reason: String| KeyJobError::NewKeyFile { path: shown(), reason };
    if target == KeyTarget::Environment {
        // Looked at before it is opened: a pipe that nobody writes to would be waited for.
        let found = path.metadata().map_err(|error| bad(error.to_string()))?;
        if !found.is_file() {
            return Err(KeyJobError::NewKeyNotKept(shown()));
        }
    }
    let file = File::open(path).map_err(|error| bad(error.to_string()))?;
    let key = key_in(&file, bad)?;
    if target == KeyTarget::Environment {
        sync(&file, path).map_err(|source| KeyJobError::NewKeyNotDurable { path: shown(), source })?;
    }
    Ok(key)
}

fn key_in(file: &File, bad: impl Fn(String) -> KeyJobError) -> Result<MasterKey, KeyJobError> {
    // With room for all of it, as text that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::from(MAX_BYTES) + 1));
    file.take(MAX_BYTES.into()).read_to_string(&mut text).map_err(|error| bad(error.to_string()))?;
    if let Ok(key) = MasterKey::from_base64(&text) {
        return Ok(key);
    }
    let variables = parse_env_file(&text).map_err(&bad)?;
    let set = [NEW_SECRET_KEY_VARIABLE, SECRET_KEY_VARIABLE].into_iter().find_map(|name| {
        let value = variables.get(name).filter(|value| !value.is_empty())?;
        Some((name, value))
    });
    let (name, value) = set.ok_or_else(|| bad(format!("it has no line `{NEW_SECRET_KEY_VARIABLE}=…`")))?;
    MasterKey::from_base64(value).map_err(|error| bad(format!("`{name}`: {error}")))
}

/// Brings the file and its name to the disk.
fn sync(file: &File, path: &Path) -> io::Result<()> {
    synced(file)?;
    let folder = path.canonicalize()?;
    match File::open(folder.parent().unwrap_or(Path::new("/"))) {
        Ok(folder) => synced(&folder),
        // One that this user may pass through and not list: then all of its file system.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(rustix::fs::syncfs(file)?),
        Err(error) => Err(error),
    }
}

fn synced(entry: &File) -> io::Result<()> {
    match entry.sync_all() {
        // Some network file systems cannot sync and order these things themselves.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsRawFd;

    fn read_from(text: &str) -> Result<MasterKey, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let targets = [KeyTarget::File, KeyTarget::Environment];
        let [read, again] =
            targets.map(|target| read(file.path(), target).map_err(|error| error.to_string()));
        assert_eq!(read, again);
        read
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
        let missing = read(Path::new("/no/such/file"), KeyTarget::Environment).unwrap_err().to_string();
        assert!(missing.contains("/no/such/file"), "{missing}");
    }

    #[test]
    fn a_pipe_gives_a_key_that_is_stored_elsewhere_and_none_that_would_be_gone_with_it() {
        let key = MasterKey::from_bytes([2; 32]);
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(key.to_base64().as_bytes()).unwrap();
        drop(writer);
        let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
        let refused = read(Path::new(&path), KeyTarget::Environment).unwrap_err();
        assert!(matches!(refused, KeyJobError::NewKeyNotKept(_)), "{refused}");
        assert_eq!(read(Path::new(&path), KeyTarget::File).unwrap(), key);
    }
}
