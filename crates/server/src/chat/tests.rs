//! What people can do with each other's messages and conversations, over HTTP, on both engines.

use model::Code;
use serde_json::{Value, json};

use crate::test_server::{Browser, TestServer, served};

/// A group of Nora, Tomás and Amara, made by Nora, and its path.
async fn group(server: &TestServer) -> (Browser, Browser, Browser, String) {
    let nora = server.sign_in("nora.lindqvist").await;
    let (tomas, amara) = (server.sign_in("tomas.herrera").await, server.sign_in("amara.okafor").await);
    let people = [id_of(&tomas).await, id_of(&amara).await];
    let body = json!({ "client_id": "group", "title": "Fair", "description": null, "people": people });
    let made = nora.post("/api/conversations", body).await;
    let path = format!("/api/conversations/{}", made["id"].as_str().expect("an id"));
    (nora, tomas, amara, path)
}

async fn id_of(browser: &Browser) -> Value {
    browser.get("/api/me").await["account"]["id"].clone()
}

/// Says something and returns the message's path.
async fn say(browser: &Browser, conversation: &str, client_id: &str, body: &str) -> String {
    let body = json!({ "client_id": client_id, "body": body, "quote_id": null, "file_ids": [] });
    let message = browser.post(&format!("{conversation}/messages"), body).await;
    format!("/api/messages/{}", message["id"].as_str().expect("an id"))
}

async fn last(browser: &Browser, conversation: &str) -> Value {
    let page = browser.get(&format!("{conversation}/messages?limit=1")).await;
    page["messages"][0].clone()
}

served! {
    async fn a_group_begins_with_who_made_it_and_is_made_once(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        let first = last(&tomas, &path).await;
        assert_eq!((&first["kind"], &first["system"]["type"]), (&json!("system"), &json!("created")));
        let again = json!({ "client_id": "group", "title": "Other", "description": null, "people": [] });
        assert_eq!(nora.post("/api/conversations", again).await["title"], "Fair");
        assert_eq!(tomas.get(&path).await["participant_count"], 3);
    }

    async fn editing_keeps_what_was_there(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        let message = say(&nora, &path, "a", "first").await;
        server.pass(std::time::Duration::from_secs(60));
        let edited = nora.call("PATCH", &message, Some(json!({ "body": "second" }))).await;
        assert_eq!(edited["body"], "second");
        assert!(edited["edited_at"].is_string());
        assert_eq!(tomas.get(&format!("{message}/edits")).await["edits"][0]["body"], "first");
        tomas.refused("PATCH", &message, Some(json!({ "body": "mine" })), Code::NotYourMessage).await;
        nora.refused("PATCH", &message, Some(json!({ "body": " " })), Code::MessageEmpty).await;
    }

    async fn a_deleted_message_says_nothing_and_comes_back(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        let message = say(&nora, &path, "a", "a secret").await;
        tomas.refused("DELETE", &message, None, Code::NotYourMessage).await;
        nora.call("DELETE", &message, None).await;
        let gone = last(&tomas, &path).await;
        assert_eq!((&gone["body"], gone["deleted_at"].is_string()), (&json!(""), true));
        nora.refused("DELETE", &message, None, Code::MessageGone).await;
        tomas.refused("PUT", &format!("{message}/reactions/%F0%9F%91%8D"), None, Code::MessageGone).await;
        tomas.refused("POST", &format!("{message}/restore"), Some(json!({})), Code::NotYourMessage).await;
        assert_eq!(nora.post(&format!("{message}/restore"), json!({})).await["body"], "a secret");
        nora.call("DELETE", &message, None).await;
        server.pass(std::time::Duration::from_secs(601));
        nora.refused("POST", &format!("{message}/restore"), Some(json!({})), Code::MessageGone).await;
    }

    async fn reactions_are_one_per_person_and_emoji(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        let message = say(&nora, &path, "a", "lunch?").await;
        let thumb = format!("{message}/reactions/%F0%9F%91%8D");
        for browser in [&tomas, &tomas, &nora] {
            browser.call("PUT", &thumb, None).await;
        }
        let reactions = last(&nora, &path).await["reactions"].clone();
        assert_eq!(reactions[0]["people"].as_array().map(Vec::len), Some(2));
        nora.call("DELETE", &thumb, None).await;
        tomas.call("DELETE", &thumb, None).await;
        tomas.call("DELETE", &thumb, None).await;
        assert_eq!(last(&nora, &path).await["reactions"], json!([]));
        tomas.refused("PUT", &format!("{message}/reactions/ok"), None, Code::InvalidReaction).await;
    }

    async fn quotes_show_what_they_answer(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        let message = say(&nora, &path, "a", "shall we?").await;
        let id = message.rsplit('/').next().expect("an id").to_owned();
        let body = json!({ "client_id": "b", "body": "yes", "quote_id": id, "file_ids": [] });
        let answer = tomas.post(&format!("{path}/messages"), body).await;
        assert_eq!((&answer["quote"]["excerpt"], &answer["quote"]["author"]["name"]), (&json!("shall we?"), &json!("Nora Lindqvist")));
        nora.call("DELETE", &message, None).await;
        assert_eq!(last(&nora, &path).await["quote"]["excerpt"], "");
    }

    async fn a_forwarded_copy_names_its_first_author_and_is_made_once(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        let message = say(&nora, &path, "a", "good news").await;
        let direct = tomas.post("/api/conversations/direct", json!({ "person_id": id_of(&nora).await })).await;
        let body = json!({ "client_id": "f", "conversation_ids": [direct["id"]] });
        let copies = tomas.post(&format!("{message}/forward"), body.clone()).await;
        assert_eq!(copies["messages"][0]["forwarded_from"]["name"], "Nora Lindqvist");
        assert_eq!(tomas.post(&format!("{message}/forward"), body).await, copies);
        let sofia = server.sign_in("sofia.lindgren").await;
        let foreign = json!({ "client_id": "f", "conversation_ids": [direct["id"]] });
        sofia.refused("POST", &format!("{message}/forward"), Some(foreign), Code::NotFound).await;
        let none = json!({ "client_id": "f", "conversation_ids": [] });
        nora.refused("POST", &format!("{message}/forward"), Some(none), Code::TooManyTargets).await;
    }

    async fn pins_are_for_everybody(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        let message = say(&nora, &path, "a", "the plan").await;
        tomas.call("PUT", &format!("{message}/pin"), None).await;
        tomas.call("PUT", &format!("{message}/pin"), None).await;
        let pins = nora.get(&format!("{path}/pins")).await;
        assert_eq!((pins["messages"].as_array().map(Vec::len), &pins["messages"][0]["pinned"]), (Some(1), &json!(true)));
        nora.call("DELETE", &format!("{message}/pin"), None).await;
        assert_eq!(tomas.get(&format!("{path}/pins")).await["messages"], json!([]));
    }

    async fn what_is_unread_is_counted_from_the_read_position(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        for number in 0..3 {
            say(&nora, &path, &format!("m{number}"), "one more").await;
        }
        let mention = format!("<@{}> look", id_of(&tomas).await.as_str().expect("an id"));
        say(&nora, &path, "mention", &mention).await;
        let seat = tomas.get(&path).await["seat"].clone();
        assert_eq!((&seat["unread"], &seat["mentioned"]), (&json!(4), &json!(true)));
        assert_eq!(nora.get(&path).await["seat"]["unread"], 0);
        tomas.call("PUT", &format!("{path}/read"), Some(json!({ "position": 3 }))).await;
        assert_eq!(tomas.get(&path).await["seat"]["unread"], 2);
        tomas.call("PUT", &format!("{path}/read"), Some(json!({ "position": 1 }))).await;
        assert_eq!(tomas.get(&path).await["seat"]["read_position"], 3);
        tomas.call("PUT", &format!("{path}/read"), Some(json!({ "position": 999 }))).await;
        let seat = tomas.get(&path).await["seat"].clone();
        assert_eq!((&seat["unread"], &seat["mentioned"], &seat["read_position"]), (&json!(0), &json!(false), &json!(5)));
    }

    async fn a_hidden_conversation_returns_with_the_next_message(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        let seat = format!("{path}/seat");
        assert_eq!(tomas.call("PATCH", &seat, Some(json!({ "hidden": true }))).await["hidden"], true);
        let listed = |list: Value| list["conversations"].as_array().expect("a list").iter().any(|c| path.ends_with(c["id"].as_str().unwrap_or("?")));
        assert!(!listed(tomas.get("/api/conversations").await));
        say(&nora, &path, "a", "back").await;
        assert!(listed(tomas.get("/api/conversations").await));
        let changed = tomas.call("PATCH", &seat, Some(json!({ "muted": true, "pinned": true }))).await;
        assert_eq!((&changed["muted"], changed["pinned_at"].is_string()), (&json!(true), true));
        assert_eq!(nora.get(&path).await["seat"]["muted"], false);
        tomas.refused("PATCH", &seat, Some(json!({ "hidden": "yes" })), Code::BadRequest).await;
    }

    async fn the_inbox_can_be_narrowed(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        let titles = |list: Value| {
            let list = list["conversations"].as_array().expect("a list").clone();
            list.iter().map(|c| c["title"].as_str().unwrap_or("direct").to_owned()).collect::<Vec<_>>()
        };
        let of = async |filter: &str| titles(tomas.get(&format!("/api/conversations?filter={filter}")).await);
        assert!(!of("unread").await.contains(&"Fair".to_owned()), "who made a group is nothing new");
        say(&nora, &path, "a", "new").await;
        assert!(of("unread").await.contains(&"Fair".to_owned()));
        assert!(of("group").await.contains(&"Fair".to_owned()));
        assert!(of("direct").await.iter().all(|title| title == "direct"));
        assert_eq!(of("hidden").await, Vec::<String>::new());
        tomas.call("PATCH", &format!("{path}/seat"), Some(json!({ "hidden": true }))).await;
        assert_eq!(of("hidden").await, ["Fair"]);
        assert!(!of("all").await.contains(&"Fair".to_owned()));
        tomas.refused("GET", "/api/conversations?filter=x", None, Code::BadRequest).await;
    }

    async fn what_was_said_before_somebody_came_is_not_unread(server: TestServer) {
        let (nora, _, _, path) = group(&server).await;
        say(&nora, &path, "a", "before").await;
        let kenji = server.sign_in("kenji.mori").await;
        nora.post(&format!("{path}/participants"), json!({ "person_ids": [id_of(&kenji).await] })).await;
        assert_eq!(kenji.get(&path).await["seat"]["unread"], 0);
        say(&nora, &path, "b", "after").await;
        assert_eq!(kenji.get(&path).await["seat"]["unread"], 1);
    }

    async fn drafts_are_ones_own(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        nora.call("PUT", &format!("{path}/draft"), Some(json!({ "body": "not yet" }))).await;
        assert_eq!(nora.get(&path).await["seat"]["draft"], "not yet");
        assert_eq!(tomas.get(&path).await["seat"]["draft"], Value::Null);
        say(&nora, &path, "a", "now").await;
        assert_eq!(nora.get(&path).await["seat"]["draft"], Value::Null);
        let long = json!({ "body": "x".repeat(16_001) });
        nora.refused("PUT", &format!("{path}/draft"), Some(long), Code::MessageTooLong).await;
    }

    async fn a_nul_character_is_refused_wherever_it_comes(server: TestServer) {
        let (nora, _, _, path) = group(&server).await;
        let message = say(&nora, &path, "a", "x").await;
        nora.refused("PUT", &format!("{path}/draft"), Some(json!({ "body": "a\u{0}b" })), Code::BadRequest).await;
        nora.refused("DELETE", &format!("{message}/reactions/%00"), None, Code::BadRequest).await;
        nora.refused("GET", "/api/people?query=%00", None, Code::BadRequest).await;
        nora.refused("GET", &format!("{path}/participants?after=%00"), None, Code::BadRequest).await;
    }

    async fn a_new_title_is_told_in_the_conversation(server: TestServer) {
        let (nora, tomas, _, path) = group(&server).await;
        nora.call("PATCH", &path, Some(json!({ "title": " New  name ", "description": "what for" }))).await;
        assert_eq!(last(&tomas, &path).await["system"], json!({ "type": "renamed", "title": "New name" }));
        assert_eq!(tomas.get(&path).await["description"], "what for");
        nora.refused("PATCH", &path, Some(json!({ "title": "x".repeat(121) })), Code::InvalidTitle).await;
        let direct = nora.post("/api/conversations/direct", json!({ "person_id": id_of(&tomas).await })).await;
        let direct = format!("/api/conversations/{}", direct["id"].as_str().expect("an id"));
        nora.refused("PATCH", &direct, Some(json!({ "title": "x" })), Code::DirectIsForTwo).await;
        nora.refused("POST", &format!("{direct}/leave"), Some(json!({})), Code::DirectCannotBeLeft).await;
    }

    async fn people_come_leave_and_come_back(server: TestServer) {
        let (nora, tomas, amara, path) = group(&server).await;
        let kenji = server.sign_in("kenji.mori").await;
        let people = format!("{path}/participants");
        amara.post(&people, json!({ "person_ids": [id_of(&kenji).await, id_of(&nora).await] })).await;
        assert_eq!(kenji.get(&people).await["participants"].as_array().map(Vec::len), Some(4));
        assert_eq!(last(&kenji, &path).await["system"]["type"], "added");
        tomas.post(&format!("{path}/leave"), json!({})).await;
        tomas.refused("GET", &path, None, Code::NotFound).await;
        assert_eq!(nora.get(&path).await["participant_count"], 3);
        assert_eq!(tomas.post(&format!("{path}/return"), json!({})).await["participant_count"], 4);
        tomas.refused("POST", &format!("{path}/return"), Some(json!({})), Code::NotFound).await;
        tomas.post(&format!("{path}/leave"), json!({})).await;
        server.pass(std::time::Duration::from_secs(601));
        tomas.refused("POST", &format!("{path}/return"), Some(json!({})), Code::NotFound).await;
        let sofia = server.sign_in("sofia.lindgren").await;
        sofia.refused("POST", &people, Some(json!({ "person_ids": [id_of(&sofia).await] })), Code::NotFound).await;
    }

    async fn a_pair_has_one_conversation_that_appears_with_its_first_message(server: TestServer) {
        let (sofia, omar) = (server.sign_in("sofia.lindgren").await, server.sign_in("omar.farouk").await);
        let one = sofia.post("/api/conversations/direct", json!({ "person_id": id_of(&omar).await })).await;
        assert_eq!(omar.get("/api/conversations").await["conversations"].as_array().map(Vec::len), Some(1));
        let other = omar.post("/api/conversations/direct", json!({ "person_id": id_of(&sofia).await })).await;
        assert_eq!(one["id"], other["id"]);
        let path = format!("/api/conversations/{}", one["id"].as_str().expect("an id"));
        say(&sofia, &path, "a", "hello").await;
        assert_eq!(omar.get("/api/conversations").await["conversations"][0]["id"], one["id"]);
        sofia.refused("POST", "/api/conversations/direct", Some(json!({ "person_id": id_of(&sofia).await })), Code::NotFound).await;
    }

    async fn the_inbox_is_paged(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        for number in 0..60 {
            server.pass(std::time::Duration::from_millis(1));
            let body = json!({ "client_id": format!("g{number}"), "title": format!("Group {number}"), "description": null, "people": [] });
            nora.post("/api/conversations", body).await;
        }
        let first = nora.get("/api/conversations").await;
        assert_eq!(first["conversations"][0]["title"], "Group 59");
        assert_eq!(first["conversations"].as_array().map(Vec::len), Some(50));
        let next = first["next"].as_str().expect("more");
        let second = nora.get(&format!("/api/conversations?before={next}")).await;
        assert_eq!(second["conversations"][0]["title"], "Group 9");
        assert_eq!(second["next"], Value::Null);
        nora.refused("GET", "/api/conversations?before=nonsense", None, Code::BadRequest).await;
    }

    async fn strangers_walk_every_address_and_get_nothing(server: TestServer) {
        let (nora, _, _, path) = group(&server).await;
        let message = say(&nora, &path, "a", "between us").await;
        let sofia = server.sign_in("sofia.lindgren").await;
        let thumb = format!("{message}/reactions/%F0%9F%91%8D");
        let doors = [
            ("GET", path.clone(), None),
            ("PATCH", path.clone(), Some(json!({ "title": "x" }))),
            ("GET", format!("{path}/messages"), None),
            ("GET", format!("{path}/participants"), None),
            ("POST", format!("{path}/participants"), Some(json!({ "person_ids": [] }))),
            ("POST", format!("{path}/leave"), Some(json!({}))),
            ("POST", format!("{path}/return"), Some(json!({}))),
            ("PUT", format!("{path}/read"), Some(json!({ "position": 1 }))),
            ("PATCH", format!("{path}/seat"), Some(json!({ "muted": true }))),
            ("PUT", format!("{path}/draft"), Some(json!({ "body": "x" }))),
            ("GET", format!("{path}/pins"), None),
            ("PATCH", message.clone(), Some(json!({ "body": "x" }))),
            ("DELETE", message.clone(), None),
            ("POST", format!("{message}/restore"), Some(json!({}))),
            ("GET", format!("{message}/edits"), None),
            ("POST", format!("{message}/forward"), Some(json!({ "client_id": "f", "conversation_ids": ["conv_2222222222222222222222222a"] }))),
            ("PUT", format!("{message}/pin"), None),
            ("DELETE", format!("{message}/pin"), None),
            ("PUT", thumb.clone(), None),
            ("DELETE", thumb, None),
        ];
        for (method, path, body) in doors {
            sofia.refused(method, &path, body.clone(), Code::NotFound).await;
            server.browser().refused(method, &path, body, Code::NotSignedIn).await;
        }
    }
}
