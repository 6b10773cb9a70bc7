//! Sorts what went wrong while unpacking: damage of the archive, refusal of its contents, or a failing disk.
//!
//! Does NOT handle anything.

use crate::format::gzip_member::GzipDamage;
use crate::format::members::MemberFault;
use crate::format::sealed_reader::SealedDamage;
use loom_domain::ports::SourceError;
use std::io;

/// Sorts an error of the bytes below the tar.
pub(crate) fn sort_io(location: &str, error: io::Error) -> SourceError {
    let inner = error.get_ref();
    if let Some(sealed) = inner.and_then(|inner| inner.downcast_ref::<SealedDamage>()) {
        return match sealed {
            SealedDamage::WrongKey => SourceError::KeyWrong,
            other => SourceError::Damaged { part: other.to_string() },
        };
    }
    let damaged = inner.is_some_and(|inner| inner.is::<GzipDamage>())
        || matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput
        );
    if damaged {
        SourceError::Damaged { part: error.to_string() }
    } else {
        SourceError::Unavailable { location: location.to_owned(), source: error.into() }
    }
}

/// Sorts an error of the members.
pub(crate) fn sort_member(location: &str, error: MemberFault) -> SourceError {
    match error {
        MemberFault::Io(error) => sort_io(location, error),
        MemberFault::Refused(words) => SourceError::Foreign(words),
        MemberFault::Damaged(part) => SourceError::Damaged { part },
    }
}
