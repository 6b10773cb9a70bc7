//! Cases of the files of age: what is read, and what is refused with which words.

use super::*;
use std::path::PathBuf;

const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const IDENTITY: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

struct Case(tempfile::TempDir);

impl Case {
    fn new(bytes: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), bytes).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("file")
    }
}

fn refused_identities(bytes: impl AsRef<[u8]>) -> String {
    identities_of(&Case::new(bytes).path()).unwrap_err().to_string()
}

fn refused_recipients(bytes: impl AsRef<[u8]>) -> String {
    recipients_of(&Case::new(bytes).path()).unwrap_err().to_string()
}

#[test]
fn recipients_stand_one_a_line_beside_comments_and_empty_lines() {
    let case = Case::new(format!("# the office\r\n{RECIPIENT}\r\n\n  # the safe\n  {RECIPIENT}  \n"));
    let recipients = recipients_of(&case.path()).unwrap();
    assert_eq!(recipients.iter().map(Recipient::as_str).collect::<Vec<_>>(), [RECIPIENT, RECIPIENT]);
}

#[test]
fn identities_are_read_as_age_keygen_writes_them() {
    let text = format!("# created: 2026-06-08T12:00:00Z\n# public key: {RECIPIENT}\n{IDENTITY}\n");
    let identities = identities_of(&Case::new(text).path()).unwrap();
    assert_eq!(identities.iter().map(Identity::reveal).collect::<Vec<_>>(), [IDENTITY]);
}

#[test]
fn a_file_without_a_key_is_refused() {
    assert_eq!(refused_recipients("# nobody yet\n"), "holds no recipient");
    assert_eq!(refused_identities(""), "holds no identity");
    assert_eq!(refused_recipients(b"\xff\xfe"), "is no text");
    assert_eq!(refused_recipients(vec![b'#'; 1 << 21]), "has more than 1 MiB");
    let missing = recipients_of(Path::new("/nowhere/recipients")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot be read: "), "{missing}");
}

#[test]
fn what_is_no_recipient_is_told_by_its_line_and_never_shown() {
    for (line, words) in [
        (IDENTITY, "line 2: is an identity, which is secret"),
        ("ssh-ed25519 AAAAC3Nz you@host", "line 2: is an SSH key"),
        ("my passphrase", "line 2: is no recipient"),
        ("age1abc", "line 2: is no recipient: it begins as one, and is mistyped or cut off"),
    ] {
        let refused = refused_recipients(format!("{RECIPIENT}\n{line}\n"));
        assert!(refused.starts_with(words) && !refused.contains(line), "{refused}");
    }
}

#[test]
fn what_is_no_identity_is_told_and_never_shown() {
    for (text, words) in [
        (RECIPIENT, "line 1: is a recipient, which opens nothing"),
        ("AGE-PLUGIN-YUBIKEY-1QQPQ", "line 1: is an identity of a plugin"),
        ("my passphrase", "line 1: is no identity"),
        ("age-encryption.org/v1\n-> scrypt x 18\n\u{0}", "is an identity file that is itself encrypted"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "is an identity file that is itself encrypted"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", "holds an SSH key"),
    ] {
        let refused = refused_identities(text);
        assert!(refused.starts_with(words) && !refused.contains(text), "{refused}");
    }
    assert_eq!(
        refused_identities(b"age-encryption.org/v1\n\xff\xfe"),
        BadAgeFile::Encrypted.to_string(),
        "its body is no text"
    );
}

#[test]
fn an_identity_of_a_plugin_is_passed_over_beside_one_that_is_used() {
    let plugin = "AGE-PLUGIN-YUBIKEY-1QQPQ";
    let case = Case::new(format!("# the key in the drawer\n{plugin}\n{IDENTITY}\n"));
    let (used, passed_over) = usable_identities_of(&case.path()).unwrap();
    assert_eq!(used.iter().map(Identity::reveal).collect::<Vec<_>>(), [IDENTITY]);
    assert_eq!(passed_over, [2]);
    assert!(identities_of(&case.path()).is_err(), "where every one is meant");
    for (text, words) in [
        (plugin, "line 1: is an identity of a plugin"),
        ("# none\n", "holds no identity"),
        (&format!("{IDENTITY}\nmy passphrase\n"), "line 2: is no identity"),
    ] {
        let refused = usable_identities_of(&Case::new(text).path()).unwrap_err().to_string();
        assert!(refused.starts_with(words), "{refused}");
    }
}
