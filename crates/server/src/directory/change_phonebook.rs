//! `PATCH` and `DELETE /api/phonebooks/{phonebook}`: another name, or the end of it with all its contacts.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::directory::{PhonebookView, phonebook};
use model::event::Event;
use model::{PhonebookId, text};
use serde::Deserialize;

use super::{keep, store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};

/// The new name.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ChangePhonebookRequest"),
    schemars(rename = "ChangePhonebookRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    name: String,
}

/// Gives a phonebook another name.
pub async fn change_phonebook(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<PhonebookId>,
    Body(request): Body<Request>,
) -> Answer<Json<PhonebookView>> {
    let asked = caller.clone();
    let row = cx
        .db
        .write(async move |tx| {
            let mut row = access::editable_phonebook(tx, &asked, id).await?;
            row.name = text::name(&request.name)?;
            store::rename_phonebook(tx, id, &row.name).await?;
            keep::tell(tx, &row, keep::changed(&row));
            Ok::<_, Problem>(row)
        })
        .await?;
    Ok(Json(view::phonebook(row, &caller)))
}

/// The name once more, so that nobody deletes thousands of contacts by a slip.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "DeletePhonebookRequest"),
    schemars(rename = "DeletePhonebookRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    name: String,
}

/// Takes a phonebook away with all its contacts, for good.
pub async fn delete_phonebook(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<PhonebookId>,
    Body(request): Body<Deletion>,
) -> Answer<StatusCode> {
    let now = cx.now();
    cx.db
        .write(async move |tx| {
            let row = access::editable_phonebook(tx, &caller, id).await?;
            phonebook::repeated(&row.name, &request.name)?;
            store::delete_phonebook(tx, id, now).await?;
            keep::tell(tx, &row, Event::PhonebookRemoved { phonebook_id: id });
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
