//! Names in paths and headers that try to be something else: other folders, other headers, no text.
//!
//! Does NOT look at names that are only unknown.

use loom_api_tests::daemon::ADMIN_TOKEN;
use loom_api_tests::{Answer, Backend, TestDaemon, on_each_backend, raw};
use loom_app::http::list_routes;
use serde_json::json;

on_each_backend! {
    a_name_in_a_path_is_a_name_and_nothing_else,
    a_line_break_in_a_value_makes_no_header,
    a_request_id_is_taken_over_only_if_it_is_a_plain_word,
    a_request_nobody_should_send_is_refused,
    a_query_nobody_knows_is_refused,
}

const TRICKS: [&str; 16] = [
    "..%2f",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "%2e%2e%2fsecret.key",
    "..%5c",
    "%00",
    "a%00b",
    "%ff%fe",
    "%c0%ae%c0%ae",
    "%0d%0aX-Injected:%20yes",
    "%0a",
    "%20",
    "%",
    "%zz",
    "%2525",
    "'%20OR%20'1'='1",
];

async fn a_name_in_a_path_is_a_name_and_nothing_else(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let long = "a".repeat(5_000);
    let templates: Vec<_> = list_routes().into_iter().filter(|route| route.path.contains('{')).collect();
    assert!(templates.len() >= 10, "{templates:?}");
    let authorization = [("Authorization", format!("Bearer {ADMIN_TOKEN}"))];
    for route in templates {
        for trick in TRICKS.into_iter().chain([long.as_str()]) {
            let words = route.path.split('/').map(|word| if word.starts_with('{') { trick } else { word });
            let path = words.collect::<Vec<_>>().join("/");
            let request = raw::request(&route.method, &path, &authorization, b"");
            let answer = raw::exchange(daemon.address(), &request).await.unwrap();
            // What is removed where nothing was is gone: no harm, and no finding.
            let fine =
                (400..500).contains(&answer.status) || (answer.status == 204 && route.method == "DELETE");
            assert!(fine, "{} {path}: {} {}", route.method, answer.status, answer.text());
            assert!(answer.header("x-injected").is_empty(), "{path}");
            assert!(!answer.text().contains("root:"), "{path}");
        }
    }
}

async fn a_line_break_in_a_value_makes_no_header(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let attempts = [
        "ada\r\nX-Injected: yes",
        "ada\nX-Injected:yes",
        "ada\r",
        "a\u{2028}X-Injected",
        "ä",
        "a%0d%0ab",
        "a/b",
    ];
    for name in attempts {
        let user = json!({ "username": name, "password": "p", "role": "viewer" });
        let created = daemon.as_admin().post("/users", &user).await;
        let token = json!({ "subject": name, "role": "viewer" });
        let minted = daemon.as_admin().post("/auth/tokens/v2", &token).await;
        let central = json!({ "name": name, "host": "h", "interfaces": [], "enabled": true });
        let central = daemon.as_admin().post("/centrals", &central).await;
        for answer in [created, minted, central] {
            assert!(answer.header("x-injected").is_empty(), "{name:?}");
            assert!([201, 400].contains(&answer.status), "{name:?}: {}", answer.text());
            let place = answer.headers.get("location").map(|value| value.to_str().unwrap().to_owned());
            if let Some(place) = place {
                Answer::of(daemon.as_admin().outside("GET", &place)).await.expect(200);
            }
        }
    }
}

async fn a_request_id_is_taken_over_only_if_it_is_a_plain_word(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let ask = async |id: &str| {
        let request = daemon.anonymous().request("GET", "/info").header("X-Request-Id", id);
        Answer::of(request).await.expect(200).header("x-request-id").to_owned()
    };
    assert_eq!(ask("proxy-1234_ABC").await, "proxy-1234_ABC");
    let mut minted = Vec::new();
    for odd in ["", "short", "a b c d e f", "<script>alert", &"x".repeat(65), "id;drop=1"] {
        let id = ask(odd).await;
        assert_ne!(id, odd);
        minted.push(id);
    }
    let count = minted.len();
    minted.sort();
    minted.dedup();
    assert_eq!(minted.len(), count, "ids are used twice");
}

async fn a_request_nobody_should_send_is_refused(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let huge = format!("GET /api/v1/info HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET /api/v1/info HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-Many: 1\r\n".repeat(5_000));
    let smuggled = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /";
    let two_sizes =
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde";
    let minus = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nabcde";
    for request in ["\r\n\r\n\0\0\0\r\n\r\n", "HELLO\r\n\r\n", &huge, &many, smuggled, two_sizes, minus] {
        let answer = raw::exchange(daemon.address(), request.as_bytes()).await;
        let told = &request[..request.len().min(60)];
        assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)), "{told:?}");
    }
    daemon.anonymous().get("/info").await.expect(200);
}

async fn a_query_nobody_knows_is_refused(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for query in [
        "/audit?limit=0",
        "/audit?limit=10001",
        "/audit?limit=-1",
        "/audit?limit=x",
        "/audit?since=yesterday",
        "/audit?until=2026-13-01T00:00:00Z",
        "/audit?central=a%20b",
        "/audit?unknown=1",
        "/devices?page=0",
        "/devices?per_page=0",
        "/devices?per_page=1001",
        "/devices?page=1000001",
        "/devices?page=99999999999999999999999",
        "/devices?unknown=1",
    ] {
        daemon.as_admin().get(query).await.problem(400, "validation");
    }
    for query in
        ["/audit?since=2026-06-08T12:00:00%2B02:00", "/audit?since=&limit=1", "/devices?page=1000000"]
    {
        daemon.as_admin().get(query).await.expect(200);
    }
}
