//! One header of a tar: 512 bytes of ustar or GNU, and the records of pax that may stand before it.
//!
//! Does NOT accept headers without magic or with a wrong checksum: no CCU writes such.

/// Bytes of a header and of every other unit of a tar.
pub(super) const BLOCK: usize = 512;

/// What a header introduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file with content.
    Regular,
    /// A folder.
    Folder,
    /// A link, device or pipe.
    Other,
    /// The name of the next member, where it is too long for a header.
    LongName,
    /// Records of pax on the next member.
    Pax,
    /// Something on the next member that does not matter here.
    Skipped,
}

/// A header that is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Name, as it stands there.
    pub(super) name: Vec<u8>,
    /// What follows.
    pub(super) kind: Kind,
    /// Bytes of content that follow.
    pub(super) size: u64,
    /// Whether further blocks of a sparse map come before the content.
    pub(super) more_map: bool,
}

/// Whether the block carries the magic of a tar header.
pub(super) fn has_magic(block: &[u8; BLOCK]) -> bool {
    block[257..262] == *b"ustar"
}

/// Reads a header; `None` if it is none.
pub(super) fn parse(block: &[u8; BLOCK]) -> Option<Header> {
    let bytes: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    let checksum_field: u64 = block[148..156].iter().map(|byte| u64::from(*byte)).sum();
    // The checksum is taken with its own field full of spaces.
    let checksum = bytes - checksum_field + 8 * u64::from(b' ');
    if !has_magic(block) || number(&block[148..156])? != checksum {
        return None;
    }
    let mut name = until_nul(&block[..100]).to_vec();
    let prefix = until_nul(&block[345..500]);
    if block[262] == 0 && !prefix.is_empty() {
        name = [prefix, b"/", &name].concat();
    }
    let flag = block[156];
    // A hard link names the size of its target but has no content of its own.
    let size = if flag == b'1' { 0 } else { number(&block[124..136])? };
    let kind = match flag {
        b'0' | 0 if name.ends_with(b"/") => Kind::Folder,
        b'0' | 0 | b'7' | b'S' => Kind::Regular,
        b'5' => Kind::Folder,
        b'L' => Kind::LongName,
        b'x' => Kind::Pax,
        b'K' | b'g' => Kind::Skipped,
        _ => Kind::Other,
    };
    Some(Header { name, kind, size, more_map: flag == b'S' && block[482] != 0 })
}

/// Name and size that records of pax give to the next member; `None` if they are no records.
pub(super) fn parse_pax(mut records: &[u8]) -> Option<(Option<Vec<u8>>, Option<u64>)> {
    let (mut name, mut size) = (None, None);
    while !records.is_empty() {
        let space = records.iter().position(|byte| *byte == b' ')?;
        let length = usize::try_from(decimal(records.get(..space)?)?).ok()?;
        let record = records.get(space + 1..length)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|byte| *byte == b'=')?;
        let (key, value) = (record.get(..equals)?, record.get(equals + 1..)?);
        match key {
            b"path" => name = Some(value.to_vec()),
            b"size" => size = Some(decimal(value)?),
            _ => {}
        }
        records = records.get(length..)?;
    }
    Some((name, size))
}

/// The bytes before the first NUL.
pub(super) fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number of ASCII digits and nothing else.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    let number =
        digits.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(digits).ok()?.parse().ok());
    number.flatten()
}

/// A numeric field: octal digits, or where these have no room binary with the first bit set.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((0x80, binary)) = field.split_first() {
        let (high, low) = binary.split_at_checked(binary.len().checked_sub(8)?)?;
        let low = low.try_into().map(u64::from_be_bytes).ok()?;
        return high.iter().all(|byte| *byte == 0).then_some(low);
    }
    let digits = field.trim_ascii_start();
    let end = digits.iter().position(|byte| !(b'0'..=b'7').contains(byte)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(end)?;
    let closed = rest.iter().all(|byte| matches!(byte, 0 | b' '));
    if digits.is_empty() || !closed {
        return None;
    }
    // Twelve octal digits have 36 bits.
    Some(digits.iter().fold(0, |sum, digit| sum * 8 + u64::from(digit - b'0')))
}
