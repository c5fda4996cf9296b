//! `PUT` and `DELETE /api/messages/{message}/pin`, and the list of what is pinned (MSG-08).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::chat::MessageView;
use model::event::{Audience, Event, Stream};
use model::{Code, ConversationId, MessageId};
use serde::Serialize;

use super::{store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;

/// Pinned messages of one conversation.
const PINS_MAX: usize = 100;

/// Pins a message for everybody in the conversation; twice is once.
pub async fn pin_message(State(cx): State<Cx>, caller: Caller, Path(id): Path<MessageId>) -> Answer<StatusCode> {
    let now = cx.now();
    cx.db
        .write(async move |tx| {
            let (seat, row) = access::message(tx, &caller, id).await?;
            if row.deleted_at.is_some() {
                return Err(Code::MessageGone.into());
            }
            let pins = store::pinned_messages(tx, row.conversation_id).await?;
            if pins.contains(&id) {
                return Ok(());
            }
            if pins.len() >= PINS_MAX {
                return Err(Code::TooManyPins.into());
            }
            store::insert_pin(tx, row.conversation_id, id, caller.account_id, now).await?;
            let event = Event::MessagePinned {
                conversation_id: row.conversation_id,
                message_id: id,
                person_id: caller.account_id,
            };
            tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(row.conversation_id), event);
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unpins a message for everybody; one that is not pinned stays so.
pub async fn unpin_message(State(cx): State<Cx>, caller: Caller, Path(id): Path<MessageId>) -> Answer<StatusCode> {
    cx.db
        .write(async move |tx| {
            let (seat, row) = access::message(tx, &caller, id).await?;
            if store::delete_pin(tx, row.conversation_id, id).await? > 0 {
                let event = Event::MessageUnpinned { conversation_id: row.conversation_id, message_id: id };
                tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(row.conversation_id), event);
            }
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is pinned, the last pinned first.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListPinsResponse"),
    schemars(rename = "ListPinsResponse")
)]
pub struct Pins {
    messages: Vec<MessageView>,
}

/// Lists the pinned messages of a conversation.
pub async fn list_pins(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
) -> Answer<Json<Pins>> {
    let messages = cx
        .db
        .read(async move |tx| {
            access::conversation(tx, &caller, conversation).await?;
            let mut messages = Vec::new();
            for id in store::pinned_messages(tx, conversation).await? {
                if let Some(row) = store::message(tx, id).await? {
                    messages.push(view::message(tx, &row).await?);
                }
            }
            Ok::<_, Problem>(messages)
        })
        .await?;
    Ok(Json(Pins { messages }))
}
