//! A running central: starting, injecting, observing, stopping. Does NOT know protocols.

use crate::ccu::{Ccu, Phase};
use crate::config::SimConfig;
use crate::devices::Interface;
use crate::fault::Fault;
use crate::observed::Observed;
use crate::port::Port;
use crate::power;
use crate::service::Service;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A simulated central on the loopback interface. Dropping it closes its ports and deletes its files.
#[derive(Debug)]
pub struct Sim {
    ccu: Arc<Ccu>,
    web: SocketAddr,
    rpc: BTreeMap<Interface, SocketAddr>,
    #[cfg(feature = "tls")]
    encrypted: Option<crate::tls::Encrypted>,
    _ports: JoinSet<()>,
}

impl Sim {
    /// Starts a central; it is ready when this returns.
    ///
    /// # Errors
    /// If a port is taken or no temporary folder can be made.
    pub async fn start(config: SimConfig) -> io::Result<Self> {
        let ccu = Ccu::new(config)?;
        let mut ports = JoinSet::new();
        let web = open(&ccu, Service::WEB, ccu.config.web_port, &mut ports)?;
        let mut rpc = BTreeMap::new();
        for interface in ccu.config.devices.keys() {
            let number = ccu.config.rpc_ports.get(interface).copied().unwrap_or(0);
            rpc.insert(*interface, open(&ccu, Service::Interface(*interface), number, &mut ports)?);
        }
        let _first = ccu.ports.set(rpc.clone());
        #[cfg(feature = "tls")]
        let encrypted = if ccu.config.tls { Some(crate::tls::open(&ccu, &mut ports)?) } else { None };
        Ok(Self {
            ccu,
            web,
            rpc,
            #[cfg(feature = "tls")]
            encrypted,
            _ports: ports,
        })
    }

    /// Where the web port listens.
    #[must_use]
    pub fn web_addr(&self) -> SocketAddr {
        self.web
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn web_url(&self) -> String {
        format!("http://{}", self.web)
    }

    /// Where an interface listens, if the central has it.
    #[must_use]
    pub fn rpc_addr(&self, interface: Interface) -> Option<SocketAddr> {
        self.rpc.get(&interface).copied()
    }

    /// Where all interfaces listen.
    #[must_use]
    pub fn rpc_addrs(&self) -> &BTreeMap<Interface, SocketAddr> {
        &self.rpc
    }

    /// Where the TLS web port listens; none without [`SimConfig::tls`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn web_tls_addr(&self) -> Option<SocketAddr> {
        self.encrypted.as_ref().map(|encrypted| encrypted.web)
    }

    /// Where an interface listens with TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn rpc_tls_addr(&self, interface: Interface) -> Option<SocketAddr> {
        self.encrypted.as_ref()?.rpc.get(&interface).copied()
    }

    /// SHA-256 of the certificate (DER), 64 lower-case digits.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls_fingerprint(&self) -> Option<&str> {
        self.encrypted.as_ref().map(|encrypted| encrypted.fingerprint.as_str())
    }

    /// Switches a fault on until [`Sim::heal`].
    pub fn inject(&self, fault: Fault) {
        self.ccu.faults.add(fault, None);
    }

    /// Switches a fault on for one answer.
    pub fn inject_once(&self, fault: Fault) {
        self.inject_times(fault, 1);
    }

    /// Switches a fault on for so many answers. Faults of ports and of the logic process cannot be counted
    /// and stay on.
    pub fn inject_times(&self, fault: Fault, times: u32) {
        self.ccu.faults.add(fault, Some(times));
    }

    /// Switches all faults off.
    pub fn heal(&self) {
        self.ccu.faults.clear();
    }

    /// Everything counted so far.
    #[must_use]
    pub fn observed(&self) -> Observed {
        let mut observed = self.ccu.notebook.copy();
        observed.open_sessions = self.ccu.world().sessions.count();
        observed
    }

    /// How many devices an interface has now.
    #[must_use]
    pub fn device_count(&self, interface: Interface) -> usize {
        self.ccu.world().central.devices.get(&interface).map_or(0, BTreeMap::len)
    }

    /// Forgets all but the first `count` devices of an interface, as if they had been deleted.
    pub fn keep_devices(&self, interface: Interface, count: usize) {
        if let Some(devices) = self.ccu.world().central.devices.get_mut(&interface) {
            *devices = std::mem::take(devices).into_iter().take(count).collect();
        }
    }

    /// Gives a device another firmware, as an update over the air does. Says whether there is such a device.
    pub fn update_device(&self, interface: Interface, address: &str, firmware: &str) -> bool {
        let mut world = self.ccu.world();
        let device = world.central.devices.get_mut(&interface).and_then(|all| all.get_mut(address));
        device.map(|device| device.firmware = firmware.to_owned()).is_some()
    }

    /// The host name now; a restore may change it.
    #[must_use]
    pub fn hostname(&self) -> String {
        self.ccu.world().central.hostname.clone()
    }

    /// Changes the password of a user, as the central's own settings would. Says whether there is such a
    /// user.
    pub fn set_password(&self, user: &str, password: &str) -> bool {
        let mut world = self.ccu.world();
        let user = world.central.users.iter_mut().find(|known| known.name == user);
        user.map(|user| user.password = password.to_owned()).is_some()
    }

    /// Sets or removes the security key.
    pub fn set_security_key(&self, key: Option<&str>) {
        self.ccu.world().central.security_key = key.map(str::to_owned);
    }

    /// What a script of that name prints from now on, such as `("get_rooms.fn", "{}")`.
    pub fn answer_script(&self, name: &str, output: &str) {
        self.ccu.world().script_answers.insert(name.to_owned(), output.to_owned());
    }

    /// Whether the HmIP process runs; a restore stops it.
    #[must_use]
    pub fn hmip_runs(&self) -> bool {
        self.ccu.world().hmip_runs
    }

    /// Whether a backup was taken over, which the next boot puts in place.
    #[must_use]
    pub fn restore_waits(&self) -> bool {
        self.ccu.world().pending.is_some()
    }

    /// Drops all sessions, as a restart of the logic process does.
    pub fn drop_sessions(&self) {
        self.ccu.world().sessions.clear();
    }

    /// Reboots and returns when the central is ready again (or would be, were it not for a fault).
    pub async fn reboot(&self) {
        power::reboot(Arc::clone(&self.ccu)).await;
    }

    /// Returns when all ports are up and answer.
    pub async fn ready(&self) {
        let mut phase = self.ccu.phase.subscribe();
        let _never_closed = phase.wait_for(|phase| *phase == Phase::Ready).await;
    }
}

fn open(ccu: &Arc<Ccu>, service: Service, number: u16, ports: &mut JoinSet<()>) -> io::Result<SocketAddr> {
    let port = Port::reserve(number, matches!(service, Service::Interface(_)))?;
    let (address, listener, shared) = (port.address, port.listen()?, Arc::clone(ccu));
    ports.spawn(
        port.run(Arc::clone(ccu), listener, move |stream: TcpStream| {
            service.serve(Arc::clone(&shared), stream)
        }),
    );
    Ok(address)
}
