//! A key that is missing, and the command that makes it.
//!
//! In a process of its own: SoftHSM2 loses sight of a token that several processes use at once.

use super::*;
use loom_domain::ports::{KeyError, KeyWrapping as _};

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn softhsm_without_the_key_names_the_command_that_makes_it() {
    let wrapping = wrapping("loom", "yet to be made", Some(PIN));
    let error = wrapping.wrap(&key(), "4f1c").await.unwrap_err();
    assert!(matches!(error, KeyError::NoWrappingKey { .. }), "{error:?}");
    let text = error.to_string();
    let (_, command) = text.split_once("make one: ").unwrap();
    let made = Command::new("sh").args(["-c", &format!("{command} --pin {PIN}")]).output().unwrap();
    assert!(made.status.success(), "{command}: {}", String::from_utf8_lossy(&made.stderr));
    let wrapped = wrapping.wrap(&key(), "4f1c").await.unwrap();
    assert_eq!(wrapping.unwrap_key(&wrapped).await.unwrap(), key());
}
