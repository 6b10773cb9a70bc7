//! The suite of [`ArchiveSink`] and [`Staging`](loom_domain::ports::Staging).
//!
//! Does NOT look into a place itself: the adapter's test supplies an [`ArchiveBed`].

use crate::archive_samples::{
    Form, begin, id, joined, manifest_of, member, push_file, read_all, read_all_with, sample, store, store_as,
};
use bytes::Bytes;
use loom_domain::archive::{ArchiveForm, ArchiveFormat, HintedKey, Openers, Seal};
use loom_domain::ports::{ArchiveListing, ArchiveSink, ArchiveSource, Item, SinkError, SourceError};
use loom_domain::secret::{MasterKey, SecretText};
use std::sync::Arc;

/// A place for archives under test, empty at first, with the sink and the source on it.
pub trait ArchiveBed: Send + Sync {
    /// Puts archives there.
    fn sink(&self) -> Arc<dyn ArchiveSink>;
    /// Reads them.
    fn source(&self) -> Arc<dyn ArchiveSource>;
    /// Lists them.
    fn listing(&self) -> Arc<dyn ArchiveListing>;
    /// Every form the sink knows, the default one first, each with what opens it.
    fn forms(&self) -> Vec<Form>;
    /// An opener of each kind, none of which opens anything of those forms.
    fn strange_openers(&self) -> Openers;
    /// Names of everything there, finished or not.
    fn names(&self) -> Vec<String>;
    /// The stored bytes of that name.
    fn stored(&self, name: &str) -> Vec<u8>;
    /// Stores bytes under that name in place of what is there.
    fn store(&self, name: &str, bytes: &[u8]);
    /// Stores an archive of exactly these files, by raw name and bytes, without any check.
    fn plant(&self, name: &str, files: &[(&[u8], &[u8])]);
}

/// All or nothing: an archive exists only once `commit` returned `Ok`.
pub async fn an_archive_exists_only_once_it_is_committed(bed: Arc<dyn ArchiveBed>) {
    let (sink, source) = (bed.sink(), bed.source());
    let mut staging = begin(&*sink, "a").await;
    for item in sample() {
        staging.push(item).await.unwrap();
        assert!(source.open(&id("a"), &Openers::default()).await.is_err());
        assert!(bed.listing().list_archives().await.unwrap().is_empty());
    }
    let receipt = staging.commit(&manifest_of(&sample())).await.unwrap();
    assert_eq!(bed.names(), ["a"]);
    assert_eq!(receipt.bytes, bed.stored("a").len() as u64);
    assert_eq!(receipt.sha256, crate::archive_samples::sha256(&bed.stored("a")));
    read_all(&*source, "a").await.unwrap();
}

/// A dropped staging leaves no trace.
pub async fn a_dropped_staging_leaves_no_trace(bed: Arc<dyn ArchiveBed>) {
    store(&*bed.sink(), "kept", &sample()).await;
    let before = bed.stored("kept");
    for pushed in 0..=sample().len() {
        let mut staging = begin(&*bed.sink(), "dropped").await;
        for item in sample().into_iter().take(pushed) {
            staging.push(item).await.unwrap();
        }
        drop(staging);
        assert_eq!(bed.names(), ["kept"], "after {pushed} items");
    }
    assert_eq!(bed.stored("kept"), before);
}

/// Write once: an existing id is refused at `begin`; of two stagings for one id the second `commit` fails and the
/// first archive stays as it is.
pub async fn an_archive_is_written_once(bed: Arc<dyn ArchiveBed>) {
    let sink = bed.sink();
    let (mut first, mut second) = (begin(&*sink, "a").await, begin(&*sink, "a").await);
    push_file(first.as_mut(), "state/first", b"1").await.unwrap();
    push_file(second.as_mut(), "state/second", b"2").await.unwrap();
    let (of_first, of_second) = (
        manifest_of(&[Item::File { path: member("state/first"), bytes: 1 }, chunk(b"1")]),
        manifest_of(&[Item::File { path: member("state/second"), bytes: 1 }, chunk(b"2")]),
    );
    second.commit(&of_second).await.unwrap();
    let stored = bed.stored("a");
    let late = first.commit(&of_first).await.unwrap_err();
    assert!(matches!(late, SinkError::AlreadyExists(_)), "{late}");
    let later = sink.begin(&id("a"), &ArchiveForm::default()).await.err().unwrap();
    assert!(matches!(later, SinkError::AlreadyExists(_)), "{later}");
    assert_eq!((bed.names(), bed.stored("a")), (vec!["a".to_owned()], stored));
}

/// Honest sizes: a file shorter or longer than announced is refused.
pub async fn a_file_of_another_size_is_refused(bed: Arc<dyn ArchiveBed>) {
    let manifest = manifest_of(&[]);
    for (announced, chunks) in [(5, &[3][..]), (5, &[3, 3]), (1, &[]), (0, &[1]), (3, &[3, 1])] {
        for ending in ["file", "folder", "commit"] {
            let mut staging = begin(&*bed.sink(), "a").await;
            let pushed = async {
                staging.push(Item::File { path: member("state/x"), bytes: announced }).await?;
                for bytes in chunks {
                    staging.push(chunk(&vec![7; *bytes])).await?;
                }
                match ending {
                    "file" => staging.push(Item::File { path: member("state/y"), bytes: 0 }).await,
                    "folder" => staging.push(Item::Folder(member("state/z"))).await,
                    _ => staging.commit(&manifest).await.map(drop),
                }
            };
            let error = pushed.await.unwrap_err();
            let SinkError::SizeMismatch { path, want, got } = &error else { panic!("{error}") };
            assert_eq!((path.as_str(), *want), ("state/x", announced), "{ending}");
            assert_eq!(*got, chunks.iter().sum::<usize>() as u64, "{ending}");
            assert!(bed.names().is_empty(), "{:?}", bed.names());
        }
    }
}

/// The manifest is the last member, and every member before it comes in the order it was pushed.
pub async fn members_keep_their_order_and_the_manifest_is_last(bed: Arc<dyn ArchiveBed>) {
    store(&*bed.sink(), "a", &sample()).await;
    let mut names = Vec::new();
    let mut reader = bed.source().open(&id("a"), &Openers::default()).await.unwrap();
    while let Some(item) = reader.next().await.unwrap() {
        match item {
            Item::File { path, .. } | Item::Folder(path) => names.push(path.as_str().to_owned()),
            Item::Chunk(_) => {}
        }
    }
    let expected = [
        "state/openccu-loom.db",
        "state/Küche",
        "state/Küche/größe.json",
        "state/empty folder",
        "state/empty file",
        "config.yaml",
        "manifest.json",
    ];
    assert_eq!(names, expected);
}

/// What was committed is read back equal by the matching source, in every form the sink knows.
pub async fn what_was_committed_is_read_back_equal(bed: Arc<dyn ArchiveBed>) {
    for form in bed.forms() {
        for (stem, items) in [("a", sample()), ("empty", Vec::new())] {
            let name = form.name(stem);
            let receipt = store_as(&*bed.sink(), &name, &form, &items).await;
            let stored = bed.stored(&name);
            assert_eq!(receipt.bytes, stored.len() as u64, "{name}");
            assert_eq!(receipt.sha256, crate::archive_samples::sha256(&stored), "{name}");
            let json = manifest_of(&items).to_json();
            let mut expected = joined(items);
            expected.push((member("manifest.json"), Some(json)));
            let read = read_all_with(&*bed.source(), &name, &form.openers).await.unwrap();
            assert!(read == expected, "archive `{name}` came back changed");
        }
    }
}

/// A sealed archive opens with what it was sealed for and with nothing else, and shows nothing of its members closed.
pub async fn a_sealed_archive_opens_only_with_what_it_was_sealed_for(bed: Arc<dyn ArchiveBed>) {
    let strange = bed.strange_openers();
    let items = crate::archive_samples::file("state/plainly-visible-name", &[b'x'; 5000]);
    for form in bed.forms() {
        let (name, source) = (form.name("a"), bed.source());
        store_as(&*bed.sink(), &name, &form, &items).await;
        read_all_with(&*source, &name, &form.openers).await.unwrap();
        let Some(seal) = &form.form.seal else { continue };
        let none = read_all(&*source, &name).await.unwrap_err();
        let wrong = read_all_with(&*source, &name, &strange).await.unwrap_err();
        let told_apart = match seal {
            Seal::MasterKey(_) => {
                matches!((&none, &wrong), (SourceError::KeyNeeded, SourceError::KeyWrong))
            }
            Seal::Passphrase(_) => {
                matches!((&none, &wrong), (SourceError::PassphraseNeeded, SourceError::PassphraseWrong))
            }
            Seal::Recipients { .. } => matches!(
                (&none, &wrong),
                (SourceError::IdentityNeeded { .. }, SourceError::IdentityNeeded { .. })
            ),
        };
        assert!(told_apart, "{name}: {none} / {wrong}");
        let stored = bed.stored(&name);
        for secret in [&b"plainly-visible-name"[..], b"manifest.json", &[b'x'; 100]] {
            assert!(!stored.windows(secret.len()).any(|window| window == secret), "{name} shows its members");
        }
        let both = Openers {
            master_keys: [strange.master_keys.clone(), form.openers.master_keys.clone()].concat(),
            identities: [strange.identities.clone(), form.openers.identities.clone()].concat(),
            passphrase: form.openers.passphrase.clone(),
        };
        read_all_with(&*source, &name, &both).await.unwrap();
    }
}

/// A form the sink does not know, or cannot honour, is refused at `begin`; never is less sealed than was asked for.
pub async fn a_form_that_cannot_be_honoured_is_refused(bed: Arc<dyn ArchiveBed>) {
    let master_key = || Seal::MasterKey(MasterKey::from_bytes([7; 32]));
    let impossible = [
        (ArchiveFormat::TarZst, master_key()),
        (ArchiveFormat::Zip, master_key()),
        (ArchiveFormat::TarGz, Seal::Passphrase(SecretText::new(""))),
        (ArchiveFormat::TarGz, Seal::Recipients { recipients: Vec::new(), master_key: HintedKey::NoKey }),
    ];
    for (format, seal) in impossible {
        let form = ArchiveForm { format, seal: Some(seal) };
        match bed.sink().begin(&id("a"), &form).await {
            Err(SinkError::Form(reason)) => assert!(!reason.is_empty()),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{form:?} was accepted"),
        }
        assert!(bed.names().is_empty(), "{:?}", bed.names());
    }
}

/// Tests that a sink of archives keeps its contract.
#[macro_export]
macro_rules! archive_sink_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            archive_sink,
            $fresh,
            [
                an_archive_exists_only_once_it_is_committed,
                a_dropped_staging_leaves_no_trace,
                an_archive_is_written_once,
                a_file_of_another_size_is_refused,
                members_keep_their_order_and_the_manifest_is_last,
                what_was_committed_is_read_back_equal,
                a_sealed_archive_opens_only_with_what_it_was_sealed_for,
                a_form_that_cannot_be_honoured_is_refused,
            ]
        );
    };
}

fn chunk(bytes: &[u8]) -> Item {
    Item::Chunk(Bytes::copy_from_slice(bytes))
}
