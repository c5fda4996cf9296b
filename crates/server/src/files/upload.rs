//! `PATCH /api/files/{file}?offset=N`: the next bytes of a file, and `GET /api/files/{file}`: how far it is.
//!
//! Bytes are on the disk before the row counts them, so a crash between the two only makes the client send them again.
//! When the last ones are counted the file is moved to where content is kept, looked at, and its row completed, in
//! this order: each step can be repeated, and whatever was interrupted is finished by the next request for the file.

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use model::{Code, FileId, file};
use serde::Deserialize;

use super::blobs::{Part, Turn};
use super::images;
use super::store::{self as rows, FileRow};
use super::view::{self, UploadView};
use crate::access::{self, Caller};
use crate::answer::{Answer, Fault, Problem};
use crate::app::Cx;
use crate::http::extract::{Path, Query, Raw};

/// Bytes of one request; clients send 1 MiB.
pub const CHUNK_MAX: usize = 2 * 1024 * 1024;

/// Where the bytes belong.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    offset: i64,
}

/// Takes the next bytes of the caller's own upload.
pub async fn upload_file(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<FileId>,
    Query(request): Query<Request>,
    Raw(bytes): Raw,
) -> Answer<Json<UploadView>> {
    let row = to_the_end(async move {
        let turn = cx.blobs.turn(id).await;
        let row = cx.db.read(async move |tx| access::own_upload(tx, &caller, id).await).await?;
        let row = recount(&cx, &turn, row).await?;
        let received = file::chunk(row.received_bytes, row.size_bytes, request.offset, bytes.len())?;
        let row = if received > row.received_bytes { take(&cx, &turn, row, bytes, received).await? } else { row };
        finish_in_turn(&cx, &turn, row).await
    })
    .await?;
    Ok(Json(view::upload(&row)))
}

/// Tells how much of a file is there: of the caller's own upload, or of a file somebody sent.
pub async fn get_file(State(cx): State<Cx>, caller: Caller, Path(id): Path<FileId>) -> Answer<Json<UploadView>> {
    let row = cx.db.read(async move |tx| access::file(tx, &caller, id).await).await?;
    let row = finish(&cx, row).await?;
    Ok(Json(view::upload(&row)))
}

/// Goes back to what is there when a row counts more: a backup was restored without the uploads on their way.
async fn recount(cx: &Cx, turn: &Turn, row: FileRow) -> Answer<FileRow> {
    let there = i64::try_from(cx.blobs.there(turn, row.id).await?).unwrap_or(i64::MAX);
    if row.complete || there >= row.received_bytes {
        return Ok(row);
    }
    let (id, from) = (row.id, row.received_bytes);
    tracing::warn!(file.id = %id, "Bytes of an upload are gone; it goes on at {there} instead of {from}.");
    cx.db.write(async move |tx| rows::received(tx, id, from, there).await).await?;
    Ok(FileRow { received_bytes: there, ..row })
}

/// First the bytes, then the row that counts them.
async fn take(cx: &Cx, turn: &Turn, row: FileRow, bytes: Bytes, received: i64) -> Answer<FileRow> {
    let (id, from) = (row.id, row.received_bytes);
    cx.blobs.write_upload(turn, id, from.unsigned_abs(), bytes).await?;
    let counted = cx.db.write(async move |tx| rows::received(tx, id, from, received).await).await?;
    if counted == 0 {
        return Err(Code::NotFound.into());
    }
    Ok(FileRow { received_bytes: received, ..row })
}

/// Completes a file of which all is there; any other stays as it is.
pub(crate) async fn finish(cx: &Cx, row: FileRow) -> Answer<FileRow> {
    if row.complete || row.received_bytes < row.size_bytes {
        return Ok(row);
    }
    let cx = cx.clone();
    to_the_end(async move {
        let turn = cx.blobs.turn(row.id).await;
        // Somebody else may have done it while this waited for its turn.
        let now = cx.db.read(async move |tx| Ok::<_, Problem>(rows::file(tx, row.id).await?)).await?;
        finish_in_turn(&cx, &turn, now.ok_or(Code::NotFound)?).await
    })
    .await
}

async fn finish_in_turn(cx: &Cx, turn: &Turn, row: FileRow) -> Answer<FileRow> {
    if row.complete || row.received_bytes < row.size_bytes {
        return Ok(row);
    }
    let row = recount(cx, turn, row).await?;
    if row.received_bytes < row.size_bytes {
        return Ok(row);
    }
    let id = row.id;
    cx.blobs.adopt(turn, id).await?;
    let (head, content) = cx.blobs.content(id).await?;
    let media_type = file::media_type(&head, &row.media_type);
    let mut size = None;
    if file::is_picture(&media_type)
        && let Some(seen) = images::look(&cx.blobs.decoding, &media_type, content).await
    {
        cx.blobs.put(id, Part::Preview, seen.preview).await?;
        cx.blobs.put(id, Part::Thumbnail, seen.thumbnail).await?;
        size = Some((seen.width, seen.height));
    }
    let row = cx
        .db
        .write(async move |tx| {
            rows::complete(tx, id, &media_type, size, size.is_some()).await?;
            Ok::<_, Problem>(rows::file(tx, id).await?)
        })
        .await?;
    row.ok_or_else(|| Code::NotFound.into())
}

/// Does the work whether or not the client still waits: half a write with nobody's turn would meet the next one.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Answer<T>> + Send + 'static) -> Answer<T> {
    tokio::spawn(work).await.map_err(|error| Fault::Other(error.to_string()))?
}
