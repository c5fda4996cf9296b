//! `PUT /api/conversations/{conversation}/read`: somebody has seen all up to a position (MSG-09).

use axum::extract::State;
use axum::http::StatusCode;
use model::ConversationId;
use model::event::{Audience, Event, Stream};
use model::live::Signal;
use serde::Deserialize;

use super::{store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};
use crate::live::Notice;

/// How far.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "MarkReadRequest"),
    schemars(rename = "MarkReadRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    position: i64,
}

/// Moves the caller's read position forward, never back, on all clients of the caller; the others get a signal.
pub async fn mark_read(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Body(request): Body<Request>,
) -> Answer<StatusCode> {
    let account = caller.account_id;
    let moved = cx
        .db
        .write(async move |tx| {
            let seat = access::conversation(tx, &caller, conversation).await?;
            let row = store::conversation(tx, conversation, account).await?.ok_or(model::Code::NotFound)?;
            let position = request.position.min(row.position);
            if store::read_up_to(tx, conversation, account, position).await? == 0 {
                return Ok(None);
            }
            let row = store::ConversationRow { read_position: position, ..row };
            let seat_view = view::seat(tx, &row, account).await?;
            let event = Event::SeatChanged { conversation_id: conversation, seat: seat_view };
            tx.emit(Stream::Account(seat.account_id), Audience::Account(account), event);
            Ok::<_, Problem>(Some(position))
        })
        .await?;
    if let Some(position) = moved {
        let signal = Signal::Read { conversation_id: conversation, person_id: account, position };
        cx.bus.publish(&Notice::Signal { conversation_id: conversation, signal, not_to: account });
    }
    Ok(StatusCode::NO_CONTENT)
}
