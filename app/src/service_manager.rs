//! The service manager that started the daemon, if one did: systemd's notify protocol.
//!
//! Speaks to the socket itself, a datagram each, so that the variables can come from anywhere. Does NOT restart or stop
//! anything, and does nothing at all where `NOTIFY_SOCKET` is not set.

use crate::wire::Environment;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// The manager takes datagrams at once; it is given up on after this.
const SEND_WITHIN: Duration = Duration::from_secs(1);

/// A line to the service manager.
#[derive(Debug)]
pub struct ServiceManager {
    line: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// Finds the manager by `NOTIFY_SOCKET`, and the watchdog's period by `WATCHDOG_USEC` and `WATCHDOG_PID`.
    ///
    /// A socket that cannot be used is a warning in the log, and then there is no manager.
    pub fn find(environment: &Environment) -> Self {
        let Some(socket) = environment("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else {
            return Self { line: None, watchdog: None };
        };
        let line = connect(&socket).inspect_err(|error| {
            tracing::warn!(%error, socket = ?socket, "the service manager cannot be told anything");
        });
        Self { line: line.ok(), watchdog: watchdog(environment) }
    }

    /// The daemon serves. Units of `Type=notify` count as started from here on.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// The daemon has begun to stop.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// One line for `systemctl status`.
    pub fn status(&self, text: &str) {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.tell(&format!("STATUS={line}"));
    }

    /// Feeds the watchdog at half its period, each time `healthy` answers with `true` within that half. Without a
    /// watchdog it only waits. Never returns; drop it to stop.
    pub async fn feed_watchdog<H: Future<Output = bool>>(&self, mut healthy: impl FnMut() -> H) {
        let (Some(_), Some(period)) = (&self.line, self.watchdog) else {
            return std::future::pending().await;
        };
        let half = period / 2;
        let mut ticks = interval(half);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match timeout(half, healthy()).await {
                Ok(true) => self.tell("WATCHDOG=1"),
                Ok(false) => tracing::warn!("the daemon is not healthy; the watchdog is not fed"),
                Err(_) => tracing::warn!("the daemon does not answer; the watchdog is not fed"),
            }
        }
    }

    fn tell(&self, message: &str) {
        let Some((socket, manager)) = &self.line else { return };
        if let Err(error) = socket.send_to_addr(message.as_bytes(), manager) {
            tracing::warn!(%error, message, "the service manager could not be told");
        }
    }
}

/// A path, or after `@` a name of the abstract kind.
fn connect(socket: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
    let manager = match socket.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        [b'/', ..] => SocketAddr::from_pathname(socket)?,
        _ => {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "it is neither a path nor an abstract name",
            ));
        }
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(SEND_WITHIN))?;
    Ok((socket, manager))
}

fn watchdog(environment: &Environment) -> Option<Duration> {
    let number = |name: &str| environment(name)?.to_str()?.parse::<u64>().ok();
    let for_us = match environment("WATCHDOG_PID") {
        None => true,
        Some(_) => number("WATCHDOG_PID") == Some(std::process::id().into()),
    };
    number("WATCHDOG_USEC").filter(|micros| for_us && *micros > 1).map(Duration::from_micros)
}

#[cfg(test)]
mod tests;
