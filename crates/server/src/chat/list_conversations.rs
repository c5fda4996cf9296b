//! `GET /api/conversations`: the inbox beyond what a snapshot has.

use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::chat::{ConversationFilter, ConversationView};
use model::{Code, ConversationId, Time};
use serde::{Deserialize, Serialize};

use super::view;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Query;

/// Which page.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `next` of the page before.
    before: Option<String>,
    filter: Option<ConversationFilter>,
}

/// A page.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListConversationsResponse"),
    schemars(rename = "ListConversationsResponse")
)]
pub struct Response {
    conversations: Vec<ConversationView>,
    next: Option<String>,
}

/// Lists the caller's conversations, the newest first.
pub async fn list_conversations(
    State(cx): State<Cx>,
    caller: Caller,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::ConversationsUse)?;
    let after = request.before.map(|token| read_token(&token).ok_or(Code::BadRequest)).transpose()?;
    let account = caller.account_id;
    let response = cx
        .db
        .read(async move |tx| {
            let (rows, more) =
                view::page(tx, account, request.filter.unwrap_or(ConversationFilter::All), after).await?;
            let next = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.active_at.millis(), row.id));
            let mut conversations = Vec::with_capacity(rows.len());
            for row in rows {
                conversations.push(view::complete(tx, row, account).await?);
            }
            Ok::<_, Problem>(Response { conversations, next })
        })
        .await?;
    Ok(Json(response))
}

fn read_token(token: &str) -> Option<(Time, ConversationId)> {
    let (millis, id) = token.split_once('.')?;
    Some((Time::from_millis(millis.parse().ok()?), id.parse().ok()?))
}
