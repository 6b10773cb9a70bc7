//! Damages of archives that Go daemons wrote: sealed, and bare.

use super::verifying::verify;
use super::{KEY, tiny_state};
use loom_e2e::data_dir::sqlite;
use loom_e2e::sealed_container::SealedContainer;
use loom_e2e::sealing::key_file;
use loom_e2e::upstream::UpstreamArchive;
use tempfile::TempDir;

fn upstream_archive() -> UpstreamArchive {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("openccu-loom.db");
    sqlite(&database, &tiny_state());
    UpstreamArchive::of_database(&std::fs::read(database).unwrap())
        .member("state/secret.key", key_file(KEY).as_bytes())
}

#[tokio::test]
async fn a_flipped_bit_in_any_byte_of_a_sealed_archive_is_found() {
    let folder = TempDir::new().unwrap();
    let key = folder.path().join("the.key");
    std::fs::write(&key, key_file(KEY)).unwrap();
    let archive = SealedContainer::seal(&KEY, &upstream_archive().tar_gz(), 512).bytes();
    verify(archive.clone(), folder.path(), Some(&key)).await.unwrap();
    for at in 0..archive.len() {
        let mut damaged = archive.clone();
        damaged[at] ^= 1 << (at % 8);
        let verdict = verify(damaged, folder.path(), Some(&key)).await;
        assert!(verdict.is_err(), "byte {at} of {}", archive.len());
    }
    for length in 0..archive.len() {
        let verdict = verify(archive[..length].to_vec(), folder.path(), Some(&key)).await;
        assert!(verdict.is_err(), "cut to {length} bytes");
    }
}

/// Nothing covers the bits of a foreign gzip header and of the padding in a tar, so some flips go unseen: but what is
/// restored is then what was backed up.
#[tokio::test]
async fn a_bare_archive_of_a_go_daemon_never_verifies_with_other_contents() {
    let folder = TempDir::new().unwrap();
    let archive = upstream_archive().tar_gz();
    let whole = verify(archive.clone(), folder.path(), None).await.unwrap();
    let mut unseen = 0;
    for at in 0..archive.len() {
        let mut damaged = archive.clone();
        damaged[at] ^= 1 << (at % 8);
        if let Ok(examined) = verify(damaged, folder.path(), None).await {
            assert_eq!(examined.files, whole.files, "byte {at}");
            unseen += 1;
        }
    }
    assert!(unseen <= 10, "{unseen} flips went unseen; a gzip header has ten bytes");
    for length in 0..archive.len() {
        assert!(
            verify(archive[..length].to_vec(), folder.path(), None).await.is_err(),
            "cut to {length} bytes"
        );
    }
}
