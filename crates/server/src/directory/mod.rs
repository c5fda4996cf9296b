//! The directory: the people of an organization, and how to find them.

pub mod list_people;
pub mod store;

use ::store::Tx;
use axum::Router;
use axum::routing::get;
use model::account::PersonView;
use model::presence::{Presence, Status};
use model::{OrganizationId, Time};

use crate::accounts::view::picture;
use crate::answer::Problem;
use crate::app::Cx;

/// The slice's addresses below `/api`.
pub fn router() -> Router<Cx> {
    Router::new().route("/people", get(list_people::list_people))
}

/// People in a snapshot.
const IN_SNAPSHOT: i64 = 500;

/// The colleagues for a snapshot, by name; who is connected is the hub's to say.
pub async fn colleagues(tx: &mut Tx<'_>, organization: OrganizationId, now: Time) -> Result<Vec<PersonView>, Problem> {
    let rows = store::people(tx, organization, "", "", IN_SNAPSHOT).await?;
    Ok(rows.into_iter().map(|row| person(row, now)).collect())
}

fn person(row: store::PersonRow, now: Time) -> PersonView {
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
