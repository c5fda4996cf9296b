//! Every SQL statement on API tokens.

use model::access::{Plan, Role};
use model::account::MemberState;
use model::{AccountId, OrganizationId, Time, TokenId};
use store::{Result, Tx, row, sql};

use crate::accounts::store::MemberRow;

row! {
    /// A token with its person's place in the organization.
    pub struct TokenRow {
        pub id: TokenId, pub account_id: AccountId, pub scopes: String, pub expires_at: Option<Time>, pub used_at: Option<Time>,
        pub organization_id: Option<OrganizationId>, pub role: Option<Role>, pub plan: Option<Plan>, pub state: Option<MemberState>,
    }
}

impl TokenRow {
    /// The person's place, when there is one.
    pub fn member(&self) -> Option<MemberRow> {
        let (organization_id, role, plan, state) = (self.organization_id?, self.role?, self.plan?, self.state?);
        Some(MemberRow { account_id: self.account_id, organization_id, role, plan, state })
    }
}

row! {
    /// A token, to be shown, with the name of whose it is.
    pub struct TokenListRow {
        pub id: TokenId, pub account_id: AccountId, pub account_name: String, pub name: String, pub scopes: String,
        pub created_at: Time, pub expires_at: Option<Time>, pub used_at: Option<Time>,
    }
}

/// A token that is made.
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What it is called.
    pub name: String,
    /// What is kept of it.
    pub secret_hash: Vec<u8>,
    /// Its scopes, with spaces between.
    pub scopes: String,
    /// When it was made.
    pub created_at: Time,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
}

/// Keeps a token.
pub async fn insert_token(tx: &mut Tx<'_>, new: &NewToken) -> Result<u64> {
    tx.run(
        sql!(
            "insert into api_tokens (id, account_id, name, secret_hash, scopes, created_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        (&new.id, &new.account_id, &new.name, &new.secret_hash, &new.scopes, &new.created_at, &new.expires_at),
    )
    .await
}

/// How many tokens a person has.
pub async fn token_count(tx: &mut Tx<'_>, account: AccountId) -> Result<i64> {
    let (count,): (i64,) = tx.one(sql!("select count(*) from api_tokens where account_id = $1"), (&account,)).await?;
    Ok(count)
}

/// The token of a secret, with its person's place.
pub async fn token_by_secret(tx: &mut Tx<'_>, hash: &Vec<u8>) -> Result<Option<TokenRow>> {
    tx.opt(
        sql!(
            "select t.id, t.account_id, t.scopes, t.expires_at, t.used_at, m.organization_id, m.role, m.plan, m.state
            from api_tokens t left join members m on m.account_id = t.account_id where t.secret_hash = $1"
        ),
        (hash,),
    )
    .await
}

/// A token was used.
pub async fn touch_token(tx: &mut Tx<'_>, id: TokenId, now: Time) -> Result<u64> {
    tx.run(sql!("update api_tokens set used_at = $2 where id = $1"), (&id, &now)).await
}

/// A person's tokens, the newest first.
pub async fn tokens_of_account(tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<TokenListRow>> {
    tx.all(
        sql!(
            "select t.id, t.account_id, a.name as account_name, t.name, t.scopes, t.created_at, t.expires_at, t.used_at
            from api_tokens t join accounts a on a.id = t.account_id
            where t.account_id = $1 order by t.created_at desc, t.id desc limit 100"
        ),
        (&account,),
    )
    .await
}

/// The tokens of an organization's members, the newest first.
pub async fn tokens_of_organization(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<Vec<TokenListRow>> {
    tx.all(
        sql!(
            "select t.id, t.account_id, a.name as account_name, t.name, t.scopes, t.created_at, t.expires_at, t.used_at
            from api_tokens t join accounts a on a.id = t.account_id join members m on m.account_id = t.account_id
            where m.organization_id = $1 order by t.created_at desc, t.id desc limit 500"
        ),
        (&organization,),
    )
    .await
}

/// Whose token this is, in this organization.
pub async fn token_owner(tx: &mut Tx<'_>, organization: OrganizationId, id: TokenId) -> Result<Option<AccountId>> {
    let row: Option<(AccountId,)> = tx
        .opt(
            sql!(
                "select t.account_id from api_tokens t join members m on m.account_id = t.account_id
                where t.id = $1 and m.organization_id = $2"
            ),
            (&id, &organization),
        )
        .await?;
    Ok(row.map(|(account,)| account))
}

/// Ends a token of a person.
pub async fn delete_token(tx: &mut Tx<'_>, account: AccountId, id: TokenId) -> Result<u64> {
    tx.run(sql!("delete from api_tokens where id = $1 and account_id = $2"), (&id, &account)).await
}
