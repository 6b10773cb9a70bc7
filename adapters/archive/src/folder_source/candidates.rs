//! Which files of a folder are archives: by their first bytes, by the last ones, because their names say so, or because they
//! cannot be looked into.
//!
//! Does NOT open archives and does NOT say what is in them.

use crate::durable::is_absent;
use crate::format::age_header::{AGE_MAGIC, HINT_KIND};
use crate::format::detect::{Kind, PREFIX_BYTES, detect};
use crate::format::zip_layout::begins_as_ours;
use crate::format::zst_index::ends_as_ours;
use crate::kept_open;
use loom_domain::archive::ArchiveFormat;
use loom_domain::ports::ArchiveId;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// The path of an archive in its folder. In the current folder a bare name stays a bare name in messages.
pub(crate) fn path_in(folder: &Path, id: &ArchiveId) -> PathBuf {
    if folder == Path::new(".") { PathBuf::from(id.as_str()) } else { folder.join(id.as_str()) }
}

/// A file that is an archive, or may be one.
pub(super) struct Candidate {
    pub(super) id: ArchiveId,
    pub(super) bytes: u64,
    /// What kind of archive it is, or why it cannot be looked into, in words.
    pub(super) kind: Result<Kind, String>,
}

/// Files of the folder that are archives by their first bytes, claim to be by their name, or cannot be looked into.
pub(super) fn candidates(folder: &Path) -> io::Result<Vec<Candidate>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        match name.to_str() {
            Some(name) => found.extend(ArchiveId::parse(name).and_then(|id| look_at(&entry.path(), id))),
            None => found.extend(look_at_unnamed(&entry.path(), &name)),
        }
    }
    Ok(found)
}

/// One file, if it is an archive. A link to where nothing is may lead to one at other times, if its name says so.
pub(super) fn look_at(path: &Path, id: ArchiveId) -> Option<Candidate> {
    let bytes = match std::fs::metadata(path) {
        Ok(facts) if facts.is_file() => facts.len(),
        Err(error) if !is_absent(&error) => 0,
        Err(_) if path.is_symlink() && is_named_as_archive(&id) => {
            let why = format!("`{}` cannot be read: it is a link to where nothing is", path.display());
            return Some(Candidate { id, bytes: 0, kind: Err(why) });
        }
        _ => return None,
    };
    let kind = Ok(archive_kind(path, &id)?);
    Some(Candidate { id, bytes, kind })
}

/// One file whose name is no text: it is shown as such, under a name that opens nothing.
fn look_at_unnamed(path: &Path, name: &OsStr) -> Option<Candidate> {
    // The mark for what is no text would make a long name too long.
    let shown = name.to_string_lossy().replace(char::REPLACEMENT_CHARACTER, "?");
    let looked = look_at(path, ArchiveId::parse(&shown)?)?;
    let why = format!("`{}` cannot be read: its name is not UTF-8", path.display());
    Some(Candidate { kind: Err(why), ..looked })
}

fn is_named_as_archive(id: &ArchiveId) -> bool {
    !id.as_str().starts_with('.') && ArchiveFormat::in_name(id.as_str()).is_some()
}

/// What kind of archive a regular file is by its bytes; one that only claims to be by its name counts too, for the operator
/// wants to know, and so does one that cannot be read, whatever its name: nobody can say that it is none, and its
/// description tells why. In an age file for a passphrase nothing but the name tells it from others.
pub(crate) fn archive_kind(path: &Path, id: &ArchiveId) -> Option<Kind> {
    match known_kind(path, id) {
        Ok(kind) => kind,
        Err(error) => (!is_absent(&error)).then_some(Kind::ForeignGzip),
    }
}

/// The same, but that a file whose name does not claim to be an archive is none for want of a right to read it: that error
/// is handed out.
pub(crate) fn known_kind(path: &Path, id: &ArchiveId) -> io::Result<Option<Kind>> {
    let name = id.as_str();
    if name.starts_with('.') {
        return Ok(None);
    }
    let packed_as = ArchiveFormat::in_name(name);
    let claims = name.starts_with("backup-") && packed_as.is_some();
    // Looked at in a way that is safe for a database which this process has open.
    let head = match kept_open::head(path, PREFIX_BYTES) {
        Err(error) if claims && !is_absent(&error) => return Ok(Some(Kind::ForeignGzip)),
        head => head?,
    };
    if head.starts_with(b"SQLite format 3\0") {
        return Ok(None);
    }
    let Ok((kind, _)) = detect(head.as_slice()) else {
        return Ok(claims.then_some(Kind::ForeignGzip));
    };
    let archive = match kind {
        Kind::LoomGzip | Kind::Sealed => true,
        Kind::ForeignGzip => name.ends_with("gz"),
        Kind::Zstd => name.ends_with("zst") || bears_our_mark(kind, &head, path),
        Kind::Zip => name.ends_with(".zip") || bears_our_mark(kind, &head, path),
        Kind::Age | Kind::ArmoredAge => packed_as.is_some() || bears_our_mark(kind, &head, path),
    };
    Ok((archive || claims).then_some(kind))
}

/// Whether a file claims to be an archive by its name, or is one that this project wrote or sealed; one of another program
/// does not count.
pub(super) fn is_ours(path: &Path, id: &ArchiveId) -> bool {
    let name = id.as_str();
    if is_named_as_archive(id) && name.starts_with("backup-") {
        return true;
    }
    let Ok(Some(kind)) = known_kind(path, id) else { return false };
    kept_open::head(path, PREFIX_BYTES).is_ok_and(|head| bears_our_mark(kind, &head, path))
}

/// Whether only this project writes such a file. It is known to be no database, which must not be opened and closed beside
/// its owner.
fn bears_our_mark(kind: Kind, head: &[u8], path: &Path) -> bool {
    match kind {
        Kind::LoomGzip | Kind::Sealed => true,
        Kind::Zstd => kept_open::open_to_read(path).is_ok_and(ends_as_ours),
        Kind::Zip => begins_as_ours(head),
        Kind::Age => tells_of_us(head),
        Kind::ForeignGzip | Kind::ArmoredAge => false,
    }
}

/// Whether an age file begins with the hint that this project writes in front.
fn tells_of_us(head: &[u8]) -> bool {
    let stanza = head.strip_prefix(AGE_MAGIC).and_then(|head| head.strip_prefix(b"-> "));
    stanza.is_some_and(|stanza| stanza.starts_with(HINT_KIND.as_bytes()))
}

#[cfg(test)]
mod tests;
