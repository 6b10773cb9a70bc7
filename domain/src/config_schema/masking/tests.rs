//! Cases of masks and merges: no secret is shown, none is lost, none is kept against the client's will.

use super::*;

#[test]
fn set_secrets_are_masked_and_unset_ones_are_empty() {
    let value =
        json!({"enabled": true, "commissioning": {"passcode": 20_202_021, "salt": "", "iterations": 1000}});
    let expected =
        json!({"enabled": true, "commissioning": {"passcode": "***", "salt": "", "iterations": 1000}});
    assert_eq!(mask_section("north.matter", &value), expected);
    let unset = json!({"commissioning": {"passcode": 0}});
    assert_eq!(mask_section("north.matter", &unset), json!({"commissioning": {"passcode": ""}}));
}

#[test]
fn a_mask_hides_the_keys_of_a_secret_map_too() {
    let value = json!({"auth": {"tokens": {"t0p": "admin"}, "users": {}}});
    let expected = json!({"auth": {"tokens": {"***": "***"}, "users": {}}});
    assert_eq!(mask_section("north.rest", &value), expected);
}

#[test]
fn a_secret_of_another_shape_is_masked_all_the_same() {
    for odd in [json!(["hunter2"]), json!({"a": "hunter2"}), json!(4711), json!("enc:v1:abc")] {
        assert_eq!(mask_section("north.mqtt", &json!({"password": odd})), json!({"password": "***"}));
    }
}

#[test]
fn a_secret_that_is_left_out_null_or_masked_stays() {
    let stored = json!({"enabled": false, "password": "hunter2"});
    for body in [
        json!({"enabled": true}),
        json!({"enabled": true, "password": null}),
        json!({"enabled": true, "password": "***"}),
    ] {
        let merged = merge_section("north.mqtt", Some(&stored), &body);
        assert_eq!(merged, json!({"enabled": true, "password": "hunter2"}), "{body}");
    }
    assert_eq!(merge_section("north.mqtt", None, &json!({"password": "***"})), json!({}));
}

#[test]
fn a_secret_is_cleared_by_an_empty_text_and_replaced_by_any_other() {
    let stored = json!({"commissioning": {"passcode": 20_202_021, "salt": "pepper"}});
    let body = json!({"commissioning": {"passcode": "", "salt": "sugar"}});
    let merged = merge_section("north.matter", Some(&stored), &body);
    assert_eq!(merged, json!({"commissioning": {"passcode": 0, "salt": "sugar"}}));
}

#[test]
fn what_a_body_leaves_out_stays_and_null_resets() {
    let stored =
        json!({"a": 1, "history": {"include": ["x"], "enabled": true}, "values_cache": {"enabled": false}});
    let body = json!({"history": {"include": ["y", "z"]}, "values_cache": null});
    let merged = merge_section("persistence", Some(&stored), &body);
    assert_eq!(merged, json!({"a": 1, "history": {"include": ["y", "z"], "enabled": true}}));
}

#[test]
fn the_map_of_one_field_is_replaced_as_a_whole() {
    let stored = json!({"role_mapping": {"8": "admin", "2": "operator"}});
    let merged =
        merge_section("north.rest.auth.ccu", Some(&stored), &json!({"role_mapping": {"8": "viewer"}}));
    assert_eq!(merged, json!({"role_mapping": {"8": "viewer"}}));
}

#[test]
fn the_short_form_of_the_locale_is_merged_like_the_long_one() {
    let merged = merge_section("locale", Some(&json!("de")), &json!({"theme": "dark"}));
    assert_eq!(merged, json!({"locale": "de", "theme": "dark"}));
}

#[test]
fn a_reset_field_is_gone_and_nothing_else() {
    let field = find_field("north.rest.ws.replay_capacity").unwrap();
    let stored = json!({"ws": {"replay_capacity": 9}, "cors": ["*"]});
    assert_eq!(reset_field(field, &stored), Some(json!({"cors": ["*"]})));
    assert_eq!(reset_field(field, &json!({"cors": ["*"]})), None);
    assert_eq!(reset_field(find_field("listen.rest").unwrap(), &json!({})), None);
}
