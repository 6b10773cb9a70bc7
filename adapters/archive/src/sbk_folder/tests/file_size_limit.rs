//! What holds where there is no room: a process that may not write files of any size.

use super::*;
use std::env;
use std::process::Command;

/// Names the folder to the process with the limit.
const FOLDER: &str = "LOOM_TEST_SBK_FOLDER";

#[test]
fn a_backup_that_finds_no_room_leaves_nothing() {
    let (_parent, folder) = folder();
    // Both the number of blocks and ignoring the signal are inherited.
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "sbk_folder::tests::file_size_limit::finds_no_room", "--ignored", "--nocapture"])
        .env(FOLDER, folder.folder())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&limited.stdout);
    assert!(limited.status.success() && told.contains("1 passed"), "{told}");
    assert_eq!(names(&folder), [".nobackup"]);
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn finds_no_room() {
    let folder = SbkFolder::open(env::var_os(FOLDER).unwrap()).unwrap();
    let mut staging = folder.begin(&id("a")).await.unwrap();
    let bytes = samples::good_sbk_of("3.87.6", 1 << 20);
    let mut failure = None;
    for chunk in bytes.chunks(10_000) {
        if let Err(error) = staging.write(Bytes::copy_from_slice(chunk)).await {
            failure = Some(error);
            break;
        }
    }
    let failure = failure.unwrap();
    assert!(matches!(failure, CcuFilesError::Full(_)), "{failure}");
    // What was written is gone although the staging is still held.
    assert_eq!(names(&folder), [".nobackup"]);
    staging.judge(None).await.unwrap_err();
    assert!(matches!(staging.commit().await, Err(CcuFilesError::NotGood)));
    // There is room for a small one.
    store(&folder, "b", &samples::good_sbk("3.87.6")).await;
    folder.remove(&id("b")).await.unwrap();
}
