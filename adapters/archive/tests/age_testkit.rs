//! The published test files of the age format, each with what an implementation has to make of it.
//!
//! Does NOT test archives: what is sealed in these files is none.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use flate2::read::ZlibDecoder;
use loom_adapter_archive::format::age_armor::unarmored;
use loom_adapter_archive::format::age_reader::{AgeClosed, ClosedAge};
use loom_domain::archive::{ArchiveLock, Identity, hex};
use loom_domain::secret::SecretText;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::Path;

/// One test file: lines of what is to be made of it, an empty line, the age file.
struct Case {
    name: String,
    lines: Vec<(String, String)>,
    stored: Vec<u8>,
}

impl Case {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let end = bytes.windows(2).position(|window| window == b"\n\n").unwrap();
        let text = std::str::from_utf8(&bytes[..end]).unwrap();
        let line = |line: &str| {
            let (word, value) = line.split_once(": ").unwrap();
            (word.to_owned(), value.to_owned())
        };
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut case =
            Self { name, lines: text.lines().map(line).collect(), stored: bytes[end + 2..].to_vec() };
        if case.of("compressed").next() == Some("zlib") {
            let mut plain = Vec::new();
            ZlibDecoder::new(case.stored.as_slice()).read_to_end(&mut plain).unwrap();
            case.stored = plain;
        }
        case
    }

    fn of(&self, word: &str) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |(of, _)| of == word).map(|(_, value)| value.as_str())
    }

    /// What was read, and how it ended; `None` as long as the file stayed closed.
    fn open(&self) -> (Option<Vec<u8>>, Result<(), AgeClosed>) {
        let input: Box<dyn Read + '_> = match self.of("armored").next() {
            // What a file is shows in its first byte here: white space in front of the letters is not passed over.
            Some("yes") => Box::new(unarmored(self.stored.trim_ascii_start())),
            _ => Box::new(self.stored.as_slice()),
        };
        let opened = ClosedAge::read(input).map_err(AgeClosed::Io).and_then(|closed| {
            if closed.lock() == ArchiveLock::Passphrase {
                closed.open_with_passphrase(&SecretText::new(self.of("passphrase").next().unwrap()))
            } else {
                closed.open(&self.of("identity").filter_map(Identity::parse).collect::<Vec<_>>())
            }
        });
        match opened {
            Err(closed) => (None, Err(closed)),
            Ok(mut reader) => {
                let mut plain = Vec::new();
                let ended = reader.read_to_end(&mut plain).map(drop).map_err(AgeClosed::Io);
                (Some(plain), ended)
            }
        }
    }
}

fn is_damage(closed: &AgeClosed) -> bool {
    matches!(closed, AgeClosed::Io(error) if error.kind() == io::ErrorKind::InvalidData)
}

#[test]
fn every_published_file_is_opened_or_refused_as_it_has_to_be() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/age");
    let mut seen = 0;
    for entry in folder.read_dir().unwrap() {
        let case = Case::read(&entry.unwrap().path());
        let (name, expected) = (case.name.as_str(), case.of("expect").next().unwrap());
        let (plain, ended) = case.open();
        let as_expected = match (expected, &plain, &ended) {
            ("success", Some(_), Ok(())) => true,
            ("no match", None, Err(AgeClosed::NoIdentity | AgeClosed::WrongPassphrase)) => true,
            ("payload failure", Some(_), Err(closed)) | ("HMAC failure", None, Err(closed)) => {
                is_damage(closed)
            }
            ("header failure", None, Err(AgeClosed::TooMuchWork(_) | AgeClosed::NoIdentity)) => true,
            ("header failure", None, Err(closed)) | ("armor failure", _, Err(closed)) => is_damage(closed),
            _ => false,
        };
        assert!(as_expected, "{name}: {expected} was expected, {ended:?} after {:?}", plain.map(|p| p.len()));
        if let (Some(plain), Some(sum)) = (&plain, case.of("payload").next()) {
            assert_eq!(hex(&Sha256::digest(plain)), sum, "{name}: what was read before it ended");
        }
        seen += 1;
    }
    assert_eq!(seen, 123);
}
