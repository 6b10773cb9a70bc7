//! Retirement of old keys: only of those nobody needs.
//!
//! Does NOT look at archives.

use crate::bed::{Bed, actor, central, key, order};
use jiff::Timestamp;
use loom_adapter_memory::{MemoryKeyPlaces, MemoryStateStore};
use loom_domain::audit::AuditFilter;
use loom_domain::ports::{
    AuditLog, Centrals, Clock, KeyError, KeySource, KeyTarget, OldKey, OldKeys, ResolvedKey, ResolvedOldKeys,
};
use loom_domain::secret::{BadMasterKey, HeldKeys, MasterKey, SecretPlace, SecretValue};
use loom_domain::usecases::{RetireKeys, RetireKeysError, RotateOrder};
use std::sync::Arc;

fn retire(bed: &Bed) -> RetireKeys {
    RetireKeys {
        keys: Arc::new(bed.places.clone()),
        switch: Arc::new(bed.places.clone()),
        old: Arc::new(bed.places.clone()),
        resealing: bed.store.clone(),
        audit: bed.audit(),
    }
}

#[tokio::test]
async fn old_keys_that_nothing_needs_go_by_name_or_all() {
    let bed = Bed::full().await;
    for _ in 0..3 {
        bed.rotate().run(&order(KeyTarget::File)).await.unwrap();
    }
    let names: Vec<_> = bed.places.list_old_keys().await.unwrap().into_iter().map(|old| old.name).collect();
    assert_eq!(names.len(), 3);
    let gone = retire(&bed).run(&names[..1], false, &actor()).await.unwrap();
    assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
    let gone = retire(&bed).run(&[], false, &actor()).await.unwrap();
    assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 2);
    assert!(bed.places.list_old_keys().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_old_key_that_values_need_stays_unless_it_is_forced() {
    let bed = Bed::full().await;
    bed.rotate().run(&order(KeyTarget::File)).await.unwrap();
    let mut one = central("late");
    let sealed = bed.v2(1, &SecretPlace::of_central("late", "password_plain"), "late");
    one.password = Some(SecretValue::Sealed(sealed));
    bed.store.put_central(&one).await.unwrap();
    let refused = retire(&bed).run(&[], false, &actor()).await.unwrap_err().to_string();
    assert!(refused.contains("1 stored values are sealed with it\nhint: `--force`"), "{refused}");
    assert_eq!(bed.places.list_old_keys().await.unwrap().len(), 1);
    let forced = retire(&bed).run(&[], true, &actor()).await.unwrap();
    assert_eq!(forced.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
}

#[tokio::test]
async fn a_value_that_needs_another_key_holds_no_old_one_back() {
    let bed = Bed::full().await;
    let mut one = central("lost");
    let sealed = bed.v2(7, &SecretPlace::of_central("lost", "password_plain"), "lost");
    one.password = Some(SecretValue::Sealed(sealed));
    bed.store.put_central(&one).await.unwrap();
    let leave = RotateOrder { leave_unreadable: true, ..order(KeyTarget::File) };
    bed.rotate().run(&leave).await.unwrap();
    let gone = retire(&bed).run(&[], false, &actor()).await.unwrap();
    assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
}

#[tokio::test]
async fn values_that_name_no_key_keep_every_old_one() {
    let bed = Bed::full().await;
    let leave = RotateOrder { leave_unreadable: true, ..order(KeyTarget::File) };
    bed.rotate().run(&leave).await.unwrap();
    let mut one = central("unnamed");
    one.password =
        Some(SecretValue::Sealed("enc:v1:AAECAwQFBgcICQoLN8FyaLaSAa3/JYs0S07Ary03UAnJY6iakiA=".into()));
    bed.store.put_central(&one).await.unwrap();
    let refused = retire(&bed).run(&[], false, &actor()).await.unwrap_err().to_string();
    assert!(refused.contains("1 stored values do not open"), "{refused}");
    assert!(refused.contains("enter them anew"), "{refused}");
    assert_eq!(bed.places.list_old_keys().await.unwrap().len(), 1);
    let forced = retire(&bed).run(&[], true, &actor()).await.unwrap();
    assert_eq!(forced.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
}

#[tokio::test]
async fn an_unknown_name_removes_nothing() {
    let bed = Bed::full().await;
    bed.rotate().run(&order(KeyTarget::File)).await.unwrap();
    let known = bed.places.list_old_keys().await.unwrap()[0].name.clone();
    let names = [known, "secret.key".to_owned()];
    let refused = retire(&bed).run(&names, true, &actor()).await.unwrap_err();
    assert!(matches!(refused, RetireKeysError::Unknown(name) if name == "secret.key"));
    assert_eq!(bed.places.list_old_keys().await.unwrap().len(), 1);
}

/// A daemon that has held key 1 since its start, from `source`; its file has the name of an old one now.
async fn renamed_under(source: KeySource) -> (Bed, RetireKeys) {
    let mut bed = Bed::full().await;
    bed.places = MemoryKeyPlaces::new(None, bed.kms.clone());
    bed.places.keep_old_key(&key(1), bed.clock.now()).await.unwrap();
    let held = HeldKeys::new(Some(ResolvedKey { key: key(1), source }));
    let retire = RetireKeys { keys: Arc::new(held), ..retire(&bed) };
    (bed, retire)
}

#[tokio::test]
async fn the_key_in_use_stays_where_no_file_in_place_holds_it() {
    let file = || KeySource::File("secret.key".to_owned());
    let (bed, retire) = renamed_under(file()).await;
    let refused = retire.run(&[], false, &actor()).await.unwrap_err().to_string();
    assert!(refused.contains("it is the key in use"), "{refused}");
    assert_eq!(bed.places.list_old_keys().await.unwrap().len(), 1);
    // Another key lies there.
    let other = Arc::new(MemoryKeyPlaces::new(Some(key(2)), bed.kms.clone()));
    let refused = RetireKeys { switch: other, ..retire }.run(&[], false, &actor()).await.unwrap_err();
    assert!(matches!(refused, RetireKeysError::Needed { .. }), "{refused}");
    let (bed, retire) = renamed_under(file()).await;
    let same = Arc::new(MemoryKeyPlaces::new(Some(key(1)), bed.kms.clone()));
    let gone = RetireKeys { switch: same, ..retire }.run(&[], false, &actor()).await.unwrap();
    assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
}

#[tokio::test]
async fn a_key_from_a_variable_stays_in_its_file_while_values_open_with_it() {
    let variable = || KeySource::Environment("OPENCCU_LOOM_SECRET_KEY".to_owned());
    for source in [variable(), KeySource::Credential("openccu-loom".to_owned())] {
        let (bed, retire) = renamed_under(source).await;
        let refused = retire.run(&[], false, &actor()).await.unwrap_err().to_string();
        assert!(refused.contains("it is the key in use"), "{refused}");
        assert_eq!(bed.places.list_old_keys().await.unwrap().len(), 1);
        let gone = retire.run(&[], true, &actor()).await.unwrap();
        assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
    }
    let (bed, retire) = renamed_under(variable()).await;
    let in_place = MemoryKeyPlaces::new(Some(key(1)), bed.kms.clone());
    let retire = RetireKeys { switch: Arc::new(in_place), ..retire };
    let gone = retire.run(&[], false, &actor()).await.unwrap();
    assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 1, "a file in place holds it");
}

#[tokio::test]
async fn a_key_from_a_variable_that_opens_nothing_lets_its_copy_go_and_so_does_one_that_opens_all() {
    let variable = || KeySource::Environment("OPENCCU_LOOM_SECRET_KEY".to_owned());
    let (bed, retire) = renamed_under(variable()).await;
    let retire = RetireKeys { resealing: Arc::new(MemoryStateStore::new()), ..retire };
    let gone = retire.run(&[], false, &actor()).await.unwrap();
    assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
    // All values open with the variable's key, and the old one is another.
    let other = MemoryKeyPlaces::new(None, bed.kms.clone());
    other.keep_old_key(&key(2), bed.clock.now()).await.unwrap();
    let other = Arc::new(other);
    let (bed, retire) = renamed_under(variable()).await;
    let retire = RetireKeys { switch: other.clone(), old: other, resealing: bed.store.clone(), ..retire };
    let gone = retire.run(&[], false, &actor()).await.unwrap();
    assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
}

/// A key that cannot be named: its file cannot be read, or it holds none.
struct Unknown {
    is_no_key: bool,
}

#[async_trait::async_trait]
impl OldKeys for Unknown {
    async fn list_old_keys(&self) -> Result<Vec<OldKey>, KeyError> {
        let fingerprint = Err("it cannot be read".to_owned());
        Ok(vec![OldKey { name: "secret.key.old-1".to_owned(), fingerprint }])
    }

    async fn resolve_old_keys(&self) -> Result<ResolvedOldKeys, KeyError> {
        let origin = KeySource::Memory;
        let error = match self.is_no_key {
            true => KeyError::Malformed { origin, reason: BadMasterKey::NotBase64 },
            false => KeyError::Unreadable { origin, cause: "permission denied".into() },
        };
        let unresolved = [("secret.key.old-1".to_owned(), error)].into();
        Ok(ResolvedOldKeys { unresolved, ..ResolvedOldKeys::default() })
    }

    async fn keep_old_key(&self, _: &MasterKey, _: Timestamp) -> Result<String, KeyError> {
        Ok(String::new())
    }

    async fn remove_old_key(&self, _: &str) -> Result<(), KeyError> {
        Ok(())
    }
}

#[tokio::test]
async fn an_old_key_nobody_can_name_stays_while_any_value_does_not_open() {
    let bed = Bed::full().await;
    let unknown = |is_no_key| RetireKeys { old: Arc::new(Unknown { is_no_key }), ..retire(&bed) };
    let gone = unknown(false).run(&[], false, &actor()).await.unwrap();
    assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
    let mut one = central("lost");
    let sealed = bed.v2(7, &SecretPlace::of_central("lost", "password_plain"), "lost");
    one.password = Some(SecretValue::Sealed(sealed));
    bed.store.put_central(&one).await.unwrap();
    let refused = unknown(false).run(&[], false, &actor()).await.unwrap_err();
    assert!(matches!(refused, RetireKeysError::Needed { .. }), "{refused}");
    // What is no key opens nothing.
    let gone = unknown(true).run(&[], false, &actor()).await.unwrap();
    assert_eq!(gone.or_tell(|missing| panic!("{missing}")).removed.len(), 1);
}

/// Keys of which the second cannot be removed.
struct Stuck;

#[async_trait::async_trait]
impl OldKeys for Stuck {
    async fn list_old_keys(&self) -> Result<Vec<OldKey>, KeyError> {
        let names = ["secret.key.old-1", "secret.key.old-2", "secret.key.old-3"];
        let old = |name: &str| OldKey { name: name.to_owned(), fingerprint: Ok(key(7).fingerprint()) };
        Ok(names.map(old).into())
    }

    async fn resolve_old_keys(&self) -> Result<ResolvedOldKeys, KeyError> {
        Ok(ResolvedOldKeys::default())
    }

    async fn keep_old_key(&self, _: &MasterKey, _: Timestamp) -> Result<String, KeyError> {
        Ok(String::new())
    }

    async fn remove_old_key(&self, name: &str) -> Result<(), KeyError> {
        match name {
            "secret.key.old-2" => {
                Err(KeyError::NotStored { origin: KeySource::Memory, cause: "the disk is gone".into() })
            }
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn what_went_before_the_disk_failed_is_in_the_audit_log_and_in_the_error() {
    let bed = Bed::full().await;
    let stuck = RetireKeys { old: Arc::new(Stuck), ..retire(&bed) };
    let retired = stuck.run(&[], false, &actor()).await.unwrap();
    let failed = retired.or_tell(|missing| panic!("{missing}")).all().unwrap_err().to_string();
    assert_eq!(failed, "memory cannot be written: the disk is gone; removed before that: secret.key.old-1");
    let entries = bed.store.query_audit(&AuditFilter::default()).await.unwrap();
    let retired: Vec<_> = entries
        .into_iter()
        .map(|recorded| recorded.entry)
        .filter(|entry| entry.action == "key_retire")
        .collect();
    let [entry] = retired.as_slice() else { panic!("{retired:?}") };
    let note = entry.note.as_deref().unwrap();
    assert!(note.contains("secret.key.old-1") && !note.contains("secret.key.old-2"), "{note}");
}
