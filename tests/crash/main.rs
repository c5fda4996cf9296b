//! Acknowledged means kept: 20 clients send while the server is killed again and again.
//!
//! Every client repeats a send under the same client id until it is acknowledged, as the web client does, and follows
//! the conversation over the live socket, resuming with its cursor. At the end every acknowledged message is there
//! exactly once, and every client has heard all of them in order, without a gap and without a repetition.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use model::{ConversationId, MessageId};
use serde_json::json;
use testkit::{Client, Failed, Replica, Server, Storage, eventually};
use tokio::sync::Mutex;

const CLIENTS: usize = 20;
/// Deaths of the server; `WAGGLE_TEST_CRASHES` sets another number.
const CRASHES: usize = 50;

const PEOPLE: [&str; 5] = ["nora.lindqvist", "tomas.herrera", "chloe.martin", "amara.okafor", "kenji.mori"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    survive(Storage::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgres() {
    match testkit::PostgresDatabase::make().await {
        Some(database) => {
            survive(Storage::Postgres(database.url())).await;
            database.remove().await;
        }
        None => eprintln!("skipped: WAGGLE_TEST_POSTGRES is not set, so nothing was tried on PostgreSQL"),
    }
}

async fn survive(storage: Storage) {
    let mut server = Server::demo(storage).await;
    let mut people = Vec::new();
    for name in PEOPLE {
        let email = format!("{name}@acmerobotics.example");
        people.push(Client::sign_in(&server.url(), &email).await.expect("the demo's people can sign in"));
    }
    let room = room(&people).await;
    let stop = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(AtomicU64::new(0));
    let mut listeners = Vec::new();
    for number in 0..CLIENTS {
        let replica = Arc::new(Mutex::new(Replica::default()));
        let listening = tokio::spawn(listen(people[number % people.len()].clone(), room, replica.clone()));
        listeners.push((replica, listening));
    }
    for (replica, _) in &listeners {
        eventually(async || {
            replica.lock().await.cursor.clone().ok_or_else(|| "a client has no snapshot yet".to_owned())
        })
        .await;
    }
    let senders: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let client = people[number % people.len()].clone();
            tokio::spawn(send(client, room, number, stop.clone(), acknowledged.clone()))
        })
        .collect();

    let crashes = std::env::var("WAGGLE_TEST_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(CRASHES);
    for crash in 0..crashes {
        // The moment of death is so many acknowledgements away: more than none, so that every life did something.
        let lives_until = acknowledged.load(Ordering::Relaxed) + 1 + (crash as u64 * 37) % 60;
        eventually(async || {
            let reached = acknowledged.load(Ordering::Relaxed);
            if reached >= lives_until {
                Ok(())
            } else {
                Err(format!("{reached} of {lives_until} sends were acknowledged"))
            }
        })
        .await;
        server.restart().await;
    }
    stop.store(true, Ordering::Relaxed);

    let mut kept = Vec::new();
    for sender in senders {
        kept.extend(sender.await.expect("a sender does not fail"));
    }
    let history = people[0].history(room).await.expect("the server is up");
    let order: Vec<MessageId> = history.iter().map(|message| message.id).collect();
    let distinct: HashSet<MessageId> = order.iter().copied().collect();
    assert_eq!(distinct.len(), order.len(), "a message is there twice");
    assert!(kept.iter().all(|id| distinct.contains(id)), "an acknowledged message is not there");
    let positions: Vec<i64> = history.iter().map(|message| message.position).collect();
    assert_eq!(positions, (1..=order.len() as i64).collect::<Vec<_>>(), "positions have gaps");
    let clients: HashSet<&str> = history.iter().map(|message| message.client_id.as_str()).collect();
    assert_eq!(clients.len(), order.len(), "a send was kept twice");

    for (replica, listening) in listeners {
        eventually(async || {
            let replica = replica.lock().await;
            let heard = replica.position;
            let newest = order.len() as i64;
            if heard == newest { Ok(()) } else { Err(format!("a client has heard {heard} of {newest} messages")) }
        })
        .await;
        listening.abort();
        let heard = replica.lock().await.heard.clone();
        // The first message says that the group was made, and was there before anybody listened.
        assert_eq!(heard, order[1..], "a client heard messages in another order, twice, or not all");
    }
    assert!(kept.len() > crashes, "only {} messages were kept in {crashes} lives", kept.len());
}

/// A group of everybody.
async fn room(people: &[Client]) -> ConversationId {
    let mut ids = Vec::new();
    for person in people {
        let me = person.call("GET", "/api/me", None).await.expect("signed in");
        ids.push(me["account"]["id"].clone());
    }
    let body = json!({ "client_id": "room", "title": "Crash", "description": null, "people": ids });
    let made = people[0].call("POST", "/api/conversations", Some(body)).await.expect("a group");
    made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

/// Sends one message after the other, each until it is acknowledged, and returns what was kept.
async fn send(
    client: Client,
    room: ConversationId,
    number: usize,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
) -> Vec<MessageId> {
    let mut kept = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let client_id = format!("c{number}-{}", kept.len());
        let body = format!("message {} of client {number}", kept.len());
        loop {
            match client.post(room, &client_id, &body).await {
                Ok(message) => {
                    kept.push(message.id);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                // No server, or one that is going: again, a moment later, under the same id.
                Err(Failed::Unanswered(_) | Failed::Answered(500.., _)) => {
                    tokio::time::sleep(Duration::from_millis(10)).await
                }
                Err(refused) => panic!("a send was refused: {refused:?}"),
            }
        }
    }
    kept
}

/// Follows the conversation, coming back with the cursor whenever the socket is gone.
async fn listen(client: Client, room: ConversationId, replica: Arc<Mutex<Replica>>) {
    loop {
        let cursor = replica.lock().await.cursor.clone();
        let Ok(mut live) = client.live(cursor).await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        replica.lock().await.connected();
        while let Some(frame) = live.hear().await {
            replica.lock().await.apply(room, frame).unwrap_or_else(|wrong| panic!("{wrong}"));
        }
    }
}
