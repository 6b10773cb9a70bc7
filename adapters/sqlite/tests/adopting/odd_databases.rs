//! Odd databases: many rows, rows without a parent, names that clash with ours.

use crate::go_database::GoDatabase;

#[test]
fn every_row_of_large_tables_is_taken_over() {
    let many = |table: &str, select: &str| {
        format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)
             INSERT INTO {table} SELECT {select} FROM n;"
        )
    };
    let database = GoDatabase::with(&format!(
        "DELETE FROM paramsets; DELETE FROM users; {} {} UPDATE users SET rowid = -rowid * 3 WHERE rowid % 2;",
        // Without row ids, and with.
        many("paramsets", "'haus', 'i', 'A:' || i, 'MASTER', 'h' || i, '{\"n\":' || i || '}', NULL, 3"),
        many("users", "'user' || i, 'hash' || i, 'admin', NULL, NULL, NULL"),
    ));
    let told = database.adopt().unwrap();
    assert_eq!((told.rows["paramsets"], told.rows["users"]), (1234, 1234));
    let sums = "SELECT sum(substr(channel_address, 3)) || '' AS text FROM paramsets
                UNION ALL SELECT sum(substr(subject, 5)) || '' FROM users";
    assert_eq!(database.texts(sums), ["761995", "761995"]);
    assert_eq!(
        database.texts(
            "SELECT count(*) || '' AS text FROM users WHERE password_hash = 'hash' || substr(subject, 5)"
        ),
        ["1234"]
    );
}

#[test]
fn a_table_whose_name_we_need_is_kept_under_another() {
    let database =
        GoDatabase::with("CREATE TABLE ccu_backups (a); INSERT INTO ccu_backups VALUES ('theirs');");
    let told = database.adopt().unwrap();
    assert!(told.kept_tables.contains("adopted_ccu_backups"), "{:?}", told.kept_tables);
    assert_eq!(database.rows("adopted_ccu_backups"), ["adopted_ccu_backups: 'theirs'"]);
    assert_eq!(database.rows("ccu_backups"), [""; 0]);
}

#[test]
fn a_row_that_has_lost_its_parent_is_taken_over_as_it_is() {
    let database = GoDatabase::with("PRAGMA foreign_keys = OFF; DELETE FROM matter_fabrics");
    let told = database.adopt().unwrap();
    assert_eq!((told.rows["matter_fabrics"], told.rows["matter_node_identities"]), (0, 1));
    assert_eq!(database.texts("SELECT hex(private_key) AS text FROM matter_node_identities"), ["A1"]);
}
