//! XML of calls and answers, as strict and as sloppy as the firmware. Does NOT validate more than it has to.

mod read;
mod write;

pub(super) use read::{Call, read_call};
pub(super) use write::{HEAD, fault, response};
