//! Signing in through somebody else: Google, Microsoft, or any other provider of OpenID Connect (AUTH-05).
//!
//! A browser is sent to the provider and comes back with a code; the code is exchanged for a signed token, and the token
//! says who it is. A person there is an *identity*, an issuer and a subject, and belongs to one account once it was
//! linked. An identity that nobody linked is linked by an address that the provider *proved*; an address that it merely
//! names proves nothing, so our own code is sent to it first.
//!
//! What ties the way out to the way back is in the browser: a cookie with a secret of which only the hash is kept, and
//! from which the proof for the provider (PKCE) and the token's nonce are made. Why there is no library for the token:
//! `docs/decisions/0006-openid-connect.md`.

pub mod begin_sign_in;
pub mod finish_sign_in;
pub mod id_token;
pub mod my_identities;
pub mod provider;
pub mod settings;
pub mod store;
pub mod waiting_identity;

use std::time::Duration;

use axum::{Router, routing};
use data_encoding::BASE64URL_NOPAD;
use model::Code;
use url::Url;

use crate::answer::{Answer, Fault};
use crate::app::Cx;
use crate::config::Config;
use crate::http::routes::{Routes, delete, get};
use crate::random;

pub use provider::Provider;

/// How long somebody may be away at the provider, and how long an identity waits for a code.
const LASTS: Duration = Duration::from_secs(10 * 60);
/// Ways out are counted over this time.
const WINDOW: Duration = Duration::from_secs(60 * 60);
/// Ways out from one source in [`WINDOW`]; an office shares one.
const PER_SOURCE: i64 = 120;

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new()
        .route("/sign-in/identity", get(waiting_identity::get_waiting_identity))
        .route("/me/identities", get(my_identities::list_identities))
        .route("/me/identities/{identity}", delete(my_identities::remove_identity))
}

/// Where browsers go on their way out and back. These are no operations of the API: whatever happens, the answer is a
/// redirect to a page.
pub fn ways() -> Router<Cx> {
    Router::new()
        .route("/sign-in/oidc/{provider}", routing::get(begin_sign_in::begin_sign_in))
        .route("/sign-in/oidc/{provider}/callback", routing::get(finish_sign_in::finish_sign_in))
}

/// The configured provider of this id.
///
/// # Errors
/// [`Code::NotFound`].
pub fn find<'a>(cx: &'a Cx, id: &str) -> Answer<&'a Provider> {
    cx.providers.iter().find(|provider| provider.settings.id == id).ok_or_else(|| Code::NotFound.into())
}

/// Removes ways out that count for no limit any more.
///
/// # Errors
/// What the database says.
pub async fn forget_expired(cx: &Cx) -> Result<(), Fault> {
    let before = cx.now() - WINDOW;
    let done: Result<u64, ::store::Error> =
        cx.db.write(async move |tx| store::prune_provider_sign_ins(tx, before).await).await;
    Ok(done.map(drop)?)
}

/// Where the provider sends a browser back to; registered there letter by letter.
fn redirect_uri(config: &Config, id: &str) -> String {
    format!("{}/api/sign-in/oidc/{id}/callback", config.origin())
}

/// What is made of the browser's secret for one way out: `pkce` is the proof that whoever gives the code back is who
/// asked for it (RFC 7636), `nonce` ties the token to the request.
fn derived(purpose: &str, browser: &str, state: &str) -> String {
    BASE64URL_NOPAD.encode(&random::hash(&format!("{purpose}:{browser}:{state}")))
}

/// A path of ours that somebody wants to see after signing in; anything else is where everybody begins.
fn own_path(config: &Config, wanted: &str) -> String {
    let own = |url: &Url| url.origin() == config.public_url.origin() && !url.path().starts_with("/api/");
    let plain = wanted.len() <= 1_000 && wanted.starts_with('/') && !wanted.contains(['\\', '\n', '\r', '\t']);
    let url = Some(wanted).filter(|_| plain).and_then(|wanted| config.public_url.join(wanted).ok()).filter(own);
    url.map_or_else(|| "/".to_owned(), |url| url[url::Position::BeforePath..].to_owned())
}

#[cfg(test)]
mod tests;
