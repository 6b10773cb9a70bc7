//! What the columns of our tables mean to an adoption: read from the schema, by name and declared type.
//!
//! A new column of the usual naming needs nothing here. Does NOT convert values (`convert`).

use crate::inspect::TextRow;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

/// One column of one of our tables.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether it may be empty.
    pub(super) nullable: bool,
    /// Whether the schema fills it if nothing is given.
    pub(super) has_default: bool,
    /// Whether it is part of the table's key.
    pub(super) in_key: bool,
}

/// What is in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Text without which a row is worth nothing.
    NeededText,
    /// RFC 3339 with six digits.
    Time,
    Json,
    /// JSON that a row is about.
    NeededJson,
    JsonList,
    JsonTexts,
    Bytes,
    Integer,
    /// Fits 32 bits.
    SmallInteger,
    /// Fits 16 bits without a sign.
    Word,
    /// As `Word`, and 0 means that there is none.
    Port,
    UnixSeconds,
    Role,
    Subject,
    CentralName,
    SessionId,
    SessionScheme,
    /// Unix seconds, of which those that have passed are of no use.
    SessionEnd,
}

#[derive(QueryableByName)]
struct Declared {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    declared: String,
    #[diesel(sql_type = Bool)]
    not_null: bool,
    #[diesel(sql_type = Bool)]
    has_default: bool,
    #[diesel(sql_type = BigInt)]
    key_part: i64,
}

/// The columns of one of our tables.
pub(super) fn ours(connection: &mut SqliteConnection, table: &str) -> QueryResult<Vec<Column>> {
    let query = r#"SELECT name, type AS declared, "notnull" AS not_null, dflt_value IS NOT NULL AS has_default,
                          pk AS key_part FROM pragma_table_info(?)"#;
    let declared: Vec<Declared> = sql_query(query).bind::<Text, _>(table).load(connection)?;
    let column = |column: Declared| Column {
        kind: kind(table, &column.name, &column.declared),
        nullable: !column.not_null && column.key_part == 0,
        has_default: column.has_default,
        in_key: column.key_part > 0,
        name: column.name,
    };
    Ok(declared.into_iter().map(column).collect())
}

/// The names of the columns of any table.
pub(super) fn names(connection: &mut SqliteConnection, table: &str) -> QueryResult<Vec<String>> {
    let query = "SELECT name AS value FROM pragma_table_info(?)";
    let rows: Vec<TextRow> = sql_query(query).bind::<Text, _>(table).load(connection)?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}

fn kind(table: &str, column: &str, declared: &str) -> Kind {
    match (table, column) {
        ("auth_sessions", "id") => Kind::SessionId,
        ("auth_sessions", "scheme") => Kind::SessionScheme,
        ("auth_sessions", "expires_unix") => Kind::SessionEnd,
        ("users" | "tokens" | "auth_sessions", "role") => Kind::Role,
        (_, "subject") => Kind::Subject,
        ("centrals", "name") | ("devices" | "paramsets", "central_name") => Kind::CentralName,
        ("centrals", "host") | (_, "password_hash" | "token_hash") => Kind::NeededText,
        ("centrals", "port" | "json_rpc_port") => Kind::Port,
        ("centrals", "interfaces_json") => Kind::JsonTexts,
        ("matter_acl_entries", "subjects_json" | "targets_json") => Kind::JsonList,
        ("matter_fabrics", "vendor_id") => Kind::Word,
        ("paramsets", "paramset_json") => Kind::NeededJson,
        ("audit_log", "channel_no") | ("config_sections", "schema_version") => Kind::SmallInteger,
        _ => by_naming(column, declared),
    }
}

fn by_naming(column: &str, declared: &str) -> Kind {
    let is_time = column.ends_with("_at") || matches!(column, "timestamp" | "first_seen" | "last_seen");
    match declared {
        "TEXT" | "ANY" if column.ends_with("_json") => Kind::Json,
        "TEXT" if is_time => Kind::Time,
        "INTEGER" if column.ends_with("_unix") => Kind::UnixSeconds,
        "INTEGER" => Kind::Integer,
        "BLOB" => Kind::Bytes,
        _ => Kind::Text,
    }
}
