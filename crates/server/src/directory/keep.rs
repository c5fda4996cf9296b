//! The one way a contact is written: its row, the keys it is recognised by, and the words it is found by, in one
//! transaction. Whoever calls this decides what is told.

use model::directory::{Contact, phonebook};
use model::event::{Audience, Event, Stream};
use model::{AccountId, ContactId, Time};
use store::Tx;

use super::store::{self as rows, ContactRow, KeptContact, PhonebookRow};
use super::view;
use crate::answer::{Fault, Problem};
use crate::search;

/// Keeps a new contact; the phonebook counts it.
///
/// # Errors
/// [`Code::PhonebookFull`](model::Code::PhonebookFull).
pub async fn add(
    tx: &mut Tx<'_>,
    book: &mut PhonebookRow,
    id: ContactId,
    owner: Option<AccountId>,
    contact: &Contact,
    now: Time,
) -> Result<(), Problem> {
    book.contact_count = rows::count_contacts(tx, book.id, 1).await?;
    phonebook::may_add_contact(book.contact_count - 1)?;
    let (numbers, short_numbers) = lists(contact)?;
    let kept = KeptContact {
        id,
        phonebook_id: book.id,
        owner_id: owner,
        contact,
        numbers: &numbers,
        short_numbers: &short_numbers,
    };
    let number = rows::insert_contact(tx, &kept, now).await?;
    recognise(tx, book, id, number, contact).await
}

/// Gives a contact other fields and another owner.
pub async fn replace(
    tx: &mut Tx<'_>,
    book: &PhonebookRow,
    row: &ContactRow,
    owner: Option<AccountId>,
    contact: &Contact,
    now: Time,
) -> Result<(), Problem> {
    let (numbers, short_numbers) = lists(contact)?;
    let kept = KeptContact {
        id: row.id,
        phonebook_id: book.id,
        owner_id: owner,
        contact,
        numbers: &numbers,
        short_numbers: &short_numbers,
    };
    rows::update_contact(tx, &kept, now).await?;
    rows::delete_keys(tx, row.id).await?;
    recognise(tx, book, row.id, row.number, contact).await
}

/// Takes a contact away; nothing recognises or finds it any more. Says whether it was there.
pub async fn remove(tx: &mut Tx<'_>, book: &mut PhonebookRow, row: &ContactRow, now: Time) -> Result<bool, Problem> {
    if rows::delete_contact(tx, row.id, now).await? == 0 {
        return Ok(false);
    }
    rows::delete_keys(tx, row.id).await?;
    rows::unindex_contact(tx, row.number).await?;
    book.contact_count = rows::count_contacts(tx, book.id, -1).await?;
    Ok(true)
}

/// Brings a contact back. Says whether it was away.
///
/// # Errors
/// [`Code::PhonebookFull`](model::Code::PhonebookFull).
pub async fn restore(tx: &mut Tx<'_>, book: &mut PhonebookRow, row: ContactRow) -> Result<bool, Problem> {
    if rows::restore_contact(tx, row.id).await? == 0 {
        return Ok(false);
    }
    book.contact_count = rows::count_contacts(tx, book.id, 1).await?;
    phonebook::may_add_contact(book.contact_count - 1)?;
    let (id, number) = (row.id, row.number);
    let contact = view::fields(row)?;
    recognise(tx, book, id, number, &contact).await?;
    Ok(true)
}

async fn recognise(
    tx: &mut Tx<'_>,
    book: &PhonebookRow,
    id: ContactId,
    number: i64,
    contact: &Contact,
) -> Result<(), Problem> {
    for key in contact.keys() {
        rows::insert_key(tx, book.id, &key, id).await?;
    }
    let scope = format!("{} {}", search::scope(book.organization_id), search::scope(book.id));
    rows::index_contact(tx, number, &contact.indexed(), &scope).await?;
    Ok(())
}

fn lists(contact: &Contact) -> Result<(String, String), Fault> {
    let json = serde_json::to_string(&contact.numbers).and_then(|numbers| {
        let short_numbers = serde_json::to_string(&contact.short_numbers)?;
        Ok((numbers, short_numbers))
    });
    json.map_err(|error| Fault::Other(error.to_string()))
}

/// Tells those who see the phonebook: the organization, or its owner.
pub fn tell(tx: &mut Tx<'_>, book: &PhonebookRow, event: Event) {
    match book.owner_id {
        None => {
            let organization = book.organization_id;
            tx.emit(Stream::Organization(organization), Audience::Organization(organization), event);
        }
        Some(owner) => tx.emit(Stream::Account(owner), Audience::Account(owner), event),
    }
}

/// The phonebook as it is told.
pub fn changed(book: &PhonebookRow) -> Event {
    Event::PhonebookChanged {
        phonebook_id: book.id,
        name: book.name.clone(),
        kind: book.kind,
        contact_count: book.contact_count,
    }
}
