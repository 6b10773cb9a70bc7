//! What the gateway and the cache make of centrals that others simulate.
//!
//! These have no web pages worth the name, so a simulated central of our own says who they are where that is asked. Does NOT
//! test what only our own one can show: sessions, backups, restores, faults.

#![expect(clippy::unwrap_used, reason = "a claim fails by panicking")]

mod bed;
mod caching;
mod newer;
mod reading;
