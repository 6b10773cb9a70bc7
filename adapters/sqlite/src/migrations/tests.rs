//! Proves that every migration can be undone and done again, and that the constant is the newest of them.

use super::*;
use crate::connection::apply_settings;
use diesel::migration::MigrationSource;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query, sqlite::Sqlite};

#[derive(QueryableByName, Debug, PartialEq)]
struct Definition {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    sql: Option<String>,
}

fn schema(connection: &mut SqliteConnection) -> Vec<Definition> {
    let query = "SELECT name, sql FROM sqlite_master WHERE tbl_name NOT IN ('__diesel_schema_migrations', \
                 'sqlite_sequence') ORDER BY name";
    sql_query(query).load(connection).unwrap()
}

fn versions() -> Vec<i64> {
    let migrations = MigrationSource::<Sqlite>::migrations(&MIGRATIONS).unwrap();
    migrations.iter().map(|migration| migration.name().version().to_string().parse().unwrap()).collect()
}

#[test]
fn the_constant_is_the_newest_migration() {
    assert_eq!(versions().into_iter().max(), Some(LATEST_SCHEMA_VERSION));
}

#[test]
fn versions_stay_above_those_of_the_go_daemon() {
    assert!(versions().into_iter().all(|version| version >= 100));
}

#[test]
fn every_migration_can_be_undone_and_done_again() {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    apply_settings(&mut connection).unwrap();
    let mut before = Vec::new();
    while connection.has_pending_migration(MIGRATIONS).unwrap() {
        before.push(schema(&mut connection));
        connection.run_next_migration(MIGRATIONS).unwrap();
    }
    let newest = schema(&mut connection);
    assert!(newest.len() > 20);
    for older in before.into_iter().rev() {
        connection.revert_last_migration(MIGRATIONS).unwrap();
        assert_eq!(schema(&mut connection), older);
    }
    migrate(&mut connection).unwrap();
    assert_eq!(schema(&mut connection), newest);
}
