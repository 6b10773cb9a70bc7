//! Each kind of difference is told, and equal centrals have none.

use super::*;
use crate::ccu_backup::{CcuBackupId, CcuBackupState};
use jiff::Timestamp;

fn backup(firmware: &str, devices: &[(&str, u64)]) -> CcuBackup {
    CcuBackup {
        id: CcuBackupId::parse("b").unwrap(),
        central: None,
        filename: None,
        state: CcuBackupState::Running,
        contents: Some(CcuBackupContents {
            firmware: Some(firmware.to_owned()),
            devices: devices.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            ..CcuBackupContents::default()
        }),
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

fn present(devices: &[(&str, Result<u64, &str>)]) -> Present {
    let devices = devices.iter().map(|(name, count)| ((*name).to_owned(), count.map_err(str::to_owned)));
    Present { firmware: "3.87.6".to_owned(), devices: devices.collect(), has_restarted: true }
}

#[test]
fn a_central_that_is_as_recorded_has_no_differences() {
    let recorded = backup("3.87.6", &[("HmIP-RF", 40), ("BidCos-RF", 12)]);
    let now = present(&[("HmIP-RF", Ok(40)), ("BidCos-RF", Ok(12)), ("CUxD", Ok(0))]);
    assert_eq!(differences(Some(&recorded), None, &now), Vec::<String>::new());
    assert!(is_complete(&recorded.contents.unwrap().devices, &now));
}

#[test]
fn every_interface_that_differs_is_told() {
    let recorded = backup("3.69.7", &[("HmIP-RF", 40), ("BidCos-RF", 12), ("VirtualDevices", 2)]);
    let now = present(&[("HmIP-RF", Ok(38)), ("BidCos-RF", Err("it boots"))]);
    let found = differences(Some(&recorded), None, &now).join("\n");
    for part in
        ["firmware 3.87.6", "`HmIP-RF` has 38", "does not answer (it boots)", "no interface `VirtualDevices`"]
    {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(!is_complete(&recorded.contents.unwrap().devices, &now));
}

#[test]
fn a_restore_that_did_nothing_is_told_by_the_counts_from_before() {
    let recorded = backup("3.87.6", &[("HmIP-RF", 40)]);
    let before = backup("3.87.6", &[("HmIP-RF", 7)]);
    let unchanged = differences(Some(&recorded), Some(&before), &present(&[("HmIP-RF", Ok(7))]));
    assert!(unchanged[0].contains("seems not to have taken the backup over"), "{unchanged:?}");
    let more = backup("3.87.6", &[("HmIP-RF", 40), ("BidCos-RF", 5)]);
    let unchanged = present(&[("HmIP-RF", Ok(40)), ("BidCos-RF", Ok(5))]);
    let found = differences(Some(&recorded), Some(&more), &unchanged);
    assert!(found[0].contains("seems not to have taken the backup over"), "{found:?}");
    assert_eq!(found[1], "interface `BidCos-RF` has 5 devices and channels, the backup recorded 0");
    let same = backup("3.87.6", &[("HmIP-RF", 40)]);
    assert!(differences(Some(&recorded), Some(&same), &present(&[("HmIP-RF", Ok(40))])).is_empty());
}

#[test]
fn what_cannot_be_compared_is_said() {
    let now = Present { has_restarted: false, ..present(&[("HmIP-RF", Ok(40))]) };
    let found = differences(None, None, &now);
    assert!(
        found[0].contains("never seen to restart") && found[1].contains("were not compared"),
        "{found:?}"
    );
}
