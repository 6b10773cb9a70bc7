//! Whether the name of an archive says what it is: an open one that is called sealed is taken for a sealed one.
//!
//! Does NOT name archives (`loom_app::default_archive_name`).

use crate::failure::Failure;
use loom_domain::archive::{ArchiveFormat, FormOrder, SealOrder};

/// Endings that say that an archive is sealed.
const SEALED: [&str; 2] = [".age", ".oclbak"];

/// Refuses a name that says sealed of an archive that nobody seals. Of any other that says what the archive is not, hands
/// words for a warning back. A name that says nothing is fine.
pub(super) fn check(name: &str, order: &FormOrder) -> Result<Option<String>, Failure> {
    let says_sealed = SEALED.iter().find(|ending| name.to_lowercase().ends_with(*ending)).copied();
    let right = order.ending();
    let claim = match (says_sealed, ArchiveFormat::in_name(name)) {
        (Some(ending), _) if order.seal.is_none() => {
            return Err(Failure::Usage(format!(
                "`{name}` ends in `{ending}`, and nothing seals the archive: it would be open to everybody under the name of a sealed one\nhint: name recipients with --recipient, in the config file below `state_backups`, or choose a name that ends in `.{right}`"
            )));
        }
        // Without a format before it the name may still say for whom.
        (Some(ending), None) if right.ends_with(ending) => return Ok(passphrase_words(name, order)),
        (None, None) => return Ok(passphrase_words(name, order)),
        (ending, format) => {
            format!("{}{}", format.map_or("", ArchiveFormat::as_str), ending.unwrap_or_default())
        }
    };
    let claim = claim.trim_start_matches('.');
    Ok((claim != right).then(|| {
        format!("`{name}` ends in `.{claim}`, and the archive is another one: it should end in `.{right}`")
    }))
}

fn passphrase_words(name: &str, order: &FormOrder) -> Option<String> {
    matches!(order.seal, Some(SealOrder::Passphrase(_))).then(|| {
        format!(
            "`{name}` does not end in `.{}`: nothing else tells it from files of others, so `backup list` does not show it, and a backup of a data dir that it lies in holds it",
            order.ending()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_domain::archive::Recipient;

    fn order(format: ArchiveFormat, seal: Option<SealOrder>) -> FormOrder {
        FormOrder { format, seal }
    }

    fn for_recipient() -> Option<SealOrder> {
        let recipient = Recipient::parse("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p");
        Some(SealOrder::Recipients(vec![recipient.unwrap()]))
    }

    #[test]
    fn an_open_archive_under_the_name_of_a_sealed_one_is_refused() {
        let in_capitals = ["a.TAR.GZ.AGE", "a.tar.gz.Age", "a.zip.OCLBAK"];
        for name in ["a.tar.gz.age", "a.age", "a.tar.zst.age", "a.tar.gz.oclbak", "a.zip.oclbak"]
            .into_iter()
            .chain(in_capitals)
        {
            let refused = check(name, &order(ArchiveFormat::TarGz, None));
            assert!(matches!(&refused, Err(Failure::Usage(words)) if words.contains(name)), "{name}");
        }
    }

    #[test]
    fn a_name_that_says_what_the_archive_is_not_is_told_with_the_right_ending() {
        for (name, order) in [
            ("a.tar.gz", order(ArchiveFormat::TarGz, for_recipient())),
            ("a.tar.gz", order(ArchiveFormat::Zip, None)),
            ("a.zip", order(ArchiveFormat::TarGz, None)),
            ("a.tar.gz.age", order(ArchiveFormat::TarZst, for_recipient())),
            ("a.tar.gz.oclbak", order(ArchiveFormat::TarGz, for_recipient())),
            ("a.oclbak", order(ArchiveFormat::TarGz, for_recipient())),
            ("a.tar.gz.age", order(ArchiveFormat::TarGz, Some(SealOrder::MasterKey))),
            ("a.tar.gz", order(ArchiveFormat::TarGz, Some(SealOrder::MasterKey))),
        ] {
            let told = check(name, &order).unwrap_or_default().unwrap_or_default();
            assert!(told.contains(&format!("should end in `.{}`", order.ending())), "{name}: {told}");
        }
    }

    #[test]
    fn a_right_ending_and_none_are_silent() {
        for (name, order) in [
            ("a.tar.gz", order(ArchiveFormat::TarGz, None)),
            ("a.zip", order(ArchiveFormat::Zip, None)),
            ("a.tar.zst.age", order(ArchiveFormat::TarZst, for_recipient())),
            ("a.age", order(ArchiveFormat::TarZst, for_recipient())),
            ("a.oclbak", order(ArchiveFormat::TarGz, Some(SealOrder::MasterKey))),
            ("a.TAR.GZ.AGE", order(ArchiveFormat::TarGz, for_recipient())),
            ("archive", order(ArchiveFormat::TarZst, None)),
            ("archive.bak", order(ArchiveFormat::TarGz, for_recipient())),
            ("-", order(ArchiveFormat::TarGz, None)),
        ] {
            assert!(matches!(check(name, &order), Ok(None)), "{name}");
        }
    }
}
