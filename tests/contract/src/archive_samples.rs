//! A small archive for the cases of sink and source, the forms it can have, and how the cases write and read one.
//!
//! Does NOT judge anything.

use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::manifest::{FormatVersion, ListedFile, UnopenedValues};
use loom_domain::archive::{
    ArchiveForm, ArchiveFormat, HintedKey, Identity, KeyPlace, Manifest, MemberPath, Openers, Recipient,
    Seal, hex,
};
use loom_domain::ports::{
    ArchiveId, ArchiveSink, ArchiveSource, BoxError, Item, MAX_CHUNK_BYTES, PassphraseSource, Receipt,
    SinkError, SourceError, Staging,
};
use loom_domain::secret::{MasterKey, SecretText};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A member with its bytes; a folder has none.
pub(crate) type Member = (MemberPath, Option<Vec<u8>>);

/// A form, and what opens archives of it.
#[derive(Debug, Clone)]
pub struct Form {
    /// The form.
    pub form: ArchiveForm,
    /// The one opener that it takes, if it is sealed.
    pub openers: Openers,
}

impl Form {
    /// A name for an archive of this form, and of no other one.
    pub fn name(&self, stem: &str) -> String {
        let mark = if matches!(self.form.seal, Some(Seal::Passphrase(_))) { "-by-passphrase" } else { "" };
        format!("{stem}{mark}.{}", self.form.ending())
    }
}

/// Every form of these formats: open, and sealed in each way that goes with it. `recipient` and `identity` are a pair.
pub fn forms_of(formats: &[ArchiveFormat], recipient: &Recipient, identity: &Identity) -> Vec<Form> {
    let mut forms = Vec::new();
    for &format in formats {
        let mut add = |seal, openers| forms.push(Form { form: ArchiveForm { format, seal }, openers });
        add(None, Openers::default());
        let recipients = Seal::Recipients {
            recipients: vec![recipient.clone()],
            master_key: HintedKey::Key { fingerprint: master_key(7).fingerprint(), place: KeyPlace::Outside },
        };
        add(Some(recipients), Openers { identities: vec![identity.clone()], ..Openers::default() });
        let passphrase = Seal::Passphrase(SecretText::new("correct horse"));
        add(Some(passphrase), Openers { passphrase: Some(knows("correct horse")), ..Openers::default() });
        if format == ArchiveFormat::TarGz {
            add(Some(Seal::MasterKey(master_key(7))), Openers::master_key(master_key(7)));
        }
    }
    forms
}

/// An opener of each kind that opens nothing of [`forms_of`], if `identity` is a strange one.
pub fn strange_openers(identity: Identity) -> Openers {
    Openers {
        master_keys: vec![master_key(8)],
        identities: vec![identity],
        passphrase: Some(knows("battery staple")),
    }
}

fn master_key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

fn knows(passphrase: &'static str) -> Arc<dyn PassphraseSource> {
    Arc::new(Knows(passphrase))
}

struct Knows(&'static str);

#[async_trait]
impl PassphraseSource for Knows {
    async fn passphrase(&self) -> Result<Option<SecretText>, BoxError> {
        Ok(Some(SecretText::new(self.0)))
    }
}

/// Files of every size that matters and folders, as items in uneven chunks.
pub(crate) fn sample() -> Vec<Item> {
    let database: Vec<u8> =
        (0_u32..400_000).map(|n| n.wrapping_mul(2_654_435_761)).flat_map(u32::to_le_bytes).collect();
    let mut items = file("state/openccu-loom.db", &database);
    items.push(Item::Folder(member("state/Küche")));
    items.extend(file("state/Küche/größe.json", "{\"größe\": 1}".as_bytes()));
    items.push(Item::Folder(member("state/empty folder")));
    items.extend(file("state/empty file", b""));
    items.extend(file("config.yaml", &vec![b'#'; 1025]));
    items
}

/// The items of one file.
pub(crate) fn file(name: &str, bytes: &[u8]) -> Vec<Item> {
    let begin = Item::File { path: member(name), bytes: bytes.len() as u64 };
    let chunks =
        bytes.chunks(MAX_CHUNK_BYTES.min(700_001)).map(|part| Item::Chunk(Bytes::copy_from_slice(part)));
    std::iter::once(begin).chain(chunks).collect()
}

/// The members behind a list of items.
pub(crate) fn joined(items: Vec<Item>) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for item in items {
        match (item, members.last_mut()) {
            (Item::Folder(path), _) => members.push((path, None)),
            (Item::File { path, .. }, _) => members.push((path, Some(Vec::new()))),
            (Item::Chunk(chunk), Some((_, Some(bytes)))) => bytes.extend_from_slice(&chunk),
            (Item::Chunk(_), _) => panic!("a chunk came before any file"),
        }
    }
    members
}

/// The manifest that lists these items.
pub fn manifest_of(items: &[Item]) -> Manifest {
    let listed = |(path, bytes): Member| {
        let bytes = bytes?;
        Some((path, ListedFile { bytes: Some(bytes.len() as u64), sha256: sha256(&bytes) }))
    };
    Manifest {
        daemon_version: "0.1.0".to_owned(),
        format: Some(FormatVersion::CURRENT),
        created_at: crate::moments::at("2026-11-22T22:15:30Z"),
        host: Some("küche".to_owned()),
        files: joined(items.to_vec()).into_iter().filter_map(listed).collect(),
        databases: Vec::new(),
        master_key: None,
        sealed_values: Some(0),
        unopened: UnopenedValues::default(),
        left_out: Vec::new(),
    }
}

/// Commits one archive.
pub(crate) async fn store(sink: &dyn ArchiveSink, name: &str, items: &[Item]) -> Receipt {
    let mut staging = begin(sink, name).await;
    for item in items {
        staging.push(item.clone()).await.unwrap();
    }
    staging.commit(&manifest_of(items)).await.unwrap()
}

/// Commits one archive of that form.
pub(crate) async fn store_as(sink: &dyn ArchiveSink, name: &str, form: &Form, items: &[Item]) -> Receipt {
    let mut staging = sink.begin(&id(name), &form.form).await.unwrap();
    for item in items {
        staging.push(item.clone()).await.unwrap();
    }
    staging.commit(&manifest_of(items)).await.unwrap()
}

/// Opens one staging.
pub(crate) async fn begin(sink: &dyn ArchiveSink, name: &str) -> Box<dyn Staging> {
    sink.begin(&id(name), &ArchiveForm::default()).await.unwrap()
}

/// Pushes one file.
pub(crate) async fn push_file(staging: &mut dyn Staging, name: &str, bytes: &[u8]) -> Result<(), SinkError> {
    for item in file(name, bytes) {
        staging.push(item).await?;
    }
    Ok(())
}

/// Reads one archive to its very end.
pub(crate) async fn read_all(source: &dyn ArchiveSource, name: &str) -> Result<Vec<Member>, SourceError> {
    read_all_with(source, name, &Openers::default()).await
}

/// Reads one archive to its very end, opened by one of `openers`.
pub(crate) async fn read_all_with(
    source: &dyn ArchiveSource,
    name: &str,
    openers: &Openers,
) -> Result<Vec<Member>, SourceError> {
    let mut reader = source.open(&id(name), openers).await?;
    let mut items = Vec::new();
    while let Some(item) = reader.next().await? {
        items.push(item);
    }
    Ok(joined(items))
}

pub(crate) fn id(name: &str) -> ArchiveId {
    ArchiveId::parse(name).unwrap()
}

pub(crate) fn member(name: &str) -> MemberPath {
    MemberPath::parse(name.as_bytes()).unwrap()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
