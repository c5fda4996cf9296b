//! `DELETE /api/messages/{message}/preview`: the author wants no preview there; and `GET …/preview/image`: its picture.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use model::{Code, MessageId};

use super::{fetch_preview, store};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::files::{serve_file, store as files};
use crate::http::extract::Path;

/// Takes the preview away from the caller's own message; it does not come back by itself.
pub async fn remove_preview(State(cx): State<Cx>, caller: Caller, Path(id): Path<MessageId>) -> Answer<StatusCode> {
    let now = cx.now();
    cx.db
        .write(async move |tx| {
            access::own_message(tx, &caller, id).await?;
            let row = store::wanted(tx, id).await?.ok_or(Code::NotFound)?;
            let image = store::preview(tx, id).await?.and_then(|preview| preview.image_id);
            if store::remove_preview(tx, id).await? > 0 {
                if let Some(image) = image {
                    files::insert_removal(tx, image, now).await?;
                }
                fetch_preview::tell(tx, id, &row).await?;
            }
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the picture of a preview to those who may see the message.
pub async fn get_preview_image(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<MessageId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let image = cx
        .db
        .read(async move |tx| {
            let (_, row) = access::message(tx, &caller, id).await?;
            let preview = store::preview(tx, id).await?.filter(|_| row.deleted_at.is_none());
            Ok::<_, Problem>(preview.and_then(|preview| preview.image_id).ok_or(Code::NotFound)?)
        })
        .await?;
    serve_file::thumbnail(&cx, &headers, image).await
}
