//! Devices of centrals whose interfaces are open, closed, busy, shy, or of another kind.

use super::*;
use crate::http::tests::{access, closed_port, listener};
use loom_domain::ccu::{CcuPatience, CcuTls};
use loom_domain::secret::SecretText;
use std::sync::Mutex;
use std::time::Duration;

/// Answers each call of the JSON API with the next of its answers, and remembers what was asked.
#[derive(Default)]
struct Json {
    answers: Mutex<Vec<Result<Value, JsonFailure>>>,
    asked: Mutex<Vec<String>>,
}

impl Json {
    fn answering(mut answers: Vec<Result<Value, JsonFailure>>) -> Arc<Self> {
        answers.reverse();
        Arc::new(Self { answers: Mutex::new(answers), asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl JsonCalls for Json {
    async fn call(&self, method: &str, params: Map<String, Value>) -> Result<Value, JsonFailure> {
        self.asked.lock().unwrap().push(format!("{method} {}", Value::Object(params)));
        let silent = || Err(JsonFailure::Ccu(CcuError::Unavailable("silent".into())));
        self.answers.lock().unwrap().pop().unwrap_or_else(silent)
    }
}

fn fault(code: i64) -> Result<Value, JsonFailure> {
    Err(JsonFailure::Answered { code, message: "no".to_owned() })
}

/// Devices of a central whose interfaces listen on these ports.
fn devices(ports: &[(&str, u16)], json: Arc<Json>) -> Devices {
    let access = CcuAccess {
        ports: ports.iter().map(|(name, port)| ((*name).to_owned(), *port)).collect(),
        username: Some("Admin".to_owned()),
        password: Some(SecretText::new("secret")),
        patience: CcuPatience { retry_after: Duration::from_millis(1), ..access(CcuTls::Off).patience },
        ..access(CcuTls::Off)
    };
    let http = HttpClient::new(&access);
    Devices::new(Arc::new(access), http, json)
}

fn page(status: &str, body: &str) -> &'static [u8] {
    let length = body.len();
    let page = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    page.leak().as_bytes()
}

fn xml(value: &str) -> &'static [u8] {
    page("200 OK", &format!("<methodResponse><params><param>{value}</param></params></methodResponse>"))
}

fn xml_fault(code: i64) -> &'static [u8] {
    let members = format!(
        "<member><name>faultCode</name><value><i4>{code}</i4></value></member>\
         <member><name>faultString</name><value>no</value></member>"
    );
    let fault = format!("<fault><value><struct>{members}</struct></value></fault>");
    page("200 OK", &format!("<methodResponse>{fault}</methodResponse>"))
}

async fn asked_with(answers: Vec<&'static [u8]>) -> Result<ParamsetAnswer, CcuError> {
    let (at, _, _) = listener(answers).await;
    let devices = devices(&[("HmIP-RF", at.port())], Json::answering(Vec::new()));
    devices.describe_paramset("HmIP-RF", "ABC0000001:1", "VALUES").await
}

#[tokio::test]
async fn devices_come_with_everything_the_interface_says() {
    let listed = "<value><array><data><value><struct>\
        <member><name>ADDRESS</name><value>ABC0000001</value></member>\
        <member><name>TYPE</name><value>HmIP-X</value></member>\
        <member><name>FIRMWARE</name><value>1.2.3</value></member>\
        <member><name>PARAMSETS</name><value><array><data><value>MASTER</value></data></array></value></member>\
        <member><name>NEW_FIELD</name><value><double>1.0</double></value></member>\
        </struct></value></data></array></value>";
    let (at, _, seen) = listener(vec![xml(listed)]).await;
    let devices = devices(&[("HmIP-RF", at.port())], Json::answering(Vec::new()));
    let list = devices.list_ccu_devices("HmIP-RF").await.unwrap();
    assert!(!list.simplified);
    let device = &list.devices[0];
    assert_eq!(
        (device.address.as_str(), device.device_type.as_str(), device.firmware.as_str()),
        ("ABC0000001", "HmIP-X", "1.2.3")
    );
    assert_eq!((device.parent.as_str(), device.paramset_keys.as_slice()), ("", &["MASTER".to_owned()][..]));
    assert_eq!(device.description["NEW_FIELD"].to_string(), "1.0");
    assert!(seen.await.unwrap()[0].contains("<methodName>listDevices</methodName>"));
}

#[tokio::test]
async fn an_interface_without_devices_has_an_empty_list() {
    let (at, _, _) = listener(vec![xml("<value/>")]).await;
    let devices = devices(&[("HmIP-RF", at.port())], Json::answering(Vec::new()));
    assert!(devices.list_ccu_devices("HmIP-RF").await.unwrap().devices.is_empty());
}

#[tokio::test]
async fn each_fault_has_its_meaning() {
    for code in [-1, -8, -9, -10] {
        assert!(matches!(asked_with(vec![xml_fault(code)]).await, Ok(ParamsetAnswer::Later(_))), "{code}");
    }
    for code in [-3, -5, -6, -7, 1, 99] {
        assert_eq!(asked_with(vec![xml_fault(code)]).await.unwrap(), ParamsetAnswer::None, "{code}");
    }
    for code in [-2, -4] {
        assert!(matches!(asked_with(vec![xml_fault(code)]).await, Err(CcuError::Refused(_))), "{code}");
    }
    let described = asked_with(vec![xml("<value><struct/></value>")]).await.unwrap();
    assert_eq!(described, ParamsetAnswer::Described(json!({})));
    assert!(matches!(asked_with(vec![xml("<value><i4>1</i4></value>")]).await, Err(CcuError::Misbehaved(_))));
}

#[tokio::test]
async fn a_refused_login_is_tried_again_once() {
    let no = || page("401 Unauthorized", "");
    assert!(asked_with(vec![no(), xml("<value><struct/></value>")]).await.is_ok());
    let error = asked_with(vec![no(), no()]).await.unwrap_err();
    assert!(matches!(error, CcuError::Unauthorized(_)), "{error}");
    assert!(error.to_string().contains("hint: check `username`"), "{error}");
}

#[tokio::test]
async fn an_interface_that_starts_is_not_ready() {
    let error = asked_with(vec![page("503 Service Unavailable", "CCU not ready yet")]).await.unwrap_err();
    assert!(matches!(error, CcuError::NotReady(_)), "{error}");
}

#[tokio::test]
async fn a_page_is_no_answer() {
    // Asked in binary as well, the page does not become one either.
    let login = || page("200 OK", "<html>login</html>");
    let error = asked_with(vec![login(), login()]).await.unwrap_err();
    assert!(matches!(&error, CcuError::Misbehaved(why) if why.contains("<html>")), "{error}");
}

#[tokio::test]
async fn a_closed_interface_is_asked_through_the_central() {
    let listed =
        json!([{"address": "ABC:1", "type": "X", "paramsets": "MASTER VALUES", "linkSourceRoles": ["A"]}]);
    let described = json!([{"NAME": "LEVEL", "TYPE": "FLOAT", "MIN": "0.0"}]);
    let json = Json::answering(vec![Ok(listed), Ok(described), fault(501), fault(502), fault(503)]);
    let (port, _closed) = closed_port();
    let devices = devices(&[("HmIP-RF", port)], json.clone());
    let list = devices.list_ccu_devices("HmIP-RF").await.unwrap();
    assert!(list.simplified);
    assert_eq!(list.devices[0].address, "ABC:1");
    assert_eq!(list.devices[0].paramset_keys, ["MASTER", "VALUES"]);
    assert_eq!(list.devices[0].description["LINK_SOURCE_ROLES"], json!(["A"]));
    let ask = || devices.describe_paramset("HmIP-RF", "ABC:1", "VALUES");
    let wanted = json!({"LEVEL": {"TYPE": "FLOAT", "MIN": "0.0"}});
    assert_eq!(ask().await.unwrap(), ParamsetAnswer::Described(wanted));
    assert!(matches!(ask().await, Ok(ParamsetAnswer::Later(_))));
    assert!(matches!(ask().await, Err(CcuError::Refused(_))));
    assert!(matches!(ask().await, Ok(ParamsetAnswer::None)));
    let asked = json.asked();
    assert_eq!(asked[0], r#"Interface.listDevices {"interface":"HmIP-RF"}"#);
    assert!(asked[1].contains(r#""paramsetKey":"VALUES""#), "{}", asked[1]);
}

#[tokio::test]
async fn a_closed_interface_of_a_silent_central_says_what_is_closed() {
    let (port, _closed) = closed_port();
    let devices = devices(&[("HmIP-RF", port)], Json::answering(Vec::new()));
    let error = devices.list_ccu_devices("HmIP-RF").await.unwrap_err();
    assert!(matches!(error, CcuError::Unavailable(_)) && error.to_string().contains("refuses"), "{error}");
}

#[tokio::test]
async fn an_unknown_interface_is_refused() {
    let (port, _closed) = closed_port();
    let devices = devices(&[("HmIP-RF", port)], Json::answering(vec![fault(500)]));
    for name in ["No-Such-RF", "HmIP-RF"] {
        let error = devices.list_ccu_devices(name).await.unwrap_err();
        assert!(matches!(error, CcuError::Refused(_)), "{error}");
    }
}

#[tokio::test]
async fn binary_is_spoken_where_it_is_usual_and_where_nothing_else_is_answered() {
    let binary: &[u8] = b"Bin\x01\0\0\0\x08\0\0\x01\0\0\0\0\0";
    for (name, answers) in [("CUxD", vec![binary]), ("HmIP-RF", vec![b"", b"", binary])] {
        let (at, _, _) = listener(answers).await;
        let devices = devices(&[(name, at.port())], Json::answering(Vec::new()));
        assert_eq!(devices.try_interface(name).await.unwrap(), Way::Bin, "{name}");
    }
}

#[tokio::test]
async fn a_silent_binary_port_is_asked_in_xml() {
    let (at, _, _) = listener(vec![b"", xml("<value/>")]).await;
    let devices = devices(&[("CUxD", at.port())], Json::answering(Vec::new()));
    assert_eq!(devices.try_interface("CUxD").await.unwrap(), Way::Xml);
}

#[tokio::test]
async fn interfaces_are_those_the_central_lists_else_those_that_answer() {
    let listed = json!([{"name": "HmIP-RF", "port": 32010}, {"name": "Other-RF", "port": 37000}]);
    let named = devices(&[], Json::answering(vec![Ok(listed)]));
    assert_eq!(named.list_interfaces().await.unwrap(), ["HmIP-RF", "Other-RF"]);
    assert!(named.interfaces().door("Other-RF").is_some());

    let (at, _, _) = listener(vec![xml("<value/>")]).await;
    let (closed, _socket) = closed_port();
    let ports = [("BidCos-RF", at.port()), ("HmIP-RF", closed), ("BidCos-Wired", closed), ("CUxD", closed)];
    let ports = [&ports[..], &[("VirtualDevices", closed)]].concat();
    let answering = devices(&ports, Json::answering(Vec::new()));
    assert_eq!(answering.list_interfaces().await.unwrap(), ["BidCos-RF"]);

    let starting =
        devices(&ports, Json::answering(vec![Err(JsonFailure::Ccu(CcuError::NotReady(String::new())))]));
    assert!(matches!(starting.list_interfaces().await, Err(CcuError::NotReady(_))));
}
