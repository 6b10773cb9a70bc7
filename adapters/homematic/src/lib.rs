//! `CcuGateway` to Homematic centrals: all their words, ports, pages and moods end in this crate.
//!
//! Does NOT judge, keep or schedule anything, and does NOT know which of a central's answers matter to whom.

mod bin_rpc;
mod charset;
mod http;
mod rpc;
mod xml_rpc;
