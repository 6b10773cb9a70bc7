//! Over XML-RPC arrives what the central has, each value with its type.

use crate::bed::{Bed, INTERFACE};
use loom_domain::ports::{CcuError, ParamsetAnswer};
use loom_foreign_ccu::Truth;
use serde_json::Value;

/// What the central has of a paramset that is like this.
fn paramset(truth: &Truth, wanted: impl Fn(&Value) -> bool) -> &(String, String, Value) {
    truth.paramsets.iter().find(|(_, _, described)| wanted(described)).unwrap()
}

fn values(object: &Value) -> impl Iterator<Item = &Value> {
    object.as_object().into_iter().flat_map(|members| members.values())
}

#[tokio::test]
#[ignore = "needs Python with pydevccu"]
async fn every_device_is_listed_as_the_central_has_it() {
    let mut bed = Bed::new().await;
    let truth = bed.foreign.truth().unwrap();
    let list = bed.gateway.list_ccu_devices(INTERFACE).await.unwrap();
    assert!(!list.simplified);
    assert_eq!(list.devices.len(), 2_696);
    for (device, wanted) in list.devices.iter().zip(&truth.devices) {
        assert_eq!(&device.description, wanted);
        assert_eq!(device.address, wanted["ADDRESS"].as_str().unwrap());
        assert_eq!(Some(device.paramset_keys.len()), wanted["PARAMSETS"].as_array().map(Vec::len));
    }
    assert_eq!(list.devices.iter().filter(|device| device.parent.is_empty()).count(), 383);
    let calls = bed.foreign.calls().unwrap();
    assert_eq!(calls, [["listDevices"]], "one question is one call");
}

#[tokio::test]
#[ignore = "needs Python with pydevccu"]
async fn values_keep_their_types_and_texts_their_letters() {
    let mut bed = Bed::new().await;
    let truth = bed.foreign.truth().unwrap();
    let with =
        |wanted: fn(&Value) -> bool| move |described: &Value| values(described).flat_map(values).any(wanted);
    let odd = [
        paramset(&truth, with(|value| value.as_f64() == Some(0.0) && value.is_f64())),
        paramset(&truth, with(|value| value.as_i64().is_some_and(|number| number < 0))),
        paramset(&truth, with(Value::is_boolean)),
        paramset(&truth, with(Value::is_null)),
        paramset(&truth, with(|value| value == "°C")),
        paramset(&truth, with(|value| value == "")),
        paramset(&truth, with(Value::is_array)),
        paramset(&truth, with(Value::is_object)),
        paramset(&truth, |described| values(described).count() > 1_000),
    ];
    for (address, key, described) in odd {
        let answer = bed.gateway.describe_paramset(INTERFACE, address, key).await.unwrap();
        assert_eq!(answer, ParamsetAnswer::Described(described.clone()), "{key} of {address}");
    }
}

#[tokio::test]
#[ignore = "needs Python with pydevccu"]
async fn a_paramset_that_is_named_and_missing_is_none() {
    let mut bed = Bed::new().await;
    let truth = bed.foreign.truth().unwrap();
    let missing: Vec<_> = truth.paramsets.iter().filter(|(_, _, described)| described.is_null()).collect();
    assert_eq!(missing.len(), 101);
    for (address, key, _) in missing {
        let answer = bed.gateway.describe_paramset(INTERFACE, address, key).await.unwrap();
        assert_eq!(answer, ParamsetAnswer::None, "{key} of {address}");
    }
}

#[tokio::test]
#[ignore = "needs Python with pydevccu"]
async fn an_interface_nobody_named_is_refused() {
    let bed = Bed::new().await;
    let error = bed.gateway.list_ccu_devices("Other-RF").await.unwrap_err();
    assert!(matches!(error, CcuError::Refused(_)), "{error}");
}
