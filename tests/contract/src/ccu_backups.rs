//! The suite of [`CcuBackups`].

use crate::moments::moment;
use loom_domain::ccu::CcuFacts;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupContents, CcuBackupId, CcuBackupState};
use loom_domain::ccu_failure::{CcuFailure, CcuFailureKind};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuBackups, StoreError};
use std::sync::Arc;

/// A record comes back equal in every state.
pub async fn a_record_comes_back_equal_in_every_state(store: Arc<dyn CcuBackups>) {
    let finished = [
        CcuBackupState::Queued,
        CcuBackupState::Running,
        CcuBackupState::Completed { size_bytes: 5_000_000_000, sha256: "ab".repeat(32) },
        failed(CcuFailureKind::Central, "die Zentrale „küche“ antwortet nicht", None),
    ];
    let kinds = CcuFailureKind::ALL.map(|kind| failed(kind, "", Some("mach Platz\nund noch mal")));
    let states = finished.into_iter().chain(kinds);
    for (n, state) in states.enumerate() {
        let backup = CcuBackup { state, ..backup(&format!("home-{n}")) };
        store.create_ccu_backup(&backup).await.unwrap();
        assert_eq!(store.find_ccu_backup(&backup.id).await.unwrap(), Some(backup));
    }
    for (n, contents) in [contents(), CcuBackupContents::default()].into_iter().enumerate() {
        let judged = CcuBackup { contents: Some(contents), ..backup(&format!("judged-{n}")) };
        store.create_ccu_backup(&judged).await.unwrap();
        assert_eq!(store.find_ccu_backup(&judged.id).await.unwrap(), Some(judged));
    }
    let upload = CcuBackup { central: None, filename: None, ..backup("upload-20261122-221530.123") };
    store.create_ccu_backup(&upload).await.unwrap();
    assert_eq!(store.find_ccu_backup(&upload.id).await.unwrap(), Some(upload));
    assert_eq!(store.find_ccu_backup(&id("home")).await.unwrap(), None);
}

/// A second record of one id is `AlreadyExists`.
pub async fn a_second_record_of_an_id_is_refused(store: Arc<dyn CcuBackups>) {
    let first = backup("home-1");
    store.create_ccu_backup(&first).await.unwrap();
    let second = CcuBackup { state: CcuBackupState::Running, ..first.clone() };
    let error = store.create_ccu_backup(&second).await.unwrap_err();
    assert!(matches!(&error, StoreError::AlreadyExists { name, .. } if name == "home-1"), "{error}");
    assert_eq!(store.list_ccu_backups().await.unwrap(), [first]);
}

/// Updating replaces every field but `created_at`.
pub async fn updating_replaces_every_field_but_created_at(store: Arc<dyn CcuBackups>) {
    let first = backup("home-1");
    store.create_ccu_backup(&first).await.unwrap();
    store.create_ccu_backup(&backup("home-2")).await.unwrap();
    let completed = CcuBackupState::Completed { size_bytes: 1, sha256: "cd".repeat(32) };
    for (central, filename, state, contents) in [
        (None, None, completed, Some(contents())),
        (
            first.central.clone(),
            Some("b.sbk"),
            failed(CcuFailureKind::Storage, "full", Some("make room")),
            None,
        ),
        (None, None, failed(CcuFailureKind::Other, "other", None), Some(CcuBackupContents::default())),
        (None, Some("c.sbk"), CcuBackupState::Running, None),
    ] {
        let later = CcuBackup {
            id: first.id.clone(),
            central,
            filename: filename.map(str::to_owned),
            state,
            contents,
            created_at: moment(70),
            updated_at: moment(71),
        };
        store.update_ccu_backup(&later).await.unwrap();
        let expected = CcuBackup { created_at: first.created_at, ..later };
        assert_eq!(store.find_ccu_backup(&first.id).await.unwrap(), Some(expected));
    }
    assert_eq!(store.find_ccu_backup(&id("home-2")).await.unwrap(), Some(backup("home-2")));
}

/// Updating or removing an unknown id is `NotFound`.
pub async fn an_unknown_id_is_not_found(store: Arc<dyn CcuBackups>) {
    store.create_ccu_backup(&backup("home-1")).await.unwrap();
    let update = store.update_ccu_backup(&backup("home-2")).await.unwrap_err();
    let remove = store.remove_ccu_backup(&id("home-2")).await.unwrap_err();
    for error in [update, remove] {
        assert!(matches!(&error, StoreError::NotFound { name, .. } if name == "home-2"), "{error}");
    }
    store.remove_ccu_backup(&id("home-1")).await.unwrap();
    assert_eq!(store.list_ccu_backups().await.unwrap(), []);
}

/// Records are listed newest first, by `created_at`, then by id.
pub async fn records_are_listed_newest_first(store: Arc<dyn CcuBackups>) {
    for (name, created) in [("b", 1), ("a", 1), ("c", 0), ("d", 2)] {
        let backup = CcuBackup { created_at: moment(created), ..backup(name) };
        store.create_ccu_backup(&backup).await.unwrap();
    }
    let listed = store.list_ccu_backups().await.unwrap();
    let ids: Vec<_> = listed.iter().map(|backup| backup.id.as_str()).collect();
    assert_eq!(ids, ["d", "a", "b", "c"]);
}

/// Tests that a store of CCU backups keeps its contract.
#[macro_export]
macro_rules! ccu_backups_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            ccu_backups,
            $fresh,
            [
                a_record_comes_back_equal_in_every_state,
                a_second_record_of_an_id_is_refused,
                updating_replaces_every_field_but_created_at,
                an_unknown_id_is_not_found,
                records_are_listed_newest_first,
            ]
        );
    };
}

fn id(text: &str) -> CcuBackupId {
    CcuBackupId::parse(text).unwrap()
}

fn failed(kind: CcuFailureKind, reason: &str, hint: Option<&str>) -> CcuBackupState {
    CcuBackupState::Failed(CcuFailure { kind, reason: reason.to_owned(), hint: hint.map(str::to_owned) })
}

fn contents() -> CcuBackupContents {
    let serial = "3014F711A0001F20C9A5B1D2".to_owned();
    let [product, firmware, host_name] = ["OpenCCU", "3.87.6.20260101", "küche"].map(str::to_owned);
    CcuBackupContents {
        origin: Some(CcuFacts { serial, product, firmware: firmware.clone(), host_name }),
        firmware: Some(firmware),
        key_index: Some(u64::MAX),
        devices: [("HmIP-RF".to_owned(), 2_696), ("CUxD ü".to_owned(), 0)].into(),
        warnings: vec!["it is „groß“".to_owned(), String::new()],
    }
}

fn backup(name: &str) -> CcuBackup {
    CcuBackup {
        id: id(name),
        central: Some(CentralName::parse("home").unwrap()),
        filename: Some("ccu3-küche-3.87.6-2026-11-22-2315.sbk".to_owned()),
        state: CcuBackupState::Queued,
        contents: None,
        created_at: moment(10),
        updated_at: moment(11),
    }
}
