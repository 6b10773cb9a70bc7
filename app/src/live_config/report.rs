//! What is odd about the configuration in effect, told to the log, to health and to the figures.
//!
//! Does NOT work the configuration out, and says what it said before again only to health and figures.

use crate::health::{self, Health, Status};
use crate::stored_secrets;
use crate::telemetry::metrics::{ConfigOddities, Metrics};
use loom_domain::effective_config::EffectiveConfig;
use loom_domain::ports::StateStore;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Tells what is odd.
pub(crate) struct ConfigReport {
    health: Arc<Health>,
    metrics: Metrics,
    /// The store itself: around it secrets are opened.
    stored: Arc<dyn StateStore>,
    /// There is no key, and secrets are stored all the same.
    sealing_off: bool,
    said: Mutex<Said>,
}

#[derive(Default)]
struct Said {
    ignored: BTreeSet<String>,
    in_clear: bool,
}

impl ConfigReport {
    /// `stored` is the store below all sealing; `sealing_off` says that new secrets go into it in clear.
    pub(crate) fn new(
        health: Arc<Health>,
        metrics: Metrics,
        stored: Arc<dyn StateStore>,
        sealing_off: bool,
    ) -> Self {
        Self { health, metrics, stored, sealing_off, said: Mutex::default() }
    }

    /// To be called after each change of sections or centrals.
    pub(super) async fn tell(&self, config: &EffectiveConfig) {
        let secrets = stored_secrets::find(self.stored.as_ref()).await;
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match secrets {
            Ok(secrets) => {
                let in_clear = secrets.into_iter().filter(|secret| secret.sealed.is_none());
                said.secrets_in_clear(&in_clear.map(|secret| secret.place).collect::<Vec<_>>());
            }
            Err(error) => tracing::warn!(%error, "whether secrets lie in clear cannot be read"),
        }
        let ignored: Vec<String> = config.ignored().iter().map(ToString::to_string).collect();
        said.settings_ignored(&ignored);
        self.metrics.config_oddities(ConfigOddities {
            secrets_plaintext: self.sealing_off || said.in_clear,
            overlay_failed: !ignored.is_empty(),
            unroutable_centrals: 0,
        });
        match ignored.first() {
            None => self.health.hold(health::OVERLAY, Status::Healthy, None),
            Some(first) => {
                let count = ignored.len();
                let words = format!("{count} stored settings do not apply, the first of them: {first}");
                self.health.hold(health::OVERLAY, Status::Degraded, Some(("overlay_failed", words)));
            }
        }
    }
}

impl Said {
    fn secrets_in_clear(&mut self, places: &[String]) {
        if let Some(first) = places.first().filter(|_| !self.in_clear) {
            let hint = "with a master key, store each of them again to have it sealed";
            tracing::warn!(secrets = places.len(), first, hint, "secrets lie in the state in clear");
        }
        self.in_clear = !places.is_empty();
    }

    fn settings_ignored(&mut self, ignored: &[String]) {
        for finding in ignored.iter().filter(|finding| !self.ignored.contains(*finding)) {
            tracing::warn!(%finding, "a stored setting does not apply");
        }
        self.ignored = ignored.iter().cloned().collect();
    }
}
