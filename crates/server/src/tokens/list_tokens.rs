//! `GET /api/me/tokens` and, for those who manage members, `GET /api/tokens`: which tokens there are.

use axum::Json;
use axum::extract::State;
use model::Word;
use model::access::{Permission, Scope};
use model::account::TokenView;
use serde::Serialize;

use super::{scopes_of, store};
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;

/// Tokens, the newest first.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListTokensResponse"),
    schemars(rename = "ListTokensResponse")
)]
pub struct Response {
    tokens: Vec<TokenView>,
    /// The scopes that the caller may give to a token.
    scopes: Vec<Scope>,
}

/// Lists the caller's own.
pub async fn list_my_tokens(State(cx): State<Cx>, caller: Caller) -> Answer<Json<Response>> {
    caller.needs(Permission::TokensCreate)?;
    let account = caller.account_id;
    let rows = cx.db.read(async move |tx| Ok::<_, Problem>(store::tokens_of_account(tx, account).await?)).await?;
    Ok(Json(Response { tokens: rows.into_iter().map(|row| view(row, false)).collect(), scopes: offered(&caller) }))
}

/// Lists everybody's of the organization.
pub async fn list_tokens(State(cx): State<Cx>, caller: Caller) -> Answer<Json<Response>> {
    caller.needs(Permission::MembersManage)?;
    let organization = caller.organization_id;
    let rows =
        cx.db.read(async move |tx| Ok::<_, Problem>(store::tokens_of_organization(tx, organization).await?)).await?;
    Ok(Json(Response { tokens: rows.into_iter().map(|row| view(row, true)).collect(), scopes: offered(&caller) }))
}

fn offered(caller: &Caller) -> Vec<Scope> {
    let may = |scope: &&Scope| scope.permissions().iter().all(|permission| caller.allows(*permission));
    Scope::ALL.iter().filter(may).copied().collect()
}

fn view(row: store::TokenListRow, with_owner: bool) -> TokenView {
    TokenView {
        id: row.id,
        name: row.name,
        scopes: scopes_of(&row.scopes),
        created_at: row.created_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
        owner: with_owner.then_some(row.account_name),
    }
}
