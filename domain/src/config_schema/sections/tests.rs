//! Cases of splitting a document into sections and joining them again.

use super::*;

#[test]
fn a_nested_section_is_not_part_of_the_outer_one() {
    let document = json!({
        "data_dir": "/data",
        "locale": "de",
        "north": {"rest": {
            "listen": ":8119",
            "csrf_secure": true,
            "auth": {"users": {"admin": "x"}, "tokens": {"t": "admin"}, "basic_enabled": false,
                     "oidc": {"enabled": true}, "ccu": {}},
        }},
        "alarm": {"zones": [1]},
        "centrals": [{"name": "home"}],
        "unknown": 1,
    });
    let expected = [
        ("locale", json!({"locale": "de"})),
        ("north.rest", json!({"csrf_secure": true, "auth": {"basic_enabled": false}})),
        ("north.rest.auth.oidc", json!({"enabled": true})),
        ("alarm", json!({"zones": [1]})),
    ];
    let sections = split_sections(&document);
    assert_eq!(sections.iter().map(|(name, value)| (*name, value.clone())).collect::<Vec<_>>(), expected);
}

#[test]
fn a_section_of_nothing_but_what_is_not_kept_in_it_is_none() {
    let document = json!({"north": {"rest": {"listen": ":1", "auth": {"users": {"a": "b"}, "oidc": {"enabled": true}}}}});
    let names: Vec<_> = split_sections(&document).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["north.rest.auth.oidc"]);
    assert!(split_sections(&json!(null)).is_empty());
}

#[test]
fn joined_sections_are_split_into_the_same() {
    let sections = [
        ("north.rest", json!({"cors": ["*"], "auth": {"basic_enabled": true}})),
        ("north.rest.auth.oidc", json!({"issuer": "x"})),
        ("north.rest.auth.ha_ingress", json!({"enabled": true})),
        ("backup", json!({"keep_last": 3})),
    ];
    // Whatever their order.
    let document = join_sections(sections.iter().rev().map(|(name, value)| (*name, value)));
    assert_eq!(
        document["north"]["rest"]["auth"],
        json!({"basic_enabled": true, "oidc": {"issuer": "x"}, "ha_ingress": {"enabled": true}})
    );
    assert_eq!(split_sections(&document), sections);
}
