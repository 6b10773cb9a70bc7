//! Sealed backups: what is left out of them, what they tell of keys, and that nothing is less sealed than was ordered.

use crate::world::{World, backup, id, key_file, master_key, member};
use loom_adapter_memory::{FaultPlan, MemoryKey, MemoryRandomness};
use loom_domain::archive::manifest::LeftOut;
use loom_domain::archive::{
    ArchiveFormat, ArchiveLock, FormOrder, HintedKey, KeyPlace, Openers, Recipient, SealOrder,
};
use loom_domain::ports::{ArchiveListing, ArchiveSource, SinkError};
use loom_domain::secret::{KeyFingerprint, SecretText, WrappedKey, Wrapper};
use loom_domain::usecases::{BackupRequest, TakeBackupError, TakenBackup};
use std::sync::Arc;

fn sealed(seal: SealOrder) -> BackupRequest {
    BackupRequest { form: FormOrder { format: ArchiveFormat::TarGz, seal: Some(seal) }, ..backup("a") }
}

async fn taken(world: &World, seal: SealOrder) -> Result<TakenBackup, TakeBackupError> {
    world.take_backup(&FaultPlan::none()).run(sealed(seal)).await
}

fn wrapped(wrapper: Wrapper, fingerprint: KeyFingerprint) -> String {
    let (settings, context) = Default::default();
    WrappedKey { wrapper, fingerprint, settings, context, ciphertext: vec![1; 40] }.to_json().unwrap()
}

#[tokio::test]
async fn what_the_master_key_seals_holds_no_bare_key() {
    let world = World::new();
    world.source.write("secret.key.old-20261123T120000Z", key_file(6));
    world.source.write("secret.key.kms", wrapped(Wrapper::Kms, master_key(7).fingerprint()));
    let taken = taken(&world, SealOrder::MasterKey).await.unwrap();
    let left_out = |path: &str| {
        let reason = "the archive is sealed with the master key".to_owned();
        taken.manifest.left_out.contains(&LeftOut { path: path.to_owned(), reason })
    };
    for bare in ["secret.key", "secret.key.old-20261123T120000Z"] {
        assert!(left_out(bare), "{bare}: {:?}", taken.manifest.left_out);
        assert!(!taken.manifest.files.contains_key(&member(&format!("state/{bare}"))), "{bare}");
    }
    assert!(taken.manifest.files.contains_key(&member("state/secret.key.kms")));
    let key = taken.manifest.master_key.unwrap();
    assert_eq!((key.inside, key.wrapped_by), (false, Some(Wrapper::Kms)));
    let openers = Openers::master_key(master_key(7));
    world.archives.open(&id("a"), &openers).await.unwrap();
    assert!(world.archives.open(&id("a"), &Openers::default()).await.is_err());
}

#[tokio::test]
async fn other_seals_and_none_take_every_key_file_along() {
    let recipients = SealOrder::Recipients(vec![Recipient::parse("age1kitchen").unwrap()]);
    for seal in [None, Some(recipients), Some(SealOrder::Passphrase(SecretText::new("p")))] {
        let world = World::new();
        world.source.write("secret.key.old-20261123T120000Z", key_file(6));
        let request = BackupRequest { form: FormOrder { seal, ..FormOrder::default() }, ..backup("a") };
        let taken = world.take_backup(&FaultPlan::none()).run(request).await.unwrap();
        for name in ["state/secret.key", "state/secret.key.old-20261123T120000Z"] {
            assert!(taken.manifest.files.contains_key(&member(name)), "{name}");
        }
        assert!(taken.manifest.master_key.unwrap().inside);
    }
}

#[tokio::test]
async fn the_closed_archive_names_the_master_key_and_the_recipients() {
    let world = World::new();
    let recipient = Recipient::parse("age1kitchen").unwrap();
    taken(&world, SealOrder::Recipients(vec![recipient.clone()])).await.unwrap();
    let described = world.archives.describe_archive(&id("a")).await.unwrap().unwrap();
    let Some(ArchiveLock::Recipients { hint, .. }) = described.lock else { panic!("{described:?}") };
    // The key of the world is nowhere in its data dir.
    let fingerprint = master_key(7).fingerprint();
    assert_eq!(hint.master_key, HintedKey::Key { fingerprint, place: KeyPlace::Outside });
    assert_eq!(hint.recipients, [recipient.fingerprint()]);
}

#[tokio::test]
async fn a_closed_archive_whose_secrets_did_not_open_names_no_master_key() {
    let other = MemoryKey::new(Arc::new(MemoryRandomness::default()));
    other.configure(&master_key(9).to_base64());
    for key in [other, MemoryKey::new(Arc::new(MemoryRandomness::default()))] {
        let world = World { key, ..World::new() };
        let recipient = Recipient::parse("age1kitchen").unwrap();
        let taken = taken(&world, SealOrder::Recipients(vec![recipient.clone()])).await.unwrap();
        assert_eq!(taken.sealed.unreadable, 2);
        let described = world.archives.describe_archive(&id("a")).await.unwrap().unwrap();
        let Some(ArchiveLock::Recipients { hint, .. }) = described.lock else { panic!("{described:?}") };
        assert_eq!(hint.master_key, HintedKey::Untold, "with {:?}", taken.key_source);
        assert_eq!(hint.recipients, [recipient.fingerprint()]);
    }
}

#[tokio::test]
async fn without_a_master_key_nothing_is_sealed_with_it_and_nothing_is_kept() {
    let world = World { key: MemoryKey::new(Arc::new(MemoryRandomness::default())), ..World::new() };
    let error = taken(&world, SealOrder::MasterKey).await.unwrap_err();
    assert!(matches!(error, TakeBackupError::NoMasterKey), "{error}");
    assert!(world.archives.names().is_empty());
}

#[tokio::test]
async fn an_order_that_cannot_be_honoured_ends_before_anything_is_kept() {
    let world = World::new();
    for (format, seal) in [
        (ArchiveFormat::Zip, SealOrder::MasterKey),
        (ArchiveFormat::TarGz, SealOrder::Recipients(Vec::new())),
        (ArchiveFormat::TarGz, SealOrder::Passphrase(SecretText::new(""))),
    ] {
        let form = FormOrder { format, seal: Some(seal) };
        assert!(form.check().is_err(), "{form:?}");
        let request = BackupRequest { form, ..backup("a") };
        let error = world.take_backup(&FaultPlan::none()).run(request).await.unwrap_err();
        assert!(matches!(error, TakeBackupError::Sink(SinkError::Form(_))), "{error}");
        assert!(world.archives.names().is_empty());
    }
}

#[tokio::test]
async fn only_a_wrapped_form_of_the_key_in_use_is_told_as_such() {
    for (name, fingerprint, told) in [
        ("secret.key.kms", master_key(7).fingerprint(), Some(Wrapper::Kms)),
        ("secret.key.pkcs11", master_key(7).fingerprint(), Some(Wrapper::Pkcs11)),
        ("secret.key.kms", master_key(8).fingerprint(), None),
        ("a/secret.key.kms", master_key(7).fingerprint(), None),
    ] {
        let world = World::new();
        world.source.write(name, wrapped(told.unwrap_or(Wrapper::Kms), fingerprint));
        let taken = world.backed_up().await;
        assert_eq!(taken.manifest.master_key.unwrap().wrapped_by, told, "{name}");
    }
    let world = World::new();
    world.source.write("secret.key.kms", "no document");
    assert_eq!(world.backed_up().await.manifest.master_key.unwrap().wrapped_by, None);
}
