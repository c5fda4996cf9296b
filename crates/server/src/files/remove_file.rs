//! `DELETE /api/files/{file}`: the owner does not want to send it after all.

use axum::extract::State;
use axum::http::StatusCode;
use model::{Code, FileId};

use super::store;
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;

/// Forgets the caller's own file that no message carries; its content goes with the next round of [`super::remove_old`].
pub async fn remove_file(State(cx): State<Cx>, caller: Caller, Path(id): Path<FileId>) -> Answer<StatusCode> {
    let now = cx.now();
    cx.db
        .write(async move |tx| {
            access::own_upload(tx, &caller, id).await?;
            if store::delete_unsent(tx, id).await? == 0 {
                return Err(Problem::from(Code::NotFound));
            }
            store::insert_removal(tx, id, now).await?;
            Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
