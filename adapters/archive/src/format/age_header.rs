//! The text an age file begins with, as far as it can be read without any key: who could open it, and the writer's hint.
//!
//! Nothing in it is to be trusted before the library checked it with a key. Does NOT open anything (`age_reader`).

use super::age_reader::AgeDamage;
use loom_domain::archive::{ArchiveLock, HintedKey, KeyPlace, LockHint};
use loom_domain::secret::KeyFingerprint;
use std::io::{self, BufRead, Read};

/// The first line of every file that is read.
pub const AGE_MAGIC: &[u8] = b"age-encryption.org/v1\n";
/// What other versions begin with too.
pub const AGE_MAGIC_START: &[u8] = b"age-encryption.org/";
/// What the same in letters begins with.
pub const ARMOR_MAGIC: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// Kind of the stanza that names keys and is for nobody to open. Others skip it, for they do not know it.
pub const HINT_KIND: &str = "openccu-loom/hint";
/// What the word begins with that names the master key, and tells after a hyphen where that lies if not inside. Programs
/// that know of no such hyphen take the hint for none.
const MASTER_KEY: &str = "master";
const NO_KEY: &str = "-";
/// No reader takes it for a name: older programs take the whole hint for none.
const UNTOLD: &str = "?";

/// Bytes of a header; an honest one of the most stanzas that are read has about half of it.
pub const HEADER_MAX: u64 = 64 << 10;
/// Stanzas of a header: recipients, hint, and the random one that libraries add.
pub const STANZAS_MAX: usize = 256;
/// Letters of a line of a stanza's body; the last line has fewer, or none.
const BODY_LINE: usize = 64;
/// Letters of a stanza's kind that are shown.
const KIND_MAX: usize = 40;

/// The text up to and with the line that holds its checksum.
#[derive(Debug, Clone)]
pub struct AgeHeader {
    text: Vec<u8>,
    stanzas: Vec<(String, Vec<String>)>,
}

impl AgeHeader {
    /// Reads it from the first byte of a file on, and not a byte more.
    ///
    /// # Errors
    /// [`AgeDamage`] inside an error of kind `InvalidData`, where there is no such text or it is larger than honest ones
    /// are; errors of `input`.
    pub fn read(input: &mut impl BufRead) -> io::Result<Self> {
        let mut header = Self { text: Vec::new(), stanzas: Vec::new() };
        // The library also takes stanzas whose last line is missing, for files of its own beginnings.
        let mut in_body = false;
        loop {
            let start = header.text.len();
            let left = HEADER_MAX - start as u64;
            input.by_ref().take(left).read_until(b'\n', &mut header.text)?;
            let line = &header.text[start..];
            let Some(line) = line.strip_suffix(b"\n") else {
                let too_long = header.text.len() as u64 == HEADER_MAX;
                return Err(if too_long { AgeDamage::HeaderTooLarge } else { AgeDamage::HeaderCut }.into());
            };
            let plain = line.iter().all(|byte| (b' '..=b'~').contains(byte));
            if !plain || (start == 0 && header.text != AGE_MAGIC) {
                return Err(AgeDamage::Header.into());
            }
            let line = String::from_utf8_lossy(line).into_owned();
            if in_body {
                in_body = line.len() == BODY_LINE;
                if line.starts_with('-') {
                    return Err(AgeDamage::Header.into());
                }
            } else if let Some(stanza) = line.strip_prefix("-> ") {
                in_body = true;
                let mut words = stanza.split(' ').map(str::to_owned);
                header.stanzas.push((words.next().unwrap_or_default(), words.collect()));
                if header.stanzas.len() > STANZAS_MAX {
                    return Err(AgeDamage::HeaderTooLarge.into());
                }
            } else if line.starts_with("---") && !header.stanzas.is_empty() {
                return Ok(header);
            } else if start > 0 {
                return Err(AgeDamage::Header.into());
            }
        }
    }

    /// The text itself.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// For whom the file is sealed.
    pub fn lock(&self) -> ArchiveLock {
        let kinds: Vec<_> = self.stanzas.iter().map(|(kind, _)| kind.as_str()).collect();
        if kinds == ["scrypt"] {
            return ArchiveLock::Passphrase;
        }
        let shown = |kind: &&str| kind.chars().take(KIND_MAX).collect();
        let recipients = kinds.iter().filter(|kind| **kind != HINT_KIND && !kind.ends_with("-grease"));
        ArchiveLock::Recipients { kinds: recipients.map(shown).collect(), hint: self.hint() }
    }

    fn hint(&self) -> LockHint {
        let hint = self.stanzas.iter().find(|(kind, _)| kind == HINT_KIND);
        hint.and_then(|(_, words)| parse_hint(words)).unwrap_or_default()
    }
}

/// The words of a hint.
pub(super) fn hint_words(hint: &LockHint) -> Vec<String> {
    let master = match &hint.master_key {
        HintedKey::Key { fingerprint, place: KeyPlace::Inside } => format!("{MASTER_KEY}={fingerprint}"),
        HintedKey::Key { fingerprint, place } => format!("{MASTER_KEY}-{}={fingerprint}", place.as_str()),
        HintedKey::NoKey => format!("{MASTER_KEY}={NO_KEY}"),
        HintedKey::Untold => format!("{MASTER_KEY}={UNTOLD}"),
    };
    std::iter::once(master).chain(hint.recipients.iter().cloned()).collect()
}

fn named(name: &str, place: KeyPlace) -> Option<HintedKey> {
    Some(HintedKey::Key { fingerprint: KeyFingerprint::parse(name)?, place })
}

/// Reads the words of a hint; one that is not as it is written here is none.
fn parse_hint(words: &[String]) -> Option<LockHint> {
    let (master, recipients) = words.split_first()?;
    let (place, master) = master.strip_prefix(MASTER_KEY)?.split_once('=')?;
    let master_key = match (place, master) {
        ("", NO_KEY) => HintedKey::NoKey,
        ("", UNTOLD) => HintedKey::Untold,
        ("", name) => named(name, KeyPlace::Inside)?,
        (place, name) => {
            let place = KeyPlace::parse(place.strip_prefix('-')?).filter(|place| *place != KeyPlace::Inside);
            named(name, place?)?
        }
    };
    let name = |word: &String| {
        let hex = word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (hex && word.len() == 16).then(|| word.clone())
    };
    Some(LockHint { master_key, recipients: recipients.iter().map(name).collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests;
