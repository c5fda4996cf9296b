//! `GET /api/feedback`: what people told, for administrators.

use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::{FeedbackId, Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Query;

const PAGE: i64 = 50;

/// Which feedback.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `next` of the page before.
    after: Option<FeedbackId>,
}

/// A page.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListFeedbackResponse"),
    schemars(rename = "ListFeedbackResponse")
)]
pub struct Response {
    feedback: Vec<FeedbackView>,
    next: Option<FeedbackId>,
}

/// What somebody told.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct FeedbackView {
    id: FeedbackId,
    name: String,
    /// The address, when the person may be written back to.
    email: Option<String>,
    text: String,
    created_at: Time,
}

/// Lists feedback, the newest first.
pub async fn list_feedback(
    State(cx): State<Cx>,
    caller: Caller,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::InstallationInspect)?;
    let before = request.after.unwrap_or(FeedbackId::from_uuid(Uuid::max()));
    let mut rows = cx
        .db
        .read(async move |tx| Ok::<_, Problem>(store::feedback(tx, caller.organization_id, before, PAGE + 1).await?))
        .await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| row.id);
    let view = |row: store::FeedbackRow| FeedbackView {
        id: row.id,
        name: row.name,
        email: Some(row.email).filter(|_| row.contact_ok),
        text: row.body,
        created_at: row.created_at,
    };
    Ok(Json(Response { feedback: rows.into_iter().map(view).collect(), next }))
}
