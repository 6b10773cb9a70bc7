//! Health: how each part of the daemon is doing, in words a monitoring system and an operator understand.
//!
//! Does NOT look after parts itself: whoever watches one reports it here.

use jiff::Timestamp;
use loom_domain::ports::Clock;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// A report older than this counts as unknown, unless it holds until it is replaced.
pub(crate) const FRESH_FOR: Duration = Duration::from_secs(90);

/// The state database.
pub(crate) const STATE: &str = "sqlite";
/// Whether the state database can be written.
pub(crate) const WRITES: &str = "sqlite.writes";
/// Whether secrets can be sealed and opened.
pub(crate) const SECRETS: &str = "config.secrets";
/// Whether the stored sections apply.
pub(crate) const OVERLAY: &str = "config.overlay";
/// Whether the centrals answer.
pub(crate) const CENTRALS: &str = "centrals";
/// Whether what was changed is recorded.
pub(crate) const AUDIT: &str = "audit";

/// How a part is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should.
    Healthy,
    /// Nobody knows.
    Unknown,
    /// Some of what it does fails.
    Degraded,
    /// It does not work.
    Unhealthy,
}

impl Status {
    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// One part, as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: &'static str,
    /// How it is doing.
    pub status: Status,
    /// Why, in words.
    pub note: Option<String>,
    /// The same as a key for translations.
    pub note_key: Option<&'static str>,
    /// When that was found out.
    pub recorded_at: Timestamp,
    holds: bool,
}

/// The reports of all parts.
pub struct Health {
    clock: Arc<dyn Clock>,
    components: RwLock<BTreeMap<&'static str, Component>>,
}

impl Health {
    /// No reports yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, components: RwLock::default() }
    }

    /// Reports a part that is looked after all the time; the report has to be repeated.
    pub fn report(&self, name: &'static str, status: Status, note: Option<(&'static str, String)>) {
        self.put(name, status, note, false);
    }

    /// Reports a part that stays as it is until the next report.
    pub fn hold(&self, name: &'static str, status: Status, note: Option<(&'static str, String)>) {
        self.put(name, status, note, true);
    }

    fn put(&self, name: &'static str, status: Status, note: Option<(&'static str, String)>, holds: bool) {
        let (note_key, note) = note.unzip();
        let component = Component { name, status, note, note_key, recorded_at: self.clock.now(), holds };
        let mut components = self.components.write().unwrap_or_else(PoisonError::into_inner);
        let before = components.insert(name, component).map(|before| before.status);
        drop(components);
        if before.is_some_and(|before| before != status) {
            tracing::warn!(component = name, status = status.as_str(), "health changed");
        }
    }

    /// All parts by name, and the worst of them.
    pub fn look(&self) -> (Status, Vec<Component>) {
        let now = self.clock.now();
        let components = self.components.read().unwrap_or_else(PoisonError::into_inner);
        let mut shown: Vec<Component> = components.values().cloned().collect();
        for component in &mut shown {
            let age = now.duration_since(component.recorded_at);
            let stale = age > jiff::SignedDuration::try_from(FRESH_FOR).unwrap_or_default();
            if stale && !component.holds {
                component.status = Status::Unknown;
            }
        }
        let worst = shown.iter().map(|component| component.status).max().unwrap_or(Status::Unknown);
        (worst, shown)
    }

    /// Whether the daemon can do its work at all.
    pub fn can_work(&self) -> bool {
        let (_, components) = self.look();
        !components.iter().any(|part| part.name == STATE && part.status == Status::Unhealthy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_adapter_memory::MemoryClock;

    #[test]
    fn a_report_nobody_repeats_becomes_unknown_and_a_held_one_stays() {
        let clock = Arc::new(MemoryClock::new("2026-06-08T12:00:00Z".parse().unwrap()));
        let health = Health::new(clock.clone());
        health.report(STATE, Status::Healthy, None);
        health.hold(SECRETS, Status::Degraded, Some(("no_key", "no master key".to_owned())));
        assert_eq!(health.look().0, Status::Degraded);
        clock.set("2026-06-08T12:02:00Z".parse().unwrap());
        let (worst, components) = health.look();
        let statuses: Vec<_> = components.iter().map(|part| (part.name, part.status)).collect();
        assert_eq!(statuses, [(SECRETS, Status::Degraded), (STATE, Status::Unknown)]);
        assert_eq!(worst, Status::Degraded);
        assert!(health.can_work());
        health.report(STATE, Status::Unhealthy, None);
        assert!(!health.can_work());
    }
}
