//! `POST /api/files`: a client announces a file, or asks how far it is after a break.
//!
//! A file announced again under the same client id is the same file; when all of it came but the server was stopped
//! before it was looked at, that is done now.

use axum::Json;
use axum::extract::State;
use model::chat::message;
use model::{Code, ConversationId, FileId, Time, file};
use serde::Deserialize;
use store::Tx;

use super::store::{self as rows, FileRow, NewFile};
use super::upload::finish;
use super::view::{self, UploadView};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Body;

/// What will come.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "CreateFileRequest"),
    schemars(rename = "CreateFileRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    conversation_id: ConversationId,
    client_id: String,
    name: String,
    size_bytes: i64,
    media_type: String,
}

/// Makes room for a file, or tells how much of it is there.
pub async fn create_file(
    State(cx): State<Cx>,
    caller: Caller,
    Body(request): Body<Request>,
) -> Answer<Json<UploadView>> {
    message::client_id(&request.client_id)?;
    let name = file::name(&request.name)?;
    file::size(request.size_bytes, cx.config.file_max_bytes)?;
    let (id, now) = (cx.id(), cx.now());
    let row = cx.db.write(async move |tx| announce(tx, &caller, id, &name, &request, now).await).await?;
    let row = finish(&cx, row).await?;
    Ok(Json(view::upload(&row)))
}

async fn announce(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: FileId,
    name: &str,
    request: &Request,
    now: Time,
) -> Result<FileRow, Problem> {
    let seat = access::conversation(tx, caller, request.conversation_id).await?;
    if let Some(before) = rows::file_by_client_id(tx, caller.account_id, &request.client_id).await? {
        let same = before.conversation_id == request.conversation_id && before.size_bytes == request.size_bytes;
        return if same { Ok(before) } else { Err(Code::BadRequest.into()) };
    }
    let (unfinished, unsent) = rows::waiting(tx, caller.account_id).await?;
    if unfinished >= file::UNFINISHED_MAX || unsent >= file::UNSENT_MAX {
        return Err(Code::TooManyUploads.into());
    }
    let new = NewFile {
        id,
        organization_id: seat.organization_id,
        owner_id: caller.account_id,
        conversation_id: request.conversation_id,
        client_id: &request.client_id,
        name,
        media_type: &file::media_type(&[], &request.media_type),
        size_bytes: request.size_bytes,
    };
    rows::insert_file(tx, &new, now).await?;
    rows::file(tx, id).await?.ok_or_else(|| Code::NotFound.into())
}
