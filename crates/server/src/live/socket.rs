//! `GET /api/live`: one connection. See `model::live` for what goes over it.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use model::event::Stream;
use model::live::{ClientFrame, GoodbyeReason, PROTOCOL, ServerFrame, Signal, Snapshot};
use model::presence::Show;
use store::Committed;
use tokio::sync::mpsc;

use super::hub::{Key, Listener, Outgoing, WATCHED_MAX};
use super::resume::{self, Beginning};
use super::{Cursor, Notice, cursor::Nonces, store as log};
use crate::access::Caller;
use crate::accounts;
use crate::answer::{Answer, Problem};
use crate::app::Cx;

/// Bytes of a client's frame.
const FRAME_MAX: usize = 32 * 1024;
/// Conversations in a piece of a snapshot, each about 1 KiB.
const CONVERSATIONS_OF_A_PART: usize = 2;
/// People in a piece of a snapshot, each about 250 bytes.
const PEOPLE_OF_A_PART: usize = 8;
/// Frames taken from the queue before they are sent together.
const BATCH: usize = 64;
/// How long a new connection may wait with its first frame.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// A client pings every 25 s; silence this long ends the connection.
const SILENCE_MAX: Duration = Duration::from_secs(75);
/// How long a person still counts as connected after the last connection ended: a reload is no absence.
const GRACE: Duration = Duration::from_secs(30);

/// Opens the live connection.
pub async fn live(State(cx): State<Cx>, caller: Caller, upgrade: WebSocketUpgrade) -> Answer<Response> {
    let account = caller.account_id;
    let profile = cx.db.read(async move |tx| Ok::<_, Problem>(accounts::store::profile(tx, account).await?)).await?;
    let now = cx.now();
    let status = profile.as_ref().map(|profile| accounts::view::status(profile, now));
    let listener = Listener {
        account_id: account,
        session_id: caller.session_id,
        organization_id: caller.organization_id,
        show: status.as_ref().map_or(Show::Available, |status| status.show),
    };
    let message = status.and_then(|status| status.message);
    let upgrade = upgrade
        .read_buffer_size(4 * 1024)
        .write_buffer_size(4 * 1024)
        .max_write_buffer_size(4 * 1024 * 1024)
        .max_message_size(FRAME_MAX)
        .max_frame_size(FRAME_MAX);
    Ok(upgrade.on_upgrade(move |socket| run(cx, listener, message, socket)))
}

async fn run(cx: Cx, listener: Listener, message: Option<String>, mut socket: WebSocket) {
    let last = match hello(&mut socket).await {
        Ok(cursor) => cursor.and_then(|token| cx.cursor_key.open(&token, listener.account_id)),
        Err(reason) => {
            let _ = send(&mut socket, &ServerFrame::Goodbye { reason }).await;
            return;
        }
    };
    let (key, receiver) = cx.hub.attach(listener);
    cx.hub.appear(listener.account_id, listener.show, message);
    let nonces = Nonces::new(&cx.random);
    let mut connection =
        Connection { cx: cx.clone(), listener, key, sent: 0, cursor: Cursor::default(), nonces, socket };
    let _ = connection.serve(receiver, last).await;
    cx.hub.detach(key);
    let mut stopping = cx.stopping.subscribe();
    tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(GRACE) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
        cx.hub.depart(listener.account_id);
    });
}

/// The client's first frame: its cursor, or why it cannot be served.
async fn hello(socket: &mut WebSocket) -> Result<Option<String>, GoodbyeReason> {
    let first = tokio::time::timeout(HELLO_WITHIN, socket.recv()).await;
    let Ok(Some(Ok(Message::Text(text)))) = first else { return Err(GoodbyeReason::BadFrame) };
    match serde_json::from_str(text.as_str()) {
        Ok(ClientFrame::Hello { protocol: PROTOCOL, cursor }) => Ok(cursor),
        Ok(ClientFrame::Hello { .. }) => Err(GoodbyeReason::Outdated),
        _ => Err(GoodbyeReason::BadFrame),
    }
}

struct Connection {
    cx: Cx,
    listener: Listener,
    key: Key,
    /// Events sent on this connection.
    sent: u64,
    cursor: Cursor,
    nonces: Nonces,
    socket: WebSocket,
}

/// The connection is over; there is nobody to tell.
struct Gone;

impl From<axum::Error> for Gone {
    fn from(_: axum::Error) -> Self {
        Gone
    }
}

impl Connection {
    async fn serve(&mut self, mut receiver: mpsc::Receiver<Outgoing>, last: Option<Cursor>) -> Result<(), Gone> {
        self.begin(last).await?;
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                count = receiver.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return self.goodbye(GoodbyeReason::Slow).await;
                    }
                    for outgoing in batch.drain(..) {
                        if let Outgoing::Goodbye(reason) = outgoing {
                            return self.goodbye(reason).await;
                        }
                        self.feed(outgoing).await?;
                    }
                    self.flush().await?;
                }
                frame = tokio::time::timeout(SILENCE_MAX, self.socket.recv()) => match frame {
                    Ok(Some(Ok(Message::Text(text)))) => self.heard(&text).await?,
                    Ok(Some(Ok(Message::Binary(_)))) => return self.goodbye(GoodbyeReason::BadFrame).await,
                    Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                    Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => return Err(Gone),
                },
            }
        }
    }

    /// Sends the snapshot or what was missed, and goes live.
    async fn begin(&mut self, last: Option<Cursor>) -> Result<(), Gone> {
        let begun = match resume::begin(&self.cx, self.listener, last).await {
            Ok(begun) => begun,
            Err(Problem::Refusal(_)) => return self.goodbye(GoodbyeReason::SessionEnded).await,
            Err(Problem::Fault(fault)) => {
                tracing::error!(error = %fault, "A live connection could not begin.");
                return self.goodbye(GoodbyeReason::Restarting).await;
            }
        };
        // Before the first frame is sent: what comes from now on waits in the queue behind it.
        self.cx.hub.settle(self.key, begun.cursor, begun.conversations);
        match begun.beginning {
            Beginning::Start(snapshot) => {
                self.cursor = begun.cursor;
                self.start(snapshot).await?;
            }
            Beginning::Resumed(own, work) => {
                self.cursor = last.unwrap_or_default();
                let missed = (own.len() + work.len()) as i64;
                send(&mut self.socket, &ServerFrame::Resumed { missed }).await?;
                for row in own {
                    self.cursor.account = row.position;
                    self.replay(&row).await?;
                }
                for row in work {
                    self.cursor.organization = row.position;
                    self.replay(&row).await?;
                }
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// The snapshot in pieces.
    async fn start(&mut self, mut snapshot: Box<Snapshot>) -> Result<(), Gone> {
        let (conversations, people) =
            (std::mem::take(&mut snapshot.conversations), std::mem::take(&mut snapshot.people));
        for part in conversations.chunks(CONVERSATIONS_OF_A_PART) {
            self.feed_frame(&ServerFrame::Part { conversations: part.to_vec(), people: Vec::new() }).await?;
        }
        for part in people.chunks(PEOPLE_OF_A_PART) {
            self.feed_frame(&ServerFrame::Part { conversations: Vec::new(), people: part.to_vec() }).await?;
        }
        let cursor = self.seal();
        self.feed_frame(&ServerFrame::Start { cursor, snapshot }).await?;
        self.flush().await
    }

    async fn replay(&mut self, row: &log::LogRow) -> Result<(), Gone> {
        let text = self.event_frame(&row.body);
        self.feed_text(text).await
    }

    async fn feed(&mut self, outgoing: Outgoing) -> Result<(), Gone> {
        match outgoing {
            Outgoing::Event(committed) => {
                self.advance(&committed);
                let text = self.event_frame(&String::from_utf8_lossy(&committed.json));
                self.feed_text(text).await
            }
            Outgoing::Signal(signal) => self.feed_frame(&ServerFrame::Signal { signal: Signal::clone(&signal) }).await,
            Outgoing::Goodbye(_) => Ok(()),
        }
    }

    fn advance(&mut self, committed: &Committed) {
        match committed.stream {
            Stream::Account(_) => self.cursor.account = committed.position,
            Stream::Organization(_) => self.cursor.organization = committed.position,
        }
    }

    /// [`ServerFrame::Event`] around the bytes that all who hear it share.
    fn event_frame(&mut self, event: &str) -> String {
        let (prev, position, cursor) = (self.sent, self.sent + 1, self.seal());
        self.sent = position;
        let mut text = String::with_capacity(event.len() + 160);
        text.push_str("{\"type\":\"event\",\"position\":");
        text.push_str(&position.to_string());
        text.push_str(",\"prev\":");
        text.push_str(&prev.to_string());
        text.push_str(",\"cursor\":\"");
        text.push_str(&cursor);
        text.push_str("\",\"event\":");
        text.push_str(event);
        text.push('}');
        text
    }

    fn seal(&mut self) -> String {
        self.cx.cursor_key.seal(self.cursor, self.listener.account_id, &mut self.nonces)
    }

    async fn feed_frame(&mut self, frame: &ServerFrame) -> Result<(), Gone> {
        let text = serde_json::to_string(frame).map_err(|_| Gone)?;
        self.feed_text(text).await
    }

    async fn feed_text(&mut self, text: String) -> Result<(), Gone> {
        use futures_util::SinkExt;
        Ok(self.socket.feed(Message::Text(Utf8Bytes::from(text))).await?)
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        use futures_util::SinkExt;
        Ok(self.socket.flush().await?)
    }

    async fn goodbye(&mut self, reason: GoodbyeReason) -> Result<(), Gone> {
        send(&mut self.socket, &ServerFrame::Goodbye { reason }).await?;
        Err(Gone)
    }

    async fn heard(&mut self, text: &str) -> Result<(), Gone> {
        match serde_json::from_str(text) {
            Ok(ClientFrame::Ping) => Ok(send(&mut self.socket, &ServerFrame::Pong).await?),
            Ok(ClientFrame::Typing { conversation_id }) => {
                if self.cx.hub.hears(self.key, conversation_id) {
                    let person_id = self.listener.account_id;
                    let signal = Signal::Typing { conversation_id, person_id };
                    self.cx.bus.publish(&Notice::Signal { conversation_id, signal, not_to: person_id });
                }
                Ok(())
            }
            Ok(ClientFrame::Watch { mut people }) => {
                people.truncate(WATCHED_MAX);
                let (organization, cx) = (self.listener.organization_id, self.cx.clone());
                let known = cx
                    .db
                    .read(async move |tx| crate::directory::store::of_organization(tx, organization, people).await);
                let known = known.await.map_err(|_: store::Error| Gone)?;
                self.cx.hub.watch(self.key, known);
                Ok(())
            }
            Ok(ClientFrame::Hello { .. }) | Err(_) => self.goodbye(GoodbyeReason::BadFrame).await,
        }
    }
}

async fn send(socket: &mut WebSocket, frame: &ServerFrame) -> Result<(), axum::Error> {
    let text = serde_json::to_string(frame).map_err(axum::Error::new)?;
    socket.send(Message::Text(Utf8Bytes::from(text))).await
}
