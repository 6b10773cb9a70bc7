//! The PIN of a token: from a variable, else from a file.
//!
//! Does NOT try it: a token locks itself after a few wrong ones.

use crate::env::Lookup;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use zeroize::Zeroizing;

/// Variable that holds the PIN.
pub const PIN_VARIABLE: &str = "OPENCCU_LOOM_PKCS11_PIN";

/// Most bytes of a PIN.
const MAX_BYTES: u64 = 1024;

/// A PIN, wiped with its last copy.
pub(super) type Pin = Zeroizing<String>;

/// The PIN, if one is given. An error says what is wrong with the file.
pub(super) fn find(lookup: &Lookup, file: Option<&Path>) -> Result<Option<Pin>, String> {
    if let Some(value) = lookup(PIN_VARIABLE).filter(|value| !value.is_empty()) {
        let pin = value.into_string().map_err(|_| format!("the variable `{PIN_VARIABLE}` is no text"))?;
        return Ok(Some(Zeroizing::new(pin)));
    }
    let Some(path) = file.filter(|path| !path.as_os_str().is_empty()) else { return Ok(None) };
    let told = |why: &dyn std::fmt::Display| {
        format!("the PIN cannot be read from `{}`: {why}\nhint: check `keys.pkcs11.pin_file`", path.display())
    };
    let bytes = read(path).map_err(|error| told(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(told(&format!("it is longer than {MAX_BYTES} bytes")));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| told(&"it is no text"))?;
    let pin = text.trim_end_matches(['\r', '\n']);
    if pin.is_empty() { Err(told(&"it is empty")) } else { Ok(Some(Zeroizing::new(pin.to_owned()))) }
}

fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for all of it at once: a vector that grows would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_beats_the_file_and_the_file_loses_its_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "1234 \r\n").unwrap();
        let none = find(&|_| None, Some(file.path())).unwrap().unwrap();
        assert_eq!(none.as_str(), "1234 ");
        let both = find(&|name| (name == PIN_VARIABLE).then(|| "77".into()), Some(file.path()));
        assert_eq!(both.unwrap().unwrap().as_str(), "77");
        assert!(find(&|_| Some("".into()), None).unwrap().is_none());
    }

    #[test]
    fn a_broken_pin_file_is_told_by_name_and_not_quoted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (content, why) in
            [(&b"\n"[..], "it is empty"), (b"\xff1234", "it is no text"), (&[b'7'; 1025], "longer than 1024")]
        {
            std::fs::write(file.path(), content).unwrap();
            let told = find(&|_| None, Some(file.path())).unwrap_err();
            assert!(told.contains(why) && told.contains(&file.path().display().to_string()), "{told}");
            assert!(!told.contains("1234") && !told.contains("777"), "{told}");
        }
        let told = find(&|_| None, Some(Path::new("/no/such/pin"))).unwrap_err();
        assert!(told.contains("`/no/such/pin`"), "{told}");
    }
}
