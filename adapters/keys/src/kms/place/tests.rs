//! Cases of finding the key and the address of a call.

use super::*;
use loom_domain::secret::{MasterKey, Wrapper};
use std::ffi::OsString;

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";

fn no_variables(_: &str) -> Option<OsString> {
    None
}

fn settings(key_id: &str, region: &str, endpoint: &str) -> KmsSettings {
    let given = |text: &str| Some(text.to_owned());
    KmsSettings { key_id: given(key_id), region: given(region), endpoint: given(endpoint) }
}

fn wrapped(settings: &[(&str, &str)]) -> WrappedKey {
    WrappedKey {
        wrapper: Wrapper::Kms,
        fingerprint: MasterKey::from_bytes([1; 32]).fingerprint(),
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        context: Default::default(),
        ciphertext: Vec::new(),
    }
}

#[test]
fn the_region_is_the_one_set_then_that_of_the_arn_then_that_of_the_environment() {
    let variable = |name: &str| (name == "AWS_DEFAULT_REGION").then(|| "us-west-2".into());
    for (key_id, set, region) in [
        (ARN, "eu-west-1", "eu-west-1"),
        (ARN, "", "eu-central-1"),
        ("1234abcd", "", "us-west-2"),
        ("alias/loom", " ", "us-west-2"),
        ("arn:aws:s3:::bucket", "", "us-west-2"),
    ] {
        let place = Place::to_wrap(&settings(key_id, set, ""), &variable).unwrap();
        assert_eq!(place.region, region, "{key_id} {set}");
        assert_eq!(place.uri, format!("https://kms.{region}.amazonaws.com/").as_str());
        assert_eq!(place.own_endpoint, None);
    }
    let refusal = Place::to_wrap(&settings("1234abcd", "", ""), &no_variables).unwrap_err();
    assert!(refusal.contains("`keys.kms.region`"), "{refusal}");
}

#[test]
fn china_has_a_domain_of_its_own() {
    let place = Place::to_wrap(&settings("1234abcd", "cn-north-1", ""), &no_variables).unwrap();
    assert_eq!(place.uri, "https://kms.cn-north-1.amazonaws.com.cn/");
}

#[test]
fn wrapping_needs_a_key_id() {
    let refusal = Place::to_wrap(&settings(" ", "eu-west-1", ""), &no_variables).unwrap_err();
    assert!(refusal.contains("`keys.kms.key_id`"), "{refusal}");
}

#[test]
fn an_address_is_a_scheme_a_host_and_maybe_a_port() {
    for (endpoint, usable) in [
        ("http://127.0.0.1:5599", true),
        ("https://kms.example/", true),
        ("kms.example", false),
        ("ftp://kms.example", false),
        ("https://kms.example/path", false),
        ("https://kms.example/?a=b", false),
        ("https://user:word@kms.example", false),
    ] {
        let place = Place::to_wrap(&settings(ARN, "", endpoint), &no_variables);
        assert_eq!(place.is_ok(), usable, "{endpoint}");
    }
    let refusal = Place::to_wrap(&settings(ARN, "eu west", ""), &no_variables).unwrap_err();
    assert!(refusal.contains("`eu west` is no region"), "{refusal}");
}

#[test]
fn a_wrapped_key_knows_its_key_and_the_machine_knows_the_way() {
    let stored = wrapped(&[("key_id", ARN), ("region", "eu-central-1"), ("endpoint", "https://far.example")]);
    let set = settings("another key", "us-east-1", "http://localstack:4566");
    let place = Place::to_unwrap(&set, &stored, &no_variables).unwrap();
    assert_eq!((place.key_id.as_str(), place.region.as_str()), (ARN, "eu-central-1"));
    assert_eq!(place.uri, "http://localstack:4566/");
}

#[test]
fn a_document_alone_leads_only_to_this_machine_or_to_aws() {
    for (endpoint, accepted) in [
        ("http://kms.example", false),
        ("HTTP://kms.example", false),
        ("https://kms.example", false),
        ("http://10.0.0.7:4566", false),
        ("kms.example", false),
        ("https://kms.eu-central-1.amazonaws.com.evil.example", false),
        ("https://evilamazonaws.com", false),
        ("https://kms.eu-central-1.amazonaws.com@evil.example", false),
        ("https://127.0.0.1@evil.example", false),
        ("http://localhost.evil.example", false),
        ("http://kms.eu-central-1.amazonaws.com", false),
        ("hTTp://kms.eu-central-1.amazonaws.com", false),
        ("https://kms.eu-central-1.amazonaws.com", true),
        ("HTTPS://KMS.eu-central-1.AMAZONAWS.com", true),
        ("https://vpce-1.kms.eu-central-1.vpce.amazonaws.com", true),
        ("https://kms.cn-north-1.amazonaws.com.cn", true),
        ("https://kms-fips.us-gov-west-1.amazonaws.com", true),
        ("https://vpce-1-a.kms.cn-north-1.vpce.amazonaws.com.cn", true),
        // Anybody can have a host of these.
        ("https://x.execute-api.eu-central-1.amazonaws.com", false),
        ("https://kms.s3.amazonaws.com", false),
        ("https://kms.s3.eu-central-1.amazonaws.com", false),
        ("https://kms.s3-eu-west-1.amazonaws.com", false),
        ("https://kms.eu-central-1.elb.amazonaws.com", false),
        ("https://my.kms.eu-central-1.amazonaws.com", false),
        ("https://x.execute-api.eu-central-1.vpce.amazonaws.com", false),
        ("https://a.b.kms.eu-central-1.vpce.amazonaws.com", false),
        ("https://kms.eu-central-1.vpce.amazonaws.com", false),
        ("https://.kms.eu-central-1.vpce.amazonaws.com", false),
        ("https://kms..amazonaws.com", false),
        ("https://kms.amazonaws.com", false),
        ("http://127.0.0.1:4566", true),
        ("HTTP://localhost:4566", true),
        ("http://LocalHost:4566", true),
        ("http://[::1]:4566", true),
    ] {
        let stored = wrapped(&[("key_id", ARN), ("endpoint", endpoint)]);
        let place = Place::to_unwrap(&KmsSettings::default(), &stored, &no_variables);
        assert_eq!(place.is_ok(), accepted, "{endpoint}");
        let named =
            Place::to_unwrap(&settings("", "", "http://10.0.0.7:4566"), &stored, &no_variables).unwrap();
        assert_eq!(named.uri, "http://10.0.0.7:4566/", "{endpoint}");
    }
}

#[test]
fn a_refused_document_names_its_endpoint_and_the_setting() {
    let stored = wrapped(&[("key_id", ARN), ("endpoint", "https://far.example")]);
    let refusal = Place::to_unwrap(&KmsSettings::default(), &stored, &no_variables).unwrap_err();
    assert!(refusal.contains("`https://far.example`"), "{refusal}");
    assert!(refusal.contains("\nhint: ") && refusal.contains("`keys.kms.endpoint`"), "{refusal}");
}

#[test]
fn a_document_without_a_key_id_is_refused() {
    let refusal = Place::to_unwrap(&settings(ARN, "", ""), &wrapped(&[]), &no_variables).unwrap_err();
    assert!(refusal.contains("does not name the key"), "{refusal}");
}
