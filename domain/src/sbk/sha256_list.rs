//! The list `signature.sha256` of OpenCCU: lines as `sha256sum` writes them.
//!
//! Does NOT compute hashes.

/// One line: a hash and the name of a member, without `./`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListedHash<'a> {
    /// 64 lower-case hex digits.
    pub(super) sha256: &'a [u8],
    /// Name of the member.
    pub(super) name: &'a [u8],
}

/// All lines of the list; the error is the number of the first that is none, from 1.
pub(super) fn parse(list: &[u8]) -> Result<Vec<ListedHash<'_>>, usize> {
    let lines = list.strip_suffix(b"\n").unwrap_or(list);
    lines.split(|byte| *byte == b'\n').enumerate().map(|(at, text)| line(text).ok_or(at + 1)).collect()
}

fn line(text: &[u8]) -> Option<ListedHash<'_>> {
    let (sha256, rest) = text.split_at_checked(64)?;
    let hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let name = rest.strip_prefix(b"  ").or_else(|| rest.strip_prefix(b" *"))?;
    let name = name.strip_prefix(b"./").unwrap_or(name);
    (sha256.iter().all(hex) && !name.is_empty()).then_some(ListedHash { sha256, name })
}
