//! Restoring: the state comes back equal, what is replaced is set aside, and a fault changes nothing.

use crate::world::{World, is_caused_by_a_fault, key_file, restore_of};
use loom_adapter_memory::{FaultPlan, MemoryRestoreTarget};
use loom_domain::ports::{
    KeySwitch, KeyTarget, OldKeyFate, Recovery, RestoreTarget, SwitchOrder, TargetError,
};
use loom_domain::restore_plan::Consents;
use loom_domain::secret::MasterKey;
use loom_domain::usecases::{KeyRing, RestoreArchive, RestoreError};
use std::sync::Arc;

const NONE: Consents = Consents { overwrite: false, newer_schema: false, unreadable_secrets: false };
const OVERWRITE: Consents = Consents { overwrite: true, ..NONE };

/// What a restore of the world's state must leave in an empty data dir.
fn state(world: &World) -> Vec<(String, bytes::Bytes)> {
    let left_out = ["-wal", ".lock", ".sbk", "cache/", ".tar.gz", ".env"];
    let kept =
        world.source.files().into_iter().filter(|(path, _)| !left_out.iter().any(|part| path.contains(part)));
    kept.collect()
}

#[tokio::test]
async fn what_was_backed_up_verifies_and_comes_back_equal() {
    let world = World::new();
    world.backed_up().await;
    let examined =
        world.verify(&FaultPlan::none()).run(&crate::world::id("a"), &KeyRing::default()).await.unwrap();
    assert_eq!(examined.damage(), Vec::<String>::new());
    assert_eq!((examined.sealed.total, examined.sealed.unreadable), (2, 0));
    assert!(world.scratch_is_empty());

    let (_, plan, recovery) = world.restore(&FaultPlan::none()).run(&restore_of("a", NONE)).await.unwrap();
    assert_eq!(recovery, Recovery::NothingToDo);
    assert_eq!((plan.replaced.len(), plan.kept.len()), (0, 0));
    assert_eq!(world.live().into_iter().collect::<Vec<_>>(), state(&world));
    assert!(world.disk.node(&world.target.root().join("empty folder")).is_some());
}

#[tokio::test]
async fn an_existing_state_is_replaced_with_consent_and_can_be_brought_back() {
    let world = World::new();
    world.backed_up().await;
    world.put_old_state();
    let old = world.live();
    let (_, plan, _) = world.restore(&FaultPlan::none()).run(&restore_of("a", OVERWRITE)).await.unwrap();
    let mut expected: Vec<_> = state(&world);
    expected.push(("stays.json".to_owned(), "{}".into()));
    // The old key may be needed by other archives.
    expected.push(("secret.key.old-20261123T080000Z".to_owned(), key_file(9).into()));
    expected.sort();
    // The old write-ahead log and the database the archive does not hold are gone with the old state.
    assert_eq!(world.live().into_iter().collect::<Vec<_>>(), expected);
    let replaced: Vec<_> = plan.replaced.iter().map(|path| path.as_str()).collect();
    assert_eq!(replaced, ["openccu-loom.db", "other.db", "secret.key"]);

    MemoryRestoreTarget::new(world.target.clone()).undo().await.unwrap();
    let mut live = world.live();
    live.retain(|name, bytes| !(name.starts_with("secret.key.old-") && *bytes == key_file(7)));
    assert_eq!(live, old);
}

#[tokio::test]
async fn the_key_file_of_the_data_dir_stays_if_the_archive_has_none() {
    let world = World::new();
    world.disk.remove(&world.source.root().join("secret.key"));
    world.backed_up().await;
    world.put_old_state();
    let mut request = restore_of("a", OVERWRITE);
    request.keys.after = world.key_ring_entry().await;
    let (_, plan, _) = world.restore(&FaultPlan::none()).run(&request).await.unwrap();
    assert_eq!(world.live()["secret.key"], key_file(9));
    assert!(plan.kept.iter().any(|path| path.as_str() == "secret.key"));
}

#[tokio::test]
async fn a_dry_run_gives_the_same_plan_and_changes_nothing() {
    let world = World::new();
    world.backed_up().await;
    world.put_old_state();
    let before = world.target_in_full();
    let restore = world.restore(&FaultPlan::none());
    let (_, planned) = restore.plan(&restore_of("a", OVERWRITE)).await.unwrap();
    assert_eq!(world.target_in_full(), before);
    assert!(world.scratch_is_empty());
    let (_, done, _) = restore.run(&restore_of("a", OVERWRITE)).await.unwrap();
    assert_eq!(planned, done);
}

#[tokio::test]
async fn a_dry_run_into_nowhere_creates_no_data_dir() {
    let world = World::new();
    world.backed_up().await;
    world.restore(&FaultPlan::none()).plan(&restore_of("a", NONE)).await.unwrap();
    assert!(world.target_in_full().is_empty());
}

#[tokio::test]
async fn a_data_dir_in_use_is_refused_with_who_uses_it() {
    let world = World::new();
    world.backed_up().await;
    world.put_old_state();
    let _daemon = world.target.hold("a daemon (pid 4711)").unwrap();
    let before = world.target_in_full();
    let error = world.restore(&FaultPlan::none()).run(&restore_of("a", OVERWRITE)).await.unwrap_err();
    let RestoreError::Target(TargetError::Busy { by, .. }) = &error else { panic!("{error}") };
    assert_eq!(by, "a daemon (pid 4711)");
    assert_eq!(world.target_in_full(), before);
}

#[tokio::test]
async fn a_fault_at_any_call_of_any_port_leaves_the_old_state_and_is_told() {
    let counted = FaultPlan::none();
    let world = World::new();
    world.backed_up().await;
    world.put_old_state();
    world.restore(&counted).run(&restore_of("a", OVERWRITE)).await.unwrap();
    let calls = counted.calls();
    for method in [
        "RestoreTarget::survey",
        "RestoreTarget::recover",
        "RestoreTarget::claim",
        "ArchiveSource::open",
        "ArchiveReader::next",
        "StagingArea::begin_file",
        "StagingArea::write",
        "StagingArea::end_file",
        "StagingArea::folder",
        "DatabaseJudge::judge",
        "Claim::apply",
    ] {
        assert!(calls.contains_key(method), "{method} was never called");
    }
    for (method, count) in calls {
        for call in 0..count {
            let world = World::new();
            world.backed_up().await;
            world.put_old_state();
            let before = world.target_in_full();
            let faults = FaultPlan::fail(method, call);
            let error = world.restore(&faults).run(&restore_of("a", OVERWRITE)).await.unwrap_err();
            assert!(faults.happened() && is_caused_by_a_fault(&error), "call {call} of {method}: {error}");
            assert_eq!(world.target_in_full(), before, "call {call} of {method}");
        }
    }
}

#[tokio::test]
async fn a_fault_at_any_call_of_a_dry_run_changes_nothing_and_is_told() {
    let counted = FaultPlan::none();
    let world = World::new();
    world.backed_up().await;
    world.put_old_state();
    let before = world.target_in_full();
    world.restore(&counted).plan(&restore_of("a", OVERWRITE)).await.unwrap();
    assert!(counted.calls().contains_key("ScratchAreas::open_scratch"));
    for (method, count) in counted.calls() {
        for call in 0..count {
            let faults = FaultPlan::fail(method, call);
            let error = world.restore(&faults).plan(&restore_of("a", OVERWRITE)).await.unwrap_err();
            assert!(faults.happened() && is_caused_by_a_fault(&error), "call {call} of {method}: {error}");
            assert_eq!(world.target_in_full(), before, "call {call} of {method}");
            assert!(world.scratch_is_empty(), "call {call} of {method}");
        }
    }
}

#[tokio::test]
async fn a_restore_that_died_is_brought_to_its_end_by_the_next() {
    let world = World::new();
    world.backed_up().await;
    world.put_old_state();
    let mut recoveries = std::collections::BTreeSet::new();
    for step in (0..).step_by(3) {
        let mut restore = world.restore(&FaultPlan::none());
        restore.target = Arc::new(MemoryRestoreTarget::new(world.target.clone()).dying_before(step));
        let died = restore.run(&restore_of("a", OVERWRITE)).await.is_err();
        recoveries.insert(match world.restore(&FaultPlan::none()).run(&restore_of("a", OVERWRITE)).await {
            Ok((_, _, recovery)) => format!("{recovery:?}"),
            Err(RestoreError::BroughtToEnd) => "RolledForward".to_owned(),
            Err(other) => panic!("step {step}: {other}"),
        });
        let mut restored = world.live();
        restored.retain(|path, _| path != "stays.json" && !path.starts_with("secret.key.old-"));
        let restored: Vec<_> = restored.into_iter().collect();
        assert_eq!(restored, state(&world), "step {step}");
        if !died {
            break;
        }
        world.disk.remove(world.target.root());
        world.put_old_state();
    }
    assert_eq!(recoveries.into_iter().collect::<Vec<_>>(), ["NothingToDo", "RolledBack", "RolledForward"]);
}

#[tokio::test]
async fn a_change_of_the_key_that_was_left_behind_meanwhile_keeps_the_state_that_tells_its_end() {
    let world = World::new();
    world.backed_up().await;
    world.put_old_state();
    let (old, places) = (world.live(), world.key_places());
    let order = SwitchOrder {
        from: MasterKey::from_bytes([1; 32]).fingerprint(),
        target: KeyTarget::File,
        old: OldKeyFate::Kept,
        begun_at: "2026-11-23T07:00:00Z".parse().unwrap(),
    };
    let pending = places.stage(&MasterKey::from_bytes([2; 32]), &order).await.unwrap();
    let restore = RestoreArchive { switch: Arc::new(places.clone()), ..world.restore(&FaultPlan::none()) };
    let refused = restore.run(&restore_of("a", OVERWRITE)).await.unwrap_err();
    assert!(matches!(refused, RestoreError::KeyChanges), "{refused}");
    assert_eq!(world.live(), old);
    places.abandon(&pending).await.unwrap();
    restore.run(&restore_of("a", OVERWRITE)).await.unwrap();
}
