//! Which events are written: a level for all, other levels for some targets.
//!
//! Does NOT look at fields: what is wanted depends on where an event comes from and how severe it is.

use super::{Level, Logging};
use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing_subscriber::layer::{Context, Filter};

/// Decides by target and level.
#[derive(Debug, Clone)]
pub(crate) struct Threshold {
    level: Level,
    /// The longest name first, so that the first that fits is the right one.
    overrides: Vec<(String, Level)>,
}

/// Tells at `error` that what a client sent is no HTTP, or that a client went away. Anybody can make it do so.
const OF_CLIENTS: &str = "actix_http::h1::dispatcher";

/// Whether a target is a module of this project.
pub(crate) fn is_own(target: &str) -> bool {
    target.starts_with("loom_") || target.starts_with("openccu_loom")
}

impl Threshold {
    /// What the configuration wants.
    pub(crate) fn new(logging: &Logging) -> Self {
        // A key of a configuration file reads better with dots.
        let path = |name: &String| name.replace('.', "::");
        let mut overrides: Vec<_> =
            logging.overrides.iter().map(|(name, level)| (path(name), *level)).collect();
        overrides.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self { level: logging.level, overrides }
    }

    /// The least severe level that is written for a target.
    fn of(&self, target: &str) -> Level {
        let below = |name: &str| {
            target.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        match self.overrides.iter().find(|(name, _)| below(name)) {
            Some((_, level)) => *level,
            None if is_own(target) => self.level,
            // What libraries say at `debug` is about their own insides, headers and bodies among them.
            None => self.level.max(Level::Info),
        }
    }

    fn allows(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() {
            // Spans carry the ids that tie lines together; a warning needs them even where `info` is not written.
            return is_own(metadata.target()) && *metadata.level() <= tracing::Level::INFO;
        }
        let level = if metadata.target() == OF_CLIENTS { Level::Debug } else { Level::of(*metadata.level()) };
        *metadata.level() < tracing::Level::TRACE && level >= self.of(metadata.target())
    }
}

impl<S> Filter<S> for Threshold {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.allows(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        // The answer never changes while the process runs, so each place in the code is asked once.
        if self.allows(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let all = self.overrides.iter().map(|(_, level)| *level).chain([self.level]);
        match all.min() {
            Some(Level::Debug) => Some(LevelFilter::DEBUG),
            _ => Some(LevelFilter::INFO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threshold(level: Level, overrides: &[(&str, Level)]) -> Threshold {
        let overrides = overrides.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect();
        Threshold::new(&Logging { level, overrides, ..Logging::default() })
    }

    #[test]
    fn the_longest_name_that_fits_wins() {
        let threshold = threshold(
            Level::Info,
            &[("loom_app", Level::Warn), ("loom_app.http", Level::Debug), ("h2", Level::Debug)],
        );
        for (target, level) in [
            ("loom_app", Level::Warn),
            ("loom_app::events", Level::Warn),
            ("loom_app::http", Level::Debug),
            ("loom_app::http::route", Level::Debug),
            ("loom_app::httpd", Level::Warn),
            ("loom_domain", Level::Info),
            ("h2::proto", Level::Debug),
        ] {
            assert_eq!(threshold.of(target), level, "{target}");
        }
    }

    #[test]
    fn other_peoples_crates_are_no_louder_than_info_unless_they_are_named() {
        assert_eq!(threshold(Level::Debug, &[]).of("hyper_util::client"), Level::Info);
        assert_eq!(threshold(Level::Error, &[]).of("hyper_util::client"), Level::Error);
        assert_eq!(threshold(Level::Error, &[("hyper_util", Level::Debug)]).of("hyper_util"), Level::Debug);
    }
}
