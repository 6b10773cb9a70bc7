//! The suite of [`CcuBackupFiles`] and [`CcuBackupJudging`].
//!
//! Does NOT look into a place itself: the adapter's test supplies an [`SbkFilesBed`].

use crate::ccu_gateway::read;
use crate::sbk_samples as samples;
use bytes::Bytes;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::{
    CcuBackupFiles, CcuBackupJudging, CcuFilesError, MAX_CHUNK_BYTES, SbkStaging, StoredSbk,
};
use loom_domain::sbk::SbkVerdict;
use std::sync::Arc;

/// A place for CCU backups under test. It is empty, but may hold what belongs to the place itself.
pub trait SbkFilesBed: Send + Sync {
    /// Keeps their bytes.
    fn files(&self) -> Arc<dyn CcuBackupFiles>;
    /// Judges stored ones.
    fn judging(&self) -> Arc<dyn CcuBackupJudging>;
    /// Names of all that lies in the place, in order, stagings included.
    fn names(&self) -> Vec<String>;
    /// Puts bytes there as a stored file, past the port, in place of one of that id.
    fn put(&self, id: &str, bytes: &[u8]);
    /// Puts something there that is no stored file.
    fn clutter(&self);
}

/// A committed file is found with its size and read byte for byte; one that was not committed is never found.
pub async fn only_a_committed_file_is_found(bed: Arc<dyn SbkFilesBed>) {
    let files = bed.files();
    let bytes = samples::good_sbk_of("3.87.6.20260101", 3 * MAX_CHUNK_BYTES);
    let mut staging = files.begin(&id("a")).await.unwrap();
    assert_eq!(files.find(&id("a")).await.unwrap(), None);
    for chunk in bytes.chunks(300_001) {
        staging.write(Bytes::copy_from_slice(chunk)).await.unwrap();
        assert_eq!(files.find(&id("a")).await.unwrap(), None);
    }
    let verdict = staging.judge(Some(bytes.len() as u64)).await.unwrap();
    assert!(verdict.is_good(), "{:?}", verdict.damages);
    assert_eq!(files.find(&id("a")).await.unwrap(), None);
    assert_eq!(files.list().await.unwrap(), []);
    let stored = staging.commit().await.unwrap();
    assert_eq!((&stored.id, stored.bytes), (&id("a"), bytes.len() as u64));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!((1..=64).contains(&stored.tag.len()) && stored.tag.chars().all(plain), "{}", stored.tag);
    assert_eq!(files.find(&id("a")).await.unwrap().as_ref(), Some(&stored));
    assert!(whole(&*files, &stored).await == bytes);
}

/// A file that was judged bad cannot be committed, and leaves nothing.
pub async fn a_bad_file_is_not_kept(bed: Arc<dyn SbkFilesBed>) {
    let (files, before) = (bed.files(), bed.names());
    let good = samples::good_sbk("3.87.6");
    let size = good.len() as u64;
    for (name, bytes, announced) in [
        ("empty", Vec::new(), None),
        ("login page", samples::login_page(), None),
        ("cut outer", samples::cut_outer("3.87.6"), None),
        ("cut inner", samples::cut_inner("3.87.6"), None),
        ("damaged inner", samples::damaged_inner("3.87.6"), None),
        ("other size", good.clone(), Some(size + 1)),
    ] {
        let mut staging = files.begin(&id("a")).await.unwrap();
        write(&mut *staging, &bytes).await;
        let verdict = staging.judge(announced).await.unwrap();
        assert!(!verdict.is_good(), "{name}");
        let error = staging.commit().await.unwrap_err();
        assert!(matches!(error, CcuFilesError::NotGood), "{name}: {error}");
        assert_eq!(bed.names(), before, "{name}");
    }
    let mut unjudged = files.begin(&id("a")).await.unwrap();
    write(&mut *unjudged, &good).await;
    let error = unjudged.commit().await.unwrap_err();
    assert!(matches!(error, CcuFilesError::NotGood), "{error}");
    assert_eq!(bed.names(), before);
}

/// Dropping a staging leaves nothing, whatever was written.
pub async fn a_dropped_staging_leaves_nothing(bed: Arc<dyn SbkFilesBed>) {
    let (files, before) = (bed.files(), bed.names());
    let good = samples::good_sbk("3.87.6");
    drop(files.begin(&id("a")).await.unwrap());
    assert_eq!(bed.names(), before);
    for length in [1, good.len() / 2, good.len()] {
        for judged in [false, true] {
            let mut staging = files.begin(&id("a")).await.unwrap();
            write(&mut *staging, &good[..length]).await;
            if judged {
                let verdict = staging.judge(None).await.unwrap();
                assert_eq!(verdict.is_good(), length == good.len());
            }
            drop(staging);
            assert_eq!(bed.names(), before);
            assert_eq!(files.find(&id("a")).await.unwrap(), None);
        }
    }
}

/// The second commit of one id is `AlreadyExists`, and the first file stays.
pub async fn the_second_commit_of_an_id_fails(bed: Arc<dyn SbkFilesBed>) {
    let files = bed.files();
    let mut first = files.begin(&id("a")).await.unwrap();
    let mut second = files.begin(&id("a")).await.unwrap();
    for (staging, firmware) in [(&mut first, "3.87.6"), (&mut second, "3.87.7")] {
        write(&mut **staging, &samples::good_sbk(firmware)).await;
        assert!(staging.judge(None).await.unwrap().is_good());
    }
    let stored = first.commit().await.unwrap();
    let names = bed.names();
    let error = second.commit().await.unwrap_err();
    assert!(matches!(error, CcuFilesError::AlreadyExists(_)), "{error}");
    let third = async {
        let mut staging = files.begin(&id("a")).await?;
        write(&mut *staging, &samples::good_sbk("3.87.8")).await;
        staging.judge(None).await?;
        staging.commit().await
    };
    let error = third.await.unwrap_err();
    assert!(matches!(error, CcuFilesError::AlreadyExists(_)), "{error}");
    assert!(whole(&*files, &stored).await == samples::good_sbk("3.87.6"));
    assert!(bed.names().iter().all(|name| names.contains(name)), "{:?}", bed.names());
}

/// A range comes as exactly the stored bytes; one beyond the end is `OutOfRange`.
pub async fn a_range_comes_as_exactly_the_stored_bytes(bed: Arc<dyn SbkFilesBed>) {
    let files = bed.files();
    let bytes = samples::good_sbk_of("3.87.6", 3 * MAX_CHUNK_BYTES);
    let stored = store(&*files, "a", &bytes).await;
    let (size, chunk) = (stored.bytes, MAX_CHUNK_BYTES as u64);
    for (offset, length) in [(0, size), (0, 0), (size - 1, 1), (size, 0), (777, 2 * chunk + 1)] {
        let content = files.read(&stored, offset, length).await.unwrap();
        let range = usize::try_from(offset).unwrap()..usize::try_from(offset + length).unwrap();
        assert!(read(content).await.unwrap() == bytes[range], "{length} from {offset}");
    }
    for (offset, length) in [(0, size + 1), (size + 1, 0), (1, u64::MAX)] {
        let error = files.read(&stored, offset, length).await.err().unwrap();
        assert!(matches!(error, CcuFilesError::OutOfRange { .. }), "{length} from {offset}: {error}");
    }
    bed.put("a", &samples::good_sbk("3.87.6"));
    let error = files.read(&stored, 0, 1).await.err().unwrap();
    assert!(matches!(error, CcuFilesError::Changed(_)), "{error}");
}

/// A removed file is gone; a reader that has it keeps its bytes.
pub async fn a_removed_file_is_gone(bed: Arc<dyn SbkFilesBed>) {
    let (files, before) = (bed.files(), bed.names());
    let bytes = samples::good_sbk_of("3.87.6", 3 * MAX_CHUNK_BYTES);
    let stored = store(&*files, "a", &bytes).await;
    let content = files.read(&stored, 0, stored.bytes).await.unwrap();
    files.remove(&id("a")).await.unwrap();
    assert!(read(content).await.unwrap() == bytes);
    assert_eq!(files.find(&id("a")).await.unwrap(), None);
    assert_eq!(bed.names(), before);
    let errors = [
        files.read(&stored, 0, 1).await.err().unwrap(),
        files.remove(&id("a")).await.unwrap_err(),
        bed.judging().judge(&id("a")).await.unwrap_err(),
    ];
    assert!(errors.iter().all(|error| matches!(error, CcuFilesError::NotFound(_))), "{errors:?}");
}

/// Every stored file is listed by id in byte order, whoever put it there; nothing else is.
pub async fn every_stored_file_is_listed(bed: Arc<dyn SbkFilesBed>) {
    let files = bed.files();
    assert_eq!(files.list().await.unwrap(), []);
    bed.clutter();
    let staging = files.begin(&id("staged")).await.unwrap();
    for name in ["b", "Küche 2", "a.sbk"] {
        store(&*files, name, &samples::good_sbk("3.87.6")).await;
    }
    bed.put("a", b"put there by somebody");
    let listed = files.list().await.unwrap();
    let ids: Vec<_> = listed.iter().map(|stored| stored.id.as_str()).collect();
    assert_eq!(ids, ["Küche 2", "a", "a.sbk", "b"]);
    for stored in &listed {
        assert_eq!(files.find(&stored.id).await.unwrap().as_ref(), Some(stored));
    }
    assert_eq!(whole(&*files, &listed[1]).await, b"put there by somebody");
    drop(staging);
}

/// The verdict on a stored file is the one it was committed with, as long as its bytes are.
pub async fn a_stored_file_is_judged_as_it_was(bed: Arc<dyn SbkFilesBed>) {
    let (files, judging) = (bed.files(), bed.judging());
    let mut verdicts: Vec<SbkVerdict> = Vec::new();
    let mut bytes = samples::good_sbk("3.87.6");
    for (name, bytes) in [("a", &bytes), ("b", &samples::no_hmip_identity("3.87.6"))] {
        let mut staging = files.begin(&id(name)).await.unwrap();
        write(&mut *staging, bytes).await;
        verdicts.push(staging.judge(Some(bytes.len() as u64)).await.unwrap());
        staging.commit().await.unwrap();
    }
    for (name, verdict) in ["a", "b"].into_iter().zip(&verdicts) {
        assert_eq!(&judging.judge(&id(name)).await.unwrap(), verdict);
    }
    // Somewhere in the gzip data of the first member.
    bytes[600] ^= 1;
    bed.put("a", &bytes);
    let verdict = judging.judge(&id("a")).await.unwrap();
    assert!(!verdict.is_good());
    assert_eq!(verdict.size_bytes, bytes.len() as u64);
}

/// Tests that a place for CCU backups keeps its contract.
#[macro_export]
macro_rules! ccu_backup_files_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            ccu_backup_files,
            $fresh,
            [
                only_a_committed_file_is_found,
                a_bad_file_is_not_kept,
                a_dropped_staging_leaves_nothing,
                the_second_commit_of_an_id_fails,
                a_range_comes_as_exactly_the_stored_bytes,
                a_removed_file_is_gone,
                every_stored_file_is_listed,
                a_stored_file_is_judged_as_it_was,
            ]
        );
    };
}

fn id(id: &str) -> CcuBackupId {
    CcuBackupId::parse(id).unwrap()
}

/// Writes all of it, or as much as is taken.
async fn write(staging: &mut dyn SbkStaging, bytes: &[u8]) {
    for chunk in bytes.chunks(1000) {
        match staging.write(Bytes::copy_from_slice(chunk)).await {
            Err(CcuFilesError::Hopeless) => return,
            written => written.unwrap(),
        }
    }
}

async fn store(files: &dyn CcuBackupFiles, name: &str, bytes: &[u8]) -> StoredSbk {
    let mut staging = files.begin(&id(name)).await.unwrap();
    write(&mut *staging, bytes).await;
    staging.judge(None).await.unwrap();
    staging.commit().await.unwrap()
}

async fn whole(files: &dyn CcuBackupFiles, stored: &StoredSbk) -> Vec<u8> {
    read(files.read(stored, 0, stored.bytes).await.unwrap()).await.unwrap()
}
