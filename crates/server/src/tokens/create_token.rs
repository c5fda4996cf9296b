//! `POST /api/me/tokens`: somebody makes a token for a program. It is shown this one time.

use axum::Json;
use axum::extract::State;
use model::access::{Permission, Scope};
use model::account::TokenView;
use model::{Code, Time, Word, text};
use serde::{Deserialize, Serialize};

use super::store::{self, NewToken};
use super::{PREFIX, kept};
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Body;

/// Tokens of one person.
const TOKENS_MAX: i64 = 50;

/// What it is to be.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "CreateTokenRequest", optional_fields),
    schemars(rename = "CreateTokenRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    name: String,
    scopes: Vec<Scope>,
    /// When it ends by itself; without it, when somebody ends it.
    expires_at: Option<Time>,
}

/// The token, and the secret that nobody sees again.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "CreateTokenResponse"),
    schemars(rename = "CreateTokenResponse")
)]
pub struct Response {
    token: TokenView,
    secret: String,
}

/// Makes a token.
pub async fn create_token(
    State(cx): State<Cx>,
    caller: Caller,
    Body(request): Body<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::TokensCreate)?;
    let (now, name) = (cx.now(), text::name(&request.name)?);
    let mut scopes = request.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Code::ScopesMissing.into());
    }
    if !scopes.iter().all(|scope| scope.permissions().iter().all(|permission| caller.allows(*permission))) {
        return Err(Code::NotAllowed.into());
    }
    if request.expires_at.is_some_and(|at| at <= now) {
        return Err(Code::ClearsInThePast.into());
    }
    let secret = format!("{PREFIX}{}", cx.random.secret());
    let words: Vec<_> = scopes.iter().map(|scope| scope.word()).collect();
    let new = NewToken {
        id: cx.id(),
        account_id: caller.account_id,
        name: name.clone(),
        secret_hash: kept(&secret),
        scopes: words.join(" "),
        created_at: now,
        expires_at: request.expires_at,
    };
    let token =
        TokenView { id: new.id, name, scopes, created_at: now, expires_at: new.expires_at, used_at: None, owner: None };
    cx.db
        .write(async move |tx| {
            if store::token_count(tx, new.account_id).await? >= TOKENS_MAX {
                return Err(Problem::from(Code::TooManyTokens));
            }
            store::insert_token(tx, &new).await?;
            Ok(())
        })
        .await?;
    Ok(Json(Response { token, secret }))
}
