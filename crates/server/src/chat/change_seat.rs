//! `PATCH /api/conversations/{conversation}/seat` and `PUT …/draft`: what is one person's own in a conversation
//! (CONV-16 … 20, NOTIF-09). Each change is undone by its inverse.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::chat::{SeatView, message};
use model::event::{Audience, Event, Stream};
use model::{AccountId, Code, ConversationId};
use serde::Deserialize;
use store::Tx;

use super::{store as rows, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};

/// What is different; what is absent stays.
#[derive(Deserialize, Default)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ChangeSeatRequest", optional_fields),
    schemars(rename = "ChangeSeatRequest")
)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    hidden: Option<bool>,
    muted: Option<bool>,
    pinned: Option<bool>,
}

/// Hides, mutes or pins a conversation for the caller alone.
pub async fn change_seat(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Body(request): Body<Request>,
) -> Answer<Json<SeatView>> {
    let now = cx.now();
    let seat = cx
        .db
        .write(async move |tx| {
            access::conversation(tx, &caller, conversation).await?;
            let mut row = rows::conversation(tx, conversation, caller.account_id).await?.ok_or(Code::NotFound)?;
            if let Some(hidden) = request.hidden {
                row.hidden_position = hidden.then_some(row.position);
            }
            if let Some(pinned) = request.pinned {
                row.pinned_at = if pinned { row.pinned_at.or(Some(now)) } else { None };
            }
            row.muted = request.muted.unwrap_or(row.muted);
            rows::update_seat(tx, &row, caller.account_id).await?;
            tell(tx, &row, caller.account_id).await
        })
        .await?;
    Ok(Json(seat))
}

/// A text not sent yet; empty removes it.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SaveDraftRequest"),
    schemars(rename = "SaveDraftRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    body: String,
}

/// Keeps the caller's draft for all their clients.
pub async fn save_draft(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Body(request): Body<Draft>,
) -> Answer<StatusCode> {
    if request.body.chars().count() > message::BODY_MAX {
        return Err(Code::MessageTooLong.into());
    }
    cx.db
        .write(async move |tx| {
            access::conversation(tx, &caller, conversation).await?;
            let mut row = rows::conversation(tx, conversation, caller.account_id).await?.ok_or(Code::NotFound)?;
            let draft = Some(request.body).filter(|body| !body.trim().is_empty());
            if draft != row.draft {
                row.draft = draft;
                rows::update_draft(tx, conversation, caller.account_id, row.draft.as_deref()).await?;
                tell(tx, &row, caller.account_id).await?;
            }
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells the person's clients what the seat is now.
pub(super) async fn tell(
    tx: &mut Tx<'_>,
    row: &rows::ConversationRow,
    account: AccountId,
) -> Result<SeatView, Problem> {
    let seat = view::seat(tx, row, account).await?;
    let event = Event::SeatChanged { conversation_id: row.id, seat: seat.clone() };
    tx.emit(Stream::Account(account), Audience::Account(account), event);
    Ok(seat)
}
