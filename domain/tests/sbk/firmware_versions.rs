//! Versions of the firmware, and the member that names one.

use crate::court::{judge, only_damage};
use loom_contract::sbk_samples::SbkSample;
use loom_domain::sbk::FirmwareVersion;
use proptest::prelude::*;

fn version(text: &str) -> FirmwareVersion {
    FirmwareVersion::parse(text).unwrap()
}

fn backup_with(firmware_version: &[u8]) -> Vec<u8> {
    let mut sample = SbkSample::stock("3.87.6");
    sample.set_member("firmware_version", firmware_version);
    sample.build()
}

#[test]
fn three_or_four_numbers_are_a_version() {
    assert_eq!(version("3.87.6"), FirmwareVersion { major: 3, minor: 87, patch: 6, date: None });
    assert_eq!(version("2.61.7.20260101").date, Some(20_260_101));
    for bad in [
        "",
        "3",
        "3.87",
        "3.87.",
        "3.87.6.",
        "3.87.6.1.2",
        "3.87.x",
        "+3.87.6",
        " 3.87.6",
        "3.87.6-rc",
        "3.99999999999.1",
    ] {
        assert_eq!(FirmwareVersion::parse(bad), None, "{bad}");
    }
}

#[test]
fn a_ccu_compares_three_numbers_as_numbers() {
    assert!(version("3.87.6").is_newer_than(&version("3.9.12")));
    assert!(version("10.0.0").is_newer_than(&version("9.99.99")));
    assert!(!version("3.87.6.20270101").is_newer_than(&version("3.87.6.20260101")));
    assert!(!version("3.87.6.20270101").is_newer_than(&version("3.87.6")));
    assert_eq!(version("3.87.6.20270101").release(), (3, 87, 6));
}

#[test]
fn assignments_comments_and_blank_lines_are_taken() {
    let member = b"# firmware\n\n VERSION=3.87.6 \nPRODUCT='HM CCU3'\nPLATFORM=\"rpi3, 64 bit\"\n_x9=a/b:c,d+e@f%g-h\n";
    let verdict = judge(&backup_with(member));
    assert!(verdict.is_good(), "{:?}", verdict.damages);
    let facts = verdict.facts.unwrap();
    assert_eq!(facts.firmware, Some(version("3.87.6")));
    assert_eq!(facts.product.as_deref(), Some("HM CCU3"));
}

#[test]
fn whatever_a_shell_would_run_is_refused() {
    for line in [
        "reboot",
        "VERSION =3.87.6",
        "X=$(reboot)",
        "X=`reboot`",
        "X=1;reboot",
        "X=1 reboot",
        "X=\"$Y\"",
        "X=\"a\"b\"",
        "X='a",
        "X=a'",
        "PATH=/usr/local/x",
        "LD_PRELOAD=/usr/local/x.so",
        "1X=2",
        "=1",
        "X=~",
        "X=a&",
        "X=a|b",
        "X=<(a)",
        "X=\\\n",
        "X=1\r",
        "X=\u{a0}",
        "X=\"",
    ] {
        let damage = only_damage(&backup_with(format!("VERSION=3.87.6\n{line}\n").as_bytes()));
        assert_eq!(damage.code(), "bad_firmware_version", "{line}");
        let wanted = "`firmware_version`: line 2 is no plain assignment, a CCU would run it as a command; do not restore this backup";
        assert_eq!(damage.to_string(), wanted, "{line}");
    }
    assert_eq!(only_damage(&backup_with(b"VERSION=3.87.6\nX=\xff\n")).code(), "bad_firmware_version");
}

#[test]
fn a_missing_or_senseless_version_is_refused() {
    let words = |member: &[u8]| only_damage(&backup_with(member)).to_string();
    assert_eq!(words(b""), "`firmware_version`: names no version; a CCU would refuse this backup");
    assert_eq!(
        words(b"PRODUCT=HM-CCU3\n"),
        "`firmware_version`: names no version; a CCU would refuse this backup"
    );
    let wanted = "`firmware_version`: the version is not made of three or four numbers; a CCU would refuse this backup";
    assert_eq!(words(b"VERSION=3.87\n"), wanted);
    assert_eq!(words(b"VERSION=\"3.87.6\"\n"), wanted);
    assert_eq!(words(b"VERSION=3.87.6\nVERSION=3.87.6\n"), "`firmware_version`: names the version twice");
}

proptest! {
    #[test]
    fn what_is_displayed_is_read_back(major: u32, minor: u32, patch: u32, date: Option<u64>) {
        let version = FirmwareVersion { major, minor, patch, date };
        prop_assert_eq!(FirmwareVersion::parse(&version.to_string()), Some(version));
    }
}
