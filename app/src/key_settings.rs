//! What is set of the services and tokens that wrap master keys, and the wrappers this program makes of it.
//!
//! Does NOT read configuration (`config`, `bootstrap`) and does NOT wrap (adapter `keys`).

use crate::wire::Environment;
pub use loom_adapter_keys::{KmsSettings, Pkcs11Settings};
use loom_domain::ports::{KeyWrapping, KeyWrappings};
use loom_domain::secret::Wrapper;
use std::sync::Arc;

/// Settings of all wrappers, whether this program has them or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySettings {
    /// A service that speaks the AWS KMS API.
    pub kms: KmsSettings,
    /// A token behind a PKCS#11 library.
    pub pkcs11: Pkcs11Settings,
}

impl KeySettings {
    /// The setting that is missing to wrap a new key, if one is.
    pub(crate) fn missing_for(&self, wrapper: Wrapper) -> Option<&'static str> {
        let named = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        match wrapper {
            Wrapper::Kms => (!named(&self.kms.key_id)).then_some("keys.kms.key_id"),
            Wrapper::Pkcs11 => {
                let Pkcs11Settings { module, token, key_label, .. } = &self.pkcs11;
                let settings = [
                    ("keys.pkcs11.module", module.is_some()),
                    ("keys.pkcs11.token", named(token)),
                    ("keys.pkcs11.key_label", named(key_label)),
                ];
                settings.into_iter().find(|(_, is_set)| !is_set).map(|(setting, _)| setting)
            }
        }
    }
}

/// The wrappers this program was built with. Credentials and PINs come from `environment` and what it names, when they are
/// needed; nothing is asked or loaded yet.
pub fn wrappings(settings: &KeySettings, environment: &Environment) -> KeyWrappings {
    KeyWrappings {
        kms: kms(settings.kms.clone(), environment.clone()),
        pkcs11: pkcs11(settings.pkcs11.clone(), environment.clone()),
    }
}

#[cfg(feature = "kms")]
fn kms(settings: KmsSettings, environment: Environment) -> Option<Arc<dyn KeyWrapping>> {
    Some(Arc::new(loom_adapter_keys::KmsWrapping::new(settings, move |name: &str| environment(name))))
}

#[cfg(not(feature = "kms"))]
fn kms(_: KmsSettings, _: Environment) -> Option<Arc<dyn KeyWrapping>> {
    None
}

#[cfg(feature = "pkcs11")]
fn pkcs11(settings: Pkcs11Settings, environment: Environment) -> Option<Arc<dyn KeyWrapping>> {
    Some(Arc::new(loom_adapter_keys::Pkcs11Wrapping::new(settings, move |name: &str| environment(name))))
}

#[cfg(not(feature = "pkcs11"))]
fn pkcs11(_: Pkcs11Settings, _: Environment) -> Option<Arc<dyn KeyWrapping>> {
    None
}
