//! The manifest of one of our archives, read without unpacking what comes before it.
//!
//! Does NOT read archives of others, which do not say where their manifest is.

use crate::format::gzip_index::{HopMode, hop, read_from};
use crate::format::members::{MemberFault, MemberKind, Members};
use crate::format::tar_reader::TarReader;
use crate::format::{zip_index, zst_index};
use crate::unpacking::sort_member;
use loom_domain::archive::limits::{Limits, MANIFEST_NAME};
use loom_domain::archive::{ArchiveFormat, Manifest};
use loom_domain::ports::Undescribed;
use std::io::{Read, Seek};

/// Reads the manifest. `location` names the archive in errors.
pub(super) fn manifest_at_end<R: Read + Seek + Send + 'static>(
    stored: R,
    location: &str,
    format: ArchiveFormat,
    limits: Limits,
    mode: HopMode,
) -> Result<Manifest, Undescribed> {
    let sort = |fault| Undescribed::from(sort_member(location, fault));
    let refused = |words: &str| Undescribed::Damaged(words.to_owned());
    let mut members = from_manifest(stored, format, mode).map_err(sort)?;
    let member = members.next().map_err(sort)?;
    let manifest = member.filter(|member| {
        member.kind == MemberKind::File
            && member.path == MANIFEST_NAME.as_bytes()
            && member.size <= limits.manifest_bytes
    });
    let manifest =
        manifest.ok_or_else(|| refused("the archive is damaged: its last member is no `manifest.json`"))?;
    let bytes = usize::try_from(manifest.size).map_err(|error| refused(&error.to_string()))?;
    let mut json = vec![0; bytes];
    let mut filled = 0;
    while filled < json.len() {
        match members.read_chunk(&mut json[filled..]).map_err(sort)? {
            0 => break,
            read => filled += read,
        }
    }
    // Reads on to the end mark, so that a cut after the manifest shows.
    if members.next().map_err(sort)?.is_some() {
        return Err(refused("the archive is refused: a member comes after `manifest.json`"));
    }
    Manifest::from_json(&json).map_err(|error| refused(&error.to_string()))
}

fn from_manifest<R: Read + Seek + Send + 'static>(
    mut stored: R,
    format: ArchiveFormat,
    mode: HopMode,
) -> Result<Box<dyn Members>, MemberFault> {
    Ok(match format {
        ArchiveFormat::TarZst => Box::new(zst_index::from_manifest(stored, mode)?),
        ArchiveFormat::Zip => Box::new(zip_index::from_manifest(stored, mode)?),
        ArchiveFormat::TarGz => {
            let start = hop(&mut stored, mode)?.manifest;
            let start =
                start.ok_or_else(|| MemberFault::Damaged("it ends before its manifest".to_owned()))?;
            Box::new(TarReader::new(read_from(stored, start)?))
        }
    })
}

#[cfg(test)]
mod tests;
