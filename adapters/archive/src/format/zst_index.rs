//! Goes straight to the manifest of a tar.zst of this format, by way of its trailer.
//!
//! Does NOT decompress the members before the manifest, and does not read foreign zstd files.

use std::io::{self, Read, Seek, SeekFrom};

use super::gzip_index::HopMode;
use super::tar_reader::TarReader;
use super::trailing_sum::sum_of;
use super::zst_reader::ZstReader;
use super::zst_trailer::{TRAILER_LEN, Trailer, ZstDamage};

/// The members from the manifest on. With [`HopMode::Checked`] every byte of the file was compared with its checksum
/// before; [`HopMode::Quick`] finds cuts, and flipped bits only in the part that is read.
///
/// # Errors
/// Damage as an [`io::Error`] of kind `InvalidData` that holds a [`ZstDamage`]; errors of `reader` unchanged.
pub fn from_manifest<R: Read + Seek>(mut reader: R, mode: HopMode) -> io::Result<TarReader<ZstReader<R>>> {
    let (start, tail) = tail_of(&mut reader)?;
    let Trailer { manifest, sum } = Trailer::parse(&tail)?;
    if mode == HopMode::Checked {
        reader.rewind()?;
        if sum_of(&mut reader, start + (tail.len() - sum.len()) as u64)? != sum {
            return Err(ZstDamage::Sum.into());
        }
    }
    if manifest >= start {
        return Err(ZstDamage::Manifest(manifest).into());
    }
    reader.seek(SeekFrom::Start(manifest))?;
    Ok(TarReader::new(ZstReader::from_frame(reader, manifest)?))
}

/// Whether a file ends as a tar.zst of this format, or of a later one.
pub fn ends_as_ours(mut reader: impl Read + Seek) -> bool {
    tail_of(&mut reader).is_ok_and(|(_, tail)| !matches!(Trailer::parse(&tail), Err(ZstDamage::Trailer)))
}

/// As many bytes at the end as a trailer has, and where they begin.
fn tail_of(reader: &mut (impl Read + Seek)) -> io::Result<(u64, [u8; TRAILER_LEN])> {
    let end = reader.seek(SeekFrom::End(0))?;
    let start = end.checked_sub(TRAILER_LEN as u64).ok_or(ZstDamage::Trailer)?;
    reader.seek(SeekFrom::Start(start))?;
    let mut tail = [0; TRAILER_LEN];
    reader.read_exact(&mut tail)?;
    Ok((start, tail))
}
