//! Each consent lifts exactly one refusal.

use super::*;
use crate::ccu::CcuFacts;
use crate::ccu_backup::{CcuBackupContents, CcuBackupId, CcuBackupState};
use jiff::Timestamp;

fn backup(central: Option<&str>, serial: Option<&str>) -> CcuBackup {
    let facts = |serial: &str| CcuFacts {
        serial: serial.to_owned(),
        product: "CCU3".to_owned(),
        firmware: "3.87.6".to_owned(),
        host_name: "ccu3".to_owned(),
    };
    CcuBackup {
        id: CcuBackupId::parse("upload-20261123-031500.000").unwrap(),
        central: central.map(|name| CentralName::parse(name).unwrap()),
        filename: None,
        state: CcuBackupState::Queued,
        contents: Some(CcuBackupContents { origin: serial.map(facts), ..CcuBackupContents::default() }),
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn check(
    backup: &CcuBackup,
    confirm: Option<&str>,
    foreign: Option<&str>,
    serial: Option<&str>,
) -> Result<(), String> {
    let consent =
        RestoreConsent { confirm: confirm.map(str::to_owned), accept_foreign: foreign.map(str::to_owned) };
    let target = CentralName::parse("ccu").unwrap();
    consent.check(backup, &target, serial).map_err(|refusal| refusal.to_string())
}

#[test]
fn the_name_of_the_target_has_to_be_typed() {
    let own = backup(Some("ccu"), Some("NEQ0000001"));
    assert_eq!(check(&own, Some("ccu"), None, Some("neq0000001")), Ok(()));
    assert_eq!(check(&own, Some("ccu"), None, None), Ok(()));
    assert_eq!(check(&own, Some("ccu"), None, Some("")), Ok(()));
    for typed in [None, Some("CCU"), Some("ccu "), Some("")] {
        assert!(check(&own, typed, Some("ccu"), None).unwrap_err().ends_with("type `ccu` to confirm"));
    }
}

#[test]
fn a_backup_of_another_central_takes_the_name_of_that_central() {
    let foreign = backup(Some("other"), None);
    assert!(check(&foreign, Some("ccu"), None, None).unwrap_err().contains("accept `other`"));
    assert!(check(&foreign, Some("ccu"), Some("ccu"), None).is_err());
    assert_eq!(check(&foreign, Some("ccu"), Some("other"), None), Ok(()));
}

#[test]
fn a_backup_of_another_unit_of_the_same_name_is_foreign_too() {
    let old = backup(Some("ccu"), Some("NEQ0000001"));
    let error = check(&old, Some("ccu"), None, Some("NEQ0000002")).unwrap_err();
    assert!(error.contains("`NEQ0000001`") && error.contains("`NEQ0000002`"), "{error}");
    assert_eq!(check(&old, Some("ccu"), Some("ccu"), Some("NEQ0000002")), Ok(()));
}

#[test]
fn a_backup_of_unknown_origin_takes_its_own_id() {
    let upload = backup(None, None);
    assert!(check(&upload, Some("ccu"), None, None).unwrap_err().contains("upload-20261123-031500.000"));
    assert!(check(&upload, Some("ccu"), Some("ccu"), None).is_err());
    assert_eq!(check(&upload, Some("ccu"), Some("upload-20261123-031500.000"), None), Ok(()));
}
