//! What the watch tells: changes of a central as events, and to health which centrals do not answer.
//!
//! Does NOT decide how a central is doing (`status`).

use super::{CentralStatus, CentralStatusBody, Inner};
use crate::events::Kind;
use crate::health::{self, Status};
use loom_domain::central::CentralName;
use std::collections::BTreeSet;

impl Inner {
    /// Publishes how a central is doing, unless that is known.
    pub(super) fn publish_if_changed(&self, name: &CentralName, before: &CentralStatus, now: &CentralStatus) {
        if !now.differs_from(before) {
            return;
        }
        tracing::info!(central = %name, state = now.word.as_str(), "central status changed");
        let body = CentralStatusBody::new(name, true, now).below_admin();
        // Texts, numbers and lists always have a JSON form.
        let payload = serde_json::to_value(body).unwrap_or_default();
        self.events.publish(&format!("centrals/{name}"), Kind::Change, "CentralStatusChanged", &payload);
    }

    /// Tells health which centrals do not answer.
    pub(super) fn report(&self) {
        let away: BTreeSet<String> = {
            let seen = self.lock();
            let away = seen.iter().filter(|(_, seen)| seen.status.word.is_trouble());
            away.map(|(name, _)| name.to_string()).collect()
        };
        if away.is_empty() {
            return self.health.report(health::CENTRALS, Status::Healthy, None);
        }
        let names = away.into_iter().collect::<Vec<_>>().join(", ");
        let words = format!("not ready: {names}");
        self.health.report(health::CENTRALS, Status::Degraded, Some(("centrals_not_ready", words)));
    }
}
