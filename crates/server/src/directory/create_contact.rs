//! `POST /api/phonebooks/{phonebook}/contacts`: somebody new in a phonebook (DIR-08).

use axum::Json;
use axum::extract::State;
use model::directory::{Contact, ContactDraft, ContactView};
use model::event::Event;
use model::{AccountId, Code, PhonebookId};
use store::Tx;

use super::store::{self as rows, PhonebookRow};
use super::{keep, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::chat::store as chat;
use crate::http::extract::{Body, Path};

/// Keeps a new contact. Unless somebody is named, the caller looks after it.
pub async fn create_contact(
    State(cx): State<Cx>,
    caller: Caller,
    Path(book): Path<PhonebookId>,
    Body(draft): Body<ContactDraft>,
) -> Answer<Json<ContactView>> {
    let (id, now, region) = (cx.id(), cx.now(), cx.config.region);
    let contact = cx
        .db
        .write(async move |tx| {
            let mut book = access::editable_phonebook(tx, &caller, book).await?;
            let contact = Contact::EMPTY.change(&draft, region)?;
            let owner = owner(tx, &book, draft.owner_id.unwrap_or(caller.account_id)).await?;
            keep::add(tx, &mut book, id, Some(owner), &contact, now).await?;
            let contact = view::contact(rows::contact(tx, id).await?.ok_or(Code::NotFound)?)?;
            keep::tell(tx, &book, Event::ContactChanged { contact: Box::new(contact.clone()) });
            keep::tell(tx, &book, keep::changed(&book));
            Ok::<_, Problem>(contact)
        })
        .await?;
    Ok(Json(contact))
}

/// Who looks after a contact: a colleague; in a personal phonebook always its owner.
pub(super) async fn owner(tx: &mut Tx<'_>, book: &PhonebookRow, wanted: AccountId) -> Result<AccountId, Problem> {
    if let Some(owner) = book.owner_id {
        return if owner == wanted { Ok(owner) } else { Err(Code::NotFound.into()) };
    }
    chat::colleague(tx, book.organization_id, wanted).await?.ok_or(Code::NotFound)?;
    Ok(wanted)
}
