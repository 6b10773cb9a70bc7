//! The suite of [`CcuGateway`] and its roles.
//!
//! Does NOT make centrals: the adapter's test supplies a [`CcuBed`].

use bytes::Bytes;
use loom_domain::ports::{CcuError, CcuGateway, Content, ReadError};
use std::collections::VecDeque;
use std::sync::Arc;

/// A central under test: it runs, has a serial number, at least one interface and some state.
pub trait CcuBed: Send + Sync {
    /// The port to the central; each call gives another one.
    fn port(&self) -> Arc<dyn CcuGateway>;
    /// Lets the central boot until it is told otherwise.
    fn set_booting(&self, booting: bool);
    /// The central's state, in any form that shows a change.
    fn state(&self) -> String;
    /// Changes the central's state.
    fn change_state(&self);
}

/// Two calls to one central give one serial number.
pub async fn one_central_has_one_serial_number(bed: Arc<dyn CcuBed>) {
    let first = bed.port().identity().await.unwrap();
    bed.change_state();
    let second = bed.port().identity().await.unwrap();
    assert!(!first.serial.is_empty());
    assert_eq!(first.serial, second.serial);
}

/// A central that boots is `NotReady`, never an empty answer.
pub async fn a_booting_central_is_not_ready(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    let interface = port.list_interfaces().await.unwrap().remove(0);
    bed.set_booting(true);
    let backup = content(&[b"x"], None);
    for (call, error) in [
        ("identity", port.identity().await.err()),
        ("create", port.create_system_backup().await.err()),
        ("restore", port.restore_system_backup(1, backup, None).await.err()),
        ("interfaces", port.list_interfaces().await.err()),
        ("devices", port.list_ccu_devices(&interface).await.err()),
        ("paramsets", port.paramset_descriptions(&interface, "ABC0000001:1").await.err()),
    ] {
        assert!(matches!(error, Some(CcuError::NotReady(_))), "{call}: {error:?}");
    }
    bed.set_booting(false);
    port.identity().await.unwrap();
}

/// What was created is what is restored: the bytes handed to `restore_system_backup` arrive whole or it fails.
pub async fn a_backup_is_restored_whole_or_not_at_all(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    let before = bed.state();
    let backup = read(port.create_system_backup().await.unwrap()).await;
    bed.change_state();
    let changed = bed.state();
    assert_ne!(before, changed);

    let bytes = backup.len() as u64;
    let (head, tail) = backup.split_at(backup.len() / 2);
    for (announced, incoming) in [
        (bytes, content(&[head], None)),
        (bytes, content(&[head, tail, b"x"], None)),
        (bytes, content(&[head], Some("the line broke"))),
        (bytes + 1, content(&[head, tail], None)),
    ] {
        assert!(port.restore_system_backup(announced, incoming, None).await.is_err());
        assert_eq!(bed.state(), changed);
    }
    port.restore_system_backup(bytes, content(&[head, tail], None), None).await.unwrap();
    assert_eq!(bed.state(), before);
}

/// A restore of bytes that are no system backup is `Refused`, and the central keeps its state.
pub async fn bytes_that_are_no_backup_are_refused(bed: Arc<dyn CcuBed>) {
    let before = bed.state();
    for bytes in [&b""[..], b"no system backup", b"<html><body>Login</body></html>"] {
        let incoming = content(&[bytes], None);
        let error = bed.port().restore_system_backup(bytes.len() as u64, incoming, None).await.unwrap_err();
        assert!(matches!(error, CcuError::Refused(_)), "{error}");
        assert_eq!(bed.state(), before);
    }
}

/// Devices of an unknown interface are `Refused`, not an empty list.
pub async fn devices_of_an_unknown_interface_are_refused(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    for interface in port.list_interfaces().await.unwrap() {
        port.list_ccu_devices(&interface).await.unwrap();
    }
    let error = port.list_ccu_devices("No-Such-RF").await.unwrap_err();
    assert!(matches!(error, CcuError::Refused(_)), "{error}");
}

/// Tests that a gateway to a central keeps its contract.
#[macro_export]
macro_rules! ccu_gateway_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            ccu_gateway,
            $fresh,
            [
                one_central_has_one_serial_number,
                a_booting_central_is_not_ready,
                a_backup_is_restored_whole_or_not_at_all,
                bytes_that_are_no_backup_are_refused,
                devices_of_an_unknown_interface_are_refused,
            ]
        );
    };
}

/// Chunks to hand over, and whether reading breaks after them.
struct Chunks {
    chunks: VecDeque<Bytes>,
    breaks: Option<&'static str>,
}

#[async_trait::async_trait]
impl Content for Chunks {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        match (self.chunks.pop_front(), self.breaks) {
            (None, Some(reason)) => Err(ReadError { path: "backup.sbk".to_owned(), source: reason.into() }),
            (chunk, _) => Ok(chunk),
        }
    }
}

fn content(chunks: &[&[u8]], breaks: Option<&'static str>) -> Box<dyn Content> {
    let chunks = chunks.iter().filter(|chunk| !chunk.is_empty()).map(|chunk| Bytes::copy_from_slice(chunk));
    Box::new(Chunks { chunks: chunks.collect(), breaks })
}

async fn read(mut content: Box<dyn Content>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(chunk) = content.next_chunk().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    bytes
}
