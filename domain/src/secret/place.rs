//! The place of a secret value: which table, which row, which field.
//!
//! Does NOT know which places hold secrets (`secret::classify`).

use std::fmt;

/// Where a secret value stands. An envelope of version 2 opens in its own place only.
///
/// Shown as `table/row/field`, as reports and errors name it.
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
        write!(f, "{}/{}/{}", self.table, self.row, self.field)
    }
}
