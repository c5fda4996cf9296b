//! The directory: the people of an organization, the phonebooks with everybody else, and how contacts get in.
//!
//! A phonebook is shared by the organization or personal to one person ([`access`](crate::access) tells who sees and
//! who changes it). [`keep`] is the one way a contact is written: its row, the keys it is recognised by, and the words
//! it is found by, in one transaction. What is removed can be brought back for a while and is then purged.

pub mod change_contact;
pub mod change_phonebook;
pub mod columns;
pub mod conversations_in_common;
pub mod create_contact;
pub mod create_phonebook;
pub mod delete_contact;
pub mod get_contact;
pub mod import_contacts;
pub mod keep;
pub mod list_contacts;
pub mod list_people;
pub mod list_phonebooks;
pub mod read_csv;
pub mod read_vcard;
pub mod run_import;
pub mod store;
pub mod view;
pub mod watch_import;

#[cfg(test)]
mod tests;

use std::time::Duration;

use ::store::Tx;
use axum::extract::DefaultBodyLimit;
use model::account::PersonView;
use model::presence::{Presence, Status};
use model::{OrganizationId, Time};

use crate::accounts::view::picture;
use crate::answer::{Fault, Problem};
use crate::app::Cx;
use crate::http::routes::{Routes, get, patch, post};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    let file = || DefaultBodyLimit::max(import_contacts::REQUEST_MAX);
    Routes::new()
        .route("/people", get(list_people::list_people))
        .route("/people/{person}/conversations", get(conversations_in_common::conversations_in_common))
        .route("/phonebooks", get(list_phonebooks::list_phonebooks).post(create_phonebook::create_phonebook))
        .route(
            "/phonebooks/{phonebook}",
            patch(change_phonebook::change_phonebook).delete(change_phonebook::delete_phonebook),
        )
        .route(
            "/phonebooks/{phonebook}/contacts",
            get(list_contacts::list_contacts).post(create_contact::create_contact),
        )
        .route("/phonebooks/{phonebook}/imports/preview", post(import_contacts::preview_import).layer(file()))
        .route("/phonebooks/{phonebook}/imports", post(import_contacts::import_contacts).layer(file()))
        .route("/imports/{import}", get(watch_import::get_import).delete(watch_import::cancel_import))
        .route(
            "/contacts/{contact}",
            get(get_contact::get_contact).patch(change_contact::change_contact).delete(delete_contact::delete_contact),
        )
        .route("/contacts/{contact}/restore", post(delete_contact::restore_contact))
}

/// People in a snapshot.
const IN_SNAPSHOT: i64 = 500;
/// How long a removed contact or phonebook stays in its row: longer than it can be brought back.
const KEPT_REMOVED: Duration = Duration::from_secs(60 * 60);
/// Contacts that one transaction purges.
const PURGED_AT_ONCE: i64 = 200;

/// The colleagues for a snapshot, by name; who is connected is the hub's to say.
pub async fn colleagues(tx: &mut Tx<'_>, organization: OrganizationId, now: Time) -> Result<Vec<PersonView>, Problem> {
    let rows = store::people(tx, organization, "", "", IN_SNAPSHOT).await?;
    Ok(rows.into_iter().map(|row| person(row, now)).collect())
}

/// Takes away what was removed some time ago, a little at every turn; called every second.
///
/// # Errors
/// What the database says.
pub async fn purge(cx: &Cx) -> Result<(), Fault> {
    let before = cx.now() - KEPT_REMOVED;
    let due = cx.db.read(async move |tx| store::contacts_to_purge(tx, before, PURGED_AT_ONCE).await);
    let due = due.await.map_err(Fault::from)?;
    if !due.is_empty() {
        let purged = cx.db.write(async move |tx| {
            for (id, number) in due {
                store::unindex_contact(tx, number).await?;
                store::delete_keys(tx, id).await?;
                store::purge_contact(tx, id).await?;
            }
            Ok::<_, ::store::Error>(())
        });
        purged.await?;
    }
    let emptied = cx.db.read(async move |tx| store::phonebooks_to_purge(tx, before).await).await;
    for id in emptied.map_err(|error: ::store::Error| Fault::from(error))? {
        cx.db.write(async move |tx| store::purge_phonebook(tx, id).await).await.map_err(Fault::from)?;
    }
    Ok(())
}

/// A colleague, offline: who is connected is the hub's to say.
pub fn person(row: store::PersonRow, now: Time) -> PersonView {
    let status = Status { show: row.show, message: row.status_message, clears_at: row.status_clears_at }.at(now);
    PersonView {
        id: row.id,
        name: row.name,
        picture: picture(row.picture_id),
        email: row.email,
        title: row.title,
        department: row.department,
        extension: row.extension,
        presence: Presence::Offline,
        status_message: status.message,
    }
}
