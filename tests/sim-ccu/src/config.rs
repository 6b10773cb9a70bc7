//! What a simulated central is like before it starts. Does NOT change while it runs; faults do that.

use crate::devices::Interface;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Which firmware is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Flavour {
    /// The maker's firmware of a CCU3.
    Stock,
    /// OpenCCU, formerly RaspberryMatic.
    OpenCcu,
}

/// What a user may do; the order is the order of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UserLevel {
    /// Level 1: reads.
    Guest,
    /// Level 2: operates.
    User,
    /// Level 8: everything.
    Admin,
}

/// Somebody who may log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Compared exactly.
    pub name: String,
    /// Compared exactly.
    pub password: String,
    /// What they may do.
    pub level: UserLevel,
}

/// How a central is built. All fields may be set; the methods are for the frequent ones.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SimConfig {
    /// Which firmware is simulated.
    pub flavour: Flavour,
    /// `a.b.c.date` or `a.b.c`.
    pub firmware: String,
    /// Host name; part of the file name of backups.
    pub hostname: String,
    /// Serial of the board; clients keep the last ten characters.
    pub serial: String,
    /// Who may log in.
    pub users: Vec<User>,
    /// Whether RPC ports ask for Basic authentication.
    pub rpc_auth: bool,
    /// The user's security key; none means the default key.
    pub security_key: Option<String>,
    /// Devices per interface; an interface that is not here has none and is not listed.
    pub devices: BTreeMap<Interface, usize>,
    /// Same seed, same devices.
    pub seed: u64,
    /// How many bytes a backup holds besides its files, as compressed; at least one block of half a MiB unless 0.
    pub backup_filler_bytes: u64,
    /// How long a backup is built before its first byte.
    pub backup_takes: Duration,
    /// How long applying a restore takes.
    pub restore_takes: Duration,
    /// From the reboot request until the ports are gone.
    pub reboot_delay: Duration,
    /// How long the ports are gone.
    pub down_for: Duration,
    /// How long RPC ports answer 503 after the web port is back.
    pub booting_for: Duration,
    /// Sessions at once.
    pub max_sessions: usize,
    /// Idle time after which a session is dropped.
    pub session_timeout: Duration,
    /// The web port; 0 takes a free one.
    pub web_port: u16,
    /// Ports of interfaces; 0 and missing take a free one.
    pub rpc_ports: BTreeMap<Interface, u16>,
    /// Whether BidCos-RF also speaks BIN-RPC on its port, as on a CCU2. Otherwise such a call gets no answer.
    pub bin_rpc_on_bidcos: bool,
    /// Whether `Interface.listInterfaces` reports inside ports (outside + 30000). `None`: only for interfaces
    /// on the ports of a real central; any other port is reported as it is.
    pub inside_ports: Option<bool>,
    /// Whether TLS ports are opened beside the plain ones (feature `tls`).
    pub tls: bool,
}

impl SimConfig {
    /// A central with one user `Admin` / `secret`, ten devices on each of three interfaces, and no delays.
    #[must_use]
    pub fn new(flavour: Flavour) -> Self {
        let firmware = if flavour == Flavour::Stock { "3.87.6" } else { "3.87.6.20260101" };
        let admin = User { name: "Admin".into(), password: "secret".into(), level: UserLevel::Admin };
        Self {
            flavour,
            firmware: firmware.into(),
            hostname: "homematic-ccu3".into(),
            serial: "3014F711A0001F58A9A7B5C2".into(),
            users: vec![admin],
            rpc_auth: false,
            security_key: None,
            devices: Interface::XML.into_iter().map(|interface| (interface, 10)).collect(),
            seed: 1,
            backup_filler_bytes: 0,
            backup_takes: Duration::ZERO,
            restore_takes: Duration::ZERO,
            reboot_delay: Duration::from_millis(20),
            down_for: Duration::from_millis(200),
            booting_for: Duration::from_millis(200),
            max_sessions: 10,
            session_timeout: Duration::from_secs(300),
            web_port: 0,
            rpc_ports: BTreeMap::new(),
            bin_rpc_on_bidcos: false,
            inside_ports: None,
            tls: false,
        }
    }

    /// So many devices on that interface; also switches the interface on.
    #[must_use]
    pub fn devices_of(mut self, interface: Interface, count: usize) -> Self {
        self.devices.insert(interface, count);
        self
    }

    /// So many devices on each interface that is switched on.
    #[must_use]
    pub fn devices_everywhere(mut self, count: usize) -> Self {
        self.devices.values_mut().for_each(|devices| *devices = count);
        self
    }

    /// One more user.
    #[must_use]
    pub fn user(mut self, name: &str, password: &str, level: UserLevel) -> Self {
        self.users.push(User { name: name.into(), password: password.into(), level });
        self
    }

    /// Another host name.
    #[must_use]
    pub fn hostname(mut self, hostname: &str) -> Self {
        self.hostname = hostname.into();
        self
    }

    /// Basic authentication on RPC ports.
    #[must_use]
    pub fn rpc_auth(mut self) -> Self {
        self.rpc_auth = true;
        self
    }

    /// A security key of the user's.
    #[must_use]
    pub fn security_key(mut self, key: &str) -> Self {
        self.security_key = Some(key.into());
        self
    }

    /// Backups of at least so many MiB.
    #[must_use]
    pub fn backup_size_mib(mut self, mib: u64) -> Self {
        self.backup_filler_bytes = mib * 1024 * 1024;
        self
    }

    /// The ports of a real central: 80, 2001, 2010, 9292, 8701.
    #[must_use]
    pub fn real_ports(mut self) -> Self {
        self.web_port = 80;
        self.rpc_ports = self.devices.keys().map(|interface| (*interface, interface.real_port())).collect();
        self
    }
}
