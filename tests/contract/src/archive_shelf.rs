//! The suite of [`ArchiveShelf`].
//!
//! Does NOT look into a place itself: the adapter's test supplies a [`ShelfBed`].

use crate::archive_samples::{id, sample, store};
use crate::archive_sink::ArchiveBed;
use loom_domain::ports::{
    ArchiveShelf, Content, Item, MAX_CHUNK_BYTES, ReadError, ShelfError, StoredArchive,
};
use std::sync::Arc;

/// A place for archives under test, with the shelf on it.
pub trait ShelfBed: ArchiveBed {
    /// Hands archives out and removes them.
    fn shelf(&self) -> Arc<dyn ArchiveShelf>;
}

/// Every listed archive is found with its size, damaged ones too; anything else is not found.
pub async fn every_listed_archive_is_found_and_nothing_else(bed: Arc<dyn ShelfBed>) {
    store(&*bed.sink(), "good", &sample()).await;
    let whole = bed.stored("good");
    bed.store("cut", &whole[..whole.len() / 2]);
    bed.store("notes.txt", b"not an archive");
    bed.store("empty", b"");
    let mut listed = bed.listing().list_archives().await.unwrap();
    listed.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(listed.len(), 2);
    for archive in listed {
        let found = bed.shelf().find(&archive.id).await.unwrap().unwrap();
        assert_eq!((found.id, found.bytes), (archive.id.clone(), archive.bytes));
        assert_eq!(found.bytes, bed.stored(archive.id.as_str()).len() as u64);
    }
    for other in ["notes.txt", "empty", "unknown"] {
        assert_eq!(bed.shelf().find(&id(other)).await.unwrap(), None, "{other}");
    }
}

/// The tag stays as long as the bytes do, and is another one once they were changed.
pub async fn the_tag_names_the_bytes(bed: Arc<dyn ShelfBed>) {
    store(&*bed.sink(), "a", &sample()).await;
    store(&*bed.sink(), "other", &[]).await;
    let before = found(&*bed, "a").await;
    assert_eq!(found(&*bed, "a").await, before);
    assert_ne!(found(&*bed, "other").await.tag, before.tag);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!((1..=64).contains(&before.tag.len()) && before.tag.chars().all(plain), "{}", before.tag);

    let mut bytes = bed.stored("a");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    bed.store("a", &bytes);
    let changed = found(&*bed, "a").await;
    assert_eq!(changed.bytes, before.bytes);
    assert_ne!(changed.tag, before.tag);
}

/// A range comes as exactly the stored bytes, in chunks of 1 byte to 1 MiB; an empty range has none.
pub async fn a_range_comes_as_exactly_the_stored_bytes(bed: Arc<dyn ShelfBed>) {
    let archive = large(&*bed).await;
    let whole = bed.stored("large");
    let chunk = MAX_CHUNK_BYTES as u64;
    let size = archive.bytes;
    assert!(size > 3 * chunk, "the sample has only {size} bytes");
    for (offset, length) in [
        (0, size),
        (0, 0),
        (0, 1),
        (1, size - 1),
        (size - 1, 1),
        (size, 0),
        (chunk - 1, 2),
        (chunk, chunk),
        (777, 2 * chunk + 1),
    ] {
        let content = bed.shelf().read(&archive, offset, length).await.unwrap();
        let range = usize::try_from(offset).unwrap()..usize::try_from(offset + length).unwrap();
        assert!(read(content).await.unwrap() == whole[range], "{length} from {offset}");
    }
}

/// A range beyond the end is `OutOfRange`, before any byte.
pub async fn a_range_beyond_the_end_is_refused(bed: Arc<dyn ShelfBed>) {
    store(&*bed.sink(), "a", &sample()).await;
    let archive = found(&*bed, "a").await;
    let size = archive.bytes;
    for (offset, length) in [(0, size + 1), (size, 1), (size + 1, 0), (1, u64::MAX), (u64::MAX, u64::MAX)] {
        let error = bed.shelf().read(&archive, offset, length).await.err().unwrap();
        assert!(matches!(error, ShelfError::OutOfRange { .. }), "{length} from {offset}: {error}");
    }
}

/// An archive that is not the one that was found is `Changed`, and one that is gone is `NotFound`.
pub async fn only_the_archive_that_was_found_is_read(bed: Arc<dyn ShelfBed>) {
    store(&*bed.sink(), "a", &sample()).await;
    store(&*bed.sink(), "b", &[]).await;
    let before = found(&*bed, "a").await;
    bed.store("a", &bed.stored("b"));
    let error = bed.shelf().read(&before, 0, 1).await.err().unwrap();
    assert!(matches!(error, ShelfError::Changed(_)), "{error}");
    let now = found(&*bed, "a").await;
    bed.shelf().remove(&id("a")).await.unwrap();
    let error = bed.shelf().read(&now, 0, 1).await.err().unwrap();
    assert!(matches!(error, ShelfError::NotFound(_)), "{error}");
}

/// An archive that is changed while it is read comes whole as it was, or ends in an error; never shorter.
pub async fn a_range_never_ends_early(bed: Arc<dyn ShelfBed>) {
    for shorter in [true, false] {
        let archive = large(&*bed).await;
        let whole = bed.stored("large");
        let mut content = bed.shelf().read(&archive, 0, archive.bytes).await.unwrap();
        let first = content.next_chunk().await.unwrap().unwrap();
        let changed = if shorter { whole[..first.len() + 1].to_vec() } else { vec![b'x'; whole.len()] };
        bed.store("large", &changed);
        match read(content).await {
            Ok(rest) => assert!([&first[..], &rest].concat() == whole, "the bytes came changed"),
            Err(error) => assert!(error.to_string().contains("large"), "{error}"),
        }
        bed.store("large", &whole);
        bed.shelf().remove(&id("large")).await.unwrap();
    }
}

/// A reader keeps its bytes when the archive is removed meanwhile, and dropping it in the middle is safe.
pub async fn a_reader_keeps_its_bytes_when_the_archive_is_removed(bed: Arc<dyn ShelfBed>) {
    let archive = large(&*bed).await;
    let whole = bed.stored("large");
    let shelf = bed.shelf();
    let mut dropped = shelf.read(&archive, 0, archive.bytes).await.unwrap();
    let mut kept = shelf.read(&archive, 0, archive.bytes).await.unwrap();
    dropped.next_chunk().await.unwrap();
    drop(dropped);
    let first = kept.next_chunk().await.unwrap().unwrap();
    shelf.remove(&archive.id).await.unwrap();
    assert!([&first[..], &read(kept).await.unwrap()].concat() == whole);
}

/// A removed archive is gone for good, and can be removed once only; anything else is never removed.
pub async fn a_removed_archive_is_gone(bed: Arc<dyn ShelfBed>) {
    store(&*bed.sink(), "a", &sample()).await;
    store(&*bed.sink(), "kept", &[]).await;
    bed.store("notes.txt", b"not an archive");
    let shelf = bed.shelf();
    shelf.remove(&id("a")).await.unwrap();
    assert_eq!(shelf.find(&id("a")).await.unwrap(), None);
    assert_eq!(bed.names(), ["kept", "notes.txt"]);
    assert_eq!(bed.listing().list_archives().await.unwrap().len(), 1);
    for gone in ["a", "notes.txt", "unknown"] {
        let error = shelf.remove(&id(gone)).await.unwrap_err();
        assert!(matches!(error, ShelfError::NotFound(_)), "{gone}: {error}");
    }
    assert_eq!(bed.names(), ["kept", "notes.txt"]);
    store(&*bed.sink(), "a", &[]).await;
    assert!(shelf.find(&id("a")).await.unwrap().is_some());
}

/// Tests that a shelf of archives keeps its contract.
#[macro_export]
macro_rules! archive_shelf_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            archive_shelf,
            $fresh,
            [
                every_listed_archive_is_found_and_nothing_else,
                the_tag_names_the_bytes,
                a_range_comes_as_exactly_the_stored_bytes,
                a_range_beyond_the_end_is_refused,
                only_the_archive_that_was_found_is_read,
                a_range_never_ends_early,
                a_reader_keeps_its_bytes_when_the_archive_is_removed,
                a_removed_archive_is_gone,
            ]
        );
    };
}

async fn found(bed: &dyn ShelfBed, name: &str) -> StoredArchive {
    bed.shelf().find(&id(name)).await.unwrap().unwrap()
}

/// An archive of several chunks, named `large`.
async fn large(bed: &dyn ShelfBed) -> StoredArchive {
    // Words of a generator, so that no packing makes them few.
    let mut word = 1_u64;
    let mut next = || {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()
    };
    let bytes: Vec<u8> = (0..4 * MAX_CHUNK_BYTES / 8).flat_map(|_| next()).collect();
    let items: Vec<Item> = crate::archive_samples::file("state/large", &bytes);
    store(&*bed.sink(), "large", &items).await;
    found(bed, "large").await
}

async fn read(mut content: Box<dyn Content>) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = content.next_chunk().await? {
        assert!((1..=MAX_CHUNK_BYTES).contains(&chunk.len()), "a chunk of {} bytes", chunk.len());
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
