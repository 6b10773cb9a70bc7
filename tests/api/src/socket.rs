//! A WebSocket client of `/events`.
//!
//! Does NOT answer the daemon's own pings; a test says what is sent.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message, protocol::CloseFrame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// However slow a machine is, what is waited for was said by then.
const SAID_WITHIN: Duration = Duration::from_secs(120);

/// An open WebSocket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one; an error is the status it was refused with.
    pub async fn open(address: SocketAddr, headers: &[(&'static str, String)]) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/api/v1/events").into_client_request().unwrap();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        request.headers_mut().insert("sec-websocket-key", generate_key().parse().unwrap());
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Subscribes and waits until that is confirmed.
    pub async fn subscribe(&mut self, topics: &[&str]) {
        self.say(&json!({ "op": "subscribe", "topics": topics })).await;
        assert_eq!(self.hear().await, json!({ "op": "subscribed", "topics": topics }));
    }

    /// Sends JSON.
    pub async fn say(&mut self, words: &Value) {
        self.send(Message::text(words.to_string())).await;
    }

    /// Sends any message.
    pub async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// The next text, as JSON.
    pub async fn hear(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?} is no text"),
        }
    }

    /// The next message of any kind.
    pub async fn next(&mut self) -> Message {
        let next = tokio::time::timeout(SAID_WITHIN, self.0.next()).await;
        next.expect("nothing is said").expect("the connection ended").expect("the connection broke")
    }

    /// Waits for the end; texts before it are passed over. Its code and words, if it was told.
    pub async fn end(&mut self) -> Option<(u16, String)> {
        let ended = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(frame))) => break frame.map(told),
                    None | Some(Err(_)) => break None,
                    Some(Ok(_)) => {}
                }
            }
        };
        tokio::time::timeout(SAID_WITHIN, ended).await.expect("the connection stays open")
    }
}

fn told(frame: CloseFrame) -> (u16, String) {
    (frame.code.into(), frame.reason.to_string())
}
