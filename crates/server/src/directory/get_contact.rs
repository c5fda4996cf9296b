//! `GET /api/contacts/{contact}`: one contact.

use axum::Json;
use axum::extract::State;
use model::directory::ContactView;
use model::{Code, ContactId};

use super::view;
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;

/// Reads one contact.
pub async fn get_contact(State(cx): State<Cx>, caller: Caller, Path(id): Path<ContactId>) -> Answer<Json<ContactView>> {
    let row = cx.db.read(async move |tx| {
        let (_, row) = access::contact(tx, &caller, id).await?;
        if row.deleted_at.is_some() { Err(Problem::from(Code::NotFound)) } else { Ok(row) }
    });
    Ok(Json(view::contact(row.await?)?))
}
