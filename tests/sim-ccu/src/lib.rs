//! A simulated Homematic CCU: what tests back up, restore and read, and what a demonstration shows.
//!
//! It is a second reading of the protocol, so it names no other crate of this project: own XML, own BIN-RPC,
//! own HTTP down to single bytes, because a real central cuts bodies, lies about lengths and falls silent. It
//! does NOT switch lamps, send events or understand scripts: it answers what a backup daemon asks.
//!
//! | room | what happens there |
//! |---|---|
//! | [`Sim`] | starts and stops a central, injects faults, tells what was observed |
//! | [`SimConfig`] | flavour, users, devices, sizes, delays, ports |
//! | [`Fault`] | each way a central can fail or lie |
//! | [`Observed`] | counts for tests: sessions, calls, backups, restores, boots, violations of the protocol |
//!
//! What is simplified, on purpose: the signature of an archive is a keyed SHA-256 cut to 32 digits (the real
//! one is secret), an archive holds its devices in `usr/local/etc/config/sim-state.json`, and a central that
//! is fed an archive of another make keeps its devices. Ports of a central that is off refuse connections and
//! stay reserved, so that they come back unchanged.

mod browse;
mod ccu;
mod config;
mod devices;
mod fault;
mod http;
mod json_rpc;
mod observed;
mod pages;
mod port;
mod power;
mod rpc;
mod sbk;
mod service;
mod sessions;
mod sim;
#[cfg(feature = "tls")]
mod tls;
mod value;
mod world;

pub use config::{Flavour, SimConfig, User, UserLevel};
pub use devices::{Device, Interface, devices};
pub use fault::Fault;
pub use observed::Observed;
pub use sim::Sim;
