//! The live socket from outside: who hears what, and what a client that comes back is given.

use model::event::Event;
use model::live::{ClientFrame, GoodbyeReason, ServerFrame, Signal};
use serde_json::json;
use testkit::{Client, Live, Server, Storage};

async fn sign_in(server: &Server, name: &str) -> Client {
    let email = format!("{name}@acmerobotics.example");
    Client::sign_in(&server.url(), &email).await.expect("the demo's people can sign in")
}

/// The next event; signals in between are passed over.
async fn event(live: &mut Live) -> (String, Event) {
    loop {
        match live.hear().await.expect("the socket is open") {
            ServerFrame::Event { cursor, event, .. } => return (cursor, event),
            ServerFrame::Signal { .. } | ServerFrame::Pong => {}
            other => panic!("expected an event, heard {other:?}"),
        }
    }
}

async fn started(client: &Client) -> (Live, String, model::live::Snapshot) {
    let mut live = client.live(None).await.expect("a socket");
    match live.hear().await {
        Some(ServerFrame::Start { cursor, snapshot }) => (live, cursor, *snapshot),
        other => panic!("expected a snapshot, heard {other:?}"),
    }
}

async fn direct(one: &Client, other: &Client) -> model::ConversationId {
    let id = other.call("GET", "/api/me", None).await.expect("signed in")["account"]["id"].clone();
    let made = one.call("POST", "/api/conversations/direct", Some(json!({ "person_id": id }))).await.expect("made");
    made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

#[tokio::test]
async fn a_message_reaches_the_other_and_nobody_else() {
    let server = Server::demo(Storage::Sqlite).await;
    let (nora, tomas, sofia) = (
        sign_in(&server, "nora.lindqvist").await,
        sign_in(&server, "tomas.herrera").await,
        sign_in(&server, "sofia.lindgren").await,
    );
    let conversation = direct(&nora, &tomas).await;
    let (mut hears, ..) = started(&tomas).await;
    let (mut stranger, ..) = started(&sofia).await;
    let kept = nora.post(conversation, "one", "hello").await.expect("kept");
    match event(&mut hears).await.1 {
        Event::MessagePosted { message } => assert_eq!(*message, kept),
        other => panic!("{other:?}"),
    }
    let status = json!({ "show": "away", "message": null, "clears_at": null });
    nora.call("PUT", "/api/me/status", Some(status)).await.expect("changed");
    // The first thing a stranger hears of all this is what everybody hears.
    assert!(matches!(event(&mut stranger).await.1, Event::PersonChanged { .. }));
}

#[tokio::test]
async fn whoever_comes_back_gets_what_was_missed_once() {
    let server = Server::demo(Storage::Sqlite).await;
    let (nora, tomas) = (sign_in(&server, "nora.lindqvist").await, sign_in(&server, "tomas.herrera").await);
    let conversation = direct(&nora, &tomas).await;
    let (live, cursor, _) = started(&tomas).await;
    drop(live);
    for number in 0..3 {
        nora.post(conversation, &format!("m{number}"), "missed").await.expect("kept");
    }
    let mut again = tomas.live(Some(cursor)).await.expect("a socket");
    assert_eq!(again.hear().await, Some(ServerFrame::Resumed { missed: 3 }));
    let mut last = String::new();
    for number in 0..3 {
        let (cursor, event) = event(&mut again).await;
        last = cursor;
        assert!(matches!(event, Event::MessagePosted { message } if message.client_id == format!("m{number}")));
    }
    let mut caught_up = tomas.live(Some(last)).await.expect("a socket");
    assert_eq!(caught_up.hear().await, Some(ServerFrame::Resumed { missed: 0 }));
}

#[tokio::test]
async fn a_snapshot_comes_in_pieces_and_is_whole() {
    let server = Server::demo(Storage::Sqlite).await;
    let nora = sign_in(&server, "nora.lindqvist").await;
    let (_live, _, snapshot) = started(&nora).await;
    let listed = nora.call("GET", "/api/conversations", None).await.expect("listed");
    let ids = |list: &[serde_json::Value]| {
        let mut ids: Vec<_> = list.iter().map(|one| one["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let listed = ids(listed["conversations"].as_array().expect("a list"));
    let whole = serde_json::to_value(&snapshot.conversations).expect("JSON");
    assert_eq!(ids(whole.as_array().expect("a list")), listed);
    assert!(listed.len() > 2 && snapshot.people.len() > 8, "the demo is larger than a piece");
}

#[tokio::test]
async fn foreign_and_broken_cursors_start_anew() {
    let server = Server::demo(Storage::Sqlite).await;
    let (nora, tomas) = (sign_in(&server, "nora.lindqvist").await, sign_in(&server, "tomas.herrera").await);
    let (_live, cursor, _) = started(&tomas).await;
    for token in [cursor, "nonsense".to_owned(), String::new()] {
        let mut live = nora.live(Some(token)).await.expect("a socket");
        assert!(matches!(live.hear().await, Some(ServerFrame::Start { .. })));
    }
}

#[tokio::test]
async fn a_new_group_comes_as_a_whole_and_a_left_one_goes() {
    let server = Server::demo(Storage::Sqlite).await;
    let (nora, tomas) = (sign_in(&server, "nora.lindqvist").await, sign_in(&server, "tomas.herrera").await);
    let (mut live, ..) = started(&tomas).await;
    let id = tomas.call("GET", "/api/me", None).await.expect("signed in")["account"]["id"].clone();
    let body = json!({ "client_id": "g", "title": "Fair", "description": null, "people": [id] });
    let made = nora.call("POST", "/api/conversations", Some(body)).await.expect("made");
    match event(&mut live).await.1 {
        Event::ConversationJoined { conversation } => assert_eq!(conversation.title.as_deref(), Some("Fair")),
        other => panic!("{other:?}"),
    }
    let path = format!("/api/conversations/{}", made["id"].as_str().expect("an id"));
    tomas.call("POST", &format!("{path}/leave"), Some(json!({}))).await.expect("left");
    let conversation = made["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    nora.post(conversation, "after", "are you there?").await.expect("kept");
    tomas.call("POST", &format!("{path}/return"), Some(json!({}))).await.expect("returned");
    let mut kinds = Vec::new();
    loop {
        match event(&mut live).await.1 {
            Event::ConversationJoined { .. } => break,
            Event::MessagePosted { message } => kinds.push(message.client_id.clone()),
            Event::ConversationLeft { .. } => kinds.push("left".to_owned()),
            _ => {}
        }
    }
    assert_eq!(kinds.last().map(String::as_str), Some("left"), "nothing is heard between leaving and coming back");
}

#[tokio::test]
async fn typing_is_a_signal_to_the_others() {
    let server = Server::demo(Storage::Sqlite).await;
    let (nora, tomas) = (sign_in(&server, "nora.lindqvist").await, sign_in(&server, "tomas.herrera").await);
    let conversation_id = direct(&nora, &tomas).await;
    let ((mut types, ..), (mut sees, ..)) = (started(&nora).await, started(&tomas).await);
    types.say(&ClientFrame::Typing { conversation_id }).await.expect("said");
    let heard = sees.hear().await;
    assert!(matches!(heard, Some(ServerFrame::Signal { signal: Signal::Typing { .. } })), "{heard:?}");
}

#[tokio::test]
async fn an_ended_session_is_told_so() {
    let server = Server::demo(Storage::Sqlite).await;
    let nora = sign_in(&server, "nora.lindqvist").await;
    let (mut live, ..) = started(&nora).await;
    nora.call("POST", "/api/me/sessions/revoke-all", Some(json!({}))).await.expect("ended");
    assert_eq!(live.hear().await, Some(ServerFrame::Goodbye { reason: GoodbyeReason::SessionEnded }));
    assert!(nora.live(None).await.is_err());
}

#[tokio::test]
async fn whoever_speaks_another_version_is_asked_to_reload() {
    let server = Server::demo(Storage::Sqlite).await;
    let nora = sign_in(&server, "nora.lindqvist").await;
    let mut live = nora.live_with(&ClientFrame::Hello { protocol: 999, cursor: None }).await.expect("a socket");
    assert_eq!(live.hear().await, Some(ServerFrame::Goodbye { reason: GoodbyeReason::Outdated }));
    let mut live = nora.live_with(&ClientFrame::Ping).await.expect("a socket");
    assert_eq!(live.hear().await, Some(ServerFrame::Goodbye { reason: GoodbyeReason::BadFrame }));
}
