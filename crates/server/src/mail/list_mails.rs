//! `GET /api/mails`: the outbox, for administrators. A sign-in code in it is hidden: it would let its reader be
//! somebody else.

use axum::Json;
use axum::extract::State;
use model::MailId;
use model::access::Permission;
use model::mail::{MailKind, MailView, without_codes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Query;

const PAGE: i64 = 50;

/// Which mails.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `next` of the page before.
    after: Option<MailId>,
}

/// A page.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListMailsResponse"),
    schemars(rename = "ListMailsResponse")
)]
pub struct Response {
    mails: Vec<MailView>,
    next: Option<MailId>,
}

/// Lists the organization's mails, the newest first.
pub async fn list_mails(
    State(cx): State<Cx>,
    caller: Caller,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::InstallationInspect)?;
    let before = request.after.unwrap_or(MailId::from_uuid(Uuid::max()));
    let mut rows = cx
        .db
        .read(async move |tx| Ok::<_, Problem>(store::outbox(tx, caller.organization_id, before, PAGE + 1).await?))
        .await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| row.id);
    Ok(Json(Response { mails: rows.into_iter().map(|row| view(row, cx.demo)).collect(), next }))
}

fn view(row: store::OutboxRow, demo: bool) -> MailView {
    let shown = |text: String| if row.kind == MailKind::SignInCode && !demo { without_codes(&text) } else { text };
    MailView {
        id: row.id,
        kind: row.kind,
        recipient: row.recipient,
        subject: shown(row.subject),
        text: shown(row.body_text),
        state: row.state,
        error: row.last_error,
        created_at: row.created_at,
        sent_at: row.sent_at,
    }
}

#[cfg(test)]
mod tests {
    use model::Code;
    use model::mail::{MailKind, MailState};

    use super::*;
    use crate::test_server::served;

    served! {
        async fn administrators_read_their_own_outbox(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let page = nora.get("/api/mails").await;
            assert_eq!(page["mails"][0]["recipient"], "nora.lindqvist@acmerobotics.example");
            assert_eq!((page["mails"][0]["state"].as_str(), page["mails"][0]["kind"].as_str()), (Some("kept"), Some("sign_in_code")));
            let other = server.other_owner().await;
            let page = other.get("/api/mails").await;
            assert_eq!(page["mails"].as_array().map(Vec::len), Some(1), "{page}");
            server.browser().refused("GET", "/api/mails", None, Code::NotSignedIn).await;
            server.sign_in("lucia.bianchi").await.refused("GET", "/api/mails", None, Code::NotAllowed).await;
            for after in ["x", "%00", "acct_22222222222222222222222222", "1"] {
                nora.refused("GET", &format!("/api/mails?after={after}"), None, Code::BadRequest).await;
            }
        }

        async fn the_outbox_comes_in_pages(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let people: Vec<String> = (0..PAGE + 5).map(|number| format!("guest{number}@acme.example")).collect();
            nora.post("/api/invitations", serde_json::json!({ "emails": people, "role": "member", "plan": "essential" })).await;
            let first = nora.get("/api/mails").await;
            let next = first["next"].as_str().expect("another page");
            let second = nora.get(&format!("/api/mails?after={next}")).await;
            assert_eq!(first["mails"].as_array().map(Vec::len), Some(PAGE as usize));
            assert_eq!(second["mails"].as_array().map(Vec::len), Some(6));
            assert!(second["next"].is_null());
        }
    }

    #[test]
    fn only_the_demo_shows_codes() {
        let row = |kind| store::OutboxRow {
            id: MailId::from_uuid(Uuid::nil()),
            kind,
            recipient: "a@b.example".to_owned(),
            subject: "482913 is your code".to_owned(),
            body_text: "482913".to_owned(),
            state: MailState::Sent,
            last_error: None,
            created_at: model::Time::default(),
            sent_at: None,
        };
        let hidden = view(row(MailKind::SignInCode), false);
        assert_eq!((hidden.subject.as_str(), hidden.text.as_str()), ("•••••• is your code", "••••••"));
        assert_eq!(view(row(MailKind::SignInCode), true).text, "482913");
        assert_eq!(view(row(MailKind::Invitation), false).text, "482913");
    }
}
