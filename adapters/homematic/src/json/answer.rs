//! What one JSON-RPC answer says: a result or a fault. Does NOT judge faults (`fault`).

use super::fault::JsonFault;
use super::lenient;
use serde_json::Value;

/// Reads the answer to `method`. `None`: it is no answer at all.
pub(super) fn read(method: &str, body: &[u8]) -> Option<Result<Value, JsonFault>> {
    let Ok(Value::Object(mut answer)) = lenient::parse(body) else { return None };
    let result = answer.remove("result");
    match (answer.remove("error"), result) {
        (Some(Value::Null) | None, Some(result)) => Some(Ok(result)),
        (Some(Value::Null) | None, None) => None,
        (Some(error), _) => Some(Err(fault(method, &error))),
    }
}

fn fault(method: &str, error: &Value) -> JsonFault {
    // Scalars may come as texts: the central's own language knows nothing else.
    let code =
        error.get("code").and_then(|code| code.as_i64().or_else(|| code.as_str()?.trim().parse().ok()));
    let message = error.get("message").and_then(Value::as_str).or_else(|| error.as_str());
    JsonFault::new(method, code.unwrap_or_default(), message.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_is_read_whether_or_not_an_error_is_named() {
        assert_eq!(read("m", br#"{"version":"1.1","result":true,"error":null}"#), Some(Ok(json!(true))));
        assert_eq!(read("m", br#"{"jsonrpc":"2.0","result":"x"}"#), Some(Ok(json!("x"))));
        assert_eq!(read("m", br#"{"version":"1.1","result": ,"error":null}"#), Some(Ok(Value::Null)));
    }

    #[test]
    fn a_fault_is_read_with_its_code() {
        let answer =
            read("m", br#"{"result":null,"error":{"name":"JSONRPCError","code":401,"message":"no"}}"#);
        assert_eq!(answer, Some(Err(JsonFault::new("m", 401, "no"))));
        let answer = read("m", br#"{"error":{"code":"501","message":"no"}}"#);
        assert_eq!(answer, Some(Err(JsonFault::new("m", 501, "no"))));
    }

    #[test]
    fn another_document_is_no_answer() {
        for body in [&b"[]"[..], b"{}", b"<html></html>", b"\"x\"", b""] {
            assert_eq!(read("m", body), None);
        }
    }
}
