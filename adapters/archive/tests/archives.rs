//! Archives in a local folder keep the contracts of sink, source and shelf.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails the case")]

use flate2::write::GzEncoder;
use jiff::Timestamp;
use loom_adapter_archive::{FolderShelf, FolderSink, FolderSource, new_identity, recipient_of};
use loom_contract::archive_samples::{Form, forms_of, strange_openers};
use loom_contract::archive_shelf::ShelfBed;
use loom_contract::archive_sink::ArchiveBed;
use loom_domain::archive::{ArchiveFormat, Identity, Openers};
use loom_domain::ports::{ArchiveListing, ArchiveShelf, ArchiveSink, ArchiveSource, Clock};
use std::io::Write;
use std::sync::Arc;
use tempfile::TempDir;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-06-08T12:00:00Z".parse().unwrap()
    }
}

struct Bed(TempDir, Identity);

impl Bed {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap(), new_identity().unwrap())
    }
}

impl ArchiveBed for Bed {
    fn sink(&self) -> Arc<dyn ArchiveSink> {
        Arc::new(FolderSink::new(self.0.path(), Arc::new(Noon)).with_passphrase_work(1))
    }

    fn source(&self) -> Arc<dyn ArchiveSource> {
        Arc::new(FolderSource::new(self.0.path()))
    }

    fn listing(&self) -> Arc<dyn ArchiveListing> {
        Arc::new(FolderSource::new(self.0.path()))
    }

    fn forms(&self) -> Vec<Form> {
        forms_of(&ArchiveFormat::ALL, &recipient_of(&self.1).unwrap(), &self.1)
    }

    fn strange_openers(&self) -> Openers {
        strange_openers(new_identity().unwrap())
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn stored(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }

    fn store(&self, name: &str, bytes: &[u8]) {
        let path = self.0.path().join(name);
        let written_at = || path.metadata().and_then(|file| file.modified()).ok();
        let before = written_at();
        // The clock of files moves in ticks of some milliseconds.
        while before == written_at() {
            std::fs::write(&path, bytes).unwrap();
        }
    }

    fn plant(&self, name: &str, files: &[(&[u8], &[u8])]) {
        let mut tar = Vec::new();
        for (path, bytes) in files {
            if path.len() > 100 {
                member(&mut tar, b"././@LongLink", &[path, &b"\0"[..]].concat(), tar::EntryType::GNULongName);
            }
            member(&mut tar, path, bytes, tar::EntryType::Regular);
        }
        tar.resize(tar.len() + 1024, 0);
        let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&tar).unwrap();
        self.store(name, &gzip.finish().unwrap());
    }
}

impl ShelfBed for Bed {
    fn shelf(&self) -> Arc<dyn ArchiveShelf> {
        Arc::new(FolderShelf::new(self.0.path()))
    }
}

fn member(tar: &mut Vec<u8>, path: &[u8], bytes: &[u8], kind: tar::EntryType) {
    let mut header = tar::Header::new_gnu();
    let fits = path.len().min(100);
    header.as_mut_bytes()[..fits].copy_from_slice(&path[..fits]);
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    tar.extend_from_slice(header.as_bytes());
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

fn fresh() -> (Arc<Bed>, ()) {
    (Arc::new(Bed::new()), ())
}

loom_contract::archive_shelf_contract!(fresh());
loom_contract::archive_sink_contract!(fresh());
loom_contract::archive_source_contract!(fresh());

/// The contract's listing on the quick one: all that differs is a flipped bit, which it does not look for.
mod quick {
    use super::*;

    struct Quick(Bed);

    impl ArchiveBed for Quick {
        fn sink(&self) -> Arc<dyn ArchiveSink> {
            self.0.sink()
        }

        fn source(&self) -> Arc<dyn ArchiveSource> {
            self.0.source()
        }

        fn listing(&self) -> Arc<dyn ArchiveListing> {
            Arc::new(FolderSource::new(self.0.0.path()).with_quick_listing())
        }

        fn forms(&self) -> Vec<Form> {
            self.0.forms()
        }

        fn strange_openers(&self) -> Openers {
            self.0.strange_openers()
        }

        fn names(&self) -> Vec<String> {
            self.0.names()
        }

        fn stored(&self, name: &str) -> Vec<u8> {
            self.0.stored(name)
        }

        fn store(&self, name: &str, bytes: &[u8]) {
            self.0.store(name, bytes);
        }

        fn plant(&self, name: &str, files: &[(&[u8], &[u8])]) {
            self.0.plant(name, files);
        }
    }

    fn quick() -> (Arc<Quick>, ()) {
        (Arc::new(Quick(Bed::new())), ())
    }

    loom_contract::archive_source_contract!(quick());
}
