//! XML-RPC by examples: answers as interfaces write them, and bytes somebody made to hurt.

use super::*;
use crate::rpc::Fault;
use serde_json::json;

fn answer(value: &str) -> String {
    format!("<?xml version=\"1.0\"?><methodResponse><params><param>{value}</param></params></methodResponse>")
}

fn read(value: &str) -> Value {
    response(answer(value).as_bytes()).unwrap().unwrap()
}

fn why(bytes: &[u8]) -> String {
    response(bytes).unwrap_err().to_string()
}

#[test]
fn values_keep_the_type_they_had_on_the_wire() {
    for (xml, wanted) in [
        ("<value><i4>-7</i4></value>", json!(-7)),
        ("<value><int> 7 </int></value>", json!(7)),
        ("<value><double>1.000000</double></value>", json!(1.0)),
        ("<value><boolean>1</boolean></value>", json!(true)),
        ("<value>1</value>", json!("1")),
        ("<value> a &amp; b &lt;&#252;&gt; </value>", json!(" a & b <ü> ")),
        ("<value><string>a & b</string></value>", json!("a & b")),
        ("<value></value>", json!("")),
        ("<value/>", json!("")),
        ("<value><string/></value>", json!("")),
        ("<value><![CDATA[<x>]]></value>", json!("<x>")),
        ("<value><nil/></value>", json!(null)),
        ("<value><base64>\nAQ ID\n</base64></value>", json!({"$base64": "AQID"})),
        (
            "<value><dateTime.iso8601>20260101T10:00:00</dateTime.iso8601></value>",
            json!({"$dateTime": "20260101T10:00:00"}),
        ),
        ("<value><double>nan</double></value>", json!({"$double": "NaN"})),
        (
            "<value>\n <array>\n<data> <value/>\n<value><i4>1</i4></value></data></array>\n</value>",
            json!(["", 1]),
        ),
        (
            "<value><struct><member><name>A</name><value><array><data/></array></value></member></struct></value>",
            json!({"A": []}),
        ),
    ] {
        let got = read(xml);
        assert_eq!((got.to_string(), &got), (wanted.to_string(), &wanted), "{xml}");
    }
}

#[test]
fn nothing_at_all_is_the_empty_text() {
    for xml in ["<params/>", "<params></params>", "<params><param/></params>"] {
        let answer = response(format!("<methodResponse>{xml}</methodResponse>").as_bytes());
        assert_eq!(answer, Ok(Ok(json!(""))), "{xml}");
    }
}

#[test]
fn a_fault_is_an_answer() {
    let xml = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><methodResponse><fault><value><struct><member><name>faultCode\
        </name><value><i4>-2</i4></value></member><member><name>faultString</name><value>Ger\xe4t</value></member></struct>\
        </value></fault></methodResponse>";
    assert_eq!(response(xml), Ok(Err(Fault { code: -2, text: "Gerät".to_owned() })));
}

#[test]
fn the_declared_charset_counts_and_utf8_is_recognised_without_one() {
    let latin = [
        b"<?xml version='1.0' encoding='ISO-8859-1'?>".as_slice(),
        b"<methodResponse><params><param><value>\xfc",
    ];
    let mut latin = latin.concat();
    latin.extend_from_slice(b"</value></param></params></methodResponse>");
    assert_eq!(response(&latin), Ok(Ok(json!("ü"))));
    assert_eq!(read("<value>ü</value>"), json!("ü"));
}

#[test]
fn what_is_no_answer_is_said_in_words() {
    assert!(why(b"").contains("ends in the middle"));
    assert!(why(b"<html><body>Unauthorized</body></html>").contains("<html>"));
    assert!(why(b"<!DOCTYPE html><html/>").contains("document type"));
    assert!(why(answer("<value><i4>one</i4></value>").as_bytes()).contains("`one` is no value of type `i4`"));
    assert!(why(answer("<value><string>x</int></value>").as_bytes()).contains("expected"));
    assert!(why(answer("<value>&bomb;</value>").as_bytes()).contains("nobody knows the entity"));
    assert!(why(&answer("<value>whole</value>").as_bytes()[..60]).contains("ends in the middle"));
}

#[test]
fn a_bomb_of_entities_is_refused() {
    let bomb =
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><methodResponse/>";
    assert!(why(bomb.as_bytes()).contains("document type"));
}

#[test]
fn depth_is_bounded() {
    let deep = |depth: usize| {
        let open = "<value><array><data>".repeat(depth);
        answer(&format!("{open}{}", "</data></array></value>".repeat(depth)))
    };
    assert!(response(deep(32).as_bytes()).is_ok());
    assert!(why(deep(33).as_bytes()).contains("deep"));
    assert!(why(deep(1_000_000).as_bytes()).contains("deep"));
    let unknown = answer(&"<a>".repeat(1_000_000));
    assert!(why(unknown.as_bytes()).contains("<a>"));
}

#[test]
fn the_number_of_values_is_bounded() {
    let many = answer(&format!("<value><array><data>{}</data></array></value>", "<value/>".repeat(500_000)));
    assert!(why(many.as_bytes()).contains("more than 500000 values"));
}

#[test]
fn a_call_is_one_plain_line() {
    let bytes = writer::call("f", &[json!("a<&ü"), json!(-3), json!(1.0), json!(1e-9), json!(true)]).unwrap();
    let text = charset_free(&bytes);
    assert!(text.contains("<string>a&lt;&amp;?</string>"), "{text}");
    for wanted in
        ["<i4>-3</i4>", "<double>1</double>", "<double>0.000000001</double>", "<boolean>1</boolean>"]
    {
        assert!(text.contains(wanted), "{text}");
    }
    assert!(bytes.contains(&0xfc) && !text.contains('\n') && !text.contains("&#"));
    assert!(writer::call("f", &[json!("台")]).is_err());
    assert!(writer::call("f", &[json!(null)]).is_err());
    assert!(writer::call("f", &[json!(1_i64 << 40)]).is_err());
}

fn charset_free(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
}
