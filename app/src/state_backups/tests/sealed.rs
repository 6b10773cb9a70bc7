//! Archives that are sealed: for whom, when their keys change, and when nothing here opens them.
//!
//! Does NOT repeat what the settings mean (`crate::sealing`).

use super::bed::Home;
use crate::jobs::JobState;
use crate::sealing::{SealSetting, SealingSettings};
use loom_adapter_memory::{MemoryRandomness, MemoryWrapping, WrappingMood};
use loom_domain::archive::{ArchiveFormat, ArchiveLock};
use loom_domain::ports::{KeySource, KeyWrapping, ResolvedKey, Undescribed};
use loom_domain::secret::MasterKey;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

const RECIPIENT: &str = "age1a4st66hnxmy3n5hqmudeu8t4jnvnpxl5m389hqvga2ht3z9e6qys4czuas";

fn sealed(seal: SealSetting) -> SealingSettings {
    SealingSettings { format: ArchiveFormat::TarGz, seal }
}

fn for_recipients(file: Option<PathBuf>) -> SealSetting {
    let named = if file.is_none() { vec![RECIPIENT.to_owned()] } else { Vec::new() };
    SealSetting::Recipients { named, file }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_for_others_is_sealed_and_counts_as_a_backup() {
    let home = Home::new().await;
    let bed = home.sealing_bed(sealed(for_recipients(None)), None);
    let id = bed.taken().await;
    assert!(id.as_str().ends_with("-20260608T120000Z.tar.gz.age"), "{id}");
    let shown = bed.backups.inspect(&id).await.unwrap();
    assert!(matches!(shown.manifest, Err(Undescribed::Locked(_))), "{:?}", shown.manifest);
    assert!(matches!(shown.lock, Some(ArchiveLock::Recipients { .. })));
    assert_eq!(shown.taken_at().unwrap().to_string(), "2026-06-08T12:00:00Z");
    bed.backups.refresh_figures().await;
    assert_eq!(bed.figure("never_succeeded"), Some(0.0));

    let job = bed.ended(bed.backups.verify(&id).await).await;
    let result = job.result.unwrap();
    assert_eq!((&result["verdict"], &result["ok"]), (&json!("sealed"), &json!(false)));
    assert!(result["reason"].is_string() && result["hint"].is_string(), "{result}");
    assert_eq!(bed.figure("never_succeeded"), Some(0.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_for_others_stands_in_the_list_by_the_time_in_its_name_and_then_by_that_of_its_file() {
    let home = Home::new().await;
    let bed = home.sealing_bed(sealed(for_recipients(None)), None);
    let (first, second) = bed.two_taken().await;
    let renamed = home.archives().join("without-a-time.tar.gz.age");
    std::fs::copy(home.archives().join(first.as_str()), renamed).unwrap();
    let listed = bed.backups.list().await.unwrap().archives;
    let names: Vec<_> = listed.iter().map(|archive| archive.stored.id.as_str()).collect();
    assert_eq!(names, ["without-a-time.tar.gz.age", second.as_str(), first.as_str()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recipients_that_cannot_be_read_fail_the_backup_and_leave_nothing() {
    let home = Home::new().await;
    let missing = home.folder.path().join("recipients");
    let bed = home.sealing_bed(sealed(for_recipients(Some(missing.clone()))), None);
    let job = bed.ended(bed.backups.create(false).await).await;
    assert_eq!(job.state, JobState::Failed);
    assert!(job.failure.unwrap().reason.contains("recipients` cannot be read"));
    assert!(bed.backups.list().await.unwrap().archives.is_empty());
    std::fs::write(missing, RECIPIENT).unwrap();
    bed.taken().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_master_key_sealed_is_still_opened() {
    let home = Home::new().await;
    let bed = home.sealing_bed(sealed(SealSetting::MasterKey), None);
    let id = bed.taken().await;
    assert!(id.as_str().ends_with(".tar.gz.oclbak"), "{id}");
    let key = home.data_dir().join("secret.key");
    std::fs::rename(&key, home.data_dir().join("secret.key.old-20260608T120000Z")).unwrap();
    let next = ResolvedKey { key: MasterKey::from_bytes([9; 32]), source: KeySource::Memory };
    home.keys.change().await.switch(next);

    let shown = bed.backups.inspect(&id).await.unwrap();
    assert!(matches!(shown.manifest, Err(Undescribed::Unopened(_))), "{:?}", shown.manifest);
    assert_eq!(shown.taken_at().unwrap().to_string(), "2026-06-08T12:00:00Z");
    let job = bed.ended(bed.backups.verify(&id).await).await;
    let result = job.result.unwrap();
    assert_eq!((&result["sealed_for"], &result["verdict"]), (&json!("master-key"), &json!("ok")), "{result}");
    let source = result["key"]["source"].as_str().unwrap();
    assert!(source.contains("secret.key.old-20260608T120000Z"), "{result}");

    std::fs::remove_file(home.data_dir().join("secret.key.old-20260608T120000Z")).unwrap();
    let shown = bed.backups.inspect(&id).await.unwrap();
    assert!(matches!(shown.manifest, Err(Undescribed::Locked(_))));
    let job = bed.ended(bed.backups.verify(&id).await).await;
    assert_eq!(job.result.unwrap()["verdict"], "sealed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verification_has_earlier_master_keys_unwrapped_and_says_where_that_fails() {
    let mut home = Home::new().await;
    let kms = MemoryWrapping::new(MasterKey::from_bytes([8; 32]), Arc::new(MemoryRandomness::default()));
    home.wrappings.kms = Some(Arc::new(kms.clone()));
    let bed = home.sealing_bed(sealed(SealSetting::MasterKey), None);
    let id = bed.taken().await;
    let earlier = home.keys.current().unwrap().key;
    let wrapped = kms.wrap(&earlier, "4f1c").await.unwrap().to_json().unwrap();
    std::fs::write(home.data_dir().join("secret.key.kms.old-20260608T120000Z"), wrapped).unwrap();
    std::fs::remove_file(home.data_dir().join("secret.key")).unwrap();
    let next = ResolvedKey { key: MasterKey::from_bytes([9; 32]), source: KeySource::Memory };
    home.keys.change().await.switch(next);

    let job = bed.ended(bed.backups.verify(&id).await).await;
    let result = job.result.unwrap();
    assert_eq!((&result["sealed_for"], &result["damage"]), (&json!("master-key"), &json!([])), "{result}");
    kms.be(WrappingMood::Away);
    let job = bed.ended(bed.backups.verify(&id).await).await;
    let result = job.result.unwrap();
    assert_eq!(result["verdict"], "sealed");
    assert!(result["notes"].to_string().contains("cannot be unwrapped or wrapped now"), "{result}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_configured_passphrase_verifies_what_it_sealed() {
    let home = Home::new().await;
    let file = home.folder.path().join("passphrase");
    std::fs::write(&file, "seven geese").unwrap();
    let bed = home.sealing_bed(sealed(SealSetting::PassphraseFile(file.clone())), None);
    let id = bed.taken().await;
    let job = bed.ended(bed.backups.verify(&id).await).await;
    assert_eq!(job.result.unwrap()["verdict"], "ok");
    std::fs::write(&file, "six geese").unwrap();
    let job = bed.ended(bed.backups.verify(&id).await).await;
    assert_eq!(job.result.unwrap()["verdict"], "sealed");
}
