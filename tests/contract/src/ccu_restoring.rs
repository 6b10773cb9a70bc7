//! The suite of [`CcuRestoring`].
//!
//! Does NOT make centrals: the adapter's test supplies a [`CcuBed`].
//!
//! [`CcuRestoring`]: loom_domain::ports::CcuRestoring

use crate::ccu_gateway::{CcuBed, read};
use bytes::Bytes;
use loom_domain::ports::{CcuError, CcuGateway, CcuRestoreError, Content, OfferedSystemBackup, ReadError};
use loom_domain::secret::SecretText;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// Bytes that are no system backup are refused when they are offered, and the central keeps its state.
pub async fn bytes_that_are_no_backup_are_refused(bed: Arc<dyn CcuBed>) {
    let before = bed.state().await;
    let port = bed.port();
    let backup = take(&*bed).await;
    for bytes in [b"no system backup", &b"<html><body>Login</body></html>"[..], &backup[..backup.len() / 2]] {
        let error = offer(&*port, bytes).await.unwrap_err();
        assert!(matches!(error, CcuRestoreError::NotAccepted(_)), "{error}");
        assert!(port.apply_offer(None).await.is_err());
    }
    restart(&*bed, &*port).await;
    assert_eq!(bed.state().await, before);
}

/// A content that is not as long as announced is an error, and the central keeps its state.
pub async fn a_content_of_another_length_is_an_error(bed: Arc<dyn CcuBed>) {
    let backup = take(&*bed).await;
    bed.change_state().await;
    let changed = bed.state().await;
    let port = bed.port();
    let bytes = backup.len() as u64;
    let (head, tail) = backup.split_at(backup.len() / 2);
    for (announced, incoming) in [
        (bytes, content(&[head], None)),
        (bytes, content(&[head, tail, b"x"], None)),
        (bytes, content(&[head], Some("the line broke"))),
        (bytes + 1, content(&[head, tail], None)),
    ] {
        assert!(port.offer_system_backup(announced, incoming).await.is_err());
        assert!(port.apply_offer(None).await.is_err());
    }
    restart(&*bed, &*port).await;
    assert_eq!(bed.state().await, changed);
}

/// What was offered and applied is the central's state after the next restart.
pub async fn what_was_applied_is_the_state_after_the_restart(bed: Arc<dyn CcuBed>) {
    let before = bed.state().await;
    let backup = take(&*bed).await;
    bed.change_state().await;
    assert_ne!(bed.state().await, before);
    let port = bed.port();
    assert!(!offer(&*port, &backup).await.unwrap().wants_key);
    port.apply_offer(None).await.unwrap();
    restart(&*bed, &*port).await;
    assert_eq!(bed.state().await, before);
}

/// What was only offered never becomes the central's state.
pub async fn what_was_only_offered_never_becomes_the_state(bed: Arc<dyn CcuBed>) {
    let backup = take(&*bed).await;
    bed.change_state().await;
    let changed = bed.state().await;
    let port = bed.port();
    offer(&*port, &backup).await.unwrap();
    assert_eq!(bed.state().await, changed);
    restart(&*bed, &*port).await;
    assert_eq!(bed.state().await, changed);
}

/// Applying without an offer is refused.
pub async fn applying_without_an_offer_is_refused(bed: Arc<dyn CcuBed>) {
    let refused = |error: &CcuRestoreError| matches!(error, CcuRestoreError::Ccu(CcuError::Refused(_)));
    let port = bed.port();
    let error = port.apply_offer(None).await.unwrap_err();
    assert!(refused(&error), "{error}");
    offer(&*port, &take(&*bed).await).await.unwrap();
    port.apply_offer(None).await.unwrap();
    let error = port.apply_offer(None).await.unwrap_err();
    assert!(refused(&error), "one offer served twice: {error}");
}

/// An offer that asks for a security key is not applied with another one or none.
pub async fn a_wrong_security_key_is_not_applied(bed: Arc<dyn CcuBed>) {
    let without_key = take(&*bed).await;
    bed.set_security_key(Some("Right_Key_1")).await;
    let before = bed.state().await;
    let with_key = take(&*bed).await;
    bed.change_state().await;
    let changed = bed.state().await;
    let port = bed.port();
    for (backup, key_of_central) in
        [(&with_key, Some("Right_Key_1")), (&without_key, Some("Right_Key_1")), (&with_key, None)]
    {
        bed.set_security_key(key_of_central).await;
        for wrong in [None, Some(SecretText::new("Wrong_Key_2"))] {
            assert!(offer(&*port, backup).await.unwrap().wants_key);
            let error = port.apply_offer(wrong.as_ref()).await.unwrap_err();
            let named = match key_of_central {
                Some(_) => matches!(error, CcuRestoreError::NotTheKeyOfTheCentral),
                None => matches!(error, CcuRestoreError::NotTheKeyOfTheBackup),
            };
            assert!(named, "{error}");
            assert!(!error.to_string().contains("Wrong_Key_2"), "{error}");
        }
    }
    restart(&*bed, &*port).await;
    assert_eq!(bed.state().await, changed);
    assert!(offer(&*port, &with_key).await.unwrap().wants_key);
    port.apply_offer(Some(&SecretText::new("Right_Key_1"))).await.unwrap();
    restart(&*bed, &*port).await;
    assert_eq!(bed.state().await, before);
}

/// It has been up for less time after a restart than since before it.
pub async fn a_restart_begins_the_uptime_anew(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    let before_it = Instant::now();
    assert!(port.up_for().await.unwrap() > before_it.elapsed(), "it was up before");
    restart(&*bed, &*port).await;
    let up_for = port.up_for().await.unwrap();
    assert!(up_for <= before_it.elapsed(), "{up_for:?} since a restart {:?} ago", before_it.elapsed());
}

/// Tests that a central takes system backups back as the contract says.
#[macro_export]
macro_rules! ccu_restoring_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            ccu_restoring,
            $fresh,
            [
                bytes_that_are_no_backup_are_refused,
                a_content_of_another_length_is_an_error,
                what_was_applied_is_the_state_after_the_restart,
                what_was_only_offered_never_becomes_the_state,
                applying_without_an_offer_is_refused,
                a_wrong_security_key_is_not_applied,
                a_restart_begins_the_uptime_anew,
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
    let chunks = chunks.iter().map(|chunk| Bytes::copy_from_slice(chunk)).collect();
    Box::new(Chunks { chunks, breaks })
}

async fn take(bed: &dyn CcuBed) -> Vec<u8> {
    let port = bed.port();
    let backup = port.create_system_backup().await.unwrap();
    let bytes = read(backup.content).await.unwrap();
    port.farewell().await;
    bytes
}

async fn offer(port: &dyn CcuGateway, bytes: &[u8]) -> Result<OfferedSystemBackup, CcuRestoreError> {
    let (head, tail) = bytes.split_at(bytes.len() / 3);
    port.offer_system_backup(bytes.len() as u64, content(&[head, tail], None)).await
}

async fn restart(bed: &dyn CcuBed, port: &dyn CcuGateway) {
    port.restart().await.unwrap();
    bed.back_after_restart().await;
    port.is_ready().await.unwrap();
}
