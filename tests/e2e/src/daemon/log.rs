//! The log of a daemon: its standard error, read as it comes.
//!
//! Does NOT judge it.

use super::LONG;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::ChildStderr;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

/// A log that is read while it is written.
#[derive(Debug)]
pub struct Log {
    lines: Arc<Lines>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Lines {
    read: Mutex<(Vec<String>, bool)>,
    more: Condvar,
}

impl Log {
    /// Reads in a thread of its own, so that a daemon never waits for its reader.
    pub(super) fn follow(stderr: ChildStderr) -> Self {
        let lines = Arc::new(Lines::default());
        let shared = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                shared.read.lock().unwrap().0.push(line);
                shared.more.notify_all();
            }
            shared.read.lock().unwrap().1 = true;
            shared.more.notify_all();
        });
        Self { lines, reader: Some(reader) }
    }

    /// The first line with these words, as JSON; waits for it as long as the daemon lives. A line that is no JSON is null.
    pub fn wait_for(&self, words: &str) -> Option<Value> {
        let (begun, mut looked_at) = (Instant::now(), 0);
        let mut read = self.lines.read.lock().unwrap();
        loop {
            let found = read.0[looked_at..].iter().find(|line| line.contains(words));
            if let Some(line) = found {
                return Some(serde_json::from_str(line).unwrap_or_default());
            }
            looked_at = read.0.len();
            let left = LONG.saturating_sub(begun.elapsed());
            if read.1 || left.is_zero() {
                return None;
            }
            read = self.lines.more.wait_timeout(read, left).unwrap().0;
        }
    }

    /// What was said so far.
    pub fn text(&self) -> String {
        self.lines.read.lock().unwrap().0.join("\n")
    }

    /// Everything, once the process has ended.
    pub(super) fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.text()
    }
}
