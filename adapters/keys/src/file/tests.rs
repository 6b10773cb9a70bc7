//! Cases of the key file beyond its contract: its bytes, its mode, and what is no key file.

use super::*;
use std::os::unix::fs::symlink;

fn place() -> (tempfile::TempDir, FileKey) {
    let folder = tempfile::tempdir().unwrap();
    let file = FileKey::of_data_dir(folder.path().join("secret.key"));
    (folder, file)
}

/// Writes a file as this program would.
fn write(file: &FileKey, content: impl AsRef<[u8]>) {
    std::fs::write(&file.path, content).unwrap();
    set_mode(file, 0o600);
}

fn set_mode(file: &FileKey, mode: u32) {
    std::fs::set_permissions(&file.path, Permissions::from_mode(mode)).unwrap();
}

fn run(command: &str) {
    let done = std::process::Command::new("sh").args(["-c", command]).output().unwrap();
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
}

/// What the hint of an error says.
fn hint(error: &KeyError) -> String {
    error.to_string().split_once("\nhint: ").unwrap().1.to_owned()
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
    write(&file, format!("\r\n \t{}\r\n\n", *key.to_base64()));
    assert_eq!(file.resolve().await.unwrap().unwrap().key, key);
}

#[tokio::test]
async fn a_file_over_4_kib_is_malformed_and_one_of_4_kib_may_hold_a_key() {
    let (_folder, file) = place();
    let mut text = MasterKey::from_bytes([5; 32]).to_base64().as_bytes().to_vec();
    text.resize(4096, b'\n');
    write(&file, &text);
    assert!(file.resolve().await.unwrap().is_some());
    text.push(b'\n');
    write(&file, &text);
    assert!(refusal(&file).await.contains("it is longer than 4096 bytes"));
}

#[tokio::test]
async fn an_endless_file_is_refused_without_reading_it_to_its_end() {
    assert!(refusal(&FileKey::new("/dev/zero")).await.contains("it is longer than 4096 bytes"));
}

#[tokio::test]
async fn an_empty_file_and_one_that_is_no_text_are_malformed() {
    let (_folder, file) = place();
    write(&file, "");
    assert!(refusal(&file).await.contains("it decodes to 0 bytes, 32 are needed"));
    write(&file, [0xff; 32]);
    assert!(refusal(&file).await.contains("it is not standard base64"));
}

#[tokio::test]
async fn a_folder_in_its_place_is_unreadable() {
    let (_folder, file) = place();
    std::fs::create_dir(&file.path).unwrap();
    std::fs::set_permissions(&file.path, Permissions::from_mode(0o700)).unwrap();
    for file in [file.clone(), FileKey::new(&file.path)] {
        let refusal = refusal(&file).await;
        assert!(
            refusal.starts_with(&format!("file `{}` cannot be read: ", file.path.display())),
            "{refusal}"
        );
    }
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_no_missing_key() {
    let (folder, file) = place();
    symlink(folder.path().join("not mounted"), &file.path).unwrap();
    assert!(matches!(file.resolve().await, Err(KeyError::Link { .. })));
    assert!(matches!(FileKey::new(&file.path).resolve().await, Err(KeyError::Unreadable { .. })));
    assert!(matches!(file.create().await, Err(KeyError::AlreadyExists(_))));
}

#[tokio::test]
async fn a_missing_folder_holds_no_key_and_takes_none() {
    let (folder, _) = place();
    let file = FileKey::new(folder.path().join("missing/secret.key"));
    assert!(file.resolve().await.unwrap().is_none());
    assert!(matches!(file.create().await, Err(KeyError::NotStored { .. })));
}

#[tokio::test]
async fn a_key_that_others_may_read_or_write_is_refused_with_the_command_that_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = FileKey::of_data_dir(folder.path().join("it's a secret.key"));
    let key = file.create().await.unwrap().key;
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666] {
        set_mode(&file, mode);
        let error = file.resolve().await.unwrap_err();
        assert!(matches!(error, KeyError::Exposed { mode: found, .. } if found == mode), "{error:?}");
        assert!(error.to_string().contains(&format!("(mode {mode:04o})")), "{error}");
        assert_eq!(
            FileKey::new(&file.path).resolve().await.unwrap().unwrap().key,
            key,
            "a named file was judged"
        );
        run(&hint(&error));
        assert_eq!(file.resolve().await.unwrap().unwrap().key, key);
    }
    for mode in [0o600, 0o400, 0o700] {
        set_mode(&file, mode);
        assert_eq!(file.resolve().await.unwrap().unwrap().key, key, "{mode:o}");
    }
}

#[tokio::test]
async fn a_link_is_refused_even_to_a_good_key_and_the_hint_puts_the_key_in_its_place() {
    let (folder, file) = place();
    let elsewhere = FileKey::of_data_dir(folder.path().join("elsewhere.key"));
    let key = elsewhere.create().await.unwrap().key;
    symlink(&elsewhere.path, &file.path).unwrap();
    let error = file.resolve().await.unwrap_err();
    assert!(matches!(error, KeyError::Link { .. }), "{error:?}");
    assert_eq!(
        FileKey::new(&file.path).resolve().await.unwrap().unwrap().key,
        key,
        "a named link was judged"
    );
    run(hint(&error).split_once("its place: ").unwrap().1);
    assert_eq!(file.resolve().await.unwrap().unwrap().key, key);
    assert!(!file.path.is_symlink());
}

#[tokio::test]
async fn a_pipe_in_its_place_is_unreadable_and_nobody_waits_for_its_other_end() {
    let (_folder, file) = place();
    run(&format!("mkfifo -m 600 '{}'", file.path.display()));
    assert!(refusal(&file).await.contains("it is no regular file"));
}

#[test]
fn a_key_of_this_user_of_root_or_of_the_data_dirs_owner_is_taken_and_no_strangers() {
    let (_folder, file) = place();
    for (uid, user, folder_owner) in
        [(7, 7, None), (7, 7, Some(8)), (0, 7, Some(8)), (8, 7, Some(8)), (8, 0, Some(8))]
    {
        file.judge_owner(uid, user, folder_owner).unwrap();
    }
    for (user, folder_owner, heir) in [(7, Some(8), 8), (0, Some(0), 0), (7, None, 7)] {
        let error = file.judge_owner(9, user, folder_owner).unwrap_err();
        assert!(matches!(error, KeyError::ForeignOwner { uid: 9, .. }), "{error:?}");
        assert!(hint(&error).contains(&format!("chown {heir} /")), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs root"]
async fn a_file_of_a_stranger_is_refused_and_one_of_the_data_dirs_owner_is_not() {
    let (folder, file) = place();
    let key = file.create().await.unwrap().key;
    run(&format!("chown 4711 '{}'", file.path.display()));
    let error = file.resolve().await.unwrap_err();
    assert!(matches!(error, KeyError::ForeignOwner { uid: 4711, .. }), "{error:?}");
    assert!(hint(&error).ends_with(&format!("chown 0 {}", for_a_shell(&file.path.display()))), "{error}");
    run(&format!("chown 4711 '{}'", folder.path().display()));
    assert_eq!(file.resolve().await.unwrap().unwrap().key, key);
}

#[tokio::test]
async fn the_commands_that_put_a_key_in_place_make_a_file_that_is_taken_and_keep_the_other() {
    use loom_domain::archive::KeyFileKind::Clear;
    let (folder, file) = place();
    let [present, other] = [5, 6].map(|byte| MasterKey::from_bytes([byte; 32]));
    write(&file, &*present.to_base64());
    let stick = folder.path().join("a stick's.key");
    std::fs::write(&stick, &*other.to_base64()).unwrap();
    std::fs::set_permissions(&stick, Permissions::from_mode(0o755)).unwrap();
    let [from, dir] = [&stick, folder.path()].map(|path: &Path| path.to_str().unwrap());
    run(&Clear.commands_to_put_in_place(from, dir, [Clear]));
    assert_eq!(file.resolve().await.unwrap().unwrap().key, other);
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<_> = names.filter(|path| path.to_string_lossy().contains("/secret.key.old-")).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(std::fs::read_to_string(&kept[0]).unwrap(), *present.to_base64());
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_is_not_replaced_by_the_commands() {
    use loom_domain::archive::KeyFileKind::Clear;
    let (folder, file) = place();
    let present = MasterKey::from_bytes([5; 32]);
    write(&file, &*present.to_base64());
    let stick = folder.path().join("stick.key");
    std::fs::write(&stick, "other").unwrap();
    let [from, dir] = [&stick, folder.path()].map(|path: &Path| path.to_str().unwrap());
    let commands = Clear.commands_to_put_in_place(from, dir, [Clear]);
    // Its name as an earlier key's is taken: the clock stands still.
    std::fs::write(folder.path().join("secret.key.old-1"), "").unwrap();
    let commands = format!("date() {{ echo 1; }}; {commands}");
    assert!(!std::process::Command::new("sh").args(["-c", &commands]).status().unwrap().success());
    assert_eq!(file.resolve().await.unwrap().unwrap().key, present);
}
