//! `GET /api/conversations/{conversation}/files`: what was sent there, the newest first.

use axum::Json;
use axum::extract::State;
use model::account::PersonBrief;
use model::chat::FileView;
use model::{Code, ConversationId, MessageId, Time};
use serde::{Deserialize, Serialize};

use super::store::{self, SharedRow};
use crate::access::{self, Caller};
use crate::accounts::view::picture;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Path, Query};

const PAGE: i64 = 50;

/// Which page.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `next` of the page before.
    before: Option<String>,
}

/// A file that somebody sent, and with which message.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct SharedFileView {
    file: FileView,
    message_id: MessageId,
    /// The message's place, to jump to.
    position: i64,
    author: PersonBrief,
    created_at: Time,
}

/// A page.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListFilesResponse"),
    schemars(rename = "ListFilesResponse")
)]
pub struct Response {
    files: Vec<SharedFileView>,
    next: Option<String>,
}

/// Lists the files of messages that were not deleted.
pub async fn list_files(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    let (position, place) = match request.before.as_deref() {
        Some(text) => place_of(text).ok_or(Code::BadRequest)?,
        None => (i64::MAX, 0),
    };
    let mut rows = cx
        .db
        .read(async move |tx| {
            access::conversation(tx, &caller, conversation).await?;
            Ok::<_, Problem>(store::shared(tx, conversation, position, place, PAGE + 1).await?)
        })
        .await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.position, row.place));
    Ok(Json(Response { files: rows.into_iter().map(shared).collect(), next }))
}

fn place_of(text: &str) -> Option<(i64, i64)> {
    let (position, place) = text.split_once('.')?;
    Some((position.parse().ok()?, place.parse().ok()?))
}

fn shared(row: SharedRow) -> SharedFileView {
    SharedFileView {
        message_id: row.message_id,
        position: row.position,
        created_at: row.sent_at,
        file: FileView {
            id: row.id,
            name: row.name,
            size_bytes: row.size_bytes,
            media_type: row.media_type,
            url: super::view::url(row.id),
            thumbnail: super::view::thumbnail(row.id, row.thumbnail),
            width: row.width,
            height: row.height,
        },
        author: PersonBrief { id: row.author_id, name: row.author_name, picture: picture(row.author_picture) },
    }
}
