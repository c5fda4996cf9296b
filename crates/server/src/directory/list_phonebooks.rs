//! `GET /api/phonebooks`: the shared phonebooks and the caller's own.

use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::directory::PhonebookView;
use serde::Serialize;

use super::{store, view};
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;

/// The phonebooks, the shared ones first, each kind by name.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListPhonebooksResponse"),
    schemars(rename = "ListPhonebooksResponse")
)]
pub struct Response {
    phonebooks: Vec<PhonebookView>,
}

/// Lists the phonebooks the caller sees.
pub async fn list_phonebooks(State(cx): State<Cx>, caller: Caller) -> Answer<Json<Response>> {
    caller.needs(Permission::DirectoryUse)?;
    let (organization, account) = (caller.organization_id, caller.account_id);
    let rows =
        cx.db.read(async move |tx| Ok::<_, Problem>(store::phonebooks(tx, organization, account).await?)).await?;
    Ok(Json(Response { phonebooks: rows.into_iter().map(|row| view::phonebook(row, &caller)).collect() }))
}
