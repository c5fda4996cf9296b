//! `/api/me/identities`: through whom somebody can sign in, and how to end that.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::account::IdentityView;
use model::{Code, IdentityId};
use serde::Serialize;

use super::store;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;

/// The person's identities, the oldest first.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListIdentitiesResponse"),
    schemars(rename = "ListIdentitiesResponse")
)]
pub struct Response {
    identities: Vec<IdentityView>,
}

/// Lists the caller's identities.
pub async fn list_identities(State(cx): State<Cx>, caller: Caller) -> Answer<Json<Response>> {
    let account = caller.account_id;
    let rows = cx.db.read(async move |tx| Ok::<_, Problem>(store::identities(tx, account).await?)).await?;
    let view = |row: store::IdentityListRow| IdentityView {
        id: row.id,
        // A provider that is not configured any more has no name but what it was called.
        provider: find_name(&cx, &row.provider).unwrap_or(row.provider),
        email: row.email,
        created_at: row.created_at,
        used_at: row.used_at,
    };
    Ok(Json(Response { identities: rows.into_iter().map(view).collect() }))
}

fn find_name(cx: &Cx, id: &str) -> Option<String> {
    super::find(cx, id).ok().map(|provider| provider.settings.name.clone())
}

/// Forgets one of the caller's identities; a code by mail still signs in.
pub async fn remove_identity(
    State(cx): State<Cx>,
    caller: Caller,
    Path(identity): Path<IdentityId>,
) -> Answer<StatusCode> {
    let account = caller.account_id;
    let removed =
        cx.db.write(async move |tx| Ok::<_, Problem>(store::delete_identity(tx, account, identity).await?)).await?;
    if removed == 0 { Err(Code::NotFound.into()) } else { Ok(StatusCode::NO_CONTENT) }
}
