//! `POST /api/conversations/{conversation}/messages`: somebody says something.
//!
//! A send repeated under the same client id, after a lost answer or from a second tab, is the same message.

use axum::Json;
use axum::extract::State;
use model::chat::{Draft, MessageView, message};
use model::{Code, ConversationId, FileId, MessageId};
use serde::Deserialize;

use super::append::{Said, append};
use super::{store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};

/// What is said.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, rename = "PostMessageRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    client_id: String,
    body: String,
    quote_id: Option<MessageId>,
    #[serde(default)]
    file_ids: Vec<FileId>,
}

/// Keeps a message and tells the conversation.
pub async fn post_message(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Body(request): Body<Request>,
) -> Answer<Json<MessageView>> {
    message::client_id(&request.client_id)?;
    let (id, now, client_id) = (cx.id(), cx.now(), request.client_id.clone());
    let (again, repeated) = (caller.clone(), request.client_id.clone());
    let posted = cx
        .db
        .write(async move |tx| {
            let seat = access::conversation(tx, &caller, conversation).await?;
            let body = message::compose(&Draft { body: request.body, files: request.file_ids.len() })?;
            if let Some(quote) = request.quote_id {
                access::message(tx, &caller, quote).await?;
            }
            let said = Said::Regular { body: &body, quote_id: request.quote_id, forwarded_from: None };
            append(tx, &seat, id, &client_id, said, now).await
        })
        .await;
    match posted {
        Err(problem) if problem.is_conflict("messages_client") => posted_before(&cx, again, conversation, repeated).await,
        other => Ok(Json(other?)),
    }
}

/// The message that was kept under this client id before.
async fn posted_before(cx: &Cx, caller: Caller, conversation: ConversationId, client_id: String) -> Answer<Json<MessageView>> {
    let message = cx
        .db
        .read(async move |tx| {
            access::conversation(tx, &caller, conversation).await?;
            let row = store::message_by_client_id(tx, caller.account_id, &client_id).await?;
            let row = row.filter(|row| row.conversation_id == conversation).ok_or(Problem::from(Code::BadRequest))?;
            view::message(tx, &row).await
        })
        .await?;
    Ok(Json(message))
}
