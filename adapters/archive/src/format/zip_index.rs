//! Goes straight to the manifest of a zip file of this format, by way of the comment at its end.
//!
//! Does NOT read the other members or the directory, and does not read foreign zip files.

use std::io::{Read, Seek, SeekFrom};

use super::gzip_index::HopMode;
use super::members::MemberFault;
use super::trailing_sum::sum_of;
use super::zip_layout::{END_LEN, SUM_DIGITS, parse_end};
use super::zip_reader::{ZipReader, check_digits};

/// The manifest as the only member. With [`HopMode::Checked`] every byte of the file was compared with its checksum before;
/// [`HopMode::Quick`] finds cuts, and flipped bits only in the part that is read.
///
/// # Errors
/// The file is damaged or of another program, or `reader` failed.
pub fn from_manifest<R: Read + Seek>(mut reader: R, mode: HopMode) -> Result<ZipReader<R>, MemberFault> {
    let no_mark = || {
        MemberFault::Damaged(
            "the zip file does not end with the mark of this program: it was cut off, changed, or packed again"
                .to_owned(),
        )
    };
    let bytes = reader.seek(SeekFrom::End(0))?;
    let start = bytes.checked_sub(END_LEN as u64).ok_or_else(no_mark)?;
    reader.seek(SeekFrom::Start(start))?;
    let mut end = [0; END_LEN];
    reader.read_exact(&mut end)?;
    let (manifest, digits) = parse_end(&end).ok_or_else(no_mark)?;
    if mode == HopMode::Checked {
        reader.rewind()?;
        let sum = sum_of(&mut reader, bytes - SUM_DIGITS as u64)?;
        check_digits(&sum, digits)?;
    }
    reader.seek(SeekFrom::Start(manifest))?;
    Ok(ZipReader::from_manifest(reader, manifest))
}

#[cfg(test)]
mod tests;
