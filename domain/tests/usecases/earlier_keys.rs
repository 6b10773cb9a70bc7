//! Archives of an earlier master key: verified with the key the data dir kept, restored together with it, and no restore
//! leaves a key in the undo set alone.

use crate::world::{World, backup, id, key_file, main_database, master_key, restore_of};
use loom_adapter_memory::FaultPlan;
use loom_domain::archive::{FormOrder, SealOrder};
use loom_domain::ports::{KeySource, ResolvedKey};
use loom_domain::restore_plan::{Consents, Refusal};
use loom_domain::usecases::{BackupRequest, Examined, KeyRing, RestoreError, RestoreRequest};

const OLD: &str = "secret.key.old-20261122T000000Z";
const FORCE: Consents = Consents { overwrite: true, newer_schema: false, unreadable_secrets: false };

fn in_file(name: &str, byte: u8) -> ResolvedKey {
    ResolvedKey { key: master_key(byte), source: KeySource::File(format!("/elsewhere/{name}")) }
}

/// The archive `a`, sealed with key 7 as a whole.
async fn sealed_archive() -> World {
    let world = World::new();
    let form = FormOrder { seal: Some(SealOrder::MasterKey), ..FormOrder::default() };
    world.take_backup(&FaultPlan::none()).run(BackupRequest { form, ..backup("a") }).await.unwrap();
    world
}

/// Keys of a data dir whose key is 9 and was 5 and 7.
fn rotated() -> KeyRing {
    let earlier = vec![in_file("secret.key.old-20261122T120000Z", 5), in_file(OLD, 7)];
    KeyRing { after: Some(in_file("secret.key", 9)), earlier, ..KeyRing::default() }
}

async fn examined(world: &World, keys: &KeyRing) -> Examined {
    world.verify(&FaultPlan::none()).run(&id("a"), keys).await.unwrap()
}

#[tokio::test]
async fn an_archive_of_an_earlier_key_verifies_and_names_it() {
    let world = sealed_archive().await;
    let found = examined(&world, &rotated()).await;
    assert_eq!((found.sealed.total, found.sealed.unreadable), (2, 0));
    assert_eq!(found.key, Some(in_file(OLD, 7)));
    let without_present = KeyRing { after: None, ..rotated() };
    assert_eq!(examined(&world, &without_present).await.key, Some(in_file(OLD, 7)));
}

#[tokio::test]
async fn what_the_present_key_opens_is_told_of_the_present_key() {
    let world = sealed_archive().await;
    let keys = KeyRing { after: Some(in_file("secret.key", 7)), ..rotated() };
    assert_eq!(examined(&world, &keys).await.key, Some(in_file("secret.key", 7)));
}

#[tokio::test]
async fn a_key_that_is_asked_first_stays_the_key_and_the_better_one_is_told() {
    let world = sealed_archive().await;
    let variable = ResolvedKey { key: master_key(9), source: KeySource::Environment("VARIABLE".to_owned()) };
    let keys = KeyRing { before: Some(variable.clone()), after: None, ..rotated() };
    let found = examined(&world, &keys).await;
    assert_eq!((found.sealed.unreadable, found.key), (2, Some(variable)));
    assert_eq!(found.better_key, Some(in_file(OLD, 7)));

    let request = RestoreRequest { keys, ..restore_of("a", Consents::default()) };
    let error = world.restore(&FaultPlan::none()).run(&request).await.unwrap_err();
    let RestoreError::Refused(refusals) = error else { panic!("{error}") };
    let [refusal @ Refusal::UnreadableSecrets { .. }] = refusals.as_slice() else { panic!("{refusals:?}") };
    let words = refusal.to_string();
    let sealed_with = format!("2 are sealed with the master key {}", master_key(7).fingerprint());
    for part in [&sealed_with, OLD, "VARIABLE"] {
        assert!(words.contains(part), "{words}");
    }
}

#[tokio::test]
async fn an_archive_that_brings_a_key_is_not_read_with_an_earlier_one() {
    let world = World::new();
    world.source.write("secret.key", key_file(3));
    world.backed_up().await;
    let found = examined(&world, &rotated()).await;
    assert_eq!((found.sealed.unreadable, found.better_key), (2, Some(in_file(OLD, 7))));
}

#[tokio::test]
async fn a_restore_of_an_archive_of_an_earlier_key_brings_that_key_back_and_keeps_the_present_one() {
    let world = sealed_archive().await;
    world.target.write("openccu-loom.db", main_database(&[]).to_bytes());
    world.target.write("secret.key", key_file(9));
    world.target.write(OLD, key_file(7));
    let request = RestoreRequest { keys: rotated(), ..restore_of("a", FORCE) };
    let (_, plan, _) = world.restore(&FaultPlan::none()).run(&request).await.unwrap();
    let live = world.live();
    assert_eq!(live["secret.key"], key_file(7));
    assert_eq!(live[OLD], key_file(7));
    assert_eq!(live["secret.key.old-20261123T080000Z"], key_file(9));
    assert!(plan.notes.iter().any(|note| note.contains("becomes `secret.key` again")), "{:?}", plan.notes);

    world.restore(&FaultPlan::none()).target.undo().await.unwrap();
    let live = world.live();
    let keys: Vec<_> = live.iter().filter(|(name, _)| name.starts_with("secret.key")).collect();
    assert_eq!(
        keys,
        [(&"secret.key".to_owned(), &key_file(9).into()), (&OLD.to_owned(), &key_file(7).into())]
    );
}

#[tokio::test]
async fn a_key_survives_two_restores_in_a_row_and_opens_its_archives_after_them() {
    // Archive `a` is sealed with key 7, `plain` brings key 3.
    let world = sealed_archive().await;
    world.source.write("secret.key", key_file(3));
    world.take_backup(&FaultPlan::none()).run(backup("plain")).await.unwrap();
    world.target.write("openccu-loom.db", main_database(&[]).to_bytes());
    world.target.write("secret.key", key_file(7));
    let all = Consents { unreadable_secrets: true, ..FORCE };
    let mut present = 7;
    for _ in 0..2 {
        let keys = KeyRing { after: Some(in_file("secret.key", present)), ..KeyRing::default() };
        let request = RestoreRequest { keys, ..restore_of("plain", all) };
        world.restore(&FaultPlan::none()).run(&request).await.unwrap();
        present = 3;
    }
    let kept = "secret.key.old-20261123T080000Z";
    assert_eq!(world.live()[kept], key_file(7));
    let keys = KeyRing {
        after: Some(in_file("secret.key", 3)),
        earlier: vec![in_file(kept, 7)],
        ..KeyRing::default()
    };
    world.restore(&FaultPlan::none()).run(&RestoreRequest { keys, ..restore_of("a", FORCE) }).await.unwrap();
    assert_eq!(world.live()["secret.key"], key_file(7));
}
