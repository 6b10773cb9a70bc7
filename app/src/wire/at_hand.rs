//! What somebody holds who wants to open archives: named on the command line, or asked for when it is needed.
//!
//! Does NOT look for anything by itself; where master keys lie is `keys`' to know.

use loom_domain::archive::Identity;
use loom_domain::ports::PassphraseSource;
use loom_domain::usecases::KeyRing;
use std::path::PathBuf;
use std::sync::Arc;

/// What may open an archive.
#[derive(Clone, Default)]
pub struct AtHand {
    /// File with the master key; beats all other places of it.
    pub key_file: Option<PathBuf>,
    /// Identities, in the order they were named.
    pub identities: Vec<Identity>,
    /// Knows the passphrase, or asks for it.
    pub passphrase: Option<Arc<dyn PassphraseSource>>,
}

impl AtHand {
    /// The master keys, and what is at hand besides.
    pub(super) fn beside(self, keys: KeyRing) -> KeyRing {
        KeyRing { identities: self.identities, passphrase: self.passphrase, ..keys }
    }
}
