//! One simulated central as the stories see it.
//!
//! Does NOT know the daemon.

use loom_e2e::daemon::eventually;
use loom_sim_ccu::{Interface, Sim, SimConfig};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ops::Deref;

/// Who logs in.
pub(crate) const USER: &str = "Betreiber";
/// With which password; nobody may say it.
pub(crate) const SECRET: &str = "kellertreppe-4711";
/// The security key of centrals that have one; nobody may say it either.
pub(crate) const KEY: &str = "schluesselbund-0815";

/// A central, and what it is called in the configuration.
pub(crate) struct Central {
    /// Its name.
    pub(crate) name: String,
    sim: Sim,
    key: Option<String>,
}

impl Central {
    /// Starts one, whatever users its configuration has; [`USER`] is one more.
    pub(crate) async fn start(name: &str, config: SimConfig) -> Self {
        let config = config.user(USER, SECRET, loom_sim_ccu::UserLevel::Admin);
        let key = config.security_key.clone();
        Self { name: name.to_owned(), sim: Sim::start(config).await.unwrap(), key }
    }

    /// How the configuration says where it is.
    pub(crate) fn row(&self) -> Value {
        let addresses = self.sim.rpc_addrs();
        let ports: Map<String, Value> =
            addresses.iter().map(|(interface, at)| (interface.name().to_owned(), json!(at.port()))).collect();
        let interfaces: Vec<&str> = addresses.keys().map(|interface| interface.name()).collect();
        json!({
            "name": self.name, "host": "127.0.0.1", "port": self.sim.web_addr().port(), "ports": ports,
            "interfaces": interfaces, "username": USER, "password_plain": SECRET, "enabled": true,
        })
    }

    /// What nobody may say: the password, the security key, the ids of all sessions so far.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut secrets = self.observed().session_ids;
        secrets.push(SECRET.to_owned());
        secrets.extend(self.key.clone());
        secrets
    }

    /// How many devices it has on an interface every central has.
    pub(crate) fn devices(&self) -> usize {
        self.sim.device_count(Interface::HmIpRf)
    }

    /// What it was asked for, but for the looks at it that never end.
    pub(crate) fn asked_for(&self) -> BTreeMap<String, u64> {
        let mut pages = self.observed().pages;
        pages.remove("GET version.cgi");
        pages
    }

    /// Asserts that it was never asked for more than it bears, and that nobody stays logged in once things have settled.
    #[track_caller]
    pub(crate) fn was_treated_well(&self) {
        eventually("a farewell", || (self.observed().open_sessions == 0).then_some(()));
        let seen = self.observed();
        assert_eq!(seen.violations, [""; 0], "{}", self.name);
        assert!(seen.most_backups_at_once <= 1, "{}: {}", self.name, seen.most_backups_at_once);
    }
}

impl Deref for Central {
    type Target = Sim;

    fn deref(&self) -> &Sim {
        &self.sim
    }
}
