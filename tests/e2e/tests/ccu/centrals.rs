//! `ccu test` and `ccu status`.
//!
//! Does NOT know a central.

use super::*;

const TEST: &str = "POST /centrals/ccu3/test";

fn diagnosis(works: bool) -> Answer {
    let findings = json!([
        { "subject": "web pages on port 80", "outcome": "fine", "detail": "answered in 12 ms" },
        { "subject": "clock", "outcome": "odd", "detail": "5 min behind", "hint": "set it" },
        { "subject": "log in", "outcome": "broken", "detail": "refused", "hint": "check the password" },
        { "subject": "devices", "outcome": "skipped", "detail": "nobody is logged in" },
    ]);
    Answer::json(200, &json!({ "name": "ccu3", "works": works, "findings": findings }))
}

#[test]
fn a_test_tells_each_finding_in_plain_letters_where_no_terminal_is() {
    let told = ccu(&story(), &ScriptedDaemon::default().on(TEST, diagnosis(false)), "test ccu3");
    let wanted = "\
fine     web pages on port 80: answered in 12 ms
odd      clock: 5 min behind
         hint: set it
BROKEN   log in: refused
         hint: check the password
skipped  devices: nobody is logged in
ccu3 does NOT work
";
    assert_eq!(told.exits(7).text(), wanted);
    ccu(&story(), &ScriptedDaemon::default().on(TEST, diagnosis(true)), "test ccu3")
        .exits(0)
        .says("ccu3 works");
}

fn status(state: &str) -> Value {
    json!({
        "name": "ccu3", "enabled": true, "state": state, "firmware": "3.87.6", "product": "CCU3",
        "interfaces": [
            { "id": "HmIP-RF", "devices": 12, "pending": 3, "simplified": false },
            { "id": "BidCos-RF", "devices": 2, "pending": 0, "simplified": false, "error": "no answer" },
        ],
        "last_contact": "2026-11-23T03:15:00Z", "last_error": "it hung up", "hint": "look at it",
    })
}

#[test]
fn the_status_is_a_table_and_a_central_that_is_away_is_an_exit_code() {
    for (state, code) in [
        ("ready", 0),
        ("booting", 0),
        ("unreachable", 7),
        ("refused", 7),
        ("misconfigured", 7),
        ("disabled", 0),
    ] {
        let all =
            ScriptedDaemon::default().on("GET /status/centrals", Answer::json(200, &json!([status(state)])));
        let one =
            ScriptedDaemon::default().on("GET /centrals/ccu3/status", Answer::json(200, &status(state)));
        let told = ccu(&story(), &all, "status").exits(code).text();
        assert_eq!(ccu(&story(), &one, "status ccu3").exits(code).text(), told);
        for words in
            ["CENTRAL  STATE", "14", "ccu3: it hung up\nhint: look at it\n", "ccu3, BidCos-RF: no answer"]
        {
            assert!(told.contains(words), "`{words}` in {told}");
        }
        assert!(told.contains("ccu3, HmIP-RF: 3 devices are still to be read"), "{told}");
    }
}

#[test]
fn no_centrals_are_said_to_be_none() {
    let none = ScriptedDaemon::default().on("GET /status/centrals", Answer::json(200, &json!([])));
    ccu(&story(), &none, "status").exits(0).says("no centrals are configured");
}
