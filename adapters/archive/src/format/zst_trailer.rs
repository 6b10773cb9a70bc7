//! The end of a tar.zst as this format writes it: a skippable frame that tells where the manifest begins and holds the
//! SHA-256 of every byte before the sum.
//!
//! Any zstd tool skips it. Does NOT compress, hash or move bytes.
//!
//! | bytes | content, numbers little endian |
//! |---|---|
//! | 4 | magic of a skippable frame, 0x184D2A5C |
//! | 4 | bytes that follow: 48 |
//! | 7 | `LOOMZST` |
//! | 1 | version: 1 |
//! | 8 | where the frame begins whose plaintext begins with the manifest's header, in bytes from the start of the file |
//! | 32 | SHA-256 of every byte of the file before it |

use std::io;

use super::trailing_sum::SUM_LEN;

const SKIPPABLE_MAGIC: [u8; 4] = 0x184D_2A5C_u32.to_le_bytes();
const PADDING_MAGIC: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();
const PAYLOAD_LEN: u32 = 48;
const MARK: [u8; 7] = *b"LOOMZST";
const VERSION: u8 = 1;

/// Bytes of the trailer before its sum.
const HEAD_LEN: usize = 24;
pub(super) const TRAILER_LEN: usize = HEAD_LEN + SUM_LEN;
/// Bytes before the padding of a frame that is nothing but padding.
pub(super) const PADDING_HEAD_LEN: usize = 8;

/// What is wrong with a tar.zst. Reaches callers inside an [`io::Error`] of kind `InvalidData`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZstDamage {
    /// The trailer is missing or was changed.
    #[error(
        "the zstd file does not end with the mark of this program: it was cut off, changed, or another program wrote it"
    )]
    Trailer,
    /// A trailer this program is too old for.
    #[error("the zstd file has a trailer of version {0}, only version 1 is known")]
    Version(u8),
    /// Its bytes are others than those that were written.
    #[error("the checksum at the end of the zstd file does not match its contents")]
    Sum,
    /// No frame begins where the manifest should.
    #[error("the zstd file has no frame at byte {0}, where its manifest should begin")]
    Manifest(u64),
    /// The frames end inside one of them.
    #[error("the zstd file ends inside the frame that begins at byte {0}")]
    Truncated(u64),
    /// What does not decompress.
    #[error("the zstd frame that begins at byte {offset} is damaged or refused: {what}")]
    Frame {
        /// Where it begins.
        offset: u64,
        /// In the words of the library.
        what: String,
    },
}

impl From<ZstDamage> for io::Error {
    fn from(damage: ZstDamage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}

/// The variable part of a trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trailer {
    pub(super) manifest: u64,
    pub(super) sum: [u8; SUM_LEN],
}

impl Trailer {
    /// Everything before the sum.
    pub(super) fn head(manifest: u64) -> [u8; HEAD_LEN] {
        let mut head = [0; HEAD_LEN];
        head[..4].copy_from_slice(&SKIPPABLE_MAGIC);
        head[4..8].copy_from_slice(&PAYLOAD_LEN.to_le_bytes());
        head[8..15].copy_from_slice(&MARK);
        head[15] = VERSION;
        head[16..].copy_from_slice(&manifest.to_le_bytes());
        head
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ZstDamage> {
        let (head, rest) = bytes.split_first_chunk::<HEAD_LEN>().ok_or(ZstDamage::Trailer)?;
        let sum = *rest.as_array().ok_or(ZstDamage::Trailer)?;
        let manifest = u64::from_le_bytes(*head.last_chunk().ok_or(ZstDamage::Trailer)?);
        let mut wanted = Self::head(manifest);
        if *head == wanted {
            return Ok(Self { manifest, sum });
        }
        wanted[15] = head[15];
        Err(if *head == wanted { ZstDamage::Version(head[15]) } else { ZstDamage::Trailer })
    }
}

/// The beginning of a frame of `len` bytes that mean nothing.
pub(super) fn padding_head(len: u32) -> [u8; PADDING_HEAD_LEN] {
    let mut head = [0; PADDING_HEAD_LEN];
    head[..4].copy_from_slice(&PADDING_MAGIC);
    head[4..].copy_from_slice(&len.to_le_bytes());
    head
}
