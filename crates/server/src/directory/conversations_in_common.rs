//! `GET /api/people/{person}/conversations`: where the caller and somebody else both take part (DIR-09).

use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::chat::ConversationView;
use model::{AccountId, Code, ConversationId, Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::chat::{store as chat, view};
use crate::http::extract::{Path, Query};

const PAGE: i64 = 50;

/// Which page.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `next` of the page before.
    before: Option<String>,
}

/// A page.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ConversationsInCommonResponse"),
    schemars(rename = "ConversationsInCommonResponse")
)]
pub struct Response {
    conversations: Vec<ConversationView>,
    next: Option<String>,
}

/// Lists the conversations in common, the newest first.
pub async fn conversations_in_common(
    State(cx): State<Cx>,
    caller: Caller,
    Path(person): Path<AccountId>,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::ConversationsUse)?;
    let before = request.before.map(|token| read_token(&token).ok_or(Code::BadRequest)).transpose()?;
    let response = cx
        .db
        .read(async move |tx| {
            let account = caller.account_id;
            let (at, id) = before.unwrap_or((Time::from_millis(i64::MAX), ConversationId::from_uuid(Uuid::max())));
            let mut rows = chat::in_common(tx, account, person, at, id, PAGE + 1).await?;
            let known = !rows.is_empty() || chat::colleague(tx, caller.organization_id, person).await?.is_some();
            if !known {
                return Err(Problem::from(Code::NotFound));
            }
            let more = rows.len() as i64 > PAGE;
            rows.truncate(PAGE as usize);
            let next = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.active_at.millis(), row.id));
            let mut conversations = Vec::with_capacity(rows.len());
            for row in rows {
                conversations.push(view::complete(tx, row, account).await?);
            }
            Ok(Response { conversations, next })
        })
        .await?;
    Ok(Json(response))
}

fn read_token(token: &str) -> Option<(Time, ConversationId)> {
    let (millis, id) = token.split_once('.')?;
    Some((Time::from_millis(millis.parse().ok()?), id.parse().ok()?))
}
