//! `DELETE /api/contacts/{contact}` and its inverse: a contact goes, and may come back for a while.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::directory::ContactView;
use model::event::Event;
use model::{Code, ContactId};

use super::store::{self as rows};
use super::{keep, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;

/// How long a deletion can be undone; the toast that offers it is there for 8 s.
const UNDO_WITHIN: Duration = Duration::from_secs(10 * 60);

/// Takes a contact away.
pub async fn delete_contact(State(cx): State<Cx>, caller: Caller, Path(id): Path<ContactId>) -> Answer<StatusCode> {
    let now = cx.now();
    cx.db
        .write(async move |tx| {
            let (mut book, row) = access::editable_contact(tx, &caller, id).await?;
            if keep::remove(tx, &mut book, &row, now).await? {
                keep::tell(tx, &book, Event::ContactRemoved { phonebook_id: book.id, contact_id: id });
                keep::tell(tx, &book, keep::changed(&book));
            }
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings a contact back.
pub async fn restore_contact(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<ContactId>,
) -> Answer<Json<ContactView>> {
    let now = cx.now();
    let contact = cx
        .db
        .write(async move |tx| {
            let (mut book, row) = access::editable_contact(tx, &caller, id).await?;
            if row.deleted_at.is_some_and(|at| now.since(at) > UNDO_WITHIN) {
                return Err(Problem::from(Code::NotFound));
            }
            let back = keep::restore(tx, &mut book, row).await?;
            let contact = view::contact(rows::contact(tx, id).await?.ok_or(Code::NotFound)?)?;
            if back {
                keep::tell(tx, &book, Event::ContactChanged { contact: Box::new(contact.clone()) });
                keep::tell(tx, &book, keep::changed(&book));
            }
            Ok(contact)
        })
        .await?;
    Ok(Json(contact))
}
