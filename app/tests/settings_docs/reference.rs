//! The reference of all settings.

use crate::{assert_written, in_repository};
use loom_app::config::OTHER_VARIABLES;
use loom_domain::config_schema::{Field, FieldKind, Home, Openness, SECTIONS, fields, fields_of_section};
use serde_json::Value;

const PATH: &str = "docs/configuration.md";
const BEGIN: &str = "<!-- settings: begin -->\n";
const END: &str = "<!-- settings: end -->\n";

#[test]
fn the_reference_says_what_the_schema_says() {
    let document = std::fs::read_to_string(in_repository(PATH)).unwrap();
    let (_, rest) = document.split_once(BEGIN).unwrap();
    let (written, _) = rest.split_once(END).unwrap();
    assert_written(PATH, written, &reference());
}

#[test]
fn every_field_and_every_variable_is_in_the_reference() {
    let reference = reference();
    for field in fields() {
        assert!(reference.contains(&format!("| `{}` |", field.path)), "{}", field.path);
        assert!(
            field.environment.is_none_or(|name| reference.contains(&format!("| `{name}` |"))),
            "{}",
            field.path
        );
    }
}

fn reference() -> String {
    let mut text = String::from(
        "\n### Needed before the state is open\n\nOnly in the config file and the environment.\n\n",
    );
    text += &table(fields().filter(|field| field.home == Home::Bootstrap));
    for section in SECTIONS {
        text += &format!("\n### `{}`\n\n{}", section.name, section.sentence);
        if section.openness == Openness::Open {
            text += " The section may hold more than stands here; what is not known is kept.";
        }
        text += "\n";
        let of_file =
            fields().filter(|field| field.home == Home::FileOnly && field.section() == Some(section.name));
        let rows: Vec<_> = fields_of_section(section.name).chain(of_file).collect();
        if !rows.is_empty() {
            text += "\n";
            text += &table(rows.into_iter());
        }
    }
    text += "\n### One central\n\nFields of an entry of the list `centrals`, which is only read while no state is there yet.\n\n";
    text += &table(fields().filter(|field| field.home == Home::Central));
    text += "\n### Other variables\n\n| Variable | What it is for |\n|---|---|\n";
    for (name, sentence) in OTHER_VARIABLES {
        text += &format!("| `{name}` | {sentence} |\n");
    }
    text += "\n";
    text
}

fn table(fields: impl Iterator<Item = &'static Field>) -> String {
    let mut text = String::from(
        "| Key | Default | Values | Class | Restart | Variable | What it is for |\n|---|---|---|---|---|---|---|\n",
    );
    for field in fields {
        let restart = if field.restart_required { "yes" } else { "no" };
        let variable = field.environment.map_or_else(|| "–".to_owned(), |name| format!("`{name}`"));
        text += &format!(
            "| `{}` | {} | {} | {} | {restart} | {variable} | {} |\n",
            field.path,
            default(field),
            values(field.kind),
            field.class.as_str(),
            field.sentence(),
        );
    }
    text
}

fn default(field: &Field) -> String {
    match field.default_value() {
        Value::Null => "–".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(_) | Value::Object(_) => "empty".to_owned(),
        other => format!("`{other}`"),
    }
}

fn values(kind: FieldKind) -> String {
    let words = |words: &[&str]| {
        let shown = |word: &&str| if word.is_empty() { "empty".to_owned() } else { format!("`{word}`") };
        words.iter().map(shown).collect::<Vec<_>>().join(", ")
    };
    match kind {
        FieldKind::Text => "text".to_owned(),
        FieldKind::Choice(allowed) => words(allowed),
        FieldKind::Integer { min, max } if max >= i128::from(i64::MAX) => format!("whole number from {min}"),
        FieldKind::Integer { min, max } => format!("whole number, {min} to {max}"),
        FieldKind::Number { min, max } => format!("number, {min} to {max}"),
        FieldKind::Bool => "`true`, `false`".to_owned(),
        FieldKind::TextList => "list of texts".to_owned(),
        FieldKind::List => "list".to_owned(),
        FieldKind::TextMap([]) => "map of texts".to_owned(),
        FieldKind::TextMap(allowed) => format!("map of {}", words(allowed)),
        FieldKind::Object => "map".to_owned(),
        FieldKind::Duration => "duration".to_owned(),
    }
}
