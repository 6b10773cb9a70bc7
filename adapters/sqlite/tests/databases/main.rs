//! Snapshots and the judge on SQLite: their contracts, and what is true of SQLite alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bed;
mod judge_cases;
mod sealed_cases;
mod size_limit;
mod snapshot_cases;

use bed::SqliteBed;
use std::sync::Arc;

loom_contract::snapshots_contract!((Arc::new(SqliteBed::new()), ()));
loom_contract::database_judge_contract!((Arc::new(SqliteBed::new()), ()));
