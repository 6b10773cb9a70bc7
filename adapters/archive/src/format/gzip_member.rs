//! One gzip member as this format writes it: a header that records the member's length and checksum, deflate bytes, trailer.
//!
//! Any gzip tool reads such members. A reader that knows the header can hop from one to the next without inflating,
//! inflate them in parallel, and trust every bit. Does NOT compress, inflate or move bytes.
//!
//! | bytes | content |
//! |---|---|
//! | 16 | fixed: gzip magic, deflate, FEXTRA, no time, XFL 0, OS 255, XLEN 13, subfield `LM` of 9 bytes |
//! | 4 | length of the deflate bytes, little endian |
//! | 4 | CRC-32 over that length, the flags byte, the deflate bytes and the trailer |
//! | 1 | flags: bit 0 = the manifest starts here; the others are zero |
//! | n | deflate bytes |
//! | 8 | trailer: CRC-32 and length of the plaintext, little endian |

use std::io;

/// Plaintext bytes in one member at most.
pub const BLOCK_BYTES: usize = 1 << 20;

pub(super) const HEADER_LEN: usize = 25;
pub(super) const TRAILER_LEN: usize = 8;

/// Room for a block that does not compress at all; a test holds it against libdeflate's own bound.
pub(super) const PACKED_MAX: usize = BLOCK_BYTES + 4096;
pub(super) const MEMBER_MAX: usize = HEADER_LEN + PACKED_MAX + TRAILER_LEN;

pub(super) const FIXED_LEN: usize = 16;
const FIXED: [u8; FIXED_LEN] = *b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x0d\0LM\x09\0";
/// Where the part begins that foreign gzip files do not share with this format.
const OWN_PART: usize = 10;

/// What is wrong with which gzip member. Reaches callers inside an [`io::Error`] of kind `InvalidData`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("gzip member {member} at byte {offset}: {what}")]
pub struct GzipDamage {
    /// Number of the member, the first is 1.
    pub member: u64,
    /// Where the member begins, in bytes from the start of the file.
    pub offset: u64,
    /// The finding.
    pub what: GzipFault,
}

/// The findings about a gzip member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GzipFault {
    /// The input is over before the member is.
    #[error("the file ends inside it")]
    Truncated,
    /// Not the header this format writes, or no gzip header at all.
    #[error("its header is damaged")]
    Header,
    /// What follows the last member does not begin like a member.
    #[error("trailing bytes that are no gzip member")]
    TrailingBytes,
    /// A recorded length no member can have.
    #[error("its recorded length is beyond what a member may hold")]
    TooLong,
    /// Length, flags, deflate bytes or trailer were changed.
    #[error("checksum of the compressed data does not match")]
    PackedSum,
    /// The deflate bytes are invalid, or length or checksum of the plaintext differ from the trailer.
    #[error("the compressed data does not inflate to its recorded length and checksum")]
    Content,
    /// A member of this format after one of another origin: the first header was damaged or files were glued together.
    #[error("the members are of mixed origin")]
    Mixed,
}

impl From<GzipDamage> for io::Error {
    fn from(damage: GzipDamage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}

/// The variable part of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MemberHeader {
    pub(super) packed_len: u32,
    pub(super) sum: u32,
    pub(super) starts_manifest: bool,
}

impl MemberHeader {
    pub(super) fn parse(bytes: &[u8; HEADER_LEN]) -> Result<Self, GzipFault> {
        let (fixed, rest) = bytes.split_at(FIXED_LEN);
        let (&[l0, l1, l2, l3, s0, s1, s2, s3, flags], true) = (rest, fixed == FIXED) else {
            return Err(GzipFault::Header);
        };
        if flags > 1 {
            return Err(GzipFault::Header);
        }
        let packed_len = u32::from_le_bytes([l0, l1, l2, l3]);
        if packed_len as usize > PACKED_MAX {
            return Err(GzipFault::TooLong);
        }
        Ok(Self { packed_len, sum: u32::from_le_bytes([s0, s1, s2, s3]), starts_manifest: flags == 1 })
    }

    pub(super) fn encode(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..FIXED_LEN].copy_from_slice(&FIXED);
        bytes[16..20].copy_from_slice(&self.packed_len.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.sum.to_le_bytes());
        bytes[24] = u8::from(self.starts_manifest);
        bytes
    }

    /// Length of deflate bytes and trailer together.
    pub(super) fn body_len(&self) -> usize {
        self.packed_len as usize + TRAILER_LEN
    }

    /// A checksum to be fed with the body and compared with `sum`.
    pub(super) fn begin_sum(&self) -> crc32fast::Hasher {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.packed_len.to_le_bytes());
        hasher.update(&[u8::from(self.starts_manifest)]);
        hasher
    }
}

/// Length of the plaintext as a trailer records it.
pub(super) fn plain_len(trailer: &[u8; TRAILER_LEN]) -> Result<usize, GzipFault> {
    let [.., a, b, c, d] = *trailer;
    let len = u32::from_le_bytes([a, b, c, d]) as usize;
    if len > BLOCK_BYTES { Err(GzipFault::TooLong) } else { Ok(len) }
}

/// True when a file with these first bytes was meant to be of this format.
///
/// Four of six bytes decide, not all: a damaged header must not turn an archive into a foreign gzip file, whose reader
/// cannot notice a flipped bit in a header. A foreign file matches by chance once in 10^8.
pub fn is_loom_gzip(first_bytes: &[u8]) -> bool {
    let own = first_bytes.iter().zip(&FIXED).skip(OWN_PART);
    own.filter(|(byte, wanted)| byte == wanted).count() >= 4
}

/// True for the extra field of a gzip header that only this format writes.
pub(super) fn is_loom_extra(extra: &[u8]) -> bool {
    extra.starts_with(&FIXED[FIXED_LEN - 4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_for_a_member_covers_what_libdeflate_may_need() {
        for level in libdeflater::CompressionLvl::iter().chain([libdeflater::CompressionLvl::best()]) {
            let bound = libdeflater::Compressor::new(level).deflate_compress_bound(BLOCK_BYTES);
            assert!(bound <= PACKED_MAX, "{bound}");
        }
    }

    #[test]
    fn a_header_survives_the_round_trip() {
        for starts_manifest in [false, true] {
            let header = MemberHeader { packed_len: 4711, sum: 0xdead_beef, starts_manifest };
            assert_eq!(MemberHeader::parse(&header.encode()), Ok(header));
        }
    }

    #[test]
    fn a_length_no_block_can_have_is_refused() {
        let packed_len = u32::try_from(PACKED_MAX).unwrap() + 1;
        let header = MemberHeader { packed_len, sum: 0, starts_manifest: false };
        assert_eq!(MemberHeader::parse(&header.encode()), Err(GzipFault::TooLong));
        let [a, b, c, d] = (1u32 << 20 | 1).to_le_bytes();
        assert_eq!(plain_len(&[0, 0, 0, 0, a, b, c, d]), Err(GzipFault::TooLong));
    }

    #[test]
    fn a_header_with_two_ruined_bytes_is_still_recognised() {
        for first in 0..FIXED_LEN {
            for second in 0..FIXED_LEN {
                let mut bytes = FIXED;
                bytes[first] ^= 0xff;
                bytes[second] ^= 0x0f;
                assert!(is_loom_gzip(&bytes));
            }
        }
    }

    #[test]
    fn headers_of_other_tools_are_foreign() {
        let gzip = *b"\x1f\x8b\x08\0\x01\x02\x03\x04\0\x03\xed\xbd\x07\x60\x1c\x49";
        let bgzf = *b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0";
        assert!(!is_loom_gzip(&gzip) && !is_loom_gzip(&bgzf) && !is_loom_gzip(&FIXED[..13]));
    }
}
