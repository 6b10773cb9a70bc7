//! The state of a simulated central: what a backup holds, and what lives only while it runs. Does NOT do I/O.

use crate::config::{SimConfig, User, UserLevel};
use crate::devices::{Device, Interface, devices};
use crate::sbk::{Built, Opened};
use crate::sessions::Sessions;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Everything a backup holds and a restore brings back. The firmware is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Central {
    pub(crate) hostname: String,
    pub(crate) users: Vec<User>,
    pub(crate) rpc_auth: bool,
    pub(crate) security_key: Option<String>,
    /// By interface, then by address.
    pub(crate) devices: BTreeMap<Interface, BTreeMap<String, Device>>,
}

impl Central {
    /// The level of a user whose password fits.
    pub(crate) fn level_of(&self, name: &str, password: &str) -> Option<UserLevel> {
        let fits = |user: &&User| user.name == name && user.password == password;
        self.users.iter().find(fits).map(|user| user.level)
    }
}

/// How long a central had been up before it was simulated.
const UP_BEFORE: Duration = Duration::from_secs(24 * 60 * 60);

/// The background backup that scripts start and watch.
#[derive(Debug, Clone, Default)]
pub(crate) enum Job {
    #[default]
    Idle,
    Running,
    Failed,
    /// `last_backup.sbk` is there.
    Done(Arc<Built>),
}

/// An archive that went through the check and waits to be applied.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) archive: Opened,
}

/// The whole state.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) central: Central,
    pub(crate) sessions: Sessions,
    /// The uploaded file, as the firmware stored it.
    pub(crate) upload: Option<PathBuf>,
    /// Whether the upload has its final name; OpenCCU needs a second request for that.
    pub(crate) upload_named: bool,
    pub(crate) checked: Option<Checked>,
    /// What the next boot puts in place.
    pub(crate) pending: Option<Central>,
    pub(crate) hmip_runs: bool,
    pub(crate) job: Job,
    pub(crate) backups_running: usize,
    /// Whether an archive is being checked or applied now.
    pub(crate) restoring: bool,
    booted: Instant,
    up_before: Duration,
    /// What scripts of these names print instead of their usual answer.
    pub(crate) script_answers: BTreeMap<String, String>,
}

impl World {
    /// A central as configured, never used.
    pub(crate) fn new(config: &SimConfig) -> Self {
        let by_address = |(interface, count): (&Interface, &usize)| {
            let list = devices(*interface, *count, config.seed);
            (*interface, list.into_iter().map(|device| (device.address.clone(), device)).collect())
        };
        let central = Central {
            hostname: config.hostname.clone(),
            users: config.users.clone(),
            rpc_auth: config.rpc_auth,
            security_key: config.security_key.clone(),
            devices: config.devices.iter().map(by_address).collect(),
        };
        Self {
            central,
            sessions: Sessions::new(config.max_sessions, config.session_timeout),
            upload: None,
            upload_named: false,
            checked: None,
            pending: None,
            hmip_runs: true,
            job: Job::Idle,
            backups_running: 0,
            restoring: false,
            booted: Instant::now(),
            up_before: UP_BEFORE,
            script_answers: BTreeMap::new(),
        }
    }

    /// How long it has been up.
    pub(crate) fn up_for(&self) -> Duration {
        self.up_before + self.booted.elapsed()
    }

    /// What a boot does: memory is lost, a prepared restore is put in place. Says whether there was one.
    pub(crate) fn boot(&mut self, apply: bool) -> bool {
        (self.booted, self.up_before) = (Instant::now(), Duration::ZERO);
        self.sessions.clear();
        self.upload = None;
        self.checked = None;
        self.hmip_runs = true;
        self.job = Job::Idle;
        let Some(central) = self.pending.take().filter(|_| apply) else { return false };
        self.central = central;
        true
    }
}
