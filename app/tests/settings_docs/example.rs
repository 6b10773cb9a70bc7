//! The example config file: every key, its sentence and its default.

use crate::{assert_written, in_repository};
use loom_app::Environment;
use loom_app::config::{DaemonConfig, Inputs};
use loom_domain::config_schema::{Field, fields, find_section};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

const PATH: &str = "docs/deploy/example.config.yaml";

const HEAD: &str = "\
## Configuration of OpenCCU-Loom: every key there is, with its default.
##
## The daemon needs no config file. Where it looks for one, and what beats what, is told in docs/configuration.md.
## Lines that begin with two signs are words; take the one sign away from a line to set its key (and those above it that
## it belongs to).

## What is needed before the state is open; read at each start.
";

const SEEDS: &str = "
## From here on: read at the first start, while there is no state. Afterwards it is changed over the API.
";

#[test]
fn the_example_says_what_the_schema_says() {
    let written = std::fs::read_to_string(in_repository(PATH)).unwrap();
    assert_written(PATH, &written, &example());
}

#[test]
fn every_field_is_in_the_example() {
    let lines = uncommented(&example());
    let document: Value = serde_saphyr::from_str(&lines).unwrap();
    for field in fields() {
        let pointer = format!("/{}", field.path.replace("[]", "/0").replace('.', "/"));
        assert!(document.pointer(&pointer).is_some(), "{}", field.path);
    }
}

#[test]
fn the_example_is_a_configuration_without_a_warning() {
    // What asks for a seal has no empty value that could stand for its default.
    let files = |line: &&str| !line.contains("recipients_file:") && !line.contains("passphrase_file:");
    let all = uncommented(&example());
    let all: String = all.lines().filter(files).map(|line| format!("{line}\n")).collect();
    for text in [example(), all] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        std::fs::write(&path, text).unwrap();
        let nothing: Environment = Arc::new(|_| None);
        let inputs = Inputs { working_dir: folder.path(), ..Inputs::new(Some(&path), &nothing) };
        let config = DaemonConfig::load(&inputs).unwrap();
        assert_eq!(config.warnings, Vec::<String>::new());
        assert_eq!((config.data_dir.as_path(), config.listen.port()), (Path::new("./var"), 8119));
    }
}

fn uncommented(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("##"));
    lines.map(|line| format!("{}\n", line.strip_prefix('#').unwrap_or(line))).collect()
}

fn example() -> String {
    let mut text = HEAD.to_owned();
    let mut open: Vec<&str> = Vec::new();
    for field in fields() {
        let (parents, name) = field.path.rsplit_once('.').unwrap_or(("", field.path));
        let keys: Vec<&str> = parents.split('.').filter(|key| !key.is_empty()).collect();
        let common = open.iter().zip(&keys).take_while(|(open, key)| open == key).count();
        for depth in common..keys.len() {
            if depth == 0 && keys[0] == "north" {
                text += SEEDS;
            }
            if depth == 0 {
                text.push('\n');
            }
            if let Some(section) = find_section(&keys[..=depth].join(".")) {
                words(&mut text, indent(depth), section.sentence);
            }
            text += &format!("#{}{}:\n", " ".repeat(indent(depth)), keys[depth].trim_end_matches("[]"));
        }
        let below_list = keys.first() == Some(&"centrals[]");
        let opens_entry = below_list && common < keys.len();
        let column = indent(keys.len());
        if keys.is_empty() {
            text.push('\n');
        }
        words(&mut text, column, &described(field));
        let lead = if opens_entry { format!("{}- ", " ".repeat(column - 2)) } else { " ".repeat(column) };
        text += &format!("#{lead}{name}: {}\n", value(field));
        open = keys;
    }
    text
}

fn indent(depth: usize) -> usize {
    depth * 2
}

fn described(field: &Field) -> String {
    let variable = field.environment.map(|name| format!(" Variable: {name}.")).unwrap_or_default();
    format!("{}{variable}", field.sentence().replace('`', ""))
}

/// Words as comments, broken before column 100.
fn words(text: &mut String, indent: usize, words: &str) {
    let lead = format!("##{}", " ".repeat(indent.saturating_sub(1).max(1)));
    let mut line = lead.clone();
    for word in words.split(' ') {
        if line.len() + word.len() > 98 {
            *text += &format!("{}\n", line.trim_end());
            line.clone_from(&lead);
        }
        line += word;
        line.push(' ');
    }
    *text += &format!("{}\n", line.trim_end());
}

fn value(field: &Field) -> String {
    match (field.example, field.default_value()) {
        (Some(example), _) => example.to_owned(),
        (None, Value::Null) => "null".to_owned(),
        (None, Value::String(text)) => {
            let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if plain { text } else { format!("\"{text}\"") }
        }
        (None, other) => other.to_string(),
    }
}
