//! `CcuGateway` to Homematic centrals: all their words, ports, pages and moods end in this crate.
//!
//! Does NOT judge, keep or schedule anything, and does NOT know which of a central's answers matter to whom.

mod bin_rpc;
mod charset;
mod devices;
mod diagnosis;
mod gateway;
mod http;
mod identity;
mod interfaces;
mod json;
mod json_calls;
mod names;
mod pages;
#[doc(hidden)]
pub mod reading;
mod rpc;
mod script;
mod security_key;
mod session;
mod uptime;
mod xml_rpc;

pub use gateway::{HomematicGateway, HomematicGateways};
