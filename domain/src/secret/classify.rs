//! Which values are secret: the one table of secret-classed places.
//!
//! Paths of config leaves and columns of database tables. Does NOT seal or open; it finds.

use serde_json::Value;

/// A secret leaf of a config section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretLeaf {
    /// The section that holds it.
    pub section: &'static str,
    /// Its path inside the section, from the section's own object.
    pub path: &'static [&'static str],
    /// The JSON type it has in clear.
    pub kind: LeafKind,
}

/// The type of a secret leaf in clear. Sealed it is always a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafKind {
    /// A string.
    Text,
    /// An integer, sealed as its decimal text.
    Integer,
    /// An object whose every value is a string.
    TextMap,
}

const fn leaf(section: &'static str, path: &'static [&'static str], kind: LeafKind) -> SecretLeaf {
    SecretLeaf { section, path, kind }
}

/// Every secret leaf of every config section.
pub const SECRET_LEAVES: [SecretLeaf; 9] = [
    leaf("north.mqtt", &["password"], LeafKind::Text),
    leaf("north.rest.auth.oidc", &["client_secret"], LeafKind::Text),
    leaf("north.rest", &["auth", "users"], LeafKind::TextMap),
    leaf("north.rest", &["auth", "tokens"], LeafKind::TextMap),
    leaf("north.matter", &["commissioning", "passcode"], LeafKind::Integer),
    leaf("north.matter", &["commissioning", "salt"], LeafKind::Text),
    leaf("north.matter", &["attestation", "dac_key_path"], LeafKind::Text),
    leaf("north.webhook", &["secret"], LeafKind::Text),
    leaf("north.webhook", &["inbound", "token"], LeafKind::Text),
];

/// A column of a state database that may hold sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretColumn {
    /// Table.
    pub table: &'static str,
    /// Column that names the row for people.
    pub name_column: &'static str,
    /// Column that holds the value.
    pub column: &'static str,
    /// How the value sits in the column.
    pub shape: ColumnShape,
}

/// How a sealed value sits in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnShape {
    /// The column is the value.
    Whole,
    /// The column is a JSON object of the config section the row is named after.
    SectionJson,
}

/// Every column of a state database that may hold sealed values.
pub const SECRET_COLUMNS: [SecretColumn; 3] = [
    SecretColumn {
        table: "centrals",
        name_column: "name",
        column: "password_plain",
        shape: ColumnShape::Whole,
    },
    SecretColumn {
        table: "centrals",
        name_column: "name",
        column: "api_token_plain",
        shape: ColumnShape::Whole,
    },
    SecretColumn {
        table: "config_sections",
        name_column: "section",
        column: "value_json",
        shape: ColumnShape::SectionJson,
    },
];

/// Calls `visit` with the dotted path and the value of each secret leaf present in a section's value.
pub fn visit_leaves(section: &str, value: &mut Value, visit: &mut dyn FnMut(&str, LeafKind, &mut Value)) {
    for leaf in SECRET_LEAVES.iter().filter(|leaf| leaf.section == section) {
        let found = leaf.path.iter().try_fold(&mut *value, |node, key| node.get_mut(*key));
        let path = leaf.path.join(".");
        match (found, leaf.kind) {
            (Some(Value::Object(map)), LeafKind::TextMap) => {
                for (key, entry) in map {
                    visit(&format!("{path}.{key}"), LeafKind::Text, entry);
                }
            }
            (Some(_), LeafKind::TextMap) | (None, _) => {}
            (Some(node), kind) => visit(&path, kind, node),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_of_leaf_is_found_at_its_path() {
        let mut seen = Vec::new();
        let mut rest = json!({"auth": {"tokens": {"a": "1", "b": "2"}}, "listen": ":8119"});
        visit_leaves("north.rest", &mut rest, &mut |path, kind, _| seen.push((path.to_owned(), kind)));
        let mut matter = json!({"commissioning": {"passcode": 20202021}});
        visit_leaves("north.matter", &mut matter, &mut |path, kind, _| seen.push((path.to_owned(), kind)));
        let expected = [
            ("auth.tokens.a".to_owned(), LeafKind::Text),
            ("auth.tokens.b".to_owned(), LeafKind::Text),
            ("commissioning.passcode".to_owned(), LeafKind::Integer),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_section_of_another_shape_has_no_leaves() {
        for mut odd in [json!(null), json!([1]), json!("x"), json!({"auth": 3})] {
            visit_leaves("north.rest", &mut odd, &mut |path, _, _| panic!("found {path}"));
        }
    }

    #[test]
    fn every_section_of_the_table_is_a_known_section() {
        for leaf in SECRET_LEAVES {
            assert!(crate::config_section::SECTION_NAMES.contains(&leaf.section), "{}", leaf.section);
        }
    }
}
