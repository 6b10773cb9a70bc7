//! A panic is a line, and not a leak.

use super::*;
use crate::telemetry::captured::lines;
use crate::telemetry::logging::Logging;
use serde_json::Value;

/// Puts the hook in for this thread alone; tests beside this one panic as they like.
fn reported(panics: impl FnOnce() + std::panic::UnwindSafe) -> Vec<Value> {
    let mine = std::thread::current().id();
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| match std::thread::current().id() == mine {
        true => report(info),
        false => others(info),
    }));
    let lines = lines(&Logging::default(), || assert!(std::panic::catch_unwind(panics).is_err()));
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_panic_is_an_error_line_with_its_place_and_without_values() {
    let password = std::hint::black_box("hunter2").to_owned();
    let lines = reported(move || panic!("cannot log {password} in"));
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["level"], &lines[0]["msg"]), (&"error".into(), &"panicked".into()));
    let place = lines[0]["place"].as_str().unwrap();
    assert!(place.contains("panic_hook/tests.rs:"), "{place}");
    assert!(!lines[0].to_string().contains("hunter2"), "{}", lines[0]);

    let lines = reported(|| panic!("a literal"));
    assert_eq!(lines[0]["message_literal"], "a literal");
}
