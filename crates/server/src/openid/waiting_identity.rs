//! `GET /api/sign-in/identity`: which address this browser must prove before an identity is linked to its account.

use ::store::Tx;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use model::{AccountId, Code, IdentityId, Time};
use serde::Serialize;

use super::{find, store};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::cookies;
use crate::random;

/// What waits.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "WaitingIdentity"),
    schemars(rename = "WaitingIdentity")
)]
pub struct Response {
    /// Where the code goes.
    email: String,
    /// The name of the provider that did not prove it.
    provider: String,
}

/// Says what waits in this browser.
pub async fn get_waiting_identity(State(cx): State<Cx>, headers: HeaderMap) -> Answer<Json<Response>> {
    let browser = cookies::provider_sign_in(&headers, &cx.config).ok_or(Code::SignInStale)?;
    let (browser, now) = (random::hash(&browser), cx.now());
    let row = cx.db.read(async move |tx| Ok::<_, Problem>(store::waiting_identity(tx, &browser, now).await?)).await?;
    let row = row.ok_or(Code::SignInStale)?;
    Ok(Json(Response { email: row.email, provider: find(&cx, &row.provider)?.settings.name.clone() }))
}

/// Links what waits in this browser for this address, which a code proved just now. Nothing waits is no error: the
/// person is signed in, and the provider will ask again.
///
/// # Errors
/// What the database says.
pub async fn link_waiting_identity(
    tx: &mut Tx<'_>,
    id: IdentityId,
    browser_hash: &Vec<u8>,
    account_id: AccountId,
    email: &str,
    now: Time,
) -> ::store::Result<()> {
    let Some(row) = store::waiting_identity(tx, browser_hash, now).await?.filter(|row| row.email == email) else {
        return Ok(());
    };
    let new = store::NewIdentity {
        id,
        account_id,
        provider: &row.provider,
        issuer: &row.issuer,
        subject: &row.subject,
        email: &row.email,
    };
    store::insert_identity(tx, &new, now).await?;
    store::end_waiting(tx, row.id).await?;
    Ok(())
}
