//! `GET /api/conversations/{conversation}/search`: what was said in one conversation.

use ::store::dialect;
use axum::Json;
use axum::extract::State;
use model::search::Query as Asked;
use model::{Code, ConversationId};
use serde::{Deserialize, Serialize};

use super::search_everything::MessageHit;
use super::store as rows;
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Path, Query};

const PAGE: i64 = 30;

/// What is looked for.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    query: String,
    /// `next` of the page before.
    before: Option<String>,
}

/// A page, the newest message first.
#[derive(Serialize, Default)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SearchConversationResponse"),
    schemars(rename = "SearchConversationResponse")
)]
pub struct Response {
    messages: Vec<MessageHit>,
    next: Option<String>,
}

/// Searches the messages of a conversation the caller takes part in.
pub async fn search_conversation(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<ConversationId>,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    let asked = Asked::parse(&request.query)?;
    let before = request.before.map(|token| token.parse::<i64>()).transpose().map_err(|_| Code::BadRequest)?;
    let response = cx
        .db
        .read(async move |tx| {
            let seat = access::conversation(tx, &caller, id).await?;
            if asked.is_empty() {
                return Ok::<_, Problem>(Response::default());
            }
            let words = dialect::match_words(tx.engine(), asked.words(), asked.number(), &[super::scope(id)]);
            let before = before.unwrap_or(i64::MAX);
            let mut found = rows::found(tx, seat.account_id, &words, Some(id), before, PAGE + 1).await?;
            let more = found.len() as i64 > PAGE;
            found.truncate(PAGE as usize);
            let next = found.last().filter(|_| more).map(|row| row.number.to_string());
            Ok(Response { messages: found.into_iter().map(|row| MessageHit::new(row, &asked)).collect(), next })
        })
        .await?;
    Ok(Json(response))
}
