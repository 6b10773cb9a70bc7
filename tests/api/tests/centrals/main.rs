//! What the HTTP API promises about centrals, held against simulated ones of both kinds of firmware, on both backends.
//!
//! Does NOT test how centrals are spoken with: that is the adapter's.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a claim fails by panicking")]

mod backing_up;
mod cancelling;
mod choosing;
mod consenting;
mod devices;
mod failing;
mod figures;
mod keeping;
mod restoring;
mod restoring_fails;
mod shapes;
mod status;
mod told;
mod trying;
mod uploading;
