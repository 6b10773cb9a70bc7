//! The suite of [`ArchiveListing`](loom_domain::ports::ArchiveListing), [`ArchiveSource`] and
//! [`ArchiveReader`](loom_domain::ports::ArchiveReader).
//!
//! Does NOT look into a place itself: the adapter's test supplies an [`ArchiveBed`].

use crate::archive_samples::{
    Form, file, id, joined, manifest_of, member, read_all, read_all_with, sample, store, store_as,
};
use crate::archive_sink::ArchiveBed;
use loom_domain::archive::{ArchiveFormat, ArchiveLock, Openers, Seal};
use loom_domain::ports::{ArchiveSource, Item, SourceError, Undescribed};
use std::sync::Arc;

/// Bytes at the beginning that tell what a file is; changed there, it is another kind of file.
const MAGIC_BYTES: usize = 22;
/// Bytes at the beginning on which an opener is tried: a header, or the first frame of a container.
const TRIED_BYTES: usize = 66_000;

/// Every archive is listed, damaged ones with what is wrong; other files are not.
pub async fn every_archive_is_listed_damaged_ones_with_what_is_wrong(bed: Arc<dyn ArchiveBed>) {
    store(&*bed.sink(), "good", &sample()).await;
    store(&*bed.sink(), "small", &[]).await;
    let whole = bed.stored("good");
    bed.store("cut", &whole[..whole.len() / 2]);
    bed.store("notes.txt", b"not an archive");
    bed.store("empty", b"");
    let mut listed = bed.listing().list_archives().await.unwrap();
    listed.sort_by(|a, b| a.id.cmp(&b.id));
    let names: Vec<_> = listed.iter().map(|archive| archive.id.as_str()).collect();
    assert_eq!(names, ["cut", "good", "small"]);
    assert!(listed[0].manifest.as_ref().is_err_and(|reason| !reason.to_string().is_empty()));
    assert_eq!(listed[1].manifest.as_ref().unwrap(), &manifest_of(&sample()));
    assert_eq!(listed[2].manifest.as_ref().unwrap(), &manifest_of(&[]));
    assert_eq!(listed[1].bytes, whole.len() as u64);
}

/// An archive is listed under any name, but for one sealed for a passphrase, which only its name may tell.
pub async fn an_archive_is_listed_under_any_name(bed: Arc<dyn ArchiveBed>) {
    for (at, form) in bed.forms().into_iter().enumerate() {
        let name = format!("a{at}");
        store_as(&*bed.sink(), &name, &form, &sample()).await;
        let described = bed.listing().describe_archive(&id(&name)).await.unwrap();
        match (&form.form.seal, described) {
            (Some(Seal::Passphrase(_)), None) => {}
            (_, described) => {
                let manifest = described.unwrap_or_else(|| panic!("{:?}", form.form)).manifest;
                assert!(!matches!(manifest, Err(Undescribed::Damaged(_))), "{:?}: {manifest:?}", form.form);
            }
        }
    }
}

/// A sealed archive that nothing at hand opens is listed as locked, with its lock and what would open it; never as
/// damaged.
pub async fn a_closed_archive_is_listed_as_locked(bed: Arc<dyn ArchiveBed>) {
    for form in bed.forms() {
        let (name, listing) = (form.name("a"), bed.listing());
        store_as(&*bed.sink(), &name, &form, &sample()).await;
        let described = listing.describe_archive(&id(&name)).await.unwrap().unwrap();
        let listed = listing.list_archives().await.unwrap();
        let listed = listed.into_iter().find(|archive| archive.id == id(&name)).unwrap();
        assert_eq!((&described.lock, &described.manifest), (&listed.lock, &listed.manifest));
        let lock = described.lock.as_ref();
        match &form.form.seal {
            None => assert!(lock.is_none() && described.manifest.is_ok(), "{name}: {:?}", described.manifest),
            Some(seal) => {
                let told = match (seal, lock.unwrap()) {
                    (Seal::MasterKey(_), ArchiveLock::MasterKey) => "master key".to_owned(),
                    (Seal::Passphrase(_), ArchiveLock::Passphrase) => "passphrase".to_owned(),
                    (
                        Seal::Recipients { recipients, master_key },
                        ArchiveLock::Recipients { kinds, hint },
                    ) => {
                        assert_eq!((kinds.len(), &hint.master_key), (1, master_key));
                        assert_eq!(hint.recipients, [recipients[0].fingerprint()]);
                        hint.recipients[0].clone()
                    }
                    (_, lock) => panic!("{name}: {lock}"),
                };
                match described.manifest {
                    Err(Undescribed::Locked(words)) => assert!(words.contains(&told), "{words}"),
                    other => panic!("{name}: {other:?}"),
                }
            }
        }
    }
}

/// One archive is described as the listing shows it, and what the listing does not show is not described.
pub async fn one_archive_is_described_as_the_listing_shows_it(bed: Arc<dyn ArchiveBed>) {
    store(&*bed.sink(), "good", &sample()).await;
    let whole = bed.stored("good");
    bed.store("cut", &whole[..whole.len() / 2]);
    bed.store("notes.txt", b"not an archive");
    let listing = bed.listing();
    let listed = listing.list_archives().await.unwrap();
    assert_eq!(listed.len(), 2);
    for archive in listed {
        let described = listing.describe_archive(&archive.id).await.unwrap().unwrap();
        assert_eq!((described.id, described.bytes), (archive.id, archive.bytes));
        assert_eq!(described.manifest, archive.manifest);
    }
    for other in ["notes.txt", "unknown"] {
        assert!(listing.describe_archive(&id(other)).await.unwrap().is_none(), "{other}");
    }
}

/// Opening an unknown id is `NotFound`.
pub async fn an_unknown_id_is_not_found(bed: Arc<dyn ArchiveBed>) {
    store(&*bed.sink(), "known", &[]).await;
    let error = bed.source().open(&id("unknown"), &Openers::default()).await.err().unwrap();
    assert!(matches!(error, SourceError::NotFound(_)), "{error}");
}

/// Items come as they were pushed, `manifest.json` last as an ordinary file.
pub async fn items_come_as_they_were_pushed(bed: Arc<dyn ArchiveBed>) {
    store(&*bed.sink(), "a", &sample()).await;
    let mut reader = bed.source().open(&id("a"), &Openers::default()).await.unwrap();
    let (mut items, mut position) = (Vec::new(), reader.position().0);
    while let Some(item) = reader.next().await.unwrap() {
        assert!(position <= reader.position().0, "the position went back");
        position = reader.position().0;
        items.push(item);
    }
    assert!(reader.next().await.unwrap().is_none(), "something came after the end");
    let stored = bed.stored("a").len() as u64;
    let (at, total) = reader.position();
    assert!(at == stored && total.is_none_or(|total| total == stored), "{at} of {total:?}, stored {stored}");

    for (at, item) in items.iter().enumerate() {
        let Item::File { path, bytes } = item else { continue };
        let chunks = items[at + 1..].iter().map_while(|item| match item {
            Item::Chunk(chunk) => Some(chunk.len() as u64),
            _ => None,
        });
        assert_eq!(chunks.sum::<u64>(), *bytes, "{path}");
    }
    let mut expected = sample();
    expected.extend(file("manifest.json", &manifest_of(&sample()).to_json()));
    assert!(joined(items) == joined(expected), "the members came back changed");
}

/// A source that ends early, or whose bytes were changed anywhere, yields `Damaged` with the part, or refuses what the
/// change made of it, or names a wrong opener if what that is tried on was changed; never a shorter archive.
pub async fn a_cut_or_changed_archive_is_damaged(bed: Arc<dyn ArchiveBed>) {
    for form in bed.forms() {
        let sealed_by_frames = matches!(form.form.seal, Some(Seal::MasterKey(_)));
        let (bytes, tries) = if sealed_by_frames { (noise(80_000), 60) } else { (vec![b'x'; 3000], 60) };
        let mut items = file("state/openccu-loom.db", &bytes);
        items.extend(file("state/secret.key", b"AAAA"));
        let [whole, cut, flipped, longer] = ["whole", "cut", "flipped", "longer"].map(|stem| form.name(stem));
        store_as(&*bed.sink(), &whole, &form, &items).await;
        let stored = bed.stored(&whole);
        let (source, end) = (bed.source(), stored.len());
        // The default form is looked at closely; of the others every bit is the business of their own tests.
        let plain = form.form.seal.is_none() && form.form.format == ArchiveFormat::TarGz;
        let (step, ends) = if plain { ((end / 250).max(1), 64) } else { ((end / tries).max(1), 8) };
        for at in (0..end).filter(|at| at % step == 0 || *at < ends || at + ends > end) {
            bed.store(&cut, &stored[..at]);
            assert_damaged(&*source, &cut, &form, at, false).await;
            for mask in [0x01, 0xff] {
                let mut bytes = stored.clone();
                bytes[at] ^= mask;
                bed.store(&flipped, &bytes);
                assert_damaged(&*source, &flipped, &form, at, true).await;
            }
        }
        for tail in [&b"\0"[..], b"more", &stored] {
            bed.store(&longer, &[&stored, tail].concat());
            assert_damaged(&*source, &longer, &form, end, false).await;
        }
        assert!(read_all_with(&*source, &whole, &form.openers).await.is_ok());
    }
}

/// A member the limits refuse yields `Hostile` before any of its bytes.
pub async fn a_hostile_member_is_refused_before_its_bytes(bed: Arc<dyn ArchiveBed>) {
    let long = [b"state/".as_slice(), &[b'x'; 4096]].concat();
    for name in [&b"../b"[..], b"/etc/passwd", b"state/../../b", b"state/a", b"state/a/b", &long] {
        bed.plant("hostile", &[(b"state/a", b"1"), (name, b"2")]);
        let mut reader = bed.source().open(&id("hostile"), &Openers::default()).await.unwrap();
        let mut items = Vec::new();
        let error = loop {
            match reader.next().await {
                Ok(Some(item)) => items.push(item),
                Ok(None) => panic!("{} was accepted", String::from_utf8_lossy(name)),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, SourceError::Hostile(_)), "{}: {error}", String::from_utf8_lossy(name));
        assert_eq!(joined(items), [(member("state/a"), Some(b"1".to_vec()))]);
    }
}

/// A member after `manifest.json` is `Hostile`, and a listing shows such an archive as damaged.
pub async fn a_member_after_the_manifest_is_refused_and_listed_so(bed: Arc<dyn ArchiveBed>) {
    let manifest = manifest_of(&[]).to_json();
    let name = "late.tar.gz";
    bed.plant(name, &[(b"manifest.json", &manifest), (b"state/late", b"1")]);
    let words = "member `state/late` comes after `manifest.json`";
    let error = read_all(&*bed.source(), name).await.unwrap_err();
    assert!(matches!(&error, SourceError::Hostile(why) if why.to_string() == words), "{error}");
    let listed = bed.listing().describe_archive(&id(name)).await.unwrap().unwrap();
    assert!(matches!(&listed.manifest, Err(Undescribed::Damaged(why)) if why.contains(words)), "{listed:?}");
}

/// Dropping a reader in the middle is safe.
pub async fn a_dropped_reader_disturbs_nobody(bed: Arc<dyn ArchiveBed>) {
    store(&*bed.sink(), "a", &sample()).await;
    let names = bed.names();
    let source = bed.source();
    for items in [0, 1, 2, 5] {
        let mut reader = source.open(&id("a"), &Openers::default()).await.unwrap();
        for _ in 0..items {
            reader.next().await.unwrap();
        }
        let other = source.open(&id("a"), &Openers::default()).await.unwrap();
        drop(reader);
        drop(other);
        assert!(read_all(&*source, "a").await.is_ok());
    }
    assert_eq!(bed.names(), names);
}

/// Tests that a source of archives keeps its contract.
#[macro_export]
macro_rules! archive_source_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            archive_source,
            $fresh,
            [
                every_archive_is_listed_damaged_ones_with_what_is_wrong,
                an_archive_is_listed_under_any_name,
                a_closed_archive_is_listed_as_locked,
                one_archive_is_described_as_the_listing_shows_it,
                an_unknown_id_is_not_found,
                items_come_as_they_were_pushed,
                a_cut_or_changed_archive_is_damaged,
                a_hostile_member_is_refused_before_its_bytes,
                a_member_after_the_manifest_is_refused_and_listed_so,
                a_dropped_reader_disturbs_nobody,
            ]
        );
    };
}

async fn assert_damaged(source: &dyn ArchiveSource, name: &str, form: &Form, at: usize, flipped: bool) {
    let tried_on = flipped && at < TRIED_BYTES;
    match (read_all_with(source, name, &form.openers).await, &form.form.seal) {
        (Err(SourceError::Damaged { part }), _) => assert!(!part.is_empty(), "{name} at {at}"),
        (Err(SourceError::Foreign(_)), _) if at < MAGIC_BYTES => {}
        // The checksum of these stands at their end, behind what the changed byte says.
        (Err(SourceError::Foreign(_) | SourceError::Hostile(_)), None)
            if flipped && form.form.format != ArchiveFormat::TarGz => {}
        (Err(SourceError::KeyWrong), Some(Seal::MasterKey(_))) if tried_on => {}
        // What a passphrase is tried on holds how much work it asks for.
        (Err(SourceError::PassphraseWrong | SourceError::Foreign(_)), Some(Seal::Passphrase(_)))
            if tried_on => {}
        // What tells for whom it is sealed stands there too.
        (Err(SourceError::IdentityNeeded { .. }), Some(_)) if tried_on => {}
        (Err(other), _) => panic!("{name} at {at}: {other}"),
        (Ok(members), _) => panic!("{name} at {at}: read as {} members", members.len()),
    }
}

/// Bytes that do not compress, the same on every run.
fn noise(bytes: u32) -> Vec<u8> {
    let mixed = (0..bytes).map(|at| at.wrapping_mul(2_654_435_761).rotate_left(at % 31));
    mixed.map(|mixed| mixed.to_le_bytes()[2]).collect()
}
