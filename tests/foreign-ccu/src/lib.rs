//! Centrals that others simulate, as processes of Python: nobody here read the protocol for them.
//!
//! Does NOT install them: `.ci/run` does, and each is looked for by the name of its Python. A process ends with the value
//! that started it.

mod process;

use process::Process;
use serde_json::Value;
use std::io;
use std::net::TcpListener;

/// pydevccu 0.1: every device it knows behind one interface, XML-RPC only. Needs a `python3` that has it.
#[derive(Debug)]
pub struct OldCentral {
    process: Process,
    port: u16,
}

/// What a central was told to simulate, not by way of any protocol.
#[derive(Debug, Clone)]
pub struct Truth {
    /// Descriptions of devices and channels.
    pub devices: Vec<Value>,
    /// Each paramset they name, as often as they name it: address, key, and the description or `null`.
    pub paramsets: Vec<(String, String, Value)>,
}

impl OldCentral {
    /// Starts it; it answers when this returns.
    pub fn start() -> io::Result<Self> {
        let mut process = Process::start("python3", include_str!("pydevccu_0_1.py"), &[])?;
        let port = process.line()?.parse().map_err(io::Error::other)?;
        Ok(Self { process, port })
    }

    /// Where it listens, on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it was called since this was asked the last time: the method and its arguments.
    pub fn calls(&mut self) -> io::Result<Vec<Vec<String>>> {
        let told = self.process.ask("calls")?;
        let texts = |call: &Value| -> Option<Vec<String>> {
            call.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        };
        told.as_array().and_then(|calls| calls.iter().map(texts).collect()).ok_or_else(|| unexpected("calls"))
    }

    /// What it simulates.
    pub fn truth(&mut self) -> io::Result<Truth> {
        let told = self.process.ask("truth")?;
        let paramset = |one: &Value| -> Option<(String, String, Value)> {
            Some((one[0].as_str()?.to_owned(), one[1].as_str()?.to_owned(), one[2].clone()))
        };
        let paramsets = || told["paramsets"].as_array()?.iter().map(paramset).collect();
        let devices = told["devices"].as_array().cloned();
        devices
            .zip(paramsets())
            .map(|(devices, paramsets)| Truth { devices, paramsets })
            .ok_or_else(|| unexpected("truth"))
    }

    /// Gives a device another firmware.
    pub fn set_firmware(&mut self, address: &str, version: &str) -> io::Result<()> {
        self.process.ask(&format!("firmware {address} {version}")).map(|_| ())
    }
}

/// pydevccu 0.2: some devices behind the JSON API and one interface, user `Admin` with password `secret`. Needs a
/// `python3.13` that has it.
#[derive(Debug)]
pub struct NewCentral {
    _process: Process,
    /// Port of the JSON API.
    pub json_port: u16,
    /// Port of the interface.
    pub xml_port: u16,
}

impl NewCentral {
    /// Starts it; it answers when this returns.
    pub fn start() -> io::Result<Self> {
        let mut tries = 1;
        loop {
            let started = Self::start_at(free_ports()?);
            // Somebody else may have taken a port by the time it wants it.
            if started.is_ok() || tries == MOST_TRIES {
                return started;
            }
            tries += 1;
        }
    }

    fn start_at((json_port, xml_port): (u16, u16)) -> io::Result<Self> {
        let ports = [json_port, xml_port].map(|port| port.to_string());
        let mut process = Process::start("python3.13", include_str!("pydevccu_0_2.py"), &ports)?;
        match process.line()?.as_str() {
            "ready" => Ok(Self { _process: process, json_port, xml_port }),
            _ => Err(unexpected("start")),
        }
    }
}

/// A fault that is no accident shows each time.
const MOST_TRIES: u32 = 5;

/// Two ports nobody has now: it does not say which ones it takes by itself.
fn free_ports() -> io::Result<(u16, u16)> {
    let (one, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok((one.local_addr()?.port(), other.local_addr()?.port()))
}

fn unexpected(what: &str) -> io::Error {
    io::Error::other(format!("the simulated central answers `{what}` with something else"))
}
