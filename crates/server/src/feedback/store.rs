//! Every SQL statement on feedback.

use model::{AccountId, FeedbackId, OrganizationId, Time};
use store::{Result, Tx, row, sql};

row! {
    /// Feedback and whose it is.
    pub struct FeedbackRow {
        pub id: FeedbackId, pub account_id: AccountId, pub name: String, pub email: String, pub body: String,
        pub contact_ok: bool, pub created_at: Time,
    }
}

/// Keeps feedback.
pub async fn insert_feedback(
    tx: &mut Tx<'_>,
    id: FeedbackId,
    organization: OrganizationId,
    account: AccountId,
    body: &str,
    contact_ok: bool,
    now: Time,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into feedback (id, organization_id, account_id, body, contact_ok, created_at)
            values ($1, $2, $3, $4, $5, $6)"
        ),
        (&id, &organization, &account, body, &contact_ok, &now),
    )
    .await
}

/// How often somebody gave feedback since then.
pub async fn feedback_since(tx: &mut Tx<'_>, account: AccountId, since: Time) -> Result<i64> {
    let (count,): (i64,) = tx
        .one(sql!("select count(*) from feedback where account_id = $1 and created_at > $2"), (&account, &since))
        .await?;
    Ok(count)
}

/// An organization's feedback before this one, the newest first.
pub async fn feedback(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    before: FeedbackId,
    limit: i64,
) -> Result<Vec<FeedbackRow>> {
    tx.all(
        sql!(
            "select f.id, f.account_id, a.name, a.email, f.body, f.contact_ok, f.created_at
            from feedback f join accounts a on a.id = f.account_id
            where f.organization_id = $1 and f.id < $2 order by f.id desc limit $3"
        ),
        (&organization, &before, &limit),
    )
    .await
}
