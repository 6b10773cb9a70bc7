//! Cases of the key file beyond its contract: its bytes, its mode, and what is no key file.

use super::*;
use std::os::unix::fs::symlink;

fn place() -> (tempfile::TempDir, FileKey) {
    let folder = tempfile::tempdir().unwrap();
    let file = FileKey::new(folder.path().join("secret.key"));
    (folder, file)
}

async fn refusal(file: &FileKey) -> String {
    file.resolve().await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_created_key_is_45_bytes_of_base64_readable_by_its_owner_only() {
    let (folder, file) = place();
    let created = file.create().await.unwrap();
    let bytes = std::fs::read(&file.path).unwrap();
    assert_eq!(bytes, format!("{}\n", *created.key.to_base64()).into_bytes());
    assert_eq!(bytes.len(), 45);
    assert_eq!(std::fs::metadata(&file.path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a working file was left behind");
}

#[tokio::test]
async fn a_refused_creation_leaves_no_working_file() {
    let (folder, file) = place();
    file.create().await.unwrap();
    file.create().await.unwrap_err();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn white_space_around_the_key_is_ignored() {
    let (_folder, file) = place();
    let key = MasterKey::from_bytes([5; 32]);
    std::fs::write(&file.path, format!("\r\n \t{}\r\n\n", *key.to_base64())).unwrap();
    assert_eq!(file.resolve().await.unwrap().unwrap().key, key);
}

#[tokio::test]
async fn a_file_over_4_kib_is_malformed_and_one_of_4_kib_may_hold_a_key() {
    let (_folder, file) = place();
    let mut text = MasterKey::from_bytes([5; 32]).to_base64().as_bytes().to_vec();
    text.resize(4096, b'\n');
    std::fs::write(&file.path, &text).unwrap();
    assert!(file.resolve().await.unwrap().is_some());
    text.push(b'\n');
    std::fs::write(&file.path, &text).unwrap();
    assert!(refusal(&file).await.contains("it is longer than 4096 bytes"));
}

#[tokio::test]
async fn an_endless_file_is_refused_without_reading_it_to_its_end() {
    assert!(refusal(&FileKey::new("/dev/zero")).await.contains("it is longer than 4096 bytes"));
}

#[tokio::test]
async fn an_empty_file_and_one_that_is_no_text_are_malformed() {
    let (_folder, file) = place();
    std::fs::write(&file.path, "").unwrap();
    assert!(refusal(&file).await.contains("it decodes to 0 bytes, 32 are needed"));
    std::fs::write(&file.path, [0xff; 32]).unwrap();
    assert!(refusal(&file).await.contains("it is not standard base64"));
}

#[tokio::test]
async fn a_folder_in_its_place_is_unreadable() {
    let (_folder, file) = place();
    std::fs::create_dir(&file.path).unwrap();
    let refusal = refusal(&file).await;
    assert!(refusal.starts_with(&format!("file `{}` cannot be read: ", file.path.display())), "{refusal}");
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_no_missing_key() {
    let (folder, file) = place();
    symlink(folder.path().join("not mounted"), &file.path).unwrap();
    assert!(matches!(file.resolve().await, Err(KeyError::Unreadable { .. })));
    assert!(matches!(file.create().await, Err(KeyError::AlreadyExists(_))));
}

#[tokio::test]
async fn a_missing_folder_holds_no_key_and_takes_none() {
    let (folder, _) = place();
    let file = FileKey::new(folder.path().join("missing/secret.key"));
    assert!(file.resolve().await.unwrap().is_none());
    assert!(matches!(file.create().await, Err(KeyError::NotStored { .. })));
}
