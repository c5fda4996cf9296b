//! Tokens as they are meant, and as attackers would have them.

use std::time::Duration;

use model::Code;
use serde_json::{Value, json};

use super::reach::REACH;
use crate::test_server::{Browser, TestServer, served};

/// A token of somebody's, and its id.
async fn token(person: &Browser, scopes: &[&str]) -> (String, String) {
    let made = person.post("/api/me/tokens", json!({ "name": "Bridge", "scopes": scopes })).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&made["secret"]), text(&made["token"]["id"]))
}

/// A program with this token.
fn program(server: &TestServer, secret: &str) -> Browser {
    server.browser().with("authorization", &format!("Bearer {secret}"))
}

served! {
    async fn a_token_acts_within_its_scopes(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let (secret, _) = token(&nora, &["conversations:read", "conversations:write"]).await;
        assert!(secret.starts_with("waggle_") && secret.len() == 39, "{secret}");
        let bridge = program(&server, &secret);
        let me = bridge.get("/api/me").await;
        assert_eq!((&me["account"]["name"], &me["permissions"]), (&json!("Nora Lindqvist"), &json!(["conversations_use"])));
        let conversations = bridge.get("/api/conversations").await;
        let id = conversations["conversations"][0]["id"].as_str().expect("a conversation").to_owned();
        let body = json!({ "client_id": "bridge-1", "body": "From a program", "quote_id": null, "file_ids": [] });
        let message = bridge.post(&format!("/api/conversations/{id}/messages"), body).await;
        assert_eq!(message["body"], "From a program");
        for (method, path) in [("GET", "/api/people"), ("GET", "/api/phonebooks"), ("GET", "/api/members"), ("GET", "/api/search?q=x")] {
            bridge.refused(method, path, None, Code::NotAllowed).await;
        }
        let (secret, _) = token(&nora, &["conversations:read"]).await;
        let reader = program(&server, &secret);
        reader.get(&format!("/api/conversations/{id}/messages")).await;
        let body = json!({ "client_id": "bridge-2", "body": "no", "quote_id": null, "file_ids": [] });
        reader.refused("POST", &format!("/api/conversations/{id}/messages"), Some(body), Code::NotAllowed).await;
        let (secret, _) = token(&nora, &["members:read"]).await;
        let counter = program(&server, &secret);
        assert!(counter.get("/api/members").await["members"].is_array());
        counter.refused("GET", "/api/conversations", None, Code::NotAllowed).await;
        let invite = json!({ "people": [{ "email": "x@acmerobotics.example" }], "role": "member", "plan": "business" });
        counter.refused("POST", "/api/invitations", Some(invite), Code::NotAllowed).await;
    }

    async fn a_token_never_reaches_what_makes_sessions_and_tokens(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let all = ["conversations:read", "conversations:write", "directory:read", "directory:write", "members:read", "members:manage"];
        let (secret, id) = token(&nora, &all).await;
        let bridge = program(&server, &secret);
        let make = json!({ "name": "Another", "scopes": ["conversations:read"] });
        for (method, path, body) in [
            ("GET", "/api/me/sessions", None),
            ("POST", "/api/me/sessions/revoke-all", Some(json!({}))),
            ("GET", "/api/me/tokens", None),
            ("POST", "/api/me/tokens", Some(make)),
            ("DELETE", &*format!("/api/me/tokens/{id}"), None),
            ("GET", "/api/tokens", None),
            ("DELETE", &*format!("/api/tokens/{id}"), None),
            ("GET", "/api/me/identities", None),
            ("PATCH", "/api/me", Some(json!({ "name": "Somebody" }))),
            ("POST", "/api/sign-out", Some(json!({}))),
            ("GET", "/api/mails", None),
        ] {
            bridge.refused(method, path, body, Code::NotAllowed).await;
        }
        // A program on a real connection is refused before the upgrade; here the upgrade is missing too.
        let live = bridge.with("connection", "upgrade").with("upgrade", "websocket").request("GET", "/api/live", None).await;
        assert_eq!(live.status(), 403);
    }

    async fn a_secret_is_shown_once(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let (secret, id) = token(&nora, &["directory:read", "directory:read"]).await;
        let list = nora.get("/api/me/tokens").await;
        assert!(!list.to_string().contains(&secret), "{list}");
        let shown = &list["tokens"][0];
        assert_eq!((&shown["id"], &shown["scopes"], &shown["used_at"]), (&json!(id), &json!(["directory:read"]), &Value::Null));
        program(&server, &secret).get("/api/people").await;
        assert!(nora.get("/api/me/tokens").await["tokens"][0]["used_at"].is_string());
    }

    async fn a_revoked_token_ends_at_once(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let (secret, id) = token(&nora, &["directory:read"]).await;
        let bridge = program(&server, &secret);
        bridge.get("/api/people").await;
        let tomas = server.sign_in("tomas.herrera").await;
        let other = server.other_owner().await;
        tomas.refused("DELETE", &format!("/api/me/tokens/{id}"), None, Code::NotFound).await;
        other.refused("DELETE", &format!("/api/tokens/{id}"), None, Code::NotFound).await;
        assert_eq!(other.get("/api/tokens").await["tokens"], json!([]));
        bridge.get("/api/people").await;
        nora.call("DELETE", &format!("/api/me/tokens/{id}"), None).await;
        bridge.refused("GET", "/api/people", None, Code::NotSignedIn).await;
        nora.refused("DELETE", &format!("/api/me/tokens/{id}"), None, Code::NotFound).await;
    }

    async fn an_administrator_sees_and_ends_everybodys(server: TestServer) {
        let (nora, priya) = (server.sign_in("nora.lindqvist").await, server.sign_in("priya.raman").await);
        let (secret, id) = token(&priya, &["directory:read"]).await;
        let bridge = program(&server, &secret);
        bridge.get("/api/people").await;
        let list = nora.get("/api/tokens").await;
        assert_eq!((&list["tokens"][0]["id"], &list["tokens"][0]["owner"]), (&json!(id), &json!("Priya Raman")));
        priya.refused("GET", "/api/tokens", None, Code::NotAllowed).await;
        nora.call("DELETE", &format!("/api/tokens/{id}"), None).await;
        bridge.refused("GET", "/api/people", None, Code::NotSignedIn).await;
    }

    async fn an_expired_token_is_none(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let body = json!({ "name": "Short", "scopes": ["directory:read"], "expires_at": "2026-11-22T12:00:10Z" });
        let made = nora.post("/api/me/tokens", body).await;
        let bridge = program(&server, made["secret"].as_str().expect("a secret"));
        bridge.get("/api/people").await;
        // Not even for as long as what was looked up is believed.
        server.pass(Duration::from_secs(10));
        bridge.refused("GET", "/api/people", None, Code::NotSignedIn).await;
        server.pass(Duration::from_secs(60));
        bridge.refused("GET", "/api/people", None, Code::NotSignedIn).await;
    }

    async fn a_token_is_worth_what_its_person_is(server: TestServer) {
        let (nora, priya) = (server.sign_in("nora.lindqvist").await, server.sign_in("priya.raman").await);
        let body = json!({ "name": "Too much", "scopes": ["members:manage"] });
        priya.refused("POST", "/api/me/tokens", Some(body), Code::NotAllowed).await;
        let lucia = server.sign_in("lucia.bianchi").await;
        let body = json!({ "name": "Mine", "scopes": ["directory:read"] });
        lucia.refused("POST", "/api/me/tokens", Some(body), Code::NotAllowed).await;
        let (secret, _) = token(&priya, &["directory:read", "directory:write"]).await;
        let bridge = program(&server, &secret);
        let book = json!({ "name": "From a program", "kind": "shared" });
        bridge.post("/api/phonebooks", book.clone()).await;
        let id = priya.get("/api/me").await["account"]["id"].as_str().expect("an id").to_owned();
        nora.call("PATCH", &format!("/api/members/{id}"), Some(json!({ "role": "member" }))).await;
        bridge.get("/api/people").await;
        bridge.refused("POST", "/api/phonebooks", Some(book), Code::NotAllowed).await;
        nora.call("PATCH", &format!("/api/members/{id}"), Some(json!({ "state": "suspended" }))).await;
        bridge.refused("GET", "/api/people", None, Code::MemberSuspended).await;
    }

    async fn what_is_no_token_is_refused(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        let (secret, _) = token(&nora, &["directory:read"]).await;
        let session = nora.cookie("waggle").expect("a session");
        for wrong in [
            "Bearer ".to_owned(),
            "Bearer waggle_".to_owned(),
            format!("Bearer {}", secret.trim_start_matches("waggle_")),
            format!("Bearer Waggle_{}", secret.trim_start_matches("waggle_")),
            format!("Bearer {secret}x"),
            format!("Bearer {secret} "),
            format!("Bearer waggle_{}", "a".repeat(32)),
            format!("Bearer {session}"),
            format!("Bearer waggle_{}", "a".repeat(60_000)),
            "Bearer waggle_' or 1=1 --".to_owned(),
        ] {
            server.browser().with("authorization", &wrong).refused("GET", "/api/people", None, Code::NotSignedIn).await;
            // A cookie beside it does not count.
            nora.clone().with("authorization", &wrong).refused("GET", "/api/me", None, Code::NotSignedIn).await;
        }
        let twice = program(&server, &secret).with("authorization", &format!("Bearer {secret}"));
        twice.refused("GET", "/api/people", None, Code::NotSignedIn).await;
        server.browser().with("authorization", &format!("bEaReR {secret}")).get("/api/people").await;
        // Neither is a token a session, also after it was looked up.
        for cookie in [secret.clone(), format!("t{secret}")] {
            let browser = server.browser().with("cookie", &format!("waggle={cookie}"));
            browser.refused("GET", "/api/me", None, Code::NotSignedIn).await;
        }
        // With a token, the person's cookie gives no more than the token does.
        let both = nora.clone().with("authorization", &format!("Bearer {secret}"));
        both.refused("GET", "/api/me/sessions", None, Code::NotAllowed).await;
        // What a proxy asks for is not meant for us.
        nora.clone().with("authorization", "Basic cHJveHk6cHJveHk=").get("/api/me").await;
    }

    async fn broken_requests_for_tokens_are_refused(server: TestServer) {
        let nora = server.sign_in("nora.lindqvist").await;
        for (body, code) in [
            (json!({ "name": "", "scopes": ["directory:read"] }), Code::InvalidName),
            (json!({ "name": "x", "scopes": [] }), Code::ScopesMissing),
            (json!({ "name": "x", "scopes": ["everything"] }), Code::BadRequest),
            (json!({ "name": "x", "scopes": ["directory:read"], "expires_at": "2026-11-22T12:00:00Z" }), Code::ClearsInThePast),
        ] {
            nora.refused("POST", "/api/me/tokens", Some(body), code).await;
        }
        for _ in 0..50 {
            token(&nora, &["directory:read"]).await;
        }
        let body = json!({ "name": "x", "scopes": ["directory:read"] });
        nora.refused("POST", "/api/me/tokens", Some(body), Code::TooManyTokens).await;
    }
}

store::both! {
    async fn each_token_has_a_limit_of_its_own(db: store::testing::TestDb) {
        let server = TestServer::configured(&db, &[("limits.requests_per_second", "5")]).await;
        let nora = server.sign_in("nora.lindqvist").await;
        let one = program(&server, &token(&nora, &["directory:read"]).await.0);
        let two = program(&server, &token(&nora, &["directory:read"]).await.0);
        two.get("/api/me").await;
        let mut asked = 0;
        while one.request("GET", "/api/me", None).await.status() != 429 {
            asked += 1;
            assert!(asked < 2_000, "nothing is refused");
        }
        // The session and the other token are not slowed down by it.
        nora.get("/api/me").await;
        two.get("/api/me").await;
    }
}

#[test]
fn what_tokens_reach_is_there() {
    let operations = crate::wire::openapi::operations();
    for (method, path, _) in REACH {
        let there = operations.iter().any(|operation| {
            operation.method.eq_ignore_ascii_case(method) && path.strip_prefix("/api") == Some(operation.path)
        });
        assert!(there, "{method} {path}");
    }
}
