//! A thousand subscribers on the WebSocket, and how long after a change was asked for each of them hears of it.
//!
//! Does NOT run apart from its clients: that they take turns on this machine's cores is in the figures.

use super::place::{TOKEN, central_name};
use crate::Outcome;
use crate::daemon::Daemon;
use crate::figures::{milliseconds, percentile};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use std::fmt;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const SUBSCRIBERS: usize = 1_000;
const BROADCASTS: usize = 50;
const SUBSCRIBED_WITHIN: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);
/// What has not come so long after the last change is lost.
const HEARD_WITHIN: Duration = Duration::from_secs(3);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the subscribers heard, and when.
pub(super) struct Heard {
    /// From asking for a change to the frame, sorted.
    latencies: Vec<Duration>,
    lost: usize,
}

/// An event on the wire, as far as it matters here.
#[derive(Deserialize)]
struct Frame {
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    name: String,
}

pub(super) async fn measure(daemon: &Daemon) -> Outcome<Heard> {
    let (over, is_over) = watch::channel(false);
    let mut listening = Vec::new();
    for _ in 0..SUBSCRIBERS {
        let socket = timeout(SUBSCRIBED_WITHIN, subscribe(daemon)).await??;
        listening.push(tokio::spawn(listen(socket, is_over.clone())));
    }
    let sent = change(daemon).await?;
    tokio::time::sleep(HEARD_WITHIN).await;
    over.send_replace(true);
    let mut heard = Heard { latencies: Vec::new(), lost: 0 };
    for subscriber in listening {
        heard.add(&sent, &subscriber.await?);
    }
    heard.latencies.sort();
    Ok(heard)
}

async fn subscribe(daemon: &Daemon) -> Outcome<Socket> {
    let mut request = format!("ws://{}/api/v1/events", daemon.address()).into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {TOKEN}").parse()?);
    let (mut socket, _) = connect_async(request).await?;
    let words = json!({ "op": "subscribe", "topics": ["centrals/#"] });
    socket.send(Message::text(words.to_string())).await?;
    match socket.next().await {
        Some(Ok(Message::Text(said))) if said.contains("\"subscribed\"") => Ok(socket),
        other => Err(format!("a subscription was answered with {other:?}").into()),
    }
}

/// Names of the centrals that events tell of, and when they came.
async fn listen(mut socket: Socket, mut is_over: watch::Receiver<bool>) -> Vec<(Instant, String)> {
    let mut heard = Vec::new();
    loop {
        let message = tokio::select! {
            message = socket.next() => message,
            _ = is_over.changed() => return heard,
        };
        let came = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => {
                // What is no event is the daemon's ping.
                heard.extend(serde_json::from_str(&text).ok().map(|frame: Frame| (came, frame.payload.name)));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return heard,
        }
    }
}

/// Changes one central after another; tells which one and when.
async fn change(daemon: &Daemon) -> Outcome<Vec<(Instant, String)>> {
    let client = reqwest::Client::new();
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sent = Vec::new();
    for n in 0..BROADCASTS {
        ticks.tick().await;
        let name = central_name(n);
        let change = json!({ "enabled": true, "interfaces": ["HmIP-RF", "BidCos-RF"] });
        let request = client.put(daemon.url(&format!("/centrals/{name}"))).bearer_auth(TOKEN).json(&change);
        sent.push((Instant::now(), name));
        request.send().await?.error_for_status()?;
    }
    Ok(sent)
}

impl Heard {
    /// Takes in what one subscriber heard of what was sent; both are in order.
    fn add(&mut self, sent: &[(Instant, String)], heard: &[(Instant, String)]) {
        let mut heard = heard.iter().peekable();
        for (asked, name) in sent {
            match heard.next_if(|(_, told)| told == name) {
                Some((came, _)) => self.latencies.push(came.duration_since(*asked)),
                None => self.lost += 1,
            }
        }
    }
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |percent| milliseconds(percentile(&self.latencies, percent));
        let (count, lost) = (self.latencies.len(), self.lost);
        write!(f, "{count} frames, {lost} lost, p50 {:.1} ms, p99 {:.1} ms, ", at(50), at(99))?;
        write!(f, "max {:.1} ms", at(100))
    }
}
