//! Asks a hostile server from a process of its own, and tells what it said, how long it took and how much memory it had.
//!
//! Does NOT assert what was said.

use crate::server::Server;
use loom_adapter_homematic::HomematicGateways;
use loom_domain::ccu::{CcuAccess, CcuPatience, CcuTls};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuGateway, CcuGateways as _};
use loom_domain::sbk::{SbkJudge, SbkLimits};
use loom_domain::secret::SecretText;
use std::env;
use std::process::Command;
use std::time::{Duration, Instant};

/// Tells the process what to ask, how patiently, and where.
const QUESTION: &str = "LOOM_TEST_QUESTION";
const PATIENCE: &str = "LOOM_TEST_PATIENCE";
const PORT: &str = "LOOM_TEST_PORT";
/// Ends a process that is out of control before the machine is; in KiB.
const HARD_LIMIT_KIB: u64 = 4 << 20;
/// Generous: a test machine may be busy.
const MOST_TIME: Duration = Duration::from_secs(300);

/// What is asked of a central.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Its page with the firmware version.
    Page,
    /// Its JSON API, for its interfaces.
    Json,
    /// XML-RPC, for devices.
    Xml,
    /// BIN-RPC, for devices.
    Bin,
    /// A system backup, fetched and judged.
    Backup,
}

/// How long each step of a question may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Longer than a busy machine takes.
    Long,
    /// For answers that only patience ends. No pause of a machine is as long, so that it is not taken for one of the answer.
    Short,
}

/// What became of a question.
#[derive(Debug)]
pub(crate) struct Told {
    words: String,
    peak_kib: u64,
}

impl Told {
    /// Asserts that the error says so, and in few words.
    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(self.words.contains(part), "`{part}` is not in: {}", self.words);
        assert!(self.words.len() < 1000, "{} letters: {}", self.words.len(), self.words);
        self
    }

    /// Asserts that the process never had more memory than so many MiB.
    #[track_caller]
    pub(crate) fn within_mib(self, mebibytes: u64) {
        assert!(self.peak_kib > 0 && self.peak_kib < mebibytes << 10, "took {} KiB", self.peak_kib);
    }
}

/// Asks from another process.
#[track_caller]
pub(crate) fn ask(question: Question, patience: Patience, server: &Server) -> Told {
    let started = Instant::now();
    let asked = Command::new("sh")
        .args(["-c", &format!("ulimit -v {HARD_LIMIT_KIB}; exec \"$0\" \"$@\"")])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "asking::puts_the_question", "--ignored", "--nocapture"])
        .env(QUESTION, format!("{question:?}"))
        .env(PATIENCE, format!("{patience:?}"))
        .env(PORT, server.port().to_string())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&asked.stdout);
    let errors = String::from_utf8_lossy(&asked.stderr);
    assert!(asked.status.success() && told.contains("1 passed"), "{question:?}: {told}{errors}");
    assert!(started.elapsed() < MOST_TIME, "{question:?} took {:?}", started.elapsed());
    let line =
        |label: &str| told.split(label).nth(1).and_then(|rest| rest.lines().next()).unwrap().to_owned();
    Told { words: line("words: "), peak_kib: line("peak: ").parse().unwrap() }
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn puts_the_question() {
    let port = env::var(PORT).unwrap().parse().unwrap();
    let patience = match env::var(PATIENCE).unwrap().as_str() {
        "Long" => patience(Duration::from_secs(60)),
        _ => patience(Duration::from_secs(8)),
    };
    let gateway = HomematicGateways.gateway(access(port, patience));
    let words = match env::var(QUESTION).unwrap().as_str() {
        "Page" => gateway.is_ready().await.unwrap_err().to_string(),
        "Json" => gateway.has_security_key().await.unwrap_err().to_string(),
        "Xml" => gateway.list_ccu_devices("HmIP-RF").await.unwrap_err().to_string(),
        "Bin" => gateway.list_ccu_devices("CUxD").await.unwrap_err().to_string(),
        _ => fetched(&*gateway).await,
    };
    println!("\nwords: {}", words.replace('\n', " / "));
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("peak: {}", peak.trim_end_matches("kB").trim());
}

/// Why a system backup is none: the error, or the verdict.
async fn fetched(gateway: &dyn CcuGateway) -> String {
    let mut backup = match gateway.create_system_backup().await {
        Ok(backup) => backup,
        Err(error) => return error.to_string(),
    };
    let mut judge = SbkJudge::new(SbkLimits { inner_bytes: 256 << 20, ..SbkLimits::default() });
    loop {
        match backup.content.next_chunk().await {
            Ok(Some(chunk)) => drop(judge.push(&chunk)),
            Ok(None) => break,
            Err(error) => return error.to_string(),
        }
    }
    judge.finish(backup.announced_bytes).damages.iter().map(ToString::to_string).collect()
}

fn patience(limit: Duration) -> CcuPatience {
    CcuPatience {
        connect: limit,
        answer: limit,
        backup_first_byte: limit,
        idle: limit,
        backup_total: limit,
        apply: limit,
        retry_after: Duration::from_millis(1),
    }
}

fn access(port: u16, patience: CcuPatience) -> CcuAccess {
    CcuAccess {
        central: CentralName::parse("house").unwrap(),
        host: "127.0.0.1".to_owned(),
        web_port: Some(port),
        json_port: None,
        username: Some("Admin".to_owned()),
        password: Some(SecretText::new("secret")),
        tls: CcuTls::Off,
        interfaces: Vec::new(),
        ports: [("HmIP-RF".to_owned(), port), ("CUxD".to_owned(), port)].into(),
        patience,
    }
}
