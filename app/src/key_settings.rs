//! What is set of the services and tokens that wrap master keys, and the wrappers this program makes of it.
//!
//! Does NOT read configuration (`config`, `bootstrap`) and does NOT wrap (adapter `keys`).

use crate::wire::Environment;
pub use loom_adapter_keys::{KmsSettings, Pkcs11Settings};
use loom_domain::ports::{KeyWrapping, KeyWrappings};
use std::sync::Arc;

/// Settings of all wrappers, whether this program has them or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySettings {
    /// A service that speaks the AWS KMS API.
    pub kms: KmsSettings,
    /// A token behind a PKCS#11 library.
    pub pkcs11: Pkcs11Settings,
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
