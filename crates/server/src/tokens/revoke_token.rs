//! `DELETE /api/me/tokens/{token}` and, for those who manage members, `DELETE /api/tokens/{token}`: a token ends at once.

use axum::extract::State;
use axum::http::StatusCode;
use model::access::Permission;
use model::{AccountId, Code, TokenId};

use super::store;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;
use crate::live::Notice;

/// Ends one of the caller's own.
pub async fn revoke_my_token(State(cx): State<Cx>, caller: Caller, Path(token): Path<TokenId>) -> Answer<StatusCode> {
    end(&cx, caller.account_id, token).await
}

/// Ends one of any member's.
pub async fn revoke_token(State(cx): State<Cx>, caller: Caller, Path(token): Path<TokenId>) -> Answer<StatusCode> {
    caller.needs(Permission::MembersManage)?;
    let organization = caller.organization_id;
    let owner =
        cx.db.read(async move |tx| Ok::<_, Problem>(store::token_owner(tx, organization, token).await?)).await?;
    end(&cx, owner.ok_or(Code::NotFound)?, token).await
}

async fn end(cx: &Cx, account: AccountId, token: TokenId) -> Answer<StatusCode> {
    let ended = cx.db.write(async move |tx| Ok::<_, Problem>(store::delete_token(tx, account, token).await?)).await?;
    if ended == 0 {
        return Err(Code::NotFound.into());
    }
    cx.bus.publish(&Notice::StandingChanged { account_id: account });
    Ok(StatusCode::NO_CONTENT)
}
