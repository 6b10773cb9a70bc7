//! The contract of `KeySwitch` and `OldKeys`, for every adapter.
//!
//! Does NOT re-seal anything.

use crate::moments::moment;
use loom_domain::ports::{
    KeyError, KeyProvider, KeySwitch, KeyTarget, OldKeyFate, OldKeys, PendingSwitch, SwitchOrder,
};
use loom_domain::secret::{MasterKey, Wrapper};
use std::sync::Arc;

/// The places of one data dir's key, at first with [`first_key`] in the file.
pub trait SwitchBed: Send + Sync {
    /// The switch; each call is another instance on the same places.
    fn switch(&self) -> Arc<dyn KeySwitch>;
    /// The keys left behind.
    fn old_keys(&self) -> Arc<dyn OldKeys>;
    /// Finds the present key, as the daemon of that data dir would.
    fn provider(&self) -> Arc<dyn KeyProvider>;
    /// The places a key can go to here, the file among them.
    fn targets(&self) -> Vec<KeyTarget>;
    /// How many files or entries the places take up, the old keys among them.
    fn entries(&self) -> usize;
    /// From now on nothing that is wrapped can be unwrapped, whoever asks.
    fn lose_wrappers(&self);
}

/// The key a bed begins with.
pub fn first_key() -> MasterKey {
    MasterKey::from_bytes([1; 32])
}

/// A staged key changes nothing: the provider still resolves the old one.
pub async fn a_staged_key_changes_nothing(bed: Arc<dyn SwitchBed>) {
    for target in bed.targets() {
        let pending = stage(&*bed, 2, target, OldKeyFate::Kept).await;
        assert_eq!(present(&*bed).await, first_key());
        bed.switch().abandon(&pending).await.unwrap();
    }
}

/// Staging proves the key: it is read back from where it lies, and unwrapped, before this returns.
pub async fn staging_proves_the_key(bed: Arc<dyn SwitchBed>) {
    // A wrapper that is not there can prove nothing, and then nothing is staged.
    let wrappers = Wrapper::ALL.into_iter().map(KeyTarget::Wrapped);
    for missing in wrappers.filter(|target| !bed.targets().contains(target)) {
        let refused = bed.switch().stage(&key(2), &order(missing, OldKeyFate::Kept)).await;
        assert!(matches!(refused, Err(KeyError::NotInThisProgram(_))), "{refused:?}");
        assert_eq!(bed.switch().pending().await.unwrap(), None);
    }
    for target in bed.targets() {
        let pending = stage(&*bed, 2, target, OldKeyFate::Kept).await;
        assert_eq!(pending.to, key(2).fingerprint());
        bed.switch().abandon(&pending).await.unwrap();
    }
}

/// A staged switch is `pending` until it is completed or abandoned, also for another instance.
pub async fn a_staged_switch_is_pending(bed: Arc<dyn SwitchBed>) {
    assert_eq!(bed.switch().pending().await.unwrap(), None);
    let pending = stage(&*bed, 2, KeyTarget::File, OldKeyFate::Kept).await;
    assert_eq!(bed.switch().pending().await.unwrap(), Some(pending.clone()));
    bed.switch().abandon(&pending).await.unwrap();
    assert_eq!(bed.switch().pending().await.unwrap(), None);
    let pending = stage(&*bed, 3, KeyTarget::File, OldKeyFate::Kept).await;
    bed.switch().complete(&pending).await.unwrap();
    assert_eq!(bed.switch().pending().await.unwrap(), None);
}

/// After `complete` the provider resolves the new key, and the old one lies under the name it returns, or is gone.
pub async fn after_complete_the_new_key_is_the_key(bed: Arc<dyn SwitchBed>) {
    for (n, target) in (2..).zip(bed.targets()) {
        let before = present(&*bed).await;
        let pending = stage(&*bed, n, target, OldKeyFate::Kept).await;
        let switched = bed.switch().complete(&pending).await.unwrap();
        assert_eq!(present(&*bed).await, key(n), "{target:?}");
        let source = bed.provider().resolve().await.unwrap().unwrap().source;
        assert_eq!(switched.source, source);
        let old = bed.old_keys().list_old_keys().await.unwrap();
        let kept: Vec<_> = old.iter().filter(|key| switched.kept.contains(&key.name)).collect();
        assert!(kept.iter().any(|old| old.fingerprint == Ok(before.fingerprint())), "{old:?}");
        let moved = stage(&*bed, n, target, OldKeyFate::Removed).await;
        let entries = bed.entries();
        assert!(bed.switch().complete(&moved).await.unwrap().kept.is_empty());
        assert_eq!(present(&*bed).await, key(n), "{target:?}");
        // The journal and what was staged; no key was left behind.
        assert!(bed.entries() < entries);
        assert_eq!(bed.old_keys().list_old_keys().await.unwrap(), old);
    }
}

/// Of several switches at one instant, each returns the names of its own old key only.
pub async fn each_switch_returns_its_own_old_key(bed: Arc<dyn SwitchBed>) {
    let targets = [KeyTarget::File, KeyTarget::File, KeyTarget::Environment, KeyTarget::File];
    for (n, target) in (1..).zip(targets) {
        let order = SwitchOrder { from: key(n).fingerprint(), ..order(target, OldKeyFate::Kept) };
        let pending = bed.switch().stage(&key(n + 1), &order).await.unwrap();
        let switched = bed.switch().complete(&pending).await.unwrap();
        let old = bed.old_keys().list_old_keys().await.unwrap();
        let own = old.iter().filter(|old| old.fingerprint == Ok(key(n).fingerprint()));
        let names: Vec<_> = own.map(|old| old.name.clone()).collect();
        assert_eq!(switched.kept, names, "{n}: {old:?}");
        // What the operator keeps leaves nothing behind here.
        assert_eq!(names.len(), usize::from(n < 4), "{n}: {old:?}");
    }
}

/// A key that is neither staged nor in its place is `StagedKeyGone` for `complete`, and nothing changes.
pub async fn a_key_that_is_gone_is_not_put_in_place(bed: Arc<dyn SwitchBed>) {
    for target in bed.targets() {
        let pending = stage(&*bed, 2, target, OldKeyFate::Kept).await;
        bed.switch().abandon(&pending).await.unwrap();
        let entries = bed.entries();
        let refused = bed.switch().complete(&pending).await;
        assert!(
            matches!(&refused, Err(KeyError::StagedKeyGone { key, .. }) if *key == pending.to),
            "{refused:?}"
        );
        assert_eq!((bed.entries(), present(&*bed).await), (entries, first_key()), "{target:?}");
    }
}

/// After `abandon` nothing of the staged key is left.
pub async fn after_abandon_nothing_is_left(bed: Arc<dyn SwitchBed>) {
    let entries = bed.entries();
    for target in bed.targets() {
        let pending = stage(&*bed, 2, target, OldKeyFate::Kept).await;
        bed.switch().abandon(&pending).await.unwrap();
        assert_eq!(bed.entries(), entries, "{target:?}");
        assert_eq!(present(&*bed).await, first_key());
    }
}

/// After `abandon` no copy of a `Copied` key is left, and every other old key is.
pub async fn an_abandoned_switch_takes_its_copy_along(bed: Arc<dyn SwitchBed>) {
    let keep = async |byte| bed.old_keys().keep_old_key(&key(byte), moment(0)).await.unwrap();
    for (fate, copies) in [(OldKeyFate::Copied, 0), (OldKeyFate::Kept, 1)] {
        let order = SwitchOrder { from: key(7).fingerprint(), ..order(KeyTarget::File, fate) };
        let pending = bed.switch().stage(&key(2), &order).await.unwrap();
        let (own, other) = (keep(7).await, keep(8).await);
        bed.switch().abandon(&pending).await.unwrap();
        let old = bed.old_keys().list_old_keys().await.unwrap();
        let left = |name: String| old.iter().filter(|old| old.name == name).count();
        assert_eq!((left(own), left(other)), (copies, 1), "{fate:?}: {old:?}");
    }
    assert_eq!(present(&*bed).await, first_key());
}

/// Files that held another key than the old one are told as put aside.
pub async fn files_with_another_key_are_told_as_put_aside(bed: Arc<dyn SwitchBed>) {
    let order = SwitchOrder { from: key(7).fingerprint(), ..order(KeyTarget::File, OldKeyFate::Copied) };
    let pending = bed.switch().stage(&key(2), &order).await.unwrap();
    let copy = bed.old_keys().keep_old_key(&key(7), moment(0)).await.unwrap();
    let switched = bed.switch().complete(&pending).await.unwrap();
    assert_eq!(switched.kept, [copy]);
    let old = bed.old_keys().list_old_keys().await.unwrap();
    let others = old.into_iter().filter(|old| old.fingerprint == Ok(first_key().fingerprint()));
    let names: Vec<_> = others.map(|old| old.name).collect();
    assert_eq!((names.len(), &switched.set_aside), (1, &names));
    let own = SwitchOrder { from: key(2).fingerprint(), old: OldKeyFate::Kept, ..pending.order };
    let pending = bed.switch().stage(&key(3), &own).await.unwrap();
    assert!(bed.switch().complete(&pending).await.unwrap().set_aside.is_empty());
}

/// Completing and abandoning can be done again after being interrupted at any step.
pub async fn ends_can_be_repeated(bed: Arc<dyn SwitchBed>) {
    let pending = stage(&*bed, 2, KeyTarget::File, OldKeyFate::Kept).await;
    let first = bed.switch().complete(&pending).await.unwrap();
    let again = bed.switch().complete(&pending).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(present(&*bed).await, key(2));
    let pending = stage(&*bed, 3, KeyTarget::File, OldKeyFate::Kept).await;
    bed.switch().abandon(&pending).await.unwrap();
    bed.switch().abandon(&pending).await.unwrap();
    assert_eq!(present(&*bed).await, key(2));
}

/// Two switches at once: the second is `SwitchPending`.
pub async fn a_second_switch_is_refused(bed: Arc<dyn SwitchBed>) {
    let pending = stage(&*bed, 2, KeyTarget::File, OldKeyFate::Kept).await;
    let second = bed.switch().stage(&key(3), &order(KeyTarget::File, OldKeyFate::Kept)).await;
    assert!(matches!(second, Err(KeyError::SwitchPending)), "{second:?}");
    assert_eq!(bed.switch().pending().await.unwrap(), Some(pending.clone()));
    bed.switch().complete(&pending).await.unwrap();
    assert_eq!(present(&*bed).await, key(2));
}

/// The keys in its files are named without being unwrapped; one that lies elsewhere is not among them.
pub async fn the_keys_in_its_files_are_named(bed: Arc<dyn SwitchBed>) {
    let prints = async || Vec::from_iter(bed.switch().lie_there().await.unwrap().into_values());
    assert_eq!(prints().await, [first_key().fingerprint()]);
    let moved = stage(&*bed, 1, wrapped(&*bed), OldKeyFate::Removed).await;
    bed.switch().complete(&moved).await.unwrap();
    bed.lose_wrappers();
    assert_eq!(prints().await, [first_key().fingerprint()]);
    let order = order(KeyTarget::Environment, OldKeyFate::Kept);
    let pending = bed.switch().stage(&key(2), &order).await.unwrap();
    bed.switch().complete(&pending).await.unwrap();
    assert_eq!(prints().await, []);
}

/// Old keys are listed with their fingerprints, and removed one by one.
pub async fn old_keys_are_listed_and_removed(bed: Arc<dyn SwitchBed>) {
    for n in 2..5 {
        let pending = stage(&*bed, n, KeyTarget::File, OldKeyFate::Kept).await;
        bed.switch().complete(&pending).await.unwrap();
    }
    // All at one instant: each has a name of its own.
    let listed = bed.old_keys().list_old_keys().await.unwrap();
    let prints: Vec<_> = listed.iter().map(|key| key.fingerprint.clone().unwrap()).collect();
    assert_eq!(prints, [first_key().fingerprint(), key(2).fingerprint(), key(3).fingerprint()]);
    for name in ["secret.key", "unknown", ".", ""] {
        bed.old_keys().remove_old_key(name).await.unwrap();
    }
    bed.old_keys().remove_old_key(&listed[1].name).await.unwrap();
    let left = bed.old_keys().list_old_keys().await.unwrap();
    assert_eq!(left, [listed[0].clone(), listed[2].clone()]);
    assert_eq!(present(&*bed).await, key(4));
}

/// Old keys are resolved newest first, wrapped ones too.
pub async fn old_keys_are_resolved_newest_first(bed: Arc<dyn SwitchBed>) {
    let mut replaced = vec![first_key()];
    for (n, target) in (2..).zip(bed.targets().into_iter().chain([KeyTarget::File])) {
        let order = SwitchOrder { begun_at: moment(n.into()), ..order(target, OldKeyFate::Kept) };
        let pending = bed.switch().stage(&key(n), &order).await.unwrap();
        bed.switch().complete(&pending).await.unwrap();
        replaced.insert(0, key(n));
    }
    replaced.remove(0);
    let found = bed.old_keys().resolve_old_keys().await.unwrap();
    assert!(found.unresolved.is_empty(), "{found:?}");
    let keys: Vec<_> = found.keys.into_iter().map(|resolved| resolved.key).collect();
    assert_eq!(keys, replaced);
}

/// An old key that cannot be had is told with the reason, and holds back no other.
pub async fn an_old_key_that_cannot_be_had_holds_back_no_other(bed: Arc<dyn SwitchBed>) {
    for (n, target) in [(2, wrapped(&*bed)), (3, KeyTarget::File)] {
        let pending = stage(&*bed, n, target, OldKeyFate::Kept).await;
        bed.switch().complete(&pending).await.unwrap();
    }
    bed.lose_wrappers();
    let found = bed.old_keys().resolve_old_keys().await.unwrap();
    let keys: Vec<_> = found.keys.into_iter().map(|resolved| resolved.key).collect();
    assert_eq!(keys, [first_key()]);
    let listed = bed.old_keys().list_old_keys().await.unwrap();
    let lost = listed.iter().filter(|old| old.fingerprint == Ok(key(2).fingerprint()));
    let names: Vec<_> = lost.map(|old| &old.name).collect();
    assert_eq!(Vec::from_iter(found.unresolved.keys()), names);
}

/// A key from elsewhere that is kept is an old key, under a name of its own.
pub async fn a_key_from_elsewhere_can_be_kept(bed: Arc<dyn SwitchBed>) {
    let at = order(KeyTarget::File, OldKeyFate::Kept).begun_at;
    let kept = bed.old_keys().keep_old_key(&key(7), at).await.unwrap();
    let pending = stage(&*bed, 2, KeyTarget::File, OldKeyFate::Kept).await;
    bed.switch().complete(&pending).await.unwrap();
    let old = bed.old_keys().list_old_keys().await.unwrap();
    let mut found: Vec<_> = old.into_iter().map(|old| (old.name == kept, old.fingerprint.unwrap())).collect();
    found.sort();
    assert_eq!(found, [(false, first_key().fingerprint()), (true, key(7).fingerprint())]);
    let keys = bed.old_keys().resolve_old_keys().await.unwrap().keys;
    assert!(keys.iter().any(|resolved| resolved.key == key(7)));
    assert_eq!(present(&*bed).await, key(2));
}

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

fn order(target: KeyTarget, old: OldKeyFate) -> SwitchOrder {
    SwitchOrder { from: first_key().fingerprint(), target, old, begun_at: moment(0) }
}

async fn stage(bed: &dyn SwitchBed, byte: u8, target: KeyTarget, old: OldKeyFate) -> PendingSwitch {
    let from = present(bed).await.fingerprint();
    bed.switch().stage(&key(byte), &SwitchOrder { from, ..order(target, old) }).await.unwrap()
}

/// A place of that bed where a key lies wrapped.
fn wrapped(bed: &dyn SwitchBed) -> KeyTarget {
    bed.targets().into_iter().find(|target| matches!(target, KeyTarget::Wrapped(_))).unwrap()
}

async fn present(bed: &dyn SwitchBed) -> MasterKey {
    bed.provider().resolve().await.unwrap().unwrap().key
}

/// Runs every case of the contract against `$fresh`.
#[macro_export]
macro_rules! key_switch_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            key_switch,
            $fresh,
            [
                a_staged_key_changes_nothing,
                staging_proves_the_key,
                a_staged_switch_is_pending,
                after_complete_the_new_key_is_the_key,
                each_switch_returns_its_own_old_key,
                a_key_that_is_gone_is_not_put_in_place,
                after_abandon_nothing_is_left,
                an_abandoned_switch_takes_its_copy_along,
                files_with_another_key_are_told_as_put_aside,
                ends_can_be_repeated,
                a_second_switch_is_refused,
                the_keys_in_its_files_are_named,
                old_keys_are_listed_and_removed,
                old_keys_are_resolved_newest_first,
                an_old_key_that_cannot_be_had_holds_back_no_other,
                a_key_from_elsewhere_can_be_kept,
            ]
        );
    };
}
