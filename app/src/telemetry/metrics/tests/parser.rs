//! A parser of Prometheus text 0.0.4 for tests. It panics at whatever a strict scraper would refuse.

use std::collections::{BTreeMap, BTreeSet};

/// Samples by name and sorted labels, spelled `name{a="x",b="y"}`.
#[derive(Debug)]
pub(super) struct Parsed(BTreeMap<String, f64>);

impl Parsed {
    pub(super) fn value(&self, series: &str) -> Option<f64> {
        self.0.get(series).copied()
    }

    pub(super) fn series(&self, name: &str) -> usize {
        self.0.keys().filter(|key| key.split('{').next() == Some(name)).count()
    }
}

/// The family whose samples may come now.
#[derive(Default)]
struct Family {
    name: String,
    kind: String,
    has_help: bool,
}

#[track_caller]
pub(super) fn parse(text: &str) -> Parsed {
    assert!(text.ends_with('\n'), "the last line has no end");
    let (mut samples, mut families, mut family) = (BTreeMap::new(), BTreeSet::new(), Family::default());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or_else(|| panic!("no help: {line}"));
            assert!(!help.trim().is_empty() && is_name(name), "{line}");
            assert!(families.insert(name.to_owned()), "family twice: {line}");
            family = Family { name: name.to_owned(), has_help: true, ..Family::default() };
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or_else(|| panic!("no type: {line}"));
            assert!(family.has_help && name == family.name && family.kind.is_empty(), "out of place: {line}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(kind != "counter" || name.ends_with("_total"), "{line}");
            kind.clone_into(&mut family.kind);
        } else {
            assert!(!line.starts_with('#') && !line.is_empty(), "stray line: {line:?}");
            let (name, labels, value) = sample(line);
            let stem = match family.kind.as_str() {
                "histogram" => ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)),
                _ => Some(name),
            };
            assert_eq!(stem, Some(family.name.as_str()), "outside of its family: {line}");
            let labels: BTreeMap<_, _> = labels.into_iter().collect();
            let spelled: Vec<_> =
                labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
            let key = match spelled.as_slice() {
                [] => name.to_owned(),
                labels => format!("{name}{{{}}}", labels.join(",")),
            };
            assert!(samples.insert(key, value).is_none(), "series twice: {line}");
        }
    }
    Parsed(samples)
}

/// Name, labels with their escapes left as they are, and value.
fn sample(line: &str) -> (&str, Vec<(&str, &str)>, f64) {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("no value: {line}"));
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name), "{line}");
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("bad label: {line}"));
            assert!(is_name(label) && !label.contains(':'), "{line}");
            let end = value_end(after).unwrap_or_else(|| panic!("bad label value: {line}"));
            assert!(!labels.iter().any(|(known, _)| *known == label), "label twice: {line}");
            labels.push((label, &after[..end]));
            rest = &after[end + 1..];
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("no value: {line}"));
    (name, labels, value.parse().unwrap_or_else(|_| panic!("no number: {line}")))
}

/// Where the quote is that ends a label value; only `\\`, `\"` and `\n` may be escaped.
fn value_end(text: &str) -> Option<usize> {
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some(at),
            '\\' => _ = characters.next().filter(|(_, c)| matches!(c, '\\' | '"' | 'n'))?,
            _ => {}
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit())
}
