//! Cases of the settings of sealing: what they come to, what contradicts itself, and files that cannot be used.

use super::*;

const ONE: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const OTHER: &str = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";

fn words(seal: &str, recipients: &[&str], recipients_file: &str, passphrase_file: &str) -> SealingWords {
    SealingWords {
        format: "tar.gz".to_owned(),
        seal: seal.to_owned(),
        recipients: recipients.iter().map(|&text| text.to_owned()).collect(),
        recipients_file: recipients_file.to_owned(),
        passphrase_file: passphrase_file.to_owned(),
    }
}

fn refused(words: &SealingWords) -> String {
    words.settings().unwrap_err().to_string()
}

#[test]
fn an_empty_word_means_what_the_other_settings_say() {
    let nobody = words("", &[], "", "").settings().unwrap();
    assert_eq!((nobody.seal.clone(), nobody.ending().as_str()), (SealSetting::Nobody, "tar.gz"));
    let sealed = words("", &[ONE], "more", "").settings().unwrap();
    let expected = SealSetting::Recipients { named: vec![ONE.to_owned()], file: Some("more".into()) };
    assert_eq!((sealed.seal.clone(), sealed.ending().as_str()), (expected, "tar.gz.age"));
    let sealed = words("", &[], "", "phrase").settings().unwrap();
    assert_eq!(sealed.seal, SealSetting::PassphraseFile("phrase".into()));
}

#[test]
fn each_word_needs_its_settings_and_bears_no_others() {
    for seal in ["none", "master-key", "passphrase"] {
        assert!(refused(&words(seal, &[ONE], "", "")).contains("`state_backups.recipients` contradict"));
        assert!(refused(&words(seal, &[], "x", "")).contains("`state_backups.recipients_file` contradict"));
    }
    for seal in ["none", "master-key", "recipients"] {
        assert!(refused(&words(seal, &[], "", "x")).contains("`state_backups.passphrase_file` contradict"));
    }
    for seal in ["", "none", "master-key", "recipients", "passphrase"] {
        assert!(refused(&words(seal, &[ONE], "", "x")).contains("contradict each other"), "{seal}");
    }
    assert!(refused(&words("recipients", &[], "", "")).contains("needs `state_backups.recipients`"));
    assert!(refused(&words("passphrase", &[], "", "")).contains("needs `state_backups.passphrase_file`"));
    for (seal, recipients, file, setting) in [
        ("none", &[][..], "", SealSetting::Nobody),
        ("master-key", &[], "", SealSetting::MasterKey),
        ("passphrase", &[], "x", SealSetting::PassphraseFile("x".into())),
        ("recipients", &[ONE], "", SealSetting::Recipients { named: vec![ONE.to_owned()], file: None }),
    ] {
        assert_eq!(words(seal, recipients, "", file).settings().unwrap().seal, setting);
    }
}

#[test]
fn the_master_key_seals_tar_gz_only() {
    let zip = SealingWords { format: "zip".to_owned(), ..words("master-key", &[], "", "") };
    assert!(refused(&zip).contains("packed as tar.gz, not as zip"));
    let order = FormOrder { format: ArchiveFormat::TarZst, seal: Some(SealOrder::MasterKey) };
    assert!(checked(order).unwrap_err().to_string().contains("not as tar.zst"));
}

#[test]
fn recipients_of_settings_and_file_come_together_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recipients");
    std::fs::write(&file, format!("{OTHER}\n{ONE}\n")).unwrap();
    let settings = words("", &[ONE], file.to_str().unwrap(), "").settings().unwrap();
    let Some(SealOrder::Recipients(recipients)) = settings.resolve().unwrap().seal else { panic!() };
    assert_eq!(recipients.iter().map(Recipient::as_str).collect::<Vec<_>>(), [ONE, OTHER]);
}

#[test]
fn a_file_is_read_anew_each_time_and_one_that_cannot_be_used_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recipients");
    let settings = words("", &[], file.to_str().unwrap(), "").settings().unwrap();
    assert!(settings.resolve().unwrap_err().to_string().contains("recipients` cannot be read"));
    std::fs::write(&file, "# nobody\n").unwrap();
    assert!(settings.resolve().unwrap_err().to_string().contains("holds no recipient"));
    std::fs::write(&file, ONE).unwrap();
    assert!(
        matches!(settings.resolve().unwrap().seal, Some(SealOrder::Recipients(found)) if found.len() == 1)
    );
    let settings = words("", &[], "", file.to_str().unwrap()).settings().unwrap();
    std::fs::write(&file, "").unwrap();
    assert!(settings.resolve().unwrap_err().to_string().contains("is empty"));
}

#[test]
fn a_named_recipient_that_is_none_is_told_by_its_number() {
    let settings = words("", &[ONE, "AGE-SECRET-KEY-1QQQQQQQQQQQQ"], "", "").settings().unwrap();
    let refused = settings.resolve().unwrap_err().to_string();
    assert!(
        refused.contains("`: recipient number 2 is an identity") && !refused.contains("QQQ"),
        "{refused}"
    );
}
