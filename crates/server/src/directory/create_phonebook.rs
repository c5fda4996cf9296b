//! `POST /api/phonebooks`: a new shared phonebook, or one of the caller's own.

use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::directory::{PhonebookKind, PhonebookView, phonebook};
use model::text;
use serde::Deserialize;

use super::store::{self, PhonebookRow};
use super::{keep, view};
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Body;

/// The phonebook.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "CreatePhonebookRequest"),
    schemars(rename = "CreatePhonebookRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    name: String,
    kind: PhonebookKind,
}

/// Makes an empty phonebook.
pub async fn create_phonebook(
    State(cx): State<Cx>,
    caller: Caller,
    Body(request): Body<Request>,
) -> Answer<Json<PhonebookView>> {
    caller.needs(match request.kind {
        PhonebookKind::Shared => Permission::PhonebooksEdit,
        PhonebookKind::Personal => Permission::DirectoryUse,
    })?;
    let row = PhonebookRow {
        id: cx.id(),
        organization_id: caller.organization_id,
        owner_id: (request.kind == PhonebookKind::Personal).then_some(caller.account_id),
        kind: request.kind,
        name: text::name(&request.name)?,
        contact_count: 0,
    };
    let now = cx.now();
    let row = cx
        .db
        .write(async move |tx| {
            phonebook::may_add_phonebook(store::count_phonebooks(tx, row.organization_id, row.owner_id).await?)?;
            store::insert_phonebook(tx, &row, now).await?;
            keep::tell(tx, &row, keep::changed(&row));
            Ok::<_, Problem>(row)
        })
        .await?;
    Ok(Json(view::phonebook(row, &caller)))
}
