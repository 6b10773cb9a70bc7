//! A finding: what is odd about one place of a configuration.
//!
//! Does NOT look for any (`check`). The value itself is part of a finding only where it is no secret.

use std::fmt;

/// What is odd about one place of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The place, such as `north.rest.csrf_enabled` or `centrals[0].host`.
    pub path: String,
    /// What is odd.
    pub problem: Problem,
    /// What stands there, in a few words; `None` where it is a secret or would not help.
    pub got: Option<String>,
}

/// What is odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Nobody knows this setting.
    UnknownField {
        /// Settings with a name like it, the likeliest first.
        nearest: Vec<String>,
    },
    /// This program does not know the setting, but keeps it for the part of the product that may.
    Kept {
        /// Settings with a name like it, the likeliest first.
        nearest: Vec<String>,
    },
    /// The setting is known, but is not kept in the section that was given.
    NotOfSection {
        /// Where it is kept, in words.
        home: String,
    },
    /// A value of another type.
    WrongType {
        /// What it must be.
        expected: &'static str,
    },
    /// A text that is not among those the setting takes.
    NotAllowed {
        /// What the setting takes.
        allowed: &'static [&'static str],
    },
    /// A number outside its bounds.
    OutOfRange {
        /// The smallest that is allowed.
        min: i128,
        /// The largest that is allowed.
        max: i128,
    },
    /// A value that its place cannot have, in words that read after "must be".
    Unfit {
        /// What it must be.
        expected: String,
    },
}

impl Finding {
    /// Whether a value is wrong, so that whoever holds it cannot be used.
    pub fn is_wrong(&self) -> bool {
        use Problem::{NotAllowed, OutOfRange, Unfit, WrongType};
        matches!(self.problem, WrongType { .. } | NotAllowed { .. } | OutOfRange { .. } | Unfit { .. })
    }

    /// Whether it is only worth a mention: the setting is kept, and may be right.
    pub fn is_mention(&self) -> bool {
        matches!(self.problem, Problem::Kept { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.path)?;
        match &self.problem {
            Problem::UnknownField { nearest } => {
                f.write_str("is no known setting")?;
                return did_you_mean(f, nearest);
            }
            Problem::Kept { nearest } => {
                f.write_str("is not known here and is kept as it is")?;
                return did_you_mean(f, nearest);
            }
            Problem::NotOfSection { home } => return write!(f, "is not kept in this section, but {home}"),
            Problem::WrongType { expected } => write!(f, "must be {expected}")?,
            Problem::NotAllowed { allowed } => write!(f, "must be one of `{}`", allowed.join("`, `"))?,
            Problem::OutOfRange { min, max } => write!(f, "must be from {min} to {max}")?,
            Problem::Unfit { expected } => write!(f, "must be {expected}")?,
        }
        match &self.got {
            Some(got) => write!(f, ", not {got}"),
            None => Ok(()),
        }
    }
}

fn did_you_mean(f: &mut fmt::Formatter<'_>, nearest: &[String]) -> fmt::Result {
    if nearest.is_empty() { Ok(()) } else { write!(f, "; did you mean `{}`?", nearest.join("` or `")) }
}
