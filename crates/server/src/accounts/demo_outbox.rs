//! `GET /api/sign-in/demo-outbox`: the demo has no mail server, so its sign-in page shows the mails.
//!
//! Only over demo data, to a browser on this machine that typed `localhost`, with no proxy between: whoever reads a
//! code can be anybody.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use model::{Code, MailId, Time};
use serde::Serialize;

use super::store;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::source::Source;
use crate::mail::store as mails;

/// The newest mails and who can sign in.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "DemoOutbox"),
    schemars(rename = "DemoOutbox")
)]
pub struct Response {
    mails: Vec<DemoMail>,
    people: Vec<DemoPerson>,
}

/// A mail of the demo.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct DemoMail {
    id: MailId,
    to: String,
    subject: String,
    code: Option<String>,
    created_at: Time,
}

/// Somebody who can sign in to the demo.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct DemoPerson {
    email: String,
    name: String,
    title: Option<String>,
}

/// Lists the newest mails.
pub async fn demo_outbox(State(cx): State<Cx>, source: Source, headers: HeaderMap) -> Answer<Json<Response>> {
    if !may_see(&cx, source, &headers) {
        return Err(Code::NotFound.into());
    }
    let (mails, people) = cx
        .db
        .read(async move |tx| Ok::<_, Problem>((mails::newest_mails(tx, 10).await?, store::demo_people(tx).await?)))
        .await?;
    let mail = |row: mails::DemoMailRow| DemoMail {
        id: row.id,
        to: row.recipient,
        subject: row.subject,
        code: row.code,
        created_at: row.created_at,
    };
    let person = |row: store::DemoPersonRow| DemoPerson { email: row.email, name: row.name, title: row.title };
    Ok(Json(Response {
        mails: mails.into_iter().map(mail).collect(),
        people: people.into_iter().map(person).collect(),
    }))
}

/// Whether this browser may read the demo's mails.
pub(super) fn may_see(cx: &Cx, source: Source, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    cx.demo && source.local && matches!(name, "localhost" | "127.0.0.1")
}
