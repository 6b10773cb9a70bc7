//! The suite of [`DataDirFiles`].
//!
//! Does NOT make the files it reads: the adapter's test supplies a [`DataDirBed`].

use bytes::Bytes;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{Content, DataDirFiles, Entry, EntryKind, FilesError, MAX_CHUNK_BYTES};
use std::sync::Arc;

/// A data dir under test, which exists and is empty at first. Parents of what it makes are created as needed.
pub trait DataDirBed: Send + Sync {
    /// The port on this data dir.
    fn port(&self) -> Arc<dyn DataDirFiles>;
    /// Writes a file in place of what is there.
    fn put_file(&self, path: &str, bytes: &[u8]);
    /// Creates a folder.
    fn make_folder(&self, path: &str);
    /// Creates a link to what `target`, a path in the data dir, names.
    fn link(&self, path: &str, target: &str);
    /// Creates each thing without content the adapter can meet; gives their paths and words.
    fn put_others(&self) -> Vec<(&'static str, &'static str)>;
    /// Creates an entry of the data dir whose name no member can have.
    fn put_bad_name(&self);
    /// Removes a file, or a folder with all it holds.
    fn remove(&self, path: &str);
    /// Removes the data dir.
    fn remove_data_dir(&self);
}

/// Sizes around every boundary an adapter may have: nothing, little, a chunk, and several.
const SIZES: [usize; 6] = [0, 1, 4096, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES + 1, 3 * MAX_CHUNK_BYTES + 7];

/// Entries come by name in byte order, each with its kind.
pub async fn entries_come_in_byte_order_with_their_kinds(bed: Arc<dyn DataDirBed>) {
    bed.put_file("b", b"12345");
    bed.put_file("Z", b"");
    bed.put_file("ä", b"1");
    bed.put_file("a/inner", b"123");
    bed.make_folder("empty");
    let port = bed.port();
    assert_eq!(
        port.list(None).await.unwrap(),
        [file("Z", 0), folder("a"), file("b", 5), folder("empty"), file("ä", 1)]
    );
    assert_eq!(port.list(Some(&path("a"))).await.unwrap(), [file("a/inner", 3)]);
    assert_eq!(port.list(Some(&path("empty"))).await.unwrap(), []);
}

/// A link to a file counts as that file.
pub async fn a_link_to_a_file_counts_as_that_file(bed: Arc<dyn DataDirBed>) {
    bed.put_file("a/real", b"the bytes");
    bed.link("link", "a/real");
    let port = bed.port();
    assert_eq!(port.list(None).await.unwrap(), [folder("a"), file("link", 9)]);
    assert_eq!(port.head(&path("link"), 3).await.unwrap(), b"the");
    let opened = port.open(&path("link")).await.unwrap();
    assert_eq!((opened.bytes, read(opened.content).await), (9, b"the bytes".to_vec()));
}

/// A link to a folder, a broken link, a socket, a FIFO or a device is `Other` with a word for it.
pub async fn what_has_no_content_is_other_with_a_word(bed: Arc<dyn DataDirBed>) {
    bed.put_file("real/file", b"x");
    bed.link("link to a folder", "real");
    bed.link("broken link", "nothing");
    let mut expected: Vec<_> = bed
        .put_others()
        .into_iter()
        .chain([("broken link", "broken link"), ("link to a folder", "link to a folder")])
        .map(|(name, word)| Entry { path: path(name), kind: EntryKind::Other(word) })
        .chain([folder("real")])
        .collect();
    expected.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(bed.port().list(None).await.unwrap(), expected);
}

/// A missing data dir is `Missing`, whatever is asked of it.
pub async fn a_missing_data_dir_is_missing(bed: Arc<dyn DataDirBed>) {
    bed.remove_data_dir();
    let error = bed.port().list(None).await.unwrap_err();
    assert!(matches!(error, FilesError::Missing(_)), "{error}");
}

/// An entry whose name no member can have is `BadName`.
pub async fn a_name_no_member_can_have_is_an_error(bed: Arc<dyn DataDirBed>) {
    bed.put_file("fine", b"x");
    bed.put_bad_name();
    let error = bed.port().list(None).await.unwrap_err();
    assert!(matches!(error, FilesError::BadName(_)), "{error}");
}

/// The head of a file is its first bytes, fewer if it is shorter.
pub async fn the_head_of_a_short_file_is_all_of_it(bed: Arc<dyn DataDirBed>) {
    bed.put_file("long", &[7; 5000]);
    bed.put_file("short", b"abc");
    bed.put_file("empty", b"");
    let port = bed.port();
    assert_eq!(port.head(&path("long"), 20).await.unwrap(), [7; 20]);
    assert_eq!(port.head(&path("short"), 20).await.unwrap(), b"abc");
    assert_eq!(port.head(&path("empty"), 20).await.unwrap(), b"");
}

/// `open` yields the bytes of the file in chunks no larger than allowed.
pub async fn a_file_is_read_whole_in_chunks(bed: Arc<dyn DataDirBed>) {
    let port = bed.port();
    for size in SIZES {
        let bytes = pattern(size);
        bed.put_file("a/file", &bytes);
        let opened = port.open(&path("a/file")).await.unwrap();
        assert_eq!(opened.bytes, size as u64);
        assert!(read(opened.content).await == bytes, "{size} bytes came back changed");
    }
}

/// `open` yields exactly the announced number of bytes, even if the file grows, shrinks or vanishes meanwhile.
pub async fn the_announced_bytes_come_whatever_happens_to_the_file(bed: Arc<dyn DataDirBed>) {
    let port = bed.port();
    for size in SIZES {
        for change in ["grows", "shrinks", "vanishes"] {
            bed.put_file("file", &pattern(size));
            let opened = port.open(&path("file")).await.unwrap();
            match change {
                "grows" => bed.put_file("file", &pattern(2 * size + 100)),
                "shrinks" => bed.put_file("file", &pattern(size / 2)),
                _ => bed.remove("file"),
            }
            assert_eq!(opened.bytes, size as u64);
            assert_eq!(read(opened.content).await.len(), size, "{size} bytes, file {change}");
        }
    }
}

/// A file that was removed after it was listed is `Vanished`; so is a folder.
pub async fn what_was_removed_after_it_was_listed_is_vanished(bed: Arc<dyn DataDirBed>) {
    bed.put_file("a/file", b"x");
    let port = bed.port();
    assert_eq!(port.list(Some(&path("a"))).await.unwrap(), [file("a/file", 1)]);
    bed.remove("a/file");
    let opened = port.open(&path("a/file")).await.err().unwrap();
    assert!(matches!(&opened, FilesError::Vanished(name) if name == "a/file"), "{opened}");
    let head = port.head(&path("a/file"), 4).await.unwrap_err();
    assert!(matches!(&head, FilesError::Vanished(name) if name == "a/file"), "{head}");
    bed.remove("a");
    let listed = port.list(Some(&path("a"))).await.unwrap_err();
    assert!(matches!(&listed, FilesError::Vanished(name) if name == "a"), "{listed}");
}

/// Tests that a reader of data dirs keeps its contract.
#[macro_export]
macro_rules! data_dir_files_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            data_dir_files,
            $fresh,
            [
                entries_come_in_byte_order_with_their_kinds,
                a_link_to_a_file_counts_as_that_file,
                what_has_no_content_is_other_with_a_word,
                a_missing_data_dir_is_missing,
                a_name_no_member_can_have_is_an_error,
                the_head_of_a_short_file_is_all_of_it,
                a_file_is_read_whole_in_chunks,
                the_announced_bytes_come_whatever_happens_to_the_file,
                what_was_removed_after_it_was_listed_is_vanished,
            ]
        );
    };
}

async fn read(mut content: Box<dyn Content>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(chunk) = content.next_chunk().await.unwrap() {
        assert!((1..=MAX_CHUNK_BYTES).contains(&Bytes::len(&chunk)), "a chunk of {} bytes", chunk.len());
        bytes.extend_from_slice(&chunk);
    }
    bytes
}

/// Bytes in which a lost or swapped chunk shows.
fn pattern(size: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_le_bytes).take(size).collect()
}

fn path(text: &str) -> MemberPath {
    MemberPath::parse(text.as_bytes()).unwrap()
}

fn file(name: &str, bytes: u64) -> Entry {
    Entry { path: path(name), kind: EntryKind::File(bytes) }
}

fn folder(name: &str) -> Entry {
    Entry { path: path(name), kind: EntryKind::Folder }
}
