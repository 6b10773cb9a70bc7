//! What a simulated central saw: counts and violations for tests to assert on. Does NOT judge; it only writes
//! down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A copy of all counts at one moment. Counts only grow, except those that say "now".
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Observed {
    /// Sessions opened.
    pub logins: u64,
    /// Their ids, which no client may say.
    pub session_ids: Vec<String>,
    /// Logins refused.
    pub refused_logins: u64,
    /// Sessions closed by `Session.logout`.
    pub logouts: u64,
    /// Sessions open now.
    pub open_sessions: usize,
    /// Calls per JSON-RPC method.
    pub json_calls: BTreeMap<String, u64>,
    /// Scripts run, by the name in their first line (the whole first line if it names none).
    pub scripts: BTreeMap<String, u64>,
    /// Calls per interface and method, by XML-RPC and BIN-RPC together; refused ones are not in it.
    pub rpc_calls: BTreeMap<(String, String), u64>,
    /// Requests to pages: `GET create_backup`, `POST backup_restore_check`, `POST fileupload.ccc`, `GET
    /// version.cgi` …
    pub pages: BTreeMap<String, u64>,
    /// Most requests at once, per lane: `web` for the web port, else the name of the interface.
    pub most_at_once: BTreeMap<String, usize>,
    /// Backups begun.
    pub backups_created: u64,
    /// Backups being built or sent now.
    pub backups_running: usize,
    /// Most backups at once.
    pub most_backups_at_once: usize,
    /// Archives a boot has put in place.
    pub restores_applied: u64,
    /// Boots since the start; the start itself is not one.
    pub boots: u64,
    /// Calls of `User.restartHmIPServer`.
    pub hmip_restarts: u64,
    /// What a client did that a central does not bear: sentences.
    pub violations: Vec<String>,
}

impl Observed {
    /// Calls of one RPC method on one interface.
    #[must_use]
    pub fn rpc(&self, interface: crate::Interface, method: &str) -> u64 {
        self.rpc_calls.get(&(interface.name().to_owned(), method.to_owned())).copied().unwrap_or(0)
    }

    /// Calls of one RPC method on all interfaces.
    #[must_use]
    pub fn rpc_everywhere(&self, method: &str) -> u64 {
        self.rpc_calls.iter().filter(|((_, name), _)| name == method).map(|(_, count)| count).sum()
    }

    /// Calls of one JSON-RPC method.
    #[must_use]
    pub fn json(&self, method: &str) -> u64 {
        self.json_calls.get(method).copied().unwrap_or(0)
    }

    /// Requests of one page.
    #[must_use]
    pub fn page(&self, page: &str) -> u64 {
        self.pages.get(page).copied().unwrap_or(0)
    }
}

/// Where the counts are written.
#[derive(Debug, Default)]
pub(crate) struct Notebook {
    seen: Mutex<Observed>,
    now: Mutex<BTreeMap<String, usize>>,
}

impl Notebook {
    /// All counts so far.
    pub(crate) fn copy(&self) -> Observed {
        self.seen().clone()
    }

    /// Changes the counts.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Observed)) {
        change(&mut self.seen());
    }

    /// Writes a violation down.
    pub(crate) fn violation(&self, sentence: impl Into<String>) {
        self.seen().violations.push(sentence.into());
    }

    /// Counts a request of a lane until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>, lane: &str) -> InFlight {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let count = now.entry(lane.to_owned()).or_default();
        *count += 1;
        let mut seen = self.seen();
        let most = seen.most_at_once.entry(lane.to_owned()).or_default();
        *most = (*most).max(*count);
        InFlight { notebook: Arc::clone(self), lane: lane.to_owned() }
    }

    fn seen(&self) -> MutexGuard<'_, Observed> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds one to a count of a map.
pub(crate) fn count<K: Ord>(map: &mut BTreeMap<K, u64>, key: K) {
    *map.entry(key).or_default() += 1;
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct InFlight {
    notebook: Arc<Notebook>,
    lane: String,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut now = self.notebook.now.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = now.get_mut(&self.lane) {
            *count = count.saturating_sub(1);
        }
    }
}
