//! `ccu upload`.
//!
//! Does NOT send a backup that is one.

use super::*;

const UPLOAD: &str = "POST /backups/upload";

#[test]
fn the_central_goes_before_the_file() {
    let daemon = ScriptedDaemon::default().on(UPLOAD, Answer::json(201, &entry(&json!({}))));
    let story = story();
    // More than one chunk, and a length that no chunk has.
    let bytes: Vec<u8> = (0..700_001_u32).map(|n| n.to_le_bytes()[0]).collect();
    story.write("my.sbk", &bytes);
    ccu(&story, &daemon, "upload my.sbk --central ccu3").exits(0).says("ccu3-20261123-031500");
    let request = daemon.until_asked(UPLOAD);
    assert!(request.headers["content-type"].starts_with("multipart/form-data; boundary="));
    let position = |wanted: &[u8]| request.body.windows(wanted.len()).position(|it| it == wanted).unwrap();
    let central = position(b"name=\"central\"\r\n\r\nccu3\r\n");
    assert!(central < position(b"name=\"file\"; filename=\"my.sbk\""));
    position(&bytes);
}

#[test]
fn every_damage_is_told() {
    let damages = json!([
        { "field": "cut_inner", "reason": "it is cut\nhint: make room" },
        { "field": "no_regadom", "reason": "no names" },
    ]);
    let body = json!({ "status": 422, "title": "No", "detail": "it is no good backup", "errors": damages });
    let daemon = ScriptedDaemon::default().on(UPLOAD, Answer::json(422, &body));
    let story = story();
    story.write("my.sbk", "x");
    let told = ccu(&story, &daemon, "upload my.sbk");
    told.exits(4)
        .says("failed to upload `my.sbk`: it is no good backup\nit is cut\nhint: make room\nno names\n");
}

#[test]
fn what_cannot_be_sent_is_not_begun() {
    let daemon = ScriptedDaemon::default().on(UPLOAD, Answer::problem(413, "too large"));
    let story = story();
    ccu(&story, &daemon, "upload none.sbk").exits(2).says("failed to read `none.sbk`");
    ccu(&story, &daemon, "upload .").exits(2).says("`.` is no file");
    assert!(daemon.lines().is_empty());
    story.write("my.sbk", "x");
    ccu(&story, &daemon, "upload my.sbk").exits(6).says("too large");
}
