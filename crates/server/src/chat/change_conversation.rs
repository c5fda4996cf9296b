//! `PATCH /api/conversations/{conversation}`: another title or description for a group (CONV-06, CONV-07).

use axum::Json;
use axum::extract::State;
use model::chat::{ConversationKind, ConversationView, SystemNote};
use model::event::{Audience, Event, Stream};
use model::{Code, ConversationId, text};
use serde::Deserialize;
use store::Tx;

use super::append::{Said, append};
use super::{store as rows, view};
use crate::access::{self, Caller, Seat};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};

/// What is different; what is absent stays.
#[derive(Deserialize, Default)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ChangeConversationRequest", optional_fields),
    schemars(rename = "ChangeConversationRequest")
)]
#[serde(deny_unknown_fields, default)]
pub struct Request {
    title: Option<String>,
    /// Empty removes it.
    description: Option<String>,
}

/// Gives a group another title or description; a new title leaves a system message.
pub async fn change_conversation(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Body(request): Body<Request>,
) -> Answer<Json<ConversationView>> {
    let (note_id, now) = (cx.id(), cx.now());
    let view = cx
        .db
        .write(async move |tx| {
            let seat = access::conversation(tx, &caller, conversation).await?;
            if seat.kind == ConversationKind::Direct {
                return Err(Code::DirectIsForTwo.into());
            }
            let mut row = rows::conversation(tx, conversation, caller.account_id).await?.ok_or(Code::NotFound)?;
            let title = request.title.map(|title| text::title(&title)).transpose()?.or(row.title.clone());
            if let Some(description) = request.description {
                row.description = text::description(&description)?;
            }
            let renamed = title != row.title;
            row.title = title;
            rows::update_conversation(tx, &row).await?;
            if let Some(title) = row.title.clone().filter(|_| renamed) {
                let note = SystemNote::Renamed { title };
                append(tx, &seat, note_id, &note_id.to_string(), Said::System(&note), now).await?;
            }
            tell(tx, &seat).await
        })
        .await?;
    Ok(Json(view))
}

/// Tells the conversation what it looks like now.
pub(crate) async fn tell(tx: &mut Tx<'_>, seat: &Seat) -> Result<ConversationView, Problem> {
    let view = view::conversation(tx, seat.conversation_id, seat.account_id).await?;
    let event = Event::ConversationChanged {
        conversation_id: seat.conversation_id,
        title: view.title.clone(),
        description: view.description.clone(),
        picture: view.picture.clone(),
    };
    tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(seat.conversation_id), event);
    Ok(view)
}
