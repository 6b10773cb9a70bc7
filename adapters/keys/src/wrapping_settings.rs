//! What an operator sets of the services and tokens that wrap master keys. Holds no secret.
//!
//! Does NOT say whether this program has the wrapper: settings are there either way, so that they can be checked and shown.

use std::path::PathBuf;

/// A key of a service that speaks the AWS KMS API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KmsSettings {
    /// Id, ARN or alias of the key that wraps. Unwrapping takes it from the wrapped key.
    pub key_id: Option<String>,
    /// Region of the key; else the one of its ARN, else that of the environment (`AWS_REGION`, `AWS_DEFAULT_REGION`).
    pub region: Option<String>,
    /// Address of the service, `https://…` or `http://…`; else AWS itself. Beats the address in a wrapped key.
    pub endpoint: Option<String>,
}

/// A key of a token behind a PKCS#11 library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pkcs11Settings {
    /// The library; where it lies differs from machine to machine, so a wrapped key does not name it.
    pub module: Option<PathBuf>,
    /// Label of the token. Unwrapping takes it from the wrapped key.
    pub token: Option<String>,
    /// Label of the key that wraps. Unwrapping takes it from the wrapped key.
    pub key_label: Option<String>,
    /// File with the PIN, where it is not in the environment.
    pub pin_file: Option<PathBuf>,
}
