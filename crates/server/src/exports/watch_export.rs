//! `/api/exports`: how far an export is, its end, and its file; for the person who asked for it.

use ::store::Tx;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use model::chat::{ExportState, ExportView};
use model::{Code, ExportId, Time};
use serde::Serialize;

use super::store::{self, ExportRow};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::files::{serve_file, store as files};
use crate::http::extract::Path;

/// The caller's exports.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListExportsResponse"),
    schemars(rename = "ListExportsResponse")
)]
pub struct Exports {
    exports: Vec<ExportView>,
}

/// Lists the caller's exports that are running or can be downloaded.
pub async fn list_exports(State(cx): State<Cx>, caller: Caller) -> Answer<Json<Exports>> {
    let (organization, account, now) = (caller.organization_id, caller.account_id, cx.now());
    let rows = cx.db.read(async move |tx| Ok::<_, Problem>(store::of_person(tx, organization, account, now).await?));
    Ok(Json(Exports { exports: rows.await?.iter().map(view).collect() }))
}

/// Says how far an export of the caller is.
pub async fn get_export(State(cx): State<Cx>, caller: Caller, Path(id): Path<ExportId>) -> Answer<Json<ExportView>> {
    let now = cx.now();
    let row = cx.db.read(async move |tx| own(tx, &caller, id, now).await).await?;
    Ok(Json(view(&row)))
}

/// Ends an export of the caller, or removes what it made.
pub async fn cancel_export(State(cx): State<Cx>, caller: Caller, Path(id): Path<ExportId>) -> Answer<StatusCode> {
    let now = cx.now();
    cx.db
        .write(async move |tx| {
            let row = own(tx, &caller, id, now).await?;
            store::delete_export(tx, id).await?;
            files::insert_removal(tx, row.blob_id, now).await?;
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the file of an export to the person who asked for it, while they take part.
pub async fn get_export_content(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<ExportId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let now = cx.now();
    let row = cx
        .db
        .read(async move |tx| {
            let row = own(tx, &caller, id, now).await?;
            access::conversation(tx, &caller, row.conversation_id).await?;
            Ok::<_, Problem>(row)
        })
        .await?;
    if row.state != ExportState::Done {
        return Err(Code::NotFound.into());
    }
    serve_file::attachment(&cx, &headers, row.blob_id, &row.name).await
}

/// An export the caller asked for, as long as it is there.
async fn own(tx: &mut Tx<'_>, caller: &Caller, id: ExportId, now: Time) -> Result<ExportRow, Problem> {
    let row = store::export(tx, id).await?.ok_or(Code::NotFound)?;
    let mine = row.account_id == caller.account_id && row.organization_id == caller.organization_id;
    if mine && (row.state == ExportState::Running || row.expires_at > now) {
        Ok(row)
    } else {
        Err(Code::NotFound.into())
    }
}

/// An export as its person sees it.
pub fn view(row: &ExportRow) -> ExportView {
    ExportView {
        id: row.id,
        conversation_id: row.conversation_id,
        format: row.format,
        name: row.name.clone(),
        state: row.state,
        done: row.done,
        total: row.total,
        size_bytes: row.size_bytes,
        url: (row.state == ExportState::Done).then(|| format!("/api/exports/{}/content", row.id)),
        created_at: row.created_at,
        expires_at: row.expires_at,
    }
}
