//! The HTTP client against listeners that behave, and against some that do not.

use super::*;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuError, Content, ReadError};
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A way to a central on this machine, with the patience of a busy one.
pub(crate) fn access(tls: CcuTls) -> CcuAccess {
    CcuAccess {
        central: CentralName::parse("test").unwrap(),
        host: "127.0.0.1".to_owned(),
        web_port: None,
        json_port: None,
        username: None,
        password: None,
        tls,
        interfaces: Vec::new(),
        ports: BTreeMap::new(),
        patience: CcuPatience {
            connect: Duration::from_secs(60),
            answer: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            ..CcuPatience::default()
        },
    }
}

/// A port nobody listens on, and what keeps others from doing so.
pub(crate) fn closed_port() -> (u16, TcpSocket) {
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (closed.local_addr().unwrap().port(), closed)
}

/// Listens, reads what comes until its end is seen, and answers each connection with the next bytes; what was read comes
/// back.
pub(crate) async fn listener(
    answers: Vec<&'static [u8]>,
) -> (Endpoint, HttpClient, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            seen.push(request(&mut stream).await);
            stream.write_all(answer).await.unwrap();
            if answer.ends_with(b"...") {
                std::future::pending::<()>().await;
            }
        }
        seen
    });
    let client = HttpClient::new(&access(CcuTls::Off));
    (client.endpoint(port), client, task)
}

async fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        text.extend_from_slice(&buffer[..read]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        let length = whole
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .map_or(0, |rest| rest.split('\r').next().unwrap().parse::<usize>().unwrap());
        let head = whole.find("\r\n\r\n").map(|at| at + 4);
        if read == 0 || text.starts_with(b"Bin") || head.is_some_and(|head| text.len() >= head + length) {
            return whole;
        }
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

struct Chunks(Vec<&'static [u8]>);

#[async_trait]
impl Content for Chunks {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        Ok((!self.0.is_empty()).then(|| Bytes::from_static(self.0.remove(0))))
    }
}

fn upload(at: Endpoint, announced: u64, chunks: Vec<&'static [u8]>) -> HttpRequest {
    let parts = (Bytes::from_static(b"<"), Box::new(Chunks(chunks)) as _, Bytes::from_static(b">"));
    HttpRequest::post_content(at, "/up", "multipart/form-data; boundary=x", announced, parts)
}

#[tokio::test]
async fn a_question_goes_out_as_centrals_read_it() {
    let (at, client, seen) = listener(vec![OK]).await;
    let password = loom_domain::secret::SecretText::new("secret");
    let request =
        HttpRequest::post(at, "/x.cgi?sid=@a@", "text/plain", "body").with_basic("Admin", &password);
    let answer = client.send(request).await.unwrap();
    assert_eq!((answer.status, answer.announced()), (200, Some(5)));
    assert_eq!(answer.read_at_most(5).await.unwrap(), "hello");
    let seen = seen.await.unwrap().remove(0).to_lowercase();
    assert!(seen.starts_with("post /x.cgi?sid=@a@ http/1.1\r\n"), "{seen}");
    for wanted in ["content-length: 4\r\n", "authorization: basic qwrtaw46c2vjcmv0\r\n", "host: 127.0.0.1:"] {
        assert!(seen.contains(wanted), "{seen}");
    }
    assert!(!seen.contains("expect") && !seen.contains("transfer-encoding"), "{seen}");
}

#[tokio::test]
async fn a_streamed_body_has_the_announced_length() {
    let (at, client, seen) = listener(vec![OK]).await;
    client.send(upload(at, 4, vec![b"ab", b"cd"])).await.unwrap();
    let seen = seen.await.unwrap().remove(0);
    assert!(seen.contains("content-length: 6\r\n") && seen.ends_with("\r\n\r\n<abcd>"), "{seen}");
}

#[tokio::test]
async fn a_content_of_another_length_is_an_error() {
    for (announced, word) in [(5, "shorter"), (3, "longer")] {
        let (at, client, seen) = listener(vec![OK]).await;
        let error = client.send(upload(at, announced, vec![b"ab", b"cd"])).await.unwrap_err();
        assert!(matches!(&error, HttpError::Content { why, .. } if why.contains(word)), "{error:?}");
        let seen = seen.await.unwrap().remove(0);
        assert!(!seen.ends_with('>'), "{seen}");
    }
}

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let https = b"HTTP/1.1 301 Moved\r\nLocation: https://ccu/a?sid=@secret@\r\nContent-Length: 0\r\n\r\n";
    let other = b"HTTP/1.1 302 Found\r\nLocation: http://other/a?sid=@secret@\r\nContent-Length: 0\r\n\r\n";
    let (at, client, seen) = listener(vec![https, other]).await;
    let first = client.send(HttpRequest::get(at.clone(), "/")).await.unwrap_err();
    assert!(matches!(first, HttpError::EnforcesHttps { .. }), "{first}");
    let second = client.send(HttpRequest::get(at, "/")).await.unwrap_err().to_string();
    assert!(second.contains("http://other") && !second.contains("secret"), "{second}");
    assert_eq!(seen.await.unwrap().len(), 2);
    assert!(matches!(CcuError::from(first), CcuError::Refused(_)));
}

#[tokio::test]
async fn bodies_are_read_up_to_a_limit() {
    let (at, client, _) = listener(vec![OK, b"HTTP/1.1 200 OK\r\n\r\nhello world"]).await;
    for _ in 0..2 {
        let answer = client.send(HttpRequest::get(at.clone(), "/")).await.unwrap();
        let error = answer.read_at_most(4).await.unwrap_err();
        assert!(matches!(error, HttpError::TooLong { limit: 4, .. }), "{error}");
    }
}

#[tokio::test]
async fn a_body_cut_off_is_an_error() {
    let (at, client, _) = listener(vec![b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"]).await;
    let answer = client.send(HttpRequest::get(at, "/")).await.unwrap();
    let error = answer.read_at_most(100).await.unwrap_err();
    assert!(matches!(error, HttpError::CutOff { .. }), "{error}");
}

#[tokio::test]
async fn silence_before_and_within_an_answer_ends() {
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = HttpClient::new(&access(CcuTls::Off));
    let at = client.endpoint(mute.local_addr().unwrap().port());
    let limit = Duration::from_secs(7);
    let asking = client.send(HttpRequest::get(at, "/").first_byte(limit));
    let hearing = async {
        let (mut stream, _) = mute.accept().await.unwrap();
        request(&mut stream).await;
        // From now on there is nothing to wait for but the end of patience, so time flies.
        tokio::time::pause();
        stream
    };
    let (answer, _stream) = tokio::join!(asking, hearing);
    let error = answer.unwrap_err();
    assert!(matches!(error, HttpError::Silent { after, .. } if after == limit), "{error:?}");
    tokio::time::resume();
    let (at, client, _) = listener(vec![b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n..."]).await;
    let answer = client.send(HttpRequest::get(at, "/")).await.unwrap();
    tokio::time::pause();
    let error = answer.read_at_most(100).await.unwrap_err();
    assert!(matches!(error, HttpError::Stalled { .. }), "{error:?}");
}

#[tokio::test]
async fn what_may_be_asked_twice_is_asked_again_when_the_connection_goes_away() {
    let (at, client, seen) = listener(vec![b"", OK]).await;
    let answer = client.send_again_once(|| HttpRequest::get(at.clone(), "/")).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(seen.await.unwrap().len(), 2);
}

#[tokio::test]
async fn other_protocols_are_recognised() {
    let (at, client, _) = listener(vec![b"SSH-2.0-OpenSSH_9.2\r\n\r\n"]).await;
    let error = client.send(HttpRequest::get(at, "/")).await.unwrap_err();
    assert!(matches!(error, HttpError::NotHttp { .. }), "{error:?}");
}

#[tokio::test]
async fn nobody_there_is_told_with_a_hint() {
    let (port, _closed) = closed_port();
    let client = HttpClient::new(&access(CcuTls::Off));
    let error = client.send(HttpRequest::get(client.endpoint(port), "/")).await.unwrap_err();
    assert!(matches!(error, HttpError::Refused { .. }) && error.is_unreachable(), "{error:?}");
    let unknown =
        HttpClient::new(&CcuAccess { host: "no-such-host.invalid".to_owned(), ..access(CcuTls::Off) });
    let error = unknown.send(HttpRequest::get(unknown.web(), "/")).await.unwrap_err();
    assert!(matches!(error, HttpError::NoWay { .. }), "{error:?}");
}

#[tokio::test]
async fn a_port_without_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        stream
    });
    let client = HttpClient::new(&access(CcuTls::Insecure));
    let error = client.send(HttpRequest::get(client.endpoint(port), "/")).await.unwrap_err();
    assert!(matches!(error, HttpError::NoTls { .. }), "{error:?}");
    plain.await.unwrap();
}
