//! Sealed values and strangers: what Python's `cryptography` seals opens here (version 1), and what is sealed here opens
//! in Python's PyNaCl (version 2).
//!
//! Does NOT seal archives.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use base64::{Engine, engine::general_purpose::STANDARD};
use loom_domain::ports::{NoRandomness, Randomness};
use loom_domain::secret::{MasterKey, SecretPlace, SecretText, envelope};
use loom_e2e::data_dir::sqlite;
use loom_e2e::story::Story;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

const SEAL: &str = r#"
import base64, json, os, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
given = json.load(sys.stdin)
nonce = os.urandom(12)
sealed = AESGCM(base64.b64decode(given["key"])).encrypt(nonce, given["secret"].encode(), None)
print("enc:v1:" + base64.b64encode(nonce + sealed).decode())
"#;

const OPEN: &str = r#"
import base64, hashlib, json, sys
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt
given = json.load(sys.stdin)
key = base64.b64decode(given["key"])
prefix, version, fingerprint, body = given["envelope"].split(":")
assert (prefix, version) == ("enc", "v2")
assert fingerprint == hashlib.sha256(b"openccu-loom master key fingerprint v1\0" + key).hexdigest()[:16]
body = base64.b64decode(body, validate=True)
parts = [part.encode() for part in ["enc:v2", *given["place"]]]
aad = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
print(decrypt(body[24:], aad, body[:24], key).decode())
"#;

const SECRET: &str = "Geheim für die CCU 🔑";
const KEY: [u8; 32] = [0x5a; 32];

/// Where the value stands that [`with_only`] leaves.
fn place() -> SecretPlace {
    SecretPlace::of_central("haus", "password_plain")
}

/// Runs a script of Python's; what it prints comes back without the line feed.
fn python(script: &str, given: &serde_json::Value) -> String {
    let mut child = Command::new("python3")
        .args(["-X", "utf8", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// A data dir whose only sealed value is this one.
fn with_only(sealed: &str, key: &str) -> Story {
    let story = Story::default();
    fs::write(story.data().join("secret.key"), format!("{key}\n")).unwrap();
    sqlite(
        &story.state().database(),
        &format!(
            "DELETE FROM config_sections; UPDATE centrals SET api_token_plain = NULL, password_plain = NULL;
             UPDATE centrals SET password_plain = '{sealed}' WHERE name = 'haus';"
        ),
    );
    story
}

struct Counting;

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        for (byte, number) in bytes.iter_mut().zip(41..) {
            *byte = number;
        }
        Ok(())
    }
}

#[test]
#[ignore = "needs Python with cryptography"]
fn a_value_sealed_by_python_opens_here() {
    let key = STANDARD.encode(KEY);
    let sealed = python(SEAL, &serde_json::json!({ "key": key, "secret": SECRET }));
    let story = with_only(&sealed, &key);
    story.create("a.tar.gz");
    story.run("backup verify a.tar.gz").exits(0).says("1 of 1 sealed values open");
    let opened = envelope::open(&MasterKey::from_bytes(KEY), &place(), &sealed).unwrap();
    assert_eq!(opened.reveal(), SECRET);
}

#[test]
#[ignore = "needs Python with PyNaCl"]
fn a_value_sealed_here_opens_in_python() {
    let (key, place) = (MasterKey::from_bytes(KEY), place());
    let sealed = envelope::seal(&key, &place, &SecretText::new(SECRET), &Counting).unwrap();
    let place = [&place.table, &place.row, &place.field];
    let given = serde_json::json!({ "key": STANDARD.encode(KEY), "envelope": sealed, "place": place });
    let opened = python(OPEN, &given);
    assert_eq!(opened, SECRET);
}

#[test]
fn stored_values_that_python_sealed_open_here() {
    for stored in ["enc-v1-python.json", "enc-v2-pynacl.json"] {
        let stored = format!("{}/../../fixtures/envelopes/{stored}", env!("CARGO_MANIFEST_DIR"));
        let stored: serde_json::Value = serde_json::from_slice(&fs::read(stored).unwrap()).unwrap();
        let [key, sealed, secret] =
            ["key", "envelope", "secret"].map(|field| stored[field].as_str().unwrap());
        let story = with_only(sealed, key);
        story.create("a.tar.gz");
        story.run("backup verify a.tar.gz").exits(0).says("1 of 1 sealed values open");
        let opened = envelope::open(&MasterKey::from_base64(key).unwrap(), &place(), sealed).unwrap();
        assert_eq!(opened.reveal(), secret);
    }
}

#[test]
fn a_value_somebody_changed_is_told_by_its_place() {
    let sealed = loom_e2e::sealing::seal(KEY, "x");
    let changed = sealed.replacen("enc:v1:", "enc:v1:AAAA", 1);
    let story = with_only(&changed, &STANDARD.encode(KEY));
    story.run("backup create --config config.yaml --out a.tar.gz").exits(3).says("does not open 1 of 1");
    story.run("backup verify a.tar.gz").exits(5).says("centrals/haus/password_plain");
}
