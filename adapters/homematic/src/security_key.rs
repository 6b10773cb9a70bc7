//! The security key of a central: whether one is set, and whether a given one is it. Does NOT keep or show keys.

use crate::gateway::HomematicGateway;
use crate::json::JsonError;
use async_trait::async_trait;
use loom_domain::ports::{CcuError, CcuSecurityKey};
use loom_domain::secret::SecretText;
use serde_json::{Map, Value};

#[async_trait]
impl CcuSecurityKey for HomematicGateway {
    async fn has_security_key(&self) -> Result<bool, CcuError> {
        self.is_yes("BidCoS_RF.isKeySet", Map::new(), "").await
    }

    async fn is_security_key(&self, key: &SecretText) -> Result<bool, CcuError> {
        // Without a key of their own, centrals have a common one, which is nobody's.
        if !self.has_security_key().await? {
            return Ok(false);
        }
        let params = Map::from_iter([("key".to_owned(), Value::from(key.reveal()))]);
        self.is_yes("BidCoS_RF.validateKey", params, key.reveal()).await
    }
}

impl HomematicGateway {
    /// Asks a question; `secret` is kept out of its failure, should the central repeat it.
    async fn is_yes(&self, method: &str, params: Map<String, Value>, secret: &str) -> Result<bool, CcuError> {
        let answer = self.session.ask(method, params).await.map_err(|error| match error {
            JsonError::Fault(fault) => JsonError::Fault(fault.without(secret)),
            other => other,
        })?;
        yes(&answer).ok_or_else(|| {
            CcuError::Misbehaved(format!("`{method}` was answered with something that is neither yes nor no"))
        })
    }
}

/// A boolean, which may come as a number or a text.
fn yes(answer: &Value) -> Option<bool> {
    match answer {
        Value::Bool(yes) => Some(*yes),
        Value::Number(number) => Some(number.as_f64()? != 0.0),
        Value::String(text) => match text.trim() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::{access, listener};
    use loom_domain::ccu::{CcuAccess, CcuTls};
    use serde_json::json;

    #[tokio::test]
    async fn a_key_that_the_central_repeats_does_not_show() {
        let (at, _, _) = listener(vec![
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"result\":\"aB3dE6gH9k\"}",
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"result\":true}",
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"error\":{\"code\":777,\"message\":\"no key Some_Key_1\"}}",
        ])
        .await;
        let access = CcuAccess {
            web_port: Some(at.port()),
            username: Some("Admin".to_owned()),
            ..access(CcuTls::Off)
        };
        let gateway = HomematicGateway::new(access);
        let error = gateway.is_security_key(&SecretText::new("Some_Key_1")).await.unwrap_err();
        assert!(error.to_string().contains("`no key [secret]`, code 777"), "{error}");
    }

    #[test]
    fn yes_and_no_come_in_many_forms() {
        for answer in [json!(true), json!(1), json!("1"), json!("true")] {
            assert_eq!(yes(&answer), Some(true), "{answer}");
        }
        for answer in [json!(false), json!(0), json!("0"), json!(" false\n")] {
            assert_eq!(yes(&answer), Some(false), "{answer}");
        }
        for answer in [json!(null), json!("perhaps"), json!([])] {
            assert_eq!(yes(&answer), None, "{answer}");
        }
    }
}
