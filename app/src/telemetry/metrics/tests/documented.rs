//! Figures the documents speak of exist, and those that exist are in the list of them. Does NOT check what they mean.

use super::*;
use crate::health::{self, Health, Status};
use std::collections::BTreeSet;

const FIGURES: &str = include_str!("../../../../../docs/logging.md");
const RULES: &str = include_str!("../../../../../docs/operations.md");

/// Names of all figures, each with something to tell.
fn existing() -> BTreeSet<String> {
    let metrics = metrics();
    let health = Arc::new(Health::new(Arc::new(Noon)));
    health.hold(health::AUDIT, Status::Degraded, None);
    metrics.watch_health(health);
    metrics.request_ended("GET", "/", 200, Duration::ZERO);
    drop(metrics.job_began("state_backup"));
    metrics.newest_backup(&BackupSubject::State, Some(success("2026-06-08T11:00:00Z", 4096)));
    let text = metrics.render();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let names = lines.filter_map(|line| line.split(['{', ' ']).next());
    let stem = |name: &str| {
        let ends = ["_bucket", "_sum", "_count"];
        ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
    };
    names.map(stem).collect()
}

/// Words of a text that are names of figures.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ours = |word: &&str| {
        let bare = word.strip_prefix("openccu_loom_").or_else(|| word.strip_prefix("config_"));
        bare.is_some_and(|rest| !rest.is_empty())
    };
    words.filter(ours).map(str::to_owned).collect()
}

fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, below) = text.split_once(&format!("\n{heading}\n")).unwrap();
    below.split_once("\n## ").map_or(below, |(section, _)| section)
}

#[test]
fn every_alert_rule_is_about_figures_there_are() {
    let (_, rules) = RULES.split_once("groups:\n").unwrap();
    let named = named(rules.split_once("```").unwrap().0);
    assert!(named.len() >= 6, "{named:?}");
    let missing: Vec<_> = named.difference(&existing()).cloned().collect();
    assert!(missing.is_empty(), "docs/operations.md: there is no {missing:?}");
}

#[test]
fn the_list_of_figures_names_each_there_is_and_no_other() {
    let rows = section(FIGURES, "## Figures").lines().filter_map(|line| line.strip_prefix("| `"));
    let named: BTreeSet<_> = rows.filter_map(|row| row.split('`').next()).map(str::to_owned).collect();
    assert_eq!(named, existing());
}

#[test]
fn health_is_a_figure_that_grows_as_it_gets_worse() {
    let metrics = metrics();
    assert!(!metrics.render().contains("openccu_loom_health"));
    let health = Arc::new(Health::new(Arc::new(Noon)));
    metrics.watch_health(health.clone());
    let figure = || read(&metrics).value("openccu_loom_health{component=\"audit\"}");
    health.hold(health::AUDIT, Status::Degraded, None);
    assert_eq!(figure(), Some(2.0));
    health.hold(health::AUDIT, Status::Healthy, None);
    assert_eq!(figure(), Some(0.0));
}
