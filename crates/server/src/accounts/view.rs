//! What clients see of a person: `GET /api/me`, and the views that other slices and events need.

use axum::Json;
use axum::extract::State;
use model::account::{AccountView, Me, OrganizationView, PersonView};
use model::presence::{Presence, Status};
use model::{Code, FileId, Time};

use super::store::{self, ProfileRow};
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;

/// Everything a client must know of its person.
pub async fn get_me(State(cx): State<Cx>, caller: Caller) -> Answer<Json<Me>> {
    let (account, now) = (caller.account_id, cx.now());
    let row = cx.db.read(async move |tx| Ok::<_, Problem>(store::profile(tx, account).await?)).await?;
    let mut me = me(&row.ok_or(Code::NotSignedIn)?, now);
    me.permissions.retain(|permission| caller.allows(*permission));
    Ok(Json(me))
}

/// Everything a client must know of its person.
pub fn me(row: &ProfileRow, now: Time) -> Me {
    Me {
        account: AccountView {
            id: row.account_id,
            email: row.email.clone(),
            name: row.name.clone(),
            title: row.title.clone(),
            department: row.department.clone(),
            picture: picture(row.picture_id),
            language: row.language.clone(),
            theme: row.theme,
            time_zone: row.time_zone.clone(),
        },
        organization: OrganizationView {
            id: row.organization_id,
            name: row.organization_name.clone(),
            domain: row.organization_domain.clone(),
        },
        role: row.role,
        plan: row.plan,
        permissions: row.role.permissions().to_vec(),
        capabilities: row.plan.capabilities().to_vec(),
        status: status(row, now),
    }
}

/// The person's own status at this moment.
pub fn status(row: &ProfileRow, now: Time) -> Status {
    Status { show: row.show, message: row.status_message.clone(), clears_at: row.status_clears_at }.at(now)
}

/// The person for colleagues, as reachable as chosen; who is connected is a signal.
pub fn person(row: &ProfileRow, now: Time, presence: Presence) -> PersonView {
    PersonView {
        id: row.account_id,
        name: row.name.clone(),
        picture: picture(row.picture_id),
        email: row.email.clone(),
        title: row.title.clone(),
        department: row.department.clone(),
        extension: row.extension.clone(),
        presence,
        status_message: status(row, now).message,
    }
}

/// The address of a picture on this server.
pub fn picture(id: Option<FileId>) -> Option<String> {
    id.map(|id| format!("/api/pictures/{id}"))
}
