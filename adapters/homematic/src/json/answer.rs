//! What one JSON-RPC answer says: a result or a fault. Does NOT judge faults (`fault`).

use super::fault::JsonFault;
use super::lenient;
use crate::rpc::Unreadable;
use serde_json::Value;

/// Reads the answer to `method`. The error: why it is no answer at all.
pub(super) fn read(method: &str, body: &[u8]) -> Result<Result<Value, JsonFault>, Unreadable> {
    let no_answer = || Unreadable::new("it has neither a result nor an error");
    let Value::Object(mut answer) = lenient::parse(body)? else { return Err(no_answer()) };
    let result = answer.remove("result");
    match (answer.remove("error"), result) {
        (Some(Value::Null) | None, Some(result)) => Ok(Ok(result)),
        (Some(Value::Null) | None, None) => Err(no_answer()),
        (Some(error), _) => Ok(Err(fault(method, &error))),
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
        assert_eq!(read("m", br#"{"version":"1.1","result":true,"error":null}"#), Ok(Ok(json!(true))));
        assert_eq!(read("m", br#"{"jsonrpc":"2.0","result":"x"}"#), Ok(Ok(json!("x"))));
        assert_eq!(read("m", br#"{"version":"1.1","result": ,"error":null}"#), Ok(Ok(Value::Null)));
    }

    #[test]
    fn a_fault_is_read_with_its_code() {
        let answer =
            read("m", br#"{"result":null,"error":{"name":"JSONRPCError","code":401,"message":"no"}}"#);
        assert_eq!(answer, Ok(Err(JsonFault::new("m", 401, "no"))));
        let answer = read("m", br#"{"error":{"code":"501","message":"no"}}"#);
        assert_eq!(answer, Ok(Err(JsonFault::new("m", 501, "no"))));
    }

    #[test]
    fn another_document_is_no_answer() {
        for body in [&b"[]"[..], b"{}", b"<html></html>", b"\"x\"", b""] {
            assert!(read("m", body).is_err(), "{body:?}");
        }
    }
}
