//! The memory adapters for databases keep the contracts of snapshots and of the database judge.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bed;

use bed::MemoryBed;
use std::sync::Arc;

loom_contract::snapshots_contract!((Arc::new(MemoryBed::default()), ()));
loom_contract::database_judge_contract!((Arc::new(MemoryBed::default()), ()));
