//! `POST /api/join-requests`: somebody without an invitation asks to be let into the organization of a domain (AUTH-07).
//!
//! The answer is the same whether there is such an organization or not, and whether the address is known or not; what
//! is counted for the limits is the same too.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use model::{Refusal, text};
use serde::Deserialize;

use super::store::{self, NewJoinRequest};
use crate::accounts::store as accounts;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Body;
use crate::http::source::Source;

/// Requests are counted over this time.
const WINDOW: Duration = Duration::from_secs(60 * 60);
/// Requests of one address in [`WINDOW`].
const PER_ADDRESS: i64 = 3;
/// Requests from one source in [`WINDOW`]; an office shares one.
const PER_SOURCE: i64 = 20;
/// Requests that wait in one organization; nobody reads more.
const WAITING_MAX: i64 = 500;

/// Who asks, and where to.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "RequestToJoinRequest"),
    schemars(rename = "RequestToJoinRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    email: String,
    domain: String,
    name: String,
    language: Option<String>,
}

/// Keeps a request for the administrators of the domain's organization, if there is one.
pub async fn request_to_join(State(cx): State<Cx>, source: Source, Body(request): Body<Request>) -> Answer<StatusCode> {
    let (email, domain) = (text::email(&request.email)?, text::domain(&request.domain)?);
    let name = text::name(&request.name)?;
    let language = request.language.and_then(|language| text::language(&language).ok());
    let (id, now, source) = (cx.id(), cx.now(), source.bucket());
    cx.db
        .write(async move |tx| {
            store::prune_join_attempts(tx, now - WINDOW).await?;
            let (of_address, from_source) = store::join_requests_since(tx, &email, &source, now - WINDOW).await?;
            if of_address >= PER_ADDRESS || from_source >= PER_SOURCE {
                return Err(Refusal::slow_down(WINDOW.as_secs()).into());
            }
            // Whoever is known already signs in, and an address that works elsewhere cannot be let in.
            let mut organization_id = accounts::organization_by_domain(tx, &domain).await?;
            let known = store::is_taken(tx, &email).await?;
            if let Some(organization) = organization_id {
                let (waiting, own) = store::join_requests_waiting(tx, organization, &email).await?;
                organization_id.take_if(|_| known || own > 0 || waiting >= WAITING_MAX);
            }
            let language = language.as_deref().unwrap_or("en");
            let new = NewJoinRequest { id, organization_id, email: &email, name: &name, language, source: &source };
            store::insert_join_request(tx, &new, now).await?;
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::ACCEPTED)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Code;
    use serde_json::{Value, json};

    use crate::members::invite_people::tests::{ZOE, secret};
    use crate::test_server::{read, served};

    fn asks(email: &str, domain: &str) -> Value {
        json!({ "email": email, "domain": domain, "name": "Zoë Ümit", "language": "fr" })
    }

    served! {
        async fn a_request_becomes_an_invitation(server: TestServer) {
            server.browser().post("/api/join-requests", asks(ZOE, "AcmeRobotics.example")).await;
            let nora = server.sign_in("nora.lindqvist").await;
            let request = nora.get("/api/join-requests").await["requests"][0].clone();
            assert_eq!((&request["email"], &request["name"]), (&json!(ZOE), &json!("Zoë Ümit")));
            let path = format!("/api/join-requests/{}", request["id"].as_str().expect("an id"));
            let accept = format!("{path}/accept");
            let body = || Some(json!({ "role": "agent", "plan": "business" }));
            let (lucia, olga) = (server.sign_in("lucia.bianchi").await, server.other_owner().await);
            for (browser, code) in [(&server.browser(), Code::NotSignedIn), (&lucia, Code::NotAllowed), (&olga, Code::NotFound)] {
                browser.refused("POST", &accept, body(), code).await;
                browser.refused("DELETE", &path, None, code).await;
            }
            assert_eq!(olga.get("/api/join-requests").await["requests"], json!([]));
            lucia.refused("GET", "/api/join-requests", None, Code::NotAllowed).await;
            server.browser().refused("GET", "/api/join-requests", None, Code::NotSignedIn).await;
            nora.call("POST", &accept, body()).await;
            nora.refused("POST", &accept, body(), Code::NotFound).await;
            assert_eq!(nora.get("/api/join-requests").await["requests"], json!([]));
            let mail = nora.get("/api/mails").await["mails"][0].clone();
            assert_eq!(mail["subject"], "Nora Lindqvist vous invite à rejoindre Acme Robotics");
            server.browser().get(&format!("/api/invitations/{}", secret(&nora, ZOE).await)).await;
            assert_eq!(server.sign_in_as(ZOE).await.get("/api/me").await["role"], "agent");
        }

        async fn every_answer_is_the_same(server: TestServer) {
            let browser = server.browser();
            let cases = [(ZOE, "acmerobotics.example"), (ZOE, "nowhere.example"), ("lucia.bianchi@acmerobotics.example", "acmerobotics.example")];
            for (email, domain) in cases {
                let response = browser.request("POST", "/api/join-requests", Some(asks(email, domain))).await;
                assert_eq!((response.status().as_u16(), read(response).await), (202, Value::Null));
            }
            let nora = server.sign_in("nora.lindqvist").await;
            assert_eq!(nora.get("/api/join-requests").await["requests"].as_array().map(Vec::len), Some(1));
            for domain in ["acmerobotics.example", "nowhere.example"] {
                let email = format!("zoe@{domain}");
                for _ in 0..3 {
                    browser.post("/api/join-requests", asks(&email, domain)).await;
                }
                browser.refused("POST", "/api/join-requests", Some(asks(&email, domain)), Code::TooManyRequests).await;
            }
            assert_eq!(nora.get("/api/join-requests").await["requests"].as_array().map(Vec::len), Some(2));
        }

        async fn one_source_asks_so_often(server: TestServer) {
            let browser = server.browser();
            for number in 0..20 {
                browser.post("/api/join-requests", asks(&format!("p{number}@x.example"), "nowhere.example")).await;
            }
            let one_more = || Some(asks("q@x.example", "nowhere.example"));
            browser.refused("POST", "/api/join-requests", one_more(), Code::TooManyRequests).await;
            server.pass(Duration::from_secs(3_601));
            browser.call("POST", "/api/join-requests", one_more()).await;
        }

        async fn dropped_and_broken_requests(server: TestServer) {
            let browser = server.browser();
            browser.post("/api/join-requests", asks(ZOE, "acmerobotics.example")).await;
            let nora = server.sign_in("nora.lindqvist").await;
            let id = nora.get("/api/join-requests").await["requests"][0]["id"].as_str().expect("an id").to_owned();
            let accept = format!("/api/join-requests/{id}/accept");
            let tomas = server.sign_in("tomas.herrera").await;
            tomas.refused("POST", &accept, Some(json!({ "role": "owner", "plan": "essential" })), Code::NotAllowed).await;
            nora.refused("POST", &accept, Some(json!({ "role": "x", "plan": "essential" })), Code::BadRequest).await;
            nora.refused("POST", &accept, None, Code::BadRequest).await;
            nora.call("DELETE", &format!("/api/join-requests/{id}"), None).await;
            nora.refused("DELETE", &format!("/api/join-requests/{id}"), None, Code::NotFound).await;
            browser.refused("POST", "/api/join-requests", Some(asks("x", "acmerobotics.example")), Code::InvalidEmail).await;
            browser.refused("POST", "/api/join-requests", Some(asks(ZOE, "x")), Code::InvalidDomain).await;
            browser.refused("POST", "/api/join-requests", Some(json!({ "email": ZOE, "domain": "x.example", "name": "" })), Code::InvalidName).await;
            browser.refused("POST", "/api/join-requests", Some(json!({ "email": ZOE })), Code::BadRequest).await;
            let huge = asks(&"x".repeat(200_000), "x.example");
            browser.refused("POST", "/api/join-requests", Some(huge), Code::TooLarge).await;
            browser.with("origin", "https://evil.example").refused("POST", "/api/join-requests", Some(asks(ZOE, "x.example")), Code::WrongOrigin).await;
        }
    }
}
