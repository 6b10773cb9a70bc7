//! What is true of sealed values that a stranger put into a database: none is passed over, and few are kept.

use crate::bed::SqliteBed;
use loom_contract::database_bed::DatabaseBed;
use loom_domain::archive::SealedValue;
use loom_domain::secret::SecretPlace;

const CENTRALS: &str = "CREATE TABLE centrals (name, password_plain, api_token_plain);";
const SECTIONS: &str = "CREATE TABLE config_sections (section, value_json);";

/// The sealed values of a database made from SQL.
async fn sealed(bed: &SqliteBed, sql: &str) -> Vec<SealedValue> {
    let location = bed.stage(b"");
    bed.create(&location, sql);
    let verdict = bed.judge().judge(&location).await.unwrap();
    assert_eq!(verdict.problems, [""; 0]);
    verdict.sealed
}

/// SQL for so many central entries.
fn centrals(count: u32, password: &str) -> String {
    format!(
        "{CENTRALS} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO centrals SELECT 'c' || i, {password}, NULL FROM n;"
    )
}

fn unread(table: &str, row: &str, field: &str) -> SealedValue {
    SealedValue::unread(SecretPlace::new(table, row, field))
}

fn places(values: &[SealedValue]) -> Vec<String> {
    values.iter().map(|value| value.place.to_string()).collect()
}

fn bytes(values: &[SealedValue]) -> usize {
    values.iter().map(|value| value.place.row.len() + value.place.field.len() + value.envelope.len()).sum()
}

#[tokio::test]
async fn long_envelopes_are_counted_but_not_kept() {
    let bed = SqliteBed::new();
    let found = sealed(&bed, &centrals(300, "'enc:v1:' || hex(zeroblob(64 << 10))")).await;
    assert_eq!(found.len(), 300);
    assert_eq!(found[0], unread("centrals", "c1", "password_plain"));
    assert!(bytes(&found) < 1 << 20);
}

#[tokio::test]
async fn an_envelope_of_any_length_is_found_and_a_long_password_in_clear_is_none() {
    let bed = SqliteBed::new();
    for (length, value) in [
        (1, "'enc:v1:' || hex(zeroblob(32761))"),
        (1, "'enc:v1:' || hex(zeroblob(32765))"),
        (1, "'enc:v1:' || hex(zeroblob(5 << 20))"),
        (0, "'x' || hex(zeroblob(1000))"),
        (0, "'x enc:v1:' || hex(zeroblob(1 << 20))"),
    ] {
        assert_eq!(sealed(&bed, &centrals(1, value)).await.len(), length, "{value}");
    }
}

#[tokio::test]
async fn long_sections_count_once_if_they_may_hold_sealed_values() {
    let bed = SqliteBed::new();
    let found = sealed(
        &bed,
        &format!(
            r#"{SECTIONS} INSERT INTO config_sections VALUES
               ('north.rest', '{{"auth": {{"users": {{"a": "enc:v1:AAA="}}}}, "x": "' || hex(zeroblob(1 << 20)) || '"}}'),
               ('north.mqtt', '{{"password": "enc:v1:AAA=", "x": "' || hex(zeroblob(3 << 20)) || '"}}'),
               ('north.webhook', '{{"x": "' || hex(zeroblob(1 << 20)) || '"}}');"#
        ),
    )
    .await;
    assert_eq!(found, ["north.rest", "north.mqtt"].map(|name| unread("config_sections", name, "value_json")));
}

#[tokio::test]
async fn more_values_than_are_kept_leave_a_last_word() {
    let bed = SqliteBed::new();
    let found = sealed(&bed, &centrals(10_000, "'enc:v1:AAA='")).await;
    assert_eq!(found.len(), 10_000);
    assert_eq!(found[9_999].envelope, "enc:v1:AAA=");
    let found = sealed(&bed, &centrals(10_002, "'enc:v1:AAA='")).await;
    assert_eq!(
        (found.len(), places(&found[10_000..])),
        (10_001, vec!["centrals/… more than 10,000 sealed values".to_owned()])
    );
}

#[tokio::test]
async fn more_bytes_than_are_kept_leave_a_last_word() {
    let bed = SqliteBed::new();
    let found = sealed(&bed, &centrals(300, "'enc:v1:' || hex(zeroblob(30 << 10))")).await;
    assert!(bytes(&found) <= 8 << 20);
    assert_eq!(found.last().unwrap().place.to_string(), "centrals/… more than 8 MiB of sealed values");
}

#[tokio::test]
async fn blobs_and_rows_without_a_name_are_not_passed_over() {
    let bed = SqliteBed::new();
    let found = sealed(
        &bed,
        &format!(
            "{CENTRALS} {SECTIONS}
             INSERT INTO centrals VALUES ('a', CAST('enc:v1:AAA=' AS BLOB), NULL), (NULL, 'enc:v1:BBB=', NULL),
               ('b', CAST('enc:v1:' || hex(zeroblob(1 << 20)) AS BLOB), NULL);
             INSERT INTO config_sections VALUES (NULL, '{{\"password\": \"enc:v1:CCC=\"}}'), (NULL, '{{}}'),
               ('north.mqtt', CAST('{{\"password\": \"enc:v1:DDD=\"}}' AS BLOB));"
        ),
    )
    .await;
    assert_eq!(
        places(&found),
        [
            "centrals/a/password_plain",
            "centrals/(no name)/password_plain",
            "centrals/b/password_plain",
            "config_sections/(no name)/value_json",
            "config_sections/north.mqtt/password",
        ]
    );
}

#[tokio::test]
async fn names_in_places_are_short_and_fit_for_a_terminal() {
    let bed = SqliteBed::new();
    let found = sealed(
        &bed,
        &format!(
            "{CENTRALS} {SECTIONS}
             INSERT INTO centrals VALUES (char(27) || '[2J' || hex(zeroblob(200)), 'enc:v1:AAA=', NULL);
             INSERT INTO config_sections
               SELECT 'north.rest', json_object('auth', json_object('tokens',
                 json_object(char(27) || hex(zeroblob(200)), 'enc:v1:AAA=')));"
        ),
    )
    .await;
    let zeros = |count: usize| "0".repeat(count);
    let shown = [
        format!(r"centrals/\u{{1b}}[2J{}/password_plain", zeros(71)),
        format!(r"config_sections/north.rest/auth.tokens.\u{{1b}}{}", zeros(62)),
    ];
    assert_eq!(places(&found), shown);
    // What a value is bound to is the place as it is.
    assert_eq!(found[0].place.row, format!("\u{1b}[2J{}", zeros(400)));
    assert_eq!(found[1].place.field, format!("auth.tokens.\u{1b}{}", zeros(400)));
}

#[tokio::test]
async fn a_database_in_another_encoding_hides_nothing() {
    let bed = SqliteBed::new();
    for encoding in ["UTF-16le", "UTF-16be"] {
        let tables = format!("PRAGMA encoding = '{encoding}'; {CENTRALS} {SECTIONS}");
        let found = sealed(
            &bed,
            &format!(
                "{tables} INSERT INTO centrals VALUES ('ä', 'enc:v1:AAA=', CAST('enc:v1:' AS BLOB)), (CAST(x'00' AS TEXT), 'x', NULL);
                 INSERT INTO config_sections VALUES ('north.mqtt', '{{\"password\": \"enc:v1:BBB=\"}}');"
            ),
        )
        .await;
        let found: Vec<_> =
            found.iter().map(|value| (value.place.to_string(), value.envelope.as_str())).collect();
        assert_eq!(found[0], ("centrals/ä/password_plain".to_owned(), "enc:v1:AAA="), "{encoding}");
        assert_eq!(
            found.last().unwrap(),
            &("config_sections/north.mqtt/password".to_owned(), "enc:v1:BBB="),
            "{encoding}"
        );
    }
}
