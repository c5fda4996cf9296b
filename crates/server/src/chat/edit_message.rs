//! `PATCH /api/messages/{message}`: the author says it differently; what stood there before is kept (MSG-06).

use axum::Json;
use axum::extract::State;
use model::chat::{Draft, MessageView, message};
use model::event::{Audience, Event, Stream};
use model::{Code, MessageId, Time};
use serde::{Deserialize, Serialize};

use super::{store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::files::store as files;
use crate::http::extract::{Body, Path};
use crate::previews;

/// The new text.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "EditMessageRequest"),
    schemars(rename = "EditMessageRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    body: String,
}

/// Changes the text of the caller's own message.
pub async fn edit_message(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<MessageId>,
    Body(request): Body<Request>,
) -> Answer<Json<MessageView>> {
    let now = cx.now();
    let message = cx
        .db
        .write(async move |tx| {
            let (seat, row) = access::own_message(tx, &caller, id).await?;
            let files = files::of_message(tx, id).await?.len();
            let body = message::compose(&Draft { body: request.body, files })?;
            if body != row.body {
                store::insert_edit(tx, id, &row.body, now).await?;
                store::update_body(tx, id, &body, now).await?;
                previews::follow_edit(tx, id, &row.body, &body, now).await?;
                for person in message::mentions(&body) {
                    store::insert_mention(tx, person, row.conversation_id, row.position).await?;
                }
            }
            let message = view::message(tx, &row).await?;
            let event = Event::MessageEdited { message: Box::new(message.clone()) };
            tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(row.conversation_id), event);
            Ok::<_, Problem>(message)
        })
        .await?;
    Ok(Json(message))
}

/// A text that was replaced.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct MessageEditView {
    body: String,
    replaced_at: Time,
}

/// The earlier texts, the last replaced first.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListEditsResponse"),
    schemars(rename = "ListEditsResponse")
)]
pub struct Edits {
    edits: Vec<MessageEditView>,
}

/// Lists what a message said before, at most 100 texts.
pub async fn list_edits(State(cx): State<Cx>, caller: Caller, Path(id): Path<MessageId>) -> Answer<Json<Edits>> {
    let rows = cx
        .db
        .read(async move |tx| {
            let (_, row) = access::message(tx, &caller, id).await?;
            if row.deleted_at.is_some() {
                return Err(Problem::from(Code::MessageGone));
            }
            Ok(store::edits(tx, id).await?)
        })
        .await?;
    let edits = rows.into_iter().map(|row| MessageEditView { body: row.body, replaced_at: row.replaced_at });
    Ok(Json(Edits { edits: edits.collect() }))
}
