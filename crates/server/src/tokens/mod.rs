//! API tokens: with one of them a program acts for the person who made it, as far as its scopes and the person's own
//! permissions both allow (API-02).
//!
//! `Authorization: Bearer waggle_…` is asked before any cookie. What a token can reach is listed in [`reach`], address
//! by address: whatever is not listed there, sessions and tokens above all, no token reaches. The secret is shown once
//! and kept as a hash.

pub mod create_token;
pub mod list_tokens;
pub mod reach;
pub mod revoke_token;
pub mod store;

use std::time::Duration;

use axum::http::{HeaderMap, header};
use model::access::Scope;
use model::{Code, Word};

use crate::access::{Caller, Grant};
use crate::accounts::sign_in::member_of;
use crate::answer::{Answer, Fault};
use crate::app::Cx;
use crate::http::routes::{Routes, delete, get};
use crate::random;

/// What every token begins with, so that people and programs recognise one that was left somewhere.
const PREFIX: &str = "waggle_";
/// Letters and digits after it.
const SECRET_LENGTH: usize = 32;
/// A token's last use is kept to the minute.
const USED_EVERY: Duration = Duration::from_secs(60);

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new()
        .route("/me/tokens", get(list_tokens::list_my_tokens).post(create_token::create_token))
        .route("/me/tokens/{token}", delete(revoke_token::revoke_my_token))
        .route("/tokens", get(list_tokens::list_tokens))
        .route("/tokens/{token}", delete(revoke_token::revoke_token))
}

/// The token that a request carries, if it carries any; whatever else it carries does not count then.
///
/// # Errors
/// [`Code::NotSignedIn`] when it is none of ours.
pub fn bearer(headers: &HeaderMap) -> Option<Result<&str, Code>> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let line = lines.next()?;
    let (scheme, token) = line.as_bytes().split_at_checked(7).unwrap_or((line.as_bytes(), b""));
    // Proxies may have credentials of their own here.
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return None;
    }
    let ours = |token: &&str| {
        let secret = token.strip_prefix(PREFIX).unwrap_or_default();
        secret.len() == SECRET_LENGTH && secret.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let token = std::str::from_utf8(token).ok().filter(ours).filter(|_| lines.next().is_none());
    Some(token.ok_or(Code::NotSignedIn))
}

/// What is kept of a token. One byte longer than what is kept of a session, so that neither is ever taken for the other.
pub fn kept(token: &str) -> Vec<u8> {
    [b"t", &random::hash(token)[..]].concat()
}

/// The person behind a token, with what it may be used for.
///
/// # Errors
/// [`Code::NotSignedIn`] when there is no such token any more, [`Code::NoMembership`] or [`Code::MemberSuspended`] when
/// the person has no place in an organization.
pub async fn caller(cx: &Cx, token: &str) -> Answer<Caller> {
    let (hash, now) = (kept(token), cx.now());
    let lasts = |grant: &Grant| grant.expires_at.is_none_or(|at| at > now);
    let seen = match cx.sessions.get(&hash, now) {
        Ok(caller) if caller.grant.as_deref().is_some_and(lasts) => return Ok(caller),
        Ok(_) => return Err(Code::NotSignedIn.into()),
        Err(seen) => seen,
    };
    let wanted = hash.clone();
    let row = cx.db.read(async move |tx| store::token_by_secret(tx, &wanted).await).await.map_err(Fault::from)?;
    let row = row.ok_or(Code::NotSignedIn)?;
    let grant = Grant { scopes: scopes_of(&row.scopes), expires_at: row.expires_at };
    if !lasts(&grant) {
        return Err(Code::NotSignedIn.into());
    }
    // A token is no session: its own id stands where that of one would, and names none.
    let mut caller = member_of(row.account_id, model::SessionId::from_uuid(row.id.uuid()), row.member())?;
    caller.grant = Some(grant.into());
    if row.used_at.is_none_or(|at| now.since(at) >= USED_EVERY) {
        let used: Result<u64, ::store::Error> =
            cx.db.write(async move |tx| store::touch_token(tx, row.id, now).await).await;
        used.map_err(Fault::from)?;
    }
    cx.sessions.put(hash, caller.clone(), now, seen);
    Ok(caller)
}

/// The scopes of a row; one that is not known any more allows nothing.
fn scopes_of(words: &str) -> Vec<Scope> {
    words.split(' ').filter_map(Scope::from_word).collect()
}

#[cfg(test)]
mod tests;
