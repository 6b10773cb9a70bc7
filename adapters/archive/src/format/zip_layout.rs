//! The parts of a zip file as this format writes it: what stands before and behind each member, and at the end.
//!
//! Any zip tool reads such files. Members come one after the other without gaps, the manifest last; each header before a
//! member tells size and mode, so that a file is read from front to back like a tar; and all that stands at the end
//! follows from these headers, so that it cannot tell anything else. Does NOT compress, read or move bytes.
//!
//! | part | of this format |
//! |---|---|
//! | names | UTF-8, folders end with a slash |
//! | files | deflate, with a data descriptor behind them; folders stored, without |
//! | times | extra field 0x5455, modification only; the DOS times say the same in UTC |
//! | own extra field | 0x4D4C before each member: version 1, size (8 bytes), permission bits (2 bytes) |
//! | zip64 | of members of 3.75 GiB and more, of offsets and counts that need it |
//! | comment | mark, version, place of the manifest's member, SHA-256 of every byte before its first digit |

use super::members::MemberKind;
use super::zip_fields::{ELSEWHERE, Fields, dos_times, narrow};

pub(super) const LOCAL_MAGIC: [u8; 4] = *b"PK\x03\x04";
pub(super) const CENTRAL_MAGIC: [u8; 4] = *b"PK\x01\x02";
/// Bytes of a header before a member up to its name, and of one in the directory.
pub(super) const LOCAL_LEN: usize = 30;
pub(super) const CENTRAL_LEN: usize = 46;

const UTF8: u16 = 1 << 11;
const DESCRIPTOR: u16 = 1 << 3;
const DEFLATE: u16 = 8;
const UNIX: u16 = 3 << 8;
const ZIP64_ID: u16 = 1;
const TIMES_ID: u16 = 0x5455;
const OWN_ID: u16 = 0x4D4C;
const OWN_VERSION: u8 = 1;
/// Files from this size on get zip64 fields: deflate may need a little more room than there was.
const LARGE_FROM: u64 = 0xF000_0000;

const COMMENT_MARK: &str = "OpenCCU-Loom archive 1, manifest at byte ";
const COMMENT_SUM: &str = ", SHA-256 of every byte before: ";
const PLACE_DIGITS: usize = 20;
/// Hex digits of the sum, the last bytes of the file.
pub(super) const SUM_DIGITS: usize = 64;
const COMMENT_LEN: usize = COMMENT_MARK.len() + PLACE_DIGITS + COMMENT_SUM.len() + SUM_DIGITS;
/// The record that every zip ends with, with its comment.
pub(super) const END_LEN: usize = 22 + COMMENT_LEN;

/// What is known of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) kind: MemberKind,
    pub(super) size: u64,
    pub(super) mode: u16,
    /// Seconds since 1970 UTC.
    pub(super) mtime: u32,
    /// Where its header begins.
    pub(super) offset: u64,
    /// These two are known only behind it.
    pub(super) crc: u32,
    pub(super) packed: u64,
}

/// What an own extra field and the times tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) size: u64,
    pub(super) mode: u16,
    pub(super) mtime: u32,
}

impl Entry {
    fn is_large(&self) -> bool {
        self.size >= LARGE_FROM
    }

    fn is_file(&self) -> bool {
        self.kind == MemberKind::File
    }

    /// Flags, method and DOS times, as they stand in both headers.
    fn shared(&self) -> Fields {
        let (flags, method) = if self.is_file() { (UTF8 | DESCRIPTOR, DEFLATE) } else { (UTF8, 0) };
        let (time, date) = dos_times(self.mtime);
        Fields::default().u16(flags).u16(method).u16(time).u16(date)
    }

    fn times(&self) -> Fields {
        Fields::default().u16(TIMES_ID).u16(5).u8(1).u32(self.mtime)
    }

    /// The header before the member.
    pub(super) fn local(&self) -> Vec<u8> {
        let (version, size, zip64) = if self.is_large() {
            (45, ELSEWHERE, Fields::default().u16(ZIP64_ID).u16(16).u64(0).u64(0))
        } else {
            (20, 0, Fields::default())
        };
        let own = Fields::default().u16(OWN_ID).u16(11).u8(OWN_VERSION).u64(self.size).u16(self.mode);
        let extra = zip64.join(&self.times()).join(&own);
        Fields(LOCAL_MAGIC.to_vec())
            .u16(version)
            .join(&self.shared())
            .u32(0)
            .u32(size)
            .u32(size)
            .len(&self.path)
            .len(&extra.0)
            .bytes(&self.path)
            .join(&extra)
            .0
    }

    /// What follows the bytes of a file; nothing follows a folder.
    pub(super) fn descriptor(&self) -> Vec<u8> {
        let head = Fields(b"PK\x07\x08".to_vec()).u32(self.crc);
        match (self.is_file(), self.is_large()) {
            (false, _) => Vec::new(),
            (true, true) => head.u64(self.packed).u64(self.size).0,
            (true, false) => head.u32(narrow(self.packed)).u32(narrow(self.size)).0,
        }
    }

    /// The header in the directory.
    pub(super) fn central(&self) -> Vec<u8> {
        let mut zip64 = Fields::default();
        let (mut packed, mut size) = (narrow(self.packed), narrow(self.size));
        if self.is_large() {
            zip64 = zip64.u64(self.size).u64(self.packed);
            (packed, size) = (ELSEWHERE, ELSEWHERE);
        }
        let offset = narrow(self.offset);
        if offset == ELSEWHERE {
            zip64 = zip64.u64(self.offset);
        }
        let version = if zip64.0.is_empty() { 20 } else { 45 };
        let extra = match zip64.0.len() {
            0 => self.times(),
            _ => Fields::default().u16(ZIP64_ID).len(&zip64.0).join(&zip64).join(&self.times()),
        };
        let (kind, dos) = if self.is_file() { (0o100_000, 0) } else { (0o040_000, 0x10) };
        Fields(CENTRAL_MAGIC.to_vec())
            .u16(UNIX | version)
            .u16(version)
            .join(&self.shared())
            .u32(self.crc)
            .u32(packed)
            .u32(size)
            .len(&self.path)
            .len(&extra.0)
            // No comment, first disk, no internal attributes.
            .bytes(&[0; 6])
            .u32(u32::from(kind | self.mode) << 16 | dos)
            .u32(offset)
            .bytes(&self.path)
            .join(&extra)
            .0
    }
}

/// Whether a file that begins with `head` has the own extra field before its first member: whoever packs a zip anew drops
/// it.
pub fn begins_as_ours(head: &[u8]) -> bool {
    let Some((fixed, rest)) = head.split_at_checked(LOCAL_LEN).filter(|_| head.starts_with(&LOCAL_MAGIC))
    else {
        return false;
    };
    let len = |at: usize| usize::from(u16::from_le_bytes([fixed[at], fixed[at + 1]]));
    let (name, extra) = (len(26), len(28));
    rest.get(name..name + extra).and_then(told).is_some()
}

/// The extra fields before a member; `None` if one of them is broken or one of ours is missing.
pub(super) fn told(mut extra: &[u8]) -> Option<Told> {
    let (mut own, mut mtime) = (None, None);
    while let Some((head, rest)) = extra.split_first_chunk::<4>() {
        let [id_low, id_high, len_low, len_high] = *head;
        let (body, rest) = rest.split_at_checked(u16::from_le_bytes([len_low, len_high]).into())?;
        match (u16::from_le_bytes([id_low, id_high]), body) {
            (OWN_ID, [OWN_VERSION, size @ .., mode_low, mode_high]) => {
                let size = u64::from_le_bytes(*size.as_array()?);
                own = Some((size, u16::from_le_bytes([*mode_low, *mode_high])));
            }
            (TIMES_ID, [1, time @ ..]) => mtime = Some(u32::from_le_bytes(*time.as_array()?)),
            _ => {}
        }
        extra = rest;
    }
    let (size, mode) = own?;
    Some(Told { size, mode, mtime: mtime? })
}

/// Everything behind a directory of `entries` members and `len` bytes at `offset`, up to the digits of the sum.
pub(super) fn ending(entries: u64, offset: u64, len: u64, manifest: u64) -> Vec<u8> {
    let count = u16::try_from(entries).unwrap_or(u16::MAX);
    let mut end = Fields::default();
    if count == u16::MAX || narrow(offset) == ELSEWHERE || narrow(len) == ELSEWHERE {
        end = Fields(b"PK\x06\x06".to_vec())
            .u64(44)
            .u16(UNIX | 45)
            .u16(45)
            .bytes(&[0; 8])
            .u64(entries)
            .u64(entries)
            .u64(len)
            .u64(offset)
            .bytes(b"PK\x06\x07")
            .u32(0)
            .u64(offset + len)
            .u32(1);
    }
    let comment = format!("{COMMENT_MARK}{manifest:0PLACE_DIGITS$}{COMMENT_SUM}");
    end.bytes(b"PK\x05\x06")
        .bytes(&[0; 4])
        .u16(count)
        .u16(count)
        .u32(narrow(len))
        .u32(narrow(offset))
        .len(&[0; COMMENT_LEN])
        .bytes(comment.as_bytes())
        .0
}

/// Where the last [`END_LEN`] bytes of a file say that the manifest is, and their digits of the sum.
pub(super) fn parse_end(end: &[u8]) -> Option<(u64, &[u8])> {
    let (head, digits) = end.split_at_checked(END_LEN - SUM_DIGITS)?;
    let place = head.strip_suffix(COMMENT_SUM.as_bytes())?.last_chunk::<PLACE_DIGITS>()?;
    let manifest = str::from_utf8(place).ok().filter(|place| place.bytes().all(|b| b.is_ascii_digit()))?;
    let manifest = manifest.parse().ok()?;
    // Compared by its own words: they follow from this one number but for those of the directory.
    let wanted = ending(0, 0, 0, manifest);
    let same = head.len() == wanted.len() && head[..4] == wanted[..4] && head[20..] == wanted[20..];
    same.then_some((manifest, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_ours_is_known_by_its_beginning_whatever_its_first_member_is() {
        let entry = Entry {
            path: b"state/openccu-loom.db".to_vec(),
            kind: MemberKind::File,
            size: 7,
            mode: 0o600,
            mtime: 1_795_437_296,
            offset: 0,
            crc: 0,
            packed: 0,
        };
        let large = Entry { size: LARGE_FROM, ..entry.clone() };
        for ours in [entry.local(), large.local()] {
            assert!(begins_as_ours(&ours));
            let own = ours.windows(2).rposition(|id| id == OWN_ID.to_le_bytes()).unwrap();
            let mut other = ours.clone();
            other[own] ^= 1;
            assert!(!begins_as_ours(&other));
            assert!((0..ours.len()).all(|len| !begins_as_ours(&ours[..len])));
        }
    }

    #[test]
    fn the_end_tells_the_place_of_the_manifest() {
        for (entries, offset, place) in [(2, 4711, 99), (70_000, 4711, 0), (3, 1 << 33, u64::MAX)] {
            let mut end = ending(entries, offset, 77, place);
            end.extend([b'a'; SUM_DIGITS]);
            let (manifest, digits) = parse_end(&end[end.len() - END_LEN..]).unwrap();
            assert_eq!((manifest, digits), (place, [b'a'; SUM_DIGITS].as_slice()));
        }
        assert_eq!(parse_end(&[0; END_LEN]), None);
        assert_eq!(parse_end(b""), None);
    }
}
