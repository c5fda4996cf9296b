//! What people see of phonebooks, contacts and imports, put together from rows.

use model::account::PersonBrief;
use model::directory::{Contact, ContactView, ImportView, Numbers, PhonebookView};

use super::store::{ContactRow, ImportRow, PhonebookRow};
use crate::access::{self, Caller};
use crate::accounts::view::picture;
use crate::answer::Fault;

/// A phonebook for one person.
pub fn phonebook(row: PhonebookRow, caller: &Caller) -> PhonebookView {
    PhonebookView {
        may_edit: access::may_edit(caller, &row),
        id: row.id,
        name: row.name,
        kind: row.kind,
        contact_count: row.contact_count,
    }
}

/// A contact.
///
/// # Errors
/// A row whose lists cannot be read.
pub fn contact(row: ContactRow) -> Result<ContactView, Fault> {
    let (numbers, short_numbers) = lists(&row)?;
    let owner = row.owner_id.zip(row.owner_name);
    Ok(ContactView {
        id: row.id,
        phonebook_id: row.phonebook_id,
        name: row.name,
        company: row.company,
        title: row.title,
        owner: owner.map(|(id, name)| PersonBrief { id, name, picture: picture(row.owner_picture) }),
        picture: None,
        kind: row.kind,
        extension: row.extension,
        numbers,
        short_numbers,
        email: row.email,
        note: row.note,
        created_at: row.created_at,
        changed_at: row.changed_at,
    })
}

/// The contact's fields, to be changed.
///
/// # Errors
/// As [`contact`].
pub fn fields(row: ContactRow) -> Result<Contact, Fault> {
    let (numbers, short_numbers) = lists(&row)?;
    Ok(Contact {
        name: row.name,
        company: row.company,
        title: row.title,
        kind: row.kind,
        extension: row.extension,
        numbers,
        short_numbers,
        email: row.email,
        note: row.note,
    })
}

/// An import.
///
/// # Errors
/// A row whose list cannot be read.
pub fn import(row: ImportRow) -> Result<ImportView, Fault> {
    let refused = serde_json::from_str(&row.refused)
        .map_err(|error| Fault::Other(format!("The refused rows of {} cannot be read: {error}.", row.id)))?;
    Ok(ImportView {
        id: row.id,
        phonebook_id: row.phonebook_id,
        state: row.state,
        done: row.done,
        total: row.total,
        added: row.added,
        updated: row.updated,
        refused_count: row.refused_count,
        refused,
        created_at: row.created_at,
        ended_at: row.ended_at,
    })
}

fn lists(row: &ContactRow) -> Result<(Numbers, Vec<String>), Fault> {
    let unreadable = |error| Fault::Other(format!("The numbers of {} cannot be read: {error}.", row.id));
    let numbers = serde_json::from_str(&row.numbers).map_err(unreadable)?;
    Ok((numbers, serde_json::from_str(&row.short_numbers).map_err(unreadable)?))
}
