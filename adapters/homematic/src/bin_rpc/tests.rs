//! BIN-RPC by vectors, and by bytes somebody made to hurt.

use super::*;
use crate::rpc::Fault;
use serde_json::json;
use tokio::net::TcpListener;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter(|digit| !digit.is_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

fn frame(kind: u8, value: &Value) -> Vec<u8> {
    let mut payload = Vec::new();
    writer::value(value, &mut payload).unwrap();
    let mut frame = vec![b'B', b'i', b'n', kind];
    frame.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(&payload);
    frame
}

fn why(bytes: &[u8]) -> String {
    response(bytes).unwrap_err().to_string()
}

#[test]
fn a_call_is_the_known_vector() {
    let mut wanted = bytes("42696e00 0000001a 00000012");
    wanted.extend_from_slice(b"system.listMethods");
    wanted.extend_from_slice(&[0; 4]);
    assert_eq!(writer::call("system.listMethods", &[]).unwrap(), wanted);
}

#[test]
fn an_empty_text_is_the_known_vector() {
    assert_eq!(response(&bytes("42696e01 00000008 00000003 00000000")), Ok(Ok(json!(""))));
}

#[test]
fn floating_point_numbers_are_the_known_vectors() {
    for (number, hex) in [
        (1.0, "20000000 00000001"),
        (0.5, "20000000 00000000"),
        (21.5, "2b000000 00000005"),
        (-1.0, "e0000000 00000001"),
        (-0.1, "cccccccd fffffffd"),
        (1e-9, "225c17d0 ffffffe3"),
        (0.0, "00000000 00000000"),
    ] {
        let mut written = Vec::new();
        writer::value(&json!(number), &mut written).unwrap();
        assert_eq!(written, bytes(&format!("00000004 {hex}")), "{number}");
        // Cutting off costs up to two in the ninth digit.
        let read = response(&frame(0x01, &json!(number))).unwrap().unwrap().as_f64().unwrap();
        assert!((read - number).abs() <= number.abs() * 2e-9, "{read} instead of {number}");
    }
    for number in [21.5, -0.1, 100.0, 838.86] {
        assert_eq!(response(&frame(0x01, &json!(number))), Ok(Ok(json!(number))));
    }
    assert_eq!(response(&frame(0x01, &json!(1234.5678))), Ok(Ok(json!(1234.5678))));
}

#[test]
fn every_value_comes_back_with_its_type() {
    let value = json!({"i": -7, "b": true, "s": "Küche", "d": 2.0, "a": [1, [], {}, "x"]});
    let read = response(&frame(0x01, &value)).unwrap().unwrap();
    assert_eq!(read.to_string(), value.to_string());
}

#[test]
fn types_of_other_makers_are_read() {
    for (hex, wanted) in [
        ("00000000", json!(null)),
        ("00000005 00000010", json!({"$dateTime": 16})),
        ("00000006 00000003 010203", json!({"$base64": "AQID"})),
        ("000000d0 00000003 010203", json!({"$base64": "AQID"})),
        ("00000011 00000004 41514944", json!({"$base64": "AQID"})),
        ("000000d1 0000010000000000", json!(1_i64 << 40)),
    ] {
        let payload = bytes(hex);
        let head = format!("42696e01 {:08x} {hex}", payload.len());
        assert_eq!(response(&bytes(&head)), Ok(Ok(wanted)), "{hex}");
    }
}

#[test]
fn a_fault_is_an_answer() {
    let fault = frame(0xff, &json!({"faultCode": -1, "faultString": "f: unknown method name"}));
    let text = "f: unknown method name".to_owned();
    assert_eq!(response(&fault), Ok(Err(Fault { code: -1, text })));
}

#[test]
fn a_block_of_headers_is_passed_over() {
    let framed = bytes("42696e41 00000005 1122334455 00000008 00000001 00000007");
    assert_eq!(response(&framed), Ok(Ok(json!(7))));
    for cut in 0..framed.len() {
        assert!(reader::missing_bytes(&framed[..cut]).unwrap() > 0, "{cut}");
    }
}

#[test]
fn what_is_no_answer_is_said_in_words() {
    assert!(why(b"HTTP/1.1 400 Bad Request").contains("does not begin as BIN-RPC does"));
    assert!(why(b"").contains("ends in the middle"));
    assert!(why(&bytes("42696e00 00000008 00000003 00000000")).contains("no response"));
    assert!(why(&bytes("42696e01 00000004 00000077")).contains("nobody knows the type 0x77"));
    assert!(why(&bytes("42696e01 ffffffff 00000001")).contains("announces more"));
    assert!(why(&bytes("42696e41 ffffffff 00000001")).contains("announces more"));
    assert!(why(&bytes("42696e01 00000009 00000001 00000007 00")).contains("follow the value"));
    assert!(why(&bytes("42696e01 00000008 00000001 00000007 00")).contains("after its end"));
}

#[test]
fn counts_beyond_the_bytes_are_refused_before_anything_is_made() {
    for hex in ["00000100 ffffffff", "00000101 ffffffff", "00000003 ffffffff", "00000006 ffffffff"] {
        let reason = why(&bytes(&format!("42696e01 00000008 {hex}")));
        assert!(reason.contains("no room") || reason.contains("ends in the middle"), "{reason}");
    }
}

#[test]
fn depth_and_number_of_values_are_bounded() {
    let mut deep = json!(1);
    for _ in 0..40 {
        deep = json!([deep]);
    }
    assert!(why(&frame(0x01, &deep)).contains("deep"));
    assert!(why(&frame(0x01, &json!(vec![0; 500_000]))).contains("more than 500000 values"));
}

#[test]
fn any_cut_and_any_flipped_byte_is_read_or_refused() {
    let whole = frame(0x01, &json!({"a": [1, 2.5, "x", true, {"b": ""}]}));
    for at in 0..whole.len() {
        assert!(response(&whole[..at]).is_err());
        for byte in 0..=255 {
            let mut flipped = whole.clone();
            flipped[at] = byte;
            let _ = response(&flipped);
        }
    }
}

const SHORT: Duration = Duration::from_millis(100);

fn patience() -> CcuPatience {
    let long = Duration::from_secs(60);
    CcuPatience { connect: long, answer: long, idle: long, ..CcuPatience::default() }
}

/// Answers one call with `answer` and hangs up, unless it is to stay.
async fn peer(answer: Vec<u8>, stay: bool) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = Endpoint::new("127.0.0.1".into(), listener.local_addr().unwrap().port(), false);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut call = [0; 1024];
        let _ = stream.read(&mut call).await.unwrap();
        stream.write_all(&answer).await.unwrap();
        if stay {
            std::future::pending::<()>().await;
        }
    });
    at
}

#[tokio::test]
async fn a_call_has_its_answer() {
    let at = peer(frame(0x01, &json!(vec!["x".repeat(100); 5000])), true).await;
    let answer = call(&at, "listDevices", &[], &patience()).await.unwrap().unwrap();
    assert_eq!(answer.as_array().unwrap().len(), 5000);
}

#[tokio::test]
async fn silence_is_recognised() {
    let at = peer(Vec::new(), true).await;
    let patience = CcuPatience { answer: SHORT, ..patience() };
    let error = call(&at, "ping", &[], &patience).await.unwrap_err();
    assert!(matches!(error, RpcError::Http(HttpError::Silent { .. })), "{error}");
    assert!(error.is_another_protocol());
}

#[tokio::test]
async fn an_answer_cut_off_is_recognised() {
    let whole = frame(0x01, &json!("hello"));
    let at = peer(whole[..10].to_vec(), false).await;
    let error = call(&at, "ping", &[], &patience()).await.unwrap_err();
    assert!(matches!(error, RpcError::Http(HttpError::CutOff { .. })), "{error}");
    let at = peer(whole[..10].to_vec(), true).await;
    let error = call(&at, "ping", &[], &CcuPatience { idle: SHORT, ..patience() }).await.unwrap_err();
    assert!(matches!(error, RpcError::Http(HttpError::Stalled { .. })), "{error}");
    let at = peer(Vec::new(), false).await;
    let error = call(&at, "ping", &[], &patience()).await.unwrap_err();
    assert!(matches!(error, RpcError::Http(HttpError::Unanswered { .. })), "{error}");
}

#[tokio::test]
async fn another_protocol_is_recognised() {
    let at = peer(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), true).await;
    let error = call(&at, "ping", &[], &patience()).await.unwrap_err();
    assert!(error.is_another_protocol(), "{error}");
}
