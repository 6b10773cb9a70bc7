//! Sealed archives on a disk: whom sealing and opening ask, and what is refused by name.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use async_trait::async_trait;
use jiff::Timestamp;
use loom_adapter_archive::format::age_writer::AgeSeal;
use loom_adapter_archive::format::sealed_writer::SealedWriter;
use loom_adapter_archive::{FolderSink, FolderSource, StreamSource, new_identity, recipient_of};
use loom_contract::archive_samples::{Form, forms_of};
use loom_domain::archive::{
    ArchiveForm, ArchiveFormat, ArchiveLock, HintedKey, Identity, Openers, Recipient, Seal,
};
use loom_domain::ports::{
    ArchiveId, ArchiveListing, ArchiveSink, ArchiveSource, BoxError, Clock, PassphraseSource, SinkError,
    SourceError, Undescribed,
};
use loom_domain::secret::{MasterKey, SecretText};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-06-08T12:00:00Z".parse().unwrap()
    }
}

/// Counts how often it is asked.
#[derive(Default)]
struct Counting(AtomicUsize);

#[async_trait]
impl PassphraseSource for Counting {
    async fn passphrase(&self) -> Result<Option<SecretText>, BoxError> {
        // Whoever asks on a thread that must not wait for others would fail here.
        tokio::task::yield_now().await;
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Some(SecretText::new("correct horse")))
    }
}

fn id(name: &str) -> ArchiveId {
    ArchiveId::parse(name).unwrap()
}

fn sealed(identities: &[&Identity], plain: &[u8]) -> Vec<u8> {
    let recipients: Vec<_> = identities.iter().map(|identity| recipient_of(identity).unwrap()).collect();
    let mut writer =
        AgeSeal::for_recipients(&recipients, HintedKey::NoKey).unwrap().wrap(Vec::new()).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

fn stream(bytes: Vec<u8>) -> StreamSource {
    StreamSource::new(Box::new(std::io::Cursor::new(bytes)))
}

async fn stored(folder: &Path, form: &Form, name: &str) -> Vec<u8> {
    let sink = FolderSink::new(folder, Arc::new(Noon)).with_passphrase_work(1);
    let manifest = loom_contract::archive_samples::manifest_of(&[]);
    sink.begin(&id(name), &form.form).await.unwrap().commit(&manifest).await.unwrap();
    std::fs::read(folder.join(name)).unwrap()
}

#[tokio::test]
async fn a_passphrase_is_asked_for_once_and_only_where_one_seals() {
    let (folder, identity) = (tempfile::tempdir().unwrap(), new_identity().unwrap());
    for form in forms_of(&ArchiveFormat::ALL, &recipient_of(&identity).unwrap(), &identity) {
        let name = form.name("a");
        let bytes = stored(folder.path(), &form, &name).await;
        let asked = Arc::new(Counting::default());
        let openers = Openers { passphrase: Some(asked.clone()), ..form.openers.clone() };
        let wanted = usize::from(matches!(form.form.seal, Some(Seal::Passphrase(_))));
        FolderSource::new(folder.path()).open(&id(&name), &openers).await.unwrap();
        assert_eq!(asked.0.load(Ordering::Relaxed), wanted, "{name}");
        stream(bytes).open(&id("-"), &openers).await.unwrap();
        assert_eq!(asked.0.load(Ordering::Relaxed), 2 * wanted, "{name}");
    }
}

#[tokio::test]
async fn a_recipient_that_is_none_is_named_before_anything_is_written() {
    let (folder, good) = (tempfile::tempdir().unwrap(), new_identity().unwrap());
    let good = recipient_of(&good).unwrap();
    let mistyped = Recipient::parse(&good.as_str().replacen("age1", "age1q", 1)).unwrap();
    for bad in [mistyped, Recipient::parse("age1nobody").unwrap()] {
        let seal =
            Seal::Recipients { recipients: vec![good.clone(), bad.clone()], master_key: HintedKey::NoKey };
        let form = ArchiveForm { format: ArchiveFormat::TarGz, seal: Some(seal) };
        let sink = FolderSink::new(folder.path(), Arc::new(Noon));
        match sink.begin(&id("a"), &form).await {
            Err(SinkError::Form(words)) => assert!(words.contains(&format!("`{bad}`")), "{words}"),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("`{bad}` was accepted"),
        }
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}

#[tokio::test]
async fn what_was_sealed_twice_and_what_is_no_archive_inside_is_refused() {
    let identity = new_identity().unwrap();
    let openers = Openers { identities: vec![identity.clone()], ..Openers::default() };
    let once = sealed(&[&identity], b"no archive");
    let twice = sealed(&[&identity], &once);
    for (bytes, words) in [(twice, "sealed more than once"), (once, "a text file")] {
        match stream(bytes).open(&id("-"), &openers).await.err().unwrap() {
            SourceError::Foreign(told) => assert!(told.contains(words), "{told}"),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn who_lacks_an_identity_is_told_whose_would_do() {
    let [one, two, strange] = std::array::from_fn(|_| new_identity().unwrap());
    let bytes = sealed(&[&one, &two], b"");
    for identities in [vec![], vec![strange]] {
        let openers = Openers { identities, ..Openers::default() };
        let error = stream(bytes.clone()).open(&id("-"), &openers).await.err().unwrap().to_string();
        for identity in [&one, &two] {
            assert!(error.contains(&recipient_of(identity).unwrap().fingerprint()), "{error}");
        }
        assert!(error.contains("2 recipients (X25519; fingerprints "), "{error}");
    }
}

#[tokio::test]
async fn a_quick_listing_tries_the_beginning_of_a_sealed_archive_and_reads_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let [right, wrong] = [1, 2].map(|byte| MasterKey::from_bytes([byte; 32]));
    let mut writer = SealedWriter::new(Vec::new(), right.bytes()).unwrap();
    writer.write_all(&[0; 200_000]).unwrap();
    let mut bytes = writer.finish().unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let id = id("backup-pi-20260608T120000Z.tar.gz.oclbak");
    std::fs::write(folder.path().join(id.as_str()), bytes).unwrap();
    let shown = async |keys: &[&MasterKey]| {
        let master_keys = keys.iter().map(|key| (*key).clone()).collect();
        let openers = Openers { master_keys, ..Openers::default() };
        let source = FolderSource::new(folder.path()).with_quick_listing().with_listing_openers(openers);
        let [listed] = source.list_archives().await.unwrap().try_into().unwrap();
        assert_eq!(listed.lock, Some(ArchiveLock::MasterKey));
        listed.manifest.unwrap_err()
    };
    for (keys, opens) in [(vec![], false), (vec![&wrong], false), (vec![&wrong, &right], true)] {
        match shown(&keys).await {
            Undescribed::Unopened(words) if opens => assert!(words.contains("`backup inspect`"), "{words}"),
            Undescribed::Locked(words) if !opens => assert!(words.contains("not at hand"), "{words}"),
            other => panic!("{other:?} with {} keys", keys.len()),
        }
    }
}
