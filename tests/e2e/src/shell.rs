//! Other people's tools as an operator uses them: a shell script, and a `sqlite3` that writes like a daemon.
//!
//! Does NOT run the program under test (`run`).

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Runs a bash script in `folder` and hands its standard output back; a script that fails, fails the test.
#[track_caller]
pub fn shell(folder: &Path, script: &str) -> String {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{script}` ended with {}: {words}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// A `sqlite3` process that holds a database open and commits a transaction every ten milliseconds, as a daemon would.
pub struct Writer {
    process: Child,
    pause: Arc<AtomicBool>,
    feeder: Option<JoinHandle<(ChildStdin, usize)>>,
}

impl Writer {
    /// Starts it; `transaction` is repeated with `{n}` counting up. Returns once the first one is committed.
    pub fn start(database: &Path, transaction: &str) -> Self {
        let mut process = Command::new("sqlite3")
            .args(["-batch", "-cmd", ".timeout 10000"])
            .arg(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = process.stdin.take().unwrap();
        writeln!(input, "{}\nSELECT 'in';", transaction.replace("{n}", "0")).unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "in\n");
        let pause = Arc::new(AtomicBool::new(false));
        let (stop, transaction) = (Arc::clone(&pause), transaction.to_owned());
        let feeder = std::thread::spawn(move || {
            let begun = Instant::now();
            let mut written = 1;
            while !stop.load(Ordering::Relaxed) {
                writeln!(input, "{}", transaction.replace("{n}", &written.to_string())).unwrap();
                let due = begun + Duration::from_millis(10) * u32::try_from(written).unwrap();
                written += 1;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            (input, written)
        });
        Self { process, pause, feeder: Some(feeder) }
    }

    /// Stops it and hands back how many transactions it committed; one that failed, fails the test.
    pub fn stop(mut self) -> usize {
        self.pause.store(true, Ordering::Relaxed);
        let (input, written) = self.feeder.take().unwrap().join().unwrap();
        drop(input);
        let mut words = String::new();
        self.process.stderr.as_mut().unwrap().read_to_string(&mut words).unwrap();
        assert!(self.process.wait().unwrap().success() && words.is_empty(), "a write failed: {words}");
        written
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.pause.store(true, Ordering::Relaxed);
        drop(self.feeder.take().map(JoinHandle::join));
        drop(self.process.wait());
    }
}
