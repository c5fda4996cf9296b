//! `PUT` and `DELETE /api/messages/{message}/reactions/{emoji}` (MSG-03).

use axum::extract::State;
use axum::http::StatusCode;
use model::chat::reaction;
use model::event::{Audience, Event, Stream};
use model::{Code, MessageId};

use super::store;
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;

/// Adds the caller's reaction; twice is once.
pub async fn add_reaction(
    State(cx): State<Cx>,
    caller: Caller,
    Path((id, emoji)): Path<(MessageId, String)>,
) -> Answer<StatusCode> {
    reaction::emoji(&emoji)?;
    let now = cx.now();
    cx.db
        .write(async move |tx| {
            let (seat, row) = access::message(tx, &caller, id).await?;
            if row.deleted_at.is_some() {
                return Err(Code::MessageGone.into());
            }
            if store::other_emoji(tx, id, &emoji).await? >= reaction::DIFFERENT_MAX as i64 {
                return Err(Code::TooManyReactions.into());
            }
            if store::insert_reaction(tx, id, &emoji, caller.account_id, now).await? > 0 {
                let event = Event::ReactionAdded {
                    conversation_id: row.conversation_id,
                    message_id: id,
                    person_id: caller.account_id,
                    emoji,
                };
                tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(row.conversation_id), event);
            }
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the caller's reaction back; one that is not there stays away.
pub async fn remove_reaction(
    State(cx): State<Cx>,
    caller: Caller,
    Path((id, emoji)): Path<(MessageId, String)>,
) -> Answer<StatusCode> {
    cx.db
        .write(async move |tx| {
            let (seat, row) = access::message(tx, &caller, id).await?;
            if store::delete_reaction(tx, id, &emoji, caller.account_id).await? > 0 {
                let event = Event::ReactionRemoved {
                    conversation_id: row.conversation_id,
                    message_id: id,
                    person_id: caller.account_id,
                    emoji,
                };
                tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(row.conversation_id), event);
            }
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
