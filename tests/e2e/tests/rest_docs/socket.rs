//! The client's side of a WebSocket whose handshake is done.
//!
//! Does NOT do the handshake: the document prints it.

use serde_json::Value;
use std::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};
use tokio_tungstenite::tungstenite::{Error, Message};

/// An open WebSocket.
pub(crate) struct Socket(WebSocket<TcpStream>);

impl Socket {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self(WebSocket::from_raw_socket(stream, Role::Client, None))
    }

    pub(crate) fn say(&mut self, text: String) {
        self.0.send(Message::text(text)).unwrap();
    }

    /// The next text, as JSON.
    pub(crate) fn hear(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.0.read().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// Says goodbye and waits for the answer.
    pub(crate) fn close(mut self) {
        self.0.close(None).unwrap();
        while self.0.read().is_ok() {}
        assert!(matches!(self.0.read(), Err(Error::ConnectionClosed | Error::AlreadyClosed)));
    }
}
