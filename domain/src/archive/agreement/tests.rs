//! Cases of agreement: each way in which an archive can differ from its manifest is named.

use super::*;
use crate::archive::SchemaLineage;
use crate::archive::manifest::{ListedDatabase, ListedFile, UnopenedValues};

const MAIN: &str = "state/openccu-loom.db";

fn path(text: &str) -> MemberPath {
    MemberPath::parse(text.as_bytes()).unwrap()
}

fn facts(rows: u64) -> DatabaseFacts {
    DatabaseFacts {
        lineage: SchemaLineage::Goose,
        schema_version: Some(45),
        tables: [("users".to_owned(), rows)].into(),
    }
}

fn manifest() -> Manifest {
    Manifest {
        daemon_version: String::new(),
        format: None,
        created_at: "2026-06-08T12:00:00Z".parse().unwrap(),
        host: None,
        files: [(path(MAIN), ListedFile { bytes: Some(3), sha256: "a".repeat(64) })].into(),
        databases: vec![ListedDatabase { member: path(MAIN), facts: facts(2) }],
        master_key: None,
        sealed_values: None,
        unopened: UnopenedValues::default(),
        left_out: Vec::new(),
    }
}

fn found(name: &str, bytes: u64, digit: &str) -> (MemberPath, FoundFile) {
    (path(name), FoundFile { bytes, sha256: digit.repeat(64) })
}

#[test]
fn an_archive_that_agrees_has_no_points() {
    assert_eq!(compare_files(&manifest(), &[found(MAIN, 3, "a")].into()), []);
    assert_eq!(compare_database(&manifest(), &path(MAIN), &facts(2)), None);
}

#[test]
fn each_difference_of_a_file_is_named() {
    let points =
        |files: &[(MemberPath, FoundFile)]| compare_files(&manifest(), &files.iter().cloned().collect());
    assert!(matches!(&points(&[found(MAIN, 4, "a")])[..], [Disagreement::Size { found: 4, listed: 3, .. }]));
    assert!(matches!(&points(&[found(MAIN, 3, "b")])[..], [Disagreement::Hash(_)]));
    assert!(matches!(&points(&[])[..], [Disagreement::Missing(_), Disagreement::NoMainDatabase]));
    let extra = [found(MAIN, 3, "a"), found("state/evil", 1, "c")];
    assert_eq!(points(&extra), [Disagreement::Unlisted(path("state/evil"))]);
}

#[test]
fn a_database_with_other_rows_or_schema_is_named() {
    let rows = compare_database(&manifest(), &path(MAIN), &facts(1)).unwrap();
    assert!(rows.to_string().contains("table `users`: 2 rows listed, 1 rows found"), "{rows}");
    let schema = DatabaseFacts { schema_version: Some(44), ..facts(2) };
    assert!(compare_database(&manifest(), &path(MAIN), &schema).is_some());
}

#[test]
fn a_database_the_manifest_does_not_describe_agrees() {
    assert_eq!(compare_database(&manifest(), &path("state/history.db"), &facts(9)), None);
}
