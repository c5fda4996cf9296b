//! Every SQL statement on identities and on ways out to a provider.

use model::{AccountId, IdentityId, ProviderSignInId, Time};
use store::{Result, Tx, row, sql};

row! {
    /// An identity and whose it is.
    pub struct IdentityRow { pub id: IdentityId, pub account_id: AccountId }
}

row! {
    /// An identity, for its owner.
    pub struct IdentityListRow {
        pub id: IdentityId, pub provider: String, pub email: String, pub created_at: Time, pub used_at: Time,
    }
}

row! {
    /// A way out.
    pub struct ProviderSignInRow {
        pub id: ProviderSignInId, pub browser_hash: Vec<u8>, pub provider: String, pub next: String,
        pub expires_at: Time, pub used_at: Option<Time>,
    }
}

row! {
    /// An identity that waits until its address is proven.
    pub struct WaitingRow {
        pub id: ProviderSignInId, pub provider: String, pub issuer: String, pub subject: String, pub email: String,
    }
}

/// A way out that begins.
pub struct NewProviderSignIn {
    /// Its id.
    pub id: ProviderSignInId,
    /// What is kept of the state that the provider sends back.
    pub state_hash: Vec<u8>,
    /// What is kept of the browser's secret.
    pub browser_hash: Vec<u8>,
    /// Which provider.
    pub provider: String,
    /// Where to go after it.
    pub next: String,
    /// Whom it counts for.
    pub source: String,
    /// When it began.
    pub created_at: Time,
    /// Until when it counts.
    pub expires_at: Time,
}

/// An identity that is linked.
pub struct NewIdentity<'a> {
    /// Its id.
    pub id: IdentityId,
    /// Whose it is.
    pub account_id: AccountId,
    /// Through which provider it came.
    pub provider: &'a str,
    /// With `subject`, who it is.
    pub issuer: &'a str,
    /// The person within the issuer.
    pub subject: &'a str,
    /// The address by which it was linked.
    pub email: &'a str,
}

/// Keeps a way out.
pub async fn insert_provider_sign_in(tx: &mut Tx<'_>, new: &NewProviderSignIn) -> Result<u64> {
    tx.run(
        sql!(
            "insert into provider_sign_ins (id, state_hash, browser_hash, provider, next, source, created_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        (
            &new.id,
            &new.state_hash,
            &new.browser_hash,
            &new.provider,
            &new.next,
            &new.source,
            &new.created_at,
            &new.expires_at,
        ),
    )
    .await
}

/// How many ways out there were from a source since then.
pub async fn provider_sign_ins_since(tx: &mut Tx<'_>, source: &str, since: Time) -> Result<i64> {
    let (count,): (i64,) = tx
        .one(sql!("select count(*) from provider_sign_ins where source = $1 and created_at > $2"), (&source, &since))
        .await?;
    Ok(count)
}

/// The way out of a state.
pub async fn provider_sign_in(tx: &mut Tx<'_>, state_hash: &Vec<u8>) -> Result<Option<ProviderSignInRow>> {
    tx.opt(
        sql!(
            "select id, browser_hash, provider, next, expires_at, used_at from provider_sign_ins where state_hash = $1"
        ),
        (state_hash,),
    )
    .await
}

/// Uses a way out; changes nothing when it was used.
pub async fn use_provider_sign_in(tx: &mut Tx<'_>, id: ProviderSignInId, now: Time) -> Result<u64> {
    tx.run(sql!("update provider_sign_ins set used_at = $2 where id = $1 and used_at is null"), (&id, &now)).await
}

/// Keeps who came back until the address is proven.
pub async fn keep_waiting(
    tx: &mut Tx<'_>,
    id: ProviderSignInId,
    issuer: &str,
    subject: &str,
    email: &str,
    until: Time,
) -> Result<u64> {
    tx.run(
        sql!("update provider_sign_ins set issuer = $2, subject = $3, email = $4, expires_at = $5 where id = $1"),
        (&id, &issuer, &subject, &email, &until),
    )
    .await
}

/// The identity that waits in a browser.
pub async fn waiting_identity(tx: &mut Tx<'_>, browser_hash: &Vec<u8>, now: Time) -> Result<Option<WaitingRow>> {
    tx.opt(
        sql!(
            "select id, provider, issuer, subject, email from provider_sign_ins
            where browser_hash = $1 and expires_at > $2 and issuer is not null"
        ),
        (browser_hash, &now),
    )
    .await
}

/// Nothing waits there any more.
pub async fn end_waiting(tx: &mut Tx<'_>, id: ProviderSignInId) -> Result<u64> {
    tx.run(sql!("update provider_sign_ins set issuer = null, subject = null, email = null where id = $1"), (&id,)).await
}

/// Removes ways out that count for no limit any more.
pub async fn prune_provider_sign_ins(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.run(sql!("delete from provider_sign_ins where created_at < $1"), (&before,)).await
}

/// The identity of a subject.
pub async fn identity(tx: &mut Tx<'_>, issuer: &str, subject: &str) -> Result<Option<IdentityRow>> {
    tx.opt(sql!("select id, account_id from identities where issuer = $1 and subject = $2"), (&issuer, &subject)).await
}

/// Links an identity, unless somebody else just did.
pub async fn insert_identity(tx: &mut Tx<'_>, new: &NewIdentity<'_>, now: Time) -> Result<u64> {
    tx.run(
        sql!(
            "insert into identities (id, account_id, provider, issuer, subject, email, created_at, used_at)
            values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (issuer, subject) do nothing"
        ),
        (&new.id, &new.account_id, &new.provider, &new.issuer, &new.subject, &new.email, &now),
    )
    .await
}

/// An identity signed in.
pub async fn touch_identity(tx: &mut Tx<'_>, id: IdentityId, now: Time) -> Result<u64> {
    tx.run(sql!("update identities set used_at = $2 where id = $1"), (&id, &now)).await
}

/// A person's identities, the oldest first.
pub async fn identities(tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<IdentityListRow>> {
    tx.all(
        sql!(
            "select id, provider, email, created_at, used_at from identities
            where account_id = $1 order by created_at, id limit 100"
        ),
        (&account,),
    )
    .await
}

/// Forgets an identity of a person.
pub async fn delete_identity(tx: &mut Tx<'_>, account: AccountId, id: IdentityId) -> Result<u64> {
    tx.run(sql!("delete from identities where id = $1 and account_id = $2"), (&id, &account)).await
}
