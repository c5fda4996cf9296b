//! Signing in through others, as it should go and as attackers and bad providers would have it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, header};
use model::Code;
use serde_json::{Value, json};
use store::testing::TestDb;
use testkit::fakes::openid::{CLIENT, OpenId, Signing};

use crate::test_server::{Browser, TestServer, read};

const NORA: &str = "nora.lindqvist@acmerobotics.example";
/// When every test server's clock begins.
const NOW_SECS: i64 = 1_795_348_800;
const TENANT: &str = "22222222-2222-2222-2222-222222222222";

/// A server with both fakes behind it.
async fn with_providers(db: &TestDb, more: &[(&str, &str)]) -> (TestServer, OpenId, OpenId) {
    let (google, microsoft) = (OpenId::google_like(NOW_SECS).await, OpenId::microsoft_like(NOW_SECS).await);
    let mut settings = vec![
        ("oidc.google.client_id", CLIENT.0),
        ("oidc.google.client_secret", CLIENT.1),
        ("oidc.google.issuer", google.base()),
        ("oidc.microsoft.client_id", CLIENT.0),
        ("oidc.microsoft.client_secret", CLIENT.1),
        ("oidc.microsoft.base", microsoft.base()),
        ("oidc.custom.keycloak.name", "Our Keycloak"),
        ("oidc.custom.keycloak.issuer", google.base()),
        ("oidc.custom.keycloak.client_id", CLIENT.0),
        ("oidc.custom.keycloak.client_secret", CLIENT.1),
    ];
    settings.extend(more);
    google.behave(|fake| {
        fake.claims = json!({ "sub": "g-1", "email": NORA, "email_verified": true, "hd": "acmerobotics.example" });
    });
    microsoft.behave(|fake| fake.claims = json!({ "tid": TENANT, "oid": "m-1", "email": NORA }));
    (TestServer::configured(db, &settings).await, google, microsoft)
}

fn location(response: &Response<Body>) -> String {
    assert_eq!(response.status(), 303);
    response.headers()[header::LOCATION].to_str().expect("ASCII").to_owned()
}

/// Sends a browser out, and gives the address it comes back to.
async fn go_out(browser: &mut Browser, fake: &OpenId, provider: &str) -> String {
    let response = browser.request("GET", &format!("/api/sign-in/oidc/{provider}?next=/inbox"), None).await;
    let out = location(&response);
    browser.keep_cookie(&response);
    let back = fake.visit(&out).await;
    back.strip_prefix("http://localhost:8080").expect("our own address").to_owned()
}

/// There and back; gives where the browser ends.
async fn sign_in(browser: &mut Browser, fake: &OpenId, provider: &str) -> String {
    let back = go_out(browser, fake, provider).await;
    let response = browser.request("GET", &back, None).await;
    let end = location(&response);
    if response.headers().contains_key(header::SET_COOKIE) {
        browser.keep_cookie(&response);
    }
    end
}

/// There and back, and not in.
async fn refused(server: &TestServer, fake: &OpenId, provider: &str, code: Code) {
    let mut browser = server.browser();
    let end = sign_in(&mut browser, fake, provider).await;
    assert_eq!(end, problem(code));
    browser.refused("GET", "/api/me", None, Code::NotSignedIn).await;
}

fn problem(code: Code) -> String {
    format!("/sign-in?problem={}&next=%2Finbox", code.word())
}

/// Sends a code to an address, and gives what came.
async fn code_for(server: &TestServer, browser: &Browser, email: &str) -> Value {
    server.pass(Duration::from_millis(1));
    browser.post("/api/sign-in/code", json!({ "email": email })).await;
    let mails = browser.get("/api/sign-in/demo-outbox").await;
    mails["mails"].as_array().expect("a list").iter().find(|mail| mail["to"] == email).expect("a mail")["code"].clone()
}

/// The problem a person gets when the claims of the fake are these.
async fn with_claims(server: &TestServer, fake: &OpenId, provider: &str, more: Value) -> String {
    let before = fake.behaviour().claims;
    fake.behave(|fake| {
        for (name, value) in more.as_object().expect("claims") {
            fake.claims[name] = value.clone();
        }
    });
    let end = sign_in(&mut server.browser(), fake, provider).await;
    fake.behave(|fake| fake.claims = before);
    end
}

store::both! {
    async fn the_page_names_the_providers(db: TestDb) {
        let (server, ..) = with_providers(&db, &[]).await;
        let options = server.browser().get("/api/sign-in/options").await;
        assert_eq!(options["providers"], json!([
            { "id": "google", "name": "Google" },
            { "id": "microsoft", "name": "Microsoft" },
            { "id": "keycloak", "name": "Our Keycloak" },
        ]));
        server.browser().refused("GET", "/api/me/identities", None, Code::NotSignedIn).await;
    }

    async fn a_proven_address_links_and_then_the_subject_counts(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        let mut nora = server.browser();
        assert_eq!(sign_in(&mut nora, &google, "google").await, "/inbox");
        assert_eq!(nora.get("/api/me").await["account"]["email"], NORA);
        let linked = nora.get("/api/me/identities").await;
        assert_eq!((&linked["identities"][0]["provider"], &linked["identities"][0]["email"]), (&json!("Google"), &json!(NORA)));
        // The way out is over.
        nora.refused("GET", "/api/sign-in/identity", None, Code::SignInStale).await;
        // Her address there changes; she is still herself, and never whoever has the new address here.
        google.behave(|fake| fake.claims["email"] = json!("tomas.herrera@acmerobotics.example"));
        let mut again = server.browser();
        assert_eq!(sign_in(&mut again, &google, "google").await, "/inbox");
        assert_eq!(again.get("/api/me").await["account"]["email"], NORA);
        // Without the link, that address counts.
        let id = linked["identities"][0]["id"].as_str().expect("an id");
        let tomas = server.sign_in("tomas.herrera").await;
        tomas.refused("DELETE", &format!("/api/me/identities/{id}"), None, Code::NotFound).await;
        nora.call("DELETE", &format!("/api/me/identities/{id}"), None).await;
        assert_eq!(nora.get("/api/me/identities").await["identities"], json!([]));
        assert_eq!(sign_in(&mut again, &google, "google").await, "/inbox");
        assert_eq!(again.get("/api/me").await["account"]["name"], "Tomás Herrera");
    }

    async fn an_unproven_address_never_opens_an_account(db: TestDb) {
        let (server, google, microsoft) = with_providers(&db, &[]).await;
        for (fake, provider, claims) in [
            (&google, "google", json!({ "email_verified": false })),
            (&google, "google", json!({ "email_verified": null })),
            (&google, "google", json!({ "email_verified": "false" })),
            // Google's word about the address of another domain, without a Workspace.
            (&google, "google", json!({ "hd": null })),
            (&google, "keycloak", json!({ "email_verified": false })),
            // Any tenant's administrator can type this address.
            (&microsoft, "microsoft", json!({})),
            (&microsoft, "microsoft", json!({ "xms_edov": false })),
            (&microsoft, "microsoft", json!({ "xms_edov": "0" })),
            // What Microsoft never says, and so does not count there.
            (&microsoft, "microsoft", json!({ "email_verified": true })),
            (&microsoft, "microsoft", json!({ "email": null, "preferred_username": NORA, "xms_edov": true })),
        ] {
            let end = with_claims(&server, fake, provider, claims.clone()).await;
            assert_eq!(end, format!("/sign-in?prove={provider}&next=%2Finbox"), "{claims}");
        }
        let nora = server.sign_in("nora.lindqvist").await;
        assert_eq!(nora.get("/api/me/identities").await["identities"], json!([]));
    }

    async fn a_proven_address_counts_where_somebody_vouches_for_it(db: TestDb) {
        let (server, google, microsoft) = with_providers(&db, &[]).await;
        assert_eq!(with_claims(&server, &google, "google", json!({ "email_verified": "true" })).await, "/inbox");
        assert_eq!(with_claims(&server, &google, "keycloak", json!({ "sub": "k-1", "hd": null })).await, "/inbox");
        for (oid, edov) in [("m-2", json!(true)), ("m-3", json!(1)), ("m-4", json!("1"))] {
            let claims = json!({ "oid": oid, "xms_edov": edov });
            assert_eq!(with_claims(&server, &microsoft, "microsoft", claims).await, "/inbox");
        }
        let personal = json!({ "tid": crate::openid::settings::PERSONAL_TENANT, "oid": "m-5" });
        assert_eq!(with_claims(&server, &microsoft, "microsoft", personal).await, "/inbox");
    }

    async fn a_code_proves_the_address_and_links(db: TestDb) {
        let (server, _, microsoft) = with_providers(&db, &[]).await;
        let mut nora = server.browser();
        assert_eq!(sign_in(&mut nora, &microsoft, "microsoft").await, "/sign-in?prove=microsoft&next=%2Finbox");
        nora.refused("GET", "/api/me", None, Code::NotSignedIn).await;
        assert_eq!(nora.get("/api/sign-in/identity").await, json!({ "email": NORA, "provider": "Microsoft" }));
        let code = code_for(&server, &nora, NORA).await;
        // Another browser knows nothing of it.
        server.browser().refused("GET", "/api/sign-in/identity", None, Code::SignInStale).await;
        let response = nora.request("POST", "/api/sign-in", Some(json!({ "email": NORA, "code": code, "link": true }))).await;
        nora.keep_cookie(&response);
        assert_eq!(nora.get("/api/me/identities").await["identities"][0]["provider"], "Microsoft");
        let mut again = server.browser();
        assert_eq!(sign_in(&mut again, &microsoft, "microsoft").await, "/inbox");
        assert_eq!(again.get("/api/me").await["account"]["email"], NORA);
    }

    async fn nothing_is_linked_unasked_or_to_another_address(db: TestDb) {
        let (server, _, microsoft) = with_providers(&db, &[]).await;
        // Somebody left the browser with an identity waiting for Nora's address.
        let mut shared = server.browser();
        sign_in(&mut shared, &microsoft, "microsoft").await;
        for (email, link) in [(NORA, false), ("tomas.herrera@acmerobotics.example", true)] {
            let code = code_for(&server, &shared, email).await;
            let mut person = shared.clone();
            let body = json!({ "email": email, "code": code, "link": link });
            let response = person.request("POST", "/api/sign-in", Some(body)).await;
            person.keep_cookie(&response);
            assert_eq!(person.get("/api/me/identities").await["identities"], json!([]));
        }
        // It does not wait for ever.
        server.pass(Duration::from_secs(600));
        shared.refused("GET", "/api/sign-in/identity", None, Code::SignInStale).await;
        let code = code_for(&server, &shared, NORA).await;
        let response = shared.request("POST", "/api/sign-in", Some(json!({ "email": NORA, "code": code, "link": true }))).await;
        shared.keep_cookie(&response);
        assert_eq!(shared.get("/api/me/identities").await["identities"], json!([]));
    }

    async fn who_is_not_known_here_is_not_let_in(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        google.behave(|fake| fake.claims["email"] = json!("nobody@elsewhere.example"));
        refused(&server, &google, "google", Code::NoMembership).await;
        google.behave(|fake| fake.claims["email"] = json!(null));
        refused(&server, &google, "google", Code::ProviderNoEmail).await;
        google.behave(|fake| fake.claims["email"] = json!("not an address"));
        refused(&server, &google, "google", Code::ProviderNoEmail).await;
    }

    async fn the_suspended_stay_outside_and_the_invited_come_in(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        let nora = server.sign_in("nora.lindqvist").await;
        let email = "tomas.herrera@acmerobotics.example";
        google.behave(|fake| fake.claims = json!({ "sub": "t", "email": email, "email_verified": true, "hd": "x" }));
        let mut tomas = server.browser();
        assert_eq!(sign_in(&mut tomas, &google, "google").await, "/inbox");
        let id = tomas.get("/api/me").await["account"]["id"].as_str().expect("an id").to_owned();
        nora.call("PATCH", &format!("/api/members/{id}"), Some(json!({ "state": "suspended" }))).await;
        refused(&server, &google, "google", Code::MemberSuspended).await;
        // Neither by the linked identity nor by the address.
        google.behave(|fake| fake.claims["sub"] = json!("another"));
        refused(&server, &google, "google", Code::MemberSuspended).await;
        let made = crate::accounts::prepare::create_user(
            &server.cx, "acmerobotics.example", "Zoë", "zoe@acmerobotics.example", model::access::Role::Member, model::access::Plan::Business,
        );
        made.await.expect("somebody who was prepared");
        google.behave(|fake| fake.claims = json!({ "sub": "z", "email": "zoe@acmerobotics.example", "email_verified": true, "hd": "x" }));
        let mut zoe = server.browser();
        assert_eq!(sign_in(&mut zoe, &google, "google").await, "/inbox");
        assert_eq!(zoe.get("/api/me").await["account"]["name"], "Zoë");
    }

    async fn the_way_back_belongs_to_one_browser_and_is_gone_once(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        let stale = |path: &str| format!("/sign-in?problem=sign_in_stale&next={path}");
        let mut nora = server.browser();
        let back = go_out(&mut nora, &google, "google").await;
        // An attacker's own way back, pressed upon somebody, and the other way round.
        assert_eq!(location(&server.browser().request("GET", &back, None).await), stale("%2F"));
        let mut other = server.browser();
        go_out(&mut other, &google, "google").await;
        assert_eq!(location(&other.request("GET", &back, None).await), stale("%2F"));
        // Another provider, another state, no state.
        let elsewhere = back.replace("/google/", "/keycloak/");
        assert_eq!(location(&nora.request("GET", &elsewhere, None).await), stale("%2F"));
        let (path, _) = back.split_once("&state=").expect("a state");
        for wrong in [path.to_owned(), format!("{path}&state=guess"), format!("{path}&state={}", "x".repeat(4_000))] {
            assert_eq!(location(&nora.request("GET", &wrong, None).await), stale("%2F"), "{wrong}");
        }
        // None of that used it up.
        assert_eq!(location(&nora.request("GET", &back, None).await), "/inbox");
        assert_eq!(location(&nora.request("GET", &back, None).await), stale("%2F"));
        // Nor is it good for ever.
        let mut late = server.browser();
        let back = go_out(&mut late, &google, "google").await;
        server.pass(Duration::from_secs(600));
        assert_eq!(location(&late.request("GET", &back, None).await), stale("%2F"));
    }

    async fn both_of_two_ways_back_at_once_sign_in_once(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        let mut nora = server.browser();
        let back = go_out(&mut nora, &google, "google").await;
        let (one, two) = tokio::join!(nora.request("GET", &back, None), nora.request("GET", &back, None));
        let mut ends = [location(&one), location(&two)];
        ends.sort();
        assert_eq!(ends, ["/inbox".to_owned(), "/sign-in?problem=sign_in_stale&next=%2F".to_owned()]);
    }

    async fn a_code_of_another_request_is_refused(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        let (mut one, mut two) = (server.browser(), server.browser());
        let (first, second) = (go_out(&mut one, &google, "google").await, go_out(&mut two, &google, "google").await);
        // The attacker's code under the victim's state: the proof of the request (PKCE) is another one.
        let (_, code) = first.split_once("code=").and_then(|(_, rest)| rest.split_once('&').map(|(code, _)| ((), code))).expect("a code");
        let (begin, rest) = second.split_once("code=").expect("a code");
        let (_, state) = rest.split_once('&').expect("a state");
        let injected = format!("{begin}code={code}&{state}");
        assert_eq!(location(&two.request("GET", &injected, None).await), problem(Code::ProviderRefused));
        // And it is used up at the provider.
        assert_eq!(location(&one.request("GET", &first, None).await), problem(Code::ProviderRefused));
    }

    async fn tokens_that_are_not_for_this_request_are_refused(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        for claims in [
            json!({ "nonce": "another" }), json!({ "nonce": null }),
            json!({ "aud": "another" }), json!({ "aud": ["another"] }), json!({ "aud": [] }), json!({ "aud": null }),
            json!({ "aud": ["waggle", "another"] }), json!({ "aud": ["waggle", "another"], "azp": "another" }), json!({ "azp": "another" }),
            json!({ "exp": NOW_SECS - 61 }), json!({ "exp": 0 }), json!({ "exp": "tomorrow" }), json!({ "exp": null }),
            json!({ "iat": NOW_SECS + 600 }), json!({ "nbf": NOW_SECS + 600 }), json!({ "iat": null }),
            json!({ "iss": "https://accounts.google.com" }), json!({ "iss": "" }), json!({ "iss": null }),
            json!({ "sub": "" }), json!({ "sub": null }), json!({ "sub": "x".repeat(256) }), json!({ "sub": "a\u{0}b" }), json!({ "sub": 7 }),
        ] {
            let end = with_claims(&server, &google, "google", claims.clone()).await;
            assert_eq!(end, problem(Code::ProviderUntrusted), "{claims}");
        }
        for claims in [json!({ "aud": ["waggle"] }), json!({ "aud": ["waggle", "another"], "azp": "waggle" }), json!({ "exp": NOW_SECS - 30 })] {
            assert_eq!(with_claims(&server, &google, "google", claims.clone()).await, "/inbox", "{claims}");
        }
    }

    async fn signatures_must_hold(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        for signing in [Signing::None, Signing::HmacWithPublicKey, Signing::StrangeKey] {
            google.behave(|fake| fake.signing = signing);
            refused(&server, &google, "google", Code::ProviderUntrusted).await;
        }
        for signing in [Signing::Rs256, Signing::Ps256, Signing::Es256] {
            google.behave(|fake| fake.signing = signing);
            assert_eq!(sign_in(&mut server.browser(), &google, "google").await, "/inbox", "{signing:?}");
        }
    }

    async fn changed_keys_are_read_again(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        assert_eq!(sign_in(&mut server.browser(), &google, "google").await, "/inbox");
        let read = google.behaviour().documents;
        assert_eq!(sign_in(&mut server.browser(), &google, "google").await, "/inbox");
        assert_eq!(google.behaviour().documents, read, "what is known is not asked for");
        google.behave(|fake| fake.rotated = true);
        assert_eq!(sign_in(&mut server.browser(), &google, "google").await, "/inbox");
        assert_eq!(google.behaviour().documents, read + 2, "the discovery document and the keys");
        server.pass(Duration::from_secs(3_600));
        google.behave(|fake| fake.now_secs += 3_600);
        assert_eq!(sign_in(&mut server.browser(), &google, "google").await, "/inbox");
        assert_eq!(google.behaviour().documents, read + 4, "after an hour they are read anew");
    }

    async fn one_tenant_cannot_speak_for_another(db: TestDb) {
        let (server, _, microsoft) = with_providers(&db, &[]).await;
        let victim = json!({ "oid": "m-9", "xms_edov": true });
        assert_eq!(with_claims(&server, &microsoft, "microsoft", victim).await, "/inbox");
        let base = microsoft.base();
        // Signed by the same keys as every tenant's tokens, and passing every check but this one.
        for claims in [
            json!({ "iss": format!("{base}/33333333-3333-3333-3333-333333333333/v2.0") }),
            json!({ "iss": format!("{base}/{{tenantid}}/v2.0"), "tid": "{tenantid}" }),
            json!({ "iss": format!("{base}/common/v2.0"), "tid": "common" }),
            json!({ "iss": format!("{base}/{TENANT}/v2.0"), "tid": "33333333-3333-3333-3333-333333333333" }),
            json!({ "tid": null, "iss": format!("{base}/{TENANT}/v2.0") }),
            json!({ "oid": null }), json!({ "oid": "" }),
        ] {
            let end = with_claims(&server, &microsoft, "microsoft", claims.clone()).await;
            assert_eq!(end, problem(Code::ProviderUntrusted), "{claims}");
        }
        // The same object in another tenant is somebody else.
        let end = with_claims(&server, &microsoft, "microsoft", json!({ "oid": "m-9", "tid": "33333333-3333-3333-3333-333333333333" })).await;
        assert_eq!(end, "/sign-in?prove=microsoft&next=%2Finbox");
    }

    async fn tenants_that_are_not_listed_stay_outside(db: TestDb) {
        let (server, _, microsoft) = with_providers(&db, &[("oidc.microsoft.allowed_tenants", TENANT)]).await;
        assert_eq!(with_claims(&server, &microsoft, "microsoft", json!({})).await, "/inbox", "its addresses are believed");
        for tid in ["33333333-3333-3333-3333-333333333333", crate::openid::settings::PERSONAL_TENANT] {
            let end = with_claims(&server, &microsoft, "microsoft", json!({ "tid": tid, "xms_edov": true })).await;
            assert_eq!(end, problem(Code::TenantNotAllowed));
        }
    }

    async fn organizations_leave_personal_accounts_outside(db: TestDb) {
        let (server, _, microsoft) = with_providers(&db, &[("oidc.microsoft.tenant", "organizations")]).await;
        let personal = json!({ "tid": crate::openid::settings::PERSONAL_TENANT });
        assert_eq!(with_claims(&server, &microsoft, "microsoft", personal).await, problem(Code::TenantNotAllowed));
    }

    async fn one_tenant_leaves_the_others_outside(db: TestDb) {
        let (server, _, microsoft) = with_providers(&db, &[("oidc.microsoft.tenant", TENANT)]).await;
        let end = with_claims(&server, &microsoft, "microsoft", json!({ "xms_edov": true })).await;
        assert_eq!(end, "/inbox");
        let end = with_claims(&server, &microsoft, "microsoft", json!({ "tid": "33333333-3333-3333-3333-333333333333" })).await;
        assert_eq!(end, problem(Code::ProviderUntrusted));
    }

    async fn what_goes_wrong_there_is_told_here(db: TestDb) {
        let (server, google, microsoft) = with_providers(&db, &[]).await;
        for (error, code) in [("access_denied", Code::SignInCancelled), ("server_error", Code::ProviderRefused)] {
            google.behave(|fake| fake.error = Some(error));
            refused(&server, &google, "google", code).await;
        }
        google.behave(|fake| fake.error = None);
        google.behave(|fake| fake.broken = true);
        refused(&server, &google, "google", Code::ProviderUnavailable).await;
        google.behave(|fake| fake.broken = false);
        assert_eq!(sign_in(&mut server.browser(), &google, "google").await, "/inbox");
        // Documents without an end.
        microsoft.behave(|fake| fake.huge = true);
        let response = server.browser().request("GET", "/api/sign-in/oidc/microsoft?next=/inbox", None).await;
        assert_eq!(location(&response), problem(Code::ProviderUnavailable));
        // It is left alone for a moment, and then asked again.
        microsoft.behave(|fake| fake.huge = false);
        let response = server.browser().request("GET", "/api/sign-in/oidc/microsoft?next=/inbox", None).await;
        assert_eq!(location(&response), problem(Code::ProviderUnavailable));
        server.pass(Duration::from_secs(5));
        assert_eq!(sign_in(&mut server.browser(), &microsoft, "microsoft").await, "/sign-in?prove=microsoft&next=%2Finbox");
        let response = server.browser().request("GET", "/api/sign-in/oidc/nobody", None).await;
        assert_eq!(location(&response), "/sign-in?problem=not_found&next=%2F");
    }

    async fn a_provider_that_is_away_is_told(db: TestDb) {
        // A port that was free a moment ago.
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
        let issuer = format!("http://{free}");
        let (server, ..) = with_providers(&db, &[("oidc.google.issuer", &issuer)]).await;
        let response = server.browser().request("GET", "/api/sign-in/oidc/google?next=/inbox", None).await;
        assert_eq!(location(&response), problem(Code::ProviderUnavailable));
    }

    async fn only_own_paths_come_after_it(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        for (wanted, reached) in [
            ("/settings/profile?x=1%23y", "/settings/profile?x=1%23y"),
            ("//evil.example/", "/"), ("https://evil.example/", "/"), ("/\\evil.example", "/"), ("javascript:alert(1)", "/"),
            ("/%0d%0aset-cookie:x", "/%0d%0aset-cookie:x"), ("/api/sign-out", "/"), ("", "/"), ("/x/../../api/me", "/"),
        ] {
            let mut browser = server.browser();
            let query: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
            let response = browser.request("GET", &format!("/api/sign-in/oidc/google?next={query}"), None).await;
            browser.keep_cookie(&response);
            let back = google.visit(&location(&response)).await;
            let end = browser.request("GET", back.strip_prefix("http://localhost:8080").expect("ours"), None).await;
            assert_eq!(location(&end), reached, "{wanted}");
        }
    }

    async fn the_cookie_survives_the_way_back_and_nothing_else_reads_it(db: TestDb) {
        let (server, ..) = with_providers(&db, &[("public_url", "https://talk.example.com")]).await;
        let response = server.browser().request("GET", "/api/sign-in/oidc/google", None).await;
        let cookie = response.headers()[header::SET_COOKIE].to_str().expect("ASCII");
        assert!(cookie.starts_with("__Host-waggle-sign-in="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure"), "{cookie}");
        assert!(location(&response).contains("redirect_uri=https%3A%2F%2Ftalk.example.com%2Fapi%2Fsign-in%2Foidc%2Fgoogle%2Fcallback"));
    }

    async fn too_many_ways_out_are_refused(db: TestDb) {
        let (server, ..) = with_providers(&db, &[]).await;
        let browser = server.browser();
        for _ in 0..crate::openid::PER_SOURCE {
            assert!(location(&browser.request("GET", "/api/sign-in/oidc/google", None).await).starts_with("http://127.0.0.1"));
        }
        let refused = location(&browser.request("GET", "/api/sign-in/oidc/google", None).await);
        assert_eq!(refused, "/sign-in?problem=too_many_requests&next=%2F");
        server.pass(Duration::from_secs(3_601));
        crate::openid::forget_expired(&server.cx).await.expect("what is old is removed");
        let again = location(&browser.request("GET", "/api/sign-in/oidc/google", None).await);
        assert!(again.starts_with("http://127.0.0.1"), "{again}");
    }
}

#[test]
fn settings_that_do_not_fit_are_named() {
    let load = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        crate::config::Config::load(None, std::iter::empty(), &pairs).map(|config| config.providers.len())
    };
    assert_eq!(load(&[]).ok(), Some(0));
    assert_eq!(load(&[("oidc.google.client_id", "x")]).ok(), Some(1));
    for (key, value) in [
        ("oidc.microsoft.tenant", "a/b"),
        ("oidc.microsoft.allowed_tenants", "contoso.example"),
        ("oidc.microsoft.base", "login"),
        ("oidc.google.issuer", "ftp://x"),
        ("oidc.custom.keycloak.scope", "email"),
        ("oidc.custom.keycloak.issuer", "here"),
        ("oidc.custom.keycloak.nothing", "x"),
        ("oidc.custom.google.name", "x"),
        ("oidc.custom.Key_cloak.name", "x"),
    ] {
        let mut pairs = vec![("oidc.google.client_id", "x"), ("oidc.microsoft.client_id", "x")];
        pairs.extend([("oidc.custom.keycloak.name", "Ours"), ("oidc.custom.keycloak.issuer", "https://id.example")]);
        pairs.extend([("oidc.custom.keycloak.client_id", "x"), (key, value)]);
        let error = load(&pairs).expect_err(key).to_string();
        assert!(error.contains(key), "{error}");
    }
    let config = crate::config::Config::load(
        None,
        [("WAGGLE_OIDC_GOOGLE_CLIENT_SECRET".to_owned(), "hush".to_owned())].into_iter(),
        &[("oidc.google.client_id".to_owned(), "x".to_owned())],
    );
    let shown = format!("{:?}", config.expect("settings that fit"));
    assert!(!shown.contains("hush") && shown.contains("(secret)"), "{shown}");
}

store::both! {
    async fn the_secret_of_a_client_is_never_told(db: TestDb) {
        let (server, google, _) = with_providers(&db, &[]).await;
        let mut browser = server.browser();
        let response = browser.request("GET", "/api/sign-in/oidc/google", None).await;
        browser.keep_cookie(&response);
        let out = location(&response);
        assert!(!out.contains("secret"), "{out}");
        let back = google.visit(&out).await;
        let answer = browser.request("GET", back.strip_prefix("http://localhost:8080").expect("ours"), None).await;
        assert!(!location(&answer).contains("secret"));
        assert_eq!(read(answer).await, Value::Null);
    }
}
