//! The file of a CCU backup while it grows: a piece is written and judged in one go.
//!
//! Does NOT choose the thread it blocks, and does NOT remove the file.

use loom_domain::sbk::{SbkJudge, SbkLimits, SbkVerdict};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A file and the judgement on what it holds so far.
pub(super) struct Growing {
    file: File,
    judge: Box<SbkJudge>,
}

/// What became of it with one more piece.
pub(super) enum Grown {
    /// It can go on.
    On(Growing),
    /// No more bytes can make it good. Why is told at the end, with everything else that is wrong.
    Hopeless(Box<SbkJudge>),
    /// The piece could not be written.
    Failed(io::Error),
}

impl Growing {
    /// A new file, 0640.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o640).open(path)?;
        Ok(Self { file, judge: new_judge() })
    }

    /// Appends a piece and judges it.
    pub(super) fn by(mut self, piece: &[u8]) -> Grown {
        if let Err(error) = self.file.write_all(piece) {
            return Grown::Failed(error);
        }
        match self.judge.push(piece) {
            Ok(()) => Grown::On(self),
            Err(_) => Grown::Hopeless(self.judge),
        }
    }

    /// Nothing more comes.
    pub(super) fn finish(self, announced: Option<u64>) -> (SbkVerdict, File) {
        (self.judge.finish(announced), self.file)
    }
}

/// A judge that has seen nothing.
pub(super) fn new_judge() -> Box<SbkJudge> {
    Box::new(SbkJudge::new(SbkLimits::default()))
}
