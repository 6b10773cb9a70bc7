//! The WebSocket: what is said on it, who hears what, and what happens to those who were away.
//!
//! Does NOT look at what ends a socket early (`users`, `tokens`, `sessions`) or at foreign pages (`forgery`).

use loom_api_tests::shape::{Shape, always, fits};
use loom_api_tests::{Answer, Backend, Socket, TestDaemon, on_each_backend};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

on_each_backend! {
    a_frame_has_the_fields_clients_know,
    only_what_was_asked_for_is_heard,
    a_viewer_hears_nothing_that_is_for_admins,
    who_was_away_hears_what_was_missed,
    what_is_no_longer_kept_is_said_to_be_lost,
    a_number_of_another_life_of_the_daemon_is_said_to_be_lost,
    what_is_not_understood_is_complained_about_and_changes_nothing,
    a_connection_has_at_most_64_topics,
    a_binary_or_huge_message_ends_the_connection,
    a_ping_is_answered,
    a_plain_request_opens_no_socket,
    a_stop_closes_the_socket_with_words,
}

const FRAME: Shape = Shape::Object(&[
    always("seq", Shape::Int),
    always("kind", Shape::Word(&["initial", "change", "refresh"])),
    always("topic", Shape::Text),
    always("type", Shape::Text),
    always("ts", Shape::Time),
    always("payload", Shape::Any),
]);

async fn add_central(daemon: &TestDaemon, name: &str) {
    let central = json!({ "name": name, "host": "192.0.2.7", "interfaces": [], "enabled": true });
    daemon.as_admin().post("/centrals", &central).await.expect(201);
}

async fn set_locale(daemon: &TestDaemon) {
    daemon.as_admin().put("/config/sections/locale", &json!({ "locale": "de" })).await.expect(200);
}

/// Subscribes to everything from `since` on; the first word of the answer after the confirmation.
async fn resume(daemon: &TestDaemon, since: u64) -> (Socket, Value) {
    let mut socket = daemon.as_admin().listen().await;
    socket.say(&json!({ "op": "subscribe", "topics": ["#"], "since": since })).await;
    assert_eq!(socket.hear().await, json!({ "op": "subscribed", "topics": ["#"] }));
    let next = socket.hear().await;
    (socket, next)
}

fn number(frame: &Value) -> u64 {
    frame["seq"].as_u64().unwrap()
}

async fn a_frame_has_the_fields_clients_know(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let mut socket = daemon.as_viewer().listen().await;
    socket.subscribe(&["centrals/#"]).await;
    add_central(&daemon, "ccu").await;
    let frame = socket.hear().await;
    fits(&frame, FRAME);
    assert_eq!((&frame["topic"], &frame["type"]), (&json!("centrals/ccu"), &json!("CentralCreated")));
    assert_eq!((&frame["kind"], &frame["payload"]), (&json!("change"), &json!({ "name": "ccu" })));
    daemon.as_admin().delete("/centrals/ccu").await.expect(204);
    let next = socket.hear().await;
    assert_eq!((&next["type"], number(&next)), (&json!("CentralDeleted"), number(&frame) + 1));
}

async fn only_what_was_asked_for_is_heard(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let mut all = daemon.as_admin().listen().await;
    let mut one = daemon.as_admin().listen().await;
    let mut any = daemon.as_admin().listen().await;
    let mut none = daemon.as_admin().listen().await;
    all.subscribe(&["#"]).await;
    one.subscribe(&["centrals/b"]).await;
    any.subscribe(&["nothing", "centrals/+", "centrals/b"]).await;
    none.subscribe(&["centrals", "+", "centrals/b/+"]).await;
    add_central(&daemon, "a").await;
    set_locale(&daemon).await;
    add_central(&daemon, "b").await;
    daemon.as_admin().delete("/centrals/b").await.expect(204);
    let topics = async |socket: &mut Socket, count: usize| {
        let mut topics = Vec::new();
        for _ in 0..count {
            topics.push(socket.hear().await["topic"].as_str().unwrap().to_owned());
        }
        topics
    };
    let everything = ["centrals/a", "config/sections/locale", "centrals/b", "centrals/b"];
    assert_eq!(topics(&mut all, 4).await, everything);
    assert_eq!(topics(&mut one, 2).await, ["centrals/b", "centrals/b"]);
    assert_eq!(topics(&mut any, 3).await, ["centrals/a", "centrals/b", "centrals/b"]);
    // What comes next is the answer to this, and nothing came before it.
    for socket in [&mut all, &mut one, &mut any, &mut none] {
        socket.subscribe(&["more"]).await;
    }
}

async fn a_viewer_hears_nothing_that_is_for_admins(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for client in [daemon.as_viewer(), daemon.as_operator()] {
        let mut socket = client.listen().await;
        socket.subscribe(&["#", "config/#", "jobs/#", "backups/#", "config/sections/locale"]).await;
        set_locale(&daemon).await;
        daemon.as_admin().post("/state-backups", &json!({})).await.expect(202);
        daemon.as_admin().put("/config/sections/locale", &json!({ "locale": "en" })).await.expect(200);
        let name = format!("ccu{}", daemon.address().port());
        add_central(&daemon, &name).await;
        assert_eq!(socket.hear().await["topic"], format!("centrals/{name}"));
        daemon.as_admin().delete(&format!("/centrals/{name}")).await.expect(204);
        assert_eq!(socket.hear().await["type"], "CentralDeleted");
        // Not by asking for what was before either.
        socket.say(&json!({ "op": "subscribe", "topics": ["#"], "since": 0 })).await;
        assert_eq!(socket.hear().await["op"], "subscribed");
        assert_eq!(socket.hear().await["op"], "replay_lost");
    }
}

async fn who_was_away_hears_what_was_missed(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let mut socket = daemon.as_admin().listen().await;
    socket.subscribe(&["#"]).await;
    for name in ["a", "b", "c"] {
        add_central(&daemon, name).await;
    }
    let (a, b, c) = (socket.hear().await, socket.hear().await, socket.hear().await);
    drop(socket);
    let (mut back, first) = resume(&daemon, number(&a)).await;
    assert_eq!((first, back.hear().await), (b, c.clone()));
    assert_eq!(back.hear().await, json!({ "op": "replay_done", "seq": number(&c) }));
    add_central(&daemon, "d").await;
    assert_eq!(number(&back.hear().await), number(&c) + 1);
    // Whoever missed nothing is told so.
    let (_, first) = resume(&daemon, number(&c) + 1).await;
    assert_eq!(first, json!({ "op": "replay_done", "seq": number(&c) + 1 }));
}

async fn what_is_no_longer_kept_is_said_to_be_lost(backend: Backend) {
    let small = json!({ "north": { "rest": { "ws": { "replay_capacity": 2 } } } });
    let daemon = TestDaemon::with(backend, small).await;
    let mut socket = daemon.as_admin().listen().await;
    socket.subscribe(&["#"]).await;
    for name in ["a", "b", "c", "d"] {
        add_central(&daemon, name).await;
    }
    let first = number(&socket.hear().await);
    let (_, lost) = resume(&daemon, first).await;
    assert_eq!(lost, json!({ "op": "replay_lost", "oldest_seq": first + 2 }));
    let (_, kept) = resume(&daemon, first + 1).await;
    assert_eq!(number(&kept), first + 2);
    // What happens from now on is heard all the same.
    let (mut back, _) = resume(&daemon, 0).await;
    add_central(&daemon, "e").await;
    assert_eq!(number(&back.hear().await), first + 4);
}

async fn a_number_of_another_life_of_the_daemon_is_said_to_be_lost(backend: Backend) {
    let mut daemon = TestDaemon::start(backend).await;
    let mut socket = daemon.as_admin().listen().await;
    socket.subscribe(&["#"]).await;
    add_central(&daemon, "a").await;
    let before = number(&socket.hear().await);
    daemon.stop().await;
    daemon.start_again().await;
    for since in [before, before + 1, 1, u64::MAX] {
        let (_, lost) = resume(&daemon, since).await;
        assert_eq!(lost["op"], "replay_lost", "{since}");
        assert!(lost["oldest_seq"].as_u64().unwrap() > before);
    }
}

async fn what_is_not_understood_is_complained_about_and_changes_nothing(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let mut socket = daemon.as_admin().listen().await;
    for words in [
        "",
        "{",
        "null",
        "[]",
        r#"{"op":"publish"}"#,
        r#"{"op":"subscribe"}"#,
        r#"{"op":"subscribe","topics":[]}"#,
        r#"{"op":"subscribe","topics":"centrals/a"}"#,
        r#"{"op":"subscribe","topics":["centrals/a","a//b"]}"#,
        r#"{"op":"subscribe","topics":["centrals/a",""]}"#,
        r##"{"op":"subscribe","topics":["centrals/a","#/a"]}"##,
        r#"{"op":"subscribe","topics":["centrals/a"],"since":-1}"#,
        &"[".repeat(10_000),
    ] {
        socket.send(Message::text(words)).await;
        let told = socket.hear().await;
        assert_eq!(told["op"], "error", "{words}");
        assert!(told["detail"].is_string());
    }
    add_central(&daemon, "a").await;
    socket.say(&json!({ "op": "pong" })).await;
    socket.subscribe(&["centrals/b"]).await;
}

async fn a_connection_has_at_most_64_topics(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let mut socket = daemon.as_admin().listen().await;
    let many: Vec<_> = (0..65).map(|number| format!("topic/{number}")).collect();
    socket.say(&json!({ "op": "subscribe", "topics": many })).await;
    assert_eq!(socket.hear().await["op"], "error");
    let many: Vec<_> = many[..64].iter().map(String::as_str).collect();
    socket.subscribe(&many).await;
    socket.subscribe(&many).await;
    socket.say(&json!({ "op": "subscribe", "topics": ["#"] })).await;
    assert_eq!(socket.hear().await["op"], "error");
    add_central(&daemon, "a").await;
    socket.subscribe(&many[..1]).await;
}

async fn a_binary_or_huge_message_ends_the_connection(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let mut binary = daemon.as_admin().listen().await;
    binary.send(Message::binary(b"{}".to_vec())).await;
    assert_eq!(binary.end().await.map(|(code, _)| code), Some(1003));
    let mut huge = daemon.as_admin().listen().await;
    huge.send(Message::text("x".repeat(100 << 10))).await;
    // A connection with unread bytes may be reset before the words arrive.
    let told = huge.end().await.map(|(code, _)| code);
    assert!(told.is_none_or(|code| code == 1009), "{told:?}");
}

async fn a_ping_is_answered(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let mut socket = daemon.as_viewer().listen().await;
    socket.send(Message::Ping(b"there?".to_vec().into())).await;
    assert_eq!(socket.next().await, Message::Pong(b"there?".to_vec().into()));
}

async fn a_plain_request_opens_no_socket(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.as_viewer().get("/events").await.problem(400, "bad_request");
    let request = daemon.as_viewer().request("GET", "/events").header("Upgrade", "websocket");
    Answer::of(request).await.problem(400, "bad_request");
    assert_eq!(daemon.anonymous().try_listen(&[]).await.err(), Some(401));
}

async fn a_stop_closes_the_socket_with_words(backend: Backend) {
    let mut daemon = TestDaemon::start(backend).await;
    let mut socket = daemon.as_viewer().listen().await;
    socket.subscribe(&["#"]).await;
    daemon.stop().await;
    assert_eq!(socket.end().await, Some((1001, "the daemon is stopping".to_owned())));
}
