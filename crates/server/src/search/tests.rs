//! What a search finds and, above all, what it does not.

use std::time::Duration;

use model::Code;
use serde_json::{Value, json};

use crate::test_server::{Browser, served};

/// Says something in a conversation and returns the message.
async fn say(browser: &Browser, conversation: &str, text: &str) -> Value {
    let client_id: String = text.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
    let body = json!({ "client_id": client_id, "body": text, "quote_id": null, "file_ids": [] });
    browser.post(&format!("/api/conversations/{conversation}/messages"), body).await
}

/// The id of the direct conversation with somebody.
async fn direct(browser: &Browser, other: &Browser) -> String {
    let id = other.get("/api/me").await["account"]["id"].clone();
    let conversation = browser.post("/api/conversations/direct", json!({ "person_id": id })).await;
    conversation["id"].as_str().expect("an id").to_owned()
}

fn excerpts(found: &Value) -> Vec<&str> {
    found["messages"].as_array().expect("a list").iter().filter_map(|hit| hit["excerpt"].as_str()).collect()
}

fn names<'a>(found: &'a Value, group: &str) -> Vec<&'a str> {
    found[group].as_array().expect("a list").iter().filter_map(|entry| entry["name"].as_str()).collect()
}

served! {
    async fn a_message_is_found_by_the_beginnings_of_its_words(server: TestServer) {
        let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
        let conversation = direct(&nora, &tomas).await;
        let message = say(&nora, &conversation, "The Gdańsk café opens at 9: \"naïve\" O'Brien").await;
        server.work().await;
        for query in ["gdansk", "GDA%20caf", "caf%C3%A9%20na%C3%AFv", "brien%209"] {
            let found = tomas.get(&format!("/api/search?query={query}")).await;
            let hit = found["messages"].as_array().and_then(|list| list.iter().find(|hit| hit["message_id"] == message["id"]));
            let hit = hit.unwrap_or_else(|| panic!("{query}: {found}"));
            assert_eq!((&hit["conversation_id"], &hit["position"]), (&json!(conversation), &message["position"]));
            assert_eq!((&hit["conversation_name"], &hit["author"]["name"]), (&json!("Nora Lindqvist"), &json!("Nora Lindqvist")));
        }
        let nothing = tomas.get("/api/search?query=gdansk%20xyzzy").await;
        assert_eq!(nothing["messages"], json!([]));
    }

    async fn what_others_say_to_each_other_is_not_found(server: TestServer) {
        let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
        let conversation = direct(&nora, &tomas).await;
        say(&nora, &conversation, "xylophone secrets").await;
        server.work().await;
        assert_eq!(excerpts(&tomas.get("/api/search?query=xylo").await), ["xylophone secrets"]);
        let (sofia, wanda) = (server.sign_in("sofia.lindgren").await, server.sign_in_elsewhere().await);
        for stranger in [&sofia, &wanda] {
            assert_eq!(stranger.get("/api/search?query=xylo").await["messages"], json!([]));
            let path = format!("/api/conversations/{conversation}/search?query=xylo");
            stranger.refused("GET", &path, None, Code::NotFound).await;
        }
        let found = wanda.get("/api/search?query=nora&limit=20").await;
        assert_eq!(found, json!({ "people": [], "contacts": [], "conversations": [], "messages": [] }));
        server.browser().refused("GET", "/api/search?query=xylo", None, Code::NotSignedIn).await;
    }

    async fn whoever_left_finds_nothing_there_any_more(server: TestServer) {
        let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
        let id = tomas.get("/api/me").await["account"]["id"].clone();
        let group = json!({ "client_id": "g", "title": "Quartz group", "description": null, "people": [id] });
        let group = nora.post("/api/conversations", group).await["id"].as_str().expect("an id").to_owned();
        say(&nora, &group, "marimba plans").await;
        server.work().await;
        let found = tomas.get("/api/search?query=quartz").await;
        assert_eq!(found["conversations"][0]["title"], "Quartz group");
        assert_eq!(excerpts(&tomas.get("/api/search?query=marimba").await), ["marimba plans"]);
        tomas.call("POST", &format!("/api/conversations/{group}/leave"), None).await;
        assert_eq!(tomas.get("/api/search?query=quartz").await["conversations"], json!([]));
        assert_eq!(tomas.get("/api/search?query=marimba").await["messages"], json!([]));
    }

    async fn edits_and_deletions_change_what_is_found(server: TestServer) {
        let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
        let conversation = direct(&nora, &tomas).await;
        let id = say(&nora, &conversation, "oboe first").await["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/messages/{id}");
        server.work().await;
        nora.call("PATCH", &path, Some(json!({ "body": "bassoon instead" }))).await;
        server.work().await;
        assert_eq!(excerpts(&nora.get("/api/search?query=oboe").await), [""; 0]);
        assert_eq!(excerpts(&nora.get("/api/search?query=bassoon").await), ["bassoon instead"]);
        nora.call("DELETE", &path, None).await;
        assert_eq!(excerpts(&nora.get("/api/search?query=bassoon").await), [""; 0], "at once");
        server.work().await;
        assert_eq!(excerpts(&nora.get("/api/search?query=bassoon").await), [""; 0]);
        nora.call("POST", &format!("{path}/restore"), None).await;
        server.work().await;
        assert_eq!(excerpts(&nora.get("/api/search?query=bassoon").await), ["bassoon instead"]);
    }

    async fn commits_wake_the_index(server: TestServer) {
        let indexing = tokio::spawn(crate::search::indexer::run(server.cx().clone()));
        let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
        let conversation = direct(&nora, &tomas).await;
        say(&nora, &conversation, "zither eventually").await;
        let mut found = Vec::new();
        for _ in 0..200 {
            let answer = tomas.get("/api/search?query=zither").await;
            found = excerpts(&answer).into_iter().map(str::to_owned).collect();
            if !found.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        indexing.abort();
        assert_eq!(found, ["zither eventually"]);
    }

    async fn what_was_there_before_the_index_is_gathered(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        assert_eq!(nora.get("/api/search?query=gripper").await["messages"], json!([]));
        server.work().await;
        let found = nora.get("/api/search?query=gripper&limit=20").await;
        assert!(!excerpts(&found).is_empty());
        let times: Vec<&str> = found["messages"].as_array().unwrap().iter().filter_map(|hit| hit["created_at"].as_str()).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    }

    async fn one_conversation_is_searched_by_pages(server: TestServer) {
        let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
        let conversation = direct(&nora, &tomas).await;
        // From here on the index follows the events; what is gathered is ordered by the millisecond, which stands still.
        server.work().await;
        for at in 0..35 {
            say(&nora, &conversation, &format!("tuba number {at}")).await;
        }
        server.work().await;
        let path = format!("/api/conversations/{conversation}/search?query=tub%20num");
        let first = tomas.get(&path).await;
        assert_eq!((excerpts(&first).len(), excerpts(&first)[0]), (30, "tuba number 34"));
        let next = first["next"].as_str().expect("more");
        let second = tomas.get(&format!("{path}&before={next}")).await;
        assert_eq!(excerpts(&second), ["tuba number 4", "tuba number 3", "tuba number 2", "tuba number 1", "tuba number 0"]);
        assert_eq!(second["next"], Value::Null);
        tomas.refused("GET", &format!("{path}&before=x"), None, Code::BadRequest).await;
    }

    async fn people_and_conversations_are_found_by_name(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let found = nora.get("/api/search?query=ch").await;
        assert_eq!(names(&found, "people"), ["Chloé Martin"]);
        assert_eq!(names(&nora.get("/api/search?query=LIND&limit=20").await, "people"), ["Sofia Lindgren"], "without oneself");
        assert_eq!(names(&nora.get("/api/search?query=herr%20tom").await, "people"), ["Tomás Herrera"]);
        assert_eq!(names(&nora.get("/api/search?query=214").await, "people"), ["Tomás Herrera"]);
        let found = nora.get("/api/search?query=launch").await;
        assert_eq!(found["conversations"][0]["title"], "PC-400 launch");
        let tomas = server.sign_in("tomas.herrera").await;
        let conversation = direct(&nora, &tomas).await;
        say(&nora, &conversation, "hello").await;
        let found = nora.get("/api/search?query=tomas&limit=20").await;
        assert!(found["conversations"].as_array().unwrap().iter().any(|one| one["id"] == json!(conversation)), "{found}");
    }

    async fn contacts_are_found_by_every_field(server: TestServer) {
        let (nora, priya) = (server.sign_in("nora.lindqvist").await, server.sign_in("priya.raman").await);
        let book = |name: &str, kind: &str| json!({ "name": name, "kind": kind });
        let shared = nora.post("/api/phonebooks", book("Customers", "shared")).await["id"].as_str().unwrap().to_owned();
        let own = nora.post("/api/phonebooks", book("Mine", "personal")).await["id"].as_str().unwrap().to_owned();
        let contact = json!({ "name": "Jörg Müller", "company": "Nordfeld Robotik", "work": "+49 (0)40 1234-567", "email": "jm@nordfeld.example", "short_numbers": ["*81"] });
        nora.post(&format!("/api/phonebooks/{shared}/contacts"), contact).await;
        nora.post(&format!("/api/phonebooks/{own}/contacts"), json!({ "name": "Müllerin, privat" })).await;
        for query in ["mull%20jo", "robot", "nordfeld%20jm", "%2B49%2040%201234", "0049401234", "494012345", "81"] {
            let found = priya.get(&format!("/api/search?query={query}")).await;
            assert_eq!(names(&found, "contacts"), ["Jörg Müller"], "{query}");
        }
        assert_eq!(names(&nora.get("/api/search?query=muller").await, "contacts"), ["Müllerin, privat", "Jörg Müller"]);
        let listed = priya.get(&format!("/api/phonebooks/{shared}/contacts?query=nordf")).await;
        assert_eq!(names(&listed, "contacts"), ["Jörg Müller"]);
        assert_eq!(names(&priya.get(&format!("/api/phonebooks/{shared}/contacts?query=x")).await, "contacts"), [""; 0]);
    }

    async fn queries_are_words_and_never_syntax(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        server.work().await;
        let nothing = json!({ "people": [], "contacts": [], "conversations": [], "messages": [] });
        for query in ["", "%20", "*", "%22", "%27", "()", "-", "%5E", "%00", "%3A*", "%26%7C!", "%F0%9F%91%8D"] {
            assert_eq!(nora.get(&format!("/api/search?query={query}")).await, nothing, "{query}");
        }
        for query in [
            "a%20AND%20b", "NEAR(a%20b)", "words%3Aa", "scope%3A%20a", "%22a", "a%22%20OR%20%22b", "a'--", "a%20OR%20NOT", "a%5C", "a%00b",
            "%7Bwords%7D%3Aa", "a%20%2B%20b", "%25", "_", "a%3A*%20%26%20!b", "'%3A*", "%E2%80%AEx",
        ] {
            nora.get(&format!("/api/search?query={query}")).await;
        }
        let long = "%C3%BC".repeat(201);
        nora.refused("GET", &format!("/api/search?query={long}"), None, Code::QueryTooLong).await;
        let words = (0..100).map(|at| format!("{at}")).collect::<Vec<_>>().join("+");
        nora.refused("GET", &format!("/api/search?query={words}"), None, Code::QueryTooLong).await;
        for bad in ["/api/search", "/api/search?query=a&limit=x", "/api/search?query=a&query=b", "/api/search?query=a&other=1"] {
            nora.refused("GET", bad, None, Code::BadRequest).await;
        }
        for limit in ["-1", "0", "9223372036854775807"] {
            nora.get(&format!("/api/search?query=a&limit={limit}")).await;
        }
        // What scopes the index is no word of it.
        let me = nora.get("/api/me").await;
        let organization = me["organization"]["id"].as_str().unwrap().trim_start_matches("org_").to_owned();
        assert_eq!(nora.get(&format!("/api/search?query={organization}")).await, nothing);
    }
}
