//! The memory archives keep the contracts of sink, source and shelf.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails the case")]

use loom_adapter_memory::MemoryArchives;
use loom_contract::archive_samples::{Form, forms_of, strange_openers};
use loom_contract::archive_shelf::ShelfBed;
use loom_contract::archive_sink::ArchiveBed;
use loom_domain::archive::{ArchiveFormat, Identity, Openers, Recipient};
use loom_domain::ports::{ArchiveId, ArchiveListing, ArchiveShelf, ArchiveSink, ArchiveSource};
use std::sync::Arc;

#[derive(Default)]
struct Bed(MemoryArchives);

impl ArchiveBed for Bed {
    fn sink(&self) -> Arc<dyn ArchiveSink> {
        Arc::new(self.0.clone())
    }

    fn source(&self) -> Arc<dyn ArchiveSource> {
        Arc::new(self.0.clone())
    }

    fn listing(&self) -> Arc<dyn ArchiveListing> {
        Arc::new(self.0.clone())
    }

    fn forms(&self) -> Vec<Form> {
        let recipient = Recipient::parse("age1kitchen").unwrap();
        forms_of(&ArchiveFormat::ALL, &recipient, &identity("AGE-SECRET-KEY-1KITCHEN"))
    }

    fn strange_openers(&self) -> Openers {
        strange_openers(identity("AGE-SECRET-KEY-1CELLAR"))
    }

    fn names(&self) -> Vec<String> {
        self.0.names().iter().map(ToString::to_string).collect()
    }

    fn stored(&self, name: &str) -> Vec<u8> {
        self.0.bytes(&ArchiveId::parse(name).unwrap()).unwrap().to_vec()
    }

    fn store(&self, name: &str, bytes: &[u8]) {
        self.0.put_bytes(ArchiveId::parse(name).unwrap(), bytes.to_vec());
    }

    fn plant(&self, name: &str, files: &[(&[u8], &[u8])]) {
        self.0.plant(ArchiveId::parse(name).unwrap(), files);
    }
}

fn identity(text: &str) -> Identity {
    Identity::parse(text).unwrap()
}

impl ShelfBed for Bed {
    fn shelf(&self) -> Arc<dyn ArchiveShelf> {
        Arc::new(self.0.clone())
    }
}

loom_contract::archive_shelf_contract!((Arc::new(Bed::default()), ()));
loom_contract::archive_sink_contract!((Arc::new(Bed::default()), ()));
loom_contract::archive_source_contract!((Arc::new(Bed::default()), ()));
