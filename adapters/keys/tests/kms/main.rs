//! Master keys wrapped by a key service: by a simulator of the real one, and by a stub for what that does not enforce.
//!
//! Does NOT touch the environment of the test process, and reaches no address beyond the loopback interface.

#![expect(clippy::unwrap_used, reason = "a service that cannot be started fails the case")]

mod answers;
mod credentials;
mod loopback;
mod moto;

use loom_adapter_keys::{KmsPatience, KmsSettings, KmsWrapping};
use loom_domain::secret::MasterKey;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpSocket;

const KEY_ID: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd";

/// Tries that follow each other at once, each as long as a busy machine may take.
const HASTE: KmsPatience = KmsPatience {
    connect: Duration::from_secs(60),
    try_for: Duration::from_secs(60),
    total: Duration::from_secs(300),
    tries: 5,
    first_pause: Duration::from_millis(1),
};

/// An address nobody listens at, as long as the socket is kept.
fn nobody() -> (SocketAddr, TcpSocket) {
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (closed.local_addr().unwrap(), closed)
}

fn key() -> MasterKey {
    MasterKey::from_bytes([0xa7; 32])
}

/// Credentials in variables, and no way to those of a machine.
fn variables(name: &str) -> Option<OsString> {
    match name {
        "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".into()),
        "AWS_SECRET_ACCESS_KEY" => Some("a secret of this test".into()),
        "AWS_EC2_METADATA_DISABLED" => Some("true".into()),
        _ => None,
    }
}

fn settings(endpoint: &str) -> KmsSettings {
    KmsSettings {
        key_id: Some(KEY_ID.to_owned()),
        region: Some("us-east-1".to_owned()),
        endpoint: Some(endpoint.to_owned()),
    }
}

fn wrapping(endpoint: &str) -> KmsWrapping {
    KmsWrapping::new(settings(endpoint), variables).with_patience(HASTE)
}
