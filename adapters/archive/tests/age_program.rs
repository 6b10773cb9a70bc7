//! What is sealed here, opened by the program `age`, and what `age` sealed, opened here. Does NOT test archives.

#![expect(clippy::unwrap_used, reason = "a program that is not there fails the test")]

use loom_adapter_archive::format::age_armor::unarmored;
use loom_adapter_archive::format::age_reader::ClosedAge;
use loom_adapter_archive::format::age_writer::AgeSeal;
use loom_adapter_archive::{check_recipient, new_identity, recipient_of};
use loom_domain::archive::{ArchiveLock, HintedKey, Identity, KeyPlace};
use loom_domain::secret::{KeyFingerprint, SecretText};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery staple";

/// Runs a command on a terminal of its own and answers every question for a passphrase.
const ON_A_TERMINAL: &str = r#"
import os, pty, sys
passphrase, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
told = b""
while True:
    try:
        part = os.read(terminal, 1024)
    except OSError:
        part = b""
    if not part:
        break
    told += part
    if b"passphrase" in told and told.rstrip().endswith(b":"):
        os.write(terminal, passphrase.encode() + b"\n")
        told = b""
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

fn plain() -> Vec<u8> {
    (0..300_000_u32).map(|at| at.to_le_bytes()[1]).collect()
}

fn seal(seal: AgeSeal, path: &Path) {
    let mut writer = seal.wrap(Vec::new()).unwrap();
    writer.write_all(&plain()).unwrap();
    std::fs::write(path, writer.finish().unwrap()).unwrap();
}

#[track_caller]
fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn on_a_terminal(passphrase: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-c", ON_A_TERMINAL, passphrase, "age"]);
    command
}

fn identity_in(folder: &TempDir) -> Identity {
    let identity = new_identity().unwrap();
    std::fs::write(folder.path().join("identity"), identity.reveal()).unwrap();
    identity
}

#[test]
#[ignore = "needs age"]
fn age_opens_what_was_sealed_for_many_recipients_and_skips_the_hint() {
    let folder = tempfile::tempdir().unwrap();
    let ours = recipient_of(&identity_in(&folder)).unwrap();
    let mut recipients: Vec<_> = (0..60).map(|_| recipient_of(&new_identity().unwrap()).unwrap()).collect();
    recipients.push(ours);
    let fingerprint = KeyFingerprint::parse("0123456789abcdef").unwrap();
    let key = HintedKey::Key { fingerprint, place: KeyPlace::Outside };
    seal(AgeSeal::for_recipients(&recipients, key).unwrap(), &folder.path().join("sealed"));
    let opened = run(Command::new("age").args(["-d", "-i", "identity", "sealed"]).current_dir(folder.path()));
    assert!(opened == plain());
}

#[test]
#[ignore = "needs age"]
fn what_age_sealed_for_recipients_is_opened_in_bytes_and_in_letters() {
    let folder = tempfile::tempdir().unwrap();
    let identity = identity_in(&folder);
    std::fs::write(folder.path().join("plain"), plain()).unwrap();
    let told = run(Command::new("age-keygen").args(["-y", "identity"]).current_dir(folder.path()));
    let recipient = check_recipient(std::str::from_utf8(&told).unwrap()).unwrap();
    assert_eq!(Some(&recipient), recipient_of(&identity).as_ref());
    for armor in [None, Some("-a")] {
        let mut command = Command::new("age");
        command.args(["-r", recipient.as_str(), "-o", "sealed"]).args(armor).arg("plain");
        run(command.current_dir(folder.path()));
        let stored = std::fs::read(folder.path().join("sealed")).unwrap();
        let input: Box<dyn Read> = match armor {
            None => Box::new(stored.as_slice()),
            Some(_) => Box::new(unarmored(stored.as_slice())),
        };
        let mut opened = Vec::new();
        let closed = ClosedAge::read(input).unwrap();
        closed.open(std::slice::from_ref(&identity)).unwrap().read_to_end(&mut opened).unwrap();
        assert!(opened == plain());
    }
}

#[test]
#[ignore = "needs age"]
fn a_passphrase_opens_here_and_there_what_was_sealed_there_and_here() {
    let folder = tempfile::tempdir().unwrap();
    let passphrase = SecretText::new(PASSPHRASE);
    seal(AgeSeal::for_passphrase(&passphrase, 12).unwrap(), &folder.path().join("ours"));
    run(on_a_terminal(PASSPHRASE).args(["-d", "-o", "opened", "ours"]).current_dir(folder.path()));
    assert!(std::fs::read(folder.path().join("opened")).unwrap() == plain());

    run(on_a_terminal(PASSPHRASE).args(["-p", "-o", "theirs", "opened"]).current_dir(folder.path()));
    let stored = std::fs::read(folder.path().join("theirs")).unwrap();
    let closed = ClosedAge::read(stored.as_slice()).unwrap();
    assert_eq!(closed.lock(), ArchiveLock::Passphrase);
    let mut opened = Vec::new();
    closed.open_with_passphrase(&passphrase).unwrap().read_to_end(&mut opened).unwrap();
    assert!(opened == plain());
}
