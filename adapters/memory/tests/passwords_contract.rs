//! The memory hasher keeps the contract of passwords.

use loom_adapter_memory::MemoryPasswords;
use std::sync::Arc;

loom_contract::passwords_contract!((Arc::new(MemoryPasswords::default()), ()));
