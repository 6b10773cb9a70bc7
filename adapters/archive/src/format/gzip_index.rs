//! Hops through a gzip file of this format from header to header, to find its manifest or to check it without inflating.
//!
//! Does NOT read foreign gzip files, whose members carry no length, and does not parse the tar inside.

use std::io::{self, Read, Seek, SeekFrom};

use super::fill::fill;
use super::gzip_member::{GzipDamage, GzipFault, HEADER_LEN, PACKED_MAX, TRAILER_LEN, plain_len};
use super::gzip_reader::GzReader;
use super::gzip_strict::parse_header;

/// How much of a file [`hop`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HopMode {
    /// Headers and trailers only: 33 bytes of each MiB. Finds cuts and foreign bytes, not flipped bits.
    Quick,
    /// Every byte, compared with the checksum of its member: finds every flipped bit.
    Checked,
}

/// What the members of a file add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberIndex {
    /// Number of members, at least 1.
    pub members: u64,
    /// Bytes of the whole file.
    pub packed_bytes: u64,
    /// Bytes of the whole plaintext, as the members record it.
    pub plain_bytes: u64,
    /// Where the last member begins that is marked as the start of the manifest.
    pub manifest: Option<MemberStart>,
}

/// Where a member begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberStart {
    /// Number of the member, the first is 1.
    pub member: u64,
    /// Bytes of the file before it.
    pub offset: u64,
    /// Bytes of plaintext before it, as the earlier members record it.
    pub plain_offset: u64,
}

/// Walks over all members of `reader`, from its first to its last byte. Memory is flat whatever the file holds.
///
/// # Errors
/// Damage as an [`io::Error`] of kind `InvalidData` that holds a [`GzipDamage`]; errors of `reader` unchanged.
pub fn hop<R: Read + Seek>(reader: &mut R, mode: HopMode) -> io::Result<MemberIndex> {
    let packed_bytes = reader.seek(SeekFrom::End(0))?;
    reader.rewind()?;
    let mut index = MemberIndex { members: 0, packed_bytes, plain_bytes: 0, manifest: None };
    let (mut offset, mut packed) = (0, vec![0; PACKED_MAX]);
    let mut head = [0; HEADER_LEN];
    let mut have = fill(reader, &mut head)?;
    while have > 0 || index.members == 0 {
        index.members += 1;
        let at = |what| GzipDamage { member: index.members, offset, what };
        let header = parse_header(&head, have, index.members).map_err(at)?;
        let next = offset + (HEADER_LEN + header.body_len()) as u64;
        if next > packed_bytes {
            return Err(at(GzipFault::Truncated).into());
        }
        if header.starts_manifest {
            let (member, plain_offset) = (index.members, index.plain_bytes);
            index.manifest = Some(MemberStart { member, offset, plain_offset });
        }
        let mut sum = header.begin_sum();
        match mode {
            HopMode::Quick => reader.seek_relative(i64::from(header.packed_len))?,
            HopMode::Checked => {
                let packed = &mut packed[..header.packed_len as usize];
                if fill(reader, packed)? < packed.len() {
                    return Err(at(GzipFault::Truncated).into());
                }
                sum.update(packed);
            }
        }
        // One read takes this member's trailer and the next one's header.
        let mut seam = [0; TRAILER_LEN + HEADER_LEN];
        let seam_have = fill(reader, &mut seam)?;
        let (trailer, rest) =
            seam.split_first_chunk::<TRAILER_LEN>().ok_or_else(|| at(GzipFault::Truncated))?;
        have = seam_have.checked_sub(TRAILER_LEN).ok_or_else(|| at(GzipFault::Truncated))?;
        sum.update(trailer);
        if mode == HopMode::Checked && sum.finalize() != header.sum {
            return Err(at(GzipFault::PackedSum).into());
        }
        index.plain_bytes += plain_len(trailer).map_err(at)? as u64;
        head.copy_from_slice(rest);
        offset = next;
    }
    Ok(index)
}

/// The plaintext from `start` to the end of the file.
///
/// # Errors
/// Those of `reader`, or when a thread cannot be started. Damage shows when reading.
pub fn read_from<R: Read + Seek>(mut reader: R, start: MemberStart) -> io::Result<GzReader<R>> {
    reader.seek(SeekFrom::Start(start.offset))?;
    GzReader::from_member(reader, start.member, start.offset)
}

#[cfg(test)]
mod tests;
