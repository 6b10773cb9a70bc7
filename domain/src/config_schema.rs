//! The configuration schema: every setting this program knows, and what a configuration looks like against it.
//!
//! Reading order: a [`Field`] and its [`FieldKind`], the [`SECTIONS`], the questions one can ask ([`find_field`],
//! [`settings`]), the checks ([`check_section`], [`check_document`]) with their [`Finding`]s, and what is done with the
//! secrets of a section ([`mask_section`], [`merge_section`]). All of it is pure. Does NOT read files or the
//! environment, and does NOT say which value is in effect (`effective_config`).

mod catalog;
mod check;
mod field;
mod finding;
mod masking;
pub(crate) mod nested;
mod sealing_names;
mod sections;
mod settings;
pub(crate) mod value_kind;

pub use catalog::{fields, fields_of_section, find_field, settings};
pub use check::{check_document, check_field, check_section};
pub use field::{Class, Field, Home};
pub use finding::{Finding, Problem};
pub use masking::{MASK, mask_section, mask_value, merge_section, reset_field};
pub use sealing_names::check_sealing_names;
pub use sections::{
    Openness, SECTIONS, Section, find_section, join_sections, normalize_document, normalize_section,
    section_of, split_sections,
};
pub use value_kind::FieldKind;

#[cfg(test)]
mod tests;
