//! Who a central is, and whether it takes questions. Does NOT look at its devices (`devices`).

mod product;
mod version_page;

use crate::gateway::HomematicGateway;
use crate::json::JsonError;
use crate::script;
use async_trait::async_trait;
use loom_domain::ccu::CcuFacts;
use loom_domain::ports::{CcuError, CcuIdentity};
use serde_json::{Map, Value};

/// How many of the last characters of the board's number are the serial number of the central.
const SERIAL_CHARS: usize = 10;

#[async_trait]
impl CcuIdentity for HomematicGateway {
    async fn identity(&self) -> Result<CcuFacts, CcuError> {
        let page = version_page::read(&self.http).await?;
        // Only administrators may ask this, so the answer proves the rights for all that follows.
        let version = self.session.ask("CCU.getVersion", Map::new()).await?;
        let info = script::BACKEND_INFO.run(&self.session).await?.unwrap_or_default();
        let serial = self.serial().await?;
        let printed =
            |field: &str| info.get(field).and_then(Value::as_str).map(plain).filter(|text| !text.is_empty());
        let firmware =
            page.version.or_else(|| version.as_str().map(plain)).filter(|version| !version.is_empty());
        let firmware = firmware
            .ok_or_else(|| CcuError::Misbehaved("it does not tell its firmware version".to_owned()))?;
        let product = page.product.or_else(|| printed("product")).unwrap_or_default();
        Ok(CcuFacts {
            serial,
            product: product::name(&product, &firmware),
            firmware,
            host_name: printed("hostname").unwrap_or_else(|| self.access.host.clone()),
        })
    }

    async fn is_ready(&self) -> Result<(), CcuError> {
        version_page::read(&self.http).await?;
        match self.session.ask_openly("ReGa.isPresent").await {
            Ok(Value::Bool(false)) => Err(CcuError::NotReady(
                "its logic process does not answer yet\nhint: wait some minutes; if it stays, restart the central".to_owned(),
            )),
            Ok(_) => Ok(()),
            // A firmware that does not know the question has just answered it.
            Err(JsonError::Fault(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn farewell(&self) {
        self.session.end().await;
    }
}

impl HomematicGateway {
    /// The serial number, always from the same source: another number would make it another central.
    async fn serial(&self) -> Result<String, CcuError> {
        let printed = script::SERIAL.run(&self.session).await?.unwrap_or_default();
        let serial = serial(printed.get("serial"));
        if !serial.is_empty() {
            return Ok(serial);
        }
        let serial = serial_of_answer(self.session.ask("CCU.getSerial", Map::new()).await)?;
        if serial.is_empty() {
            return Err(CcuError::Misbehaved(
                "it does not tell its serial number\nhint: wait until it has started; if it stays, check its radio module".to_owned(),
            ));
        }
        Ok(serial)
    }
}

fn serial_of_answer(answer: Result<Value, JsonError>) -> Result<String, CcuError> {
    match answer {
        Ok(answer) => Ok(serial(Some(&answer))),
        Err(JsonError::Fault(fault)) if !fault.is_access_denied() => Ok(String::new()),
        Err(error) => Err(error.into()),
    }
}

fn serial(value: Option<&Value>) -> String {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    let letters: Vec<char> = text.chars().filter(char::is_ascii_alphanumeric).collect();
    letters[letters.len().saturating_sub(SERIAL_CHARS)..].iter().collect()
}

/// A name for people to read: bounded, on one line.
fn plain(text: &str) -> String {
    text.trim().chars().filter(|letter| !letter.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_serial_number_is_the_end_of_the_boards() {
        assert_eq!(serial(Some(&json!("3014F711A0001F58A9A7B5C2"))), "58A9A7B5C2");
        assert_eq!(serial(Some(&json!(" NEQ0123\n"))), "NEQ0123");
        assert_eq!(serial(Some(&json!(7))), "");
        assert_eq!(serial(None), "");
    }
}
