//! What is true of a snapshot in a process that may not write files of any size.

use crate::bed::SqliteBed;
use loom_adapter_sqlite::SqliteSnapshots;
use loom_contract::database_bed::DatabaseBed;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{Silent, SnapshotError, Snapshots};
use std::env;
use std::process::Command;

/// Names data dir and scratch to the process with the limit.
const DIRS: [&str; 2] = ["LOOM_TEST_DATA_DIR", "LOOM_TEST_SCRATCH_DIR"];

#[test]
fn a_copy_that_outgrows_the_file_size_limit_finds_no_room() {
    let bed = SqliteBed::new();
    bed.create(&bed.data_dir().join("x.db"), "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(1 << 20));");
    // Both the number of blocks and ignoring the signal are inherited.
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "size_limit::takes_a_snapshot_within_a_limit", "--ignored", "--nocapture"])
        .env(DIRS[0], bed.data_dir())
        .env(DIRS[1], bed.scratch_dir())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&limited.stdout);
    assert!(limited.status.success() && told.contains("1 passed"), "{told}");
    assert_eq!(bed.kept_bytes(), 0);
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn takes_a_snapshot_within_a_limit() {
    let [data_dir, scratch_dir] = DIRS.map(|name| env::var_os(name).unwrap().into());
    let snapshots = SqliteSnapshots::new(data_dir, scratch_dir);
    let taken = snapshots.take_snapshot(&MemberPath::parse(b"x.db").unwrap(), &Silent).await;
    assert!(matches!(taken, Err(SnapshotError::Full { needed_bytes: 1_048_576.., .. })), "{taken:?}");
}
