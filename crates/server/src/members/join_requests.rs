//! `/api/join-requests`: who asked to be let in, for those who manage members; a request is accepted or dropped.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::access::{Permission, Plan, Role};
use model::{Code, JoinRequestId, Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::invite_people::Inviter;
use super::store;
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path, Query};

const PAGE: i64 = 100;

/// Which requests.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// `next` of the page before.
    after: Option<JoinRequestId>,
}

/// A page.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListJoinRequestsResponse"),
    schemars(rename = "ListJoinRequestsResponse")
)]
pub struct Response {
    requests: Vec<JoinRequestView>,
    next: Option<JoinRequestId>,
}

/// Somebody who asked. Neither the address nor the name is proven.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct JoinRequestView {
    id: JoinRequestId,
    email: String,
    name: String,
    created_at: Time,
}

/// Lists requests, the newest first.
pub async fn list_join_requests(
    State(cx): State<Cx>,
    caller: Caller,
    Query(page): Query<Page>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::MembersManage)?;
    let before = page.after.unwrap_or(JoinRequestId::from_uuid(Uuid::max()));
    let organization = caller.organization_id;
    let mut rows = cx
        .db
        .read(async move |tx| Ok::<_, Problem>(store::join_requests(tx, organization, before, PAGE + 1).await?))
        .await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| row.id);
    let view = |row: store::JoinRequestRow| JoinRequestView {
        id: row.id,
        email: row.email,
        name: row.name,
        created_at: row.created_at,
    };
    Ok(Json(Response { requests: rows.into_iter().map(view).collect(), next }))
}

/// As what somebody is let in.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "AcceptJoinRequestRequest"),
    schemars(rename = "AcceptJoinRequestRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    role: Role,
    plan: Plan,
}

/// Lets somebody in: the request becomes an invitation, which proves the address.
pub async fn accept_join_request(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<JoinRequestId>,
    Body(accept): Body<Accept>,
) -> Answer<StatusCode> {
    let app = cx.clone();
    cx.db
        .write(async move |tx| {
            access::managing(tx, &caller).await?;
            let row = store::join_request(tx, caller.organization_id, id).await?.ok_or(Code::NotFound)?;
            let mut inviter = Inviter::begin(tx, &app, &caller, &row.language).await?;
            inviter.invite(tx, &row.email, &row.name, accept.role, accept.plan).await?;
            store::delete_join_request(tx, caller.organization_id, id).await?;
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Drops a request; whoever asked is not told.
pub async fn drop_join_request(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<JoinRequestId>,
) -> Answer<StatusCode> {
    let dropped = cx.db.write(async move |tx| {
        access::managing(tx, &caller).await?;
        Ok::<_, Problem>(store::delete_join_request(tx, caller.organization_id, id).await?)
    });
    if dropped.await? == 0 { Err(Code::NotFound.into()) } else { Ok(StatusCode::NO_CONTENT) }
}
