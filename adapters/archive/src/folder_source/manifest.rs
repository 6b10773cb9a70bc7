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
use std::io::{Read, Seek};

/// Reads the manifest; in words why that cannot be. `location` names the archive in errors.
pub(super) fn manifest_at_end<R: Read + Seek + Send + 'static>(
    stored: R,
    location: &str,
    format: ArchiveFormat,
    limits: Limits,
    mode: HopMode,
) -> Result<Manifest, String> {
    let words = |fault| sort_member(location, fault).to_string();
    let mut members = from_manifest(stored, format, mode).map_err(words)?;
    let member = members.next().map_err(words)?;
    let manifest = member.filter(|member| {
        member.kind == MemberKind::File
            && member.path == MANIFEST_NAME.as_bytes()
            && member.size <= limits.manifest_bytes
    });
    let manifest = manifest.ok_or("the archive is damaged: its last member is no `manifest.json`")?;
    let mut json = vec![0; usize::try_from(manifest.size).map_err(|error| error.to_string())?];
    let mut filled = 0;
    while filled < json.len() {
        match members.read_chunk(&mut json[filled..]).map_err(words)? {
            0 => break,
            read => filled += read,
        }
    }
    // Reads on to the end mark, so that a cut after the manifest shows.
    if members.next().map_err(words)?.is_some() {
        return Err("the archive is refused: a member comes after `manifest.json`".to_owned());
    }
    Manifest::from_json(&json).map_err(|error| error.to_string())
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
