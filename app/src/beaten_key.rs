//! The data dir's own key, where one from outside of it beats it: a variable that was forgotten hides the right key.
//!
//! Does NOT look at sealed values: whoever asks tries the key on those it knows. Does NOT print.

use loom_domain::ports::{KeyProvider, KeySource, ResolvedKey};
use loom_domain::secret::KeyFingerprint;

/// A key that another one beats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeatenKey {
    /// Its public name.
    pub fingerprint: KeyFingerprint,
    /// Where it lies.
    pub source: KeySource,
    /// How many sealed values it opens.
    pub opens: u64,
    way_out: String,
}

impl BeatenKey {
    pub(crate) fn new(key: &ResolvedKey, opens: u64, way_out: String) -> Self {
        Self { fingerprint: key.key.fingerprint(), source: key.source.clone(), opens, way_out }
    }

    /// What to do about it, in words that a sentence can go on behind: `…: remove OPENCCU_LOOM_SECRET_KEY`.
    pub fn advice(&self) -> String {
        advice(&self.source, &self.way_out)
    }
}

/// The same before it is known how many values a key opens.
pub(crate) fn advice(source: &KeySource, way_out: &str) -> String {
    format!("the master key of {source} opens them: {way_out}")
}

/// The data dir's own key, and how the one that beats it is taken away. `None` if the key in use is the data dir's own, and
/// where the data dir has none or no sound one.
pub(crate) async fn find(used: &KeySource, in_data_dir: &dyn KeyProvider) -> Option<(ResolvedKey, String)> {
    let way_out = match used {
        KeySource::Environment(variable) => format!("remove {variable}"),
        KeySource::Credential(_) => "take the credential `secret.key` out of the unit".to_owned(),
        _ => return None,
    };
    Some((in_data_dir.resolve().await.ok()??, way_out))
}
