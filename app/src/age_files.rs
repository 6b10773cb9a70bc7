//! Files of age: recipients as `age -R` reads them, identities as `age-keygen` writes them.
//!
//! Never repeats a line that may hold a secret. Does NOT open or seal anything, and looks for no file by itself.

use loom_adapter_archive::{check_identity, check_recipient};
use loom_domain::archive::{Identity, Recipient};
use std::io::{self, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// No list of recipients or identities is larger; a wrong file is not read to its end.
const MAX_BYTES: u64 = 1 << 20;

/// Why a file does not hold what it has to. Reads after the name of the file.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the words say it")]
pub enum BadAgeFile {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("has more than 1 MiB")]
    TooLarge,
    #[error("is no text")]
    NoText,
    #[error("holds no {0}")]
    Nothing(&'static str),
    #[error(
        "is an identity file that is itself encrypted\nhint: decrypt it with `age -d` into a file of its own first"
    )]
    Encrypted,
    #[error(
        "holds an SSH key, and only identities that begin with `AGE-SECRET-KEY-1` are used\nhint: make one with `age-keygen`"
    )]
    SshKey,
    #[error("line {line}: {reason}")]
    Line { line: usize, reason: NoAgeKey },
}

/// Why a text is no recipient or no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the words say it")]
pub enum NoAgeKey {
    #[error("is no recipient, which begins with `age1`")]
    NoRecipient,
    #[error("is no recipient: it begins as one, and is mistyped or cut off")]
    CutRecipient,
    #[error("looks like a recipient and is none: {0}")]
    BrokenRecipient(String),
    #[error(
        "is an SSH key, and archives are sealed for recipients that begin with `age1` only\nhint: make one with `age-keygen`"
    )]
    SshRecipient,
    #[error(
        "is an identity, which is secret; a recipient begins with `age1`\nhint: `age-keygen -y` tells the recipient of an identity"
    )]
    IdentityForRecipient,
    #[error("is no identity, which begins with `AGE-SECRET-KEY-1`")]
    NoIdentity,
    #[error("looks like an identity and is none: {0}")]
    BrokenIdentity(String),
    #[error("is a recipient, which opens nothing; an identity begins with `AGE-SECRET-KEY-1`")]
    RecipientForIdentity,
    #[error("is an identity of a plugin, and plugins are not used")]
    Plugin,
}

/// The recipients of a file: one a line, lines that begin with `#` and empty ones are passed over. At least one.
pub fn recipients_of(file: &Path) -> Result<Vec<Recipient>, BadAgeFile> {
    let text = read(file)?;
    keys(&text, "recipient", recipient)
}

/// A recipient.
pub fn recipient(text: &str) -> Result<Recipient, NoAgeKey> {
    let text = text.trim();
    match Recipient::parse(text) {
        Some(recipient) => {
            check_recipient(recipient.as_str()).map_err(|error| NoAgeKey::BrokenRecipient(error.to_string()))
        }
        None if text.starts_with("AGE-SECRET-KEY-") => Err(NoAgeKey::IdentityForRecipient),
        None if text.starts_with("ssh-") => Err(NoAgeKey::SshRecipient),
        None if text.starts_with("age1") => Err(NoAgeKey::CutRecipient),
        None => Err(NoAgeKey::NoRecipient),
    }
}

/// The identities of a file, in its order. At least one, and none of a plugin.
pub fn identities_of(file: &Path) -> Result<Vec<Identity>, BadAgeFile> {
    keys(&identity_file(file)?, "identity", identity)
}

/// The same, but beside at least one that is used, those of plugins are passed over; with the numbers of their lines.
pub fn usable_identities_of(file: &Path) -> Result<(Vec<Identity>, Vec<usize>), BadAgeFile> {
    let text = identity_file(file)?;
    let (mut used, mut passed_over) = (Vec::new(), Vec::new());
    for (line, text) in lines(&text) {
        match identity(text) {
            Ok(identity) => used.push(identity),
            Err(NoAgeKey::Plugin) => passed_over.push(line),
            Err(reason) => return Err(BadAgeFile::Line { line, reason }),
        }
    }
    match (used.is_empty(), passed_over.first()) {
        (false, _) => Ok((used, passed_over)),
        (true, Some(&line)) => Err(BadAgeFile::Line { line, reason: NoAgeKey::Plugin }),
        (true, None) => Err(BadAgeFile::Nothing("identity")),
    }
}

fn identity_file(file: &Path) -> Result<Zeroizing<String>, BadAgeFile> {
    let text = read(file)?;
    let beginning = text.trim_start();
    if ["age-encryption.org/", "-----BEGIN AGE ENCRYPTED FILE"].iter().any(|mark| beginning.starts_with(mark))
    {
        return Err(BadAgeFile::Encrypted);
    }
    if beginning.starts_with("-----BEGIN ") {
        return Err(BadAgeFile::SshKey);
    }
    Ok(text)
}

fn identity(text: &str) -> Result<Identity, NoAgeKey> {
    let text = text.trim();
    match Identity::parse(text) {
        Some(identity) => {
            check_identity(identity.reveal()).map_err(|error| NoAgeKey::BrokenIdentity(error.to_string()))
        }
        None if text.starts_with("age1") => Err(NoAgeKey::RecipientForIdentity),
        None if text.starts_with("AGE-PLUGIN-") => Err(NoAgeKey::Plugin),
        None => Err(NoAgeKey::NoIdentity),
    }
}

fn keys<K>(
    text: &str,
    what: &'static str,
    parse: impl Fn(&str) -> Result<K, NoAgeKey>,
) -> Result<Vec<K>, BadAgeFile> {
    let keys: Vec<K> = lines(text)
        .map(|(line, text)| parse(text).map_err(|reason| BadAgeFile::Line { line, reason }))
        .collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(BadAgeFile::Nothing(what)) } else { Ok(keys) }
}

/// The lines that are neither empty nor comments, each with its number.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().map(str::trim).zip(1..).map(|(line, number)| (number, line));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn read(file: &Path) -> Result<Zeroizing<String>, BadAgeFile> {
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(file)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(BadAgeFile::TooLarge);
    }
    // The header of an encrypted identity file is text, what follows is none.
    if bytes.starts_with(b"age-encryption.org/") {
        return Err(BadAgeFile::Encrypted);
    }
    std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| BadAgeFile::NoText)
}

#[cfg(test)]
mod tests;
