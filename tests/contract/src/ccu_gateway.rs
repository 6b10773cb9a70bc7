//! The suite of a central's roles, all but restoring (`ccu_restoring`).
//!
//! Does NOT make centrals: the adapter's test supplies a [`CcuBed`].

use async_trait::async_trait;
use loom_domain::ports::{CcuError, CcuFindingOutcome, CcuGateway, Content, ParamsetAnswer, ReadError};
use loom_domain::sbk::{SbkJudge, SbkLimits, SbkVerdict};
use loom_domain::secret::SecretText;
use std::sync::Arc;

/// A central under test. It runs, has a serial number, some state, no security key of its own, and at least one interface
/// with a device that names a paramset the central describes.
#[async_trait]
pub trait CcuBed: Send + Sync {
    /// The port to the central; each call gives another one.
    fn port(&self) -> Arc<dyn CcuGateway>;
    /// Lets the central boot until it is told otherwise.
    async fn set_booting(&self, booting: bool);
    /// Whether the central does not accept our credentials.
    async fn lock_us_out(&self, locked: bool);
    /// How much the central holds for us, such as sessions.
    async fn held(&self) -> usize;
    /// The central's state, in any form that shows a change.
    async fn state(&self) -> String;
    /// Changes the central's state.
    async fn change_state(&self);
    /// Sets a security key on the central, or takes it away.
    async fn set_security_key(&self, key: Option<&str>);
    /// Lets system backups that are fetched from now on break off in their middle, or not any more.
    async fn cut_backups(&self, cut: bool);
    /// Returns when a central that was told to restart is back. To be called once for each restart.
    async fn back_after_restart(&self);
}

/// Two calls to one central give one serial number.
pub async fn one_central_has_one_serial_number(bed: Arc<dyn CcuBed>) {
    let first = bed.port().identity().await.unwrap();
    bed.change_state().await;
    let second = bed.port().identity().await.unwrap();
    assert!(!first.serial.is_empty());
    assert_eq!(first.serial, second.serial);
}

/// A central that boots is `NotReady`, never an empty answer.
pub async fn a_booting_central_is_not_ready(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    let interface = port.list_interfaces().await.unwrap().remove(0);
    port.is_ready().await.unwrap();
    port.farewell().await;
    bed.set_booting(true).await;
    let key = SecretText::new("Some_Key_1");
    for (call, error) in [
        ("ready", port.is_ready().await.err()),
        ("identity", port.identity().await.err()),
        ("backup", port.create_system_backup().await.err()),
        ("has key", port.has_security_key().await.err()),
        ("is key", port.is_security_key(&key).await.err()),
        ("interfaces", port.list_interfaces().await.err()),
        ("devices", port.list_ccu_devices(&interface).await.err()),
        ("paramset", port.describe_paramset(&interface, "ABC0000001", "MASTER").await.err()),
    ] {
        assert!(matches!(error, Some(CcuError::NotReady(_))), "{call}: {error:?}");
    }
    bed.set_booting(false).await;
    port.is_ready().await.unwrap();
    port.identity().await.unwrap();
}

/// After a farewell the central holds nothing for us any more, and the next call begins anew.
pub async fn a_farewell_leaves_nothing_behind(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    for _ in 0..2 {
        port.identity().await.unwrap();
        assert_ne!(bed.held().await, 0, "there is nothing to give back");
        port.farewell().await;
        assert_eq!(bed.held().await, 0);
    }
    port.farewell().await;
    bed.set_booting(true).await;
    port.farewell().await;
}

/// What comes is a whole system backup, or an error; what is cut off ends in an error.
pub async fn a_system_backup_comes_whole_or_not_at_all(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    let verdict = fetch(&*port).await.unwrap();
    assert!(verdict.is_good(), "{:?}", verdict.damages);
    bed.change_state().await;
    assert_ne!(fetch(&*port).await.unwrap().sha256, verdict.sha256, "the state is not in it");
    bed.cut_backups(true).await;
    fetch(&*port).await.unwrap_err();
    bed.cut_backups(false).await;
    assert!(fetch(&*port).await.unwrap().is_good());
}

/// Only the key that is set is accepted; while none is set, none is.
pub async fn only_the_security_key_that_is_set_is_accepted(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    let (first, second) = (SecretText::new("First_Key_1"), SecretText::new("Second_Key_2"));
    for set in [None, Some(&first), Some(&second), None] {
        bed.set_security_key(set.map(SecretText::reveal)).await;
        assert_eq!(port.has_security_key().await.unwrap(), set.is_some());
        for key in [&first, &second] {
            assert_eq!(port.is_security_key(key).await.unwrap(), set == Some(key));
        }
    }
}

/// Devices of an unknown interface are `Refused`, not an empty list.
pub async fn devices_of_an_unknown_interface_are_refused(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    for interface in port.list_interfaces().await.unwrap() {
        let list = port.list_ccu_devices(&interface).await.unwrap();
        assert!(list.devices.iter().all(|device| !device.address.is_empty()));
    }
    let error = port.list_ccu_devices("No-Such-RF").await.unwrap_err();
    assert!(matches!(error, CcuError::Refused(_)), "{error}");
}

/// Each paramset a device names is described, said to be none, or put off; an unknown device is `Refused`.
pub async fn each_paramset_a_device_names_has_an_answer(bed: Arc<dyn CcuBed>) {
    let port = bed.port();
    let mut described = 0;
    for interface in port.list_interfaces().await.unwrap() {
        for device in port.list_ccu_devices(&interface).await.unwrap().devices {
            for key in &device.paramset_keys {
                let answer = port.describe_paramset(&interface, &device.address, key).await.unwrap();
                if let ParamsetAnswer::Described(content) = answer {
                    assert!(content.is_object(), "{} {key}: {content}", device.address);
                    described += 1;
                }
            }
        }
        let error = port.describe_paramset(&interface, "NOSUCH0001:1", "MASTER").await.unwrap_err();
        assert!(matches!(error, CcuError::Refused(_)), "{error}");
    }
    assert_ne!(described, 0, "there is nothing to describe");
}

/// A diagnosis always ends with findings, however sick the central is, and each that is not fine says what to do.
pub async fn a_diagnosis_always_ends_with_findings(bed: Arc<dyn CcuBed>) {
    assert!(!diagnose(&*bed).await);
    bed.lock_us_out(true).await;
    assert!(diagnose(&*bed).await);
    bed.lock_us_out(false).await;
    bed.set_booting(true).await;
    assert!(diagnose(&*bed).await);
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
                a_farewell_leaves_nothing_behind,
                a_system_backup_comes_whole_or_not_at_all,
                only_the_security_key_that_is_set_is_accepted,
                devices_of_an_unknown_interface_are_refused,
                each_paramset_a_device_names_has_an_answer,
                a_diagnosis_always_ends_with_findings,
            ]
        );
    };
}

/// Makes a diagnosis; whether it found something broken.
async fn diagnose(bed: &dyn CcuBed) -> bool {
    let findings = bed.port().diagnose().await;
    assert!(!findings.is_empty());
    for finding in &findings {
        assert!(!finding.subject.is_empty() && !finding.detail.is_empty(), "{finding:?}");
        let needs_hint = matches!(finding.outcome, CcuFindingOutcome::Odd | CcuFindingOutcome::Broken);
        assert!(finding.hint.is_some() || !needs_hint, "{finding:?}");
    }
    findings.iter().any(|finding| finding.outcome == CcuFindingOutcome::Broken)
}

/// Fetches a system backup and judges it; an error is one of asking or of reading.
async fn fetch(port: &dyn CcuGateway) -> Result<SbkVerdict, String> {
    let backup = port.create_system_backup().await.map_err(|error| error.to_string())?;
    let bytes = read(backup.content).await.map_err(|error| error.to_string())?;
    let mut judge = SbkJudge::new(SbkLimits::default());
    _ = judge.push(&bytes);
    Ok(judge.finish(backup.announced_bytes))
}

pub(crate) async fn read(mut content: Box<dyn Content>) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = content.next_chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
