//! Lines on their way out: whoever logs never waits for whoever reads the log.
//!
//! One thread writes; lines that come meanwhile wait in memory and leave in one write. Does NOT grow beyond its limit:
//! while the reader stalls, lines are lost, and their number is told once it reads again.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How much may wait, in bytes.
const LIMIT: usize = 4 << 20;

/// A place to put lines. Clones share it.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    /// Something waits.
    arrived: Condvar,
    /// What was taken out is written.
    written: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    lost: u64,
    /// Counts of lines: ever pushed, and of those no longer of any concern.
    pushed: u64,
    settled: u64,
}

impl Queue {
    /// Starts the thread that writes to `sink`. `notice` words the line that stands for lost ones.
    ///
    /// What the sink refuses is gone: a log that cannot be written must not stop the daemon.
    pub(crate) fn start(
        mut sink: Box<dyn Write + Send>,
        notice: impl Fn(u64) -> String + Send + 'static,
    ) -> io::Result<Self> {
        let queue = Self(Arc::new(Shared {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            written: Condvar::new(),
        }));
        let shared = queue.0.clone();
        std::thread::Builder::new().name("log".to_owned()).spawn(move || {
            let mut batch = Vec::new();
            loop {
                let (lost, settled) = shared.take(&mut batch);
                if lost > 0 {
                    batch.extend_from_slice(notice(lost).as_bytes());
                }
                let _ = sink.write_all(&batch).and_then(|()| sink.flush());
                shared.lock().settled = settled;
                shared.written.notify_all();
            }
        })?;
        Ok(queue)
    }

    /// Puts one line behind those that wait, or counts it as lost if too much waits.
    pub(crate) fn push(&self, line: &str) {
        let mut waiting = self.0.lock();
        waiting.pushed += 1;
        if waiting.bytes.len() + line.len() > LIMIT {
            waiting.lost += 1;
            return;
        }
        waiting.bytes.extend_from_slice(line.as_bytes());
        drop(waiting);
        self.0.arrived.notify_one();
    }

    /// Waits until everything pushed before is handed to the sink; `false` if that takes longer than `within`.
    pub(crate) fn flush(&self, within: Duration) -> bool {
        let waiting = self.0.lock();
        let wanted = waiting.pushed;
        let waited = self.0.written.wait_timeout_while(waiting, within, |waiting| waiting.settled < wanted);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for lines and moves them into `batch`; returns how many were lost after them, and how many this settles.
    fn take(&self, batch: &mut Vec<u8>) -> (u64, u64) {
        let waiting = self.arrived.wait_while(self.lock(), |waiting| waiting.bytes.is_empty());
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        batch.clear();
        batch.shrink_to(LIMIT / 64);
        std::mem::swap(batch, &mut waiting.bytes);
        (std::mem::take(&mut waiting.lost), waiting.pushed)
    }
}

#[cfg(test)]
mod tests;
