//! How the archive is packed and for whom it is sealed: what the flags say, else the configuration.
//!
//! Does NOT seal, and does NOT know what the configuration may say (`loom_app::sealing`).

use crate::args::{FormatWord, SealArgs, SealWord};
use crate::failure::Failure;
use crate::{passphrase, secret_input};
use loom_app::sealing::{SealSetting, SealingSettings, checked};
use loom_domain::archive::{ArchiveFormat, FormOrder, SealOrder};
use std::path::Path;

/// Works the order out; a passphrase may be asked for.
pub(super) async fn seal_order(args: &SealArgs, configured: SealingSettings) -> Result<FormOrder, Failure> {
    let format = args.format.map_or(configured.format, format_of);
    let passphrase = match &args.passphrase_file {
        Some(file) if file == Path::new("-") => Some(secret_input::from_file(file, "--passphrase-file")?),
        _ if args.passphrase => Some(passphrase::choose().await?),
        _ => None,
    };
    if let Some(passphrase) = passphrase {
        return Ok(checked(FormOrder { format, seal: Some(SealOrder::Passphrase(passphrase)) })?);
    }
    if let (Some(SealWord::MasterKey), Some(other @ (FormatWord::TarZst | FormatWord::Zip))) =
        (args.seal, args.format)
    {
        let other = format_of(other).as_str();
        return Err(Failure::Usage(format!(
            "--seal master-key cannot be used with --format {other}: the master key seals tar.gz only\nhint: seal it for recipients, or leave --format out"
        )));
    }
    let seal = of_flags(args).unwrap_or(configured.seal);
    Ok(SealingSettings { format, seal }.resolve()?)
}

/// What the flags say, if they say anything.
fn of_flags(args: &SealArgs) -> Option<SealSetting> {
    if !args.recipient.is_empty() || args.recipients_file.is_some() {
        let (named, file) = (args.recipient.clone(), args.recipients_file.clone());
        return Some(SealSetting::Recipients { named, file });
    }
    if let Some(file) = &args.passphrase_file {
        return Some(SealSetting::PassphraseFile(file.clone()));
    }
    args.seal.map(|word| match word {
        SealWord::None => SealSetting::Nobody,
        SealWord::MasterKey => SealSetting::MasterKey,
    })
}

fn format_of(word: FormatWord) -> ArchiveFormat {
    match word {
        FormatWord::TarGz => ArchiveFormat::TarGz,
        FormatWord::TarZst => ArchiveFormat::TarZst,
        FormatWord::Zip => ArchiveFormat::Zip,
    }
}
