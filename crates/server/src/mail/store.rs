//! Every SQL statement on mails.

use model::mail::{MailKind, MailState};
use model::{MailId, OrganizationId, Time};
use store::{Result, Tx, row, sql};

use super::Letter;

row! {
    /// A mail, as the demo's sign-in page lists it.
    pub struct DemoMailRow {
        pub id: MailId, pub recipient: String, pub subject: String, pub code: Option<String>, pub created_at: Time,
    }
}

row! {
    /// A mail of the outbox.
    pub struct OutboxRow {
        pub id: MailId, pub kind: MailKind, pub recipient: String, pub subject: String, pub body_text: String,
        pub state: MailState, pub last_error: Option<String>, pub created_at: Time, pub sent_at: Option<Time>,
    }
}

row! {
    /// A mail to be delivered.
    pub struct MailRow {
        pub id: MailId, pub kind: MailKind, pub recipient: String, pub subject: String, pub body_text: String,
        pub body_html: String, pub state: MailState, pub created_at: Time, pub deliver_until: Option<Time>,
    }
}

/// Keeps a mail.
pub async fn insert_mail(
    tx: &mut Tx<'_>,
    id: MailId,
    letter: &Letter<'_>,
    code: Option<String>,
    state: MailState,
    now: Time,
) -> Result<u64> {
    let text = &letter.text;
    tx.run(
        sql!(
            "insert into mails (id, kind, organization_id, recipient, subject, body_text, body_html, code, state,
                created_at, deliver_until)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        (
            &id,
            &letter.kind,
            &letter.organization_id,
            letter.recipient,
            &text.subject,
            &text.text,
            &text.html,
            &code,
            &state,
            &now,
            &letter.deliver_until,
        ),
    )
    .await
}

/// A mail to be delivered.
pub async fn mail(tx: &mut Tx<'_>, id: MailId) -> Result<Option<MailRow>> {
    tx.opt(
        sql!(
            "select id, kind, recipient, subject, body_text, body_html, state, created_at, deliver_until
            from mails where id = $1"
        ),
        (&id,),
    )
    .await
}

/// Says what became of a mail that waits.
pub async fn set_state(
    tx: &mut Tx<'_>,
    id: MailId,
    state: MailState,
    error: Option<&str>,
    sent_at: Option<Time>,
) -> Result<u64> {
    tx.run(
        sql!("update mails set state = $2, last_error = $3, sent_at = $4 where id = $1 and state = 'waiting'"),
        (&id, &state, &error.map(str::to_owned), &sent_at),
    )
    .await
}

/// An organization's mails before this one, the newest first.
pub async fn outbox(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    before: MailId,
    limit: i64,
) -> Result<Vec<OutboxRow>> {
    tx.all(
        sql!(
            "select id, kind, recipient, subject, body_text, state, last_error, created_at, sent_at
            from mails where organization_id = $1 and id < $2 order by id desc limit $3"
        ),
        (&organization, &before, &limit),
    )
    .await
}

/// The newest mails, for the demo.
pub async fn newest_mails(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<DemoMailRow>> {
    tx.all(
        sql!("select id, recipient, subject, code, created_at from mails order by created_at desc, id desc limit $1"),
        (&limit,),
    )
    .await
}
