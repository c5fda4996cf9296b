//! `PUT /api/files/{file}/poster`: the first picture of a film, drawn by the browser that uploads it.
//!
//! What comes is decoded and encoded anew like any picture; the film itself is never decoded here.

use std::io::Cursor;

use axum::Json;
use axum::extract::State;
use model::{Code, FileId, file};

use super::blobs::Part;
use super::view::{self, UploadView};
use super::{images, store};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Path, Raw};

/// Bytes of a poster.
pub const POSTER_MAX: usize = 2 * 1024 * 1024;

/// Gives the caller's own film, which came completely and was not sent yet, a small picture.
pub async fn set_poster(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<FileId>,
    Raw(bytes): Raw,
) -> Answer<Json<UploadView>> {
    let asking = caller.clone();
    let row = cx.db.read(async move |tx| access::own_upload(tx, &asking, id).await).await?;
    if !row.complete {
        return Err(Code::FileIncomplete.into());
    }
    let media_type = file::sniff(&bytes[..bytes.len().min(file::HEAD)]).filter(|kind| file::is_picture(kind));
    let (Some(media_type), true) = (media_type, row.media_type.starts_with("video/")) else {
        return Err(Code::PictureUnreadable.into());
    };
    let seen = images::look(&cx.blobs.decoding, media_type, Cursor::new(bytes)).await.ok_or(Code::PictureUnreadable)?;
    cx.blobs.put(id, Part::Thumbnail, seen.thumbnail).await?;
    let size = (seen.width, seen.height);
    let row = cx
        .db
        .write(async move |tx| {
            let row = access::own_upload(tx, &caller, id).await?;
            store::complete(tx, id, &row.media_type, Some(size), true).await?;
            Ok::<_, Problem>(store::file(tx, id).await?.ok_or(Code::NotFound)?)
        })
        .await?;
    Ok(Json(view::upload(&row)))
}
