//! How long a central has been up. Does NOT restart it (`pages`).

use crate::script;
use crate::session::Session;
use loom_domain::ports::CcuError;
use serde_json::{Map, Value};
use std::time::Duration;

/// What processes count their beginnings in.
const TICKS_PER_SECOND: u64 = 100;

/// Asks for it.
pub(crate) async fn ask(session: &Session) -> Result<Duration, CcuError> {
    let printed = script::UPTIME.run(session).await?;
    let printed = printed.ok_or_else(|| CcuError::Refused("it cannot run scripts".to_owned()))?;
    uptime(&printed)
        .ok_or_else(|| CcuError::Misbehaved("it does not tell how long it has been up".to_owned()))
}

/// A central in a container is no older than its first process, however old the machine is.
fn uptime(printed: &Map<String, Value>) -> Option<Duration> {
    let number = |field: &str| printed.get(field)?.as_str()?.trim().parse::<u64>().ok();
    let machine = number("uptime")?;
    // A container whose machine hides its own uptime shows processes that began later than now.
    let begun = number("begun").map(|ticks| ticks / TICKS_PER_SECOND).filter(|begun| *begun <= machine);
    Some(Duration::from_secs(machine - begun.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(printed: Value) -> Option<u64> {
        uptime(printed.as_object().unwrap()).map(|length| length.as_secs())
    }

    #[test]
    fn a_container_is_as_old_as_its_first_process() {
        assert_eq!(of(json!({"uptime": "4711", "begun": "1"})), Some(4711));
        assert_eq!(of(json!({"uptime": "900000", "begun": "89999900"})), Some(1));
        assert_eq!(of(json!({"uptime": "60", "begun": "89999900"})), Some(60));
        assert_eq!(of(json!({"uptime": "60", "begun": ""})), Some(60));
    }

    #[test]
    fn what_is_no_number_is_no_uptime() {
        for printed in [json!({}), json!({"uptime": ""}), json!({"uptime": 7}), json!({"uptime": "-1"})] {
            assert_eq!(of(printed.clone()), None, "{printed}");
        }
    }
}
