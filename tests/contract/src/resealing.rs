//! The contract of `Resealing`, for every adapter. The store under test also keeps centrals, sections and the audit log.
//!
//! Does NOT seal anything: the values are told apart by their texts.

use crate::moments::moment;
use loom_domain::audit::{AuditEntry, AuditFilter};
use loom_domain::audit_trail::{Actor, AuditAction, AuditDraft};
use loom_domain::central::Central;
use loom_domain::config_section::{ExpectedVersion, SectionWrite};
use loom_domain::ports::{ResealRecord, Resealed, Resealer, SecretVisitor, StateStore, StoreError};
use loom_domain::secret::{KeyFingerprint, SecretPlace, SecretText, SecretValue};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Every secret-classed value that is set is shown once, with its place, as it is stored; nothing is changed by that.
pub async fn every_value_is_shown_once(store: Arc<dyn StateStore>) {
    fill(&*store).await;
    let before = everything(&*store).await;
    let seen = Arc::new(Seen::default());
    store.visit_secrets(seen.clone()).await.unwrap();
    assert_eq!(seen.sorted(), values());
    assert_eq!(everything(&*store).await, before);
}

/// Values of all tables are replaced, the record of the key is set and the audit entry is written, or nothing of all that.
pub async fn all_is_replaced_and_recorded(store: Arc<dyn StateStore>) {
    fill(&*store).await;
    assert_eq!(store.resealed_with().await.unwrap(), None);
    let resealed = store.reseal(Arc::new(Marked), &record("00112233445566aa")).await.unwrap();
    assert_eq!(resealed, Resealed { replaced: values().len() as u64, left: 0 });
    let seen = Arc::new(Seen::default());
    store.visit_secrets(seen.clone()).await.unwrap();
    let marked = values().into_iter().map(|(place, value)| (place, marked(&value))).collect::<Vec<_>>();
    assert_eq!(seen.sorted(), marked);
    assert_eq!(store.resealed_with().await.unwrap(), KeyFingerprint::parse("00112233445566aa"));
    let entries = store.query_audit(&anything()).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.entry.clone()).collect::<Vec<_>>(), [entry()]);
    store.reseal(Arc::new(Marked), &record("00112233445566bb")).await.unwrap();
    assert_eq!(store.resealed_with().await.unwrap(), KeyFingerprint::parse("00112233445566bb"));
}

/// A value for which nothing is given stays as it is, and so does everything beside the values.
pub async fn what_is_not_replaced_stays(store: Arc<dyn StateStore>) {
    fill(&*store).await;
    let before = everything(&*store).await;
    let resealed = store.reseal(Arc::new(Nothing), &record("00112233445566aa")).await.unwrap();
    assert_eq!(resealed, Resealed { replaced: 0, left: values().len() as u64 });
    assert_eq!(everything(&*store).await, before);
    store.reseal(Arc::new(Marked), &record("00112233445566aa")).await.unwrap();
    let (centrals, sections) = everything(&*store).await;
    for (now, then) in centrals.into_iter().zip(before.0) {
        let secrets = |central: Central| Central { password: None, api_token: None, ..central };
        assert_eq!(secrets(now), secrets(then));
    }
    for (now, then) in sections.into_iter().zip(before.1) {
        assert_eq!(now.value.get("listen"), then.value.get("listen"));
        assert_eq!(
            (now.version, now.updated_at, now.updated_by),
            (then.version, then.updated_at, then.updated_by)
        );
    }
}

/// An error for one value ends it, and nothing was changed.
pub async fn an_error_changes_nothing(store: Arc<dyn StateStore>) {
    fill(&*store).await;
    let before = everything(&*store).await;
    for (refused, _) in values() {
        let refusing = Arc::new(Refusing(refused.clone()));
        let error = store.reseal(refusing, &record("00112233445566aa")).await.unwrap_err();
        assert!(error.to_string().contains("refused here"), "{error}");
        assert_eq!(everything(&*store).await, before, "{refused}");
        assert_eq!(store.resealed_with().await.unwrap(), None);
        assert!(store.query_audit(&anything()).await.unwrap().is_empty());
    }
}

/// The re-sealing that was done last is not ruled out; any other is, and its audit entry is written.
pub async fn what_happened_is_not_ruled_out(store: Arc<dyn StateStore>) {
    fill(&*store).await;
    let (done, another) = (record("00112233445566aa"), record("00112233445566bb"));
    assert!(store.rule_out(&done).await.unwrap());
    assert_eq!(store.query_audit(&anything()).await.unwrap().len(), 1);
    store.reseal(Arc::new(Marked), &done).await.unwrap();
    assert!(!store.rule_out(&done).await.unwrap());
    assert_eq!(store.query_audit(&anything()).await.unwrap().len(), 2);
    let before = everything(&*store).await;
    assert!(store.rule_out(&another).await.unwrap());
    assert_eq!(store.query_audit(&anything()).await.unwrap().len(), 3);
    assert_eq!(store.resealed_with().await.unwrap(), Some(done.key));
    assert_eq!(everything(&*store).await, before);
}

/// One with the same key that was begun at another instant is another one.
pub async fn an_earlier_one_with_the_same_key_is_another(store: Arc<dyn StateStore>) {
    fill(&*store).await;
    let earlier = record("00112233445566aa");
    store.reseal(Arc::new(Marked), &earlier).await.unwrap();
    let now = ResealRecord { begun_at: moment(10), ..earlier.clone() };
    assert!(store.rule_out(&now).await.unwrap());
    assert!(!store.rule_out(&earlier).await.unwrap());
    store.reseal(Arc::new(Marked), &now).await.unwrap();
    assert!(!store.rule_out(&now).await.unwrap());
    assert!(store.rule_out(&earlier).await.unwrap());
}

/// Memory does not grow with the number of values.
pub async fn many_values_are_replaced(store: Arc<dyn StateStore>) {
    // How much memory that takes is measured by the benchmark; here, that no page of them is passed over.
    const MANY: usize = 1_500;
    for n in 0..MANY {
        store.put_central(&central(&format!("ccu{n}"), Some("password"), None)).await.unwrap();
    }
    let resealed = store.reseal(Arc::new(Marked), &record("00112233445566aa")).await.unwrap();
    assert_eq!(resealed, Resealed { replaced: MANY as u64, left: 0 });
    let all = store.list_centrals().await.unwrap();
    assert_eq!(
        all.iter().filter(|central| central.password == Some(sealed(&marked("password")))).count(),
        MANY
    );
}

type Everything = (Vec<Central>, Vec<loom_domain::config_section::ConfigSection>);

async fn everything(store: &dyn StateStore) -> Everything {
    (store.list_centrals().await.unwrap(), store.list_sections().await.unwrap())
}

async fn fill(store: &dyn StateStore) {
    store.put_central(&central("a", Some("one"), Some("two"))).await.unwrap();
    store.put_central(&central("b", None, Some("three"))).await.unwrap();
    store.put_central(&central("c", None, None)).await.unwrap();
    for (name, value) in [
        ("north.mqtt", json!({"password": "enc:v2:mqtt", "listen": "a"})),
        ("north.matter", json!({"commissioning": {"passcode": 20202021, "salt": ""}, "listen": 1.5})),
        ("north.rest", json!({"auth": {"users": {"x": "enc:v2:x", "y": "enc:v2:y"}}, "listen": ":8119"})),
        ("locale", json!({"password": "no secret here"})),
    ] {
        let write = SectionWrite {
            name: name.to_owned(),
            value,
            expected: ExpectedVersion::Any,
            at: moment(7),
            by: "contract".to_owned(),
        };
        store.write_section(&write).await.unwrap();
    }
}

/// What `fill` stored, in the order of places.
fn values() -> Vec<(SecretPlace, String)> {
    let mut values: Vec<_> = [
        (SecretPlace::of_central("a", "password_plain"), "enc:v2:one"),
        (SecretPlace::of_central("a", "api_token_plain"), "enc:v2:two"),
        (SecretPlace::of_central("b", "api_token_plain"), "enc:v2:three"),
        (SecretPlace::of_section("north.mqtt", "password"), "enc:v2:mqtt"),
        (SecretPlace::of_section("north.matter", "commissioning.passcode"), "20202021"),
        (SecretPlace::of_section("north.rest", "auth.users.x"), "enc:v2:x"),
        (SecretPlace::of_section("north.rest", "auth.users.y"), "enc:v2:y"),
    ]
    .into_iter()
    .map(|(place, value)| (place, value.to_owned()))
    .collect();
    values.sort();
    values
}

fn central(name: &str, password: Option<&str>, api_token: Option<&str>) -> Central {
    let mut central = crate::centrals::full_central(name);
    central.password = password.map(|value| sealed(&format!("enc:v2:{value}")));
    central.api_token = api_token.map(|value| sealed(&format!("enc:v2:{value}")));
    if password == Some("password") {
        central.password = Some(sealed("password"));
    }
    central
}

fn sealed(text: &str) -> SecretValue {
    match text.starts_with("enc:v") {
        true => SecretValue::Sealed(text.to_owned()),
        false => SecretValue::Clear(SecretText::new(text)),
    }
}

fn marked(value: &str) -> String {
    format!("enc:v2:new {value}")
}

fn record(key: &str) -> ResealRecord {
    ResealRecord { key: KeyFingerprint::parse(key).unwrap(), begun_at: moment(9), audit: entry() }
}

fn entry() -> AuditEntry {
    AuditDraft::new(&Actor::anonymous("contract"), AuditAction::KeyRotate, "").at(moment(9))
}

fn anything() -> AuditFilter {
    AuditFilter {
        device_prefix: None,
        action_part: None,
        central: None,
        since: None,
        until: None,
        limit: 100,
    }
}

#[derive(Default)]
struct Seen(Mutex<Vec<(SecretPlace, String)>>);

impl Seen {
    fn sorted(&self) -> Vec<(SecretPlace, String)> {
        let mut seen = self.0.lock().unwrap().clone();
        seen.sort();
        seen
    }
}

impl SecretVisitor for Seen {
    fn visit(&self, place: &SecretPlace, stored: &str) {
        self.0.lock().unwrap().push((place.clone(), stored.to_owned()));
    }
}

struct Marked;
impl Resealer for Marked {
    fn reseal(&self, _place: &SecretPlace, stored: &str) -> Result<Option<String>, StoreError> {
        Ok(Some(marked(stored)))
    }
}

struct Nothing;
impl Resealer for Nothing {
    fn reseal(&self, _place: &SecretPlace, _stored: &str) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}

struct Refusing(SecretPlace);
impl Resealer for Refusing {
    fn reseal(&self, place: &SecretPlace, stored: &str) -> Result<Option<String>, StoreError> {
        match *place == self.0 {
            true => Err(StoreError::Unavailable("refused here".into())),
            false => Marked.reseal(place, stored),
        }
    }
}

/// Runs every case of the contract against `$fresh`.
#[macro_export]
macro_rules! resealing_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            resealing,
            $fresh,
            [
                every_value_is_shown_once,
                all_is_replaced_and_recorded,
                what_is_not_replaced_stays,
                an_error_changes_nothing,
                what_happened_is_not_ruled_out,
                an_earlier_one_with_the_same_key_is_another,
                many_values_are_replaced,
            ]
        );
    };
}
