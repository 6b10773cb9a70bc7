//! A backup that succeeds: its file, its record, what is remarked, and how the conversation ends.

use crate::bed::{Bed, SERIAL, device, id};
use loom_adapter_memory::{Announcement, CcuCall, Report};
use loom_contract::sbk_samples;
use loom_domain::ccu_backup::CcuBackupState;
use loom_domain::ports::{CcuBackups, CcuError, Stage};

#[tokio::test]
async fn a_good_backup_is_stored_with_what_is_known_of_it() {
    let bed = Bed::new();
    let sent = bed.ccu.system_backup();
    let done = bed.backed_up("a").await;

    assert_eq!(bed.files.bytes(&id("a")).unwrap(), sent);
    let CcuBackupState::Completed { size_bytes, sha256 } = &done.state else { panic!("{done:?}") };
    assert_eq!((*size_bytes, sha256.len()), (sent.len() as u64, 64));
    assert_eq!(done.filename.as_deref(), Some("ccu3-3.87.6.20260101-2026-11-23-0415.sbk"));
    let contents = done.contents.as_ref().unwrap();
    assert_eq!(contents.origin.as_ref().unwrap().serial, SERIAL);
    assert_eq!(contents.firmware.as_deref(), Some("3.87.6.20260101"));
    assert_eq!(contents.key_index, Some(0));
    assert_eq!(contents.devices, [("BidCos-RF".to_owned(), 6), ("HmIP-RF".to_owned(), 12)].into());
    assert_eq!(contents.warnings, Vec::<String>::new());
    assert_eq!(bed.stored_backup("a").await, done);
}

#[tokio::test]
async fn the_record_runs_first_and_the_watch_sees_what_is_stored() {
    let bed = Bed::new();
    let done = bed.backed_up("a").await;
    let told = bed.watched.backups.lock().unwrap();
    assert_eq!(told.first().unwrap().state, CcuBackupState::Running);
    assert!(told[..told.len() - 1].iter().all(|record| record.state == CcuBackupState::Running));
    assert_eq!(told.last(), Some(&done));
}

#[tokio::test]
async fn progress_comes_to_the_size_and_the_session_is_given_back() {
    let bed = Bed::new();
    bed.backed_up("a").await;
    let size = bed.files.bytes(&id("a")).unwrap().len() as u64;
    let reports = bed.progress.reports();
    let fetch = Report::Began { stage: Stage::Fetch, object: "ccu".to_owned(), total_bytes: Some(size) };
    assert!(reports.contains(&fetch), "{reports:?}");
    assert_eq!(reports.last(), Some(&Report::Reached(size)));
    assert_eq!((bed.ccu.sessions(), bed.ccu.count(CcuCall::Farewell)), (0, 1));
}

#[tokio::test]
async fn a_central_that_announces_no_size_is_backed_up_too() {
    let bed = Bed::new();
    bed.ccu.announce(Announcement::Nothing);
    bed.backed_up("a").await;
}

#[tokio::test]
async fn devices_that_cannot_be_counted_are_a_remark_and_no_failure() {
    let bed = Bed::new();
    bed.ccu.fail(CcuCall::ListCcuDevices, || CcuError::NotReady("it reads its devices".to_owned()));
    let contents = bed.backed_up("a").await.contents.unwrap();
    assert!(contents.devices.is_empty());
    assert_eq!(contents.warnings.len(), 2);
    assert!(contents.warnings[0].contains("`BidCos-RF`"), "{:?}", contents.warnings);

    bed.ccu.fail(CcuCall::ListInterfaces, || CcuError::NotReady("it reads its devices".to_owned()));
    let contents = bed.backed_up("b").await.contents.unwrap();
    assert_eq!(contents.warnings.len(), 1, "{:?}", contents.warnings);
}

#[tokio::test]
async fn a_backup_much_smaller_than_the_one_before_is_remarked() {
    let bed = Bed::new();
    bed.ccu.send_instead(Some(sbk_samples::good_sbk_of("3.87.6", 60_000).into()));
    let before = bed.backed_up("a").await;
    bed.ccu.send_instead(None);
    let after = bed.back_up().run(bed.queued("b").await, Some(SERIAL), Some(&before)).await.unwrap();
    let warnings = after.contents.unwrap().warnings;
    assert!(warnings[0].contains("less than half"), "{warnings:?}");
}

#[tokio::test]
async fn the_serial_number_may_be_known_shortened_or_not_at_all() {
    let bed = Bed::new();
    bed.ccu.put_interface("HmIP-RF", device("ABC0000001", 1));
    bed.back_up().run(bed.queued("a").await, Some("0000000001"), None).await.unwrap();
    bed.back_up().run(bed.queued("b").await, None, None).await.unwrap();
    assert_eq!(bed.store.list_ccu_backups().await.unwrap().len(), 2);
}
