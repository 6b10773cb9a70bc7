//! A running daemon, told apart from its start by what it tells its service manager.
//!
//! Does NOT know its routes.

use crate::figures::mib;
use crate::{Outcome, binary};
use rustix::process::{Pid, Signal, kill_process};
use std::fmt;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STARTED_WITHIN: Duration = Duration::from_secs(10);

/// A daemon; stopped when dropped.
pub(crate) struct Daemon {
    process: Process,
    address: SocketAddr,
    /// From exec to `READY=1`.
    pub(crate) ready_after: Duration,
}

/// A process that is asked to end, and waited for, when dropped.
pub(crate) struct Process(pub(crate) Child);

/// What a process takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    resident_kib: u32,
    /// Most since the start, or since [`Daemon::forget_peak`].
    peak_kib: u32,
    threads: u32,
}

impl Daemon {
    /// Starts the daemon of the `config.yaml` in `folder`; nothing of the caller's environment reaches it.
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        let (notify, log) = (folder.join("notify"), folder.join("daemon.log"));
        let manager = UnixDatagram::bind(&notify)?;
        manager.set_read_timeout(Some(STARTED_WITHIN))?;
        let mut command = Command::new(binary()?);
        command.args(["run", "--config", "config.yaml"]).current_dir(folder);
        command.env_clear().env("NOTIFY_SOCKET", &notify);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let began = Instant::now();
        let process = Process(command.spawn()?);
        let told = |prefix| await_line(&manager, prefix).map_err(|error| not_started(&log, &error));
        told("READY=1")?;
        let ready_after = began.elapsed();
        let address = told("STATUS=serving ")?.parse()?;
        fs::remove_file(notify)?;
        Ok(Self { process, address, ready_after })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a route of the API is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1{path}", self.address)
    }

    pub(crate) fn memory(&self) -> Outcome<Memory> {
        let status = fs::read_to_string(self.proc("status"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            number.ok_or_else(|| format!("the kernel does not tell `{name}`"))
        };
        Ok(Memory { resident_kib: field("VmRSS")?, peak_kib: field("VmHWM")?, threads: field("Threads")? })
    }

    /// From now on the peak is that of what follows.
    pub(crate) fn forget_peak(&self) -> Outcome<()> {
        Ok(fs::write(self.proc("clear_refs"), "5")?)
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.process.0.id()))
    }
}

impl Memory {
    /// MiB that are resident now.
    pub(crate) fn resident_mib(self) -> f64 {
        mib(self.resident_kib)
    }

    /// Most MiB that were resident.
    pub(crate) fn peak_mib(self) -> f64 {
        mib(self.peak_kib)
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (resident, peak) = (mib(self.resident_kib), mib(self.peak_kib));
        write!(f, "{resident:.1} MiB, peak {peak:.1} MiB, {} threads", self.threads)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already is only waited for.
        _ = kill_process(Pid::from_child(&self.0), Signal::TERM);
        _ = self.0.wait();
    }
}

/// The rest of the first datagram that begins with `prefix`.
fn await_line(manager: &UnixDatagram, prefix: &str) -> std::io::Result<String> {
    let mut bytes = [0; 512];
    loop {
        let length = manager.recv(&mut bytes)?;
        if let Some(rest) = bytes[..length].strip_prefix(prefix.as_bytes()) {
            return Ok(String::from_utf8_lossy(rest).into_owned());
        }
    }
}

fn not_started(log: &Path, error: &std::io::Error) -> String {
    format!("the daemon did not start ({error}): {}", fs::read_to_string(log).unwrap_or_default())
}
