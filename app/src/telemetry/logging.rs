//! Log lines: which are wanted, what a line looks like, how it leaves the process.
//!
//! One line per event, as JSON for machines or as text for people. Secrets stay out by type: the domain's secret types
//! show nothing of themselves, so an event cannot carry one by accident.
//!
//! ```
//! use loom_domain::secret::SecretText;
//! tracing::info!(password = ?SecretText::new("hunter2"), "shows `[secret]`");
//! ```
//! ```compile_fail
//! use loom_domain::secret::SecretText;
//! tracing::info!(password = %SecretText::new("hunter2"), "does not compile: there is nothing to display");
//! ```
//! ```compile_fail
//! use loom_domain::secret::MasterKey;
//! fn f(key: &MasterKey) {
//!     tracing::info!(key = %key, "does not compile either");
//! }
//! ```
//!
//! Does NOT choose where lines go: the command line hands a sink in, which is the process's standard error.

mod escape;
mod layer;
pub(super) mod panic_hook;
pub(super) mod queue;
mod record;
mod threshold;

pub(super) use layer::LogLayer;
pub(super) use threshold::Threshold;
#[cfg(feature = "otel")]
pub(super) use threshold::is_own;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What the `logging` keys of the configuration say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logging {
    /// The least severe level that is written. Crates of others are never louder than `info` because of it.
    pub level: Level,
    /// What a line looks like.
    pub format: Format,
    /// Levels for targets, such as `loom_app::http` or `loom_app.http`, and everything below them; the longest name wins.
    pub overrides: BTreeMap<String, Level>,
}

/// How severe an event is, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// For whoever looks for a fault; one line per request.
    Debug,
    /// Something began, ended or changed.
    #[default]
    Info,
    /// It goes on, but somebody should look.
    Warn,
    /// Something asked for was not done.
    Error,
}

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Json,
    /// Words for people.
    Text,
    /// The same with the colours of a terminal.
    TextColor,
}

/// Why a word names no level or format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is none of {known}")]
pub struct UnknownName {
    given: String,
    known: String,
}

impl Level {
    /// The names of all levels, as the configuration spells them.
    pub const NAMES: [&str; 4] = ["debug", "info", "warn", "error"];

    /// The name of this one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level of an event; the finest of `tracing` counts as `debug`.
    pub(super) fn of(level: tracing::Level) -> Self {
        match level {
            tracing::Level::ERROR => Self::Error,
            tracing::Level::WARN => Self::Warn,
            tracing::Level::INFO => Self::Info,
            _ => Self::Debug,
        }
    }
}

impl Format {
    /// The names of all formats, as the configuration spells them.
    pub const NAMES: [&str; 3] = ["json", "text", "text-color"];

    /// The name of this one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
            Self::TextColor => "text-color",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let all = [Self::Debug, Self::Info, Self::Warn, Self::Error];
        all.into_iter().find(|level| level.name() == text).ok_or_else(|| unknown(text, &Self::NAMES))
    }
}

impl FromStr for Format {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let all = [Self::Json, Self::Text, Self::TextColor];
        all.into_iter().find(|format| format.name() == text).ok_or_else(|| unknown(text, &Self::NAMES))
    }
}

fn unknown(given: &str, known: &[&str]) -> UnknownName {
    UnknownName { given: given.to_owned(), known: known.join(", ") }
}

#[cfg(test)]
mod tests;
