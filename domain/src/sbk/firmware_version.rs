//! The firmware a CCU backup comes from: the version, and the member `firmware_version` that names it.
//!
//! A CCU runs that member as a shell script when it restores, so anything but plain assignments is refused.
//!
//! Does NOT know which firmware exists.

use super::SbkDamage;
use std::fmt;

/// Variables that make a shell run or load something else.
const DANGEROUS: [&str; 4] = ["PATH", "IFS", "ENV", "BASH_ENV"];

/// A version such as `3.87.6.20260101`; stock firmware has no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FirmwareVersion {
    /// First number: 2 for a CCU2, 3 for a CCU3 or OpenCCU.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number.
    pub patch: u32,
    /// Fourth number, a date such as 20260101.
    pub date: Option<u64>,
}

/// Why a `firmware_version` is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFirmwareVersion {
    /// No line `VERSION=`.
    #[error("names no version; a CCU would refuse this backup")]
    NoVersion,
    /// Something else than three or four numbers.
    #[error("the version is not made of three or four numbers; a CCU would refuse this backup")]
    NotNumbers,
    /// Two lines `VERSION=`.
    #[error("names the version twice")]
    Twice,
    /// A line a shell could take for a command.
    #[error(
        "line {line} is no plain assignment, a CCU would run it as a command; do not restore this backup"
    )]
    Command {
        /// Which line, from 1.
        line: usize,
    },
}

impl FirmwareVersion {
    /// Reads `3.87.6` or `3.87.6.20260101`, nothing else; `None` also if a number has no room.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = text.split('.');
        let mut number = || parts.next().filter(digits)?.parse().ok();
        let (major, minor, patch) = (number()?, number()?, number()?);
        let date = match parts.next() {
            None => None,
            Some(part) => Some(Some(part).filter(digits)?.parse().ok()?),
        };
        parts.next().is_none().then_some(Self { major, minor, patch, date })
    }

    /// The three numbers a CCU compares.
    pub fn release(&self) -> (u32, u32, u32) {
        (self.major, self.minor, self.patch)
    }

    /// Whether a CCU takes `self` for newer than `other`: the date does not count.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.release() > other.release()
    }
}

impl fmt::Display for FirmwareVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        self.date.map_or(Ok(()), |date| write!(f, ".{date}"))
    }
}

/// What the member `firmware_version` says: version and product.
pub(super) fn read(member: &[u8]) -> Result<(FirmwareVersion, Option<String>), SbkDamage> {
    let mut version = None;
    let mut product = None;
    for (at, line) in member.split(|byte| *byte == b'\n').enumerate() {
        let command = BadFirmwareVersion::Command { line: at + 1 };
        let line = std::str::from_utf8(line).map_err(|_| command)?.trim_matches([' ', '\t']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = assignment(line).ok_or(command)?;
        match name {
            "VERSION" if version.is_some() => return Err(BadFirmwareVersion::Twice.into()),
            "VERSION" => version = Some(FirmwareVersion::parse(value).ok_or(BadFirmwareVersion::NotNumbers)?),
            "PRODUCT" => product = Some(unquoted(value).to_owned()),
            _ => {}
        }
    }
    Ok((version.ok_or(BadFirmwareVersion::NoVersion)?, product))
}

/// Name and value of an assignment that does nothing but assign.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let mut letters = name.bytes();
    let begins = letters.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let goes_on = letters.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let tame = !DANGEROUS.contains(&name) && !name.starts_with("LD_");
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"._:+/,@%-".contains(&byte);
    let quoted = |byte: u8| (byte == b' ' || byte.is_ascii_graphic()) && !b"'\"\\$`".contains(&byte);
    let inside = unquoted(value);
    let plain =
        if inside.len() == value.len() { value.bytes().all(bare) } else { inside.bytes().all(quoted) };
    (begins && goes_on && tame && plain).then_some((name, value))
}

/// What stands between two equal quotes, or all of it.
fn unquoted(value: &str) -> &str {
    let between = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    between('"').or_else(|| between('\'')).unwrap_or(value)
}
