//! `key kit`.
//!
//! Does NOT know what is on a sheet.

use crate::args::KeyKitArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_app::key_kit::{self, KitFacts, KitFormat, KitSecret, SealedFor, WantedSecret};
use std::io::{ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};

pub(crate) async fn run(args: KeyKitArgs) -> Result<ExitCode, Failure> {
    let format = KitFormat::from(args.format);
    let out = args.out.filter(|out| out != Path::new("-"));
    if out.is_none() && format == KitFormat::Pdf && std::io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "standard output is a terminal, and a PDF cannot be read there\nhint: name a file with --out, or leave --format out".to_owned(),
        ));
    }
    // Told again when it is written; this spares asking a service or token for the key.
    if let Some(path) = out.as_deref().filter(|path| path.exists()) {
        return Err(exists(path));
    }
    let bootstrap = super::settled_place(&args.place).await?;
    let wanted = match (args.include_secret, args.identity) {
        (false, _) => WantedSecret::Nothing,
        (true, None) => WantedSecret::MasterKey,
        (true, Some(file)) => WantedSecret::Identity(file),
    };
    let facts = key_kit::gather(&bootstrap, &wanted, &crate::verbs::environment()).await?;
    let sheet = key_kit::render(&facts, args.language.into(), format);
    match out {
        None => output::bytes(&sheet),
        Some(path) => {
            write(path.clone(), sheet).await?;
            output::text(&format!("emergency sheet written to {}", path.display()));
        }
    }
    warn(&facts);
    Ok(ExitCode::Done)
}

fn warn(facts: &KitFacts) {
    if facts.key.is_none() {
        output::warning(
            "no master key was found, so the sheet names none\n\
             hint: if the daemon gets it from a variable or a credential, give it to this command as OPENCCU_LOOM_SECRET_KEY",
        );
    }
    if let Some(why) = &facts.seal_unknown {
        output::warning(&format!(
            "the sheet calls archives open, and whether a daemon here would have them sealed is not known: {why}\nhint: name the right file with --config"
        ));
    }
    warn_of_what_it_opens(facts);
    match &facts.secret {
        None => {}
        Some(secret) => {
            output::warning(match secret {
                KitSecret::MasterKey(_) => {
                    "the sheet holds the master key in clear: keep it as safe as the key"
                }
                KitSecret::Identity { .. } => {
                    "the sheet holds the identity in clear: keep it as safe as the identity"
                }
            });
            if let KitSecret::Identity { recipient: Some(recipient), .. } = secret
                && !matches!(&facts.sealed_for, SealedFor::Recipients(all) if all.contains(recipient))
            {
                output::warning(&format!(
                    "archives are not sealed for the recipient of this identity, {recipient}\n\
                     hint: add it to `state_backups.recipients`, or check which identity this is"
                ));
            }
        }
    }
}

fn warn_of_what_it_opens(facts: &KitFacts) {
    let Some((fingerprint, source)) = &facts.key else { return };
    match &facts.tried {
        Err(why) => output::warning(&format!(
            "whether the master key {fingerprint} opens the stored secrets is not known: {why}"
        )),
        Ok(Some(tried)) if tried.opens_nothing() => output::warning(&format!(
            "the master key {fingerprint} of {source}, which the sheet names, opens none of the {} sealed values\nhint: {}",
            tried.sealed,
            tried.advice()
        )),
        Ok(Some(tried)) if tried.opens < tried.sealed => output::warning(&format!(
            "the master key {fingerprint} of {source} does not open {} of {} sealed values: they need another key, which the sheet does not tell\nhint: `openccu-loom key status` names them",
            tried.sealed - tried.opens,
            tried.sealed
        )),
        Ok(_) => {}
    }
}

async fn write(path: PathBuf, sheet: zeroize::Zeroizing<Vec<u8>>) -> Result<(), Failure> {
    let shown = path.clone();
    let written = tokio::task::spawn_blocking(move || key_kit::write(path, &sheet)).await;
    let written =
        written.map_err(|error| Failure::Other(format!("failed to write the emergency sheet: {error}")))?;
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(&shown),
        _ => Failure::Other(format!(
            "failed to write the emergency sheet: `{}` cannot be written: {error}",
            shown.display()
        )),
    })
}

fn exists(path: &Path) -> Failure {
    Failure::Refused(format!(
        "failed to write the emergency sheet: `{}` already exists\nhint: choose another --out, or remove the file first",
        path.display()
    ))
}
