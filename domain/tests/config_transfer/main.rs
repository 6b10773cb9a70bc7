//! Export and import of the configuration over adapters in memory: what goes over, what stays, and that a fault
//! changes nothing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests, their shared parts included")]

mod bed;
mod exporting;
mod faults;
mod importing;
mod planning;
