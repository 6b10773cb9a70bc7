//! What a sheet tells, looked up: configuration, the place of the key, the name of the machine.
//!
//! Changes nothing but a change of the key that was interrupted: which key it is shows at its end. Does NOT make the sheet.

use super::{KitFacts, KitSecret, SealedFor};
use crate::age_files::{BadAgeFile, identities_of};
use crate::bootstrap::{Bootstrap, BootstrapError, check_unnamed_seal};
use crate::config::Inputs;
use crate::key_settings::wrappings;
use crate::sealing::{SealSetting, SealingError, SealingSettings};
use crate::wire::{
    Environment, KeyJobError, TriedKey, key_of_bootstrap, recover_key_switch, recover_restore_unread,
    try_resolved,
};
use crate::{SystemClock, host_name};
use loom_adapter_archive::recipient_of;
use loom_domain::archive::SealOrder;
use loom_domain::ports::{Clock, KeyError, ResolvedKey, TargetError};
use loom_domain::secret::KeyFingerprint;
use std::path::{Path, PathBuf};

/// The secret that is to be on a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedSecret {
    /// None.
    Nothing,
    /// The master key.
    MasterKey,
    /// The only identity in this file.
    Identity(PathBuf),
}

/// Why there is no sheet. Fragments read after "failed to make the emergency sheet: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KitError {
    /// There is no such data dir.
    #[error("data dir `{0}` does not exist\nhint: name the right one with --config or --data-dir")]
    NoDataDir(String),
    /// The configuration is not right.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// Nobody named the file that a daemon here may use, and it has archives sealed.
    #[error(
        "a daemon here may use the config file `{0}`, which has archives sealed; without it the sheet would call them open\nhint: name that file with --config"
    )]
    UnnamedSeal(String),
    /// It is not clear for whom archives are sealed.
    #[error("archives cannot be sealed as configured: {0}")]
    Sealing(#[from] SealingError),
    /// The identity cannot be read.
    #[error("the identity file `{path}` {reason}")]
    Identity {
        /// The file.
        path: String,
        /// Why.
        #[source]
        reason: BadAgeFile,
    },
    /// There is room for one.
    #[error(
        "the identity file `{0}` holds several identities, and a sheet has room for one\nhint: make one sheet for each"
    )]
    SeveralIdentities(String),
    /// What was interrupted cannot be brought to its end.
    #[error(transparent)]
    Restore(#[from] TargetError),
    /// The same of a change of the key.
    #[error(transparent)]
    KeyChange(Box<KeyJobError>),
    /// The key cannot be loaded.
    #[error("the master key cannot be loaded: {0}")]
    Key(#[from] KeyError),
    /// The key was wanted, and there is none.
    #[error(
        "there is no master key here\nhint: if the daemon gets it from a variable or a credential, give it to this command as OPENCCU_LOOM_SECRET_KEY"
    )]
    NoKey,
    /// The key was wanted, and is not the one of this state.
    #[error(
        "the master key {fingerprint} of {from} opens none of the {} sealed values\nhint: {}", tried.sealed, tried.advice()
    )]
    OpensNothing {
        /// Public name of the key.
        fingerprint: KeyFingerprint,
        /// Where it comes from.
        from: String,
        /// How it did.
        tried: Box<TriedKey>,
    },
}

/// Looks up what a sheet of this data dir tells, also beside a running daemon. A wrapped key is unwrapped: a sheet about a
/// key that cannot be had would be of no use.
///
/// An interrupted restore is for [`crate::recover_restore`] to end before the configuration is read: one that is completed
/// only here is an error, for the sheet would tell what the config file said before.
pub async fn gather(
    bootstrap: &Bootstrap,
    wanted: &WantedSecret,
    environment: &Environment,
) -> Result<KitFacts, KitError> {
    let data_dir = std::path::absolute(&bootstrap.data_dir).unwrap_or_else(|_| bootstrap.data_dir.clone());
    let shown = data_dir.display().to_string();
    if !data_dir.is_dir() {
        return Err(KitError::NoDataDir(shown));
    }
    let (settings, _) = bootstrap.sealing()?;
    let sealed_for = sealed_for(&settings)?;
    let seal_unknown = match bootstrap.config_path {
        Some(_) => None,
        None => match check_unnamed_seal(&Inputs::new(None, environment), &data_dir) {
            Ok(()) => None,
            Err(BootstrapError::UnnamedSeal(file)) => return Err(KitError::UnnamedSeal(file)),
            Err(BootstrapError::UnknownSeal(why)) => Some(why),
            Err(error) => return Err(error.into()),
        },
    };
    let wrappings = wrappings(&bootstrap.keys, environment);
    recover_restore_unread(&data_dir).await?;
    let recovered = recover_key_switch(&data_dir, &wrappings).await;
    recovered.map_err(|error| KitError::KeyChange(Box::new(error)))?;
    let of_sheet = Bootstrap { data_dir: data_dir.clone(), ..bootstrap.clone() };
    let found = key_of_bootstrap(&of_sheet, environment, &wrappings).resolve().await?;
    let tried = match &found {
        None => Ok(None),
        // A sheet is wanted also where the state is broken.
        Some(key) => {
            try_resolved(&of_sheet, &wrappings, key).await.map(Some).map_err(|error| error.to_string())
        }
    };
    if let (WantedSecret::MasterKey, Some(key), Ok(Some(tried))) = (wanted, &found, &tried)
        && tried.opens_nothing()
    {
        let (fingerprint, from) = (key.key.fingerprint(), key.source.to_string());
        return Err(KitError::OpensNothing { fingerprint, from, tried: Box::new(tried.clone()) });
    }
    let secret = match (wanted, &found) {
        (WantedSecret::Nothing, _) => None,
        (WantedSecret::Identity(path), _) => Some(only_identity(path)?),
        (WantedSecret::MasterKey, Some(found)) => Some(KitSecret::MasterKey(found.key.clone())),
        (WantedSecret::MasterKey, None) => return Err(KitError::NoKey),
    };
    Ok(KitFacts {
        host: host_name(),
        data_dir: shown,
        made_on: SystemClock.now().to_zoned(jiff::tz::TimeZone::system()).date(),
        key: found.map(|ResolvedKey { key, source }| (key.fingerprint(), source)),
        tried,
        sealed_for,
        seal_unknown,
        secret,
    })
}

fn sealed_for(settings: &SealingSettings) -> Result<SealedFor, SealingError> {
    Ok(match &settings.seal {
        SealSetting::Nobody => SealedFor::Nobody,
        SealSetting::MasterKey => SealedFor::MasterKey,
        // Its file is for the eyes of the daemon.
        SealSetting::PassphraseFile(_) => SealedFor::Passphrase,
        SealSetting::Recipients { .. } => match settings.resolve()?.seal {
            Some(SealOrder::Recipients(recipients)) => SealedFor::Recipients(recipients),
            _ => SealedFor::Nobody,
        },
    })
}

fn only_identity(path: &Path) -> Result<KitSecret, KitError> {
    let shown = path.display().to_string();
    let mut found = match identities_of(path) {
        Ok(found) => found,
        Err(reason) => return Err(KitError::Identity { path: shown, reason }),
    };
    match (found.pop(), found.is_empty()) {
        (Some(identity), true) => {
            let recipient = recipient_of(&identity);
            Ok(KitSecret::Identity { identity, recipient })
        }
        _ => Err(KitError::SeveralIdentities(shown)),
    }
}
