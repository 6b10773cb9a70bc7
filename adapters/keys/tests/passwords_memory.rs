//! What a password hash leaves behind in memory. The only test of its process: others would move the figure.

#![expect(clippy::unwrap_used, reason = "these are tests, their shared parts included")]

use loom_adapter_keys::{Argon2Passwords, OsRandomness};
use loom_domain::ports::Passwords;
use loom_domain::secret::SecretText;
use std::sync::Arc;

#[tokio::test]
async fn the_memory_of_a_hash_is_given_back() {
    let passwords = Argon2Passwords::new(Arc::new(OsRandomness));
    let password = SecretText::new("correct horse");
    passwords.hash(&password).await.unwrap();
    let before = resident_kib();
    for _ in 0..6 {
        let stored = passwords.hash(&password).await.unwrap();
        passwords.verify(&password, &stored).await.unwrap();
    }
    let after = resident_kib();
    assert!(after < 19_456 && after <= before + 2_048, "{before} KiB became {after} KiB");
}

/// What this process holds in memory, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
