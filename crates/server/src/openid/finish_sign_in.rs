//! `GET /api/sign-in/oidc/{provider}/callback`: a browser comes back from the provider, with a code or an error.
//!
//! The rules, in this order: an identity that is linked signs its account in. Otherwise an address that the provider
//! proved links the identity to the account of that address. Otherwise the identity waits until our own code was sent to
//! the address and came back. An address that is merely named never opens an account.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use model::account::MemberState;
use model::{AccountId, Code, text};
use serde::Deserialize;

use super::begin_sign_in::{back_to_the_door, door, see_other};
use super::store::{self, ProviderSignInRow};
use super::{LASTS, Provider, derived, find, redirect_uri};
use crate::accounts::sign_in::begin_session;
use crate::accounts::store::{self as accounts, MemberRow};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::cookies;
use crate::http::extract::{Path, Query};
use crate::http::source::Source;
use crate::members::store as members;
use crate::random;

/// What the provider sends along; it may send more.
#[derive(Deserialize)]
pub struct Request {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

/// How it ends.
enum Outcome {
    /// The account that signs in.
    Enters(AccountId),
    /// The address must be proven first.
    NeedsCode,
}

/// Signs the browser in, or says on the sign-in page why not.
pub async fn finish_sign_in(
    State(cx): State<Cx>,
    source: Source,
    headers: HeaderMap,
    Path(provider): Path<String>,
    Query(request): Query<Request>,
) -> Response {
    let mut next = "/".to_owned();
    match finish(&cx, source, &headers, &provider, request, &mut next).await {
        Ok(response) => response,
        Err(problem) => back_to_the_door(problem, &next),
    }
}

async fn finish(
    cx: &Cx,
    source: Source,
    headers: &HeaderMap,
    provider: &str,
    request: Request,
    next: &mut String,
) -> Answer<Response> {
    let provider = find(cx, provider)?;
    let state = request.state.filter(|state| state.len() <= 64).ok_or(Code::SignInStale)?;
    let browser = cookies::provider_sign_in(headers, &cx.config).ok_or(Code::SignInStale)?;
    let row = claim(cx, provider, &state, &browser).await?;
    next.clone_from(&row.next);
    if let Some(error) = request.error {
        if error == "access_denied" {
            return Err(Code::SignInCancelled.into());
        }
        let why = text::excerpt(&error, 100);
        tracing::warn!(provider = provider.settings.id, "The sign-in provider does not sign in: {why:?}.");
        return Err(Code::ProviderRefused.into());
    }
    let code = request.code.filter(|code| code.len() <= 4_096).ok_or(Code::SignInStale)?;
    let verifier = derived("pkce", &browser, &state);
    let back = redirect_uri(&cx.config, &provider.settings.id);
    let person = provider.redeem(cx, &code, &back, &verifier, &derived("nonce", &browser, &state)).await?;
    match decide(cx, provider, row, person).await? {
        Outcome::NeedsCode => Ok(door(&[("prove", &provider.settings.id), ("next", next)])),
        Outcome::Enters(account) => {
            let ([(_, cookie)], _) = begin_session(cx, account, source, headers).await?;
            let mut response = see_other(next);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response.headers_mut().append(header::SET_COOKIE, cookies::take_provider_sign_in(&cx.config));
            Ok(response)
        }
    }
}

/// The way out that this is the way back of, once: of this provider, in this browser, not too long ago.
async fn claim(cx: &Cx, provider: &Provider, state: &str, browser: &str) -> Answer<ProviderSignInRow> {
    let (state, browser, now) = (random::hash(state), random::hash(browser), cx.now());
    let id = provider.settings.id.clone();
    cx.db
        .write(async move |tx| {
            let row = store::provider_sign_in(tx, &state).await?.filter(|row| {
                row.provider == id && row.browser_hash == browser && row.expires_at > now && row.used_at.is_none()
            });
            let row = row.ok_or(Code::SignInStale)?;
            if store::use_provider_sign_in(tx, row.id, now).await? == 0 {
                return Err(Problem::from(Code::SignInStale));
            }
            Ok(row)
        })
        .await
}

async fn decide(
    cx: &Cx,
    provider: &Provider,
    row: ProviderSignInRow,
    person: super::provider::Person,
) -> Answer<Outcome> {
    let (now, id, provider) = (cx.now(), cx.id(), provider.settings.id.clone());
    cx.db
        .write(async move |tx| {
            if let Some(known) = store::identity(tx, &person.issuer, &person.subject).await? {
                store::touch_identity(tx, known.id, now).await?;
                let member = accounts::member_of_account(tx, known.account_id).await?;
                return Ok(Outcome::Enters(admit(tx, member, now).await?));
            }
            let email = person.email.ok_or(Code::ProviderNoEmail)?;
            if !person.proven {
                let until = now + LASTS;
                store::keep_waiting(tx, row.id, &person.issuer, &person.subject, &email, until).await?;
                return Ok(Outcome::NeedsCode);
            }
            let member = accounts::member_by_email(tx, &email).await?;
            let account = admit(tx, member, now).await?;
            let new = store::NewIdentity {
                id,
                account_id: account,
                provider: &provider,
                issuer: &person.issuer,
                subject: &person.subject,
                email: &email,
            };
            store::insert_identity(tx, &new, now).await?;
            Ok(Outcome::Enters(account))
        })
        .await
}

/// Lets a person in whose address or identity is proven, exactly as a code does.
async fn admit(tx: &mut ::store::Tx<'_>, member: Option<MemberRow>, now: model::Time) -> Answer<AccountId> {
    let member = member.ok_or(Code::NoMembership)?;
    if member.state == MemberState::Suspended {
        return Err(Code::MemberSuspended.into());
    }
    accounts::activate_member(tx, member.account_id, now).await?;
    members::accept_invitations(tx, member.account_id, now).await?;
    Ok(member.account_id)
}
