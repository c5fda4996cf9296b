//! `POST /api/messages/{message}/forward`: a copy in other conversations, with the first author's name (MSG-05).

use axum::Json;
use axum::extract::State;
use model::chat::{MessageView, message};
use model::{Code, ConversationId, Id, MessageId};
use serde::{Deserialize, Serialize};

use super::append::{Files, Said, append};
use super::{store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::files::store as files;
use crate::http::extract::{Body, Path};

/// Conversations at once.
const TARGETS_MAX: usize = 20;

/// Where to.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ForwardMessageRequest"),
    schemars(rename = "ForwardMessageRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    client_id: String,
    conversation_ids: Vec<ConversationId>,
}

/// The copies, in the order of the conversations.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ForwardMessageResponse"),
    schemars(rename = "ForwardMessageResponse")
)]
pub struct Response {
    messages: Vec<MessageView>,
}

/// Copies a message into other conversations of the caller, all or none. Repeated under the same client id nothing
/// is copied again.
pub async fn forward_message(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<MessageId>,
    Body(request): Body<Request>,
) -> Answer<Json<Response>> {
    message::client_id(&format!("{}-00", request.client_id))?;
    let mut targets = request.conversation_ids;
    targets.sort_unstable();
    targets.dedup();
    if targets.is_empty() || targets.len() > TARGETS_MAX {
        return Err(Code::TooManyTargets.into());
    }
    let (now, random, client_id) = (cx.now(), cx.random.clone(), request.client_id);
    let copies: Vec<_> = targets.into_iter().map(|target| (target, cx.id())).collect();
    let messages = cx
        .db
        .write(async move |tx| {
            let (_, row) = access::message(tx, &caller, id).await?;
            let files = files::of_message(tx, id).await?;
            // A system message has neither.
            if row.deleted_at.is_some() || (row.body.is_empty() && files.is_empty()) {
                return Err(Problem::from(Code::MessageGone));
            }
            let first_author = view::message(tx, &row).await?.forwarded_from.map_or(row.author_id, |person| person.id);
            let mut messages = Vec::with_capacity(copies.len());
            for (at, (target, copy)) in copies.into_iter().enumerate() {
                let seat = access::conversation(tx, &caller, target).await?;
                let client_id = format!("{client_id}-{at:02}");
                if let Some(before) = store::message_by_client_id(tx, caller.account_id, &client_id).await? {
                    messages.push(view::message(tx, &before).await?);
                    continue;
                }
                let pairs: Vec<_> = files.iter().map(|file| (*file, Id::new(now, random.bytes()))).collect();
                let said = Said::Regular {
                    body: &row.body,
                    quote_id: None,
                    forwarded_from: Some(first_author),
                    files: Files::Copied(&pairs),
                };
                messages.push(append(tx, &seat, copy, &client_id, said, now).await?);
            }
            Ok(messages)
        })
        .await?;
    Ok(Json(Response { messages }))
}
