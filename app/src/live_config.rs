//! The configuration as it is right now: worked out anew after each change of a stored section.
//!
//! Does NOT store sections. Settings that need a restart are read from what the daemon started with.

mod report;

pub(crate) use report::ConfigReport;

use loom_domain::config_section::ConfigSection;
use loom_domain::effective_config::EffectiveConfig;
use loom_domain::ports::{ConfigSections, StoreError};
use loom_domain::usecases::accounts::Shown;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Where the configuration of a running daemon comes from.
pub struct LiveConfig {
    file: Value,
    environment: BTreeMap<String, Value>,
    sections: Arc<dyn ConfigSections>,
    at_start: Arc<EffectiveConfig>,
    current: RwLock<Current>,
    report: Option<ConfigReport>,
}

#[derive(Clone)]
struct Current {
    config: Arc<EffectiveConfig>,
    hot: Hot,
}

/// The settings every request asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hot {
    /// Whether sessions are protected against forged requests.
    pub csrf_enabled: bool,
    /// Whether cookies are sent over TLS only.
    pub csrf_secure: bool,
    /// Whether user and password are taken with each request.
    pub basic_enabled: bool,
    /// Whether API tokens are taken.
    pub bearer_enabled: bool,
    /// Whether sessions are taken and opened.
    pub session_enabled: bool,
    /// How many requests a second one identity may make, and how many at once; `None` means any number.
    pub request_rate: Option<(f64, f64)>,
}

impl Hot {
    /// Whether a credential of this kind is taken.
    pub fn takes(&self, shown: &Shown) -> bool {
        match shown {
            Shown::Password(_) => self.basic_enabled,
            Shown::Token(_) => self.bearer_enabled,
            Shown::Session(_) => self.session_enabled,
            _ => true,
        }
    }
}

impl Current {
    fn new(config: Arc<EffectiveConfig>) -> Self {
        let limited = config.bool("north.rest.rate_limit.enabled");
        let rate = || {
            (
                config.number("north.rest.rate_limit.requests_per_second"),
                config.number("north.rest.rate_limit.burst"),
            )
        };
        let hot = Hot {
            csrf_enabled: config.bool("north.rest.csrf_enabled"),
            csrf_secure: config.bool("north.rest.csrf_secure"),
            basic_enabled: config.bool("north.rest.auth.basic_enabled"),
            bearer_enabled: config.bool("north.rest.auth.bearer_enabled"),
            session_enabled: config.bool("north.rest.auth.session_enabled"),
            request_rate: limited.then(rate),
        };
        Self { config, hot }
    }
}

impl LiveConfig {
    /// Reads the stored sections and works out the configuration.
    pub async fn load(
        file: Value,
        environment: BTreeMap<String, Value>,
        sections: Arc<dyn ConfigSections>,
    ) -> Result<Self, StoreError> {
        let stored = sections.list_sections().await?;
        let at_start = Arc::new(EffectiveConfig::work_out(&file, &environment, &stored));
        let current = RwLock::new(Current::new(Arc::clone(&at_start)));
        Ok(Self { file, environment, sections, at_start, current, report: None })
    }

    /// The same, with its oddities told to `report` now and after each change.
    pub(crate) async fn reported_to(mut self, report: ConfigReport) -> Self {
        self.report = Some(report);
        self.tell().await;
        self
    }

    /// The configuration as it is now.
    pub fn current(&self) -> Arc<EffectiveConfig> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).config)
    }

    /// The settings every request asks for, as they are now.
    pub fn hot(&self) -> Hot {
        self.current.read().unwrap_or_else(PoisonError::into_inner).hot
    }

    /// The configuration the daemon started with.
    pub fn at_start(&self) -> &EffectiveConfig {
        &self.at_start
    }

    /// Reads the stored sections anew. Call it after each change of them.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let stored: Vec<ConfigSection> = self.sections.list_sections().await?;
        let worked_out = Arc::new(EffectiveConfig::work_out(&self.file, &self.environment, &stored));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Current::new(worked_out);
        self.tell().await;
        Ok(())
    }

    /// Tells what is odd. Call it after each change of centrals; a refresh tells by itself.
    pub(crate) async fn tell(&self) {
        if let Some(report) = &self.report {
            report.tell(&self.current()).await;
        }
    }
}
