//! One rotation of the master key, offline or in a daemon: carried out, and told with what it left.
//!
//! Does NOT hold the data dir; whoever calls it does. Does NOT hold a key.

use loom_domain::ports::{KeySource, KeyTarget, Resealing};
use loom_domain::secret::{KeyFingerprint, Wrapper};
use loom_domain::usecases::{KeyInventory, RotateKey, RotateKeyError, RotateOrder, TakeKeyInventory};
use std::sync::Arc;

/// What a rotation did.
#[derive(Debug, Clone)]
pub struct RotationReport {
    /// Public name of the key before.
    pub from: KeyFingerprint,
    /// Where that lay.
    pub from_source: KeySource,
    /// Public name of the key now.
    pub to: KeyFingerprint,
    /// Where it lies.
    pub source: KeySource,
    /// Values sealed with it.
    pub resealed: u64,
    /// Values it does not open: they stayed as they were.
    pub left: u64,
    /// Where those stand, at most 10.
    pub unreadable_places: Vec<String>,
    /// Files of the data dir that keep the key before.
    pub kept: Vec<String>,
    /// Files of the data dir that held another key and were put aside.
    pub set_aside: Vec<String>,
}

/// Rotates, and looks at what was left.
pub(crate) async fn rotate(rotate: RotateKey, order: &RotateOrder) -> Result<RotationReport, RotateKeyError> {
    let resealing: Arc<dyn Resealing> = rotate.resealing.clone();
    let rotated = rotate.run(order).await?;
    // It is done whether this look succeeds or not.
    let looked = TakeKeyInventory { resealing }.run(Some(&rotated.key.key)).await;
    let inventory: KeyInventory = looked.unwrap_or_default();
    Ok(RotationReport {
        from: rotated.from,
        from_source: rotated.from_source,
        to: rotated.key.key.fingerprint(),
        source: rotated.key.source,
        resealed: rotated.resealed.replaced,
        left: inventory.unreadable(),
        unreadable_places: inventory.unreadable_places,
        kept: rotated.kept,
        set_aside: rotated.set_aside,
    })
}

/// The place where a new key goes if nobody names one: where the present one is.
pub(crate) fn same_place(source: &KeySource) -> KeyTarget {
    match source {
        KeySource::Environment(_) | KeySource::Credential(_) => KeyTarget::Environment,
        KeySource::Wrapped { wrapper: Wrapper::Kms, .. } => KeyTarget::Wrapped(Wrapper::Kms),
        KeySource::Wrapped { wrapper: Wrapper::Pkcs11, .. } => KeyTarget::Wrapped(Wrapper::Pkcs11),
        KeySource::File(_) | KeySource::Archive | KeySource::Memory => KeyTarget::File,
    }
}
