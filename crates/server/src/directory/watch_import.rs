//! `GET` and `DELETE /api/imports/{import}`: how far an import is, and the end of it.

use ::store::Tx;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::directory::{ImportState, ImportView};
use model::{Code, ImportId};

use super::store::{self, ImportRow};
use super::view;
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;

/// Says how far an import is, to everybody who may change its phonebook.
pub async fn get_import(State(cx): State<Cx>, caller: Caller, Path(id): Path<ImportId>) -> Answer<Json<ImportView>> {
    let row = cx.db.read(async move |tx| allowed(tx, &caller, id).await).await?;
    Ok(Json(view::import(row)?))
}

/// Ends an import; what was taken over stays.
pub async fn cancel_import(State(cx): State<Cx>, caller: Caller, Path(id): Path<ImportId>) -> Answer<StatusCode> {
    let now = cx.now();
    cx.db
        .write(async move |tx| {
            allowed(tx, &caller, id).await?;
            store::end_import(tx, id, ImportState::Cancelled, now).await?;
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn allowed(tx: &mut Tx<'_>, caller: &Caller, id: ImportId) -> Result<ImportRow, Problem> {
    let row = store::import(tx, id).await?.ok_or(Code::NotFound)?;
    // Whoever began it is told how it ended, also when its phonebook was deleted meanwhile.
    let mine = row.account_id == caller.account_id && row.organization_id == caller.organization_id;
    if !mine {
        access::editable_phonebook(tx, caller, row.phonebook_id).await?;
    }
    Ok(row)
}
