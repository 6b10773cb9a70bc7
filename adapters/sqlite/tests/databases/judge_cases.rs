//! What is true of the judge of SQLite databases beyond its contract.

use crate::bed::SqliteBed;
use loom_contract::database_bed::DatabaseBed;
use loom_domain::ports::Verdict;
use std::fs;

/// Judges a database made from SQL.
async fn judge(bed: &SqliteBed, sql: &str) -> Verdict {
    let location = bed.stage(b"");
    bed.create(&location, sql);
    bed.judge().judge(&location).await.unwrap()
}

/// Judges a database whose schema is then made to say something else.
async fn judge_with_schema(bed: &SqliteBed, sql: &str, schema: &str) -> Verdict {
    let edit = "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ";
    judge(bed, &format!("{sql}; {edit} '{}' WHERE name = 'x'", schema.replace('\'', "''"))).await
}

#[tokio::test]
async fn a_truncated_database_is_a_problem() {
    let bed = SqliteBed::new();
    bed.create_main();
    for _ in 0..200 {
        bed.commit_pair();
    }
    bed.close();
    let whole = fs::read(bed.main()).unwrap();
    for length in [whole.len() - 1, whole.len() - 4096, whole.len() / 2, 4096, 4095, 512, 100, 99] {
        let verdict = bed.judge().judge(&bed.stage(&whole[..length])).await.unwrap();
        assert!(!verdict.problems.is_empty(), "{length} of {} bytes", whole.len());
    }
}

#[tokio::test]
async fn an_index_that_misses_its_table_is_a_problem_and_the_facts_are_told() {
    let bed = SqliteBed::new();
    let location = bed.stage(b"");
    bed.create(
        &location,
        "CREATE TABLE t (x); CREATE INDEX i ON t (x); INSERT INTO t VALUES ('needle'), ('straw');",
    );
    let mut bytes = fs::read(&location).unwrap();
    let at = bytes.windows(6).position(|window| window == b"needle").unwrap();
    bytes[at] = b'N';
    let verdict = bed.judge().judge(&bed.stage(&bytes)).await.unwrap();
    assert!(verdict.problems.iter().any(|line| line.contains("missing from index i")), "{verdict:?}");
    assert_eq!(verdict.facts.unwrap().tables["t"], 2);
}

#[tokio::test]
async fn a_schema_that_is_no_sql_is_a_problem() {
    let bed = SqliteBed::new();
    for schema in ["CREATE TABLE x (", "DROP TABLE y", "nonsense\u{1b}[2J", ""] {
        let verdict = judge_with_schema(&bed, "CREATE TABLE x (a); CREATE TABLE y (a)", schema).await;
        assert!(!verdict.problems.is_empty(), "{schema}");
        assert!(!verdict.problems.concat().contains('\u{1b}'), "{:?}", verdict.problems);
    }
}

#[tokio::test]
async fn views_and_triggers_are_not_run() {
    let bed = SqliteBed::new();
    let verdict = judge(
        &bed,
        "CREATE VIEW centrals AS SELECT 'v' AS name, 'enc:v1:AAA=' AS password_plain, abs(-9223372036854775808) AS b;
         CREATE TABLE t (x); INSERT INTO t VALUES (1);
         CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END;",
    )
    .await;
    assert_eq!(verdict.problems, [""; 0]);
    assert_eq!(verdict.sealed, []);
    assert_eq!(verdict.facts.unwrap().tables.into_iter().collect::<Vec<_>>(), [("t".to_owned(), 1)]);
}

#[tokio::test]
async fn functions_with_effects_are_refused_in_a_schema() {
    let bed = SqliteBed::new();
    let tables = "CREATE TABLE x (a, b AS (a)); INSERT INTO x VALUES (1)";
    let evil = "CREATE TABLE x (a, b AS (load_extension('/nowhere/evil.so')), CHECK (b > 0))";
    let verdict = judge_with_schema(&bed, tables, evil).await;
    assert!(verdict.problems.concat().contains("unsafe use of load_extension()"), "{:?}", verdict.problems);
}

#[tokio::test]
async fn an_unknown_virtual_table_is_left_alone() {
    let bed = SqliteBed::new();
    let tables = "CREATE VIRTUAL TABLE x USING fts5(a); CREATE TABLE t (a)";
    let verdict = judge_with_schema(&bed, tables, "CREATE VIRTUAL TABLE x USING no_such_module(a)").await;
    assert!(verdict.facts.unwrap().tables.contains_key("t"));
}

#[tokio::test]
async fn foreign_keys_that_point_nowhere_are_no_damage() {
    let bed = SqliteBed::new();
    let verdict = judge(
        &bed,
        "PRAGMA foreign_keys = OFF; CREATE TABLE parent (a, b);
         CREATE TABLE child (a REFERENCES parent (b)); INSERT INTO child VALUES (1);",
    )
    .await;
    assert_eq!(verdict.problems, [""; 0]);
    assert!(verdict.orphans[0].starts_with("foreign keys cannot be checked: "), "{:?}", verdict.orphans);
    assert!(verdict.facts.is_some());
}

#[tokio::test]
async fn text_that_is_no_text_stops_nothing() {
    let bed = SqliteBed::new();
    let verdict = judge(
        &bed,
        "CREATE TABLE centrals (name, password_plain);
         INSERT INTO centrals VALUES (CAST(x'ff' AS TEXT), 'enc:v1:AAA='), (x'00', CAST(x'fffe' AS TEXT)), (1, 2);",
    )
    .await;
    assert_eq!(verdict.problems, [""; 0]);
    assert_eq!(verdict.sealed.len(), 1);
}

#[tokio::test]
async fn many_problems_are_cut_to_twenty() {
    let bed = SqliteBed::new();
    let columns: Vec<_> = (0..100).map(|i| format!("c{i} INTEGER")).collect();
    let texts = vec!["'text'"; 100].join(", ");
    let table = format!("CREATE TABLE x ({}); INSERT INTO x VALUES ({texts})", columns.join(", "));
    let strict = format!("CREATE TABLE x ({}) STRICT", columns.join(", "));
    let verdict = judge_with_schema(&bed, &table, &strict).await;
    assert_eq!(verdict.problems.len(), 20);
}

#[tokio::test]
async fn a_database_in_wal_mode_is_judged_without_files_beside_it() {
    let bed = SqliteBed::new();
    let location = bed.stage(b"");
    bed.create(&location, "PRAGMA journal_mode = WAL; CREATE TABLE t (x);");
    let before = bed.around(&location);
    let verdict = bed.judge().judge(&location).await.unwrap();
    assert_eq!((verdict.problems.len(), verdict.facts.unwrap().tables["t"]), (0, 0));
    assert_eq!(bed.around(&location), before);
}

#[tokio::test]
async fn a_missing_file_is_an_error_of_the_judge() {
    let bed = SqliteBed::new();
    let location = bed.stage(b"");
    fs::remove_file(&location).unwrap();
    let error = bed.judge().judge(&location).await.unwrap_err();
    assert_eq!(error.path, location.display().to_string());
    assert!(!location.exists());
}
