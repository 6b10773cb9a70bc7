//! Argon2 passwords keep the contract of passwords.

use loom_adapter_keys::{Argon2Passwords, OsRandomness};
use std::sync::Arc;

loom_contract::passwords_contract!((Arc::new(Argon2Passwords::new(Arc::new(OsRandomness))), ()));
