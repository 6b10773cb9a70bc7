//! HTTP/1.1 as a central speaks it, down to the faults of single bytes. Does NOT know what is asked or
//! answered.

mod connection;
mod request;
mod response;
mod wire;

pub(crate) use connection::serve_http;
pub(crate) use request::{Request, decode};
pub(crate) use response::{Length, Payload, Response};
pub(crate) use wire::{Stream, Wire};
