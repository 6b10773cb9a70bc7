//! The bytes of an answer, with what is wrong about them. Does NOT know methods.

use super::Refusal;
use crate::ccu::Ccu;
use crate::fault::Fault;
use crate::http::Response;
use crate::value::latin1;
use serde_json::{Value as Json, json};

/// An answer with a result.
pub(super) fn succeeded(ccu: &Ccu, id: Option<Json>, result: &Json) -> Response {
    let result = if ccu.faults.hits(&Fault::NotANumberJson) {
        "NaN".to_owned()
    } else if ccu.faults.hits(&Fault::MissingResultJson) {
        String::new()
    } else {
        result.to_string()
    };
    let head = id.map_or_else(String::new, |id| format!("\"id\": {id},"));
    let text = format!("{{{head}\"version\": \"1.1\",\"result\": {result},\"error\": null}}");
    // Stock passes the bytes of the logic process through and still claims UTF-8.
    if ccu.faults.hits(&Fault::BrokenUmlauts) {
        return response(latin1(&unescaped(&text)));
    }
    response(if ccu.is_open_ccu() { text.into_bytes() } else { latin1(&text) })
}

/// An answer with an error.
pub(super) fn refused(id: Option<Json>, Refusal(code, message): &Refusal) -> Response {
    let mut answer = json!({
        "version": "1.1",
        "result": null,
        "error": {"name": "JSONRPCError", "code": code, "message": message},
    });
    if let Some(id) = id {
        answer["id"] = id;
    }
    response(answer.to_string().into_bytes())
}

fn response(body: Vec<u8>) -> Response {
    Response::new(200, "application/json; charset=utf-8", body)
}

// Tabs and line feeds inside of strings, bare; also inside of the JSON that a script printed.
fn unescaped(text: &str) -> String {
    text.replace("\\\\t", "\t").replace("\\t", "\t").replace("\\u0001", "\u{1}").replace("\\\u{1}", "\u{1}")
}
