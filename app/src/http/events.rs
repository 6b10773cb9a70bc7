//! `/events`: the WebSocket on which clients follow what happens.
//!
//! Does NOT make events (`crate::events`). The words on the wire are in `docs/rest-ws.md`.

mod topic;

use super::access::{Caller, Viewer};
use super::problem::Problem;
use super::{ApiState, State, csrf};
use crate::events::{Event, Listening, Missed};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session};
use futures_util::StreamExt;
use loom_domain::usecases::accounts::Identity;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::{self, error::RecvError};
use topic::Topics;

/// The most bytes a client's message may have.
const MOST_BYTES: usize = 64 << 10;
const PING_EVERY: Duration = Duration::from_secs(30);
/// A client that is silent for so long is gone.
const SILENT_FOR: Duration = Duration::from_secs(90);
/// A client that takes so long to take one message is gone.
const SENT_WITHIN: Duration = Duration::from_secs(10);

/// What a client may say.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
enum Said {
    /// Adds topics, and asks for what came after `since`.
    Subscribe { topics: Vec<String>, since: Option<u64> },
    /// Answers a ping.
    Pong,
}

/// Opens a WebSocket for events.
///
/// The client sends `{"op":"subscribe","topics":["jobs/#"],"since":0}`; `docs/rest-ws.md` has the conversation.
#[utoipa::path(get, path = "/events", tag = "events",
    responses((status = 101, description = "The connection is a WebSocket now."),
        (status = 400, description = "This is no request for a WebSocket."),
        (status = 403, description = "A page of another origin uses this session.")))]
pub(crate) async fn open(
    caller: Caller<Viewer>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let identity = caller.known()?.clone();
    csrf::check_origin(&request)?;
    let (response, session, messages) = actix_ws::handle(&request, payload)
        .map_err(|error| Problem::bad_request(format!("this is no WebSocket request: {error}")))?;
    let messages =
        messages.max_frame_size(MOST_BYTES).aggregate_continuations().max_continuation_size(MOST_BYTES);
    let listening = state.events.listen(None);
    let socket = Socket {
        topics: Topics::new(identity.role),
        identity,
        session,
        at: listening.newest,
        heard: Instant::now(),
        state: state.clone().into_inner(),
    };
    actix_web::rt::spawn(socket.run(messages, listening.live));
    Ok(response)
}

struct Socket {
    state: Arc<ApiState>,
    identity: Identity,
    session: Session,
    topics: Topics,
    /// Number of the newest event that was sent or passed over.
    at: u64,
    /// When the client was heard last.
    heard: Instant,
}

/// Why a socket ends.
enum End {
    /// The client went away, or does not take what it is sent.
    Gone,
    /// It is told why.
    Told(CloseCode, &'static str),
}

impl Socket {
    async fn run(mut self, mut messages: AggregatedMessageStream, mut live: broadcast::Receiver<Arc<Event>>) {
        let _counted = self.state.metrics.socket_opened();
        let mut revocations = self.state.revocations.subscribe();
        // One between finding out who asks and this line would go unnoticed.
        revocations.mark_changed();
        let mut stopping = self.state.stopping.clone();
        let mut pings = tokio::time::interval_at(tokio::time::Instant::now() + PING_EVERY, PING_EVERY);
        let end = loop {
            let step = tokio::select! {
                message = messages.next() => self.hear(message, &mut live).await,
                event = live.recv() => self.pass_on(event, &mut live).await,
                _ = pings.tick() => self.ping().await,
                _ = revocations.changed() => self.check().await,
                _ = stopping.wait_for(|stopping| *stopping) => {
                    Err(End::Told(CloseCode::Away, "the daemon is stopping"))
                }
            };
            if let Err(end) = step {
                break end;
            }
        };
        if let End::Told(code, words) = end {
            // The other side may be gone already.
            let reason = CloseReason { code, description: Some(words.to_owned()) };
            _ = tokio::time::timeout(SENT_WITHIN, self.session.close(Some(reason))).await;
        }
    }

    async fn hear(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
        live: &mut broadcast::Receiver<Arc<Event>>,
    ) -> Result<(), End> {
        self.heard = Instant::now();
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => match serde_json::from_str(&text) {
                Ok(Said::Pong) => Ok(()),
                Ok(Said::Subscribe { topics, since }) => self.subscribe(topics, since, live).await,
                Err(_) => self.complain("`subscribe` with `topics`, or `pong`, is expected").await,
            },
            Some(Ok(AggregatedMessage::Ping(bytes))) => sent(self.session.pong(&bytes)).await,
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Binary(_))) => {
                Err(End::Told(CloseCode::Unsupported, "only text is understood"))
            }
            Some(Err(ProtocolError::Overflow)) => Err(End::Told(CloseCode::Size, "the message is too large")),
            Some(Err(_)) => Err(End::Told(CloseCode::Protocol, "the message is broken")),
            Some(Ok(AggregatedMessage::Close(_))) => Err(End::Told(CloseCode::Normal, "")),
            None => Err(End::Gone),
        }
    }

    async fn subscribe(
        &mut self,
        topics: Vec<String>,
        since: Option<u64>,
        live: &mut broadcast::Receiver<Arc<Event>>,
    ) -> Result<(), End> {
        if let Err(words) = self.topics.add(&topics) {
            return self.complain(&words).await;
        }
        self.say(&json!({ "op": "subscribed", "topics": topics })).await?;
        if since.is_none() {
            return Ok(());
        }
        let Listening { missed, newest, live: fresh } = self.state.events.listen(since);
        *live = fresh;
        self.catch_up(missed, newest).await
    }

    /// Sends what was missed up to `newest`, or that it is lost.
    async fn catch_up(&mut self, missed: Missed, newest: u64) -> Result<(), End> {
        match missed {
            Missed::NotAsked => return Ok(()),
            Missed::Lost { oldest_seq } => {
                self.at = newest;
                return self.say(&json!({ "op": "replay_lost", "oldest_seq": oldest_seq })).await;
            }
            Missed::Events(events) => {
                for event in events {
                    self.send(&event).await?;
                }
            }
        }
        self.at = newest;
        self.say(&json!({ "op": "replay_done", "seq": newest })).await
    }

    async fn pass_on(
        &mut self,
        event: Result<Arc<Event>, RecvError>,
        live: &mut broadcast::Receiver<Arc<Event>>,
    ) -> Result<(), End> {
        match event {
            // What was caught up on already comes once more.
            Ok(event) if event.seq <= self.at => Ok(()),
            Ok(event) => self.send(&event).await,
            Err(RecvError::Closed) => Err(End::Told(CloseCode::Away, "the daemon is stopping")),
            // It was too slow for the live events; what is still kept is sent, and the rest is said to be lost.
            Err(RecvError::Lagged(_)) => {
                let Listening { missed, newest, live: fresh } = self.state.events.listen(Some(self.at));
                *live = fresh;
                self.catch_up(missed, newest).await
            }
        }
    }

    async fn send(&mut self, event: &Event) -> Result<(), End> {
        self.at = event.seq;
        if !self.topics.want(&event.topic) {
            return Ok(());
        }
        sent(self.session.text(&*event.frame)).await
    }

    async fn ping(&mut self) -> Result<(), End> {
        if self.heard.elapsed() > SILENT_FOR {
            return Err(End::Told(CloseCode::Policy, "no answer to pings"));
        }
        // A session that ran out ends its sockets too.
        self.check().await?;
        self.say(&json!({ "op": "ping" })).await
    }

    async fn check(&mut self) -> Result<(), End> {
        if !self.state.config.hot().takes(&self.identity.shown) {
            return Err(End::Told(CloseCode::Policy, "this way to log in was switched off"));
        }
        match self.state.accounts.identify.still_valid(&self.identity).await {
            Ok(false) => Err(End::Told(CloseCode::Policy, "the credential was revoked or ran out")),
            Ok(true) => Ok(()),
            // Nobody can tell at the moment; the next round asks again.
            Err(error) => {
                tracing::warn!(%error, "a socket's credential cannot be checked");
                Ok(())
            }
        }
    }

    async fn complain(&mut self, words: &str) -> Result<(), End> {
        self.say(&json!({ "op": "error", "detail": words })).await
    }

    async fn say(&mut self, words: &serde_json::Value) -> Result<(), End> {
        sent(self.session.text(words.to_string())).await
    }
}

async fn sent(sending: impl Future<Output = Result<(), actix_ws::Closed>>) -> Result<(), End> {
    match tokio::time::timeout(SENT_WITHIN, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Gone),
    }
}
