//! `DELETE /api/messages/{message}` and its inverse: the author takes a message back, and may think again (MSG-06).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::chat::{MessageKind, MessageView};
use model::event::{Audience, Event, Stream};
use model::{Code, MessageId};

use super::erase_message::UNDO_WITHIN;
use super::{store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;

/// Takes the caller's own message back: its place stays, what it said is shown no more.
pub async fn delete_message(State(cx): State<Cx>, caller: Caller, Path(id): Path<MessageId>) -> Answer<StatusCode> {
    let now = cx.now();
    cx.db
        .write(async move |tx| {
            let (seat, row) = access::own_message(tx, &caller, id).await?;
            store::set_deleted(tx, id, Some(now)).await?;
            store::delete_pin(tx, row.conversation_id, id).await?;
            let event = Event::MessageDeleted { conversation_id: row.conversation_id, message_id: id, deleted_at: now };
            tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(row.conversation_id), event);
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings the caller's own message back.
pub async fn restore_message(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<MessageId>,
) -> Answer<Json<MessageView>> {
    let now = cx.now();
    let message = cx
        .db
        .write(async move |tx| {
            let (seat, row) = access::message(tx, &caller, id).await?;
            if row.author_id != caller.account_id || row.kind != MessageKind::Regular {
                return Err(Code::NotYourMessage.into());
            }
            if row.deleted_at.is_some_and(|at| now.since(at) > UNDO_WITHIN) {
                return Err(Code::MessageGone.into());
            }
            if store::set_deleted(tx, id, None).await? == 0 {
                return Err(Code::MessageGone.into());
            }
            let message = view::message(tx, &row).await?;
            let event = Event::MessageRestored { message: Box::new(message.clone()) };
            tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(row.conversation_id), event);
            Ok::<_, Problem>(message)
        })
        .await?;
    Ok(Json(message))
}
