//! `key wrap` and `key unwrap` by a simulated key service, and killed at any instant of either.
//!
//! Does NOT look at rights or at services that fail.

use crate::bed::{KEY, SealedState};
use loom_e2e::contents::working_files;
use loom_e2e::instants::Instants;
use loom_e2e::run::{Outcome, run};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const INSTANTS: u32 = 100;
/// However slow a machine is, a simulator is up by then.
const LONG: Duration = Duration::from_secs(180);

/// A running simulator with one key. Ends with the test.
struct Moto {
    child: Child,
    address: String,
    key: String,
}

impl Moto {
    fn start() -> Self {
        let mut moto = Self::listening();
        let scope = "Authorization: AWS4-HMAC-SHA256 Credential=user/20261123/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=0\r\nX-Amz-Target: TrentService.CreateKey\r\nContent-Type: application/x-amz-json-1.1\r\n";
        let made: Value = serde_json::from_str(&moto.ask("POST /", scope, "{}").unwrap()).unwrap();
        moto.key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        moto
    }

    /// One that answers. Its port was free a moment ago; where somebody else has it by now, it ends and another is tried.
    fn listening() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/moto/bin/moto_server");
        let program = if program.exists() { program } else { "moto_server".into() };
        let began = Instant::now();
        let mut tries = 0;
        loop {
            let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let child = Command::new(&program)
                .args(["-H", "127.0.0.1", "-p", &free.port().to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut moto = Self { child, address: free.to_string(), key: String::new() };
            while moto.child.try_wait().unwrap().is_none() {
                if moto.ask("GET /moto-api/", "", "").is_some() {
                    return moto;
                }
                assert!(began.elapsed() < LONG, "moto_server does not come up");
                thread::sleep(Duration::from_millis(100));
            }
            tries += 1;
            assert!(tries < 5, "moto_server ends at once, whatever port it gets");
        }
    }

    /// Asks it; `None` if there is no answer with status 200.
    fn ask(&self, what: &str, headers: &str, body: &str) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let (address, length) = (&self.address, body.len());
        let head = format!(
            "{what} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
        );
        stream.write_all((head + body).as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.contains(" 200 ").then(|| body.to_owned())
    }

    fn command(&self, state: &SealedState, words: &str) -> Command {
        let mut command = state.folder.command(words);
        command.env("AWS_ACCESS_KEY_ID", "user").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_REGION", "us-east-1").stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    #[track_caller]
    fn run(&self, state: &SealedState, words: &str) -> Outcome {
        run(self.command(state, words).stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    fn configure(&self, state: &SealedState) {
        state.folder.configure(&format!(
            "keys:\n  kms:\n    key_id: \"{}\"\n    region: us-east-1\n    endpoint: \"http://{}\"\n",
            self.key, self.address
        ));
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn wrapped(state: &SealedState) -> bool {
    state.folder.data().join("secret.key.kms").exists()
}

#[test]
#[ignore = "needs moto"]
fn a_wrapped_key_opens_what_it_opened_in_clear_and_comes_back() {
    let (moto, state) = (Moto::start(), SealedState::v1(5));
    moto.configure(&state);
    let made = moto.run(&state, "key wrap --config config.yaml --to kms --json").exits(0).json();
    assert!(wrapped(&state) && !state.key_path().exists());
    let status = moto.run(&state, "key status --config config.yaml --json").exits(0).json();
    assert_eq!(status["key"]["fingerprint"], made["fingerprint"]);
    let rotated = moto.run(&state, "key rotate --config config.yaml --json").exits(0).json();
    assert_ne!(rotated["to"], made["fingerprint"]);
    assert!(rotated["kept"][0].as_str().unwrap().starts_with("secret.key.kms.old-"), "{rotated}");
    moto.run(&state, "key unwrap --config config.yaml").exits(0);
    assert!(!wrapped(&state));
    assert_eq!(state.every_secret_opens(), state.secrets());
}

#[test]
#[ignore = "needs moto"]
fn a_key_that_the_daemon_would_not_find_for_want_of_a_setting_stays_in_clear() {
    let (moto, state) = (Moto::start(), SealedState::v1(2));
    // An address of this machine that is not taken for one.
    let endpoint = moto.address.replace("127.0.0.1", "http://0.0.0.0");
    let flags = format!("--key-id {} --region us-east-1 --endpoint {endpoint}", moto.key);
    for verb in ["key wrap", "key rotate"] {
        let refused = moto.run(&state, &format!("{verb} --config config.yaml --to kms {flags}"));
        refused.exits(5).says("the daemon would not find the key").says("set `keys.kms.endpoint`");
        assert!(!wrapped(&state));
        state.every_secret_opens();
    }
    state.folder.configure(&format!("keys:\n  kms:\n    endpoint: \"{endpoint}\"\n"));
    moto.run(&state, &format!("key wrap --config config.yaml --to kms {flags}")).exits(0);
    assert!(wrapped(&state) && !state.key_path().exists());
    moto.run(&state, "key status --config config.yaml").exits(0);
}

#[test]
fn a_key_that_moves_out_of_a_variable_is_told_to_be_there_still() {
    let state = SealedState::v1(1);
    let text = std::fs::read_to_string(state.key_path()).unwrap();
    std::fs::remove_file(state.key_path()).unwrap();
    let mut unwrap = state.folder.command("key unwrap --config config.yaml");
    let moved = run(unwrap.env("OPENCCU_LOOM_SECRET_KEY", text.trim()));
    moved.exits(0).says("still in OPENCCU_LOOM_SECRET_KEY, which beats its new place");
    assert_eq!(state.every_secret_opens(), 0);
}

#[test]
#[ignore = "needs moto"]
fn a_key_whose_wrapping_or_unwrapping_is_killed_is_had_from_the_one_place_or_the_other() {
    let (moto, state) = (Moto::start(), SealedState::v1(5));
    moto.configure(&state);
    let words = |is_wrapped: bool| match is_wrapped {
        true => "key unwrap --config config.yaml",
        false => "key wrap --config config.yaml --to kms",
    };
    let began = Instant::now();
    moto.run(&state, words(false)).exits(0);
    // Either verb takes its own time; they have their turns alternately.
    let mut instants = [began.elapsed(); 2].map(|took| Instants::new(INSTANTS, took));
    let (mut kills, mut moved, mut interrupted) = (0, 0, 0);
    loop {
        let before = wrapped(&state);
        let instants = &mut instants[usize::from(before)];
        if !instants.go_on(moved > 0 && moved < kills && interrupted > 0) {
            break;
        }
        instants.kill(&mut moto.command(&state, words(before)));
        kills += 1;
        let is_working = |name: &String| name.contains(".loom-key-");
        interrupted += u32::from(working_files(&state.folder.data()).iter().any(is_working));
        moto.run(&state, "key status --config config.yaml").exits(0);
        assert!(!working_files(&state.folder.data()).iter().any(is_working));
        assert_ne!(wrapped(&state), state.key_path().exists(), "{instants:?}: in both places or in none");
        assert_eq!(state.every_secret_opens_with(KEY), 0);
        if wrapped(&state) == before {
            instants.nothing_came();
            moto.run(&state, words(before)).exits(0);
        } else {
            moved += 1;
        }
    }
    println!("{kills} kills: {moved} left the key moved, {interrupted} had to be brought to an end");
    assert!(moved > 0 && moved < kills && interrupted > 0, "{moved} of {kills}, {interrupted}");
}

#[test]
#[ignore = "needs moto"]
fn a_rotation_to_a_key_service_killed_at_any_instant_leaves_one_key_that_opens_every_secret() {
    const INSTANTS: u32 = 25;
    let (moto, state) = (Moto::start(), SealedState::v1(100));
    moto.configure(&state);
    let rotate = "key rotate --config config.yaml --to kms";
    moto.run(&state, rotate).exits(0);
    // The first one found its old key in clear, which is quicker.
    let began = Instant::now();
    moto.run(&state, rotate).exits(0);
    let mut instants = Instants::new(INSTANTS, began.elapsed());
    // Exits with another code if a value does not open.
    let status = || moto.run(&state, "key status --config config.yaml --json").exits(0).json();
    let mut before = status()["key"]["fingerprint"].clone();
    let (mut changed, mut interrupted) = (0, 0);
    while instants.go_on(changed > 0 && changed < instants.turns() && interrupted > 0) {
        instants.kill(&mut moto.command(&state, rotate));
        let is_working = |name: &String| name.contains(".loom-key-");
        interrupted += u32::from(working_files(&state.folder.data()).iter().any(is_working));
        let status = status();
        assert!(!working_files(&state.folder.data()).iter().any(is_working));
        assert!(wrapped(&state) && !state.key_path().exists(), "{instants:?}");
        let after = status["key"]["fingerprint"].clone();
        let kept = status["old_keys"].as_array().unwrap().iter().any(|old| old["fingerprint"] == before);
        assert_eq!(kept, after != before, "the key before is kept if there is another one");
        if after == before {
            instants.nothing_came();
        } else {
            changed += 1;
        }
        before = after;
    }
    moto.run(&state, "key unwrap --config config.yaml").exits(0);
    assert_eq!(state.every_secret_opens(), state.secrets());
    let kills = instants.turns();
    println!("{kills} kills: {changed} left the new key, {interrupted} had to be brought to an end");
    assert!(changed > 0 && changed < kills && interrupted > 0, "{changed} of {kills}, {interrupted}");
}
