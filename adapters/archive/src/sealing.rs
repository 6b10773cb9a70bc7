//! The layer between packed and stored bytes: nothing, an age file, or the container for the master key.
//!
//! Does NOT pack and does NOT store.

use crate::format::age_writer::AgeSeal;
use crate::format::sealed_writer::SealedWriter;
use age::stream::StreamWriter;
use loom_domain::archive::{ArchiveForm, ArchiveFormat, Seal};
use loom_domain::ports::SinkError;
use loom_domain::secret::MasterKey;
use std::io::{self, Write};

/// A form that was found possible, with what it takes to seal.
pub(crate) struct CheckedForm {
    pub format: ArchiveFormat,
    sealer: Sealer,
}

enum Sealer {
    Nobody,
    Age(AgeSeal),
    MasterKey(MasterKey),
}

/// Packed bytes on their way to where they are stored.
pub(crate) enum Sealing<W: Write> {
    Nobody(W),
    Age(StreamWriter<W>),
    MasterKey(Box<SealedWriter<W>>),
}

impl CheckedForm {
    /// Refuses a form that cannot be honoured. A passphrase asks for 2^`work` rounds.
    pub(crate) fn new(form: &ArchiveForm, work: u8) -> Result<Self, SinkError> {
        form.check().map_err(SinkError::Form)?;
        let sealer = match &form.seal {
            None => Sealer::Nobody,
            Some(Seal::MasterKey(key)) => Sealer::MasterKey(key.clone()),
            Some(Seal::Passphrase(passphrase)) => {
                Sealer::Age(AgeSeal::for_passphrase(passphrase, work).map_err(SinkError::Form)?)
            }
            Some(Seal::Recipients { recipients, master_key }) => {
                let seal = AgeSeal::for_recipients(recipients, master_key.clone());
                Sealer::Age(seal.map_err(SinkError::Form)?)
            }
        };
        Ok(Self { format: form.format, sealer })
    }

    /// Begins to seal into `inner`. For a passphrase this takes about a second.
    pub(crate) fn seal<W: Write>(self, inner: W) -> io::Result<Sealing<W>> {
        Ok(match self.sealer {
            Sealer::Nobody => Sealing::Nobody(inner),
            Sealer::Age(seal) => Sealing::Age(seal.wrap(inner)?),
            Sealer::MasterKey(key) => Sealing::MasterKey(Box::new(SealedWriter::new(inner, key.bytes())?)),
        })
    }
}

impl<W: Write> Sealing<W> {
    /// Writes what is left and returns the writer below, not flushed.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Nobody(inner) => Ok(inner),
            Self::Age(writer) => writer.finish(),
            Self::MasterKey(writer) => writer.finish(),
        }
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Nobody(inner) => inner.write(buffer),
            Self::Age(writer) => writer.write(buffer),
            Self::MasterKey(writer) => writer.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Nobody(inner) => inner.flush(),
            Self::Age(writer) => writer.flush(),
            Self::MasterKey(writer) => writer.flush(),
        }
    }
}
