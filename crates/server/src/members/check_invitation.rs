//! `GET /api/invitations/{secret}`: what the page behind an invitation's link shows, to whoever has the link. Joining
//! still takes the code that is sent to the address.

use axum::Json;
use axum::extract::State;
use model::{Code, Time};
use serde::Serialize;

use super::store;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;
use crate::random;

/// Who asks whom to come where.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "CheckInvitationResponse"),
    schemars(rename = "CheckInvitationResponse")
)]
pub struct Response {
    organization_name: String,
    email: String,
    invited_by: String,
    expires_at: Time,
}

/// Shows an invitation that can still be accepted.
pub async fn check_invitation(State(cx): State<Cx>, Path(secret): Path<String>) -> Answer<Json<Response>> {
    let (hash, now) = (random::hash(&secret), cx.now());
    let row = cx.db.read(async move |tx| Ok::<_, Problem>(store::open_invitation(tx, &hash, now).await?)).await?;
    let row = row.ok_or(Code::InvitationInvalid)?;
    Ok(Json(Response {
        organization_name: row.organization_name,
        email: row.email,
        invited_by: row.invited_by,
        expires_at: row.expires_at,
    }))
}
