//! The simpler way to an interface: the central asks it on our behalf and passes the answer on, less exact than it was.
//!
//! Does NOT bring back what got lost; it only gives the answers the form of the direct ones.

use super::{Question, Told, Way};
use crate::json_calls::{JsonCalls, JsonFailure};
use crate::rpc::Fault;
use loom_domain::ports::CcuError;
use serde_json::{Map, Value};

/// Why the central has no answer for its interface.
pub(super) enum NoAnswer {
    /// The central itself says why.
    Told(CcuError),
    /// The central could not be asked.
    Unasked(CcuError),
}

/// Asks through the JSON API.
pub(super) async fn ask(
    json: &dyn JsonCalls,
    interface: &str,
    question: Question<'_>,
) -> Result<Told, NoAnswer> {
    let mut params = Map::from_iter([("interface".to_owned(), interface.into())]);
    let method = match question {
        // Listing devices costs no radio, and nothing cheaper is answered by the interface itself.
        Question::Methods | Question::Devices => "Interface.listDevices",
        Question::Paramset { address, key } => {
            params.insert("address".to_owned(), address.into());
            params.insert("paramsetKey".to_owned(), key.into());
            "Interface.getParamsetDescription"
        }
    };
    let answer = match (json.call(method, params).await, question) {
        (Ok(listed), Question::Methods | Question::Devices) => Ok(devices(listed)),
        (Ok(described), Question::Paramset { .. }) => Ok(paramset(described)),
        (Err(failure), _) => Err(fault(failure, interface)?),
    };
    Ok(Told { answer, way: Way::Json })
}

/// Codes of the JSON API that pass a fault of the interface on keep its number; others are errors.
fn fault(failure: JsonFailure, interface: &str) -> Result<Fault, NoAnswer> {
    let (code, text) = match failure {
        JsonFailure::Answered { code, message } => (code, message),
        JsonFailure::Ccu(error) => return Err(NoAnswer::Unasked(error)),
    };
    let told = match code {
        501..=506 => return Ok(Fault { code: 500 - code, text }),
        507 => return Ok(Fault { code: -10, text }),
        500 => CcuError::Refused(format!("it has no interface `{interface}`")),
        599 | 601..=604 => {
            CcuError::NotReady(format!("its process for `{interface}` does not answer: {text}"))
        }
        _ => CcuError::Refused(format!("`{interface}`: {text}, code {code}")),
    };
    Err(NoAnswer::Told(told))
}

/// `{"availableFirmware": …}` becomes `{"AVAILABLE_FIRMWARE": …}`.
fn devices(listed: Value) -> Value {
    let Value::Array(devices) = listed else { return listed };
    devices
        .into_iter()
        .map(|device| match device {
            Value::Object(fields) => {
                fields.into_iter().map(|(name, value)| (upper(&name), value)).collect::<Map<_, _>>().into()
            }
            other => other,
        })
        .collect()
}

/// `[{"NAME": "LEVEL", …}]` becomes `{"LEVEL": {…}}`.
fn paramset(described: Value) -> Value {
    let Value::Array(parameters) = described else { return described };
    let named = parameters.into_iter().filter_map(|mut parameter| {
        let name = parameter.as_object_mut()?.remove("NAME")?;
        Some((name.as_str()?.to_owned(), parameter))
    });
    Value::Object(named.collect())
}

fn upper(name: &str) -> String {
    let mut upper = String::with_capacity(name.len() + 4);
    // Some simulated centrals answer here as the interface itself does.
    if name.chars().any(|letter| letter.is_ascii_lowercase()) {
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !upper.is_empty() {
                upper.push('_');
            }
            upper.push(letter.to_ascii_uppercase());
        }
        return upper;
    }
    name.to_owned()
}

impl From<NoAnswer> for CcuError {
    fn from(why: NoAnswer) -> Self {
        match why {
            NoAnswer::Told(error) | NoAnswer::Unasked(error) => error,
        }
    }
}
