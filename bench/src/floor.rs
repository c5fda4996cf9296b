//! The floor: the least program that keeps messages on disk and sends them to everybody in a room.
//!
//! WebSockets with 4 KiB buffers, JSON frames, SQLite in WAL mode with `synchronous=FULL` on one thread that commits
//! whatever queued up in one transaction and then acknowledges; the same bytes go to every member. No rights, no
//! accounts, no resuming. What it costs is what the machine costs; goals are multiples of it.

mod store;

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{self, State};
use axum::routing::get;
use axum::serve::ListenerExt;
use futures_util::SinkExt;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::Result;
pub use store::fill;

/// Posts that share a commit, as the server's.
const BATCH: usize = 256;

type Outgoing = UnboundedSender<Utf8Bytes>;
type Rooms = Arc<Mutex<HashMap<i64, Vec<Outgoing>>>>;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ClientFrame {
    Hello { rooms: Vec<i64> },
    Post(Post),
}

#[derive(Deserialize)]
struct Post {
    id: String,
    room: i64,
    author: i64,
    body: String,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ServerFrame<'a> {
    Ready,
    Ack { id: &'a str, position: i64 },
    Message { id: &'a str, room: i64, position: i64, author: i64, body: &'a str },
}

/// A message as the history has it.
#[derive(Serialize)]
struct Kept {
    id: String,
    position: i64,
    author: i64,
    body: String,
}

#[derive(Clone)]
struct Floor {
    rooms: Rooms,
    posts: Sender<(Post, Outgoing)>,
    reader: Arc<Mutex<store::Reader>>,
}

/// Runs until it is killed.
pub fn main(port: u16, file: &Path) -> Result<()> {
    let mut writer = store::Writer::open(file)?;
    let reader = Arc::new(Mutex::new(store::Reader::open(file)?));
    let (posts, queue) = channel();
    let rooms = Rooms::default();
    let members = rooms.clone();
    std::thread::spawn(move || write(&mut writer, &queue, &members));
    let floor = Floor { rooms, posts, reader };
    let router = Router::new()
        .route("/live", get(live))
        .route("/history/{room}", get(history))
        .route("/readyz", get(async || "ready\n"))
        .with_state(floor);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        // Otherwise a second frame waits up to 40 ms for the first to be acknowledged.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        Ok(axum::serve(listener, router).await?)
    })
}

/// The one thread that writes: what queued up, one commit, then the members and the acknowledgements.
fn write(writer: &mut store::Writer, queue: &Receiver<(Post, Outgoing)>, rooms: &Rooms) {
    let mut batch = Vec::new();
    while let Ok(first) = queue.recv() {
        batch.push(first);
        while batch.len() < BATCH
            && let Ok(next) = queue.try_recv()
        {
            batch.push(next);
        }
        let kept = writer.keep(batch.iter().map(|(post, _)| post));
        // A floor that loses something measures nothing.
        let positions = kept.expect("the floor keeps its messages");
        let rooms = rooms.lock().unwrap_or_else(PoisonError::into_inner);
        for ((post, sender), position) in batch.drain(..).zip(positions) {
            let Post { id, room, author, body } = &post;
            let message = frame(&ServerFrame::Message { id, room: *room, position, author: *author, body });
            for member in rooms.get(room).into_iter().flatten() {
                let _ = member.send(message.clone());
            }
            let _ = sender.send(frame(&ServerFrame::Ack { id, position }));
        }
    }
}

fn frame(frame: &ServerFrame<'_>) -> Utf8Bytes {
    serde_json::to_string(frame).unwrap_or_default().into()
}

async fn live(State(floor): State<Floor>, upgrade: WebSocketUpgrade) -> axum::response::Response {
    let upgrade = upgrade.read_buffer_size(4 * 1024).write_buffer_size(4 * 1024);
    upgrade.on_upgrade(async move |socket| drop(serve(&floor, socket).await))
}

async fn serve(floor: &Floor, mut socket: WebSocket) -> Result<()> {
    let (sender, mut receiver) = unbounded_channel();
    let mut batch = Vec::with_capacity(64);
    loop {
        tokio::select! {
            _ = receiver.recv_many(&mut batch, 64) => {
                for text in batch.drain(..) {
                    socket.feed(Message::Text(text)).await?;
                }
                socket.flush().await?;
            }
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text)? {
                    ClientFrame::Post(post) => floor.posts.send((post, sender.clone()))?,
                    ClientFrame::Hello { rooms } => {
                        let mut members = floor.rooms.lock().unwrap_or_else(PoisonError::into_inner);
                        rooms.into_iter().for_each(|room| members.entry(room).or_default().push(sender.clone()));
                        sender.send(frame(&ServerFrame::Ready))?;
                    }
                },
                _ => return Ok(()),
            },
        }
    }
}

async fn history(State(floor): State<Floor>, extract::Path(room): extract::Path<i64>) -> String {
    let newest = tokio::task::spawn_blocking(move || {
        let reader = floor.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.newest(room)
    });
    let newest = newest.await.expect("the floor reads").expect("the floor has its messages");
    serde_json::to_string(&newest).unwrap_or_default()
}
