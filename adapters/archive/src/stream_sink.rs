//! Archive sink onto a stream, such as standard output: one archive, bytes as they come.
//!
//! A stream cannot take back what was written, so "not committed" shows as a stream without manifest, which every
//! reader refuses. Does NOT buffer the archive and does NOT close the stream's other end.

use crate::durable;
use crate::format::age_writer::PASSPHRASE_WORK;
use crate::packing::{Output, Packing};
use crate::sealing::CheckedForm;
use async_trait::async_trait;
use loom_domain::archive::{ArchiveForm, Manifest};
use loom_domain::ports::{ArchiveId, ArchiveSink, Clock, Item, Receipt, SinkError, Staging};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Writes one archive onto a stream.
pub struct StreamSink {
    stream: Mutex<Option<Box<dyn Write + Send>>>,
    clock: Arc<dyn Clock>,
}

impl StreamSink {
    /// A sink for one archive on `stream`.
    pub fn new(stream: Box<dyn Write + Send>, clock: Arc<dyn Clock>) -> Self {
        Self { stream: Mutex::new(Some(stream)), clock }
    }
}

#[async_trait]
impl ArchiveSink for StreamSink {
    async fn begin(&self, _id: &ArchiveId, form: &ArchiveForm) -> Result<Box<dyn Staging>, SinkError> {
        let form = CheckedForm::new(form, PASSPHRASE_WORK)?;
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        let stream = stream.ok_or_else(|| SinkError::AlreadyExists("-".to_owned()))?;
        let mtime = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        Ok(Box::new(StreamStaging(Packing::start("-".to_owned(), mtime, form, StreamOutput(stream)))))
    }
}

struct StreamStaging(Packing);

#[async_trait]
impl Staging for StreamStaging {
    async fn push(&mut self, item: Item) -> Result<(), SinkError> {
        self.0.push(item).await
    }

    async fn commit(self: Box<Self>, manifest: &Manifest) -> Result<Receipt, SinkError> {
        self.0.finish(manifest).await
    }
}

struct StreamOutput(Box<dyn Write + Send>);

impl Write for StreamOutput {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Output for StreamOutput {
    fn publish(mut self, receipt: &Receipt) -> Result<(), SinkError> {
        self.0.flush().map_err(|error| Self::sort(&receipt.location, error))
    }

    fn sort(_location: &str, error: io::Error) -> SinkError {
        let location = "standard output".to_owned();
        match durable::is_full(&error) {
            true => SinkError::Full(location),
            false => SinkError::Unavailable { location, source: error.into() },
        }
    }
}
