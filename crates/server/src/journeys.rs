//! Journeys: what a client had, what it was told, and what a client that starts afterwards is given.
//!
//! Each is recorded once per witness into `web/packages/client/journeys`, where a test of the web client replays it:
//! whoever applies the frames must arrive at what the server says anew. Both engines must tell the same, to the byte;
//! clock and randomness are the test's. `cargo xtask journeys` writes the files, otherwise they are compared.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use model::access::{Plan, Role};
use model::live::ServerFrame;
use model::presence::Show;
use model::{AccountId, OrganizationId, SessionId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::testing::TestDb;
use tokio::sync::mpsc;

use crate::accounts::prepare;
use crate::live::hub::{Key, Listener, Outgoing};
use crate::live::resume::{self, Beginning};
use crate::test_server::{Browser, TestServer};

/// Set to write what is otherwise compared.
const RECORD: &str = "WAGGLE_RECORD";
const FOLDER: &str = "../../web/packages/client/journeys";

/// A firm of three: Wanda owns it, Viktor and Yara work there. Wanda and Viktor are in a group and talk directly.
struct House {
    server: TestServer,
    wanda: Person,
    viktor: Person,
    yara: Person,
    /// Path of the group of Wanda and Viktor, which begins with a message of each.
    group: String,
    /// Path of what Wanda and Viktor say to each other alone.
    direct: String,
}

struct Person {
    name: &'static str,
    browser: Browser,
    id: String,
    listener: Listener,
}

impl House {
    async fn open(db: &TestDb) -> Self {
        let server = TestServer::empty(db, &[]).await;
        let owner = mail("wanda");
        let made = prepare::create_organization(&server.cx, "Hives", "hives.example", "Wanda Weber", &owner);
        made.await.expect("an organization");
        for (name, first) in [("Viktor Vogel", "viktor"), ("Yara Yilmaz", "yara")] {
            employ(&server, name, first).await;
        }
        let (wanda, viktor) = (Person::sign_in(&server, "wanda").await, Person::sign_in(&server, "viktor").await);
        let yara = Person::sign_in(&server, "yara").await;
        let body = json!({ "client_id": "group", "title": "Fair", "description": null, "people": [viktor.id] });
        let group = path(&wanda.browser.post("/api/conversations", body).await);
        let direct = path(&wanda.browser.post("/api/conversations/direct", json!({ "person_id": viktor.id })).await);
        let house = Self { server, wanda, viktor, yara, group, direct };
        house.say(&house.wanda, &house.group, "Who **comes** to the fair?").await;
        house.say(&house.viktor, &house.group, "I do.").await;
        house.say(&house.wanda, &house.direct, "Good morning, Viktor!").await;
        house
    }

    /// Says something and gives the message's path.
    async fn say(&self, who: &Person, conversation: &str, body: &str) -> String {
        self.answer(who, conversation, body, Value::Null).await
    }

    async fn answer(&self, who: &Person, conversation: &str, body: &str, quote: Value) -> String {
        self.server.pass(Duration::from_secs(1));
        let client_id = format!("{}-{}", who.name, self.server.cx.now().millis());
        let body = json!({ "client_id": client_id, "body": body, "quote_id": quote, "file_ids": [] });
        let message = who.browser.post(&format!("{conversation}/messages"), body).await;
        format!("/api/messages/{}", message["id"].as_str().expect("an id"))
    }

    /// Records what Wanda and Viktor are told while something happens, and compares it with what was recorded before.
    async fn journey(&self, name: &str, act: impl AsyncFnOnce(&Self)) {
        let witnesses = [&self.wanda, &self.viktor];
        let (mut ears, mut seen) = (Vec::new(), Vec::new());
        for (witness, other) in witnesses.into_iter().zip([&self.viktor, &self.wanda]) {
            let (key, ear) = self.listens(witness).await;
            self.server.cx.hub.watch(key, vec![other.listener.account_id, self.yara.listener.account_id]);
            ears.push(ear);
        }
        for (witness, ear) in witnesses.into_iter().zip(&mut ears) {
            seen.push(self.looks(witness).await);
            heard(ear);
        }
        self.server.pass(Duration::from_secs(1));
        act(self).await;
        let mut views = Vec::new();
        for ((witness, mut ear), before) in witnesses.into_iter().zip(ears).zip(seen) {
            let frames = heard(&mut ear);
            let after = self.looks(witness).await;
            assert!(!frames.is_empty() || before == after, "{}: {name} changed without a word", witness.name);
            views.push(json!({ "who": witness.name, "before": before, "frames": frames, "after": after }));
        }
        for ear in views.iter().map(|view| &view["frames"]) {
            for frame in ear.as_array().into_iter().flatten() {
                let mut whole = frame.clone();
                whole["position"] = json!(1);
                whole["prev"] = json!(0);
                whole["cursor"] = json!("");
                serde_json::from_value::<ServerFrame>(whole).expect("a frame of the socket");
            }
        }
        keep(name, &json!({ "journey": name, "views": views }));
    }

    /// Lets a client listen, as a socket does.
    async fn listens(&self, who: &Person) -> (Key, mpsc::Receiver<Outgoing>) {
        let cx = &self.server.cx;
        let (key, receiver) = cx.hub.attach(who.listener);
        cx.hub.appear(who.listener.account_id, who.listener.show, None);
        let begun = resume::begin(cx, who.listener, None).await.expect("the person may listen");
        cx.hub.settle(key, begun.cursor, begun.conversations);
        (key, receiver)
    }

    /// What a client that starts now is given, with the newest messages of every conversation; null for whoever may not.
    async fn looks(&self, who: &Person) -> Value {
        let Ok(begun) = resume::begin(&self.server.cx, who.listener, None).await else { return Value::Null };
        let Beginning::Start(snapshot) = begun.beginning else { panic!("a client without a cursor starts") };
        let snapshot = serde_json::to_value(snapshot).expect("a snapshot");
        let mut pages = json!({});
        for conversation in snapshot["conversations"].as_array().expect("a list") {
            let id = conversation["id"].as_str().expect("an id");
            pages[id] = who.browser.get(&format!("/api/conversations/{id}/messages?limit=50")).await;
        }
        json!({ "snapshot": snapshot, "pages": pages })
    }
}

impl Person {
    async fn sign_in(server: &TestServer, name: &'static str) -> Self {
        let browser = server.sign_in_as(&mail(name)).await;
        let me = browser.get("/api/me").await;
        let sessions = browser.get("/api/me/sessions").await;
        let session = sessions["sessions"].as_array().and_then(|list| list.iter().find(|one| one["current"] == true));
        let listener = Listener {
            account_id: id::<AccountId>(&me["account"]["id"]),
            session_id: id::<SessionId>(&session.expect("the session")["id"]),
            organization_id: id::<OrganizationId>(&me["organization"]["id"]),
            show: Show::Available,
        };
        let id = me["account"]["id"].as_str().expect("an id").to_owned();
        Self { name, browser, id, listener }
    }
}

/// The frames since the last time, as the socket sends them, without what differs from connection to connection.
fn heard(ear: &mut mpsc::Receiver<Outgoing>) -> Vec<Value> {
    let mut frames = Vec::new();
    while let Ok(outgoing) = ear.try_recv() {
        frames.push(match outgoing {
            Outgoing::Event(committed) => {
                let event: Value = serde_json::from_slice(&committed.json).expect("JSON");
                json!({ "type": "event", "event": event })
            }
            Outgoing::Signal(signal) => json!({ "type": "signal", "signal": signal }),
            Outgoing::Goodbye(reason) => json!({ "type": "goodbye", "reason": reason }),
        });
    }
    frames
}

fn id<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("an id")
}

fn id_of(path: &str) -> Value {
    json!(path.rsplit('/').next())
}

fn path(conversation: &Value) -> String {
    format!("/api/conversations/{}", conversation["id"].as_str().expect("an id"))
}

fn mail(first: &str) -> String {
    format!("{first}@hives.example")
}

async fn employ(server: &TestServer, name: &str, first: &str) {
    let made = prepare::create_user(&server.cx, "hives.example", name, &mail(first), Role::Member, Plan::Premium).await;
    made.expect("a member");
}

fn keep(name: &str, journey: &Value) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(format!("{}.json", name.replace(' ', "-")));
    let mut text = String::new();
    write(&mut text, journey, 0);
    text.push('\n');
    let text = numbered(&text);
    if std::env::var_os(RECORD).is_some() {
        std::fs::write(&file, text).expect("the journey is written");
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == text, "{} is not what happens now; look at what `cargo xtask journeys` changes", file.display());
}

/// The same with ids that are numbered in the order of their appearance: whoever takes randomness before changes nothing.
fn numbered(text: &str) -> String {
    const DIGITS: usize = 26;
    let mut known: HashMap<&str, String> = HashMap::new();
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('_') {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        rest = after;
        let digits = after.bytes().take_while(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')).count();
        if digits == DIGITS {
            let (id, behind) = after.split_at(DIGITS);
            let next = AccountId::from_uuid(uuid::Uuid::from_u128(known.len() as u128 + 1)).to_string();
            let number =
                known.entry(id).or_insert_with(|| next.split_once('_').map_or(next.clone(), |(_, n)| n.to_owned()));
            out.push_str(number);
            rest = behind;
        }
    }
    out + rest
}

/// JSON in which whatever fits stands on one line, so that files are short and a difference is easily seen.
fn write(text: &mut String, value: &Value, depth: usize) {
    let line = value.to_string();
    if line.len() + 2 * depth <= 118 || !(value.is_array() || value.is_object()) {
        text.push_str(&line);
        return;
    }
    let indent = |text: &mut String, depth: usize| text.extend(["\n", &"  ".repeat(depth)]);
    match value {
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                indent(text, depth + 1);
                write(text, item, depth + 1);
            }
            indent(text, depth);
            text.push(']');
        }
        Value::Object(entries) => {
            text.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                indent(text, depth + 1);
                text.push_str(&format!("{}: ", json!(key)));
                write(text, item, depth + 1);
            }
            indent(text, depth);
            text.push('}');
        }
        _ => {}
    }
}

/// `name: "what happens" |house| { … }` makes a test on both engines.
macro_rules! journeys {
    ($($test:ident $name:literal |$house:ident| $body:block)+) => {
        store::both! { $(
            async fn $test(db: TestDb) {
                House::open(&db).await.journey($name, async |$house: &House| $body).await;
            }
        )+ }
    };
}

journeys! {
    message_posted "message posted" |house| {
        house.say(&house.viktor, &house.group, "See you *there*, @Wanda Weber").await;
        house.say(&house.wanda, &house.direct, "Shall we?").await;
    }

    message_mentions "message that mentions" |house| {
        house.say(&house.viktor, &house.group, &format!("<@{}> look", house.wanda.id)).await;
    }

    message_edited "message edited" |house| {
        let message = house.say(&house.viktor, &house.group, "frist").await;
        house.answer(&house.wanda, &house.group, "What?", id_of(&message)).await;
        house.server.pass(Duration::from_secs(30));
        house.viktor.browser.call("PATCH", &message, Some(json!({ "body": "first" }))).await;
    }

    message_deleted "message deleted" |house| {
        let message = house.say(&house.viktor, &house.group, "a secret").await;
        house.answer(&house.wanda, &house.group, "Oh!", id_of(&message)).await;
        let last = house.say(&house.viktor, &house.group, "Forget it").await;
        house.viktor.browser.call("DELETE", &message, None).await;
        house.viktor.browser.call("DELETE", &last, None).await;
    }

    message_restored "message restored" |house| {
        let message = house.say(&house.viktor, &house.group, "a secret").await;
        let thumb = format!("{message}/reactions/%F0%9F%91%8D");
        house.wanda.browser.call("PUT", &thumb, None).await;
        house.viktor.browser.call("PUT", &format!("{message}/pin"), None).await;
        house.viktor.browser.call("DELETE", &message, None).await;
        house.server.pass(Duration::from_secs(5));
        house.viktor.browser.post(&format!("{message}/restore"), json!({})).await;
    }

    message_forwarded "message forwarded" |house| {
        let message = house.say(&house.viktor, &house.group, "Hall 7").await;
        let body = json!({ "client_id": "f", "conversation_ids": [id_of(&house.direct)] });
        house.wanda.browser.post(&format!("{message}/forward"), body).await;
    }

    reactions "reactions" |house| {
        let message = house.say(&house.viktor, &house.group, "lunch?").await;
        let thumb = format!("{message}/reactions/%F0%9F%91%8D");
        let heart = format!("{message}/reactions/%E2%9D%A4%EF%B8%8F");
        for (person, path) in [(&house.wanda, &thumb), (&house.viktor, &thumb), (&house.viktor, &heart)] {
            house.server.pass(Duration::from_secs(1));
            person.browser.call("PUT", path, None).await;
        }
        house.wanda.browser.call("DELETE", &thumb, None).await;
        house.viktor.browser.call("DELETE", &heart, None).await;
    }

    pins "pins" |house| {
        let plan = house.say(&house.viktor, &house.group, "the plan").await;
        let other = house.say(&house.viktor, &house.group, "another plan").await;
        house.wanda.browser.call("PUT", &format!("{plan}/pin"), None).await;
        house.viktor.browser.call("PUT", &format!("{other}/pin"), None).await;
        house.viktor.browser.call("DELETE", &format!("{plan}/pin"), None).await;
    }

    reading "reading" |house| {
        house.say(&house.viktor, &house.group, "one").await;
        house.say(&house.viktor, &house.group, &format!("two, <@{}>", house.wanda.id)).await;
        house.say(&house.viktor, &house.direct, "three").await;
        let seen = house.wanda.browser.get(&house.group).await["position"].as_i64().expect("a position");
        let read = |position: i64| Some(json!({ "position": position }));
        house.wanda.browser.call("PUT", &format!("{}/read", house.group), read(seen - 1)).await;
        house.wanda.browser.call("PUT", &format!("{}/read", house.direct), read(1_000)).await;
    }

    group_created "group created" |house| {
        let people = [&house.viktor.id, &house.yara.id];
        let body = json!({ "client_id": "new", "title": "Honey", "description": "Sweet", "people": people });
        let made = path(&house.wanda.browser.post("/api/conversations", body).await);
        house.say(&house.yara, &made, "Hello!").await;
    }

    direct_begins "direct conversation begins" |house| {
        let body = json!({ "person_id": house.viktor.id });
        let made = path(&house.yara.browser.post("/api/conversations/direct", body).await);
        house.say(&house.yara, &made, "Psst").await;
    }

    conversation_changed "conversation changed" |house| {
        let body = json!({ "title": "Fair in May", "description": "Hall 7" });
        house.viktor.browser.call("PATCH", &house.group, Some(body)).await;
        house.server.pass(Duration::from_secs(1));
        house.wanda.browser.call("PATCH", &house.group, Some(json!({ "description": "" }))).await;
    }

    somebody_joins "somebody joins" |house| {
        let body = json!({ "person_ids": [house.yara.id] });
        house.wanda.browser.post(&format!("{}/participants", house.group), body).await;
        house.say(&house.yara, &house.group, "Thanks for adding me.").await;
    }

    somebody_leaves "somebody leaves" |house| {
        house.viktor.browser.post(&format!("{}/leave", house.group), json!({})).await;
        house.say(&house.wanda, &house.group, "He will be back.").await;
    }

    leaving_undone "leaving undone" |house| {
        house.viktor.browser.post(&format!("{}/leave", house.group), json!({})).await;
        house.say(&house.wanda, &house.group, "Come back!").await;
        house.viktor.browser.post(&format!("{}/return", house.group), json!({})).await;
        house.say(&house.viktor, &house.group, "Here I am.").await;
    }

    hidden "conversation hidden" |house| {
        let seat = format!("{}/seat", house.direct);
        house.viktor.browser.call("PATCH", &seat, Some(json!({ "hidden": true }))).await;
    }

    hidden_and_back "hidden conversation comes back" |house| {
        let seat = format!("{}/seat", house.direct);
        house.viktor.browser.call("PATCH", &seat, Some(json!({ "hidden": true }))).await;
        house.wanda.browser.call("PATCH", &seat, Some(json!({ "hidden": true }))).await;
        house.say(&house.wanda, &house.direct, "Are you there?").await;
    }

    pinned_and_muted "conversation pinned and muted" |house| {
        for conversation in [&house.direct, &house.group] {
            house.server.pass(Duration::from_secs(1));
            let seat = format!("{conversation}/seat");
            house.viktor.browser.call("PATCH", &seat, Some(json!({ "pinned": true, "muted": true }))).await;
        }
        let seat = format!("{}/seat", house.direct);
        house.viktor.browser.call("PATCH", &seat, Some(json!({ "pinned": false }))).await;
    }

    draft "draft" |house| {
        let draft = |conversation: &str| format!("{conversation}/draft");
        house.wanda.browser.call("PUT", &draft(&house.group), Some(json!({ "body": "I would" }))).await;
        house.wanda.browser.call("PUT", &draft(&house.direct), Some(json!({ "body": "Would you" }))).await;
        house.say(&house.wanda, &house.direct, "Would you?").await;
    }

    status_set "status set" |house| {
        let at = house.server.cx.now() + Duration::from_secs(3_600);
        let body = json!({ "show": "dnd", "message": "At the dentist", "clears_at": at });
        house.viktor.browser.call("PUT", "/api/me/status", Some(body)).await;
    }

    status_expires "status expires" |house| {
        let at = house.server.cx.now() + Duration::from_secs(60);
        let body = json!({ "show": "away", "message": "Coffee", "clears_at": at });
        house.viktor.browser.call("PUT", "/api/me/status", Some(body)).await;
        house.server.pass(Duration::from_secs(61));
        house.server.work().await;
    }

    profile_changed "profile changed" |house| {
        house.say(&house.viktor, &house.group, "Under a new name soon").await;
        let body = json!({ "name": "Viktor Falke", "title": "Beekeeper", "language": "de", "theme": "dark" });
        house.viktor.browser.call("PATCH", "/api/me", Some(body)).await;
    }

    member_signs_in "member signs in for the first time" |house| {
        employ(&house.server, "Zoe Zimmer", "zoe").await;
        house.server.sign_in_as(&mail("zoe")).await;
    }

    member_invited "member invited" |house| {
        let body = json!({ "emails": [mail("zoe")], "role": "member", "plan": "premium", "language": null });
        house.wanda.browser.post("/api/invitations", body).await;
        house.server.sign_in_as(&mail("zoe")).await;
    }

    member_promoted "member promoted" |house| {
        let body = json!({ "role": "admin" });
        house.wanda.browser.call("PATCH", &format!("/api/members/{}", house.viktor.id), Some(body)).await;
    }

    member_suspended "member suspended" |house| {
        let body = json!({ "state": "suspended" });
        house.wanda.browser.call("PATCH", &format!("/api/members/{}", house.yara.id), Some(body)).await;
    }

    member_back "suspended member is back" |house| {
        let path = format!("/api/members/{}", house.yara.id);
        house.wanda.browser.call("PATCH", &path, Some(json!({ "state": "suspended" }))).await;
        house.wanda.browser.call("PATCH", &path, Some(json!({ "state": "active" }))).await;
    }

    suspended_while_listening "suspended while listening" |house| {
        let body = json!({ "state": "suspended" });
        house.wanda.browser.call("PATCH", &format!("/api/members/{}", house.viktor.id), Some(body)).await;
    }

    typing "typing" |house| {
        let (conversation_id, person_id) = (id(&id_of(&house.group)), house.viktor.listener.account_id);
        let signal = model::live::Signal::Typing { conversation_id, person_id };
        house.server.cx.hub.signal(conversation_id, &signal, person_id);
    }
}
