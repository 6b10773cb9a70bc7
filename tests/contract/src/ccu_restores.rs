//! The suite of [`CcuRestores`].

use crate::moments::moment;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ccu_failure::{CcuFailure, CcuFailureKind};
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreState, CcuRestoreStep};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuRestores, StoreError};
use std::sync::Arc;

/// A record comes back equal in every state and step.
pub async fn a_record_comes_back_equal_in_every_state_and_step(store: Arc<dyn CcuRestores>) {
    for (n, state) in states().into_iter().enumerate() {
        for step in CcuRestoreStep::ALL {
            let id = id(&format!("r-{n}-{}", step.as_str()));
            let restore = CcuRestore { id, step, state: state.clone(), ..restore("r") };
            store.create_ccu_restore(&restore).await.unwrap();
            assert_eq!(store.find_ccu_restore(&restore.id).await.unwrap(), Some(restore));
        }
    }
    let early = CcuRestore { safety_backup: None, ..restore("early") };
    store.create_ccu_restore(&early).await.unwrap();
    assert_eq!(store.find_ccu_restore(&early.id).await.unwrap(), Some(early));
    assert_eq!(store.find_ccu_restore(&id("r")).await.unwrap(), None);
}

/// A second record of one id is `AlreadyExists`.
pub async fn a_second_record_of_one_id_is_refused(store: Arc<dyn CcuRestores>) {
    let first = restore("r-1");
    store.create_ccu_restore(&first).await.unwrap();
    let second = CcuRestore { state: CcuRestoreState::Running, ..first.clone() };
    let error = store.create_ccu_restore(&second).await.unwrap_err();
    assert!(matches!(&error, StoreError::AlreadyExists { name, .. } if name == "r-1"), "{error}");
    assert_eq!(store.list_ccu_restores().await.unwrap(), [first]);
}

/// Updating replaces every field but `created_at`; an unknown id is `NotFound`.
pub async fn updating_replaces_every_field_of_a_known_record(store: Arc<dyn CcuRestores>) {
    let first = restore("r-1");
    store.create_ccu_restore(&first).await.unwrap();
    store.create_ccu_restore(&restore("r-2")).await.unwrap();
    for (n, state) in states().into_iter().rev().enumerate() {
        let later = CcuRestore {
            id: first.id.clone(),
            backup: backup("other"),
            target: CentralName::parse("cabin").unwrap(),
            step: CcuRestoreStep::ALL[n % CcuRestoreStep::ALL.len()],
            state,
            safety_backup: (n % 2 == 0).then(|| backup("cabin-before")),
            created_at: moment(70),
            updated_at: moment(71),
        };
        store.update_ccu_restore(&later).await.unwrap();
        let expected = CcuRestore { created_at: first.created_at, ..later };
        assert_eq!(store.find_ccu_restore(&first.id).await.unwrap(), Some(expected));
    }
    assert_eq!(store.find_ccu_restore(&id("r-2")).await.unwrap(), Some(restore("r-2")));
    let error = store.update_ccu_restore(&restore("r-3")).await.unwrap_err();
    assert!(matches!(&error, StoreError::NotFound { name, .. } if name == "r-3"), "{error}");
    assert_eq!(store.list_ccu_restores().await.unwrap().len(), 2);
}

/// Records are listed newest first, by `created_at`, then by id.
pub async fn restores_are_listed_newest_first(store: Arc<dyn CcuRestores>) {
    for (name, created) in [("b", 1), ("a", 1), ("c", 0), ("d", 2)] {
        let restore = CcuRestore { created_at: moment(created), ..restore(name) };
        store.create_ccu_restore(&restore).await.unwrap();
    }
    let listed = store.list_ccu_restores().await.unwrap();
    let ids: Vec<_> = listed.iter().map(|restore| restore.id.as_str()).collect();
    assert_eq!(ids, ["d", "a", "b", "c"]);
}

/// Tests that a store of CCU restores keeps its contract.
#[macro_export]
macro_rules! ccu_restores_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            ccu_restores,
            $fresh,
            [
                a_record_comes_back_equal_in_every_state_and_step,
                a_second_record_of_one_id_is_refused,
                updating_replaces_every_field_of_a_known_record,
                restores_are_listed_newest_first,
            ]
        );
    };
}

fn states() -> Vec<CcuRestoreState> {
    let reason = || "die Zentrale „küche“ antwortet nicht".to_owned();
    let failed = |kind, hint| CcuRestoreState::Failed(CcuFailure { kind, reason: reason(), hint });
    let mut states = vec![
        CcuRestoreState::Queued,
        CcuRestoreState::Running,
        CcuRestoreState::Interrupted { reason: reason(), hint: "look\nat it".to_owned() },
        CcuRestoreState::Completed { differences: Vec::new() },
        CcuRestoreState::Completed { differences: vec!["2 Geräte fehlen".to_owned(), String::new()] },
        failed(CcuFailureKind::Central, None),
    ];
    states.extend(CcuFailureKind::ALL.map(|kind| failed(kind, Some("again".to_owned()))));
    states
}

fn id(text: &str) -> CcuRestoreId {
    CcuRestoreId::parse(text).unwrap()
}

fn backup(text: &str) -> CcuBackupId {
    CcuBackupId::parse(text).unwrap()
}

fn restore(name: &str) -> CcuRestore {
    CcuRestore {
        id: id(name),
        backup: backup("home-2026-11-22"),
        target: CentralName::parse("home").unwrap(),
        step: CcuRestoreStep::Preflight,
        state: CcuRestoreState::Queued,
        safety_backup: Some(backup("home-before")),
        created_at: moment(10),
        updated_at: moment(11),
    }
}
