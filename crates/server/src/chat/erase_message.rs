//! What was taken back is erased once it cannot be brought back any more (architecture.md section 4).
//!
//! One transaction for a message: its text and every earlier one, what people did with it, its words in the search
//! index, and whatever events repeat of it, its own and those of answers that quote it. Its files go with it; content
//! that a forwarded copy shares stays for as long as that copy. The place among the messages, who said something there
//! and when it was taken back stay, so that nothing is numbered anew.

use std::time::Duration;

use ::store::{Tx, events};
use model::event::Event;
use model::{MessageId, Time};
use uuid::Uuid;

use super::store::{self, ErasedRow};
use crate::answer::Fault;
use crate::app::Cx;
use crate::files::store as files;
use crate::{previews, search};

/// How long a deletion can be undone; the toast that offers it is there for 8 s.
pub(super) const UNDO_WITHIN: Duration = Duration::from_secs(10 * 60);
/// Messages of one turn, each in a transaction of its own.
const AT_ONCE: i64 = 100;
/// Events and answers that are read at once.
const PAGE: i64 = 100;

/// Erases what was taken back too long ago to be brought back, up to 100 messages; called every second.
///
/// # Errors
/// What the database says; the rest is done the next time.
pub async fn erase_due(cx: &Cx) -> Result<(), Fault> {
    let now = cx.now();
    let before = now - UNDO_WITHIN;
    let due = cx.db.read(async move |tx| store::to_erase(tx, before, AT_ONCE).await).await.map_err(Fault::from)?;
    for id in due {
        cx.db.write(async move |tx| erase(tx, id, before, now).await).await?;
    }
    Ok(())
}

async fn erase(tx: &mut Tx<'_>, id: MessageId, before: Time, now: Time) -> Result<(), Fault> {
    // From here on nobody brings it back: that waits for this transaction, and then finds it erased.
    let Some(row) = store::erase_message(tx, id, before, now).await? else { return Ok(()) };
    store::delete_edits(tx, id).await?;
    store::delete_reactions(tx, id).await?;
    store::delete_mentions(tx, row.conversation_id, row.position).await?;
    for blob in files::delete_of_message(tx, id).await? {
        files::insert_removal(tx, blob, now).await?;
    }
    previews::forget(tx, id, now).await?;
    search::indexer::forget(tx, id).await?;
    rewrite_events(tx, id, id, &row).await?;
    let mut after = MessageId::from_uuid(Uuid::nil());
    loop {
        let answers = store::quoting(tx, id, after, PAGE).await?;
        let Some(last) = answers.last() else { return Ok(()) };
        after = *last;
        for answer in answers {
            rewrite_events(tx, answer, id, &row).await?;
        }
    }
}

/// Takes what a message said out of the events of a subject: the message itself, or an answer to it.
async fn rewrite_events(tx: &mut Tx<'_>, subject: MessageId, id: MessageId, row: &ErasedRow) -> Result<(), Fault> {
    let mut after = (Uuid::nil(), 0);
    loop {
        let page = events::of_subject(tx, subject.uuid(), after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.stream_id, last.position);
        for written in page {
            let unreadable = |error: serde_json::Error| Fault::Other(format!("An event cannot be read: {error}."));
            let mut event: Event = serde_json::from_str(&written.body).map_err(unreadable)?;
            if event.erase_message(id, row.deleted_at) {
                let body = serde_json::to_string(&event).map_err(unreadable)?;
                events::rewrite(tx, written.stream_id, written.position, &body).await?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::Code;
    use serde_json::{Value, json};

    use super::*;
    use crate::test_server::{Browser, TestServer, read, served};

    const MARKER: &str = "quartzmarker";

    /// Every column of the database, and every file, in which the marker stands.
    async fn found(server: &TestServer) -> Vec<String> {
        let mut found = ::store::testing::places(&server.cx().db, MARKER).await.expect("a database");
        files_with(&server.cx().config.data.join("files"), &mut found);
        found
    }

    fn files_with(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                files_with(&path, found);
            } else if std::fs::read(&path).expect("a file").windows(MARKER.len()).any(|part| part == MARKER.as_bytes())
            {
                found.push(path.display().to_string());
            }
        }
    }

    async fn id_of(browser: &Browser) -> Value {
        browser.get("/api/me").await["account"]["id"].clone()
    }

    async fn say(browser: &Browser, path: &str, client_id: &str, body: &str, quote: Value, files: Value) -> Value {
        let body = json!({ "client_id": client_id, "body": body, "quote_id": quote, "file_ids": files });
        browser.post(&format!("{path}/messages"), body).await
    }

    async fn upload(browser: &Browser, conversation: &Value, name: &str, content: &str) -> Value {
        let body = json!({ "conversation_id": conversation, "client_id": name.replace('.', "-"), "name": name,
            "size_bytes": content.len(), "media_type": "text/plain" });
        let file = browser.post("/api/files", body).await["file"].clone();
        let path = format!("/api/files/{}?offset=0", file["id"].as_str().expect("an id"));
        let sent = browser.request_with_bytes("PATCH", &path, content.as_bytes().to_vec()).await;
        assert!(sent.status().is_success(), "{:?}", read(sent).await);
        file
    }

    served! {
        async fn nothing_of_an_erased_message_is_left(server: TestServer) {
            let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
            let direct = nora.post("/api/conversations/direct", json!({ "person_id": id_of(&tomas).await })).await["id"].clone();
            let path = format!("/api/conversations/{}", direct.as_str().expect("an id"));
            let file = upload(&nora, &direct, &format!("{MARKER}.txt"), &format!("about {MARKER}")).await;
            let first = say(&nora, &path, "a", &format!("the {MARKER} is here"), Value::Null, json!([file["id"]])).await;
            let message = format!("/api/messages/{}", first["id"].as_str().expect("an id"));
            let mention = format!("<@{}> {MARKER}!", id_of(&tomas).await.as_str().expect("an id"));
            nora.call("PATCH", &message, Some(json!({ "body": mention }))).await;
            say(&tomas, &path, "b", "which one?", first["id"].clone(), json!([])).await;
            tomas.call("PUT", &format!("{message}/reactions/%F0%9F%91%8D"), None).await;
            // Whoever joins a group is told its newest message.
            let group = nora.post("/api/conversations", json!({ "client_id": "g", "title": "Fair", "description": null,
                "people": [id_of(&tomas).await] })).await["id"].clone();
            let group = format!("/api/conversations/{}", group.as_str().expect("an id"));
            let second = say(&nora, &group, "c", &format!("{MARKER} once more"), Value::Null, json!([])).await;
            let third = say(&nora, &group, "d", "an answer", second["id"].clone(), json!([])).await;
            let amara = server.sign_in("amara.okafor").await;
            nora.post(&format!("{group}/participants"), json!({ "person_ids": [id_of(&amara).await] })).await;
            nora.post(&format!("{group}/leave"), json!({})).await;
            nora.post(&format!("{group}/return"), json!({})).await;
            server.work().await;
            assert!(found(&server).await.len() >= 5, "{:?}", found(&server).await);

            nora.call("DELETE", &message, None).await;
            nora.call("DELETE", &format!("/api/messages/{}", second["id"].as_str().expect("an id")), None).await;
            server.pass(UNDO_WITHIN);
            server.work().await;
            assert_eq!(nora.post(&format!("{message}/restore"), json!({})).await["body"], mention, "still in time");
            nora.call("DELETE", &message, None).await;
            server.pass(UNDO_WITHIN + Duration::from_secs(1));
            server.work().await;
            server.work().await;
            // SQLite keeps single words of a text in the index until the index tidies itself.
            let words = |place: &String| place == "search_message_words_data.block";
            let left: Vec<String> = found(&server).await.into_iter().filter(|place| !words(place)).collect();
            assert_eq!(left, [""; 0]);
            nora.refused("POST", &format!("{message}/restore"), Some(json!({})), Code::MessageGone).await;
            let history = tomas.get(&format!("{path}/messages")).await;
            let gone = history["messages"].as_array().expect("a list").iter().find(|one| one["id"] == first["id"]);
            assert!(gone.is_some_and(|gone| gone["deleted_at"].is_string() && gone["position"] == first["position"]));
            let third = nora.get(&format!("{group}/messages")).await["messages"].as_array().expect("a list").iter()
                .find(|one| one["id"] == third["id"]).cloned().expect("the answer stays");
            assert_eq!((&third["body"], &third["quote"]["excerpt"]), (&json!("an answer"), &json!("")));
            assert!(server.events("message.posted").await.iter().all(|event| event["message"]["id"] != first["id"]
                || event["message"]["deleted_at"].is_string()));
        }

        async fn a_forwarded_copy_keeps_its_files(server: TestServer) {
            let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
            let amara = server.sign_in("amara.okafor").await;
            let open = async |person: &Browser| {
                let body = json!({ "person_id": id_of(person).await });
                nora.post("/api/conversations/direct", body).await["id"].clone()
            };
            let (first, second) = (open(&tomas).await, open(&amara).await);
            let path = format!("/api/conversations/{}", first.as_str().expect("an id"));
            let file = upload(&nora, &first, "plan.txt", &format!("about {MARKER}")).await;
            let sent = say(&nora, &path, "a", "", Value::Null, json!([file["id"]])).await;
            let sent = format!("/api/messages/{}", sent["id"].as_str().expect("an id"));
            let forward = json!({ "client_id": "f", "conversation_ids": [second] });
            let copy = nora.post(&format!("{sent}/forward"), forward).await["messages"][0].clone();
            nora.call("DELETE", &sent, None).await;
            server.pass(UNDO_WITHIN + Duration::from_secs(1));
            server.work().await;
            server.work().await;
            let url = copy["files"][0]["url"].as_str().expect("an address").to_owned();
            assert_eq!(amara.request("GET", &url, None).await.status(), 200);
            nora.call("DELETE", &format!("/api/messages/{}", copy["id"].as_str().expect("an id")), None).await;
            server.pass(UNDO_WITHIN + Duration::from_secs(1));
            server.work().await;
            server.work().await;
            assert_eq!(found(&server).await, [""; 0]);
        }
    }
}
