//! Each way a simulated central can fail or lie, and which of them are switched on. Does NOT carry any of
//! them out.

mod name;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// One way to fail. Unless it says otherwise it lasts until [`crate::Sim::heal`];
/// [`crate::Sim::inject_times`] limits it to a number of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Pages and downloads answer with the login page (status 200, HTML).
    LoginPage,
    /// Downloads answer `ERROR: creating backup returned unexpected error code N`.
    ErrorText(u32),
    /// Pages and downloads answer with the page of a crashed CGI.
    InternalErrorPage,
    /// The plain web port redirects every request to HTTPS (301).
    RedirectToHttps,
    /// Downloads have no byte.
    EmptyBody,
    /// Downloads end after that many bytes: stock simply closes, OpenCCU announced more.
    CutOuter(u64),
    /// The archive is whole and signed, but the inner gzip stream ends early.
    CutInner,
    /// `signature.sha256` holds another sum for `usr_local.tar.gz` (OpenCCU).
    BadSha256,
    /// The archive lacks `homematic.regadom`.
    NoRegadom,
    /// Downloads announce so many bytes more than they send, and then close.
    WrongContentLength(u64),
    /// Downloads accept the request and never send a byte.
    HangBeforeFirstByte,
    /// Downloads stop half-way and stay open.
    HangMidway,
    /// Downloads never end.
    EndlessBody,
    /// The archive is well formed and unpacks to 8 GiB.
    GzipBomb,
    /// Downloads wait so long before the first byte.
    SlowFirstByte(Duration),
    /// `Session.login` answers this code: 501 or 503.
    SessionsFull(u16),
    /// The session used by the next call is gone: error 400. Usually injected once.
    SessionLost,
    /// The logic process is down: no session has a level, login answers 503, `ReGa.isPresent` is false.
    RegaDown,
    /// RPC ports answer 401.
    RpcUnauthorized,
    /// RPC ports answer 503 `CCU not ready yet`.
    RpcBooting503,
    /// RPC ports drop packets: connecting runs into the client's time limit (a full queue nobody accepts
    /// from).
    RpcPortsSilent,
    /// BIN-RPC ports accept calls and never answer.
    BinRpcSilent,
    /// All ports accept requests and never answer.
    Mute,
    /// JSON claims UTF-8 and is ISO-8859-1, with raw control characters in strings.
    BrokenUmlauts,
    /// `listDevices` is empty.
    EmptyDeviceList,
    /// `listDevices` has the first so many devices only, with their channels.
    ShortDeviceList(usize),
    /// `listDevices` (XML) has so many made-up devices, sent as a stream.
    ManyDevices(u32),
    /// Scripts print nothing.
    EmptyScriptResult,
    /// XML-RPC answers nest a hundred thousand arrays; BIN-RPC answers as well.
    DeepXml,
    /// XML-RPC answers never end.
    HugeXml,
    /// BIN-RPC answers announce four thousand million members in a small frame.
    HugeBinCount,
    /// BIN-RPC answers announce a frame of almost 4 GiB.
    HugeBinFrame,
    /// JSON-RPC results are the bare word `NaN`.
    NotANumberJson,
    /// JSON-RPC results are missing: `"result": ,`.
    MissingResultJson,
    /// The check of a restore refuses the file.
    RestoreInvalidFile,
    /// Applying a restore asks for a newer firmware.
    RestoreNeedsFirmware,
    /// Applying a restore says the key is not the central's.
    RestoreKeyError1,
    /// Applying a restore says the key is not the archive's.
    RestoreKeyError2,
    /// Applying a restore fails at the HmIP data with that code (11–18, 9, 99). HmIP stays stopped; OpenCCU
    /// applies the archive at the next boot nevertheless.
    RestoreHmIp(u8),
    /// Applying a restore answers with a page nobody knows.
    RestoreUnknownPage,
    /// A restore is accepted and the boot skips it.
    RestoreNothingChanged,
    /// After the reboot the ports stay closed until the fault is healed.
    NeverComesBack,
    /// Applying a restore stops the services and closes the connection without an answer.
    CrashDuringGo,
    /// Applying a restore stops the services and goes on once the fault is healed.
    HangDuringGo,
    /// Uploads of more than a few bytes are not read until the fault is healed.
    HangUpload,
}

/// The faults that are on.
#[derive(Debug)]
pub(crate) struct Faults {
    active: Mutex<Vec<(Fault, Option<u32>)>>,
    changes: watch::Sender<u64>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { active: Mutex::default(), changes: watch::Sender::new(0) }
    }
}

impl Faults {
    /// Switches a fault on; `times` is the number of answers it spoils.
    pub(crate) fn add(&self, fault: Fault, times: Option<u32>) {
        self.lock().push((fault, times));
        self.changes.send_modify(|count| *count += 1);
    }

    /// Switches all faults off.
    pub(crate) fn clear(&self) {
        self.lock().clear();
        self.changes.send_modify(|count| *count += 1);
    }

    /// The first fault `pick` knows; a limited one is used up by that.
    pub(crate) fn take<T>(&self, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let mut active = self.lock();
        let (at, found) = active.iter().enumerate().find_map(|(at, (fault, _))| Some((at, pick(fault)?)))?;
        if let Some(left) = &mut active[at].1 {
            *left = left.saturating_sub(1);
            if *left == 0 {
                active.remove(at);
            }
        }
        Some(found)
    }

    /// Whether this fault is on; a limited one is used up by that.
    pub(crate) fn hits(&self, fault: &Fault) -> bool {
        self.take(|active| (active == fault).then_some(())).is_some()
    }

    /// Whether this fault is on, without using it up.
    pub(crate) fn has(&self, fault: &Fault) -> bool {
        self.lock().iter().any(|(active, _)| active == fault)
    }

    /// Waits until this fault is off.
    pub(crate) async fn healed(&self, fault: &Fault) {
        let mut changes = self.changes();
        while self.has(fault) && changes.changed().await.is_ok() {}
    }

    /// Wakes whoever has to look again after a change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Fault, Option<u32>)>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limited_fault_is_used_up() {
        let faults = Faults::default();
        faults.add(Fault::LoginPage, Some(2));
        assert!(faults.has(&Fault::LoginPage) && faults.hits(&Fault::LoginPage));
        assert!(faults.hits(&Fault::LoginPage) && !faults.hits(&Fault::LoginPage));
    }

    #[test]
    fn healing_ends_all_faults() {
        let faults = Faults::default();
        faults.add(Fault::CutOuter(7), None);
        let size = |fault: &Fault| if let Fault::CutOuter(size) = fault { Some(*size) } else { None };
        assert_eq!((faults.take(size), faults.take(size)), (Some(7), Some(7)));
        faults.clear();
        assert_eq!(faults.take(size), None);
    }
}
