//! `PATCH /api/contacts/{contact}`: other fields, or another owner (DIR-07).

use axum::Json;
use axum::extract::State;
use model::directory::{ContactDraft, ContactView};
use model::event::Event;
use model::{Code, ContactId};

use super::create_contact::owner;
use super::store::{self as rows};
use super::{keep, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};

/// Changes what the draft names.
pub async fn change_contact(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<ContactId>,
    Body(draft): Body<ContactDraft>,
) -> Answer<Json<ContactView>> {
    let (now, region) = (cx.now(), cx.config.region);
    let contact = cx
        .db
        .write(async move |tx| {
            let (book, row) = access::editable_contact(tx, &caller, id).await?;
            if row.deleted_at.is_some() {
                return Err(Problem::from(Code::NotFound));
            }
            let contact = view::fields(row.clone())?.change(&draft, region)?;
            let owner = match draft.owner_id {
                Some(wanted) => Some(owner(tx, &book, wanted).await?),
                None => row.owner_id,
            };
            keep::replace(tx, &book, &row, owner, &contact, now).await?;
            let contact = view::contact(rows::contact(tx, id).await?.ok_or(Code::NotFound)?)?;
            keep::tell(tx, &book, Event::ContactChanged { contact: Box::new(contact.clone()) });
            Ok(contact)
        })
        .await?;
    Ok(Json(contact))
}
