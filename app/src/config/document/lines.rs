//! The line each key of a YAML document stands in.
//!
//! Does NOT keep any value: a tree of line numbers can be shown to anybody.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// The lines of a document's keys, as a tree.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Line and inner lines by key; an entry of a list has its index for a key.
    below: BTreeMap<String, (u64, Lines)>,
}

impl Lines {
    /// The line of a path such as `north.rest.cors` or `centrals[0].host`; the nearest one above if it has none itself.
    pub(super) fn of(&self, path: &str) -> Option<u64> {
        let mut node = self;
        let mut line = None;
        for key in path.split(['.', '[']).map(|key| key.trim_end_matches(']')) {
            let Some((found, below)) = node.below.get(key) else { break };
            line = Some(*found);
            node = below;
        }
        line
    }
}

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Lines;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Lines, A::Error> {
        let mut below = BTreeMap::new();
        while let Some(key) = entries.next_key::<Spanned<String>>()? {
            below.insert(key.value, (key.referenced.line(), entries.next_value()?));
        }
        Ok(Lines { below })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Lines, A::Error> {
        let mut below = BTreeMap::new();
        while let Some(entry) = entries.next_element::<Spanned<Lines>>()? {
            below.insert(below.len().to_string(), (entry.referenced.line(), entry.value));
        }
        Ok(Lines { below })
    }

    fn visit_unit<E>(self) -> Result<Lines, E> {
        Ok(Lines::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Lines, E> {
        Ok(Lines::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Lines, E> {
        Ok(Lines::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Lines, E> {
        Ok(Lines::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Lines, E> {
        Ok(Lines::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Lines, E> {
        Ok(Lines::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_line() {
        let text = "# top\na:\n  b: 1\n\nc:\n  - x: yes\n    y: 2.5\n  - z:\n  - -3\n";
        let lines: Lines = crate::yaml::parse(text).unwrap().unwrap();
        let found = ["a", "a.b", "a.gone", "c[0].y", "c[1].z", "c[2]"].map(|path| lines.of(path));
        assert_eq!(found, [Some(2), Some(3), Some(2), Some(7), Some(8), Some(9)]);
        assert_eq!(lines.of("gone"), None);
    }
}
