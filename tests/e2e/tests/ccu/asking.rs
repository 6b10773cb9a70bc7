//! Whom a verb asks, who asks, and what is made of refusals. Does NOT look at what single verbs do.

use super::*;

const LIST: &str = "GET /backups";

fn refusing(status: u16) -> ScriptedDaemon {
    ScriptedDaemon::default().on(LIST, Answer::problem(status, "these are the words"))
}

#[test]
fn each_refusal_has_its_exit_code_and_its_words() {
    for (status, code) in [
        (400, 2),
        (401, 6),
        (403, 6),
        (404, 2),
        (409, 6),
        (413, 6),
        (422, 6),
        (429, 6),
        (500, 1),
        (502, 7),
        (503, 1),
    ] {
        let told = ccu(&story(), &refusing(status), "list");
        told.exits(code).says("failed to list CCU backups: these are the words");
    }
    ccu(&story(), &refusing(401), "list").says("hint: the token or password is unknown, expired or revoked");
    ccu(&story(), &refusing(403), "list").says("hint: backups of centrals are an admin's");
}

#[test]
fn a_daemon_that_is_not_there_is_told_with_what_to_do() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let told = story().run(&format!("ccu list --url http://{nobody}"));
    told.exits(1).says("Connection refused").says("hint: is the daemon running?");
}

#[test]
fn what_is_no_daemon_is_told() {
    let strange = ScriptedDaemon::default().on(LIST, Answer::bytes(b"<html>"));
    ccu(&story(), &strange, "list").exits(1).says("(status 200) is no daemon of this kind");
    let cut = ScriptedDaemon::default().on(LIST, Answer::json(200, &json!([])).cut_off(1));
    ccu(&story(), &cut, "list").exits(1).says("broke");
}

#[test]
fn the_token_comes_from_a_file_or_the_environment_and_a_user_may_log_in_instead() {
    let daemon = ScriptedDaemon::default().on(LIST, Answer::json(200, &json!([])));
    let mut story = Story::empty();
    story.write("token", "of-the-file\n");
    story.write("password", "hunter2 \n");
    ccu(&story, &daemon, "list --token-file token").exits(0);
    story.set_secret("OPENCCU_LOOM_TOKEN", TOKEN);
    ccu(&story, &daemon, "list").exits(0);
    ccu(&story, &daemon, "list --token-file token").exits(0);
    ccu(&story, &daemon, "list --user anna --password-file password").exits(0);
    let credentials: Vec<_> = daemon.asked().iter().map(|it| it.headers["authorization"].clone()).collect();
    let token = format!("Bearer {TOKEN}");
    assert_eq!(
        credentials,
        ["Bearer of-the-file", &token, "Bearer of-the-file", "Basic YW5uYTpodW50ZXIyIA=="]
    );
}

#[test]
fn without_a_credential_nobody_is_asked() {
    let daemon = ScriptedDaemon::default();
    let mut story = Story::empty();
    ccu(&story, &daemon, "list").exits(2).says("no token was given\nhint: make one");
    story.write("empty", "\n");
    ccu(&story, &daemon, "list --token-file empty").exits(2).says("--token-file: `empty` is empty");
    ccu(&story, &daemon, "list --token-file none").exits(2).says("`none` cannot be read");
    ccu(&story, &daemon, "list --user anna").exits(2).says("--password-file");
    story.set("OPENCCU_LOOM_TOKEN", "two words");
    ccu(&story, &daemon, "list").exits(2).says("OPENCCU_LOOM_TOKEN holds no token");
    assert!(daemon.lines().is_empty());
}

#[test]
fn the_address_comes_from_the_flag_or_the_environment() {
    let daemon = ScriptedDaemon::default().on(LIST, Answer::json(200, &json!([])));
    let mut story = story();
    story.set("OPENCCU_LOOM_URL", &daemon.url());
    story.run("ccu list").exits(0).says("the daemon has no CCU backups");
    story.run("ccu list --url https://localhost").exits(2).says("ssh -L");
    story.set("OPENCCU_LOOM_URL", "http://anna:geheim@localhost");
    let told = story.run("ccu list");
    assert!(!told.exits(2).says("must not hold a name or password").words().contains("geheim"));
}

#[test]
fn a_token_follows_no_redirect() {
    let daemon = ScriptedDaemon::default().on(LIST, Answer::problem(307, "elsewhere"));
    ccu(&story(), &daemon, "list").exits(1).says("elsewhere");
    assert_eq!(daemon.lines().len(), 1);
}

#[test]
fn whatever_is_typed_stays_one_segment_of_the_path() {
    let daemon = ScriptedDaemon::default().on("DELETE /backups/..%2F%2Fusers%3Fx", Answer::nothing(204));
    ccu(&story(), &daemon, "delete ..//users?x").exits(0);
}

#[test]
fn with_json_a_refusal_is_one_line() {
    let told = ccu(&story(), &refusing(409), "list --json");
    assert_eq!(told.exits(6).json()["exit_code"], 6);
}

#[test]
fn what_the_manual_says_can_be_typed() {
    let manual = loom_e2e::docs::document("docs/ccu-backups.md");
    let typed: Vec<_> = manual.lines().filter_map(|line| line.strip_prefix("openccu-loom ")).collect();
    assert!(typed.len() > 10, "{typed:?}");
    for words in typed {
        let words = words.replace(" --token-file ~/.openccu-loom-token", "");
        let told = story().run(&format!("{words} --url http://127.0.0.1:1"));
        assert!(!told.stderr.contains("Usage: "), "{words}: {}", told.stderr);
    }
}
