//! Examining an archive: chunks of any size, the choice of the key, and that a scratch area is always emptied.

use crate::world::{World, id, is_caused_by_a_fault, master_key};
use async_trait::async_trait;
use bytes::Bytes;
use loom_adapter_memory::FaultPlan;
use loom_domain::archive::{ArchiveLock, Openers};
use loom_domain::ports::{
    ArchiveId, ArchiveKind, ArchiveReader, ArchiveSource, Item, KeySource, ResolvedKey, SourceError,
};
use loom_domain::usecases::{InspectArchive, KeyRing, list_newest_first};
use std::collections::VecDeque;
use std::sync::Arc;

/// A source that hands every file out in chunks of a few bytes.
struct Crumbling(Arc<dyn ArchiveSource>);

struct CrumblingReader {
    inner: Box<dyn ArchiveReader>,
    crumbs: VecDeque<Bytes>,
}

#[async_trait]
impl ArchiveSource for Crumbling {
    async fn open(&self, id: &ArchiveId, openers: &Openers) -> Result<Box<dyn ArchiveReader>, SourceError> {
        Ok(Box::new(CrumblingReader { inner: self.0.open(id, openers).await?, crumbs: VecDeque::new() }))
    }
}

#[async_trait]
impl ArchiveReader for CrumblingReader {
    async fn next(&mut self) -> Result<Option<Item>, SourceError> {
        if let Some(crumb) = self.crumbs.pop_front() {
            return Ok(Some(Item::Chunk(crumb)));
        }
        match self.inner.next().await? {
            Some(Item::Chunk(mut chunk)) => {
                while !chunk.is_empty() {
                    self.crumbs.push_back(chunk.split_to(chunk.len().min(3)));
                }
                Ok(self.crumbs.pop_front().map(Item::Chunk))
            }
            other => Ok(other),
        }
    }

    fn kind(&self) -> ArchiveKind {
        self.inner.kind()
    }

    fn lock(&self) -> Option<&ArchiveLock> {
        self.inner.lock()
    }

    fn position(&self) -> (u64, Option<u64>) {
        self.inner.position()
    }
}

#[tokio::test]
async fn the_size_of_chunks_does_not_matter() {
    let world = World::new();
    world.source.write("large.bin", "small");
    world.backed_up().await;
    let mut verify = world.verify(&FaultPlan::none());
    let whole = verify.run(&id("a"), &KeyRing::default()).await.unwrap();
    verify.source = Arc::new(Crumbling(verify.source));
    let crumbled = verify.run(&id("a"), &KeyRing::default()).await.unwrap();
    assert_eq!(whole.databases.len(), 2);
    assert_eq!(crumbled.databases, whole.databases);
    assert_eq!(crumbled.damage(), Vec::<String>::new());
    assert_eq!((crumbled.files, crumbled.sealed), (whole.files, whole.sealed));
    assert_eq!(crumbled.key.unwrap().source, KeySource::Archive);
}

#[tokio::test]
async fn a_key_before_beats_the_archives_own_and_that_beats_one_after() {
    let world = World::new();
    world.backed_up().await;
    let verify = world.verify(&FaultPlan::none());
    let wrong = || Some(ResolvedKey { key: master_key(9), source: KeySource::Memory });
    let before = verify.run(&id("a"), &KeyRing { before: wrong(), ..KeyRing::default() }).await.unwrap();
    assert_eq!((before.sealed.unreadable, before.key), (2, wrong()));
    let after = verify.run(&id("a"), &KeyRing { after: wrong(), ..KeyRing::default() }).await.unwrap();
    assert_eq!((after.sealed.unreadable, after.key.unwrap().source), (0, KeySource::Archive));
}

#[tokio::test]
async fn a_fault_at_any_call_of_a_verification_is_told_and_leaves_no_scratch() {
    let world = World::new();
    world.backed_up().await;
    let counted = FaultPlan::none();
    world.verify(&counted).run(&id("a"), &KeyRing::default()).await.unwrap();
    assert!(counted.calls().contains_key("DatabaseJudge::judge"));
    for (method, count) in counted.calls() {
        for call in 0..count {
            let faults = FaultPlan::fail(method, call);
            let error = world.verify(&faults).run(&id("a"), &KeyRing::default()).await.unwrap_err();
            assert!(faults.happened() && is_caused_by_a_fault(&error), "call {call} of {method}: {error}");
            assert!(world.scratch_is_empty(), "call {call} of {method}");
        }
    }
}

#[tokio::test]
async fn an_inspection_gives_the_manifest_and_the_files_as_found() {
    let world = World::new();
    let taken = world.backed_up().await;
    let inspect = InspectArchive { source: Arc::new(world.archives.clone()) };
    let inspected = inspect.run(&id("a"), &Openers::default()).await.unwrap();
    assert_eq!(inspected.manifest, taken.manifest);
    assert_eq!(inspected.files.len(), taken.manifest.files.len());
    assert_eq!(inspected.disagreements, []);
    assert_eq!(inspected.bytes, Some(taken.receipt.bytes));
}

#[tokio::test]
async fn archives_are_listed_newest_first_and_damaged_ones_last() {
    use loom_adapter_memory::MemoryClock;
    use loom_domain::ports::ArchiveListing;
    let world = World::new();
    for (name, at) in
        [("b", "2026-01-02T00:00:00Z"), ("c", "2026-01-03T00:00:00Z"), ("a", "2026-01-01T00:00:00Z")]
    {
        let mut take = world.take_backup(&FaultPlan::none());
        take.clock = Arc::new(MemoryClock::new(at.parse().unwrap()));
        take.run(crate::world::backup(name)).await.unwrap();
    }
    let whole = world.archives.bytes(&id("c")).unwrap();
    world.archives.put_bytes(id("cut"), whole.slice(..whole.len() / 2));
    let listed = list_newest_first(world.archives.list_archives().await.unwrap());
    let names: Vec<_> = listed.iter().map(|archive| archive.id.as_str()).collect();
    assert_eq!(names, ["c", "b", "a", "cut"]);
}
