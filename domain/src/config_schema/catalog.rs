//! Questions about the table of settings: which there are, which one a path means, which ones are near a typo.
//!
//! Does NOT look at values.

use super::field::{Field, Home};
use super::sections::{SECTIONS, is_within};
use super::settings::TABLES;

/// Below this likeness two names are not taken for a typo of each other.
const LIKE: f64 = 0.75;
const MOST_SUGGESTIONS: usize = 3;

/// Every setting, and every field of a central, in the order they are documented.
pub fn fields() -> impl Iterator<Item = &'static Field> {
    TABLES.iter().copied().flatten()
}

/// Every setting; fields of centrals are none.
pub fn settings() -> impl Iterator<Item = &'static Field> {
    fields().filter(|field| field.home != Home::Central)
}

/// The field at this dotted path.
pub fn find_field(path: &str) -> Option<&'static Field> {
    fields().find(|field| field.path == path)
}

/// The fields a stored section of this name may hold.
pub fn fields_of_section(section: &str) -> impl Iterator<Item = &'static Field> {
    settings().filter(move |field| field.home == Home::Section && field.section() == Some(section))
}

/// Whether fields or sections lie below `path`; the empty path is the document itself.
pub(super) fn is_inner(path: &str) -> bool {
    let mut known = fields().map(|field| field.path).chain(SECTIONS.iter().map(|section| section.name));
    path.is_empty() || known.any(|known| known != path && is_within(known, path))
}

/// Settings an unknown path may have been meant for: names like it at the same place first, then settings of the
/// same name elsewhere.
pub(super) fn nearest(path: &str) -> Vec<String> {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let at = |child: &str| if parent.is_empty() { child.to_owned() } else { format!("{parent}.{child}") };
    let mut alike: Vec<(f64, String)> = Vec::new();
    for child in children(parent) {
        let likeness = likeness(name, child);
        let known = at(child);
        if likeness >= LIKE && !alike.iter().any(|(_, path)| *path == known) {
            alike.push((likeness, known));
        }
    }
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let here = alike.into_iter().map(|(_, path)| path);
    let elsewhere = settings().map(|field| field.path).filter(|path| path.rsplit('.').next() == Some(name));
    here.chain(elsewhere.map(str::to_owned)).take(MOST_SUGGESTIONS).collect()
}

/// Whether `name` is a typo of `known`, or that itself.
pub(super) fn is_like(name: &str, known: &str) -> bool {
    likeness(name, known) >= LIKE
}

/// From 0 to 1; letters of either case are the same.
fn likeness(name: &str, known: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(&name.to_lowercase(), known)
}

/// Names directly below `parent`.
fn children(parent: &str) -> impl Iterator<Item = &'static str> {
    let known = fields().map(|field| field.path).chain(SECTIONS.iter().map(|section| section.name));
    known.filter_map(move |path| {
        let below = if parent.is_empty() { Some(path) } else { path.strip_prefix(parent)?.strip_prefix('.') };
        below?.split('.').next().map(|child| child.trim_end_matches("[]"))
    })
}
