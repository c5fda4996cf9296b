//! `POST /api/feedback`: somebody tells what they think (PROF-11).

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use model::{Refusal, text};
use serde::Deserialize;

use super::store;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Body;

/// One person's feedback in [`WINDOW`].
const PER_PERSON: i64 = 20;
const WINDOW: Duration = Duration::from_secs(60 * 60);

/// What somebody tells.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SendFeedbackRequest"),
    schemars(rename = "SendFeedbackRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    text: String,
    /// Whether somebody may write back; without it the address is not shown.
    contact_ok: bool,
}

/// Keeps feedback.
pub async fn send_feedback(State(cx): State<Cx>, caller: Caller, Body(request): Body<Request>) -> Answer<StatusCode> {
    let body = text::feedback(&request.text)?;
    let (id, now) = (cx.id(), cx.now());
    cx.db
        .write(async move |tx| {
            if store::feedback_since(tx, caller.account_id, now - WINDOW).await? >= PER_PERSON {
                return Err(Refusal::slow_down(WINDOW.as_secs()).into());
            }
            let (organization, account) = (caller.organization_id, caller.account_id);
            store::insert_feedback(tx, id, organization, account, &body, request.contact_ok, now).await?;
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Code;
    use serde_json::json;

    use crate::test_server::served;

    served! {
        async fn administrators_read_what_people_tell(server: TestServer) {
            let lucia = server.sign_in("lucia.bianchi").await;
            lucia.post("/api/feedback", json!({ "text": " One\r\nTwo\u{0} <b> ", "contact_ok": true })).await;
            server.pass(Duration::from_millis(1));
            lucia.post("/api/feedback", json!({ "text": "Secret", "contact_ok": false })).await;
            let nora = server.sign_in("nora.lindqvist").await;
            let page = nora.get("/api/feedback").await;
            let texts: Vec<_> = page["feedback"].as_array().expect("a list").iter().map(|one| (&one["text"], &one["email"])).collect();
            assert_eq!(texts, [(&json!("Secret"), &json!(null)), (&json!("One\nTwo <b>"), &json!("lucia.bianchi@acmerobotics.example"))]);
            assert!(page["next"].is_null());
            let olga = server.other_owner().await;
            assert_eq!(olga.get("/api/feedback").await["feedback"], json!([]));
            lucia.refused("GET", "/api/feedback", None, Code::NotAllowed).await;
            server.browser().refused("GET", "/api/feedback", None, Code::NotSignedIn).await;
            server.browser().refused("POST", "/api/feedback", Some(json!({ "text": "x", "contact_ok": true })), Code::NotSignedIn).await;
        }

        async fn strange_feedback_is_refused(server: TestServer) {
            let lucia = server.sign_in("lucia.bianchi").await;
            for text in ["", " \n\t", "\u{0}", &"ü".repeat(4_001)] {
                lucia.refused("POST", "/api/feedback", Some(json!({ "text": text, "contact_ok": true })), Code::FeedbackEmpty).await;
            }
            for bad in [json!({ "text": "x" }), json!({ "text": 1, "contact_ok": true }), json!({ "text": "x", "contact_ok": "yes" }), json!(null)] {
                lucia.refused("POST", "/api/feedback", Some(bad), Code::BadRequest).await;
            }
            for _ in 0..20 {
                lucia.post("/api/feedback", json!({ "text": "x", "contact_ok": false })).await;
            }
            lucia.refused("POST", "/api/feedback", Some(json!({ "text": "x", "contact_ok": false })), Code::TooManyRequests).await;
        }
    }
}
