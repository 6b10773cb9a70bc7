//! Why there is no backup of a central, and whether another attempt may bring one.
//!
//! Does NOT act on it.

use crate::ccu_backup::CcuBackupId;
use crate::ccu_failure::{CcuFailure, CcuFailureKind};
use crate::ports::{CcuError, CcuFilesError, ReadError, StoreError};
use crate::sbk::{Beginning, SbkDamage};
use crate::words::reason_and_hint;
use std::fmt;

/// Why there is no backup. Fragments read after "failed to back up the central: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackUpCentralError {
    /// The central did not do it.
    #[error(transparent)]
    Ccu(#[from] CcuError),
    /// It is not the central it should be.
    #[error(
        "another central answers at this address: its serial number is `{found}`, the configured one is `{expected}`\n\
         hint: correct the address of the central, or its serial number if the unit was replaced"
    )]
    AnotherCentral {
        /// The serial number it is known by.
        expected: String,
        /// The one that answered.
        found: String,
    },
    /// What it sent is not good; nothing of it was kept.
    #[error("{0}")]
    Damaged(SbkDamages),
    /// The bytes broke off on their way.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file could not be kept.
    #[error(transparent)]
    Files(#[from] CcuFilesError),
    /// The record could not be written before there was a file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is stored and good, its record still says running.
    #[error(
        "the file of CCU backup `{id}` is good and stored, but its record could not be completed: {source}\n\
         hint: look after the state store; the record is completed by the next backup of this central, or the next start"
    )]
    RecordLags {
        /// The backup.
        id: CcuBackupId,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// It failed, and the record does not even say that.
    #[error("{error}; the record could not be written either: {source}")]
    Unrecorded {
        /// Why there is no backup.
        error: Box<BackUpCentralError>,
        /// Why the record does not say it.
        #[source]
        source: StoreError,
    },
}

/// Everything that is wrong with one file, the most basic first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbkDamages(pub Vec<SbkDamage>);

impl BackUpCentralError {
    pub(in crate::usecases) fn another_central(expected: Option<&str>, found: String) -> Self {
        Self::AnotherCentral { expected: expected.unwrap_or_default().to_owned(), found }
    }

    /// The words and the kind to put on record.
    pub fn failure(&self) -> CcuFailure {
        CcuFailure::of(self.kind(), self).advised()
    }

    /// Whether the same may succeed some minutes later without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Ccu(error) => error.may_pass(),
            Self::Read(_) => true,
            Self::Damaged(SbkDamages(damages)) => !damages.is_empty() && damages.iter().all(passes),
            Self::AnotherCentral { .. }
            | Self::Files(_)
            | Self::Store(_)
            | Self::RecordLags { .. }
            | Self::Unrecorded { .. } => false,
        }
    }

    fn kind(&self) -> CcuFailureKind {
        match self {
            Self::Ccu(_) | Self::AnotherCentral { .. } | Self::Read(_) => CcuFailureKind::Central,
            Self::Damaged(_) => CcuFailureKind::Damaged,
            Self::Files(_) | Self::Store(_) | Self::RecordLags { .. } => CcuFailureKind::Storage,
            Self::Unrecorded { error, .. } => error.kind(),
        }
    }
}

impl fmt::Display for SbkDamages {
    /// What is wrong on one line, and what to do about it on a second one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hints: Vec<String> = Vec::new();
        for (at, damage) in self.0.iter().enumerate() {
            let (reason, hint) = reason_and_hint(damage);
            write!(f, "{}{reason}", if at == 0 { "" } else { "; " })?;
            hints.extend(hint.filter(|hint| !hints.contains(hint)));
        }
        if hints.is_empty() { Ok(()) } else { write!(f, "\nhint: {}", hints.join("; ")) }
    }
}

/// Whether a damage comes from the way to the central, or from two things at once on it. What is cut off inside does not:
/// that central is out of space.
fn passes(damage: &SbkDamage) -> bool {
    match damage {
        SbkDamage::Empty
        | SbkDamage::SizeMismatch { .. }
        | SbkDamage::CutOuter { .. }
        | SbkDamage::BadHeader { .. }
        | SbkDamage::InnerDamaged
        | SbkDamage::Sha256Mismatch { .. } => true,
        SbkDamage::NotATar(Beginning::CcuError(text)) => text.contains("internal error"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn damaged(damages: &[SbkDamage]) -> BackUpCentralError {
        BackUpCentralError::Damaged(SbkDamages(damages.to_vec()))
    }

    #[test]
    fn only_what_comes_from_the_way_may_pass() {
        let cut = SbkDamage::CutOuter { at: 5, inside: None };
        assert!(damaged(&[SbkDamage::SizeMismatch { announced: 9, got: 5 }, cut.clone()]).may_pass());
        assert!(damaged(&[SbkDamage::NotATar(Beginning::CcuError("an internal error".into()))]).may_pass());
        for stays in [
            SbkDamage::CutInner { inner_bytes: 4 },
            SbkDamage::NoRegadom,
            SbkDamage::NotATar(Beginning::Html),
            SbkDamage::NotATar(Beginning::CcuError("ERROR: creating backup returned code 2".into())),
        ] {
            assert!(!damaged(&[cut.clone(), stays.clone()]).may_pass(), "{stays}");
        }
        assert!(!BackUpCentralError::Ccu(CcuError::Unauthorized("no".into())).may_pass());
        assert!(BackUpCentralError::Ccu(CcuError::NotReady("boots".into())).may_pass());
        assert!(!BackUpCentralError::Files(CcuFilesError::Full("here".into())).may_pass());
    }

    #[test]
    fn every_damage_is_told_and_each_hint_once() {
        let mismatch = SbkDamage::Sha256Mismatch { member: "signature".into() };
        let failure = damaged(&[mismatch, SbkDamage::EmptySignature, SbkDamage::InnerDamaged]).failure();
        assert_eq!(failure.kind, CcuFailureKind::Damaged);
        for part in ["`signature` is not what", "`signature` is empty", "`usr_local.tar.gz` is damaged"] {
            assert!(failure.reason.contains(part), "{}", failure.reason);
        }
        assert_eq!(failure.hint.as_deref(), Some("make the backup again, or take another one"));
    }
}
