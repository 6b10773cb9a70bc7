//! Cases with a simulator of AWS that others wrote: it encrypts, knows its keys, checks signatures and rights.
//!
//! It does NOT know disabled keys; those, and services that fail, are in `answers`.

use super::*;
use loom_contract::key_wrapping::{WrappingBed, every_case};
use loom_domain::ports::{KeyError, KeyWrapping};
use loom_domain::secret::WrappedKey;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

/// A running simulator with two keys, a user who may use them, one who may only encrypt, and one who may not even that.
struct Moto {
    address: String,
    /// The ARNs of two keys.
    keys: [String; 2],
    user: Credentials,
    guest: Credentials,
    stranger: Credentials,
}

#[derive(Clone)]
struct Credentials {
    id: String,
    secret: String,
}

/// The one simulator of this process. It ends with it: its shell waits for the end of a pipe that nobody else holds.
fn moto() -> &'static Moto {
    static MOTO: OnceLock<Moto> = OnceLock::new();
    MOTO.get_or_init(|| {
        // Bound and never listening: the simulator may share the port, and nobody else is given it.
        let shared = TcpSocket::new_v4().unwrap();
        shared.set_reuseaddr(true).unwrap();
        shared.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let free = shared.local_addr().unwrap();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/moto/bin/moto_server");
        let program = if program.exists() { program } else { "moto_server".into() };
        let script = "\"$0\" -H 127.0.0.1 -p \"$1\" & read -r _; kill $!";
        let child = Command::new("sh")
            .args(["-c", script])
            .arg(program)
            .arg(free.port().to_string())
            // Rights are checked after so many calls at the latest.
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "1000")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Both end with this process: the port, and its end of the pipe.
        std::mem::forget((child, shared));
        let address = free.to_string();
        let ready = || ask(&address, "GET /moto-api/", "", "").is_some();
        assert!((0..1200).any(|_| ready() || pause()), "moto_server does not come up");
        let keys = [create_key(&address), create_key(&address)];
        let user = create_user(&address, "loom", "kms:*");
        let guest = create_user(&address, "guest", "kms:Encrypt");
        let stranger = create_user(&address, "stranger", "s3:*");
        ask(&address, "POST /moto-api/reset-auth", "Content-Type: text/plain\r\n", "0").unwrap();
        Moto { address, keys, user, guest, stranger }
    })
}

impl Moto {
    fn wrapping_as(&self, who: &Credentials, key_id: &str) -> KmsWrapping {
        let settings = KmsSettings {
            key_id: Some(key_id.to_owned()),
            region: None,
            endpoint: Some(format!("http://{}", self.address)),
        };
        let who = who.clone();
        let variables = move |name: &str| match name {
            "AWS_ACCESS_KEY_ID" => Some(who.id.clone().into()),
            "AWS_SECRET_ACCESS_KEY" => Some(who.secret.clone().into()),
            "AWS_REGION" => Some("us-east-1".into()),
            _ => None,
        };
        KmsWrapping::new(settings, variables).with_patience(HASTE)
    }

    async fn unwrap(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyError> {
        self.wrapping_as(&self.user, "not asked for").unwrap_key(wrapped).await
    }

    async fn wrapped(&self) -> WrappedKey {
        self.wrapping_as(&self.user, &self.keys[0]).wrap(&key(), "4f1c").await.unwrap()
    }
}

fn pause() -> bool {
    std::thread::sleep(Duration::from_millis(100));
    false
}

/// Asks the simulator without any right; `None` if there is no answer with status 200.
fn ask(address: &str, what: &str, headers: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    let head = format!(
        "{what} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.contains(" 200 ").then(|| body.to_owned())
}

fn ask_service(address: &str, service: &str, headers: &str, body: &str) -> String {
    let scope = format!(
        "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=x\r\n"
    );
    ask(address, "POST /", &(scope + headers), body).unwrap()
}

fn create_key(address: &str) -> String {
    let headers = "X-Amz-Target: TrentService.CreateKey\r\nContent-Type: application/x-amz-json-1.1\r\n";
    between(&ask_service(address, "kms", headers, "{}"), "\"Arn\": \"", "\"").to_owned()
}

fn create_user(address: &str, name: &str, action: &str) -> Credentials {
    let iam = |query: &str| {
        let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
        ask_service(address, "iam", headers, &format!("Version=2010-05-08&UserName={name}&{query}"))
    };
    iam("Action=CreateUser");
    let policy = format!(
        "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22{action}%22%2C%22Resource%22%3A%22*%22%7D%5D%7D"
    );
    iam(&format!("Action=PutUserPolicy&PolicyName=p&PolicyDocument={policy}"));
    let answer = iam("Action=CreateAccessKey");
    Credentials {
        id: between(&answer, "<AccessKeyId>", "<").to_owned(),
        secret: between(&answer, "<SecretAccessKey>", "<").to_owned(),
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).unwrap().1.split_once(after).unwrap().0
}

/// The service, as users see it.
struct Bed {
    moto: &'static Moto,
    nobody: (SocketAddr, TcpSocket),
}

impl WrappingBed for Bed {
    fn port(&self) -> Arc<dyn KeyWrapping> {
        Arc::new(self.moto.wrapping_as(&self.moto.user, &self.moto.keys[0]))
    }

    fn without_key(&self) -> Arc<dyn KeyWrapping> {
        Arc::new(self.moto.wrapping_as(&self.moto.user, "alias/nobody"))
    }

    fn denied(&self) -> Arc<dyn KeyWrapping> {
        Arc::new(self.moto.wrapping_as(&self.moto.stranger, &self.moto.keys[0]))
    }

    fn away(&self) -> Arc<dyn KeyWrapping> {
        Arc::new(wrapping(&format!("http://{}", self.nobody.0)))
    }

    fn name_another_key(&self, wrapped: &mut WrappedKey) {
        wrapped.settings.insert("key_id".to_owned(), self.moto.keys[1].clone());
    }
}

#[tokio::test]
#[ignore = "needs moto"]
async fn kms_keeps_the_contract_of_key_wrapping() {
    every_case(Arc::new(Bed { moto: moto(), nobody: nobody() })).await;
}

#[tokio::test]
#[ignore = "needs moto"]
async fn a_key_that_kms_wrapped_unwraps_with_another_instance_by_id_arn_and_alias() {
    let moto = moto();
    let id = moto.keys[0].rsplit('/').next().unwrap();
    for key_id in [moto.keys[0].as_str(), id] {
        let wrapped = moto.wrapping_as(&moto.user, key_id).wrap(&key(), "4f1c").await.unwrap();
        assert_eq!(
            wrapped.settings["key_id"], moto.keys[0],
            "it names another key than the one that was used"
        );
        assert_eq!(wrapped.context["openccu-loom:data-dir"], "4f1c");
        let again = WrappedKey::from_json(wrapped.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(moto.unwrap(&again).await.unwrap(), key());
    }
}

#[tokio::test]
#[ignore = "needs moto"]
async fn kms_refuses_another_context_and_a_changed_ciphertext() {
    let (moto, wrapped) = (moto(), moto().wrapped().await);
    let mut other_context = wrapped.clone();
    other_context.context.insert("openccu-loom:data-dir".to_owned(), "another".to_owned());
    let mut no_context = wrapped.clone();
    no_context.context.clear();
    let mut changed = wrapped.clone();
    *changed.ciphertext.last_mut().unwrap() ^= 1;
    let mut shortened = wrapped.clone();
    shortened.ciphertext.pop();
    for changed in [other_context, no_context, changed, shortened] {
        let error = moto.unwrap(&changed).await.unwrap_err();
        assert!(matches!(error, KeyError::NotUnwrapped { .. }), "{error:?}");
        assert!(error.to_string().contains("wrapped by the kms key"), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs moto"]
async fn another_key_than_the_one_that_wrapped_does_not_unwrap() {
    let (moto, mut wrapped) = (moto(), moto().wrapped().await);
    wrapped.settings.insert("key_id".to_owned(), moto.keys[1].clone());
    moto.unwrap(&wrapped).await.unwrap_err();
}

#[tokio::test]
#[ignore = "needs moto"]
async fn a_key_that_kms_does_not_have_is_told_from_one_whose_use_it_denies() {
    let (moto, mut wrapped) = (moto(), moto().wrapped().await);
    let error = moto.wrapping_as(&moto.guest, "not asked for").unwrap_key(&wrapped).await.unwrap_err();
    assert!(matches!(error, KeyError::Denied { .. }), "{error:?}");
    assert!(error.to_string().contains("may do `kms:Decrypt` with `arn:"), "{error}");
    let missing = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";
    for key_id in [missing, "alias/nobody"] {
        wrapped.settings.insert("key_id".to_owned(), key_id.to_owned());
        let error = moto.unwrap(&wrapped).await.unwrap_err();
        assert!(matches!(error, KeyError::NoWrappingKey { .. }), "{error:?}");
        let error = moto.wrapping_as(&moto.user, key_id).wrap(&key(), "4f1c").await.unwrap_err();
        assert!(matches!(error, KeyError::NoWrappingKey { .. }), "{error:?}");
        assert!(error.to_string().contains(key_id), "{error}");
    }
}

#[tokio::test]
#[ignore = "needs moto"]
async fn kms_takes_our_signature_and_no_other() {
    let moto = moto();
    let forger = Credentials { secret: "guessed".to_owned(), ..moto.user.clone() };
    let unknown = Credentials { id: "AKIANOBODY".to_owned(), ..moto.user.clone() };
    for who in [forger, unknown] {
        let error = moto.wrapping_as(&who, &moto.keys[0]).wrap(&key(), "4f1c").await.unwrap_err();
        assert!(matches!(error, KeyError::Denied { .. }), "{error:?}");
        assert!(error.to_string().contains("credentials"), "{error}");
    }
}
