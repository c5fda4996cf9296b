//! What can be taken away of a conversation, and by whom, on both engines.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::time::Duration;

use ::store::Tx;
use axum::http::StatusCode;
use model::chat::MessageKind;
use model::{Code, ConversationId, ExportId};
use serde_json::{Value, json};
use zip::ZipArchive;

use super::run_export;
use crate::chat::store::{NewMessage, insert_message};
use crate::test_server::{Browser, TestServer, read, served};

/// Nora, Tomás, and their group.
async fn two(server: &TestServer, title: &str) -> (Browser, Browser, Value) {
    let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
    let id = tomas.get("/api/me").await["account"]["id"].clone();
    let body = json!({ "client_id": "group", "title": title, "description": "<i>why</i>", "people": [id] });
    let made = nora.post("/api/conversations", body).await;
    (nora, tomas, made["id"].clone())
}

fn of(conversation: &Value, what: &str) -> String {
    format!("/api/conversations/{}/{what}", conversation.as_str().expect("an id"))
}

async fn say(
    browser: &Browser,
    conversation: &Value,
    client_id: &str,
    body: &str,
    quote: Value,
    files: Value,
) -> Value {
    let body = json!({ "client_id": client_id, "body": body, "quote_id": quote, "file_ids": files });
    browser.post(&of(conversation, "messages"), body).await
}

async fn upload(browser: &Browser, conversation: &Value, client_id: &str, name: &str, content: &[u8]) -> Value {
    let body = json!({ "conversation_id": conversation, "client_id": client_id, "name": name,
        "size_bytes": content.len(), "media_type": "text/plain" });
    let id = browser.post("/api/files", body).await["file"]["id"].clone();
    let path = format!("/api/files/{}?offset=0", id.as_str().expect("an id"));
    assert!(browser.request_with_bytes("PATCH", &path, content.to_vec()).await.status().is_success());
    id
}

fn wish(format: &str, language: &str) -> Value {
    json!({ "format": format, "language": language, "offset_minutes": 60 })
}

fn id(export: &Value) -> ExportId {
    serde_json::from_value(export["id"].clone()).expect("an id")
}

/// Asks for an export and waits until it is made.
async fn exported(server: &TestServer, browser: &Browser, conversation: &Value, wish: Value) -> Value {
    let begun = browser.post(&of(conversation, "exports"), wish).await;
    // It runs in the background; a second one of the same waits for its turn, and finds it made.
    run_export::run(server.cx(), id(&begun)).await.expect("an export");
    let path = format!("/api/exports/{}", begun["id"].as_str().expect("an id"));
    let done = browser.get(&path).await;
    assert_eq!(done["state"], "done", "{done}");
    done
}

/// The entries of an archive.
async fn unpacked(browser: &Browser, export: &Value) -> HashMap<String, Vec<u8>> {
    let answer = browser.request("GET", export["url"].as_str().expect("an address"), None).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let disposition = answer.headers()["content-disposition"].to_str().expect("ASCII").to_owned();
    assert!(disposition.starts_with("attachment; "), "{disposition}");
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a whole answer");
    assert_eq!(export["size_bytes"], bytes.len());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut entries = HashMap::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("its content");
        assert!(entry.enclosed_name().is_some() && !entry.name().contains(".."), "{}", entry.name());
        assert!(entries.insert(entry.name().to_owned(), content).is_none(), "a name is there once");
    }
    entries
}

fn text(entries: &HashMap<String, Vec<u8>>, name: &str) -> String {
    String::from_utf8(entries[name].clone()).expect("text")
}

served! {
    async fn pages_hold_everything_and_nothing_that_acts(server: TestServer) {
        let (nora, tomas, conversation) = two(&server, "../Fair <script>alert(1)</script>").await;
        let first = say(&nora, &conversation, "a", "<script>alert('x')</script> & \"so\"", Value::Null, json!([])).await;
        server.pass(Duration::from_secs(60));
        let path = format!("/api/messages/{}", first["id"].as_str().expect("an id"));
        nora.call("PATCH", &path, Some(json!({ "body": "changed <b>" }))).await;
        tomas.call("PUT", &format!("{path}/reactions/%F0%9F%91%8D"), None).await;
        say(&tomas, &conversation, "b", "an answer", first["id"].clone(), json!([])).await;
        let evil = upload(&nora, &conversation, "e", "..\\..\\x<img src=q>.html", b"<script>1</script>").await;
        let same = [upload(&nora, &conversation, "s1", "plan.txt", b"one").await, upload(&nora, &conversation, "s2", "plan.txt", b"two").await];
        say(&nora, &conversation, "c", "", Value::Null, json!([evil, same[0], same[1]])).await;
        let gone = say(&nora, &conversation, "d", "a secret", Value::Null, json!([])).await;
        nora.call("DELETE", &format!("/api/messages/{}", gone["id"].as_str().expect("an id")), None).await;

        let export = exported(&server, &tomas, &conversation, wish("html", "de")).await;
        assert!(export["name"].as_str().is_some_and(|name| name.ends_with(".zip") && !name.contains(['/', '<'])), "{export}");
        let entries = unpacked(&tomas, &export).await;
        let page = text(&entries, "index.html");
        let lower = page.to_lowercase();
        for never in ["<script", "javascript:", "onerror", "<img src=q", "a secret", "<b>", "<i>", "http:", "https:"] {
            assert!(!lower.contains(never), "{never} in {page}");
        }
        for there in [
            "script-src 'none'", "lang=\"de\"", "&lt;i&gt;why", "changed &lt;b&gt;", "bearbeitet", "vorher (", "Nachricht gelöscht",
            "Nora Lindqvist hat die Gruppe erstellt", "href=\"index.html#m2\"", "👍 Tomás Herrera", "2026-11-22 13:0", "UTC+01:00",
        ] {
            assert!(page.contains(there), "{there} in {page}");
        }
        let mut files: Vec<_> = entries.keys().filter(|name| *name != "index.html").cloned().collect();
        files.sort();
        assert_eq!(files.len(), 3, "{files:?}");
        assert_eq!(files[1..], ["files/000004-1-plan.txt", "files/000004-2-plan.txt"]);
        assert_eq!((&entries[&files[1]][..], &entries[&files[2]][..]), (&b"one"[..], &b"two"[..]));
        for name in &files {
            assert!(page.contains(&format!("href=\"{name}\"")), "{name} in {page}");
        }
    }

    async fn json_says_what_the_pages_say(server: TestServer) {
        let (nora, tomas, conversation) = two(&server, "Fair").await;
        let first = say(&nora, &conversation, "a", "first", Value::Null, json!([])).await;
        server.pass(Duration::from_secs(60));
        let path = format!("/api/messages/{}", first["id"].as_str().expect("an id"));
        nora.call("PATCH", &path, Some(json!({ "body": "second" }))).await;
        let file = upload(&nora, &conversation, "f", "plan.txt", b"one").await;
        say(&tomas, &conversation, "b", "an answer", first["id"].clone(), json!([])).await;
        say(&nora, &conversation, "c", "see", Value::Null, json!([file])).await;
        let export = exported(&server, &nora, &conversation, wish("json", "en")).await;
        let entries = unpacked(&nora, &export).await;
        assert_eq!(entries.len(), 1);
        let whole: Value = serde_json::from_slice(&entries["conversation.json"]).expect("JSON");
        assert_eq!((&whole["format"], &whole["version"]), (&json!("waggle.conversation"), &json!(1)));
        assert_eq!(whole["conversation"]["people"].as_array().map(Vec::len), Some(2));
        let messages = whole["messages"].as_array().expect("a list");
        assert_eq!(messages.iter().map(|message| message["position"].as_i64()).collect::<Vec<_>>(), [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!((&messages[1]["body"], &messages[1]["edits"][0]["body"]), (&json!("second"), &json!("first")));
        assert_eq!(messages[2]["quote"]["excerpt"], "second");
        assert_eq!(messages[3]["files"][0]["name"], "plan.txt");
    }

    async fn nobody_else_has_it_and_it_does_not_last(server: TestServer) {
        let (nora, tomas, conversation) = two(&server, "Fair").await;
        say(&nora, &conversation, "a", "among us", Value::Null, json!([])).await;
        let export = exported(&server, &nora, &conversation, wish("html", "en")).await;
        let path = format!("/api/exports/{}", export["id"].as_str().expect("an id"));
        let url = export["url"].as_str().expect("an address").to_owned();
        let (sofia, olga) = (server.sign_in("sofia.lindgren").await, server.other_owner().await);
        for stranger in [&tomas, &sofia, &olga] {
            stranger.refused("GET", &path, None, Code::NotFound).await;
            stranger.refused("GET", &url, None, Code::NotFound).await;
            stranger.refused("DELETE", &path, None, Code::NotFound).await;
            assert_eq!(stranger.get("/api/exports").await["exports"], json!([]));
        }
        for stranger in [&sofia, &olga] {
            stranger.refused("POST", &of(&conversation, "exports"), Some(wish("html", "en")), Code::NotFound).await;
        }
        server.browser().refused("GET", &url, None, Code::NotSignedIn).await;
        for (wrong, code) in [
            (wish("pdf", "en"), Code::BadRequest),
            (wish("html", "xx"), Code::InvalidLanguage),
            (json!({ "format": "html", "language": "en", "offset_minutes": 100_000 }), Code::BadRequest),
        ] {
            nora.refused("POST", &of(&conversation, "exports"), Some(wrong), code).await;
        }
        assert_eq!(nora.get("/api/exports").await["exports"][0]["id"], export["id"]);
        // Whoever does not take part any more has nothing to take away.
        nora.post(&of(&conversation, "leave"), json!({})).await;
        nora.refused("GET", &url, None, Code::NotFound).await;
        nora.post(&of(&conversation, "return"), json!({})).await;
        assert_eq!(nora.request("GET", &url, None).await.status(), StatusCode::OK);

        server.pass(crate::exports::KEPT_FOR);
        nora.refused("GET", &url, None, Code::NotFound).await;
        server.work().await;
        let kept = std::fs::read_dir(server.cx().config.data.join("files")).expect("a folder").flat_map(|folder| {
            std::fs::read_dir(folder.expect("an entry").path()).expect("a folder")
        });
        let zips = kept.filter(|file| std::fs::read(file.as_ref().expect("a file").path()).expect("bytes").starts_with(b"PK"));
        assert_eq!(zips.count(), 0, "the file is gone");
    }

    async fn one_at_a_time_and_it_can_be_cancelled(server: TestServer) {
        let (nora, _, conversation) = two(&server, "Fair").await;
        let begun = nora.post(&of(&conversation, "exports"), wish("html", "en")).await;
        let again = nora.request("POST", &of(&conversation, "exports"), Some(wish("html", "en"))).await;
        // The first may be made already.
        let (status, answer) = (again.status(), read(again).await);
        assert!(status == StatusCode::OK || answer["error"]["code"] == Code::ExportRunning.word(), "{answer}");
        let path = format!("/api/exports/{}", begun["id"].as_str().expect("an id"));
        nora.call("DELETE", &path, None).await;
        run_export::run(server.cx(), id(&begun)).await.expect("nothing to do");
        nora.refused("GET", &path, None, Code::NotFound).await;
        server.pass(Duration::from_secs(1));
        server.work().await;
    }

    async fn a_long_conversation_is_many_pages(server: TestServer) {
        let (nora, _, conversation) = two(&server, "Long").await;
        let author = serde_json::from_value(nora.get("/api/me").await["account"]["id"].clone()).expect("an id");
        let target: ConversationId = serde_json::from_value(conversation.clone()).expect("an id");
        let (cx, now) = (server.cx().clone(), server.cx().now());
        // Without the handler, which would tell of each.
        let many = async move |tx: &mut Tx<'_>, from: i64| {
            for at in from..from + 1_000 {
                let position = crate::chat::store::next_position(tx, target, now).await?;
                let (client_id, body) = (format!("m{at}"), format!("line {at}"));
                let new = NewMessage {
                    id: cx.id(), conversation_id: target, position, author_id: author, client_id: &client_id,
                    kind: MessageKind::Regular, body: &body, system: None, quote_id: None, forwarded_from: None,
                };
                insert_message(tx, &new, now).await?;
            }
            Ok::<_, ::store::Error>(())
        };
        for from in (0..10_000).step_by(1_000) {
            let many = many.clone();
            server.cx().db.write(async move |tx| many(tx, from).await).await.expect("messages");
        }
        let export = exported(&server, &nora, &conversation, wish("html", "en")).await;
        assert_eq!((&export["done"], &export["total"]), (&json!(10_001), &json!(10_001)));
        let entries = unpacked(&nora, &export).await;
        assert_eq!(entries.len(), 6);
        assert!(text(&entries, "index.html").contains("href=\"page-2.html\""));
        assert!(text(&entries, "page-2.html").contains("id=\"m2001\"") && text(&entries, "page-6.html").contains("line 9999"));
        let export = exported(&server, &nora, &conversation, wish("json", "en")).await;
        let whole: Value = serde_json::from_slice(&unpacked(&nora, &export).await["conversation.json"]).expect("JSON");
        assert_eq!(whole["messages"].as_array().map(Vec::len), Some(10_001));
    }
}
