//! The place of a secret value: which table, which row, which field.
//!
//! Does NOT know which places hold secrets (`secret::classify`).

use crate::terminal::fit_for_terminal;
use std::fmt;

/// Longest part that is shown, in characters.
const MAX_SHOWN_CHARS: usize = 80;

/// Where a secret value stands. An envelope of version 2 opens in its own place only.
///
/// Shown as `table/row/field`, as reports and errors name it: each part without what a terminal obeys and cut after 80
/// characters, empty ones at the end left out. The parts themselves are exact, for an envelope is bound to them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretPlace {
    /// Table of the state database, such as `centrals`.
    pub table: String,
    /// Key of the row, such as the name of a central or of a config section.
    pub row: String,
    /// The column, or for a config section the dotted path of the leaf, such as `commissioning.passcode`.
    pub field: String,
}

impl SecretPlace {
    /// A place.
    pub fn new(table: impl Into<String>, row: impl Into<String>, field: impl Into<String>) -> Self {
        Self { table: table.into(), row: row.into(), field: field.into() }
    }

    /// A column of the row of a central.
    pub fn of_central(central: &str, column: &str) -> Self {
        Self::new("centrals", central, column)
    }

    /// A leaf of a config section by its dotted path.
    pub fn of_section(section: &str, path: &str) -> Self {
        Self::new("config_sections", section, path)
    }
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.table, &self.row, &self.field];
        let filled = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
        for (at, part) in parts[..filled].iter().enumerate() {
            let slash = if at == 0 { "" } else { "/" };
            write!(f, "{slash}{}", fit_for_terminal(part, MAX_SHOWN_CHARS))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_and_nothing_a_terminal_obeys() {
        let odd = SecretPlace::of_central(&format!("\u{1b}[2J{}", "ä".repeat(100)), "password_plain");
        assert_eq!(odd.to_string(), format!(r"centrals/\u{{1b}}[2J{}/password_plain", "ä".repeat(71)));
        assert_eq!(SecretPlace::new("a", "", "c").to_string(), "a//c");
        assert_eq!(SecretPlace::new("a", "", "").to_string(), "a");
    }
}
